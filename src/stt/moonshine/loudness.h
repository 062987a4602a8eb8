/* Which 20 ms of an utterance are louder than its background: where words can be. */
#ifndef SIDETONE_STT_MOONSHINE_LOUDNESS_H
#define SIDETONE_STT_MOONSHINE_LOUDNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ST_LOUDNESS_FRAMES_MAX = 1024, ST_LOUDNESS_FRAME_US = 20000 };

struct st_loudness {
    size_t count;
    bool is_loud[ST_LOUDNESS_FRAMES_MAX];
};

/* A rest shorter than 20 ms is left out. */
void st_loudness_measure(struct st_loudness *loudness, const int16_t *samples, size_t count,
                         uint32_t rate_hz);

/* Narrows a stretch to its first and last loud frame. False, and unchanged, when it has none. */
bool st_loudness_narrow(const struct st_loudness *loudness, int64_t *start_us, int64_t *end_us);

#endif
