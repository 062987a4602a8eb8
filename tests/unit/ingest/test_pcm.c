#include "ingest_recorder.h"

#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct recorder recorder;

static void setup(void)
{
    recorder_open(&recorder, "pcm", ST_ROLE_CUSTOMER);
}

static void teardown(void)
{
    recorder_close(&recorder);
}

static void again(void)
{
    teardown();
    setup();
}

#define START "{\"type\":\"start\",\"call_id\":\"c1\"}"

static void expect_log(const char *expected)
{
    ck_assert_msg(strcmp(recorder.log, expected) == 0, "gave:\n%s\nexpected:\n%s", recorder.log,
                  expected);
}

static void expect_refusal(unsigned close_code, const char *code)
{
    char sent[100];
    ck_assert_int_eq(recorder.result, -EPROTO);
    ck_assert_uint_eq(recorder.close.code, close_code);
    ck_assert_int_eq(strncmp(recorder.close.reason, code, strlen(code)), 0);
    snprintf(sent, sizeof(sent), "send {\"type\":\"error\",\"code\":\"%s\",\"message\":\"", code);
    ck_assert_msg(strstr(recorder.log, sent) != NULL, "%s", recorder.log);
    ck_assert(!recorder.is_started || recorder.end == ST_INGEST_END_ERROR);
}

/* ---- what a call looks like ---- */

START_TEST(an_interleaved_call_goes_through)
{
    recorder_feed_text(&recorder,
                       "{\"type\":\"start\",\"call_id\":\"c\\u00e4ll 1\",\"rate_hz\":16000,"
                       "\"agent\":{\"id\":\"a1\",\"name\":\"Ann\",\"x\":1},\"queue\":\"q\","
                       "\"caller\":\"+1\",\"language\":\"de-DE\",\"later\":[{}],"
                       "\"attributes\":{\"k\":\"1\",\"l\":\"2\",\"k\":\"3\"}}");
    recorder_feed(&recorder, "\1\0\2\0\3\0\4\0", 8, true);
    recorder_feed(&recorder, "", 0, true);
    recorder_feed_text(&recorder, "{\"channel\":1,\"digit\":\"5\",\"type\":\"dtmf\"}");
    recorder_feed_text(&recorder, "{\"type\":\"dtmf\",\"digit\":\"d\"}");
    recorder_feed_text(&recorder, "{\"type\":\"mark\",\"name\":\"half\\u0020way\"}");
    recorder_feed_text(&recorder, "{\"type\":\"pause\"}");
    recorder_feed_text(&recorder, "{\"type\":\"resume\"}");
    recorder_feed_text(&recorder, "{\"type\":\"future\",\"start\":7}");
    ck_assert_int_eq(recorder_feed_text(&recorder, "{\"type\":\"stop\"}"), 1);
    ck_assert_int_eq(recorder_feed(&recorder, "\1\0\2\0", 4, true), 1);
    recorder_lose(&recorder);
    expect_log("start cäll 1 stream= agent=a1/Ann queue=q caller=+1 language=de-DE codec=0 "
               "rate=16000 mask=3 roles=agent,customer k=3 l=2\n"
               "send {\"type\":\"started\",\"call_id\":\"cäll 1\",\"v\":1}\n"
               "media both -1 8 4ef5d981\n"
               "dtmf 1 5 -1\n"
               "dtmf 0 D -1\n"
               "mark half way\n"
               "pause\n"
               "resume\n"
               "ignored\n"
               "stop stopped\n"
               "send {\"type\":\"stopped\"}\n"
               "done\n"
               "done\n");
}
END_TEST

START_TEST(tagged_audio_names_channel_and_position)
{
    recorder_feed_text(&recorder,
                       "{\"type\":\"start\",\"call_id\":\"c1\",\"layout\":\"tagged\",\"encoding\":"
                       "\"pcmu\",\"channels\":[{\"role\":\"customer\"},{\"role\":\"agent\"}]}");
    recorder_feed(&recorder, "\1\xa0\0\0\0\0\0\0ab", 10, true);
    recorder_feed(&recorder, "\0\x40\x1f\1\0\0\0\0c", 9, true);
    recorder_feed(&recorder, "\0\0\0\0\0\0\0\0", 8, true);
    recorder_lose(&recorder);
    expect_log("start c1 stream= agent=/ queue= caller= language= codec=2 rate=8000 mask=3 "
               "roles=customer,agent\n"
               "send {\"type\":\"started\",\"call_id\":\"c1\",\"v\":1}\n"
               "media 1 20000 2 4d2505ca\n"
               "media 0 9192000 1 e60c2c52\n"
               "stop lost\n");
}
END_TEST

START_TEST(mono_legs_carry_one_channel_each)
{
    recorder_feed_text(&recorder, "{\"type\":\"start\",\"call_id\":\"c1\",\"layout\":\"mono\","
                                  "\"channel\":1,\"encoding\":\"l16be\"}");
    recorder_feed(&recorder, "ab", 2, true);
    recorder_feed_text(&recorder, "{\"type\":\"dtmf\",\"digit\":\"1\"}");
    recorder_feed_text(&recorder, "{\"type\":\"dtmf\",\"digit\":\"1\",\"channel\":0}");
    expect_refusal(1008, "bad_media");
    ck_assert_ptr_nonnull(strstr(recorder.log, "stream=1 "));
    ck_assert_ptr_nonnull(strstr(recorder.log, "codec=1 rate=8000 mask=2 roles=unknown,customer"));
    ck_assert_ptr_nonnull(strstr(recorder.log, "media 1 -1 2 "));
    ck_assert_ptr_nonnull(strstr(recorder.log, "dtmf 1 1 -1"));

    again();
    recorder_feed_text(&recorder, "{\"type\":\"start\",\"layout\":\"mono\",\"channels\":[{\"role\":"
                                  "\"customer\"}],\"encoding\":\"pcma\"}");
    ck_assert_ptr_nonnull(strstr(recorder.log, "codec=3 rate=8000 mask=1 roles=customer,unknown"));
}
END_TEST

START_TEST(a_call_without_id_gets_one)
{
    char first[40], second[40];
    recorder_feed_text(&recorder, "{\"type\":\"start\"}");
    ck_assert_int_eq(sscanf(recorder.log, "start %39[0-9a-f] ", first), 1);
    again();
    recorder_feed_text(&recorder, "{\"type\":\"start\"}");
    ck_assert_int_eq(sscanf(recorder.log, "start %39[0-9a-f] ", second), 1);
    ck_assert_uint_eq(strlen(first), 32);
    ck_assert_uint_eq(strlen(second), 32);
    ck_assert_str_ne(first, second);
}
END_TEST

START_TEST(a_stop_without_a_call_is_answered)
{
    ck_assert_int_eq(recorder_feed_text(&recorder, "{\"type\":\"stop\"}"), 1);
    expect_log("send {\"type\":\"stopped\"}\ndone\n");
}
END_TEST

START_TEST(messages_about_a_call_that_is_not_there_are_ignored)
{
    recorder_feed_text(&recorder, "{\"type\":\"pause\"}");
    recorder_feed_text(&recorder, "{\"type\":\"mark\",\"name\":\"x\"}");
    recorder_feed_text(&recorder, "{\"type\":\"dtmf\",\"digit\":\"1\"}");
    ck_assert_uint_eq(recorder.ignored, 3);
}
END_TEST

/* ---- bad input ---- */

START_TEST(what_is_no_message_is_bad_message)
{
    static const char *const rows[] = {
        "",
        "hello",
        "\"start\"",
        "[]",
        "[\"type\"]",
        "{}",
        "{\"type\":5}",
        "{\"type\":null}",
        "{\"type\":\"start\",\"type\":7}",
        "{\"type\":\"start\"",
        "{\"type\":\"start\"}x",
        "{\"type\":\"start\",}",
        "{\"type\":\"\xff\"}",
        "{\"type\":\"\\u0000\"}",
        "{\"type\":\"\\ud800\"}",
    };
    static const char *const within[] = {
        "{\"type\":\"dtmf\"}",
        "{\"type\":\"dtmf\",\"digit\":5}",
        "{\"type\":\"dtmf\",\"digit\":\"\"}",
        "{\"type\":\"dtmf\",\"digit\":\"55\"}",
        "{\"type\":\"dtmf\",\"digit\":\"x\"}",
        "{\"type\":\"dtmf\",\"digit\":\"5\",\"channel\":\"1\"}",
        "{\"type\":\"mark\"}",
        "{\"type\":\"mark\",\"name\":[]}",
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        again();
        recorder_feed_text(&recorder, rows[i]);
        expect_refusal(1007, "bad_message");
        again();
        recorder_feed_text(&recorder, START);
        recorder_feed_text(&recorder, rows[i]);
        expect_refusal(1007, "bad_message");
    }
    for (size_t i = 0; i < sizeof(within) / sizeof(within[0]); i++) {
        again();
        recorder_feed_text(&recorder, START);
        recorder_feed_text(&recorder, within[i]);
        expect_refusal(1007, "bad_message");
    }
}
END_TEST

START_TEST(a_text_ends_at_64_kib)
{
    static char text[65537];
    for (size_t bytes = 65536; bytes <= 65537; bytes++) {
        again();
        memset(text, ' ', sizeof(text));
        memcpy(text, START, strlen(START));
        recorder_feed(&recorder, text, bytes, false);
        if (bytes > 65536)
            expect_refusal(1007, "bad_message");
        else
            ck_assert_int_eq(recorder.result, 0);
    }
}
END_TEST

START_TEST(too_deep_is_bad_message)
{
    char text[200] = "{\"type\":\"start\",\"x\":";
    memset(text + strlen(text), '[', 32);
    memset(text + strlen(text), ']', 32);
    strcat(text, "}");
    recorder_feed_text(&recorder, text);
    expect_refusal(1007, "bad_message");
}
END_TEST

START_TEST(a_wrong_field_of_start_is_named)
{
    static const struct {
        const char *field;
        const char *text;
    } rows[] = {
        {"call_id", "\"call_id\":\"\""},
        {"call_id", "\"call_id\":7"},
        {"call_id", "\"call_id\":null"},
        {"call_id", "\"call_id\":\"a\\u0007b\""},
        {"call_id", "\"call_id\":\"a\x7f\""},
        {"call_id", "\"call_id\":\"\\u0080\""},
        {"encoding", "\"encoding\":\"mp3\""},
        {"encoding", "\"encoding\":1"},
        {"rate_hz", "\"rate_hz\":7999"},
        {"rate_hz", "\"rate_hz\":48001"},
        {"rate_hz", "\"rate_hz\":-8000"},
        {"rate_hz", "\"rate_hz\":8000.5"},
        {"rate_hz", "\"rate_hz\":\"8000\""},
        {"rate_hz", "\"rate_hz\":9223372036854775807"},
        {"layout", "\"layout\":\"stereo\""},
        {"layout", "\"layout\":[]"},
        {"channels", "\"channels\":{}"},
        {"channels", "\"channels\":[]"},
        {"channels", "\"channels\":[7]"},
        {"channels", "\"channels\":[{},{}]"},
        {"channels", "\"channels\":[{\"role\":\"boss\"},{\"role\":\"agent\"}]"},
        {"channels", "\"channels\":[{\"role\":\"agent\"}]"},
        {"channels", "\"channels\":[{\"role\":\"agent\"},{\"role\":\"customer\"},{\"role\":"
                     "\"agent\"}]"},
        {"channels", "\"layout\":\"mono\",\"channels\":[{\"role\":\"agent\"},{\"role\":"
                     "\"customer\"}]"},
        {"channel", "\"layout\":\"mono\",\"channel\":2"},
        {"channel", "\"layout\":\"mono\",\"channel\":-1"},
        {"channel", "\"layout\":\"mono\",\"channel\":\"0\""},
        {"channel", "\"channel\":0"},
        {"agent", "\"agent\":\"a1\""},
        {"agent", "\"agent\":{\"id\":7}"},
        {"agent", "\"agent\":{\"name\":null}"},
        {"queue", "\"queue\":[\"q\"]"},
        {"caller", "\"caller\":15550100"},
        {"language", "\"language\":false"},
        {"attributes", "\"attributes\":[]"},
        {"attributes", "\"attributes\":{\"k\":1}"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[300], sent[100];
        again();
        snprintf(text, sizeof(text), "{%s,\"type\":\"start\"}", rows[i].text);
        recorder_feed_text(&recorder, text);
        expect_refusal(1008, "bad_start");
        snprintf(sent, sizeof(sent), "\"message\":\"%s: must be ", rows[i].field);
        ck_assert_msg(strstr(recorder.log, sent) != NULL, "%s gave %s", text, recorder.log);
        ck_assert_uint_eq(recorder.starts, 0);
    }
}
END_TEST

static void feed_attributes(int count)
{
    char text[2000];
    int bytes = sprintf(text, "{\"type\":\"start\",\"attributes\":{");
    for (int i = 0; i < count; i++)
        bytes += sprintf(text + bytes, "%s\"k%d\":\"v\"", i ? "," : "", i);
    sprintf(text + bytes, "}}");
    recorder_feed_text(&recorder, text);
}

START_TEST(attributes_end_at_32)
{
    feed_attributes(32);
    ck_assert_int_eq(recorder.result, 0);
    again();
    feed_attributes(33);
    expect_refusal(1008, "bad_start");
}
END_TEST

START_TEST(of_a_field_given_twice_the_last_counts)
{
    recorder_feed_text(
        &recorder, "{\"type\":\"x\",\"call_id\":\"a\",\"attributes\":{\"k\":\"1\"},\"channels\":[{"
                   "\"role\":\"agent\"},{\"role\":\"agent\"}],\"attributes\":{\"l\":\"2\"},"
                   "\"channels\":[{\"role\":\"customer\"},{\"role\":\"agent\"}],\"call_id\":\"b\","
                   "\"type\":\"start\"}");
    ck_assert_int_eq(recorder.result, 0);
    ck_assert_ptr_nonnull(strstr(recorder.log, "start b "));
    ck_assert_ptr_nonnull(strstr(recorder.log, "roles=customer,agent l=2\n"));
}
END_TEST

START_TEST(a_call_id_ends_at_128_bytes)
{
    for (int bytes = 128; bytes <= 129; bytes++) {
        char text[300];
        again();
        snprintf(text, sizeof(text), "{\"type\":\"start\",\"call_id\":\"%0*d\"}", bytes, 1);
        recorder_feed_text(&recorder, text);
        ck_assert_int_eq(recorder.result, bytes <= 128 ? 0 : -EPROTO);
    }
}
END_TEST

START_TEST(a_second_start_is_refused)
{
    recorder_feed_text(&recorder, START);
    recorder_feed_text(&recorder, START);
    expect_refusal(1008, "already_started");
    ck_assert_uint_eq(recorder.starts, 1);
}
END_TEST

START_TEST(what_the_call_room_refuses_has_its_error_code)
{
    static const struct {
        int result;
        unsigned close_code;
        const char *code;
    } rows[] = {{-EEXIST, 1008, "call_exists"},
                {-EACCES, 1008, "not_allowed"},
                {-EBUSY, 1013, "busy"},
                {-ENOMEM, 1013, "busy"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        again();
        recorder.start_result = rows[i].result;
        recorder_feed_text(&recorder, START);
        expect_refusal(rows[i].close_code, rows[i].code);
    }
}
END_TEST

START_TEST(bad_media_is_refused)
{
    static const struct {
        const char *start;
        size_t bytes;
        int first; /* byte */
        bool is_good;
    } rows[] = {
        {"{\"type\":\"start\"}", 4, 0, true},
        {"{\"type\":\"start\"}", 2, 0, false},
        {"{\"type\":\"start\"}", 5, 0, false},
        {"{\"type\":\"start\"}", 32000, 0, true},
        {"{\"type\":\"start\"}", 32004, 0, false},
        {"{\"type\":\"start\",\"encoding\":\"pcmu\"}", 2, 0, true},
        {"{\"type\":\"start\",\"encoding\":\"pcmu\"}", 1, 0, false},
        {"{\"type\":\"start\",\"encoding\":\"pcmu\"}", 16002, 0, false},
        {"{\"type\":\"start\",\"layout\":\"mono\"}", 2, 0, true},
        {"{\"type\":\"start\",\"layout\":\"mono\"}", 3, 0, false},
        {"{\"type\":\"start\",\"layout\":\"mono\"}", 16000, 0, true},
        {"{\"type\":\"start\",\"layout\":\"mono\"}", 16002, 0, false},
        {"{\"type\":\"start\",\"layout\":\"tagged\"}", 10, 1, true},
        {"{\"type\":\"start\",\"layout\":\"tagged\"}", 10, 2, false},
        {"{\"type\":\"start\",\"layout\":\"tagged\"}", 10, 255, false},
        {"{\"type\":\"start\",\"layout\":\"tagged\"}", 7, 0, false},
        {"{\"type\":\"start\",\"layout\":\"tagged\"}", 1, 0, false},
        {"{\"type\":\"start\",\"layout\":\"tagged\"}", 0, 0, false},
        {"{\"type\":\"start\",\"layout\":\"tagged\"}", 9, 0, false},
        {"{\"type\":\"start\",\"layout\":\"tagged\"}", 16010, 0, false},
    };
    static uint8_t audio[40000];
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        again();
        recorder_feed_text(&recorder, rows[i].start);
        audio[0] = (uint8_t)rows[i].first;
        recorder_feed(&recorder, audio, rows[i].bytes, true);
        if (rows[i].is_good)
            ck_assert_int_eq(recorder.result, 0);
        else
            expect_refusal(1008, "bad_media");
        ck_assert_uint_eq(recorder.medias, rows[i].is_good);
    }
}
END_TEST

START_TEST(a_position_beyond_reason_is_bad_media)
{
    recorder_feed_text(&recorder, "{\"type\":\"start\",\"layout\":\"tagged\"}");
    recorder_feed(&recorder, "\0\xff\xff\xff\xff\xff\xff\xff\0\0", 10, true);
    expect_refusal(1008, "bad_media");
}
END_TEST

/* ---- audio before start ---- */

START_TEST(one_second_may_come_before_start)
{
    static uint8_t audio[16000];
    recorder_feed(&recorder, audio, sizeof(audio), true);
    recorder_feed(&recorder, audio, sizeof(audio), true);
    ck_assert_uint_eq(recorder.medias, 0);
    recorder_feed_text(&recorder, START);
    ck_assert_int_eq(recorder.result, 0);
    ck_assert_uint_eq(recorder.medias, 2);
}
END_TEST

START_TEST(more_before_start_is_refused_when_start_tells_what_it_was)
{
    static uint8_t audio[16000];
    recorder_feed(&recorder, audio, sizeof(audio), true);
    recorder_feed(&recorder, audio, sizeof(audio), true);
    recorder_feed(&recorder, audio, 4, true);
    recorder_feed_text(&recorder, START);
    expect_refusal(1008, "media_before_start");
    ck_assert_uint_eq(recorder.starts, 0);
}
END_TEST

START_TEST(what_can_be_no_second_is_refused_at_once)
{
    static uint8_t audio[50000];
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(recorder_feed(&recorder, audio, sizeof(audio), true), 0);
    recorder_feed(&recorder, audio, sizeof(audio), true);
    expect_refusal(1008, "media_before_start");
}
END_TEST

START_TEST(broken_audio_before_start_begins_no_call)
{
    recorder_feed(&recorder, "abc", 3, true);
    recorder_feed_text(&recorder, START);
    expect_refusal(1008, "bad_media");
    ck_assert_uint_eq(recorder.starts, 0);
}
END_TEST

START_TEST(each_cut_of_a_start_is_bad_message)
{
    static const char text[] =
        "{\"type\":\"start\",\"call_id\":\"c\\u00e41\",\"rate_hz\":16000,\"channels\":[{\"role\":"
        "\"agent\"},{\"role\":\"customer\"}],\"agent\":{\"id\":\"a\"},\"attributes\":{\"k\":\"v\"}"
        "}";
    for (size_t cut = 0; cut < strlen(text); cut++) {
        again();
        recorder_feed(&recorder, text, cut, false);
        expect_refusal(1007, "bad_message");
    }
}
END_TEST

START_TEST(the_dialect_says_what_it_needs)
{
    ck_assert(recorder.ops->needs_token);
    ck_assert(recorder.ops->authorize == NULL);
    ck_assert_str_eq(recorder.ops->subprotocol, "sidetone.v1");
    ck_assert_ptr_null(st_dialect_find("morse"));
    ck_assert_ptr_null(st_dialect_find(""));
    recorder.ops->destroy(NULL);
    st_dialect_find("twilio")->destroy(NULL);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, an_interleaved_call_goes_through);
    tcase_add_test(tcase, tagged_audio_names_channel_and_position);
    tcase_add_test(tcase, mono_legs_carry_one_channel_each);
    tcase_add_test(tcase, a_call_without_id_gets_one);
    tcase_add_test(tcase, a_stop_without_a_call_is_answered);
    tcase_add_test(tcase, messages_about_a_call_that_is_not_there_are_ignored);
    tcase_add_test(tcase, what_is_no_message_is_bad_message);
    tcase_add_test(tcase, a_text_ends_at_64_kib);
    tcase_add_test(tcase, too_deep_is_bad_message);
    tcase_add_test(tcase, a_wrong_field_of_start_is_named);
    tcase_add_test(tcase, attributes_end_at_32);
    tcase_add_test(tcase, of_a_field_given_twice_the_last_counts);
    tcase_add_test(tcase, a_call_id_ends_at_128_bytes);
    tcase_add_test(tcase, a_second_start_is_refused);
    tcase_add_test(tcase, what_the_call_room_refuses_has_its_error_code);
    tcase_add_test(tcase, bad_media_is_refused);
    tcase_add_test(tcase, a_position_beyond_reason_is_bad_media);
    tcase_add_test(tcase, one_second_may_come_before_start);
    tcase_add_test(tcase, more_before_start_is_refused_when_start_tells_what_it_was);
    tcase_add_test(tcase, what_can_be_no_second_is_refused_at_once);
    tcase_add_test(tcase, broken_audio_before_start_begins_no_call);
    tcase_add_test(tcase, each_cut_of_a_start_is_bad_message);
    tcase_add_test(tcase, the_dialect_says_what_it_needs);
    return run_case("pcm", tcase);
}
