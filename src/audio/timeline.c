#include "sidetone/timeline.h"

#include <assert.h>

enum { JUMP_MAX_DEFAULT_S = 600, US_PER_S = 1000000 };

/* Rounded to the nearest sample; the whole range of int64_t, since positions come from peers. */
static int64_t us_to_samples(uint32_t rate_hz, int64_t us)
{
    int64_t seconds = us / US_PER_S, rest = us % US_PER_S;
    if (rest < 0) {
        seconds--;
        rest += US_PER_S;
    }
    return seconds * rate_hz + (rest * rate_hz + US_PER_S / 2) / US_PER_S;
}

static int64_t samples_to_us(uint32_t rate_hz, int64_t samples)
{
    int64_t seconds = samples / rate_hz, rest = samples % rate_hz, us;
    if (rest < 0) {
        seconds--;
        rest += rate_hz;
    }
    if (__builtin_mul_overflow(seconds, (int64_t)US_PER_S, &us) ||
        __builtin_add_overflow(us, rest * US_PER_S / rate_hz, &us))
        return samples < 0 ? INT64_MIN : INT64_MAX;
    return us;
}

void st_timeline_init(struct st_timeline *timeline, uint32_t rate_hz, int64_t start_us,
                      int64_t jump_max_us)
{
    assert(rate_hz > 0 && rate_hz <= US_PER_S);
    *timeline = (struct st_timeline){.rate_hz = rate_hz};
    timeline->next_sample = us_to_samples(rate_hz, start_us);
    timeline->jump_max_samples = jump_max_us > 0 ? us_to_samples(rate_hz, jump_max_us)
                                                 : (int64_t)rate_hz * JUMP_MAX_DEFAULT_S;
}

/* How far the position lies ahead of the clock, in samples; 0 when it only rounds differently.
 * A jump moves the sender's clock against ours, once, so that what follows it fits again. */
static int64_t measure_lead(struct st_timeline *timeline, int64_t position_us)
{
    int64_t rounding = timeline->rate_hz / 1000 + 1;
    int64_t position = us_to_samples(timeline->rate_hz, position_us) + timeline->offset_samples;
    int64_t lead = position - timeline->next_sample;
    if (lead > timeline->jump_max_samples || lead < -timeline->jump_max_samples) {
        timeline->offset_samples -= lead;
        timeline->resets++;
        return 0;
    }
    return lead >= -rounding && lead <= rounding ? 0 : lead;
}

static void advance(struct st_timeline *timeline, uint64_t samples)
{
    int64_t end = us_to_samples(timeline->rate_hz, INT64_MAX);
    if (timeline->next_sample < end && samples < (uint64_t)(end - timeline->next_sample))
        timeline->next_sample += (int64_t)samples;
    else
        timeline->next_sample = end;
}

struct st_timeline_plan st_timeline_put(struct st_timeline *timeline, int64_t position_us,
                                        uint64_t count)
{
    struct st_timeline_plan plan = {.media_us = st_timeline_media_us(timeline)};
    int64_t lead = position_us == ST_TIMELINE_APPEND ? 0 : measure_lead(timeline, position_us);
    if (lead > 0)
        plan.silence = (uint64_t)lead;
    else
        plan.skip = (uint64_t)-lead < count ? (uint64_t)-lead : count;
    timeline->silence_samples += plan.silence;
    timeline->dropped_samples += plan.skip;
    advance(timeline, plan.silence);
    advance(timeline, count - plan.skip);
    return plan;
}

int64_t st_timeline_media_us(const struct st_timeline *timeline)
{
    return samples_to_us(timeline->rate_hz, timeline->next_sample);
}
