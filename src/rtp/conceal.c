#include "sidetone/rtp_conceal.h"

#include "sidetone/mem.h"
#include "sidetone/prefetch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    RATE_MIN_HZ = 8000,
    RATE_MAX_HZ = 48000,
    PERIODS_PER_S_MIN = 66, /* of a voice */
    PERIODS_PER_S_MAX = 400,
    COMPARED_US = 20000, /* of the past, to find the period */
    COARSE_HZ = 4000,
    COARSE_WINDOW = COARSE_HZ / 50,
    COARSE_LAG_MAX = COARSE_HZ / PERIODS_PER_S_MIN,
    COARSE_SAMPLES = COARSE_WINDOW + COARSE_LAG_MAX,
    COARSE_PEAK = 0xfff, /* 80 products of it fit 31 bits */
    FULL_US = 10000,
    LEAD_OVER_US = 4000,
    US_PER_S = 1000000,
    HISTORY_SAMPLES_MAX = RATE_MAX_HZ / PERIODS_PER_S_MIN * 5 / 4 + RATE_MAX_HZ / 50,
};

struct st_rtp_conceal {
    uint32_t rate_hz;
    size_t period_max;
    size_t history_samples;
    size_t oldest;     /* in the history */
    int16_t *period;   /* room for one, behind it */
    int16_t history[]; /* a ring: every packet is put there, and few are followed by a loss */
};

static size_t samples_in(uint32_t rate_hz, uint32_t us)
{
    return (size_t)((uint64_t)rate_hz * us / US_PER_S);
}

int st_rtp_conceal_create(struct st_rtp_conceal **ret_conceal, uint32_t rate_hz)
{
    if (rate_hz < RATE_MIN_HZ || rate_hz > RATE_MAX_HZ)
        return -EINVAL;
    size_t period_max = rate_hz / PERIODS_PER_S_MIN;
    size_t history_samples = period_max * 5 / 4 + samples_in(rate_hz, COMPARED_US);
    struct st_rtp_conceal *conceal =
        st_mem_alloc(sizeof(*conceal) + (history_samples + period_max) * sizeof(int16_t));
    conceal->rate_hz = rate_hz;
    conceal->period_max = period_max;
    conceal->history_samples = history_samples;
    conceal->period = conceal->history + conceal->history_samples;
    *ret_conceal = conceal;
    return 0;
}

void st_rtp_conceal_destroy(struct st_rtp_conceal *conceal)
{
    free(conceal);
}

void st_rtp_conceal_prefetch(const struct st_rtp_conceal *conceal)
{
    st_prefetch(conceal, sizeof(*conceal) + conceal->history_samples * sizeof(int16_t));
}

static void put_some(struct st_rtp_conceal *conceal, const int16_t *samples, size_t count)
{
    if (samples)
        memcpy(conceal->history + conceal->oldest, samples, count * sizeof(*samples));
    else
        memset(conceal->history + conceal->oldest, 0, count * sizeof(*samples));
    conceal->oldest = (conceal->oldest + count) % conceal->history_samples;
}

void st_rtp_conceal_put(struct st_rtp_conceal *conceal, const int16_t *samples, size_t count)
{
    size_t n = count < conceal->history_samples ? count : conceal->history_samples;
    const int16_t *from = samples ? samples + count - n : NULL;
    size_t before_end = conceal->history_samples - conceal->oldest;
    size_t first = n < before_end ? n : before_end;
    put_some(conceal, from, first);
    put_some(conceal, from ? from + first : NULL, n - first);
}

/* The latest sample last. */
static void straighten(struct st_rtp_conceal *conceal)
{
    int16_t newer[HISTORY_SAMPLES_MAX];
    size_t older_samples = conceal->history_samples - conceal->oldest;
    memcpy(newer, conceal->history, conceal->oldest * sizeof(*newer));
    memmove(conceal->history, conceal->history + conceal->oldest, older_samples * sizeof(*newer));
    memcpy(conceal->history + older_samples, newer, conceal->oldest * sizeof(*newer));
    conceal->oldest = 0;
}

/* Likeness of the latest past to what lay `lag` before it, every `stride`-th sample: the square
 * of the correlation over the energy, signed. */
static double likeness(const struct st_rtp_conceal *conceal, size_t lag, size_t stride)
{
    const int16_t *end = conceal->history + conceal->history_samples;
    size_t count = samples_in(conceal->rate_hz, COMPARED_US);
    double product = 0, energy = 1;
    for (size_t i = 1; i <= count; i += stride) {
        double then = *(end - lag - i), now = *(end - i);
        product += now * then;
        energy += then * then;
    }
    return product > 0 ? product * product / energy : -1;
}

/* The past at about 4 kHz, the latest sample first, so that no sum of products overflows. */
static void take_coarse(const struct st_rtp_conceal *conceal, size_t stride,
                        int16_t out[COARSE_SAMPLES])
{
    const int16_t *end = conceal->history + conceal->history_samples;
    int peak = 0, shift = 0;
    for (size_t i = 0; i < COARSE_SAMPLES; i++) {
        out[i] = i * stride < conceal->history_samples ? *(end - 1 - i * stride) : 0;
        peak |= abs(out[i]);
    }
    while (peak >> shift > COARSE_PEAK)
        shift++;
    for (size_t i = 0; i < COARSE_SAMPLES; i++)
        out[i] = (int16_t)(out[i] >> shift);
}

/* As likeness(); fixed lengths and 16 bits are what the compiler makes vector instructions of. */
static float coarse_likeness(const int16_t *now, const int16_t *then)
{
    int32_t product = 0, energy = 1;
    for (int i = 0; i < COARSE_WINDOW; i++)
        product += (int32_t)now[i] * then[i];
    for (int i = 0; i < COARSE_WINDOW; i++)
        energy += (int32_t)then[i] * then[i];
    return product > 0 ? (float)product * (float)product / (float)energy : -1;
}

/* In samples of the coarse past. */
static size_t find_coarse_period(const struct st_rtp_conceal *conceal, size_t stride)
{
    int16_t past[COARSE_SAMPLES];
    float best = -2;
    size_t shortest = conceal->rate_hz / PERIODS_PER_S_MAX / stride, lag = shortest;
    take_coarse(conceal, stride, past);
    for (size_t i = shortest; i <= conceal->period_max / stride; i++) {
        float value = coarse_likeness(past, past + i);
        if (value > best) {
            best = value;
            lag = i;
        }
    }
    return lag;
}

/* Coarsely first: in a bad network, and when a machine has too much to do, this is done for every
 * other packet. */
static size_t find_period(const struct st_rtp_conceal *conceal)
{
    size_t shortest = conceal->rate_hz / PERIODS_PER_S_MAX,
           stride = (conceal->rate_hz + COARSE_HZ - 1) / COARSE_HZ;
    size_t lag = find_coarse_period(conceal, stride) * stride;
    size_t from = lag > shortest + stride ? lag - stride : shortest;
    size_t to = lag + stride < conceal->period_max ? lag + stride : conceal->period_max;
    double best = -2;
    for (size_t i = from; i <= to; i++) {
        double value = likeness(conceal, i, stride / 2);
        if (value > best) {
            best = value;
            lag = i;
        }
    }
    return lag;
}

static int16_t mix(int from, int to, size_t at, size_t of)
{
    return (int16_t)(from + (to - from) * (int64_t)at / (int64_t)of);
}

/* One period whose end leads over into its own beginning. */
static void take_period(struct st_rtp_conceal *conceal, size_t lag)
{
    const int16_t *end = conceal->history + conceal->history_samples, *from = end - lag;
    size_t quarter = lag / 4;
    memcpy(conceal->period, from, lag * sizeof(*from));
    for (size_t i = 0; i < quarter; i++) {
        size_t at = lag - quarter + i;
        conceal->period[at] = mix(from[at], *(from - quarter + i), i + 1, quarter + 1);
    }
}

static int16_t clamp(int64_t value)
{
    return (int16_t)(value > INT16_MAX ? INT16_MAX : value < INT16_MIN ? INT16_MIN : value);
}

static void repeat_period(const struct st_rtp_conceal *conceal, size_t lag, int16_t *out,
                          size_t count)
{
    const int16_t *end = conceal->history + conceal->history_samples;
    size_t full = samples_in(conceal->rate_hz, FULL_US), quarter = lag / 4 + 1;
    size_t all = samples_in(conceal->rate_hz, ST_RTP_CONCEAL_MAX_US);
    int64_t step = *(end - 1) - *(end - lag - 1); /* between the past and the repetition */
    for (size_t i = 0; i < count; i++) {
        int64_t value = conceal->period[i % lag];
        if (i < quarter)
            value += step * (int64_t)(quarter - i) / (int64_t)quarter;
        if (i >= all)
            value = 0;
        else if (i > full)
            value = value * (int64_t)(all - i) / (int64_t)(all - full);
        out[i] = clamp(value);
    }
}

/* The audio to come, mirrored at where it begins, takes over at the end. */
static void lead_over(const struct st_rtp_conceal *conceal, int16_t *out, size_t count,
                      const int16_t *next, size_t next_count)
{
    size_t n = samples_in(conceal->rate_hz, LEAD_OVER_US);
    n = n < count ? n : count;
    n = n < next_count ? n : next_count;
    for (size_t i = 0; i < n; i++) {
        int16_t *at = out + count - n + i;
        *at = mix(*at, next[n - 1 - i], i + 1, n + 1);
    }
}

void st_rtp_conceal_fill(struct st_rtp_conceal *conceal, int16_t *out, size_t count,
                         const int16_t *next, size_t next_count)
{
    straighten(conceal);
    size_t lag = find_period(conceal);
    take_period(conceal, lag);
    repeat_period(conceal, lag, out, count);
    if (next && count <= samples_in(conceal->rate_hz, ST_RTP_CONCEAL_MAX_US))
        lead_over(conceal, out, count, next, next_count);
    st_rtp_conceal_put(conceal, out, count);
}
