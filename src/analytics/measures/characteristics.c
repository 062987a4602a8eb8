#include "talk.h"

#include "talk_cues.h"

#include "sidetone/audio_second.h"
#include "sidetone/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    GROW_SECONDS_BY = 64,
    FOLD_TALKS = 64, /* so many at least, so that folding is rare */
    HEARD_US = 20000,
    ASKED_BEFORE_MS = 15000,
    MUSIC_FROM_PCT = 50,
};

struct st_characteristics *st_characteristics_create(void)
{
    struct st_characteristics *spoken = st_mem_alloc(sizeof(*spoken));
    spoken->response_ms = -1;
    spoken->answers = st_mem_alloc(sizeof(*spoken->answers));
    return spoken;
}

void st_characteristics_destroy(struct st_characteristics *spoken)
{
    if (!spoken)
        return;
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++) {
        st_stretches_fini(&spoken->channels[i].talks);
        free(spoken->channels[i].seconds);
    }
    st_cells_fini(&spoken->cells);
    free(spoken->answers);
    free(spoken);
}

static uint32_t greater(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static uint32_t lesser(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint32_t last_end_ms(const struct st_characteristics *spoken)
{
    return greater(spoken->channels[0].talks.last_end_ms, spoken->channels[1].talks.last_end_ms);
}

/* ---- the agent's first answer ---- */

static const struct st_stretches *talks_of(const struct st_characteristics *spoken,
                                           enum st_role role)
{
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        if (spoken->roles[i] == role)
            return &spoken->channels[i].talks;
    return NULL;
}

static int64_t find_response_ms(const struct st_characteristics *spoken)
{
    const struct st_stretches *customer = talks_of(spoken, ST_ROLE_CUSTOMER);
    const struct st_stretches *agent = talks_of(spoken, ST_ROLE_AGENT);
    if (!customer || !agent || customer->count == 0)
        return -1;
    uint32_t asked_ms = customer->list[0].end_ms;
    size_t k = 0;
    for (size_t i = 0; i < agent->count; i++) {
        const struct st_stretch *answer = &agent->list[i];
        if (answer->start_ms <= customer->list[0].start_ms ||
            answer->end_ms - answer->start_ms < ST_TALK_MONOLOGUE_BREAK_MS)
            continue;
        for (; k < customer->count && customer->list[k].start_ms <= answer->start_ms; k++)
            asked_ms = customer->list[k].end_ms;
        return answer->start_ms > asked_ms ? answer->start_ms - asked_ms : 0;
    }
    return -1;
}

int64_t st_characteristics_response_us(const struct st_characteristics *spoken)
{
    int64_t ms = spoken->response_ms;
    if (ms < 0 && spoken->folded_ms == 0)
        ms = find_response_ms(spoken);
    return ms < 0 ? -1 : ms * 1000;
}

/* ---- what is old becomes cells ---- */

/* The longest across the border between cells and list would be cut. */
static void keep_longest(struct st_characteristics *spoken)
{
    struct st_cell all;
    st_talk_measure(spoken, spoken->folded_ms, UINT32_MAX, &all);
    spoken->folded_non_talk_ms = greater(spoken->folded_non_talk_ms, all.non_talk_longest_ms);
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        spoken->folded_monologue_ms[i] =
            greater(spoken->folded_monologue_ms[i], all.channels[i].monologue_ms);
}

static void drop_folded(struct st_talk_channel *channel, uint32_t from_ms, uint32_t until_ms,
                        uint32_t *cover_ms)
{
    size_t talks = st_stretches_find(&channel->talks, until_ms);
    size_t seconds = (until_ms - from_ms) / 1000;
    if (talks > 0)
        *cover_ms = greater(*cover_ms, channel->talks.list[talks - 1].end_ms);
    st_stretches_drop(&channel->talks, talks);
    seconds = seconds < channel->second_count ? seconds : channel->second_count;
    if (seconds == 0)
        return;
    channel->second_count -= seconds;
    memmove(channel->seconds, channel->seconds + seconds, channel->second_count);
}

static void fold_until(struct st_characteristics *spoken, uint32_t until_ms)
{
    uint32_t from_ms = spoken->folded_ms;
    until_ms = until_ms / ST_CELLS_STEP_MS * ST_CELLS_STEP_MS;
    if (until_ms <= from_ms)
        return;
    keep_longest(spoken);
    if (spoken->response_ms < 0)
        spoken->response_ms = find_response_ms(spoken);
    for (uint32_t at = from_ms; at < until_ms; at += ST_CELLS_STEP_MS) {
        struct st_cell cell;
        st_talk_measure(spoken, at, at + ST_CELLS_STEP_MS, &cell);
        st_cells_put(&spoken->cells, at, &cell);
    }
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        drop_folded(&spoken->channels[i], from_ms, until_ms, &spoken->folded_cover_ms);
    spoken->folded_ms = until_ms;
}

/* A list that is full loses its oldest minutes at least up to its stretch FOLD_TALKS. */
static void fold_when_full(struct st_characteristics *spoken)
{
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++) {
        const struct st_stretches *talks = &spoken->channels[i].talks;
        if (talks->count >= ST_TALK_TALKS_MAX)
            fold_until(spoken, talks->list[FOLD_TALKS].end_ms + ST_CELLS_STEP_MS);
    }
}

/* What comes for a time that is folded already: its talk and words are added. */
static void put_late(struct st_characteristics *spoken, unsigned channel,
                     const struct st_segment *segment)
{
    struct st_stretches talks = {0};
    st_stretches_put(&talks, segment);
    for (size_t i = 0; i < talks.count; i++) {
        const struct st_stretch *talk = &talks.list[i];
        if (talk->start_ms >= spoken->folded_ms)
            break;
        uint32_t part_ms = lesser(talk->end_ms, spoken->folded_ms) - talk->start_ms;
        struct st_cell cell = {0};
        cell.channels[channel].talk_ms = part_ms;
        cell.channels[channel].segments = !talk->goes_on;
        cell.channels[channel].words =
            (uint32_t)(talk->words * ((double)part_ms / (talk->end_ms - talk->start_ms)) + 0.5);
        st_cells_put(&spoken->cells, talk->start_ms / ST_CELLS_STEP_MS * ST_CELLS_STEP_MS, &cell);
    }
    st_stretches_fini(&talks);
}

/* ---- how far all words are in ---- */

/* The first second of speech that no word has claimed; `until_ms` when there is none. */
static uint32_t unclaimed_ms(const struct st_characteristics *spoken,
                             const struct st_talk_channel *channel, uint32_t until_ms)
{
    uint32_t base = spoken->folded_ms / 1000;
    uint32_t from_ms = channel->talks.last_end_ms + ST_TALK_TAIL_MS;
    if (from_ms + ST_TALK_PATIENCE_MS < until_ms)
        from_ms = until_ms - ST_TALK_PATIENCE_MS;
    uint32_t first = (from_ms + 999) / 1000;
    for (size_t i = first > base ? first - base : 0; i < channel->second_count; i++)
        if (channel->seconds[i] <= ST_TALK_LOUDEST)
            return lesser(until_ms, (base + (uint32_t)i) * 1000);
    return until_ms;
}

static uint32_t known_of(const struct st_characteristics *spoken,
                         const struct st_talk_channel *channel)
{
    uint32_t known_ms = spoken->media_ms;
    if (channel->has_partial && channel->partial_end_ms + ST_TALK_PATIENCE_MS > known_ms)
        known_ms = lesser(known_ms, channel->partial_start_ms);
    if (channel->second_count == 0)
        return known_ms;
    uint32_t heard_ms = spoken->folded_ms + (uint32_t)channel->second_count * 1000;
    if (heard_ms + ST_TALK_PATIENCE_MS > spoken->media_ms)
        known_ms = lesser(known_ms, heard_ms);
    return lesser(known_ms, unclaimed_ms(spoken, channel, spoken->media_ms));
}

static void update_known(struct st_characteristics *spoken)
{
    memset(spoken->answers, 0, sizeof(*spoken->answers));
    spoken->known_ms = greater(spoken->media_ms, last_end_ms(spoken));
    for (unsigned i = 0; i < ST_CHANNELS_MAX && !spoken->is_over; i++)
        spoken->known_ms = lesser(spoken->known_ms, known_of(spoken, &spoken->channels[i]));
}

int64_t st_characteristics_known_us(const struct st_characteristics *spoken)
{
    return (int64_t)spoken->known_ms * 1000;
}

/* ---- what comes in ---- */

void st_characteristics_put_final(struct st_characteristics *spoken, unsigned channel,
                                  enum st_role role, const struct st_segment *segment)
{
    struct st_talk_channel *of = &spoken->channels[channel];
    spoken->roles[channel] = role;
    of->has_partial = false;
    if (st_stretches_ms(segment->start_us) < spoken->folded_ms)
        put_late(spoken, channel, segment);
    if (st_stretches_ms(segment->end_us) >= spoken->folded_ms)
        st_stretches_put(&of->talks, segment);
    if (role == ST_ROLE_AGENT && st_talk_cues_asks_to_hold(segment->text)) {
        spoken->asked_ms = st_stretches_ms(segment->end_us);
        spoken->has_asked = true;
    }
    fold_when_full(spoken);
    update_known(spoken);
}

void st_characteristics_put_partial(struct st_characteristics *spoken, unsigned channel,
                                    const struct st_segment *segment)
{
    struct st_talk_channel *of = &spoken->channels[channel];
    of->has_partial = segment->text[0] != '\0';
    of->partial_start_ms = st_stretches_ms(segment->start_us);
    of->partial_end_ms = st_stretches_ms(segment->end_us);
    update_known(spoken);
}

static uint8_t second_of(const struct st_audio_second *second)
{
    if (second->speech_us < HEARD_US)
        return second->tone_us >= 500000 ? ST_TALK_TONE : ST_TALK_QUIET;
    float half_points = roundf(2 * (100 + second->speech_db));
    return (uint8_t)fminf(fmaxf(half_points, 0), ST_TALK_LOUDEST);
}

static void reserve_seconds(struct st_talk_channel *channel, size_t count)
{
    if (count <= channel->second_cap)
        return;
    channel->second_cap = (count + GROW_SECONDS_BY - 1) / GROW_SECONDS_BY * GROW_SECONDS_BY;
    channel->seconds = st_mem_realloc(channel->seconds, channel->second_cap);
}

void st_characteristics_put_audio(struct st_characteristics *spoken, unsigned channel,
                                  const struct st_audio_second *second)
{
    struct st_talk_channel *of = &spoken->channels[channel];
    uint32_t start_ms = st_stretches_ms(second->start_us);
    uint32_t kept_ms = ST_TALK_SECONDS_MAX * 1000;
    if (start_ms >= spoken->folded_ms + kept_ms + ST_CELLS_STEP_MS)
        fold_until(spoken, start_ms - kept_ms);
    if (start_ms < spoken->folded_ms)
        return;
    size_t at = (start_ms - spoken->folded_ms) / 1000;
    reserve_seconds(of, at + 1);
    for (; of->second_count <= at; of->second_count++)
        of->seconds[of->second_count] = ST_TALK_QUIET;
    of->seconds[at] = second_of(second);
    update_known(spoken);
}

void st_characteristics_advance(struct st_characteristics *spoken, int64_t media_us)
{
    spoken->media_ms = greater(spoken->media_ms, st_stretches_ms(media_us));
    update_known(spoken);
}

void st_characteristics_end(struct st_characteristics *spoken, int64_t media_us)
{
    spoken->is_over = true;
    st_characteristics_advance(spoken, media_us);
}

/* ---- hold ---- */

void st_characteristics_set_paused(struct st_characteristics *spoken, bool is_paused,
                                   int64_t media_us)
{
    uint32_t at_ms = st_stretches_ms(media_us);
    if (is_paused == spoken->is_paused)
        return;
    spoken->is_paused = is_paused;
    if (is_paused) {
        unsigned place = spoken->pause_count++ % ST_TALK_PAUSES;
        spoken->pauses[place].start_ms = at_ms;
        spoken->pauses[place].end_ms = UINT32_MAX;
        return;
    }
    unsigned place = (spoken->pause_count - 1) % ST_TALK_PAUSES;
    spoken->pauses[place].end_ms = greater(at_ms, spoken->pauses[place].start_ms);
    spoken->hold_ms += spoken->pauses[place].end_ms - spoken->pauses[place].start_ms;
}

int64_t st_characteristics_hold_us(const struct st_characteristics *spoken)
{
    int64_t ms = spoken->hold_ms;
    if (spoken->is_paused) {
        uint32_t start_ms = spoken->pauses[(spoken->pause_count - 1) % ST_TALK_PAUSES].start_ms;
        ms += greater(spoken->media_ms, start_ms) - start_ms;
    }
    return ms * 1000;
}

bool st_characteristics_was_paused(const struct st_characteristics *spoken, uint32_t from_ms,
                                   uint32_t until_ms)
{
    for (unsigned i = 0; i < ST_TALK_PAUSES && i < spoken->pause_count; i++)
        if (spoken->pauses[i].start_ms < until_ms && spoken->pauses[i].end_ms > from_ms)
            return true;
    return false;
}

enum st_silence_reason st_characteristics_reason(const struct st_characteristics *spoken,
                                                 uint32_t from_ms, uint32_t until_ms)
{
    bool was_asked = spoken->has_asked && spoken->asked_ms <= from_ms &&
                     spoken->asked_ms + ASKED_BEFORE_MS >= from_ms;
    if (was_asked || st_characteristics_was_paused(spoken, from_ms, until_ms))
        return ST_SILENCE_HOLD;
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        if (st_talk_heard_pct(spoken, i, from_ms, until_ms) >= MUSIC_FROM_PCT)
            return ST_SILENCE_MUSIC;
    return ST_SILENCE_UNKNOWN;
}

/* ---- windows ---- */

int64_t st_characteristics_conversation_us(const struct st_characteristics *spoken)
{
    return (int64_t)last_end_ms(spoken) * 1000;
}

static struct st_characteristics_channel channel_from(const struct st_cell *cell, unsigned i)
{
    uint64_t talk_ms = cell->channels[i].talk_ms, words = cell->channels[i].words;
    uint32_t seconds = cell->channels[i].loudness_seconds;
    return (struct st_characteristics_channel){
        .talk_us = (int64_t)talk_ms * 1000,
        .monologue_us = (int64_t)cell->channels[i].monologue_ms * 1000,
        .interruption_us = (int64_t)cell->channels[i].interruption_ms * 1000,
        .interruptions = cell->channels[i].interruptions,
        .words = cell->channels[i].words,
        .words_per_minute =
            talk_ms > 0 ? (uint32_t)((words * 120000 + talk_ms) / (2 * talk_ms)) : 0,
        .segments = cell->channels[i].segments,
        .loudness_mean = seconds > 0 ? (float)cell->channels[i].loudness_sum / (2 * (float)seconds)
                                     : ST_LOUDNESS_NONE,
        .loudness_max = seconds > 0 ? (float)cell->channels[i].loudness_max / 2 : ST_LOUDNESS_NONE,
    };
}

/* Over all cells the longest are known as a whole. */
static void put_longest(const struct st_characteristics *spoken, struct st_cell *cell)
{
    cell->non_talk_longest_ms = greater(cell->non_talk_longest_ms, spoken->folded_non_talk_ms);
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        cell->channels[i].monologue_ms =
            greater(cell->channels[i].monologue_ms, spoken->folded_monologue_ms[i]);
}

static void measure(const struct st_characteristics *spoken, uint32_t from_ms, uint32_t until_ms,
                    struct st_characteristics_window *ret_window)
{
    struct st_cell cell;
    st_talk_measure(spoken, greater(from_ms, spoken->folded_ms), until_ms, &cell);
    st_cells_sum(&spoken->cells, from_ms, lesser(until_ms, spoken->folded_ms), &cell);
    if (from_ms == 0 && until_ms >= spoken->folded_ms)
        put_longest(spoken, &cell);
    *ret_window = (struct st_characteristics_window){
        .from_us = (int64_t)from_ms * 1000,
        .until_us = (int64_t)until_ms * 1000,
        .known_us = (int64_t)spoken->known_ms * 1000,
        .channels = {channel_from(&cell, 0), channel_from(&cell, 1)},
        .overlap_us = (int64_t)cell.overlap_ms * 1000,
        .non_talk_us = (int64_t)cell.non_talk_ms * 1000,
        .non_talk_longest_us = (int64_t)cell.non_talk_longest_ms * 1000,
        .non_talks = cell.non_talks,
    };
}

void st_characteristics_measure(const struct st_characteristics *spoken, int64_t from_us,
                                int64_t until_us, struct st_characteristics_window *ret_window)
{
    struct st_talk_answers *answers = spoken->answers;
    uint32_t so_far_ms = greater(spoken->media_ms, last_end_ms(spoken));
    uint32_t from_ms = st_stretches_ms(from_us),
             until_ms = lesser(so_far_ms, st_stretches_ms(until_us));
    for (unsigned i = 0; i < ST_TALK_ANSWERS; i++)
        if (answers->list[i].from_ms == from_ms && answers->list[i].until_ms == until_ms &&
            until_ms > 0) {
            *ret_window = answers->list[i].window;
            return;
        }
    measure(spoken, from_ms, until_ms, ret_window);
    unsigned place = answers->next++ % ST_TALK_ANSWERS;
    answers->list[place].from_ms = from_ms;
    answers->list[place].until_ms = until_ms;
    answers->list[place].window = *ret_window;
}
