#include "labelled_calls.h"
#include "run.h"

#include "sidetone/analysis.h"
#include "sidetone/call_facts.h"
#include "sidetone/rules.h"
#include "sidetone/summary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct st_rules *rules;
static struct st_issue_model *model;
static struct st_call_facts *facts;
static struct st_analysis *analysis;
static char told[8192];
static uint64_t segment_id;

static void on_segment(void *user, unsigned channel, const struct st_cleared_segment *segment)
{
    (void)user;
    (void)channel;
    (void)segment;
}

static void on_finding(void *user, const struct st_finding *finding)
{
    (void)user;
    size_t used = strlen(told);
    if (finding->type == ST_FINDING_SUMMARY)
        snprintf(told + used, sizeof(told) - used, "summary %.*s\n",
                 (int)finding->summary->text.len, finding->summary->text.data);
    if (finding->type != ST_FINDING_ISSUE)
        return;
    const struct st_issue_finding *issue = finding->issue;
    snprintf(told + used, sizeof(told) - used, "%u %s %s %s %s %zu-%zu %.*s\n", issue->id,
             st_issue_kind_name(issue->kind), st_issue_state_name(issue->state),
             st_issue_origin_name(issue->origin), st_role_name(finding->role), issue->begin_chars,
             issue->end_chars, (int)issue->bytes, issue->text);
}

static void begin(bool has_issues)
{
    static const struct st_analysis_events events = {.segment = on_segment, .finding = on_finding};
    struct st_problems problems;
    struct st_rule_book *book = st_rule_book_create();
    st_problems_init(&problems, "");
    ck_assert_int_eq(st_rules_compile(&rules, book, &problems), 0);
    st_problems_fini(&problems);
    st_rule_book_destroy(book);
    model = st_issue_model_create(NULL);
    struct st_analysis_settings settings = {.rules = rules, .issues = has_issues ? model : NULL};
    facts = st_call_facts_create();
    facts->roles[0] = ST_ROLE_AGENT;
    facts->roles[1] = ST_ROLE_CUSTOMER;
    analysis = st_analysis_create(&settings, facts, &events, NULL);
    told[0] = '\0';
    segment_id = 0;
}

static void end(void)
{
    st_analysis_destroy(analysis);
    st_call_facts_unref(facts);
    st_issue_model_destroy(model);
    st_rules_unref(rules);
}

static const char *say(unsigned channel, const char *text)
{
    segment_id++;
    struct st_segment segment = {.id = segment_id,
                                 .is_final = true,
                                 .start_us = (int64_t)segment_id * 5000000,
                                 .end_us = (int64_t)segment_id * 5000000 + 4000000,
                                 .text = text};
    told[0] = '\0';
    st_analysis_put_segment(analysis, channel, &segment);
    return told;
}

START_TEST(a_call_is_followed)
{
    begin(true);
    ck_assert_str_eq(say(0, "Thank you for calling, this is Ann. How can I help?"), "");
    ck_assert_str_eq(say(1, "Hi Ann. Well, I need some help."), "1 issue new rules customer 14-31 "
                                                                "I need some help.\n");
    ck_assert_str_eq(say(1, "I'm calling because my internet stopped working."),
                     "1 issue replaced rules customer 0-48 I'm calling because my internet stopped "
                     "working.\n");
    ck_assert_str_eq(say(0, "Okay, I've reset your modem."),
                     "2 outcome new rules agent 6-28 I've reset your modem.\n");
    ck_assert_str_eq(say(0, "Would you like me to send a technician?"), "");
    ck_assert_str_eq(say(0, "I'll send a technician tomorrow."),
                     "3 action_item new rules agent 0-32 I'll send a technician tomorrow.\n");
    told[0] = '\0';
    st_analysis_finish(analysis, 61000000);
    ck_assert_str_eq(told, "summary The customer called about this: \"I'm calling because "
                           "my internet stopped working.\" The agent reported: "
                           "\"I've reset your modem.\" The agent announced "
                           "what comes next: \"I'll send a technician tomorrow."
                           "\" The call lasted 1 minute and 1 second.\n");
    end();
}
END_TEST

START_TEST(roles_decide_who_may_say_what)
{
    begin(true);
    ck_assert_str_eq(say(0, "I'm calling because your bill is wrong."), "");
    ck_assert_str_eq(say(1, "I've cancelled my card already."),
                     "1 issue new rules customer 0-31 I've cancelled my card already.\n");
    facts->roles[0] = ST_ROLE_UNKNOWN;
    ck_assert_ptr_nonnull(strstr(say(0, "I'm calling because your bill is wrong."), "1 issue"));
    end();
}
END_TEST

START_TEST(without_a_model_there_are_none)
{
    begin(false);
    ck_assert_str_eq(say(1, "I'm calling because my internet stopped working."), "");
    struct st_analysis_settings settings = {.rules = rules, .issues = model};
    st_analysis_set_settings(analysis, &settings);
    ck_assert_str_ne(say(1, "I'm calling because my internet stopped working."), "");
    end();
}
END_TEST

/* What the cues alone reach on calls that were read while they were written. */
START_TEST(the_lexical_level_is_a_floor)
{
    struct labelled_calls *calls = labelled_calls_read(ST_VECTORS "/../issues/tuned.txt");
    struct st_issue_model *by_rules = st_issue_model_create(NULL);
    struct st_analysis_settings settings = {.issues = by_rules};
    struct labelled_figures figures = labelled_calls_measure(calls, &settings, NULL, NULL);
    ck_assert_uint_ge(figures.calls, 24);
    ck_assert_uint_ge(figures.issue_hits * 100, figures.calls * 95);
    for (int kind = ST_ISSUE_OUTCOME; kind < ST_ISSUE_KINDS; kind++) {
        ck_assert_uint_ge(figures.found[kind] * 100, figures.marked[kind] * 90);
        ck_assert_uint_ge(figures.right[kind] * 100, figures.told[kind] * 95);
    }
    ck_assert_uint_le(figures.changes, figures.calls * ST_ISSUES_MAX);
    st_issue_model_destroy(by_rules);
    free(calls);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_call_is_followed,
        roles_decide_who_may_say_what,
        without_a_model_there_are_none,
        the_lexical_level_is_a_floor,
    };
    return run_tests("stage_issues", tests, sizeof(tests) / sizeof(tests[0]));
}
