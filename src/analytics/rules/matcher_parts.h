/* What the files of the matcher share. */
#ifndef SIDETONE_ANALYTICS_MATCHER_PARTS_H
#define SIDETONE_ANALYTICS_MATCHER_PARTS_H

#include "matcher.h"
#include "phrases/phrase_stream.h"
#include "rule_sequence.h"
#include "rules_compiler.h"

enum {
    KEPT_MAX = 64,
    PENDING_MAX = 32,
    SEQUENCES_MAX = 32,
    PROVISIONAL_MAX = 16,
    STANDING_MAX = 16,
    EVIDENCE_MAX = ST_RULE_RULES_MAX * 2,
};

/* Media time as hostile segments give it, brought to where nothing overflows. */
#define MEDIA_MAX_US INT64_C(1000000000000000)

static inline int64_t media_clamp(int64_t us)
{
    return us < 0 ? 0 : us > MEDIA_MAX_US ? MEDIA_MAX_US : us;
}

/* ---- match_memory.c: hits that are remembered, so many at most ---- */

struct kept_hit {
    uint32_t node;
    struct st_rule_hit hit; /* its words are `words` */
    char words[ST_RULE_WORDS_BYTES];
};

struct kept_hits {
    struct kept_hit *items;
    size_t count, cap;
};

/* The one of a node, replaced; of all the oldest makes room. */
void kept_set(struct kept_hits *kept, uint32_t node, const struct st_rule_hit *hit);
/* Behind the others; an older one of the same node makes room, else the oldest. */
void kept_append(struct kept_hits *kept, uint32_t node, const struct st_rule_hit *hit, size_t max);
/* Words point to the copy. NULL when there is none. */
const struct st_rule_hit *kept_find(const struct kept_hits *kept, uint32_t node);
void kept_remove(struct kept_hits *kept, size_t index);
/* Nodes get other numbers; ST_RULE_NONE: forgotten. */
void kept_renumber(struct kept_hits *kept, const uint32_t *numbers);
void kept_fini(struct kept_hits *kept);

/* ---- the state of a call ---- */

/* In `truths`, beside the truth. */
enum {
    TRUTH_MASK = 3,
    TRUTH_UNSEEN = 4,  /* it cannot be known that it was absent */
    TRUTH_MATCHED = 8, /* of the root of a category: it has matched */
};

struct provisional {
    struct st_rule_category *written; /* own reference */
    uint32_t category;                /* ST_RULE_NONE: no longer in the rules */
    unsigned channel;
    enum st_role role;
    uint64_t segment_id;
    uint64_t match_id;
    int64_t start_us, end_us;
    bool is_seen; /* in the partial that is being read */
};

struct standing {
    uint32_t category;
    uint64_t match_id;
};

struct st_category_matcher {
    struct st_rules *rules;
    struct st_category_view view;
    st_category_fn emit;
    void *emit_user;
    struct st_phrase_stream *stream;
    uint8_t *truths; /* by node */
    struct kept_hits kept, pending;
    struct st_rule_sequence **sequences;
    size_t sequence_count, sequence_cap; /* at most SEQUENCES_MAX */
    struct provisional *provisionals;    /* PROVISIONAL_MAX; NULL while there are none */
    size_t provisional_count;
    struct standing standing[STANDING_MAX]; /* the newest matches that may be refuted */
    size_t standing_count;
    const struct st_call_facts *known_facts; /* that knowing rules were asked about */
    size_t deadlines_passed;
    int64_t known_us; /* the furthest that was told */
    bool is_ended;
    uint64_t last_match_id;
    /* the segment being put */
    const struct st_segment *segment;
    enum st_role role;
};

static inline enum st_truth truth_get(const struct st_category_matcher *matcher, uint32_t node)
{
    return (enum st_truth)(matcher->truths[node] & TRUTH_MASK);
}

static inline void truth_set(struct st_category_matcher *matcher, uint32_t node,
                             enum st_truth truth)
{
    matcher->truths[node] = (uint8_t)((matcher->truths[node] & ~TRUTH_MASK) | truth);
}

/* ---- match_judge.c: from what nodes hold to what categories do ---- */

/* What made us look again. */
struct cause {
    uint32_t node; /* ST_RULE_NONE: no hit */
    const struct st_rule_hit *hit;
    bool is_refutation; /* of something that was taken for absent */
};

/* A hearing node was hit: range, truth, category. */
void judge_hit(struct st_category_matcher *matcher, uint32_t node, const struct st_rule_hit *hit);
/* In its range for sure. */
void judge_accept(struct st_category_matcher *matcher, uint32_t node,
                  const struct st_rule_hit *hit);
void judge_category(struct st_category_matcher *matcher, uint32_t category,
                    const struct cause *cause);
/* Whether a node holds, and whether the cause is part of that. */
enum st_truth judge_node(const struct st_category_matcher *matcher, uint32_t index,
                         const struct cause *cause, bool *ret_has_news);

/* ---- match_report.c: matches as others see them ---- */

bool report_is_wanted(const struct st_category_matcher *matcher, uint32_t category);
/* The hit that the match is reported for is written to ret_hit (followers hear it). */
void report_match(struct st_category_matcher *matcher, enum st_finding_type type, uint32_t category,
                  uint64_t match_id, const struct cause *cause, struct st_rule_hit *ret_hit);
void report_withdrawn(struct st_category_matcher *matcher, const struct provisional *provisional,
                      enum st_withdrawn reason);

/* ---- match_provisional.c ---- */

/* A hit in a partial, as if it were final. */
void provisional_hit(struct st_category_matcher *matcher, uint32_t node,
                     const struct st_rule_hit *hit);
/* A partial begins, or has been read. */
void provisional_begin(struct st_category_matcher *matcher, unsigned channel);
void provisional_end(struct st_category_matcher *matcher, unsigned channel, uint64_t segment_id);
/* The id of the provisional match that a match confirms; 0: none. */
uint64_t provisional_confirm(struct st_category_matcher *matcher, uint32_t category,
                             const struct st_rule_hit *hit);
/* Those of a channel up to that segment have not come true. */
void provisional_withdraw(struct st_category_matcher *matcher, unsigned channel,
                          uint64_t segment_id, enum st_withdrawn reason);
/* Those whose category is gone. */
void provisional_sweep(struct st_category_matcher *matcher);

/* ---- match_measure.c ---- */

void measure_facts(struct st_category_matcher *matcher);
void measure_totals(struct st_category_matcher *matcher);
/* Nodes of one category, at the end of the call. */
void measure_last(struct st_category_matcher *matcher, uint32_t node);
/* Windows that end where a segment of that channel does. */
void measure_windows(struct st_category_matcher *matcher, enum st_role role, int64_t end_us);

#endif
