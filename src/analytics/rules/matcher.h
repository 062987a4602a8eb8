/*
 * Categories of one call: what is said and measured goes in, matches come out.
 *
 * When a category matches
 *
 *   It matches when all its rules hold, and again whenever one of them is hit anew while all hold:
 *   a category with one rule `phrase` matches at every occurrence. With `repeat: once` only the
 *   first counts.
 *   What was heard (phrase, sequence, category) holds from then on to the end of the call. What is
 *   measured holds while it is so when it is measured over a window, otherwise from when it is
 *   decided. Facts of the call hold while they are so.
 *
 * When it is decided
 *
 *   What is there, as soon as it is said. In a range that depends on the length of the call, as
 * soon as no length that is still possible would change it. What is not there: as soon as
 * everything said in the range must have come, which is what `known_us` says; without an end to the
 * range, at the end of the call. Should a segment come later all the same, and show that it was
 * there, the matches that rest on its absence are withdrawn: what stands in the end does not depend
 * on when ticks came.
 *
 * Rules that change
 *
 *   Later segments are matched by the new ones. A category that has not changed goes on with all it
 *   remembers; a new one knows nothing of what was said before, and so does not claim that anything
 *   was absent in a range that had begun.
 *
 * Memory: 1 kB and a byte a rule; what was heard last, for at most 64 rules of categories with
 * several (150 bytes each); 32 hits whose range is open (likewise); of at most 32 sequences that
 * have begun the newest four of either part (150 bytes each), until a minute after they could have
 * had a part in anything; and the phrases' stream. Usually some 6 kB a call.
 * Pure: no I/O, no clock, deterministic. One thread at a time.
 */
#ifndef SIDETONE_ANALYTICS_MATCHER_H
#define SIDETONE_ANALYTICS_MATCHER_H

#include "sidetone/finding.h"
#include "sidetone/rules.h"
#include "sidetone/segment.h"

struct st_call_facts;
struct st_category_matcher;
struct st_characteristics;
struct st_sentiment_history;

/* What words of evidence are cut to, where they must be kept. */
enum { ST_RULE_WORDS_BYTES = 80 };

struct st_rule_hit {
    const char *words; /* as spoken; "" for what was not said. Borrowed */
    uint32_t target;   /* which of the rule's texts */
    unsigned channel;
    enum st_role role;
    uint64_t segment_id; /* in which it ended; 0: of no one segment */
    int64_t start_us;
    int64_t end_us;
    bool has_score;
    double score;
};

typedef void (*st_rule_hit_fn)(void *user, const struct st_rule_hit *hit);

/* Cuts between characters. */
void st_rule_words_copy(char out[ST_RULE_WORDS_BYTES], const char *words);

/* How far the call has come and what is known of it. */
struct st_category_view {
    const struct st_call_facts *facts;
    const struct st_characteristics *characteristics; /* NULL: measuring rules do not hold */
    const struct st_sentiment_history *sentiment;     /* likewise */
    int64_t media_us;
    int64_t known_us; /* all that was said until then has come */
};

/* type: one of the three of categories. */
typedef void (*st_category_fn)(void *user, enum st_finding_type type,
                               const struct st_category_match *match);

/* Takes a reference of its own. Never NULL. */
struct st_category_matcher *st_category_matcher_create(struct st_rules *rules);
void st_category_matcher_destroy(struct st_category_matcher *matcher); /* NULL is fine */

void st_category_matcher_set_rules(struct st_category_matcher *matcher, struct st_rules *rules);

/* What the next calls tell; both are borrowed until they are set again. */
void st_category_matcher_set_view(struct st_category_matcher *matcher,
                                  const struct st_category_view *view);
void st_category_matcher_set_emit(struct st_category_matcher *matcher, st_category_fn emit,
                                  void *user);

/* channel < ST_CHANNELS_MAX. Finals are neither unsure nor empty: of those that are, say that they
 * were dropped. */
void st_category_matcher_put_final(struct st_category_matcher *matcher, unsigned channel,
                                   enum st_role role, const struct st_segment *segment);
void st_category_matcher_put_partial(struct st_category_matcher *matcher, unsigned channel,
                                     enum st_role role, const struct st_segment *segment);
void st_category_matcher_drop(struct st_category_matcher *matcher, unsigned channel,
                              uint64_t segment_id);

/* A sentence of a final and what it means (ST_VECTOR_LEN numbers): for rules by meaning. */
struct st_category_sentence {
    const char *text;
    size_t bytes;
    unsigned channel;
    enum st_role role;
    uint64_t segment_id;
    int64_t start_us;
    int64_t end_us;
};
void st_category_matcher_put_meaning(struct st_category_matcher *matcher,
                                     const struct st_category_sentence *sentence,
                                     const float *vector);

/* Time has gone on, or facts have changed. */
void st_category_matcher_advance(struct st_category_matcher *matcher);
/* The call is over: everything is decided. */
void st_category_matcher_finish(struct st_category_matcher *matcher);

/* A hit that was found outside, perhaps for an earlier segment: of that node of those rules, which
 * may be older ones than those in force. Dropped when its category has changed since. */
void st_category_matcher_hear(struct st_category_matcher *matcher, const struct st_rules *rules,
                              uint32_t node, const struct st_rule_hit *hit);

size_t st_category_matcher_bytes(const struct st_category_matcher *matcher); /* of memory */

#endif
