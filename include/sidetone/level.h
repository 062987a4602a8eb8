/*
 * Level and speech activity of one channel, from 20 ms frames.
 *
 * Activity is energy over an adaptive noise floor with hangover; steady tones (dial, ringing,
 * busy, hum) are recognised by their periodicity and are not speech. Roughly 0.1 µs a frame: it
 * serves characteristics and displays, not segmentation.
 */
#ifndef SIDETONE_LEVEL_H
#define SIDETONE_LEVEL_H

#include "sidetone/frame.h"

#include <stdbool.h>

struct st_level {
    float level_db; /* of the last frame, dBFS, −100 at least */
    float floor_db; /* noise floor */
    bool is_speech;
    bool is_tone;
    int16_t peak;         /* of the last frame */
    int64_t speech_us;    /* sum so far */
    int64_t media_end_us; /* end of the last frame */
    uint64_t clipped;     /* samples at full scale so far */
    int32_t hang_frames;  /* internal from here on */
    int32_t run_frames;
    int32_t tone_frames;
    float tone_frequency;
    float tone_level_db;
};

void st_level_init(struct st_level *level);
void st_level_put(struct st_level *level, const struct st_frame *frame);

#endif
