/* Sums up what `st_level` says of a channel's frames, second by second of media. */
#ifndef SIDETONE_SECONDS_H
#define SIDETONE_SECONDS_H

#include "sidetone/audio_second.h"
#include "sidetone/level.h"

struct st_seconds {
    struct st_audio_second second; /* the one that is being summed up */
    bool has_frames;
    double speech_power; /* internal from here on */
    int64_t power_us;
    int64_t speech_before_us;
    uint64_t clipped_before;
};

void st_seconds_init(struct st_seconds *seconds);

/* A frame that `level` has just been given; it belongs to the second in which it begins. Returns
 * true with *ret_second when it is the first of another second: the one before is complete. */
bool st_seconds_put(struct st_seconds *seconds, const struct st_level *level,
                    const struct st_frame *frame, struct st_audio_second *ret_second);

/* The last second, which the audio may not have filled. False when there was no frame in it. */
bool st_seconds_flush(struct st_seconds *seconds, struct st_audio_second *ret_second);

#endif
