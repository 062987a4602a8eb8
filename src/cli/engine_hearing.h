/*
 * How long an engine takes: from when the audio of a word was sent until its text came.
 *
 * Of a final that is its last word; of a partial, which has no words, its end as the engine gives
 * it, and only when there is more in it than before. Time is an argument.
 */
#ifndef SIDETONE_CLI_ENGINE_HEARING_H
#define SIDETONE_CLI_ENGINE_HEARING_H

#include "sidetone/frame.h"
#include "sidetone/segment.h"

#include <stddef.h>
#include <stdint.h>

struct st_delays {
    int64_t *us; /* owned */
    size_t count, cap;
};

void st_delays_add(struct st_delays *delays, int64_t us);
void st_delays_sort(struct st_delays *delays);
/* The smallest that so many per cent do not exceed; of sorted ones. 0 of none. */
int64_t st_delays_percentile(const struct st_delays *delays, double pct);
void st_delays_fini(struct st_delays *delays);

struct st_engine_hearing {
    int64_t *sent_us; /* when each frame was sent */
    size_t sent_count, sent_cap;
    int64_t partial_end_us[ST_CHANNELS_MAX]; /* of the latest text */
    int64_t first_us;                        /* first text after its audio began to be sent; -1 */
    struct st_delays partials, finals;
};

void st_engine_hearing_init(struct st_engine_hearing *hearing);
void st_engine_hearing_fini(struct st_engine_hearing *hearing);
void st_engine_hearing_sent(struct st_engine_hearing *hearing, int64_t media_us, int64_t now_us);
void st_engine_hearing_heard(struct st_engine_hearing *hearing, unsigned channel,
                             const struct st_segment *segment, int64_t now_us);

#endif
