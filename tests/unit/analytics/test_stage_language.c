#include "analysis_rig.h"
#include "run.h"

#include "sidetone/language.h"

#include <math.h>

static int64_t now_ms;

static void note(const struct st_finding *finding)
{
    if (finding->type == ST_FINDING_LANGUAGE)
        add_line("%s %s %.2f over %lld, %lld-%lld", st_role_name(finding->role),
                 finding->language->is_suspect ? "suspect" : "fine", finding->language->log_prob,
                 (long long)finding->language->speech_us / 1000,
                 (long long)finding->start_us / 1000, (long long)finding->end_us / 1000);
}

static void begin(const char *engine)
{
    call_facts = st_call_facts_create();
    call_facts->engine = engine;
    begin_call((struct st_analysis_settings){.rules = NULL});
    now_ms = 0;
}

/* Speaks for `ms`, recognised with that mean log-probability. */
static void speak(unsigned channel, int64_t ms, double log_prob)
{
    next_segment.confidence = (float)exp(log_prob);
    next_segment.is_unsure = log_prob < -0.9;
    say(channel, now_ms, now_ms + ms, "the national assembly");
    now_ms += ms + 500;
}

START_TEST(low_confidence_over_twenty_seconds_is_suspect_once)
{
    begin("moonshine");
    for (int i = 0; i < 3; i++)
        speak(1, 6000, -1.0);
    expect_told("");
    speak(1, 6000, -0.8);
    expect_told("customer suspect -0.95 over 24000, 0-25500");
    for (int i = 0; i < 20; i++)
        speak(1, 6000, -0.9);
    expect_told("");
    end_call(now_ms);
    expect_told("");
}
END_TEST

START_TEST(the_worst_english_is_not_suspect)
{
    begin("moonshine");
    for (int i = 0; i < 50; i++)
        speak(0, 3000, -0.62);
    end_call(now_ms);
    expect_told("");
}
END_TEST

START_TEST(it_is_withdrawn_and_may_come_again)
{
    begin("moonshine");
    for (int i = 0; i < 4; i++)
        speak(0, 6000, -1.0);
    expect_told("agent suspect -1.00 over 24000, 0-25500");
    for (int i = 0; i < 4; i++)
        speak(0, 6000, -0.6);
    expect_told("");
    for (int i = 0; i < 4; i++)
        speak(0, 6000, -0.2);
    expect_told("agent fine -0.50 over 24000, 32500-58000");
    for (int i = 0; i < 4; i++)
        speak(0, 6000, -1.2);
    ck_assert_ptr_nonnull(strstr(told, "agent suspect"));
    end_call(now_ms);
}
END_TEST

START_TEST(channels_are_apart)
{
    begin("moonshine");
    for (int i = 0; i < 8; i++)
        speak((unsigned)i % 2, 6000, i % 2 ? -1.5 : -0.1);
    end_call(now_ms);
    ck_assert_int_eq(strncmp(told, "customer suspect -1.50", 22), 0);
}
END_TEST

START_TEST(other_engines_mean_something_else_by_confidence)
{
    begin("pocketsphinx");
    for (int i = 0; i < 20; i++)
        speak(0, 6000, -2);
    end_call(now_ms);
    expect_told("");
    begin("moonshine");
    for (int i = 0; i < 20; i++)
        say(0, i * 6000, i * 6000 + 6000, "no confidence at all");
    end_call(now_ms);
    expect_told("");
}
END_TEST

START_TEST(hostile_lengths_are_survived)
{
    begin("moonshine");
    next_segment.confidence = 0;
    for (int i = 0; i < 200; i++) {
        say(0, 0, INT64_MAX / 1000, "x");
        say(0, 1000, 0, "x");
        say(0, 0, 1, "x");
    }
    end_call(1000);
    ck_assert_int_eq(strncmp(told, "agent suspect -10.00", 20), 0);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {low_confidence_over_twenty_seconds_is_suspect_once,
                            the_worst_english_is_not_suspect,
                            it_is_withdrawn_and_may_come_again,
                            channels_are_apart,
                            other_engines_mean_something_else_by_confidence,
                            hostile_lengths_are_survived};
    return run_tests("stage_language", tests, sizeof(tests) / sizeof(tests[0]));
}
