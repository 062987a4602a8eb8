/*
 * Which media time a sample of a stream stands for.
 *
 * Frames normally follow one another; after audio was shed they jump. A value: copied into every
 * piece of work that has to tell times later.
 */
#ifndef SIDETONE_STT_MOONSHINE_MEDIA_CLOCK_H
#define SIDETONE_STT_MOONSHINE_MEDIA_CLOCK_H

#include <stdint.h>

enum { ST_MEDIA_CLOCK_ANCHORS = 8 };

struct st_media_anchor {
    int64_t sample;
    int64_t media_us;
};

struct st_media_clock {
    uint32_t rate_hz;
    uint32_t count;
    struct st_media_anchor anchors[ST_MEDIA_CLOCK_ANCHORS]; /* rising; the oldest is forgotten */
};

void st_media_clock_init(struct st_media_clock *clock, uint32_t rate_hz);

/* `sample` of the stream was said to be at `media_us`. Deviations below half a frame are kept out:
 * they are rounding. */
void st_media_clock_mark(struct st_media_clock *clock, int64_t sample, int64_t media_us);

int64_t st_media_clock_us(const struct st_media_clock *clock, int64_t sample);

#endif
