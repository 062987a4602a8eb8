#include "engine_rig.h"
#include "engines.h"

#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void setup(void)
{
    rig_reset(&st_deepgram_ops, "wss://me:secret@host:1/?x=1");
    ck_assert_int_eq(rig_open(), 0);
}

static void teardown(void)
{
    rig_close();
}

static void open_two(void)
{
    rig_config.channels = 2;
    rig_reopen();
}

static int results(unsigned channel, double start, double end, const char *text, const char *more)
{
    char message[8192], words[4096] = "";
    if (text[0])
        snprintf(words, sizeof(words), "{\"word\":\"%s\",\"start\":%g,\"end\":%g,\"confidence\":1}",
                 text, start + 0.1, end - 0.1);
    snprintf(message, sizeof(message),
             "{\"type\":\"Results\",\"channel_index\":[%u,2],\"start\":%g,\"duration\":%g,%s"
             "\"channel\":{\"alternatives\":[{\"transcript\":\"%s\",\"confidence\":1,"
             "\"words\":[%s]}]}}",
             channel, start, end - start, more, text, words);
    return rig_answer(message);
}

static void interim(double start, double end, const char *text)
{
    ck_assert_int_eq(results(0, start, end, text, "\"is_final\":false,"), 0);
}

static void final(double start, double end, const char *text)
{
    ck_assert_int_eq(results(0, start, end, text, "\"is_final\":true,"), 0);
}

static void last(double start, double end, const char *text)
{
    ck_assert_int_eq(results(0, start, end, text, "\"is_final\":true,\"speech_final\":true,"), 0);
}

START_TEST(a_sentence_said_in_one_breath_is_one_final)
{
    rig_put(100);
    interim(0, 1, "");
    interim(0, 2, "one");
    final(0, 2.5, "one");
    interim(2.5, 3, "two");
    interim(2.5, 3, "two");
    last(2.5, 3, "two");
    rig_expect("p1@100-1900:one p1@100-2900:one two F1@100-2900:one two/2 ");
    ck_assert_int_eq(rig_settled_us[0], 3000000);
}
END_TEST

START_TEST(three_seconds_and_ends_of_sentences_do_not_wait)
{
    rig_put(200);
    final(0, 3.5, "long");
    final(3.5, 4, "Yes.");
    final(4, 5, "no");
    rig_expect("F1@100-3400:long/1 F2@3600-3900:Yes./1 ");
    ck_assert_int_eq(
        rig_answer("{\"type\":\"UtteranceEnd\",\"channel\":[0,1],\"last_word_end\":4.9}"), 0);
    rig_expect("F3@4100-4900:no/1 ");
    final(5, 6, "");
    ck_assert_int_eq(rig_settled_us[0], 6000000);
    rig_expect("");
}
END_TEST

START_TEST(fragments_without_end_do_not_grow_without_end)
{
    char text[3000];
    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    rig_put(10);
    final(0, 0.3, text);
    rig_expect("");
    ck_assert_int_eq(results(0, 0.3, 0.6, text, "\"is_final\":true,"), 0);
    ck_assert_int_eq(rig_settled_us[0], 600000);
}
END_TEST

START_TEST(an_interim_that_came_to_nothing_is_withdrawn)
{
    rig_put(100);
    interim(0, 1, "uh");
    final(0, 1, "");
    rig_expect("p1@100-900:uh F1@0-1000:/0 ");
    final(1, 2, "");
    rig_expect("");
}
END_TEST

START_TEST(spans_are_put_in_order_and_told_once)
{
    rig_put(200);
    last(0, 2, "one");
    last(0, 2, "one");
    last(4, 6, "three");
    last(4, 6, "three");
    last(2, 4, "two");
    last(6, 8, "four");
    rig_expect("F1@100-1900:one/1 F2@2100-3900:two/1 F3@4100-5900:three/1 F4@6100-7900:four/1 ");
}
END_TEST

START_TEST(a_hole_is_no_hindrance)
{
    rig_put(200);
    last(4, 6, "one");
    rig_expect("");
    interim(6, 7, "");
    rig_expect("F1@4100-5900:one/1 ");
    last(9, 10, "two");
    last(11, 12, "three");
    rig_expect("F2@9100-9900:two/1 ");
    interim(12, 12.5, "");
    rig_expect("F3@11100-11900:three/1 ");
}
END_TEST

START_TEST(a_clock_that_runs_back_breaks_the_protocol)
{
    rig_put(200);
    last(0, 5, "one");
    ck_assert_int_eq(results(0, 1, 3, "two", "\"is_final\":true,"), -EPROTO);
    ck_assert_int_eq(results(0, 5, 30, "two", "\"is_final\":true,"), -EPROTO);
    ck_assert_int_eq(results(1, 5, 6, "two", "\"is_final\":true,"), -EPROTO);
    ck_assert_int_eq(rig_answer("no json"), -EPROTO);
    ck_assert_int_eq(st_deepgram_ops.receive(rig_stream, "{}", 2, true), -EPROTO);
}
END_TEST

START_TEST(two_channels_go_interleaved_and_come_apart)
{
    open_two();
    rig_put(30);
    ck_assert_uint_eq(rig_binary, 30);
    ck_assert_uint_eq(rig_binary_bytes, 3200);
    for (int i = 0; i < 800; i++) {
        ck_assert_int_eq(rig_samples[2 * i], i);
        ck_assert_int_eq(rig_samples[2 * i + 1], 100 + i);
    }
    ck_assert_int_eq(results(1, 0, 1, "right", "\"is_final\":true,\"speech_final\":true,"), 0);
    ck_assert_int_eq(results(0, 0, 2, "left", "\"is_final\":true,\"speech_final\":true,"), 0);
    rig_expect("bF1@100-900:right/1 F1@100-1900:left/1 ");
    ck_assert_int_eq(rig_settled_us[1], 1000000);
    ck_assert_int_eq(rig_lag_us, 2000000); /* of the channel that is behind */
}
END_TEST

START_TEST(the_end_collects_the_last_words)
{
    rig_put(20);
    final(0, 1, "one");
    st_deepgram_ops.finish(rig_stream);
    rig_expect_sent("{\"type\":\"Finalize\"}\n{\"type\":\"CloseStream\"}\n");
    ck_assert_int_eq(results(0, 1, 2, "two", "\"is_final\":true,\"from_finalize\":true,"), 0);
    rig_expect("F1@100-1900:one two/2 ");
    ck_assert_int_eq(rig_answer("{\"type\":\"Metadata\",\"duration\":2}"), 0);
    rig_expect("done ");
}
END_TEST

START_TEST(what_waits_is_told_at_the_end)
{
    rig_put(60);
    ck_assert_int_eq(rig_answer("{\"type\":\"Metadata\"}"), 0); /* unasked: it means nothing */
    final(0, 1, "one");
    last(3, 4, "two");
    rig_expect("");
    st_deepgram_ops.finish(rig_stream);
    ck_assert_int_eq(rig_answer("{\"type\":\"Metadata\"}"), 0);
    rig_expect("F1@100-3900:one two/2 done ");
}
END_TEST

START_TEST(silence_is_bridged)
{
    st_deepgram_ops.keep_alive(rig_stream);
    rig_expect_sent("{\"type\":\"KeepAlive\"}\n");
    ck_assert_int_eq(rig_put_samples(0), 0);
    ck_assert_uint_eq(rig_binary, 0); /* an empty message ends the stream */
}
END_TEST

START_TEST(the_address_asks_for_what_is_configured)
{
    static const char *const hints[] = {"Sidetone", "caf\xc3\xa9 au lait"};
    rig_remote.parameters = (char *[]){"endpointing=10", "redact=pci"};
    rig_remote.parameter_count = 2;
    rig_config.hints = hints;
    rig_config.hint_count = 2;
    rig_config.channels = 2;
    rig_reopen();
    ck_assert_str_eq(rig_target()->url,
                     "wss://me:secret@host:1/v1/listen?x=1&model=nova-3&encoding=linear16"
                     "&sample_rate=8000&channels=2&multichannel=true&interim_results=true"
                     "&language=en-US&punctuate=true&utterance_end_ms=1000&endpointing=10"
                     "&redact=pci&keyterm=Sidetone&keyterm=caf%C3%A9%20au%20lait");
    ck_assert_str_eq(rig_target()->headers[0], "Authorization: Token the-key");
    ck_assert_ptr_null(rig_target()->headers[1]);
    rig_remote.model = "nova-2";
    rig_reopen();
    ck_assert_ptr_nonnull(strstr(rig_target()->url, "&keywords=Sidetone"));
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
    st_deepgram_ops.describe(rig_engine, text, sizeof(text));
    ck_assert_str_eq(text, "Deepgram nova-3 at wss://host:1");
}
END_TEST

START_TEST(entities_follow_their_final)
{
    static const char found[] =
        "\"is_final\":true,\"speech_final\":true,\"entities\":[{\"label\":\"NAME\","
        "\"confidence\":0.5,\"start_word\":0,\"end_word\":1}],";
    rig_config.wants_findings = true;
    open_two();
    rig_put(100);
    ck_assert_int_eq(results(1, 0, 1, "ann", found), 0);
    rig_expect("bF1@100-900:ann/1 b!entity:NAME:1@100-900 ");
    ck_assert_int_eq(results(1, 2, 3, "too early", found), 0);
    ck_assert_int_eq(results(1, 1, 2, "and", "\"is_final\":true,"), 0);
    rig_expect("bF2@1100-2900:and too early/2 b!entity:NAME:2@2100-2900 ");
}
END_TEST

START_TEST(entities_are_told_where_they_are_wanted)
{
    rig_put(100);
    ck_assert_int_eq(
        results(0, 0, 4, "ann", "\"is_final\":true,\"entities\":[{\"label\":\"NAME\"}],"), 0);
    rig_expect("F1@100-3900:ann/1 ");
    ck_assert_uint_eq(st_deepgram_ops.findings(rig_engine, "en-US"), 0);
    rig_remote.parameters = (char *[]){"detect_entities=true"};
    rig_remote.parameter_count = 1;
    rig_reopen();
    ck_assert_uint_eq(st_deepgram_ops.findings(rig_engine, "en-US"), 1 << ST_VENDOR_ENTITY);
    ck_assert_uint_eq(st_deepgram_ops.findings(rig_engine, ""), 1 << ST_VENDOR_ENTITY);
    ck_assert_uint_eq(st_deepgram_ops.findings(rig_engine, "es-MX"), 0);
}
END_TEST

START_TEST(languages_come_with_results)
{
    rig_put(50);
    ck_assert_int_eq(
        rig_answer("{\"type\":\"Results\",\"start\":0,\"duration\":2,\"is_final\":true,"
                   "\"speech_final\":true,\"channel\":{\"alternatives\":[{"
                   "\"transcript\":\"hola\",\"words\":[{\"word\":\"hola\",\"start\":1,"
                   "\"end\":2,\"language\":\"es\"}]}]}}"),
        0);
    rig_expect("F1@1000-2000:hola/1(es) ");
}
END_TEST

START_TEST(partials_are_not_told_unwanted)
{
    rig_config.wants_partials = false;
    rig_reopen();
    rig_put(50);
    interim(0, 1, "one");
    last(0, 2, "one");
    rig_expect("F1@100-1900:one/1 ");
}
END_TEST

static const struct rig_end ends[] = {
    {400, 0, "", ST_TROUBLE_UNSUITED},
    {401, 0, "", ST_TROUBLE_REFUSED},
    {402, 0, "", ST_TROUBLE_REFUSED},
    {403, 0, "", ST_TROUBLE_REFUSED},
    {429, 0, "", ST_TROUBLE_THROTTLED},
    {503, 0, "", ST_TROUBLE_SERVER},
    {0, 1008, "DATA-0000", ST_TROUBLE_UNSUITED},
    {0, 1011, "NET-0001", ST_TROUBLE_LOST},
    {0, 1011, "NET-0000", ST_TROUBLE_SERVER},
    {0, 1000, "", ST_TROUBLE_LOST},
    {0, 0, NULL, ST_TROUBLE_LOST},
};

START_TEST(ends_mean_what_deepgram_says)
{
    rig_check_end(&ends[_i]);
}
END_TEST

START_TEST(an_error_message_ends_the_stream)
{
    ck_assert_int_eq(rig_answer("{\"type\":\"Error\",\"variant\":\"OOPS\",\"message\":\"x\"}"), 0);
    rig_expect("failed:server:Deepgram reports an error: OOPS ");
}
END_TEST

START_TEST(it_does_not_start_without_a_key)
{
    rig_close();
    rig_remote.key = "";
    ck_assert_int_eq(rig_load(), -EACCES);
    ck_assert_ptr_nonnull(strstr(rig_why, "console.deepgram.com"));
    rig_config.rate_hz = 44100;
    rig_remote.key = "k";
    ck_assert_int_eq(rig_open(), -EINVAL);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_sentence_said_in_one_breath_is_one_final);
    tcase_add_test(tcase, three_seconds_and_ends_of_sentences_do_not_wait);
    tcase_add_test(tcase, fragments_without_end_do_not_grow_without_end);
    tcase_add_test(tcase, an_interim_that_came_to_nothing_is_withdrawn);
    tcase_add_test(tcase, spans_are_put_in_order_and_told_once);
    tcase_add_test(tcase, a_hole_is_no_hindrance);
    tcase_add_test(tcase, a_clock_that_runs_back_breaks_the_protocol);
    tcase_add_test(tcase, two_channels_go_interleaved_and_come_apart);
    tcase_add_test(tcase, the_end_collects_the_last_words);
    tcase_add_test(tcase, what_waits_is_told_at_the_end);
    tcase_add_test(tcase, silence_is_bridged);
    tcase_add_test(tcase, the_address_asks_for_what_is_configured);
    tcase_add_test(tcase, hints_stop_where_the_address_grows_too_long);
    tcase_add_test(tcase, the_engine_is_shown_without_secrets);
    tcase_add_test(tcase, entities_follow_their_final);
    tcase_add_test(tcase, entities_are_told_where_they_are_wanted);
    tcase_add_test(tcase, languages_come_with_results);
    tcase_add_test(tcase, partials_are_not_told_unwanted);
    tcase_add_loop_test(tcase, ends_mean_what_deepgram_says, 0, sizeof(ends) / sizeof(ends[0]));
    tcase_add_test(tcase, an_error_message_ends_the_stream);
    tcase_add_test(tcase, it_does_not_start_without_a_key);
    return run_case("deepgram", tcase);
}
