/*
 * Whether a remote engine is there and lets us in: one stream, opened as a call's session would,
 * with a second of silence in it.
 */
#ifndef SIDETONE_CLI_ENGINE_TRIAL_H
#define SIDETONE_CLI_ENGINE_TRIAL_H

#include "sidetone/stt.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct st_config_limits;

struct st_engine_trial {
    const struct st_engine_ops *ops;
    struct st_engine *engine; /* loaded */
    const char *language;
    const char *const *hints;
    size_t hint_count;
    int64_t open_max_us; /* 0: 6 s */

    bool is_good; /* it let us in, took the audio, and ended in order; otherwise … */
    enum st_engine_trouble trouble;
    char why[256];   /* for people; no keys */
    bool has_asked;  /* a connection was begun: it was not over before */
    bool has_opened; /* the connection was there */
    int64_t open_us; /* how long that took */
};

/* All of them at once. Blocks for seconds, at most 15. -errno when this machine cannot even try. */
int st_engine_trial_run(struct st_engine_trial *trials, size_t count,
                        const struct st_stt_transport *transport,
                        const struct st_config_limits *limits);

#endif
