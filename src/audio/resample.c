/*
 * 1:2 is the case of every narrow-band call, so it has a filter of its own: half-band, so that
 * every second output is an input unchanged and the others are one dot product of 24 taps. The taps
 * are minimax over 0…3.4 kHz at 8 kHz (pass band flat to 0.01 dB, images 63 dB down), in Q14
 * because their absolute sum, 2.3, would let Q15 overflow 32 bits. It costs a seventh of SpeexDSP
 * at quality 3.
 */
#include "sidetone/resample.h"

#include "sidetone/mem.h"
#include "sidetone/prefetch.h"

#include <errno.h>
#include <speex/speex_resampler.h>
#include <stdlib.h>
#include <string.h>

enum {
    RATE_MIN_HZ = 8000,
    RATE_MAX_HZ = 48000,
    TAPS = 24,
    BLOCK_SAMPLES = 160,
    SPEEX_QUALITY = 3,     /* stop band 80 dB */
    SPEEX_CHUNK = 1 << 16, /* samples per call: its counts have 32 bits */
};

static const int16_t taps_q14[TAPS] = {-27,   49,   -91,   155,   -246,  375,   -556, 815,
                                       -1207, 1876, -3347, 10387, 10387, -3347, 1876, -1207,
                                       815,   -556, 375,   -246,  155,   -91,   49,   -27};

enum method { COPY, DOUBLE, SPEEX };

struct st_resampler {
    enum method method;
    uint32_t in_hz;
    uint32_t out_hz;
    SpeexResamplerState *speex;
    int16_t history[TAPS]; /* the last inputs, oldest first */
};

int st_resampler_create(struct st_resampler **ret_resampler, uint32_t in_hz, uint32_t out_hz)
{
    if (in_hz < RATE_MIN_HZ || in_hz > RATE_MAX_HZ || out_hz < RATE_MIN_HZ || out_hz > RATE_MAX_HZ)
        return -EINVAL;
    struct st_resampler *resampler = st_mem_alloc(sizeof(*resampler));
    resampler->in_hz = in_hz;
    resampler->out_hz = out_hz;
    resampler->method = in_hz == out_hz ? COPY : in_hz * 2 == out_hz ? DOUBLE : SPEEX;
    if (resampler->method == SPEEX) {
        int err;
        resampler->speex = speex_resampler_init(1, in_hz, out_hz, SPEEX_QUALITY, &err);
        if (!resampler->speex) {
            free(resampler);
            return err == RESAMPLER_ERR_ALLOC_FAILED ? -ENOMEM : -EINVAL;
        }
    }
    *ret_resampler = resampler;
    return 0;
}

void st_resampler_destroy(struct st_resampler *resampler)
{
    if (!resampler)
        return;
    if (resampler->speex)
        speex_resampler_destroy(resampler->speex);
    free(resampler);
}

size_t st_resampler_out_max(const struct st_resampler *resampler, size_t count)
{
    return (size_t)((uint64_t)count * resampler->out_hz / resampler->in_hz) + 1;
}

void st_resampler_prefetch(const struct st_resampler *resampler)
{
    st_prefetch(resampler, sizeof(*resampler));
}

static int16_t saturate(int32_t value)
{
    return (int16_t)(value > INT16_MAX ? INT16_MAX : value < INT16_MIN ? INT16_MIN : value);
}

/* `in` is preceded by TAPS samples of history. */
static void interpolate(const int16_t *in, size_t count, int16_t *out)
{
    for (size_t i = 0; i < count; i++) {
        const int16_t *window = in + i + 1 - TAPS;
        int32_t sum = 1 << 13;
        for (int k = 0; k < TAPS; k++)
            sum += window[k] * taps_q14[k];
        out[2 * i] = window[TAPS / 2 - 1];
        out[2 * i + 1] = saturate(sum >> 14);
    }
}

static size_t process_double(struct st_resampler *resampler, const int16_t *in, size_t count,
                             int16_t *out)
{
    int16_t window[TAPS + BLOCK_SAMPLES];
    memcpy(window, resampler->history, sizeof(resampler->history));
    for (size_t done = 0, n; done < count; done += n) {
        n = count - done < BLOCK_SAMPLES ? count - done : BLOCK_SAMPLES;
        if (in)
            memcpy(window + TAPS, in + done, n * sizeof(*in));
        else
            memset(window + TAPS, 0, n * sizeof(*in));
        interpolate(window + TAPS, n, out + 2 * done);
        memmove(window, window + n, TAPS * sizeof(*window));
    }
    memcpy(resampler->history, window, sizeof(resampler->history));
    return count * 2;
}

static size_t process_speex(struct st_resampler *resampler, const int16_t *in, size_t count,
                            int16_t *out)
{
    size_t room = st_resampler_out_max(resampler, count), written = 0;
    while (count > 0) {
        spx_uint32_t used = count < SPEEX_CHUNK ? (spx_uint32_t)count : SPEEX_CHUNK;
        spx_uint32_t made =
            room - written < UINT32_MAX ? (spx_uint32_t)(room - written) : UINT32_MAX;
        speex_resampler_process_int(resampler->speex, 0, in, &used, out + written, &made);
        if (used == 0 && made == 0)
            break;
        in = in ? in + used : NULL;
        count -= used;
        written += made;
    }
    return written;
}

size_t st_resampler_process(struct st_resampler *resampler, const int16_t *in, size_t count,
                            int16_t *out)
{
    if (resampler->method == DOUBLE)
        return process_double(resampler, in, count, out);
    if (resampler->method == SPEEX)
        return process_speex(resampler, in, count, out);
    if (in)
        memmove(out, in, count * sizeof(*in));
    else
        memset(out, 0, count * sizeof(*out));
    return count;
}

int64_t st_resampler_delay_us(const struct st_resampler *resampler)
{
    int64_t samples = 0;
    if (resampler->method == DOUBLE)
        samples = TAPS / 2;
    else if (resampler->method == SPEEX)
        samples = speex_resampler_get_input_latency(resampler->speex);
    return (samples * 1000000 + resampler->in_hz / 2) / resampler->in_hz;
}

void st_resampler_reset(struct st_resampler *resampler)
{
    memset(resampler->history, 0, sizeof(resampler->history));
    if (resampler->speex)
        speex_resampler_reset_mem(resampler->speex);
}
