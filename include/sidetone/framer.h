/*
 * Cuts a stream of samples into 20 ms frames, timed by sample count. Allocates one frame, once,
 * when audio first comes in other pieces than whole frames.
 */
#ifndef SIDETONE_FRAMER_H
#define SIDETONE_FRAMER_H

#include "sidetone/frame.h"

#include <stddef.h>

typedef void (*st_framer_fn)(void *user, const struct st_frame *frame);

struct st_framer {
    uint32_t rate_hz;
    uint32_t frame_samples;
    uint32_t held; /* samples waiting in the open frame */
    int64_t next_sample;
    int64_t start_us;
    st_framer_fn emit;
    void *user;
    int16_t *open; /* the open frame; NULL until there is one */
};

/* start_us: media time of the first sample to come. */
void st_framer_init(struct st_framer *framer, uint32_t rate_hz, int64_t start_us, st_framer_fn emit,
                    void *user);
void st_framer_fini(struct st_framer *framer); /* what is open is dropped; one of zeroes is fine */

/* samples NULL stands for silence. Whole frames inside `samples` are passed on without a copy. */
void st_framer_put(struct st_framer *framer, const int16_t *samples, size_t count);

/* Samples come at that rate from now on, a multiple of the one before; those of the open frame are
 * repeated. */
void st_framer_widen(struct st_framer *framer, uint32_t rate_hz);

/* Pads the open frame with silence and emits it, if there is one. */
void st_framer_flush(struct st_framer *framer);

#endif
