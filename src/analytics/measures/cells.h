/* What was measured in a stretch of time, and a list of such stretches of equal length whose
 * number is bounded: when there are too many, each two become one. */
#ifndef SIDETONE_ANALYTICS_CELLS_H
#define SIDETONE_ANALYTICS_CELLS_H

#include "sidetone/frame.h"

#include <stddef.h>
#include <stdint.h>

enum { ST_CELLS_MAX = 256, ST_CELLS_STEP_MS = 60000 };

struct st_cell {
    struct {
        uint32_t talk_ms, monologue_ms, interruption_ms;
        uint32_t words, segments, interruptions;
        uint32_t loudness_sum, loudness_seconds; /* half points */
        uint32_t loudness_max;
    } channels[ST_CHANNELS_MAX];
    uint32_t overlap_ms, non_talk_ms, non_talk_longest_ms, non_talks;
};

struct st_cells {
    struct st_cell *list; /* from time 0 on */
    size_t count, cap;
    uint32_t step_ms; /* 0: none yet */
    uint32_t end_ms;  /* of the latest minute */
};

void st_cells_fini(struct st_cells *cells);
/* Adds what was measured in the minute that begins at `ms`. */
void st_cells_put(struct st_cells *cells, uint32_t ms, const struct st_cell *cell);
/* Adds the sums of [from_ms, until_ms) to `sum`; of a cell that is cut, its share. */
void st_cells_sum(const struct st_cells *cells, uint32_t from_ms, uint32_t until_ms,
                  struct st_cell *sum);

void st_cell_add(struct st_cell *sum, const struct st_cell *cell);

#endif
