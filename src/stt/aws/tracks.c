#include "tracks.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SECOND_US = 1000000, OVERLAP_MAX_US = SECOND_US / 2, HELD_MAX_US = 8 * SECOND_US };

/* ---- a final that waits ---- */

struct st_aws_held {
    struct st_aws_result result;
    struct st_word *words;
    struct st_aws_entity *entities;
    char *texts;
};

static size_t text_bytes(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

static const char *move_text(char **at, const char *text)
{
    if (!text)
        return NULL;
    size_t bytes = strlen(text) + 1;
    char *copy = memcpy(*at, text, bytes);
    *at += bytes;
    return copy;
}

static size_t all_texts_bytes(const struct st_aws_result *result)
{
    size_t bytes =
        text_bytes(result->text) + text_bytes(result->language) + text_bytes(result->sentiment) + 1;
    for (size_t i = 0; i < result->word_count; i++)
        bytes += text_bytes(result->words[i].text);
    for (size_t i = 0; i < result->entity_count; i++)
        bytes += text_bytes(result->entities[i].type) + text_bytes(result->entities[i].content);
    return bytes;
}

static struct st_aws_held *hold(const struct st_aws_result *result)
{
    struct st_aws_held *held = st_mem_alloc(sizeof(*held));
    char *at = held->texts = st_mem_alloc(all_texts_bytes(result));
    held->result = *result;
    held->words = st_mem_alloc_array(result->word_count + 1, sizeof(held->words[0]));
    held->entities = st_mem_alloc_array(result->entity_count + 1, sizeof(held->entities[0]));
    held->result.id = "";
    held->result.text = move_text(&at, result->text);
    held->result.language = move_text(&at, result->language);
    held->result.sentiment = move_text(&at, result->sentiment);
    for (size_t i = 0; i < result->word_count; i++) {
        held->words[i] = result->words[i];
        held->words[i].text = move_text(&at, result->words[i].text);
    }
    for (size_t i = 0; i < result->entity_count; i++) {
        held->entities[i] = result->entities[i];
        held->entities[i].type = move_text(&at, result->entities[i].type);
        held->entities[i].content = move_text(&at, result->entities[i].content);
    }
    held->result.words = held->words;
    held->result.entities = held->entities;
    return held;
}

static void drop(struct st_aws_slot *slot)
{
    if (!slot->held)
        return;
    free(slot->held->texts);
    free(slot->held->words);
    free(slot->held->entities);
    free(slot->held);
    slot->held = NULL;
}

void st_aws_track_fini(struct st_aws_track *track)
{
    for (size_t i = 0; i < ST_AWS_SLOTS; i++)
        drop(&track->slots[i]);
    *track = (struct st_aws_track){0};
}

/* ---- ids ---- */

static struct st_aws_slot *slot_of(struct st_aws_track *track, uint64_t number)
{
    return &track->slots[number % ST_AWS_SLOTS];
}

static struct st_aws_slot *find(struct st_aws_track *track, const char *id)
{
    for (size_t i = 0; i < ST_AWS_SLOTS; i++)
        if (track->slots[i].number > 0 && strncmp(track->slots[i].id, id, ST_AWS_ID_BYTES - 1) == 0)
            return &track->slots[i];
    return NULL;
}

/* Without an id, what has begun and not ended goes on. */
static struct st_aws_slot *open_slot(struct st_aws_track *track, uint64_t number)
{
    struct st_aws_slot *slot = slot_of(track, number);
    return slot->number > 0 && !slot->is_done && !slot->held ? slot : NULL;
}

/* NULL when too many have begun and not ended. */
static struct st_aws_slot *add(struct st_aws_track *track, const char *id)
{
    struct st_aws_slot *slot = slot_of(track, track->last_number + 1);
    if (slot->number > 0 && !slot->is_done)
        return NULL;
    *slot = (struct st_aws_slot){.number = ++track->last_number};
    size_t bytes = strnlen(id, ST_AWS_ID_BYTES - 1);
    memcpy(slot->id, id, bytes);
    return slot;
}

bool st_aws_track_is_open(const struct st_aws_track *track)
{
    for (size_t i = 0; i < ST_AWS_SLOTS; i++)
        if (track->slots[i].number > 0 && !track->slots[i].is_done)
            return true;
    return false;
}

bool st_aws_track_is_stuck(const struct st_aws_track *track, int64_t sent_us)
{
    for (size_t i = 0; i < ST_AWS_SLOTS; i++)
        if (track->slots[i].held)
            return sent_us - track->held_since_us > HELD_MAX_US;
    return false;
}

/* ---- results ---- */

static uint32_t hash_of(const char *text)
{
    uint32_t hash = 2166136261U;
    for (; *text; text++)
        hash = (hash ^ (uint8_t)*text) * 16777619U;
    return hash;
}

/* A service whose clock runs back has lost its place in the audio. */
static int settle_times(struct st_aws_track *track, struct st_aws_result *result, int64_t sent_us)
{
    if (result->start_us < 0 || result->end_us < 0) {
        result->start_us = track->final_end_us;
        result->end_us = sent_us > result->start_us ? sent_us : result->start_us;
    }
    if (result->start_us >= track->final_end_us)
        return 0;
    if (track->final_end_us - result->start_us > OVERLAP_MAX_US)
        return -EPROTO;
    result->start_us = track->final_end_us;
    if (result->end_us < result->start_us)
        result->end_us = result->start_us;
    return 0;
}

struct teller {
    struct st_aws_track *track;
    int64_t sent_us;
    const struct st_aws_track_events *events;
    void *user;
};

static int tell_final(const struct teller *teller, struct st_aws_slot *slot,
                      const struct st_aws_result *result)
{
    struct st_aws_result mine = *result;
    int err = settle_times(teller->track, &mine, teller->sent_us);
    if (err)
        return err;
    slot->is_done = true;
    teller->track->final_end_us = mine.end_us;
    teller->events->result(teller->user, slot->number, &mine);
    return 0;
}

static uint64_t first_open(struct st_aws_track *track)
{
    uint64_t first = UINT64_MAX;
    for (size_t i = 0; i < ST_AWS_SLOTS; i++) {
        const struct st_aws_slot *slot = &track->slots[i];
        if (slot->number > 0 && !slot->is_done && slot->number < first)
            first = slot->number;
    }
    return first;
}

static int tell_held(const struct teller *teller)
{
    int err = 0;
    for (;;) {
        uint64_t first = first_open(teller->track);
        struct st_aws_slot *slot = first == UINT64_MAX ? NULL : slot_of(teller->track, first);
        if (!slot || !slot->held || err)
            return err;
        err = tell_final(teller, slot, &slot->held->result);
        drop(slot);
        teller->track->held_since_us = teller->sent_us;
    }
}

static int put_final(const struct teller *teller, struct st_aws_slot *slot,
                     const struct st_aws_result *result)
{
    bool is_first_held = true;
    if (slot->number == first_open(teller->track)) {
        int err = tell_final(teller, slot, result);
        return err ? err : tell_held(teller);
    }
    for (size_t i = 0; i < ST_AWS_SLOTS; i++)
        is_first_held = is_first_held && !teller->track->slots[i].held;
    if (is_first_held)
        teller->track->held_since_us = teller->sent_us;
    slot->held = hold(result);
    return 0;
}

int st_aws_track_put(struct st_aws_track *track, const struct st_aws_result *result,
                     int64_t sent_us, const struct st_aws_track_events *events, void *user)
{
    struct teller teller = {track, sent_us, events, user};
    struct st_aws_slot *slot =
        result->id[0] ? find(track, result->id) : open_slot(track, track->last_number);
    if (!slot)
        slot = add(track, result->id);
    if (!slot)
        return -EPROTO;
    if (slot->is_done || slot->held)
        return 0;
    if (!result->is_partial)
        return put_final(&teller, slot, result);
    struct st_aws_result mine = *result;
    uint32_t hash = hash_of(result->text);
    if (hash == slot->text_hash)
        return 0;
    slot->text_hash = hash;
    int err = settle_times(track, &mine, sent_us);
    if (!err)
        events->result(user, slot->number, &mine);
    return err;
}
