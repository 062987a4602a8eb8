/*
 * The last seconds of one channel's audio, addressed by sample index since the first frame.
 *
 * Held in blocks of 100 ms, which all rings of a thread share: a channel whose audio is dealt with
 * at once costs kilobytes, not the whole span, and after long utterances nothing is allocated any
 * more. A block of exact silence, as before a stream's first packet and in a hold,
 * has no samples of its own. Audio that came at half the ring's rate is held as it came, and
 * doubled each time it is read: always to the same samples, those of one resampler all along. What
 * was G.711 is held as G.711 from the next block on, by when an engine has usually heard it.
 */
#ifndef SIDETONE_STT_RING_H
#define SIDETONE_STT_RING_H

#include "sidetone/codec.h"
#include "sidetone/frame.h"
#include "sidetone/resample.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct st_ring_block;

enum st_ring_form {
    ST_RING_SILENT, /* no samples */
    ST_RING_HALF,   /* at half the rate */
    ST_RING_WHOLE,
};

struct st_ring {
    uint32_t rate_hz;
    uint32_t block_samples;
    int64_t samples_max;
    int64_t base_us; /* media time of index 0 */
    int64_t first;   /* oldest index held */
    int64_t next;    /* one past the newest */
    struct st_ring_block *head;
    struct st_ring_block *tail;
    struct st_ring_block *cursor;          /* where the last look was */
    bool is_half;                          /* frames come at half the rate */
    int16_t history[ST_RESAMPLER_HISTORY]; /* their latest samples */
    enum st_codec law;                     /* what held audio was of, as far as it was any */
};

void st_ring_init(struct st_ring *ring, uint32_t rate_hz, int64_t span_us);
void st_ring_fini(struct st_ring *ring);

/* Samples of the ring that a frame is. */
size_t st_ring_count(const struct st_ring *ring, const struct st_frame *frame);
/* Samples that must be dropped before `count` more fit; 0 when they fit. */
int64_t st_ring_excess(const struct st_ring *ring, size_t count);

/* The first frame sets the media time of index 0. Frames come at the ring's rate or at half of it,
 * and from half to whole once. There must be room. */
void st_ring_put(struct st_ring *ring, const struct st_frame *frame);

/* Forgets everything before `index`. */
void st_ring_drop(struct st_ring *ring, int64_t index);

/* Contiguous samples from `index` (held) on; *ret_samples is borrowed until the next put or drop.
 * Returns how many, 0 at the end and where they must be read. */
size_t st_ring_peek(struct st_ring *ring, int64_t index, const int16_t **ret_samples);

/* Copies up to `count` samples from `index` on; returns how many. */
size_t st_ring_read(struct st_ring *ring, int64_t index, int16_t *out, size_t count);

int64_t st_ring_media_us(const struct st_ring *ring, int64_t index);
/* The sample at or before that media time; not clamped to what is held. */
int64_t st_ring_index(const struct st_ring *ring, int64_t media_us);

#endif
