#include "analyze_report.h"
#include "run.h"

#include <stdlib.h>
#include <string.h>

#define FINAL(id, channel, role, start, text)                                                      \
    "{\"v\":1,\"call_id\":\"c\",\"type\":\"transcript.final\",\"segment\":{\"id\":" #id            \
    ",\"channel\":" #channel ",\"role\":\"" role "\",\"start_ms\":" #start                         \
    ",\"end_ms\":9000,\"text\":\"" text "\"}}"

#define SENTIMENT(id, channel, compound)                                                           \
    "{\"v\":1,\"call_id\":\"c\",\"type\":\"sentiment.updated\",\"segment_id\":" #id                \
    ",\"channel\":" #channel ",\"role\":\"x\",\"compound\":" #compound                             \
    ",\"rolling\":0,\"trend\":\"flat\",\"label\":\"x\"}"

#define CATEGORY(name, words)                                                                      \
    "{\"v\":1,\"call_id\":\"c\",\"type\":\"category.matched\",\"category\":\"" name                \
    "\",\"severity\":\"none\",\"role\":\"agent\",\"words\":\"" words "\",\"start_ms\":1500}"

static struct st_text out;
static struct st_analyze_report report;

static const char *show(bool has_color, const char *const *events, const char *state)
{
    st_text_reset(&out);
    st_analyze_report_init(&report, has_color, &out);
    for (; *events; events++)
        st_analyze_report_event(&report, *events, strlen(*events));
    st_analyze_report_end(&report, state, strlen(state));
    st_analyze_report_fini(&report);
    return out.data;
}

#define SHOW(color, ...) show(color, (const char *const[]){__VA_ARGS__, NULL}, "{}")

START_TEST(sentiment_stands_behind_what_was_said)
{
    ck_assert_str_eq(SHOW(false, FINAL(1, 0, "agent", 1000, "hello"), SENTIMENT(1, 0, 0.6369),
                          FINAL(1, 1, "customer", 2000, "bad"), SENTIMENT(1, 1, -0.5423),
                          FINAL(2, 1, "customer", 4000, "well"), SENTIMENT(2, 1, 0.01)),
                     " 0:01 agent     hello  +0.64\n"
                     " 0:02 customer  bad  -0.54\n"
                     " 0:04 customer  well\n"
                     "\n");
}
END_TEST

START_TEST(findings_follow_what_they_were_found_in)
{
    ck_assert_str_eq(SHOW(false, CATEGORY("early", "x"), FINAL(1, 0, "agent", 1000, "hello"),
                          CATEGORY("greeting", "hello"), SENTIMENT(1, 0, 0.5), SENTIMENT(7, 0, 0.9),
                          CATEGORY("other", "hello")),
                     " 0:01 category early: agent said \"x\"\n"
                     " 0:01 agent     hello  +0.50\n"
                     " 0:01 category greeting: agent said \"hello\"\n"
                     " 0:01 category other: agent said \"hello\"\n"
                     "\n");
}
END_TEST

START_TEST(the_end_says_what_it_comes_to)
{
    const char *events[] = {NULL};
    const char *told =
        show(false, events,
             "{\"state\":\"ended\",\"queue\":\"billing\",\"channels\":[{\"role\":\"agent\"},"
             "{\"role\":\"customer\"}],\"sentiment\":{\"1\":{\"rolling\":-0.5,\"trend\":\"down\"}},"
             "\"alerts\":[{\"severity\":\"high\",\"category\":\"manager\",\"start_ms\":61000,"
             "\"words\":\"a manager\"}],\"categories\":[{\"category\":\"manager\",\"count\":1},"
             "{\"category\":\"thanks\",\"count\":3}]}");
    ck_assert_str_eq(told, "\n"
                           "state      ended\n"
                           "queue      billing\n"
                           "sentiment  customer -0.50 falling\n"
                           "alert      high manager at 1:01: \"a manager\"\n"
                           "category   manager\n"
                           "category   thanks (3 times)\n");
}
END_TEST

START_TEST(what_others_wrote_moves_no_terminal)
{
    const char *told = SHOW(true, FINAL(1, 0, "agent", 1000, "\\u001b[2Jevil\\u202e"),
                            SENTIMENT(1, 0, -0.9), CATEGORY("\\u001b]0;x\\u0007", "\\r\\n"));
    ck_assert_ptr_null(strstr(told, "\033[2J"));
    ck_assert_ptr_null(strstr(told, "\033]"));
    ck_assert_ptr_null(strchr(told, '\r'));
    ck_assert_ptr_nonnull(strstr(told, "\033[31m-0.90\033[0m\n"));
}
END_TEST

START_TEST(nonsense_is_passed_over)
{
    ck_assert_str_eq(SHOW(false, "", "[]", "{}", "{\"type\":5}", "{\"type\":\"transcript.final\"}",
                          SENTIMENT(1, 0, 0.9)),
                     "\n");
    st_text_fini(&out);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        sentiment_stands_behind_what_was_said,
        findings_follow_what_they_were_found_in,
        the_end_says_what_it_comes_to,
        what_others_wrote_moves_no_terminal,
        nonsense_is_passed_over,
    };
    return run_tests("analyze_report", tests, sizeof(tests) / sizeof(tests[0]));
}
