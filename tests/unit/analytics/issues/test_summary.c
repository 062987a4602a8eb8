#include "sidetone/summary.h"

#include "run.h"

#include <string.h>

static struct st_summary summary;

static void note(uint32_t id, enum st_issue_kind kind, enum st_role role, const char *text)
{
    struct st_issue_finding issue = {
        .id = id, .kind = kind, .text = text, .bytes = strlen(text), .score = 2};
    struct st_finding finding = {.type = ST_FINDING_ISSUE, .role = role, .issue = &issue};
    st_summary_note(&summary, &finding);
}

static void feel(unsigned channel, enum st_role role, double compound, double rolling)
{
    struct st_sentiment_finding sentiment = {.compound = compound, .rolling = rolling};
    struct st_finding finding = {
        .type = ST_FINDING_SENTIMENT, .channel = channel, .role = role, .sentiment = &sentiment};
    st_summary_note(&summary, &finding);
}

static void expect(int64_t media_us, const char *text)
{
    st_summary_write(&summary, media_us);
    ck_assert_uint_eq(summary.text.len, strlen(text));
    ck_assert(memcmp(summary.text.data, text, summary.text.len) == 0);
}

START_TEST(nothing_known_is_said_so)
{
    expect(-5, "No reason for the call was recognised. No outcome was recognised. No next step was "
               "recognised. The call has run for 0 seconds.");
    st_summary_fini(&summary);
}
END_TEST

START_TEST(sentences_are_made_plain)
{
    summary.is_over = true;
    note(1, ST_ISSUE_ISSUE, ST_ROLE_CUSTOMER, "my phone is dead");
    note(1, ST_ISSUE_ISSUE, ST_ROLE_CUSTOMER, "my new phone is dead,");
    note(2, ST_ISSUE_OUTCOME, ST_ROLE_AGENT, "I've replaced it!");
    note(3, ST_ISSUE_OUTCOME, ST_ROLE_AGENT, "\xc3\xa9t\xc3\xa9 ok");
    note(4, ST_ISSUE_ACTION_ITEM, ST_ROLE_UNKNOWN, "please wait");
    expect(125999999, "The customer called about this: \"My new phone is dead.\" The agent "
                      "reported: \"I've replaced it!\" \"\xc3\xa9t\xc3\xa9 ok."
                      "\" A speaker announced what comes next: \"Please wait.\" "
                      "The call lasted 2 minutes and 5 seconds.");
    st_summary_fini(&summary);
}
END_TEST

START_TEST(sentiment_has_a_course_after_a_while)
{
    feel(1, ST_ROLE_CUSTOMER, -0.9, -0.9);
    feel(1, ST_ROLE_CUSTOMER, -0.5, -0.7);
    feel(1, ST_ROLE_CUSTOMER, 0.1, -0.4);
    st_summary_write(&summary, 1000000);
    ck_assert(!summary.sentiment[1].is_known);
    feel(1, ST_ROLE_CUSTOMER, 0.9, 0.4);
    for (int i = 0; i < 4; i++)
        feel(0, ST_ROLE_AGENT, 0, 0);
    expect(1000000,
           "No reason for the call was recognised. No outcome was recognised. No next step "
           "was recognised. The call has run for 1 second. The agent's sentiment stayed "
           "neutral. The customer's sentiment went from negative to positive.");
    ck_assert(summary.sentiment[1].is_known);
    ck_assert_int_eq(summary.sentiment[1].began, ST_SENTIMENT_NEGATIVE);
    ck_assert_int_eq(summary.sentiment[1].stands, ST_SENTIMENT_POSITIVE);
    st_summary_fini(&summary);
}
END_TEST

START_TEST(odd_findings_are_left_out)
{
    note(0, ST_ISSUE_ISSUE, ST_ROLE_CUSTOMER, "no id");
    note(2, ST_ISSUE_ISSUE, ST_ROLE_CUSTOMER, "a hole");
    note(ST_ISSUES_MAX + 1, ST_ISSUE_ISSUE, ST_ROLE_CUSTOMER, "too many");
    note(1, ST_ISSUE_ISSUE, ST_ROLE_CUSTOMER, "");
    ck_assert_uint_eq(summary.count, 0);
    st_summary_fini(&summary);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        nothing_known_is_said_so,
        sentences_are_made_plain,
        sentiment_has_a_course_after_a_while,
        odd_findings_are_left_out,
    };
    return run_tests("summary", tests, sizeof(tests) / sizeof(tests[0]));
}
