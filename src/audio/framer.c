#include "sidetone/framer.h"

#include "sidetone/mem.h"

#include <stdlib.h>
#include <string.h>

enum { FRAMES_PER_S = 1000000 / ST_FRAME_US };

static const int16_t silence[ST_FRAME_SAMPLES_MAX];

void st_framer_init(struct st_framer *framer, uint32_t rate_hz, int64_t start_us, st_framer_fn emit,
                    void *user)
{
    memset(framer, 0, sizeof(*framer));
    framer->rate_hz = rate_hz;
    framer->frame_samples = rate_hz / FRAMES_PER_S;
    framer->start_us = start_us;
    framer->emit = emit;
    framer->user = user;
}

void st_framer_fini(struct st_framer *framer)
{
    free(framer->open);
    memset(framer, 0, sizeof(*framer));
}

static void emit_frame(struct st_framer *framer, const int16_t *samples)
{
    struct st_frame frame = {
        .samples = samples,
        .count = framer->frame_samples,
        .rate_hz = framer->rate_hz,
        .media_us = framer->start_us + framer->next_sample * 1000000 / framer->rate_hz,
    };
    framer->next_sample += framer->frame_samples;
    framer->emit(framer->user, &frame);
}

/* Moves up to a frame's rest into the open frame. Returns samples taken. */
static size_t hold(struct st_framer *framer, const int16_t *samples, size_t count)
{
    size_t room = framer->frame_samples - framer->held, n = count < room ? count : room;
    if (!framer->open)
        framer->open = st_mem_alloc_array(framer->frame_samples, sizeof(*samples));
    memcpy(framer->open + framer->held, samples ? samples : silence, n * sizeof(*samples));
    framer->held += (uint32_t)n;
    if (framer->held == framer->frame_samples) {
        framer->held = 0;
        emit_frame(framer, framer->open);
    }
    return n;
}

void st_framer_put(struct st_framer *framer, const int16_t *samples, size_t count)
{
    while (count > 0) {
        size_t n = framer->frame_samples;
        if (framer->held == 0 && count >= n)
            emit_frame(framer, samples ? samples : silence);
        else
            n = hold(framer, samples, count);
        samples = samples ? samples + n : NULL;
        count -= n;
    }
}

void st_framer_widen(struct st_framer *framer, uint32_t rate_hz)
{
    struct st_framer wide;
    int64_t at_us = framer->start_us + framer->next_sample * 1000000 / framer->rate_hz;
    st_framer_init(&wide, rate_hz, at_us, framer->emit, framer->user);
    for (uint32_t i = 0; i < framer->held * (rate_hz / framer->rate_hz); i++)
        st_framer_put(&wide, framer->open + i * framer->rate_hz / rate_hz, 1);
    st_framer_fini(framer);
    *framer = wide;
}

void st_framer_flush(struct st_framer *framer)
{
    if (framer->held > 0)
        hold(framer, NULL, framer->frame_samples - framer->held);
}
