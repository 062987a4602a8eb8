#include "felt.h"

#include "written_sentences.h"

#include "sidetone/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    LISTED_MAX = 512, /* sentences of a channel, one by one */
    FOLD = 64,        /* as many at once */
    GROW_BY = 8,
    CELLS_MAX = 256,
    CELL_STEP_MS = 60000,
    TIME_MAX_MS = 7 * 24 * 3600 * 1000,
    RECENT_MS = 60000,
    WORDS_MAX = 2047,
};

static const double flat_within = 0.1;

/* A sentence; the first of a segment says what the segment is like. */
struct felt {
    uint32_t start_ms;
    int16_t compound; /* of the segment, in 0.0001 */
    uint16_t words : 11;
    uint16_t label : 2;
    uint16_t segment_label : 2;
    uint16_t is_first : 1;
};

_Static_assert(sizeof(struct felt) == 8, "as the header of sentiment says");

struct sum {
    uint32_t words;
    float compound; /* times words */
    uint16_t segments[ST_SENTIMENT_LABELS];
    uint16_t sentences[ST_SENTIMENT_LABELS];
};

struct channel {
    struct felt *list; /* by start */
    size_t count, cap;
    struct sum *cells; /* older than the list */
    size_t cell_count;
    uint32_t step_ms;
    uint32_t last_end_ms;
};

struct st_sentiment_history {
    struct channel channels[ST_CHANNELS_MAX];
};

struct st_sentiment_history *st_felt_create(void)
{
    return st_mem_alloc(sizeof(struct st_sentiment_history));
}

void st_felt_destroy(struct st_sentiment_history *history)
{
    if (!history)
        return;
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++) {
        free(history->channels[i].list);
        free(history->channels[i].cells);
    }
    free(history);
}

static uint32_t ms_of(int64_t us)
{
    int64_t ms = us > 0 ? us / 1000 : 0;
    return (uint32_t)(ms < TIME_MAX_MS ? ms : TIME_MAX_MS);
}

/* ---- sums ---- */

static uint16_t plus(uint16_t a, uint32_t b)
{
    return (uint16_t)(a + b < UINT16_MAX ? a + b : UINT16_MAX);
}

static void add_felt(struct sum *sum, const struct felt *felt)
{
    sum->sentences[felt->label] = plus(sum->sentences[felt->label], 1);
    if (!felt->is_first)
        return;
    sum->segments[felt->segment_label] = plus(sum->segments[felt->segment_label], 1);
    sum->words += felt->words;
    sum->compound += (float)felt->words * felt->compound / 10000;
}

static void add_sum(struct sum *sum, const struct sum *other)
{
    sum->words += other->words;
    sum->compound += other->compound;
    for (unsigned i = 0; i < ST_SENTIMENT_LABELS; i++) {
        sum->segments[i] = plus(sum->segments[i], other->segments[i]);
        sum->sentences[i] = plus(sum->sentences[i], other->sentences[i]);
    }
}

static double mean_of(const struct sum *sum)
{
    return sum->words > 0 ? (double)sum->compound / sum->words : 0;
}

/* The first that starts at `ms` or later. */
static size_t find(const struct channel *channel, uint32_t ms)
{
    size_t low = 0, high = channel->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (channel->list[middle].start_ms >= ms)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static struct sum sum_of(const struct channel *channel, uint32_t from_ms, uint32_t until_ms)
{
    struct sum sum = {0};
    size_t cell = channel->step_ms > 0 ? from_ms / channel->step_ms : 0;
    for (; cell < channel->cell_count; cell++) {
        uint32_t middle_ms = (uint32_t)cell * channel->step_ms + channel->step_ms / 2;
        if (middle_ms >= from_ms && middle_ms < until_ms)
            add_sum(&sum, &channel->cells[cell]);
    }
    for (size_t i = find(channel, from_ms); i < channel->count; i++) {
        if (channel->list[i].start_ms >= until_ms)
            break;
        add_felt(&sum, &channel->list[i]);
    }
    return sum;
}

/* ---- what comes in ---- */

static void halve_cells(struct channel *channel)
{
    size_t pairs = (channel->cell_count + 1) / 2;
    for (size_t i = 0; i < pairs; i++) {
        struct sum sum = channel->cells[2 * i];
        if (2 * i + 1 < channel->cell_count)
            add_sum(&sum, &channel->cells[2 * i + 1]);
        channel->cells[i] = sum;
    }
    memset(channel->cells + pairs, 0, (CELLS_MAX - pairs) * sizeof(*channel->cells));
    channel->cell_count = pairs;
    channel->step_ms *= 2;
}

static void fold(struct channel *channel)
{
    if (!channel->cells) {
        channel->cells = st_mem_alloc_array(CELLS_MAX, sizeof(*channel->cells));
        channel->step_ms = CELL_STEP_MS;
    }
    for (size_t i = 0; i < FOLD; i++) {
        const struct felt *felt = &channel->list[i];
        while (felt->start_ms / channel->step_ms >= CELLS_MAX)
            halve_cells(channel);
        size_t cell = felt->start_ms / channel->step_ms;
        add_felt(&channel->cells[cell], felt);
        channel->cell_count = cell + 1 > channel->cell_count ? cell + 1 : channel->cell_count;
    }
    channel->count -= FOLD;
    memmove(channel->list, channel->list + FOLD, channel->count * sizeof(*channel->list));
}

static void insert(struct channel *channel, const struct felt *felt)
{
    if (channel->count == LISTED_MAX)
        fold(channel);
    if (channel->count == channel->cap) {
        channel->cap += GROW_BY;
        channel->list = st_mem_realloc(channel->list, channel->cap * sizeof(*channel->list));
    }
    size_t at = channel->count++;
    for (; at > 0 && channel->list[at - 1].start_ms > felt->start_ms; at--)
        channel->list[at] = channel->list[at - 1];
    channel->list[at] = *felt;
}

static size_t count_words(const char *text)
{
    size_t words = 0;
    for (bool was_space = true; *text; text++) {
        bool is_space = *text == ' ';
        words += was_space && !is_space;
        was_space = is_space;
    }
    return words < WORDS_MAX ? words : WORDS_MAX;
}

void st_felt_put(struct st_sentiment_history *history, unsigned channel,
                 const struct st_segment *segment, const struct st_sentiment_lexicon *lexicon,
                 const struct st_sentiment_scores *scores)
{
    struct st_written_sentence sentences[ST_WRITTEN_SENTENCES_MAX];
    struct channel *of = &history->channels[channel];
    size_t count = st_written_sentences_split(segment, sentences);
    enum st_sentiment_label label = st_sentiment_label_of(scores);
    for (size_t i = 0; i < count; i++) {
        struct st_sentiment_scores own = *scores;
        if (count > 1)
            own = st_sentiment_score_part(lexicon, sentences[i].text, sentences[i].bytes);
        struct felt felt = {.start_ms = ms_of(sentences[i].start_us),
                            .label = st_sentiment_label_of(&own) & 3,
                            .is_first = i == 0};
        if (i == 0) {
            felt.compound = (int16_t)lround(scores->compound * 10000);
            felt.words = count_words(segment->text) & WORDS_MAX;
            felt.segment_label = label & 3;
        }
        insert(of, &felt);
    }
    if (count > 0 && ms_of(segment->end_us) > of->last_end_ms)
        of->last_end_ms = ms_of(segment->end_us);
}

/* ---- what is asked ---- */

static enum st_trend trend_of(const struct sum *before, const struct sum *after, double *ret_rise)
{
    *ret_rise = 0;
    if (before->words == 0 || after->words == 0)
        return ST_TREND_FLAT;
    *ret_rise = mean_of(after) - mean_of(before);
    if (fabs(*ret_rise) <= flat_within)
        return ST_TREND_FLAT;
    return *ret_rise > 0 ? ST_TREND_UP : ST_TREND_DOWN;
}

enum st_trend st_felt_trend(const struct st_sentiment_history *history, unsigned channel,
                            int64_t now_us)
{
    double rise;
    uint32_t now_ms = ms_of(now_us), recent_ms = now_ms > RECENT_MS ? now_ms - RECENT_MS : 0;
    struct sum before = sum_of(&history->channels[channel], 0, recent_ms);
    struct sum after = sum_of(&history->channels[channel], recent_ms, UINT32_MAX);
    return trend_of(&before, &after, &rise);
}

static struct st_sentiment_channel measure(const struct channel *channel, uint32_t from_ms,
                                           uint32_t until_ms)
{
    uint32_t middle_ms = from_ms + (until_ms - from_ms) / 2;
    struct sum before = sum_of(channel, from_ms, middle_ms);
    struct sum after = sum_of(channel, middle_ms, until_ms), all = before;
    struct st_sentiment_channel measured = {.trend = ST_TREND_FLAT};
    add_sum(&all, &after);
    for (unsigned i = 0; i < ST_SENTIMENT_LABELS; i++)
        measured.segments[i] = all.segments[i];
    measured.words = all.words;
    measured.mean = mean_of(&all);
    measured.trend = trend_of(&before, &after, &measured.rise);
    return measured;
}

void st_sentiment_history_measure(const struct st_sentiment_history *history, int64_t from_us,
                                  int64_t until_us, struct st_sentiment_window *ret_window)
{
    const struct channel *channels = history->channels;
    uint32_t from_ms = ms_of(from_us), until_ms = ms_of(until_us), last_ms = 0;
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        last_ms = channels[i].last_end_ms > last_ms ? channels[i].last_end_ms : last_ms;
    if (until_us == INT64_MAX)
        until_ms = last_ms;
    if (until_ms < from_ms)
        until_ms = from_ms;
    ret_window->from_us = (int64_t)from_ms * 1000;
    ret_window->until_us = (int64_t)until_ms * 1000;
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        ret_window->channels[i] = measure(&channels[i], from_ms, until_ms);
}

/* The mean of +5, −5 and 0, to one decimal; halves away from zero. */
static struct st_sentiment_score5 score_of(const struct sum *sum)
{
    int64_t good = sum->sentences[ST_SENTIMENT_POSITIVE];
    int64_t bad = sum->sentences[ST_SENTIMENT_NEGATIVE];
    int64_t count =
        good + bad + sum->sentences[ST_SENTIMENT_NEUTRAL] + sum->sentences[ST_SENTIMENT_MIXED];
    if (count == 0)
        return (struct st_sentiment_score5){0};
    int64_t tenths = 50 * llabs(good - bad);
    tenths = (2 * tenths + count) / (2 * count);
    return (struct st_sentiment_score5){.is_known = true,
                                        .score = (good >= bad ? 1 : -1) * (double)tenths / 10};
}

void st_felt_quarters(const struct st_sentiment_history *history, unsigned channel,
                      struct st_sentiment_quarters *ret_quarters)
{
    const struct channel *of = &history->channels[channel];
    uint32_t edges_ms[5];
    for (unsigned i = 0; i < 5; i++) {
        edges_ms[i] = (uint32_t)((uint64_t)of->last_end_ms * i / 4);
        ret_quarters->edges_us[i] = (int64_t)edges_ms[i] * 1000;
    }
    for (unsigned i = 0; i < 4; i++) {
        struct sum sum = sum_of(of, edges_ms[i], i == 3 ? UINT32_MAX : edges_ms[i + 1]);
        ret_quarters->quarters[i] = score_of(&sum);
    }
    struct sum all = sum_of(of, 0, UINT32_MAX);
    ret_quarters->overall = score_of(&all);
}
