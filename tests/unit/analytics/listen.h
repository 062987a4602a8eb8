/*
 * A matcher that hears what a test says; what it tells is written down, one finding a line:
 *
 *   category#1 [words] 0-700              a match, with its id
 *   ?category#1 [words] 0-700             provisional
 *   -category#1 final                     withdrawn, and why
 */
#ifndef SIDETONE_TEST_LISTEN_H
#define SIDETONE_TEST_LISTEN_H

#include "rules/matcher.h"

#include "sidetone/call_facts.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

static char heard[65536];
static char evidence[4096]; /* of the last match: "1 kind text [words] 0-700 0.5; …" */
static unsigned heard_count;
static uint64_t segment_id;
static struct st_call_facts *call_facts;
static struct st_category_view call_view;

static inline void write_evidence(const struct st_category_match *match)
{
    evidence[0] = '\0';
    for (size_t i = 0; i < match->evidence_count; i++) {
        const struct st_category_evidence *at = &match->evidence[i];
        size_t used = strlen(evidence);
        snprintf(evidence + used, sizeof(evidence) - used, "%s%u %s%s %s [%s] %lld-%lld",
                 i ? "; " : "", at->rule, at->is_absent ? "no " : "", at->kind, at->text, at->words,
                 (long long)at->start_us / 1000, (long long)at->end_us / 1000);
    }
}

static inline void on_match(void *user, enum st_finding_type type,
                            const struct st_category_match *match)
{
    size_t used = strlen(heard);
    (void)user;
    heard_count++;
    ck_assert_uint_eq(strlen(match->rule_version), ST_RULE_VERSION_BYTES - 1);
    ck_assert((type == ST_FINDING_CATEGORY_WITHDRAWN) == (match->evidence_count == 0));
    if (used > sizeof(heard) - 1000)
        return;
    if (type == ST_FINDING_CATEGORY_WITHDRAWN) {
        snprintf(heard + used, sizeof(heard) - used, "%s-%s#%llu %s", used > 0 ? "\n" : "",
                 match->category, (unsigned long long)match->match_id,
                 st_withdrawn_name(match->reason));
        return;
    }
    write_evidence(match);
    snprintf(heard + used, sizeof(heard) - used, "%s%s%s#%llu [%.200s] %lld-%lld",
             used > 0 ? "\n" : "", type == ST_FINDING_CATEGORY_PROVISIONAL ? "?" : "",
             match->category, (unsigned long long)match->match_id, match->words,
             (long long)match->start_us / 1000, (long long)match->end_us / 1000);
}

static inline void tell_problem(void *user, const char *text)
{
    (void)user;
    size_t used = strlen(heard);
    snprintf(heard + used, sizeof(heard) - used, "%s\n", text);
}

/* NULL when there are problems, which are in `heard` then, one a line. */
static inline struct st_rules *try_rules(const char *yaml)
{
    struct st_rule_book *book = st_rule_book_create();
    struct st_rules *rules = NULL;
    struct st_problems problems;
    heard[0] = '\0';
    st_problems_init(&problems, "r");
    int err = st_rule_book_read(book, yaml, strlen(yaml), &problems);
    if (st_rules_compile(&rules, book, &problems) < 0)
        err = -1;
    ck_assert((err < 0) == (problems.count > 0));
    if (err < 0) {
        st_rules_unref(rules);
        rules = NULL;
    }
    st_problems_send(&problems, tell_problem, NULL);
    st_problems_fini(&problems);
    st_rule_book_destroy(book);
    return rules;
}

static inline struct st_rules *make_rules(const char *yaml)
{
    struct st_rules *rules = try_rules(yaml);
    ck_assert_msg(rules != NULL, "%s", heard);
    return rules;
}

static inline struct st_category_matcher *listen_for(const char *yaml)
{
    struct st_rules *rules = make_rules(yaml);
    struct st_category_matcher *matcher = st_category_matcher_create(rules);
    st_rules_unref(rules);
    if (!call_facts) {
        call_facts = st_call_facts_create();
        call_facts->roles[0] = ST_ROLE_AGENT;
        call_facts->roles[1] = ST_ROLE_CUSTOMER;
    }
    call_view = (struct st_category_view){.facts = call_facts};
    st_category_matcher_set_emit(matcher, on_match, NULL);
    st_category_matcher_set_view(matcher, &call_view);
    heard[0] = '\0';
    return matcher;
}

static inline void begin_hearing(void)
{
    heard[0] = evidence[0] = '\0';
    heard_count = 0;
}

/* So far has the call come, and all that was said until then has been heard. */
static inline void move_to(struct st_category_matcher *matcher, int64_t ms)
{
    if (ms * 1000 > call_view.media_us)
        call_view.media_us = ms * 1000;
    call_view.known_us = call_view.media_us;
    st_category_matcher_set_view(matcher, &call_view);
}

static inline const char *pass(struct st_category_matcher *matcher, int64_t ms)
{
    begin_hearing();
    move_to(matcher, ms);
    st_category_matcher_advance(matcher);
    return heard;
}

static inline const char *end_at(struct st_category_matcher *matcher, int64_t ms)
{
    begin_hearing();
    move_to(matcher, ms);
    st_category_matcher_finish(matcher);
    return heard;
}

static inline struct st_segment made_segment(const char *text, int64_t start_ms)
{
    return (struct st_segment){.start_us = start_ms * 1000,
                               .end_us = (start_ms + 100 * (int64_t)strlen(text)) * 1000,
                               .text = text};
}

/* Says `text` from start_ms, 100 ms a character; returns what is told. Channel 0 is the agent. */
static inline const char *say(struct st_category_matcher *matcher, unsigned channel,
                              const char *text, int64_t start_ms)
{
    struct st_segment segment = made_segment(text, start_ms);
    segment.id = ++segment_id;
    segment.is_final = true;
    begin_hearing();
    if (segment.end_us > call_view.media_us)
        call_view.media_us = segment.end_us;
    st_category_matcher_set_view(matcher, &call_view);
    st_category_matcher_put_final(matcher, channel, call_facts->roles[channel], &segment);
    return heard;
}

/* The same, unfinished: of the segment that will be the next final. */
static inline const char *mumble(struct st_category_matcher *matcher, unsigned channel,
                                 const char *text, int64_t start_ms)
{
    struct st_segment segment = made_segment(text, start_ms);
    segment.id = segment_id + 1;
    begin_hearing();
    st_category_matcher_put_partial(matcher, channel, call_facts->roles[channel], &segment);
    return heard;
}

static inline const char *agent(struct st_category_matcher *matcher, const char *text, int64_t ms)
{
    return say(matcher, 0, text, ms);
}

static inline const char *customer(struct st_category_matcher *matcher, const char *text,
                                   int64_t ms)
{
    return say(matcher, 1, text, ms);
}

#endif
