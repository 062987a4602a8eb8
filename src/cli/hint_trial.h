/*
 * What hints would change: a recording recognised without them and with them.
 *
 * Speech is found before it is recognised and without hints, so both runs have the same utterances
 * and are compared one by one.
 */
#ifndef SIDETONE_CLI_HINT_TRIAL_H
#define SIDETONE_CLI_HINT_TRIAL_H

#include "sidetone/transcript.h"

#include <stddef.h>
#include <stdint.h>

struct st_config;
struct st_config_route;

/* The words in which an utterance differs: from the first to the last of them in either run. */
struct st_hint_change {
    int64_t start_us; /* of the utterance */
    unsigned channel;
    const struct st_word *before, *after;
    size_t before_count, after_count;
};

/* Fills `ret_changes` in the order of the utterances, pointing into the transcripts; `max` of them
 * at most. Returns how many there are. */
size_t st_hint_trial_compare(const struct st_transcript_call *before,
                             const struct st_transcript_call *after,
                             struct st_hint_change *ret_changes, size_t max);

struct st_hint_trial {
    struct st_transcript *before, *after; /* one call each */
    size_t hint_count;
};

/* By the route's engine when it is an embedded one, else by the best of those. Blocks for as long
 * as it takes. -ENOENT when the route has no hints; -errno with `ret_why` fit for people. */
int st_hint_trial_run(struct st_hint_trial *trial, const struct st_config *config,
                      const struct st_config_route *route, const char *recording, char *ret_why,
                      size_t why_bytes);
void st_hint_trial_fini(struct st_hint_trial *trial);

#endif
