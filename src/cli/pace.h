/* When each 20 ms frame of a stream is due: an absolute schedule, so that lateness never adds up.
 */
#ifndef SIDETONE_CLI_PACE_H
#define SIDETONE_CLI_PACE_H

#include <stdint.h>

struct st_pace {
    int64_t start_us; /* monotonic; when frame 0 is due */
    double speed;     /* 1: real time */
};

void st_pace_init(struct st_pace *pace, double speed, int64_t now_us);

/* Frames that are due by now, from the first of all. */
uint64_t st_pace_due(const struct st_pace *pace, int64_t now_us);

int64_t st_pace_due_us(const struct st_pace *pace, uint64_t frame);

#endif
