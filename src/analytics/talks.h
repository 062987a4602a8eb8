/*
 * The talk of one channel: a stretch for every final segment, cut where it pauses for 2 s or more.
 * Stretches are in the order of time and never overlap; what a segment repeats of the time of
 * another adds its words and no time.
 */
#ifndef SIDETONE_ANALYTICS_TALKS_H
#define SIDETONE_ANALYTICS_TALKS_H

#include "sidetone/segment.h"

#include <stddef.h>
#include <stdint.h>

enum {
    ST_TALKS_PAUSE_MS = 2000,
    ST_TALKS_TIME_MAX_MS = 7 * 24 * 3600 * 1000, /* later times count as this one */
    ST_TALKS_NO_CONTENT = UINT16_MAX,
    ST_TALKS_WORDS_MAX = 32767, /* of one stretch */
    ST_TALKS_PER_SEGMENT = 16,  /* later pauses are left in */
};

struct st_talk {
    uint32_t start_ms;
    uint32_t end_ms;
    uint16_t words : 15;
    uint16_t goes_on : 1; /* with the segment of the stretch before it */
    uint16_t content_ms;  /* from start_ms to the first word that is more than a back-channel */
};

struct st_talks {
    struct st_talk *list;
    size_t count, cap;
    uint32_t last_end_ms;
};

void st_talks_fini(struct st_talks *talks);
void st_talks_put(struct st_talks *talks, const struct st_segment *segment);
/* The first stretch that ends after `ms`, or `count`. */
size_t st_talks_find(const struct st_talks *talks, uint32_t ms);
/* The end of the segment to which stretch `i` belongs, as far as nothing came between. */
uint32_t st_talks_turn_end_ms(const struct st_talks *talks, size_t i);
void st_talks_drop(struct st_talks *talks, size_t count); /* the oldest */

uint32_t st_talks_ms(int64_t us); /* within 0 … ST_TALKS_TIME_MAX_MS */

#endif
