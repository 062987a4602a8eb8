#include "deepgram_found.h"

#include "sidetone/mem.h"

#include <stdlib.h>

enum { STEP = 8 };

void st_deepgram_found_fini(struct st_deepgram_found *found)
{
    free(found->items);
    *found = (struct st_deepgram_found){.count = 0};
}

void st_deepgram_found_add(struct st_deepgram_found *found, const struct st_deepgram_entity *entity)
{
    if (found->count == ST_DEEPGRAM_FOUND_MAX)
        return;
    if (found->count == found->cap) {
        found->cap += STEP;
        found->items = st_mem_realloc(found->items, found->cap * sizeof(found->items[0]));
    }
    found->items[found->count++] = *entity;
}

void st_deepgram_found_move(struct st_deepgram_found *found, struct st_deepgram_found *from)
{
    for (size_t i = 0; i < from->count; i++)
        st_deepgram_found_add(found, &from->items[i]);
    from->count = 0;
}

static bool read_member(struct st_reply *reply, struct st_slice key, void *user)
{
    struct st_deepgram_entity *entity = user;
    if (st_slice_is(key, "label"))
        return st_reply_code(reply, entity->label);
    if (st_slice_is(key, "start_word"))
        return st_reply_int(reply, &entity->start_word);
    if (st_slice_is(key, "end_word"))
        return st_reply_int(reply, &entity->end_word);
    if (st_slice_is(key, "confidence"))
        return st_reply_confidence(reply, &entity->confidence);
    return st_scan_skip(&reply->scan);
}

bool st_deepgram_found_read(struct st_deepgram_found *found, struct st_reply *reply)
{
    if (st_scan_peek(&reply->scan) == ST_SCAN_NULL)
        return st_scan_skip(&reply->scan);
    if (!st_scan_enter_array(&reply->scan))
        return false;
    while (st_scan_next_element(&reply->scan)) {
        struct st_deepgram_entity entity = {
            .start_word = -1, .end_word = -1, .confidence = ST_CONFIDENCE_ABSENT};
        if (!st_reply_object(reply, read_member, &entity))
            return false;
        if (entity.label[0])
            st_deepgram_found_add(found, &entity);
    }
    return true;
}

void st_deepgram_found_place(struct st_deepgram_found *found, const struct st_reply *reply,
                             int64_t start_us, int64_t end_us)
{
    int64_t count = (int64_t)reply->word_count;
    for (size_t i = 0; i < found->count; i++) {
        struct st_deepgram_entity *entity = &found->items[i];
        bool is_said = entity->start_word >= 0 && entity->start_word < entity->end_word &&
                       entity->end_word <= count;
        entity->start_us = is_said ? reply->words[entity->start_word].start_us : start_us;
        entity->end_us = is_said ? reply->words[entity->end_word - 1].end_us : end_us;
    }
}
