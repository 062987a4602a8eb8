/*
 * A channel of the call, as recognition sees it: its last seconds of audio, how far they are
 * covered by finals, and its transcript. Outlives streams and engines.
 */
#ifndef SIDETONE_STT_TRACK_H
#define SIDETONE_STT_TRACK_H

#include "ring.h"
#include "splice.h"

#include <stdbool.h>

struct st_track {
    void *owner;
    unsigned channel;
    bool is_open;     /* audio of it comes */
    bool is_told;     /* that it is degraded */
    bool is_moved;    /* to an engine the call would rather have; not told yet */
    bool is_answered; /* an engine has heard it at least once */
    struct st_ring ring;

    /* Indices into the ring. */
    int64_t covered; /* nothing before it is needed for a replay */
    int64_t sent;    /* next for the engine; in a stream of two channels it may be outside of what
                        the ring has: then that is silence */
    int64_t from;    /* nothing before it is given to the stream */
    int64_t told_lag_us;

    struct st_splice splice;
};

void st_track_init(struct st_track *track, unsigned channel, uint32_t rate_hz, int64_t ring_us);
void st_track_fini(struct st_track *track);

int64_t st_track_us(const struct st_track *track, int64_t samples);
int64_t st_track_samples(const struct st_track *track, int64_t us);

/* Whether a frame has come: before it no index has a media time. */
bool st_track_has_audio(const struct st_track *track);
bool st_track_is_covered(const struct st_track *track); /* but for less than a frame */

/* The index of a media time, rounded down; negative before the first frame. */
int64_t st_track_index(const struct st_track *track, int64_t media_us);
int64_t st_track_media_us(const struct st_track *track, int64_t index);

/* No final will have speech from before. False when that was known. */
bool st_track_cover(struct st_track *track, int64_t media_us);

/* `count` samples from `sent` on, borrowed until the next put or drop, or made up in `copy`. */
const int16_t *st_track_read(struct st_track *track, uint32_t count, int16_t *copy);

#endif
