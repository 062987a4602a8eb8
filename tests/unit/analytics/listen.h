/* A matcher whose matches are written down, one a line, for comparing. */
#ifndef SIDETONE_TEST_LISTEN_H
#define SIDETONE_TEST_LISTEN_H

#include "sidetone/categories.h"
#include "sidetone/config.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

static char heard[65536];
static unsigned heard_count;
static uint64_t segment_id;

static inline void on_match(void *user, const struct st_category_match *match)
{
    size_t used = strlen(heard);
    (void)user;
    heard_count++;
    snprintf(heard + used, sizeof(heard) - used, "%s%s/%s [%s] %lld-%lld", used > 0 ? "\n" : "",
             match->category, match->rule, match->words, (long long)match->start_us / 1000,
             (long long)match->end_us / 1000);
}

static inline struct st_rules *make_rules(const struct st_config_category *categories, size_t count)
{
    struct st_rules *rules;
    char why[200];
    ck_assert_msg(st_rules_create(&rules, categories, count, why, sizeof(why)) == 0, "%s", why);
    return rules;
}

static inline struct st_category_matcher *listen_for(const struct st_config_category *categories,
                                                     size_t count)
{
    struct st_category_matcher *matcher;
    struct st_rules *rules = make_rules(categories, count);
    ck_assert_int_eq(st_category_matcher_create(&matcher, rules), 0);
    st_rules_unref(rules);
    return matcher;
}

/* Says `text` from start_ms, 100 ms a character; returns the matches. */
static inline const char *say(struct st_category_matcher *matcher, unsigned channel,
                              enum st_role role, const char *text, int64_t start_ms)
{
    struct st_segment segment = {.id = ++segment_id,
                                 .is_final = true,
                                 .start_us = start_ms * 1000,
                                 .end_us = (start_ms + 100 * (int64_t)strlen(text)) * 1000,
                                 .text = text};
    heard[0] = '\0';
    heard_count = 0;
    st_category_matcher_put(matcher, channel, role, &segment, on_match, NULL);
    return heard;
}

#endif
