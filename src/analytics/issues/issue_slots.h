/*
 * The few findings of a call that stand at any time, and which sentence takes whose place.
 *
 * Sentences may be offered in any order and at any time before the end, by whoever judges them.
 */
#ifndef SIDETONE_ANALYTICS_ISSUE_SLOTS_H
#define SIDETONE_ANALYTICS_ISSUE_SLOTS_H

#include "sidetone/issues.h"

#include <stdbool.h>

struct st_issue_slot {
    uint32_t id; /* 0: free */
    float score;
    uint64_t segment_id;
    uint32_t begin_chars;
    uint8_t channel;
};

struct st_issue_slots {
    struct st_issue_slot of[ST_ISSUE_KINDS][ST_ISSUES_OF_KIND_MAX];
    uint32_t last_id;
};

struct st_issue_offer {
    enum st_issue_kind kind;
    double score;
    bool is_another; /* an issue beside the first, not in its place */
    unsigned channel;
    uint64_t segment_id;
    size_t begin_chars;
};

/* True when it is taken: then *ret_id and *ret_state say as what. The same sentence offered again
 * is taken only when it has become that much better. */
bool st_issue_slots_offer(struct st_issue_slots *slots, const struct st_issue_offer *offer,
                          uint32_t *ret_id, enum st_issue_state *ret_state);

#endif
