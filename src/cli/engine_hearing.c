#include "engine_hearing.h"

#include "sidetone/mem.h"

#include <math.h>
#include <stdlib.h>

void st_delays_add(struct st_delays *delays, int64_t us)
{
    if (delays->count == delays->cap) {
        delays->cap = delays->cap ? delays->cap * 2 : 64;
        delays->us = st_mem_realloc(delays->us, delays->cap * sizeof(delays->us[0]));
    }
    delays->us[delays->count++] = us;
}

static int compare(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return a < b ? -1 : a > b;
}

void st_delays_sort(struct st_delays *delays)
{
    if (delays->count > 0)
        qsort(delays->us, delays->count, sizeof(delays->us[0]), compare);
}

int64_t st_delays_percentile(const struct st_delays *delays, double pct)
{
    if (delays->count == 0)
        return 0;
    double rank = ceil(pct / 100 * (double)delays->count);
    size_t index = rank < 1 ? 0 : (size_t)rank - 1;
    return delays->us[index < delays->count ? index : delays->count - 1];
}

void st_delays_fini(struct st_delays *delays)
{
    free(delays->us);
    *delays = (struct st_delays){0};
}

void st_engine_hearing_init(struct st_engine_hearing *hearing)
{
    *hearing = (struct st_engine_hearing){.first_us = -1};
}

void st_engine_hearing_fini(struct st_engine_hearing *hearing)
{
    free(hearing->sent_us);
    st_delays_fini(&hearing->partials);
    st_delays_fini(&hearing->finals);
    st_engine_hearing_init(hearing);
}

void st_engine_hearing_sent(struct st_engine_hearing *hearing, int64_t media_us, int64_t now_us)
{
    size_t frames = (size_t)(media_us / ST_FRAME_US);
    if (frames > hearing->sent_cap) {
        hearing->sent_cap = frames * 2;
        hearing->sent_us =
            st_mem_realloc(hearing->sent_us, hearing->sent_cap * sizeof(hearing->sent_us[0]));
    }
    while (hearing->sent_count < frames)
        hearing->sent_us[hearing->sent_count++] = now_us;
}

/* Since the frame was sent in which that moment is; what is beyond was sent last. */
static int64_t since_us(const struct st_engine_hearing *hearing, int64_t media_us, int64_t now_us)
{
    size_t frame = media_us > 0 ? (size_t)((media_us - 1) / ST_FRAME_US) : 0;
    if (hearing->sent_count == 0)
        return 0;
    return now_us - hearing->sent_us[frame < hearing->sent_count ? frame : hearing->sent_count - 1];
}

void st_engine_hearing_heard(struct st_engine_hearing *hearing, unsigned channel,
                             const struct st_segment *segment, int64_t now_us)
{
    int64_t end_us =
        segment->word_count > 0 ? segment->words[segment->word_count - 1].end_us : segment->end_us;
    bool is_news = end_us > hearing->partial_end_us[channel];
    if (segment->text[0] == '\0')
        return;
    if (hearing->first_us < 0)
        hearing->first_us = since_us(hearing, segment->start_us + 1, now_us);
    if (is_news)
        hearing->partial_end_us[channel] = end_us;
    if (segment->is_final)
        st_delays_add(&hearing->finals, since_us(hearing, end_us, now_us));
    else if (is_news)
        st_delays_add(&hearing->partials, since_us(hearing, end_us, now_us));
}
