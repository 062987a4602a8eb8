#include "talk.h"

#include <string.h>

static uint32_t greater(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static uint32_t lesser(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* ---- nobody talks ---- */

struct walk {
    const struct st_stretches *talks[ST_CHANNELS_MAX];
    size_t at[ST_CHANNELS_MAX];
};

static struct walk walk_from(const struct st_characteristics *spoken, uint32_t ms)
{
    struct walk walk;
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++) {
        walk.talks[i] = &spoken->channels[i].talks;
        walk.at[i] = st_stretches_find(walk.talks[i], ms);
    }
    return walk;
}

/* Of either channel, by start; NULL when there is no more. */
static const struct st_stretch *next(struct walk *walk)
{
    const struct st_stretch *first = NULL;
    unsigned channel = 0;
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++) {
        if (walk->at[i] == walk->talks[i]->count)
            continue;
        const struct st_stretch *talk = &walk->talks[i]->list[walk->at[i]];
        if (first && talk->start_ms >= first->start_ms)
            continue;
        first = talk;
        channel = i;
    }
    walk->at[channel] += first != NULL;
    return first;
}

/* The end of the last talk before the walk begins. */
static uint32_t covered_before(const struct st_characteristics *spoken, const struct walk *walk)
{
    uint32_t end_ms = spoken->folded_cover_ms;
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        if (walk->at[i] > 0)
            end_ms = greater(end_ms, walk->talks[i]->list[walk->at[i] - 1].end_ms);
    return end_ms;
}

bool st_talk_next_gap(const struct st_characteristics *spoken, uint32_t from_ms, uint32_t least_ms,
                      struct st_talk_gap *ret_gap)
{
    struct walk walk = walk_from(spoken, from_ms);
    uint32_t known_ms = spoken->known_ms;
    struct st_talk_gap gap = {.start_ms = covered_before(spoken, &walk)};
    for (const struct st_stretch *talk; (talk = next(&walk)) != NULL;) {
        gap.end_ms = talk->start_ms;
        if (gap.end_ms > known_ms)
            break;
        if (gap.end_ms > from_ms && gap.end_ms >= gap.start_ms + least_ms) {
            *ret_gap = gap;
            return true;
        }
        gap.start_ms = greater(gap.start_ms, talk->end_ms);
    }
    gap.end_ms = known_ms;
    gap.is_open = true;
    if (gap.end_ms <= from_ms || gap.end_ms < gap.start_ms + least_ms)
        return false;
    *ret_gap = gap;
    return true;
}

static void measure_non_talk(const struct st_characteristics *spoken, uint32_t from_ms,
                             uint32_t until_ms, struct st_cell *cell)
{
    struct st_talk_gap gap;
    for (uint32_t at = from_ms;
         st_talk_next_gap(spoken, at, ST_TALK_NON_TALK_MS, &gap) && gap.start_ms < until_ms;
         at = gap.end_ms) {
        uint32_t part_ms = lesser(gap.end_ms, until_ms) - greater(gap.start_ms, from_ms);
        cell->non_talk_ms += part_ms;
        cell->non_talk_longest_ms = greater(cell->non_talk_longest_ms, part_ms);
        cell->non_talks += gap.start_ms >= from_ms;
        if (gap.is_open)
            break;
    }
}

/* ---- one talks ---- */

static void measure_talk(const struct st_stretches *talks, uint32_t from_ms, uint32_t until_ms,
                         struct st_cell *cell, unsigned channel)
{
    double words = 0;
    for (size_t i = st_stretches_find(talks, from_ms); i < talks->count; i++) {
        const struct st_stretch *talk = &talks->list[i];
        if (talk->start_ms >= until_ms)
            break;
        uint32_t part_ms = lesser(talk->end_ms, until_ms) - greater(talk->start_ms, from_ms);
        cell->channels[channel].talk_ms += part_ms;
        cell->channels[channel].segments += !talk->goes_on && talk->start_ms >= from_ms;
        words += talk->words * ((double)part_ms / (talk->end_ms - talk->start_ms));
    }
    cell->channels[channel].words += (uint32_t)(words + 0.5);
}

struct run {
    uint32_t start_ms, end_ms;
    bool is_going;
};

static void extend(struct run *run, uint32_t start_ms, uint32_t end_ms, uint32_t *longest_ms)
{
    if (!run->is_going || start_ms >= run->end_ms + ST_STRETCHES_PAUSE_MS)
        run->start_ms = start_ms;
    run->end_ms = end_ms;
    run->is_going = true;
    *longest_ms = greater(*longest_ms, end_ms - run->start_ms);
}

static const struct st_stretch *next_break(const struct st_stretches *other, size_t *at,
                                           uint32_t from_ms)
{
    for (; *at < other->count; ++*at) {
        const struct st_stretch *talk = &other->list[*at];
        if (talk->end_ms > from_ms && talk->end_ms - talk->start_ms >= ST_TALK_MONOLOGUE_BREAK_MS)
            return talk;
    }
    return NULL;
}

/* The other's longer stretches cut the talk of this one into runs. */
static void measure_monologue(const struct st_stretches *talks, const struct st_stretches *other,
                              uint32_t from_ms, uint32_t until_ms, uint32_t *longest_ms)
{
    struct run run = {0};
    size_t at = st_stretches_find(other, from_ms);
    for (size_t i = st_stretches_find(talks, from_ms); i < talks->count; i++) {
        uint32_t start_ms = greater(talks->list[i].start_ms, from_ms);
        uint32_t end_ms = lesser(talks->list[i].end_ms, until_ms);
        const struct st_stretch *cut;
        if (start_ms >= until_ms)
            break;
        while ((cut = next_break(other, &at, run.is_going ? run.end_ms : start_ms)) &&
               cut->start_ms < end_ms) {
            if (cut->start_ms > start_ms)
                extend(&run, start_ms, cut->start_ms, longest_ms);
            run.is_going = false;
            start_ms = greater(start_ms, cut->end_ms);
            if (start_ms >= end_ms)
                break;
            at++;
        }
        if (start_ms < end_ms)
            extend(&run, start_ms, end_ms, longest_ms);
    }
}

/* ---- both talk ---- */

static uint32_t measure_overlap(const struct st_stretches *a, const struct st_stretches *b,
                                uint32_t from_ms, uint32_t until_ms)
{
    uint32_t overlap_ms = 0;
    size_t i = st_stretches_find(a, from_ms), k = st_stretches_find(b, from_ms);
    while (i < a->count && k < b->count) {
        uint32_t start_ms = greater(from_ms, greater(a->list[i].start_ms, b->list[k].start_ms));
        uint32_t end_ms = lesser(until_ms, lesser(a->list[i].end_ms, b->list[k].end_ms));
        if (start_ms >= until_ms)
            break;
        if (end_ms > start_ms)
            overlap_ms += end_ms - start_ms;
        if (a->list[i].end_ms < b->list[k].end_ms)
            i++;
        else
            k++;
    }
    return overlap_ms;
}

/* How long either talks without a pause, from stretch `i` of `talks` on, at most to `limit_ms`. */
static uint32_t voice_end_ms(const struct st_stretches *talks, size_t i,
                             const struct st_stretches *other, size_t k, uint32_t limit_ms)
{
    uint32_t end_ms = talks->list[i].start_ms, before_ms;
    do {
        before_ms = end_ms;
        for (; i < talks->count && talks->list[i].start_ms <= end_ms; i++)
            end_ms = greater(end_ms, talks->list[i].end_ms);
        for (; k < other->count && other->list[k].start_ms <= end_ms; k++)
            end_ms = greater(end_ms, other->list[k].end_ms);
    } while (end_ms > before_ms && end_ms < limit_ms);
    return lesser(end_ms, limit_ms);
}

/* Where the interruption by segment `i` of `talks` ends; its start when it is none. `k` is the
 * first stretch of the other that ends later than it begins. */
static uint32_t interruption_end_ms(const struct st_stretches *talks, size_t i,
                                    const struct st_stretches *other, size_t k)
{
    const struct st_stretch *talk = &talks->list[i];
    if (k == other->count || (other->list[k].start_ms >= talk->start_ms && !other->list[k].goes_on))
        return talk->start_ms;
    uint32_t limit_ms =
        lesser(st_stretches_turn_end_ms(talks, i), st_stretches_turn_end_ms(other, k));
    if (talk->content_ms == ST_STRETCHES_NO_CONTENT ||
        talk->start_ms + talk->content_ms >= limit_ms)
        return talk->start_ms;
    uint32_t end_ms = voice_end_ms(talks, i, other, k, limit_ms);
    return end_ms >= talk->start_ms + ST_TALK_INTERRUPTION_MS ? end_ms : talk->start_ms;
}

void st_talk_each_interruption(const struct st_characteristics *spoken, uint32_t from_ms,
                               uint32_t until_ms, st_talk_fn emit, void *user)
{
    for (unsigned channel = 0; channel < ST_CHANNELS_MAX; channel++) {
        const struct st_stretches *talks = &spoken->channels[channel].talks;
        const struct st_stretches *other = &spoken->channels[1 - channel].talks;
        size_t k = st_stretches_find(other, from_ms);
        for (size_t i = st_stretches_find(talks, from_ms); i < talks->count; i++) {
            const struct st_stretch *talk = &talks->list[i];
            if (talk->start_ms >= until_ms)
                break;
            if (talk->goes_on || talk->start_ms < from_ms)
                continue;
            while (k < other->count && other->list[k].end_ms <= talk->start_ms)
                k++;
            struct st_measured_span span = {
                .start_us = (int64_t)talk->start_ms * 1000,
                .end_us = (int64_t)interruption_end_ms(talks, i, other, k) * 1000,
                .channel = channel};
            if (span.end_us > span.start_us)
                emit(user, &span);
        }
    }
}

static void on_interruption(void *user, const struct st_measured_span *span)
{
    struct st_cell *cell = user;
    cell->channels[span->channel].interruptions++;
    cell->channels[span->channel].interruption_ms +=
        (uint32_t)((span->end_us - span->start_us) / 1000);
}

/* ---- how loud ---- */

static void seconds_within(const struct st_characteristics *spoken, unsigned channel,
                           uint32_t from_ms, uint32_t until_ms, size_t *ret_first, size_t *ret_last)
{
    uint32_t base = spoken->folded_ms / 1000;
    uint32_t first = (from_ms + 999) / 1000, last = (until_ms + 999) / 1000;
    size_t count = spoken->channels[channel].second_count;
    *ret_first = first > base ? first - base : 0;
    *ret_last = last > base ? last - base : 0;
    *ret_last = *ret_last < count ? *ret_last : count;
}

static void measure_loudness(const struct st_characteristics *spoken, unsigned channel,
                             uint32_t from_ms, uint32_t until_ms, struct st_cell *cell)
{
    size_t first, last;
    uint32_t sum = 0, count = 0, most = 0;
    const uint8_t *seconds = spoken->channels[channel].seconds;
    seconds_within(spoken, channel, from_ms, until_ms, &first, &last);
    for (size_t i = first; i < last; i++) {
        uint32_t is_heard = seconds[i] <= ST_TALK_LOUDEST, loudness = is_heard * seconds[i];
        sum += loudness;
        count += is_heard;
        most = loudness > most ? loudness : most;
    }
    cell->channels[channel].loudness_sum = sum;
    cell->channels[channel].loudness_seconds = count;
    cell->channels[channel].loudness_max = most;
}

unsigned st_talk_heard_pct(const struct st_characteristics *spoken, unsigned channel,
                           uint32_t from_ms, uint32_t until_ms)
{
    size_t first, last, heard = 0;
    seconds_within(spoken, channel, from_ms, until_ms, &first, &last);
    for (size_t i = first; i < last; i++)
        heard += spoken->channels[channel].seconds[i] != ST_TALK_QUIET;
    return last > first ? (unsigned)(heard * 100 / (last - first)) : 0;
}

/* ---- all of it ---- */

void st_talk_measure(const struct st_characteristics *spoken, uint32_t from_ms, uint32_t until_ms,
                     struct st_cell *ret_cell)
{
    const struct st_talk_channel *channels = spoken->channels;
    memset(ret_cell, 0, sizeof(*ret_cell));
    if (from_ms >= until_ms)
        return;
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++) {
        measure_talk(&channels[i].talks, from_ms, until_ms, ret_cell, i);
        measure_loudness(spoken, i, from_ms, until_ms, ret_cell);
        measure_monologue(&channels[i].talks, &channels[1 - i].talks, from_ms, until_ms,
                          &ret_cell->channels[i].monologue_ms);
    }
    ret_cell->overlap_ms =
        measure_overlap(&channels[0].talks, &channels[1].talks, from_ms, until_ms);
    measure_non_talk(spoken, from_ms, until_ms, ret_cell);
    st_talk_each_interruption(spoken, from_ms, until_ms, on_interruption, ret_cell);
}
