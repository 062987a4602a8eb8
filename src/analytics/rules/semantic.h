/*
 * Rules by meaning: sentences that mean much the same as the examples a rule gives.
 *
 * A rule's examples are embedded and a head is trained on them: for, its own; against, its
 * counter-examples, the examples of other categories, and what is said on every call. Of examples
 * that are conversations those sentences count that are not said on every call. That is learned off
 * the loops, once; a sentence then costs a dot product a rule.
 */
#ifndef SIDETONE_ANALYTICS_SEMANTIC_H
#define SIDETONE_ANALYTICS_SEMANTIC_H

#include "rule_reader.h"

enum {
    ST_SEMANTIC_EXAMPLES_MAX = 20,
    ST_SEMANTIC_EXAMPLES_GOOD = 4, /* with fewer it is told that more are needed */
    ST_SEMANTIC_NEGATIVES_MAX = 400,
};

/* How sure it must be. */
enum st_semantic_width {
    ST_SEMANTIC_STRICT, /* 0.7 */
    ST_SEMANTIC_NORMAL, /* 0.6 */
    ST_SEMANTIC_WIDE,   /* 0.5 */
};

/* A rule's params. */
struct st_semantic_rule {
    struct st_rule_texts examples; /* as given; of these `like` are the sentences */
    struct st_rule_texts like;
    struct st_rule_texts unlike;
    struct st_rule_texts overlaps; /* categories whose examples say nothing against this one */
    enum st_semantic_width width;
};

struct st_embedder;
struct st_rules;
struct st_semantic_set; /* what the rules of one set have learned; immutable */

/* NULL when no rule is by meaning, or the embedder fails. Takes about a tenth of a second a rule.
 */
struct st_semantic_set *st_semantic_set_create(const struct st_rules *rules,
                                               struct st_embedder *embedder);
void st_semantic_set_destroy(struct st_semantic_set *set); /* NULL is fine */

struct st_semantic_hit {
    uint32_t node;
    uint32_t example; /* the nearest of those the rule gives */
    double likelihood;
};

typedef void (*st_semantic_hit_fn)(void *user, const struct st_semantic_hit *hit);

/* The rules that a sentence of that role satisfies, in their order. */
void st_semantic_set_match(const struct st_semantic_set *set, enum st_role role,
                           const float *vector, st_semantic_hit_fn hit, void *user);

#endif
