#include "engine_rig.h"
#include "engines.h"

#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static void setup(void)
{
    rig_reset(&st_assemblyai_ops, "wss://host");
    ck_assert_int_eq(rig_open(), 0);
}

static void teardown(void)
{
    rig_close();
}

static int turn(int order, const char *word, int start_ms, const char *members)
{
    char message[512];
    snprintf(message, sizeof(message),
             "{\"type\":\"Turn\",\"turn_order\":%d,%s\"transcript\":\"%s\",\"words\":[{\"text\":"
             "\"%s\",\"start\":%d,\"end\":%d,\"confidence\":1}]}",
             order, members, strchr(members, 't') ? word : "", word, start_ms, start_ms + 100);
    return rig_answer(message);
}

static void part(int order, const char *word, int start_ms)
{
    ck_assert_int_eq(turn(order, word, start_ms, ""), 0);
}

static void end(int order, const char *word, int start_ms)
{
    ck_assert_int_eq(turn(order, word, start_ms, "\"end_of_turn\":true,"), 0);
}

static void formatted(int order, const char *word, int start_ms)
{
    ck_assert_int_eq(
        turn(order, word, start_ms, "\"end_of_turn\":true,\"turn_is_formatted\":true,"), 0);
}

START_TEST(the_formatted_turn_is_the_final)
{
    rig_put(50);
    part(0, "hello", 1000);
    part(0, "hello", 1000);
    end(0, "hello", 1000);
    rig_expect("p1@1000-1100:hello ");
    formatted(0, "Hello.", 1000);
    formatted(0, "Hello.", 1000);
    end(0, "hello", 1000);
    rig_expect("F1@1000-1100:Hello./1 ");
    ck_assert_int_eq(rig_settled_us[0], 1100000);
    part(1, "and", 2000);
    rig_expect("p2@2000-2100:and ");
}
END_TEST

START_TEST(a_turn_never_formatted_is_told_after_two_seconds)
{
    rig_put(20);
    end(0, "hello", 1000);
    rig_put(19);
    rig_expect("");
    rig_put(1);
    rig_expect("F1@1000-1100:hello/1 ");
    formatted(0, "Hello.", 1000);
    rig_expect("");
}
END_TEST

START_TEST(the_next_end_does_not_wait_for_formatting)
{
    rig_put(50);
    end(0, "one", 1000);
    part(1, "two", 2000); /* not shown before the first is told */
    rig_expect("");
    formatted(1, "Two.", 2000);
    rig_expect("F1@1000-1100:one/1 F2@2000-2100:Two./1 ");
}
END_TEST

START_TEST(without_formatting_ends_are_finals)
{
    rig_remote.parameters = (char *[]){"format_turns=false"};
    rig_remote.parameter_count = 1;
    rig_reopen();
    rig_put(50);
    end(0, "one", 1000);
    rig_expect("F1@1000-1100:one/1 ");
}
END_TEST

START_TEST(turns_are_told_in_order_and_once)
{
    rig_put(60);
    part(0, "one", 1000);
    formatted(2, "Three.", 3000);
    formatted(1, "Two.", 2000);
    rig_expect("p1@1000-1100:one ");
    formatted(0, "One.", 1000);
    rig_expect("F1@1000-1100:One./1 F2@2000-2100:Two./1 F3@3000-3100:Three./1 ");
    formatted(1, "Two.", 2000);
    rig_expect("");
    ck_assert_int_eq(turn(9, "x", 4000, ""), -EPROTO);
}
END_TEST

START_TEST(a_clock_that_runs_back_breaks_the_protocol)
{
    rig_put(60);
    formatted(0, "One.", 3000);
    ck_assert_int_eq(turn(1, "two", 1000, "\"end_of_turn\":true,"), -EPROTO);
    ck_assert_int_eq(rig_answer("no json"), -EPROTO);
    ck_assert_int_eq(turn(2000000000, "x", 4000, ""), -EPROTO);
    ck_assert_int_eq(st_assemblyai_ops.receive(rig_stream, "{}", 2, true), -EPROTO);
}
END_TEST

START_TEST(the_end_collects_the_last_words)
{
    rig_put(50);
    part(0, "half", 1000);
    st_assemblyai_ops.finish(rig_stream);
    rig_expect_sent("{\"type\":\"ForceEndpoint\"}\n{\"type\":\"Terminate\"}\n");
    end(1, "later", 2000);
    rig_expect("p1@1000-1100:half ");
    ck_assert_int_eq(rig_answer("{\"type\":\"Termination\"}"), 0);
    rig_expect("F1@1000-1100:half/1 F2@2000-2100:later/1 done ");
}
END_TEST

START_TEST(a_termination_unasked_is_no_end)
{
    ck_assert_int_eq(rig_answer("{\"type\":\"Termination\"}"), 0);
    rig_expect("");
}
END_TEST

START_TEST(chunks_are_never_shorter_than_it_takes)
{
    rig_put(1);
    ck_assert_uint_eq(rig_binary_bytes, 1600);
    rig_put_samples(160);
    ck_assert_uint_eq(rig_binary_bytes, 800);
    ck_assert_int_eq(rig_samples[159], 159);
    ck_assert_int_eq(rig_samples[160], 0);
    st_assemblyai_ops.keep_alive(rig_stream);
    rig_expect_sent("{\"type\":\"KeepAlive\"}\n");
}
END_TEST

START_TEST(a_session_is_given_up_before_it_expires)
{
    char begin[100];
    snprintf(begin, sizeof(begin), "{\"type\":\"Begin\",\"expires_at\":%lld}",
             (long long)time(NULL) + 3600);
    ck_assert_int_eq(rig_answer(begin), 0);
    rig_put(1);
    rig_expect("");
    ck_assert_int_eq(rig_answer("{\"type\":\"Begin\",\"expires_at\":1000}"), 0);
    rig_put(2);
    rig_expect("failed:expired:AssemblyAI's session will soon be as long as it may be ");
}
END_TEST

START_TEST(a_turn_of_nothing_withdraws_its_partial_and_is_silent_otherwise)
{
    rig_put(50);
    ck_assert_int_eq(rig_answer("{\"type\":\"Turn\",\"turn_order\":0,\"end_of_turn\":true,"
                                "\"turn_is_formatted\":true,\"transcript\":\"\"}"),
                     0);
    rig_expect("");
    part(1, "uh", 1000);
    ck_assert_int_eq(rig_answer("{\"type\":\"Turn\",\"turn_order\":1,\"end_of_turn\":true,"
                                "\"turn_is_formatted\":true,\"transcript\":\"\",\"words\":[]}"),
                     0);
    rig_expect("p2@1000-1100:uh F2@5000-5000:/0 ");
}
END_TEST

START_TEST(lag_is_how_far_words_are_behind)
{
    rig_put(20);
    part(0, "one", 1000);
    ck_assert_int_eq(rig_lag_us, 900000);
    rig_put(20);
    part(0, "one", 1000); /* nobody has gone on talking */
    ck_assert_int_eq(rig_lag_us, 900000);
}
END_TEST

START_TEST(the_address_asks_for_what_is_configured)
{
    static const char *const hints[] = {"Sidetone", "say \"hi\""};
    rig_remote.url = "";
    rig_remote.region = "eu";
    rig_remote.parameters = (char *[]){"max_turn_silence=900"};
    rig_remote.parameter_count = 1;
    rig_config.hints = hints;
    rig_config.hint_count = 2;
    rig_config.rate_hz = 16000;
    rig_reopen();
    ck_assert_str_eq(rig_target()->url,
                     "wss://streaming.eu.assemblyai.com/v3/ws?sample_rate=16000&encoding=pcm_s16le"
                     "&speech_model=universal-streaming-english&format_turns=true"
                     "&max_turn_silence=900"
                     "&keyterms_prompt=%5B%22Sidetone%22%2C%22say%20%5C%22hi%5C%22%22%5D");
    ck_assert_str_eq(rig_target()->headers[0], "AssemblyAI-Version: 2025-05-12");
    ck_assert_str_eq(rig_target()->headers[1], "Authorization: the-key");
    ck_assert_ptr_null(rig_target()->headers[2]);
}
END_TEST

START_TEST(the_language_chooses_the_model)
{
    rig_config.language = "es-MX";
    rig_reopen();
    ck_assert_ptr_nonnull(
        strstr(rig_target()->url, "speech_model=universal-streaming-multilingual"));
    rig_close();
    rig_remote.model = "universal-streaming-english";
    ck_assert_int_eq(rig_open(), -ENOTSUP);
    rig_stream = NULL;
}
END_TEST

START_TEST(hints_stop_where_the_address_grows_too_long)
{
    rig_check_hints();
}
END_TEST

START_TEST(the_engine_is_shown_without_secrets)
{
    char text[100];
    st_assemblyai_ops.describe(rig_engine, text, sizeof(text));
    ck_assert_str_eq(text, "AssemblyAI universal-streaming-english at wss://host");
}
END_TEST

static const struct rig_end ends[] = {
    {401, 0, "", ST_TROUBLE_REFUSED},
    {429, 0, "", ST_TROUBLE_THROTTLED},
    {503, 0, "", ST_TROUBLE_SERVER},
    {0, 1008, "Unauthorized Connection: Too many concurrent sessions", ST_TROUBLE_THROTTLED},
    {0, 1008, "Unauthorized Connection", ST_TROUBLE_REFUSED},
    {0, 3005, "", ST_TROUBLE_SERVER},
    {0, 3006, "", ST_TROUBLE_UNSUITED},
    {0, 3007, "", ST_TROUBLE_PROTOCOL},
    {0, 3008, "", ST_TROUBLE_EXPIRED},
    {0, 3009, "", ST_TROUBLE_THROTTLED},
    {0, 4001, "", ST_TROUBLE_REFUSED},
    {0, 4002, "", ST_TROUBLE_REFUSED},
    {0, 4008, "", ST_TROUBLE_EXPIRED},
    {0, 4031, "", ST_TROUBLE_LOST},
    {0, 4102, "", ST_TROUBLE_THROTTLED},
    {0, 1000, "", ST_TROUBLE_LOST},
};

START_TEST(ends_mean_what_assemblyai_says)
{
    rig_check_end(&ends[_i]);
}
END_TEST

START_TEST(error_messages_are_judged_by_their_code)
{
    ck_assert_int_eq(rig_answer("{\"type\":\"Error\",\"error_code\":3009,\"error\":\"no\"}"), 0);
    rig_expect("failed:throttled:AssemblyAI has as many sessions of this account as it may (3009): "
               "set 'streams' below that ");
    ck_assert_int_eq(rig_answer("{\"error\":\"no\"}"), 0);
    rig_expect("failed:lost:AssemblyAI reports an error ");
}
END_TEST

START_TEST(it_needs_a_key_for_the_vendors_own_address)
{
    rig_close();
    rig_remote.key = rig_remote.url = "";
    ck_assert_int_eq(rig_load(), -EACCES);
    rig_remote.url = "ws://10.0.0.1:8080";
    ck_assert_int_eq(rig_load(), 0);
    rig_close();
    rig_remote.region = "moon";
    ck_assert_int_eq(rig_load(), -EINVAL);
    ck_assert_str_eq(rig_why, "'region' of engine 'ear' is us or eu");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, the_formatted_turn_is_the_final);
    tcase_add_test(tcase, a_turn_never_formatted_is_told_after_two_seconds);
    tcase_add_test(tcase, the_next_end_does_not_wait_for_formatting);
    tcase_add_test(tcase, without_formatting_ends_are_finals);
    tcase_add_test(tcase, turns_are_told_in_order_and_once);
    tcase_add_test(tcase, a_clock_that_runs_back_breaks_the_protocol);
    tcase_add_test(tcase, the_end_collects_the_last_words);
    tcase_add_test(tcase, a_termination_unasked_is_no_end);
    tcase_add_test(tcase, chunks_are_never_shorter_than_it_takes);
    tcase_add_test(tcase, a_session_is_given_up_before_it_expires);
    tcase_add_test(tcase, a_turn_of_nothing_withdraws_its_partial_and_is_silent_otherwise);
    tcase_add_test(tcase, lag_is_how_far_words_are_behind);
    tcase_add_test(tcase, the_address_asks_for_what_is_configured);
    tcase_add_test(tcase, the_language_chooses_the_model);
    tcase_add_test(tcase, hints_stop_where_the_address_grows_too_long);
    tcase_add_test(tcase, the_engine_is_shown_without_secrets);
    tcase_add_loop_test(tcase, ends_mean_what_assemblyai_says, 0, sizeof(ends) / sizeof(ends[0]));
    tcase_add_test(tcase, error_messages_are_judged_by_their_code);
    tcase_add_test(tcase, it_needs_a_key_for_the_vendors_own_address);
    return run_case("assemblyai", tcase);
}
