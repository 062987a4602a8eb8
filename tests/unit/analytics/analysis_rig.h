/* A call's analysis whose findings of one type are written down, one a line, for comparing. */
#ifndef SIDETONE_TEST_ANALYSIS_RIG_H
#define SIDETONE_TEST_ANALYSIS_RIG_H

#include "sidetone/analysis.h"
#include "sidetone/call_facts.h"
#include "sidetone/rules.h"

#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static char told[65536];
static char shown_text[4096]; /* of the last segment */
static struct st_analysis *analysis;
static struct st_call_facts *call_facts;
static struct st_segment next_segment; /* what `say` leaves alone: confidence, language, words */

/* Writes a finding down; each test program has its own. */
static void note(const struct st_finding *finding);

static inline void __attribute__((format(printf, 1, 2))) add_line(const char *format, ...)
{
    size_t used = strlen(told);
    va_list arguments;
    if (used > 0)
        used += (size_t)snprintf(told + used, sizeof(told) - used, "\n");
    va_start(arguments, format);
    vsnprintf(told + used, sizeof(told) - used, format, arguments);
    va_end(arguments);
}

static inline void on_rig_finding(void *user, const struct st_finding *finding)
{
    (void)user;
    note(finding);
}

static inline void on_rig_segment(void *user, unsigned channel,
                                  const struct st_cleared_segment *segment)
{
    (void)user;
    (void)channel;
    snprintf(shown_text, sizeof(shown_text), "%s", segment->segment.text);
}

static const struct st_analysis_events rig_events = {.segment = on_rig_segment,
                                                     .finding = on_rig_finding};

static inline struct st_rules *no_rules(void)
{
    struct st_rules *rules;
    struct st_problems problems;
    struct st_rule_book *book = st_rule_book_create();
    st_problems_init(&problems, "rules");
    ck_assert_int_eq(st_rules_compile(&rules, book, &problems), 0);
    st_problems_fini(&problems);
    st_rule_book_destroy(book);
    return rules;
}

/* The agent is channel 0, the customer channel 1. `settings` may leave out the rules. */
static inline void begin_call(struct st_analysis_settings settings)
{
    bool is_ours = !settings.rules;
    if (is_ours)
        settings.rules = no_rules();
    if (!call_facts)
        call_facts = st_call_facts_create();
    call_facts->roles[0] = ST_ROLE_AGENT;
    call_facts->roles[1] = ST_ROLE_CUSTOMER;
    told[0] = '\0';
    next_segment = (struct st_segment){.id = 1, .is_final = true};
    next_segment.confidence = ST_CONFIDENCE_ABSENT;
    analysis = st_analysis_create(&settings, call_facts, &rig_events, NULL);
    if (is_ours)
        st_rules_unref(settings.rules);
}

/* Nobody speaks until then. */
static inline void wait_until(int64_t ms)
{
    for (int64_t at_ms = 0; at_ms <= ms; at_ms += 500)
        st_analysis_tick(analysis, at_ms * 1000);
    st_analysis_tick(analysis, ms * 1000);
}

static inline void say(unsigned channel, int64_t start_ms, int64_t end_ms, const char *text)
{
    next_segment.text = text;
    next_segment.start_us = start_ms * 1000;
    next_segment.end_us = end_ms * 1000;
    st_analysis_put_segment(analysis, channel, &next_segment);
    next_segment.id++;
}

static inline void end_call(int64_t ms)
{
    st_analysis_finish(analysis, ms * 1000);
    st_analysis_destroy(analysis);
    st_call_facts_unref(call_facts);
    analysis = NULL;
    call_facts = NULL;
}

/* What was told since the last time. */
static inline void expect_told(const char *expected)
{
    ck_assert_str_eq(told, expected);
    told[0] = '\0';
}

#endif
