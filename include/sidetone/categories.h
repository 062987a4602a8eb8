/*
 * Categories: what was said, as rules.
 *
 * A rule set is compiled once, immutable and shared by reference between calls and threads. A
 * matcher is one call's state. Phrases match whole words, case- and Unicode-folded (NFKC and case
 * fold; apostrophes and hyphens inside a word are kept, other punctuation separates), also across
 * the borders of segments of one channel, unless more than 10 s of silence lie between them. One
 * phrase never matches twice on the same words. Pure: no I/O, no clock.
 */
#ifndef SIDETONE_CATEGORIES_H
#define SIDETONE_CATEGORIES_H

#include "sidetone/finding.h"
#include "sidetone/segment.h"

#include <stddef.h>

struct st_rules;
struct st_category_matcher;
struct st_config_category;

/* Compiles what the configuration lists: phrases of at most 512 bytes and 64 words, at most 50,000
 * of them. -EINVAL with `ret_why` naming category and phrase. */
int st_rules_create(struct st_rules **ret_rules, const struct st_config_category *categories,
                    size_t count, char *ret_why, size_t why_bytes);
struct st_rules *st_rules_ref(struct st_rules *rules);
void st_rules_unref(struct st_rules *rules); /* NULL is fine */

/* Takes a reference of its own. */
int st_category_matcher_create(struct st_category_matcher **ret_matcher, struct st_rules *rules);
void st_category_matcher_destroy(struct st_category_matcher *matcher);

/* Later segments are matched by `rules`; state across the border is given up. */
void st_category_matcher_set_rules(struct st_category_matcher *matcher, struct st_rules *rules);

typedef void (*st_category_fn)(void *user, const struct st_category_match *match);

/* A final segment that is not unsure. `emit` is called once per match, in order of the media time
 * at which it ended; where the segment has no words, times are estimated from the text. */
void st_category_matcher_put(struct st_category_matcher *matcher, unsigned channel,
                             enum st_role role, const struct st_segment *segment,
                             st_category_fn emit, void *user);

#endif
