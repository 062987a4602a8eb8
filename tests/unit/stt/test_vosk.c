#include "engine_rig.h"
#include "engines.h"

#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { MS_US = 1000 };

static void setup(void)
{
    rig_reset(&st_vosk_ops, "wss://me:secret@host:2700/path?key=1");
    rig_config.rate_hz = 16000;
    ck_assert_int_eq(rig_open(), 0);
}

static void teardown(void)
{
    rig_close();
}

static void answer_chunks(unsigned chunks, const char *text)
{
    for (unsigned i = 0; i < chunks; i++) {
        ck_assert_int_eq(rig_put(1), 0);
        ck_assert_int_eq(rig_answer(text), 0);
    }
}

START_TEST(the_configuration_goes_first_and_eof_last)
{
    rig_expect_sent("{\"config\" : {\"sample_rate\" : 16000, \"words\" : 1}}\n");
    rig_put(3);
    ck_assert_uint_eq(rig_binary, 3);
    ck_assert_uint_eq(rig_binary_bytes, 3200);
    st_vosk_ops.finish(rig_stream);
    rig_expect_sent("{\"eof\" : 1}\n");
    rig_answer("{\"partial\" : \"\"}");
    rig_answer("{\"partial\" : \"\"}");
    rig_answer("{\"text\" : \"\"}"); /* of the third message, not of eof */
    rig_expect("");
    rig_answer("{\"text\" : \"bye\"}");
    rig_expect("F1@300-300:bye/0 done ");
}
END_TEST

START_TEST(a_server_that_answers_the_configuration_is_understood)
{
    rig_answer("{\"partial\" : \"\"}");
    rig_put(2);
    st_vosk_ops.finish(rig_stream);
    rig_answer("{\"partial\" : \"\"}");
    rig_answer("{\"partial\" : \"hm\"}");
    rig_answer("{\"text\" : \"hmm\"}");
    rig_expect("p1@0-200:hm F1@0-200:hmm/0 done ");
}
END_TEST

START_TEST(partials_grow_and_become_final)
{
    answer_chunks(20, "{\"partial\" : \"\"}");
    ck_assert_int_eq(rig_settled_us[0], 1600 * MS_US);
    answer_chunks(2, "{\"partial\" : \"one\"}");
    answer_chunks(1, "{\"partial\" : \"one two\"}");
    rig_put(1);
    rig_answer(
        "{\"result\" : [{\"conf\" : 1.0, \"end\" : 2.1, \"start\" : 1.6, \"word\" : \"one\"}, "
        "{\"conf\" : 1.0, \"end\" : 2.3, \"start\" : 2.1, \"word\" : \"two\"}], "
        "\"text\" : \"one two\"}");
    ck_assert_int_eq(rig_settled_us[0], 2400 * MS_US);
    answer_chunks(1, "{\"partial\" : \"three\"}");
    rig_expect("p1@1600-2100:one p1@1600-2300:one two F1@1600-2300:one two/2 "
               "p2@2400-2500:three ");
}
END_TEST

START_TEST(a_partial_of_any_length_is_told_once)
{
    char text[6000], told[6000];
    int head = snprintf(text, sizeof(text), "{\"partial\" : \"");
    memset(text + head, 'a', 5000);
    memcpy(text + head + 5000, "\"}", 3);
    snprintf(told, sizeof(told), "p1@0-100:a p1@0-200:%.5000s ", text + head);
    answer_chunks(1, "{\"partial\" : \"a\"}");
    answer_chunks(1, text);
    rig_expect(told);
    answer_chunks(1, text);
    rig_expect("");
}
END_TEST

START_TEST(an_empty_final_withdraws_a_partial_and_is_silent_otherwise)
{
    answer_chunks(1, "{\"text\" : \"\"}");
    rig_expect("");
    answer_chunks(1, "{\"partial\" : \"uh\"}");
    answer_chunks(1, "{\"text\" : \"\"}");
    rig_expect("p1@100-200:uh F1@100-300:/0 ");
}
END_TEST

static int answer_final(const char *word, double start_s, double end_s)
{
    char text[160];
    snprintf(text, sizeof(text),
             "{\"result\" : [{\"conf\" : 1, \"end\" : %.2f, \"start\" : %.2f, \"word\" : \"%s\"}], "
             "\"text\" : \"%s\"}",
             end_s, start_s, word, word);
    ck_assert_int_eq(rig_put(10), 0);
    return rig_answer(text);
}

START_TEST(a_final_told_twice_counts_once)
{
    ck_assert_int_eq(answer_final("one", 0.1, 0.5), 0);
    ck_assert_int_eq(answer_final("one", 0.1, 0.5), 0);
    ck_assert_int_eq(answer_final("two", 0.4, 0.9), 0);
    rig_expect("F1@100-500:one/1 F2@400-900:two/1 ");
}
END_TEST

START_TEST(a_final_from_before_the_last_is_a_broken_protocol)
{
    ck_assert_int_eq(answer_final("one", 0.3, 0.9), 0);
    ck_assert_int_eq(answer_final("two", 0.5, 1.4), -EPROTO);
    rig_expect("F1@300-900:one/1 ");
}
END_TEST

START_TEST(partials_are_not_told_unwanted)
{
    rig_config.wants_partials = false;
    rig_reopen();
    answer_chunks(3, "{\"partial\" : \"one\"}");
    answer_chunks(1, "{\"text\" : \"one\"}");
    rig_expect("F1@0-400:one/0 ");
}
END_TEST

START_TEST(twenty_seconds_in_flight_are_enough)
{
    ck_assert_int_eq(rig_put(200), 0);
    ck_assert_int_eq(rig_put(1), -EAGAIN);
    ck_assert_int_ge(rig_lag_us, 19800 * MS_US);
    rig_answer("{\"partial\" : \"\"}");
    ck_assert_int_eq(rig_put(1), 0);
    ck_assert_int_eq(rig_put(1), -EAGAIN);
    for (int i = 0; i < 200; i++)
        rig_answer("{\"partial\" : \"\"}");
    ck_assert_int_le(rig_lag_us, 100 * MS_US);
}
END_TEST

START_TEST(garbage_is_a_broken_protocol)
{
    rig_put(2);
    ck_assert_int_eq(rig_answer("nonsense"), -EPROTO);
    ck_assert_int_eq(st_vosk_ops.receive(rig_stream, "{}", 2, true), -EPROTO);
    ck_assert_int_eq(rig_answer("{\"message\" : \"unknown\"}"), 0);
    rig_expect("");
}
END_TEST

START_TEST(the_server_is_shown_without_secrets)
{
    char text[100];
    st_vosk_ops.describe(rig_engine, text, sizeof(text));
    ck_assert_str_eq(text, "vosk server at wss://host:2700");
    ck_assert_str_eq(rig_target()->url, "wss://me:secret@host:2700/path?key=1");
}
END_TEST

START_TEST(an_engine_without_an_address_says_so)
{
    rig_close();
    rig_remote.url = "";
    ck_assert_int_eq(rig_load(), -ENOENT);
    ck_assert_str_eq(rig_why, "no server: set 'url' of engine 'ear' to ws://host:port");
    rig_remote.url = "http://host";
    ck_assert_int_eq(rig_load(), -EINVAL);
    ck_assert_ptr_null(rig_engine);
    st_vosk_ops.unload(NULL);
    st_vosk_ops.close(NULL);
}
END_TEST

START_TEST(engines_are_found_by_name)
{
    ck_assert_ptr_eq(st_engine_find("vosk"), &st_vosk_ops);
    ck_assert_ptr_eq(st_engine_find("pocketsphinx"), &st_pocketsphinx_ops);
    ck_assert_ptr_null(st_engine_find("vos"));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, the_configuration_goes_first_and_eof_last);
    tcase_add_test(tcase, a_server_that_answers_the_configuration_is_understood);
    tcase_add_test(tcase, partials_grow_and_become_final);
    tcase_add_test(tcase, a_partial_of_any_length_is_told_once);
    tcase_add_test(tcase, an_empty_final_withdraws_a_partial_and_is_silent_otherwise);
    tcase_add_test(tcase, a_final_told_twice_counts_once);
    tcase_add_test(tcase, a_final_from_before_the_last_is_a_broken_protocol);
    tcase_add_test(tcase, partials_are_not_told_unwanted);
    tcase_add_test(tcase, twenty_seconds_in_flight_are_enough);
    tcase_add_test(tcase, garbage_is_a_broken_protocol);
    tcase_add_test(tcase, the_server_is_shown_without_secrets);
    tcase_add_test(tcase, an_engine_without_an_address_says_so);
    tcase_add_test(tcase, engines_are_found_by_name);
    return run_case("vosk", tcase);
}
