/*
 * Calls in step with an absolute schedule: each sends a frame every 20 ms, evenly phased within the
 * 20 ms.
 */
#ifndef BENCH_FLEET_H
#define BENCH_FLEET_H

#include "call.h"

#include <stdbool.h>
#include <stdint.h>

enum { FRAMES_PER_S = 50 };

struct fleet_config {
    const struct dialect *dialect;
    const char *path, *live_path;
    const char *token; /* NULL: none */
    uint16_t port;
    unsigned calls;      /* in all */
    unsigned live;       /* the last of them, by live_path */
    unsigned ramp_per_s; /* new calls a second */
    unsigned spread_ms;  /* they start within this window; 0: all in the same 20 ms */
    uint64_t frames_max; /* of a call */
    uint64_t *sent_ns;   /* [calls][frames_max] */
};

struct fleet {
    struct fleet_config config;
    struct call *calls;
    uint64_t base_ns; /* the schedule's beginning */
    uint64_t frame;   /* of the schedule, the next */
    uint64_t frames;  /* sent by all calls */
    uint64_t slip_ns; /* worst delay of our own schedule */
};

/* Opens them, and waits at most eight seconds until they are. */
void fleet_open(struct fleet *fleet, const struct fleet_config *config);
unsigned fleet_count_up(const struct fleet *fleet);
uint64_t fleet_count_blocked(const struct fleet *fleet);

/* Sends so many frames of every call. Goes on where it was. */
void fleet_run(struct fleet *fleet, uint64_t frames);
void fleet_stop(struct fleet *fleet);

#endif
