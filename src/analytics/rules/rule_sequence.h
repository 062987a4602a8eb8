/*
 * sequence: one thing and then another, or without it.
 *
 * What was heard of both is kept for a while, the newest of each, because channels give their
 * segments in an order of their own: the second may be known before the first.
 */
#ifndef SIDETONE_ANALYTICS_RULE_SEQUENCE_H
#define SIDETONE_ANALYTICS_RULE_SEQUENCE_H

#include "matcher.h"

struct st_rule;

enum { ST_RULE_SEQUENCE_KEPT = 4, ST_RULE_SEQUENCE_FIRST = 0, ST_RULE_SEQUENCE_SECOND = 1 };

struct st_rule_sequence_heard {
    struct st_rule_hit hit;
    char words[ST_RULE_WORDS_BYTES];
    bool is_used; /* has had its part in a hit */
};

/* Of one rule in one call. */
struct st_rule_sequence {
    uint32_t node;
    struct {
        struct st_rule_sequence_heard *items; /* at most ST_RULE_SEQUENCE_KEPT */
        size_t count, cap;
    } heard[2];
};

struct st_rule_sequence *st_rule_sequence_create(uint32_t node);
void st_rule_sequence_destroy(struct st_rule_sequence *sequence);
size_t st_rule_sequence_bytes(const struct st_rule_sequence *sequence); /* of memory */

/* Something was heard. `report` gets each hit of the rule that follows from it. */
void st_rule_sequence_put(struct st_rule_sequence *sequence, const struct st_rule *rule,
                          unsigned slot, const struct st_rule_hit *hit, st_rule_hit_fn report,
                          void *user);

/* All that was said until `known_us` has been heard: what has waited in vain is told, what can have
 * no part in anything any more is forgotten. */
void st_rule_sequence_advance(struct st_rule_sequence *sequence, const struct st_rule *rule,
                              int64_t known_us, st_rule_hit_fn report, void *user);

bool st_rule_sequence_is_empty(const struct st_rule_sequence *sequence);

#endif
