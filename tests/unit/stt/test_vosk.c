#include "engines.h"

#include "sidetone/config.h"

#include "run.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MS_US = 1000, CHUNK = 1600 };

static struct st_engine *engine;
static struct st_engine_stream *stream;
static char said[4096];
static char sent_text[256];
static unsigned sent_binary;
static int64_t lag_us, settled_us;

static void __attribute__((format(printf, 1, 2))) note(const char *format, ...)
{
    size_t len = strlen(said);
    va_list args;
    va_start(args, format);
    vsnprintf(said + len, sizeof(said) - len, format, args);
    va_end(args);
}

static void on_segment(void *user, unsigned channel, const struct st_segment *segment)
{
    note("%s%d@%d-%d:%s/%zu ", segment->is_final ? "F" : "p", (int)segment->id,
         (int)(segment->start_us / MS_US), (int)(segment->end_us / MS_US), segment->text,
         segment->word_count);
}

static void on_send(void *user, const void *data, size_t bytes, bool is_binary)
{
    if (is_binary) {
        ck_assert_uint_eq(bytes, 3200);
        sent_binary++;
    } else {
        memcpy(sent_text, data, bytes);
        sent_text[bytes] = '\0';
    }
}

static void on_done(void *user)
{
    note("done ");
}

static void on_lag(void *user, int64_t us)
{
    lag_us = us;
}

static void on_settled(void *user, unsigned channel, int64_t until_us)
{
    settled_us = until_us;
}

static const struct st_engine_sink sink = {
    .segment = on_segment,
    .send = on_send,
    .done = on_done,
    .lag = on_lag,
    .settled = on_settled,
};

static void open_stream(bool wants_partials)
{
    struct st_engine_stream_config config = {
        .rate_hz = 16000, .wants_partials = wants_partials, .sink = &sink};
    ck_assert_int_eq(st_vosk_ops.open(&stream, engine, &config), 0);
}

static void setup(void)
{
    struct st_config_engines config = {0};
    struct st_config_remote_engine remote = {.name = "vosk",
                                             .url = "wss://me:secret@host:2700/path?key=1"};
    char why[100];
    ck_assert_int_eq(st_vosk_ops.load(&engine, &config, &remote, why, sizeof(why)), 0);
    said[0] = '\0';
    sent_binary = 0;
    lag_us = settled_us = 0;
    open_stream(true);
}

static void teardown(void)
{
    st_vosk_ops.close(stream);
    st_vosk_ops.unload(engine);
}

static int put(unsigned chunks)
{
    static const int16_t samples[CHUNK];
    struct st_frame frame = {samples, CHUNK, 16000, 0};
    int err = 0;
    for (unsigned i = 0; i < chunks && !err; i++)
        err = st_vosk_ops.audio(stream, &frame);
    return err;
}

static int answer(const char *text)
{
    return st_vosk_ops.receive(stream, text, strlen(text), false);
}

static void answer_chunks(unsigned chunks, const char *text)
{
    for (unsigned i = 0; i < chunks; i++) {
        ck_assert_int_eq(put(1), 0);
        ck_assert_int_eq(answer(text), 0);
    }
}

static void expect(const char *text)
{
    ck_assert_str_eq(said, text);
    said[0] = '\0';
}

START_TEST(the_configuration_goes_first_and_eof_last)
{
    ck_assert_str_eq(sent_text, "{\"config\" : {\"sample_rate\" : 16000, \"words\" : 1}}");
    put(3);
    ck_assert_uint_eq(sent_binary, 3);
    st_vosk_ops.finish(stream);
    ck_assert_str_eq(sent_text, "{\"eof\" : 1}");
    answer("{\"partial\" : \"\"}");
    answer("{\"partial\" : \"\"}");
    answer("{\"text\" : \"\"}"); /* of the third message, not of eof */
    expect("");
    answer("{\"text\" : \"bye\"}");
    expect("F1@300-300:bye/0 done ");
}
END_TEST

START_TEST(a_server_that_answers_the_configuration_is_understood)
{
    answer("{\"partial\" : \"\"}");
    put(2);
    st_vosk_ops.finish(stream);
    answer("{\"partial\" : \"\"}");
    answer("{\"partial\" : \"hm\"}");
    answer("{\"text\" : \"hmm\"}");
    expect("p1@0-200:hm/0 F1@0-200:hmm/0 done ");
}
END_TEST

START_TEST(partials_grow_and_become_final)
{
    answer_chunks(20, "{\"partial\" : \"\"}");
    ck_assert_int_eq(settled_us, 1600 * MS_US);
    answer_chunks(2, "{\"partial\" : \"one\"}");
    answer_chunks(1, "{\"partial\" : \"one two\"}");
    put(1);
    answer("{\"result\" : [{\"conf\" : 1.0, \"end\" : 2.1, \"start\" : 1.6, \"word\" : \"one\"}, "
           "{\"conf\" : 1.0, \"end\" : 2.3, \"start\" : 2.1, \"word\" : \"two\"}], "
           "\"text\" : \"one two\"}");
    ck_assert_int_eq(settled_us, 2400 * MS_US);
    answer_chunks(1, "{\"partial\" : \"three\"}");
    expect("p1@1600-2100:one/0 p1@1600-2300:one two/0 F1@1600-2300:one two/2 "
           "p2@2400-2500:three/0 ");
}
END_TEST

START_TEST(a_partial_of_any_length_is_told_once)
{
    char text[6000];
    int head = snprintf(text, sizeof(text), "{\"partial\" : \"");
    memset(text + head, 'a', 5000);
    memcpy(text + head + 5000, "\"}", 3);
    answer_chunks(1, "{\"partial\" : \"a\"}");
    said[0] = '\0';
    answer_chunks(1, text);
    ck_assert_uint_gt(strlen(said), 4000);
    said[0] = '\0';
    answer_chunks(1, text);
    expect("");
}
END_TEST

START_TEST(an_empty_final_withdraws_a_partial_and_is_silent_otherwise)
{
    answer_chunks(1, "{\"text\" : \"\"}");
    expect("");
    answer_chunks(1, "{\"partial\" : \"uh\"}");
    answer_chunks(1, "{\"text\" : \"\"}");
    expect("p1@100-200:uh/0 F1@100-300:/0 ");
}
END_TEST

static int answer_final(const char *word, double start_s, double end_s)
{
    char text[160];
    snprintf(text, sizeof(text),
             "{\"result\" : [{\"conf\" : 1, \"end\" : %.2f, \"start\" : %.2f, \"word\" : \"%s\"}], "
             "\"text\" : \"%s\"}",
             end_s, start_s, word, word);
    ck_assert_int_eq(put(10), 0);
    return answer(text);
}

START_TEST(a_final_told_twice_counts_once)
{
    ck_assert_int_eq(answer_final("one", 0.1, 0.5), 0);
    ck_assert_int_eq(answer_final("one", 0.1, 0.5), 0);
    ck_assert_int_eq(answer_final("two", 0.4, 0.9), 0);
    expect("F1@100-500:one/1 F2@400-900:two/1 ");
}
END_TEST

START_TEST(a_final_from_before_the_last_is_a_broken_protocol)
{
    ck_assert_int_eq(answer_final("one", 0.3, 0.9), 0);
    ck_assert_int_eq(answer_final("two", 0.5, 1.4), -EPROTO);
    expect("F1@300-900:one/1 ");
}
END_TEST

START_TEST(partials_are_not_told_unwanted)
{
    st_vosk_ops.close(stream);
    open_stream(false);
    answer_chunks(3, "{\"partial\" : \"one\"}");
    answer_chunks(1, "{\"text\" : \"one\"}");
    expect("F1@0-400:one/0 ");
}
END_TEST

START_TEST(twenty_seconds_in_flight_are_enough)
{
    ck_assert_int_eq(put(200), 0);
    ck_assert_int_eq(put(1), -EAGAIN);
    ck_assert_int_ge(lag_us, 19800 * MS_US);
    answer("{\"partial\" : \"\"}");
    ck_assert_int_eq(put(1), 0);
    ck_assert_int_eq(put(1), -EAGAIN);
    for (int i = 0; i < 200; i++)
        answer("{\"partial\" : \"\"}");
    ck_assert_int_le(lag_us, 100 * MS_US);
}
END_TEST

START_TEST(garbage_is_a_broken_protocol)
{
    put(2);
    ck_assert_int_eq(answer("nonsense"), -EPROTO);
    ck_assert_int_eq(st_vosk_ops.receive(stream, "{}", 2, true), -EPROTO);
    ck_assert_int_eq(answer("{\"message\" : \"unknown\"}"), 0);
    expect("");
}
END_TEST

START_TEST(the_server_is_shown_without_secrets)
{
    char text[100], why[100];
    struct st_engine_target target;
    st_vosk_ops.describe(engine, text, sizeof(text));
    ck_assert_str_eq(text, "vosk server at wss://host:2700");
    ck_assert_int_eq(st_vosk_ops.target(stream, &target, why, sizeof(why)), 0);
    ck_assert_str_eq(target.url, "wss://me:secret@host:2700/path?key=1");
}
END_TEST

START_TEST(an_engine_without_an_address_says_so)
{
    struct st_config_engines config = {0};
    struct st_config_remote_engine remote = {.name = "ear", .url = ""};
    struct st_engine *none = NULL;
    char why[100];
    ck_assert_int_eq(st_vosk_ops.load(&none, &config, &remote, why, sizeof(why)), -ENOENT);
    ck_assert_str_eq(why, "no server: set 'url' of engine 'ear' to ws://host:port");
    remote.url = "http://host";
    ck_assert_int_eq(st_vosk_ops.load(&none, &config, &remote, why, sizeof(why)), -EINVAL);
    ck_assert_ptr_null(none);
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
