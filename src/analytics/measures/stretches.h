/*
 * The talk of one channel: a stretch for every final segment, cut where it pauses for 2 s or more.
 * Stretches are in the order of time and never overlap; what a segment repeats of the time of
 * another adds its words and no time.
 */
#ifndef SIDETONE_ANALYTICS_STRETCHES_H
#define SIDETONE_ANALYTICS_STRETCHES_H

#include "sidetone/segment.h"

#include <stddef.h>
#include <stdint.h>

enum {
    ST_STRETCHES_PAUSE_MS = 2000,
    ST_STRETCHES_TIME_MAX_MS = 7 * 24 * 3600 * 1000, /* later times count as this one */
    ST_STRETCHES_NO_CONTENT = UINT16_MAX,
    ST_STRETCHES_WORDS_MAX = 32767, /* of one stretch */
    ST_STRETCHES_PER_SEGMENT = 16,  /* later pauses are left in */
};

struct st_stretch {
    uint32_t start_ms;
    uint32_t end_ms;
    uint16_t words : 15;
    uint16_t goes_on : 1; /* with the segment of the stretch before it */
    uint16_t content_ms;  /* from start_ms to the first word that is more than a back-channel */
};

struct st_stretches {
    struct st_stretch *list;
    size_t count, cap;
    uint32_t last_end_ms;
};

void st_stretches_fini(struct st_stretches *talks);
void st_stretches_put(struct st_stretches *talks, const struct st_segment *segment);
/* The first stretch that ends after `ms`, or `count`. */
size_t st_stretches_find(const struct st_stretches *talks, uint32_t ms);
/* The end of the segment to which stretch `i` belongs, as far as nothing came between. */
uint32_t st_stretches_turn_end_ms(const struct st_stretches *talks, size_t i);
void st_stretches_drop(struct st_stretches *talks, size_t count); /* the oldest */

uint32_t st_stretches_ms(int64_t us); /* within 0 … ST_STRETCHES_TIME_MAX_MS */

#endif
