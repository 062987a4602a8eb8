#include "acs_message.h"
#include "ingest_recorder.h"

#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct recorder recorder;
static const char *const headers[] = {"call-1", "corr-1", NULL, NULL};

static void reopen(const char *query)
{
    recorder_reopen(&recorder, "acs", query, headers);
}

static void setup(void)
{
    recorder_open(&recorder, "acs", ST_ROLE_CUSTOMER);
    reopen("");
}

static void teardown(void)
{
    recorder_close(&recorder);
}

#define AUDIO_METADATA                                                                             \
    "{\"kind\":\"AudioMetadata\",\"audioMetadata\":{\"subscriptionId\":\"s1\",\"encoding\":"       \
    "\"PCM\",\"sampleRate\":16000,\"channels\":1,\"length\":640}}"
#define AUDIO(timestamp, who, data)                                                                \
    "{\"kind\":\"AudioData\",\"audioData\":{\"timestamp\":\"" timestamp                            \
    "\",\"participantRawID\":\"" who "\",\"data\":\"" data "\",\"silent\":false}}"
#define TEXT_METADATA                                                                              \
    "{\"kind\":\"TranscriptionMetadata\",\"transcriptionMetadata\":{\"subscriptionId\":\"s2\","    \
    "\"locale\":\"en-us\",\"callConnectionId\":\"call-9\",\"correlationId\":\"x\"}}"
#define TEXT(members)                                                                              \
    "{\"kind\":\"TranscriptionData\",\"transcriptionData\":{\"participantRawID\":\"4:+1\","        \
    "\"resultStatus\":\"Final\"," members "}}"

static void say(const char *text)
{
    ck_assert_msg(recorder_feed_text(&recorder, text) == 0, "%s: %s", text, recorder.close.reason);
}

static void expect_log(const char *log)
{
    ck_assert_str_eq(recorder.log, log);
    recorder.len = 0;
    recorder.log[0] = '\0';
}

/* ---- times ---- */

START_TEST(times_of_day_are_read)
{
    static const struct {
        const char *text;
        int64_t unix_us; /* -1: none */
    } rows[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"2024-11-15T19:16:12.925Z", 1731698172925000},
        {"2024-02-29T23:59:59.1234567Z", 1709251199123456},
        {"2024-11-15T19:16:12", 1731698172000000},
        {"2024-11-15T20:16:12.925+01:00", 1731698172925000},
        {"2024-11-15T18:46:12.925-0030", 1731698172925000},
        {"2000-03-01 00:00:00Z", 951868800000000},
        {"", -1},
        {"2024-11-15", -1},
        {"2024-13-15T19:16:12Z", -1},
        {"2024-11-15T24:16:12Z", -1},
        {"2024-11-15T19:16:12.5x", -1},
        {"1969-11-15T19:16:12Z", -1},
        {"2024-11-15T19:16:12+1", -1},
        {"2024-11-15T19:16:12Zz", -1},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t unix_us = -1;
        struct st_slice slice = {rows[i].text, strlen(rows[i].text), false};
        ck_assert_msg(st_acs_time(slice, &unix_us) == (rows[i].unix_us >= 0), "%s", rows[i].text);
        ck_assert_int_eq(unix_us, rows[i].unix_us);
    }
}
END_TEST

/* ---- audio ---- */

START_TEST(a_call_with_audio)
{
    reopen("agent_id=a%201&queue=q+1&colour=blue&access_token=secret&%zz=1&x=%00&broken");
    say(AUDIO_METADATA);
    say(AUDIO("2024-11-15T19:16:12.900Z", "8:acs:1", "AAABAA=="));
    say(AUDIO("2024-11-15T19:16:12.905Z", "4:+1", "AAACAA=="));
    say(AUDIO("2024-11-15T19:16:12.910Z", "8:acs:1", "AAADAA=="));
    say(AUDIO("2024-11-15T19:16:13.900Z", "8:acs:1", "AAADAA=="));
    say("{\"kind\":\"DtmfData\",\"dtmfData\":{\"data\":\"5\"}}");
    recorder.ops->closed(recorder.dialect, 1000);
    expect_log("start call-1 stream=s1 agent=a 1/ queue=q 1 caller= language= codec=0 rate=16000 "
               "mask=3 roles=agent,customer agent_id=a 1 queue=q 1 colour=blue "
               "correlation_id=corr-1\n"
               "media 0 0 4 25937aac\nmedia 1 0 4 979ae9e7\nmedia 0 125 4 71986f7e\n"
               "media 0 1000000 4 71986f7e\ndtmf 1 5 -1\nstop closed\n");
    recorder_lose(&recorder);
}
END_TEST

START_TEST(shapes_that_others_send)
{
    say("{\"Kind\":\"audiometadata\",\"AudioMetadata\":{\"Encoding\":\"pcm\",\"SampleRate\":"
        "\"24000\",\"Channels\":1}}");
    say("{\"audioData\":{\"data\":\"\\u0041AABAA==\",\"isSilent\":null,\"timestamp\":7}}");
    say("{\"data\":\"AAABAA==\",\"timestamp\":\"2022\",\"participantId\":\"8:x\",\"isSilence\":"
        "true}");
    say("{\"dtmfData\":{\"tone\":\"#\",\"participantRawID\":\"8:x\"}}");
    say("{\"kind\":\"MarkData\",\"markData\":{\"id\":\"1\"}}");
    say("{\"kind\":null}");
    say("{\"kind\":\"AudioMetadata\",\"audioMetadata\":{\"sampleRate\":24000}}");
    expect_log("start call-1 stream= agent=/ queue= caller= language= codec=0 rate=24000 mask=3 "
               "roles=agent,customer correlation_id=corr-1\n"
               "media 1 0 4 25937aac\nmedia 0 0 4 25937aac\ndtmf 0 # -1\nignored\nignored\n");
    reopen("");
    say("{\"subscriptionId\":\"old\",\"format\":{\"encoding\":\"Pcm\",\"sampleRate\":16000,"
        "\"channels\":1}}");
    ck_assert_ptr_nonnull(strstr(recorder.log, "stream=old"));
    ck_assert_ptr_nonnull(strstr(recorder.log, "rate=16000"));
}
END_TEST

START_TEST(one_of_several_is_heard)
{
    char samples[213 * 4 + 1], text[1200];
    memset(samples, 'A', sizeof(samples));
    say(AUDIO_METADATA);
    recorder.is_silent = true;
    for (unsigned i = 0; i < 100; i++)
        for (unsigned who = 0; who < 3; who++) {
            snprintf(text, sizeof(text),
                     "{\"kind\":\"AudioData\",\"audioData\":{\"timestamp\":"
                     "\"2024-11-15T19:16:%02u.%03uZ\",\"participantRawID\":\"8:%u\",\"silent\":%s,"
                     "\"data\":\"%.*sAA==\"}}",
                     10 + i / 50, i % 50 * 20, who, who == i / 40 ? "false" : "true", 213 * 4,
                     samples);
            say(text);
        }
    ck_assert_uint_eq(recorder.media_bytes[0], 64000);
    ck_assert_uint_eq(recorder.media_bytes[1], 0);
}
END_TEST

/* ---- transcripts ---- */

START_TEST(a_call_with_a_transcript)
{
    recorder.route.acs.is_told = true;
    reopen("");
    say(TEXT_METADATA);
    say("{\"kind\":\"TranscriptionData\",\"transcriptionData\":{\"text\":\"hi\",\"offset\":1000000,"
        "\"participantRawID\":\"4:+1\",\"resultStatus\":\"Intermediate\",\"words\":[]}}");
    say(TEXT("\"text\":\"Hi there.\",\"confidence\":0.5,\"offset\":1000000,\"duration\":10000000,"
             "\"words\":[{\"text\":\"hi\",\"offset\":1000000,\"duration\":2000000},{\"text\":"
             "\"there\",\"offset\":6000000,\"duration\":5000000}],\"languageIdentified\":\"fr-FR\","
             "\"sentimentAnalysisResult\":{\"sentiment\":\"Positive\"}"));
    say(TEXT("\"text\":\"Bye.\",\"offset\":30000000"));
    expect_log("start call-1 stream=s2 agent=/ queue= caller= language=en-US codec=0 rate=0 mask=0 "
               "roles=agent,customer told=3,alone correlation_id=corr-1\n"
               "partial 1 #1 100-230 -1.000 'hi'\n"
               "final 1 #1 100-1100 0.500 'Hi there.' fr-FR POSITIVE measured: Hi 100-300, there. "
               "600-1100\n"
               "final 1 #2 3000-3260 -1.000 'Bye.' estimated: Bye. 3000-3260\n");
    say(AUDIO_METADATA);
    say(AUDIO("2024-11-15T19:16:12.900Z", "8:acs:1", "AAABAA=="));
    ck_assert_uint_eq(recorder.starts, 2);
    ck_assert_uint_eq(recorder.medias, 1);
}
END_TEST

START_TEST(words_are_timed_in_many_ways)
{
    static const struct {
        const char *what, *members, *end;
    } rows[] = {
        {"within the phrase",
         "\"offset\":50000000,\"duration\":10000000,\"words\":[{\"text\":\"a\",\"offset\":0,"
         "\"duration\":1000000},{\"text\":\"b\",\"offset\":5000000,\"duration\":1000000}]",
         "measured: A, 5000-5100, b 5500-5600\n"},
        {"without lengths",
         "\"offset\":50000000,\"duration\":10000000,\"words\":[{\"text\":\"a\",\"offset\":"
         "50000000},{\"text\":\"b\",\"offset\":55000000}]",
         "measured: A, 5000-5500, b 5500-6000\n"},
        {"all at once, as Azure's sample has it",
         "\"offset\":2516998782481234400,\"words\":[{\"text\":\"hello\",\"offset\":"
         "2516998782481234400},{\"text\":\"you\",\"offset\":2516998782481234400}]",
         "estimated: A, 63838019351876-63838019352049, b 63838019352049-63838019352136\n"},
        {"counting down",
         "\"offset\":2516998782400000000,\"duration\":20000000,\"words\":[{\"text\":\"a\","
         "\"offset\":2516998782400000000,\"duration\":5000000},{\"text\":\"b\",\"offset\":"
         "2516998782390000000,\"duration\":10000000}]",
         "measured: A, 63838019359999-63838019360499, b 63838019360999-63838019361999\n"},
        {"backwards",
         "\"offset\":10000000,\"duration\":10000000,\"words\":[{\"text\":\"a\",\"offset\":18000000,"
         "\"duration\":1},{\"text\":\"b\",\"offset\":10000000,\"duration\":1}]",
         "estimated: A, 1000-1666, b 1666-2000\n"},
        {"far away",
         "\"offset\":10000000,\"duration\":10000000,\"words\":[{\"text\":\"a\",\"offset\":"
         "9000000000000000000,\"duration\":9000000000000000000},{\"text\":\"b\"}]",
         "estimated: A, 1000-1666, b 1666-2000\n"},
        {"longer than anybody talks", "\"offset\":10000000,\"duration\":6010000000",
         "estimated: A, 1000-1173, b 1173-1260\n"},
        {"broken ones are left out",
         "\"offset\":10000000,\"duration\":10000000,\"words\":[7,{\"text\":5},{\"text\":\"\"},"
         "{\"text\":\"b\",\"offset\":10000000,\"duration\":10000000}]",
         "measured: A, 1000-1000, b 1000-2000\n"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[1000];
        reopen("");
        say(TEXT_METADATA);
        snprintf(text, sizeof(text), TEXT("\"text\":\"A, b\",%s"), rows[i].members);
        say(text);
        size_t bytes = strlen(rows[i].end);
        ck_assert_msg(recorder.len > bytes &&
                          strcmp(recorder.log + recorder.len - bytes, rows[i].end) == 0,
                      "%s: %s", rows[i].what, recorder.log);
    }
}
END_TEST

START_TEST(everybody_has_utterances_of_their_own)
{
    say(TEXT_METADATA);
    recorder.len = 0;
    for (unsigned i = 0; i < 6; i++) {
        char text[300];
        snprintf(text, sizeof(text),
                 "{\"kind\":\"TranscriptionData\",\"transcriptionData\":{\"text\":\"x\",\"offset\":"
                 "0,\"duration\":10000,\"participantRawID\":\"8:%u\",\"resultStatus\":\"%s\"}}",
                 i % 2, i < 4 ? "Intermediate" : "Final");
        say(text);
    }
    expect_log("partial 0 #1 0-1 -1.000 'x'\npartial 0 #2 0-1 -1.000 'x'\n"
               "partial 0 #1 0-1 -1.000 'x'\npartial 0 #2 0-1 -1.000 'x'\n"
               "final 0 #1 0-1 -1.000 'x' estimated: x 0-1\n"
               "final 0 #2 0-1 -1.000 'x' estimated: x 0-1\n");
}
END_TEST

/* ---- bad input ---- */

START_TEST(broken_messages_have_their_close_codes)
{
    static const struct {
        const char *message;
        unsigned code;
    } rows[] = {
        {"", 1007},
        {"[]", 1007},
        {"{\"kind\":\"AudioData\"}", 1007},
        {"{\"kind\":\"AudioData\",\"audioData\":[]}", 1007},
        {"{\"kind\":\"AudioData\",\"dtmfData\":{}}", 1007},
        {"{\"kind\":\"AudioData\",\"audioData\":{}}", 1007},
        {"{\"kind\":\"AudioData\",\"audioData\":{\"data\":\"AAA\"}}", 0},
        {"{\"kind\":\"AudioData\",\"audioData\":{\"data\":\"AAAA\"}}", 1007},
        {"{\"kind\":\"AudioData\",\"audioData\":{\"data\":\"****\"}}", 1007},
        {AUDIO("2025-11-15T19:16:12.900Z", "4:", "AAA="), 1007},
        {TEXT("\"offset\":1"), 1007},
        {TEXT("\"text\":\"x\""), 1007},
        {TEXT("\"text\":\"x\",\"offset\":-1"), 1007},
        {TEXT("\"text\":\"x\",\"offset\":1.5"), 1007},
        {"{\"kind\":\"TranscriptionData\",\"transcriptionData\":{\"text\":\"x\",\"offset\":1}}",
         1007},
        {"{\"kind\":\"TranscriptionData\",\"transcriptionData\":{\"text\":\"x\",\"offset\":1,"
         "\"resultStatus\":\"Maybe\"}}",
         1007},
        {"{\"kind\":\"AudioMetadata\",\"audioMetadata\":{\"sampleRate\":24000}}", 1008},
        {"{\"kind\":\"AudioMetadata\",\"audioMetadata\":{\"encoding\":\"opus\"}}", 1008},
        {"{\"kind\":\"AudioMetadata\",\"audioMetadata\":{\"channels\":2}}", 1008},
        {"{\"kind\":\"AudioMetadata\",\"audioMetadata\":{\"sampleRate\":1}}", 1008},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        reopen("");
        say(AUDIO_METADATA);
        say(TEXT_METADATA);
        say(AUDIO("2024-11-15T19:16:12.900Z", "4:", "AAA="));
        int result = recorder_feed_text(&recorder, rows[i].message);
        ck_assert_msg(result == (rows[i].code ? -EPROTO : 0), "%s", rows[i].message);
        ck_assert_msg(!rows[i].code || recorder.close.code == rows[i].code, "%s: %s",
                      rows[i].message, recorder.close.reason);
        recorder_lose(&recorder);
    }
}
END_TEST

START_TEST(messages_cut_anywhere_do_no_harm)
{
    static const char *const messages[] = {
        AUDIO_METADATA, AUDIO("2024-11-15T19:16:12.900Z", "8:acs:1", "AAABAA=="), TEXT_METADATA,
        TEXT("\"text\":\"x\\u00e9\",\"offset\":1,\"words\":[{\"text\":\"x\",\"offset\":1}]")};
    for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++)
        for (size_t cut = 0; cut < strlen(messages[i]); cut++) {
            reopen("");
            say(AUDIO_METADATA);
            say(TEXT_METADATA);
            ck_assert_int_eq(recorder_feed(&recorder, messages[i], cut, false), -EPROTO);
            ck_assert_uint_eq(recorder.close.code, 1007);
            recorder_lose(&recorder);
        }
}
END_TEST

START_TEST(refusals_are_told)
{
    static const struct {
        int err;
        unsigned code;
    } rows[] = {{-EEXIST, 1008}, {-EACCES, 1008}, {-ENOTSUP, 1008}, {-EBUSY, 1013}};
    static const char *const none[ST_INGEST_HEADERS_MAX];
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        reopen("");
        recorder.start_result = rows[i].err;
        ck_assert_int_eq(recorder_feed_text(&recorder, AUDIO_METADATA), -EPROTO);
        ck_assert_uint_eq(recorder.close.code, rows[i].code);
    }
    recorder_reopen(&recorder, "acs", "", none);
    ck_assert_int_eq(recorder_feed_text(&recorder, AUDIO_METADATA), -EPROTO);
    ck_assert_uint_eq(recorder.close.code, 1008);
    recorder_reopen(&recorder, "acs", "", none);
    say(TEXT_METADATA);
    ck_assert_str_eq(recorder.call_id, "call-9");
    ck_assert_int_eq(recorder_feed(&recorder, "x", 1, true), -EPROTO);
    ck_assert_uint_eq(recorder.close.code, 1003);
    ck_assert_int_eq(recorder_feed_text(&recorder, TEXT_METADATA), 1);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("acs");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, times_of_day_are_read);
    tcase_add_test(cases, a_call_with_audio);
    tcase_add_test(cases, shapes_that_others_send);
    tcase_add_test(cases, one_of_several_is_heard);
    tcase_add_test(cases, a_call_with_a_transcript);
    tcase_add_test(cases, words_are_timed_in_many_ways);
    tcase_add_test(cases, everybody_has_utterances_of_their_own);
    tcase_add_test(cases, broken_messages_have_their_close_codes);
    tcase_add_test(cases, messages_cut_anywhere_do_no_harm);
    tcase_add_test(cases, refusals_are_told);
    return run_case("ingest/acs", cases);
}
