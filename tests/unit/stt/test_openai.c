#include "engine_rig.h"
#include "engines.h"

#include "sidetone/base64.h"

#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define KIND "conversation.item.input_audio_transcription."
#define UPDATE                                                                                     \
    "{\"type\":\"session.update\",\"session\":{\"type\":\"transcription\",\"audio\":{\"input\":{"  \
    "\"format\":{\"type\":\"audio/pcmu\"},\"transcription\":{\"model\":\"gpt-4o-transcribe\","     \
    "\"language\":\"en\"},\"turn_detection\":{\"type\":\"server_vad\",\"threshold\":0.50,"         \
    "\"prefix_padding_ms\":300,\"silence_duration_ms\":500}}}}}\n"

static void setup(void)
{
    rig_reset(&st_openai_ops, "wss://host");
    ck_assert_int_eq(rig_open(), 0);
}

static void teardown(void)
{
    rig_close();
}

static int answer(const char *type, const char *item, const char *members)
{
    char message[1024];
    snprintf(message, sizeof(message), "{\"type\":\"%s\",\"item_id\":\"%s\"%s}", type, item,
             members);
    return rig_answer(message);
}

static void started(const char *item, int at_ms)
{
    char members[64];
    snprintf(members, sizeof(members), ",\"audio_start_ms\":%d", at_ms);
    ck_assert_int_eq(answer("input_audio_buffer.speech_started", item, members), 0);
}

static void stopped(const char *item, int at_ms)
{
    char members[64];
    snprintf(members, sizeof(members), ",\"audio_end_ms\":%d", at_ms);
    ck_assert_int_eq(answer("input_audio_buffer.speech_stopped", item, members), 0);
}

static void committed(const char *item, const char *previous)
{
    char members[64];
    snprintf(members, sizeof(members), ",\"previous_item_id\":\"%s\"", previous);
    ck_assert_int_eq(answer("input_audio_buffer.committed", item, members), 0);
}

static void delta(const char *item, const char *text)
{
    char members[128];
    snprintf(members, sizeof(members), ",\"delta\":\"%s\"", text);
    ck_assert_int_eq(answer(KIND "delta", item, members), 0);
}

static void completed(const char *item, const char *text)
{
    char members[128];
    snprintf(members, sizeof(members), ",\"transcript\":\"%s\"", text);
    ck_assert_int_eq(answer(KIND "completed", item, members), 0);
}

static void utterance(const char *item, int start_ms, int end_ms, const char *previous)
{
    started(item, start_ms);
    stopped(item, end_ms);
    committed(item, previous);
}

START_TEST(an_utterance_becomes_a_segment_without_its_padding)
{
    rig_expect_sent(UPDATE);
    rig_put(60);
    utterance("a", 700, 3500, "");
    delta("a", "One ");
    delta("a", "two");
    completed("a", "One two.");
    rig_expect("p1@1000-3000:One  p1@1000-3000:One two F1@1000-3000:One two./2 ");
    ck_assert_int_eq(rig_settled_us[0], 3000000);
    completed("a", "One two.");
    rig_expect("");
}
END_TEST

START_TEST(finals_are_told_in_the_order_of_speech)
{
    rig_put(150);
    utterance("a", 700, 2500, "");
    utterance("b", 3700, 5500, "a");
    utterance("c", 6700, 8500, "b");
    completed("c", "three");
    delta("b", "t");
    completed("a", "");
    rig_expect("p1@4000-5000:t "); /* of a came nothing: b is first now */
    completed("b", "two");
    rig_expect("F1@4000-5000:two/1 F2@7000-8000:three/1 ");
}
END_TEST

START_TEST(a_partial_that_came_to_nothing_is_withdrawn)
{
    rig_put(60);
    utterance("a", 700, 2500, "");
    delta("a", "uh");
    completed("a", "");
    rig_expect("p1@1000-2000:uh F1@1000-2000:/0 ");
}
END_TEST

START_TEST(the_end_waits_for_what_is_being_said)
{
    rig_put(60);
    rig_answer("{\"type\":\"session.updated\"}");
    rig_sent[0] = '\0';
    st_openai_ops.finish(rig_stream);
    rig_expect_sent(UPDATE);
    started("a", 700);
    rig_answer("{\"type\":\"session.updated\"}");
    rig_expect_sent("{\"type\":\"input_audio_buffer.commit\"}\n");
    committed("a", "");
    rig_expect("");
    completed("a", "bye");
    rig_expect("F1@1000-6000:bye/1 done ");
}
END_TEST

START_TEST(silence_is_not_transcribed_at_the_end)
{
    rig_put(60);
    rig_answer("{\"type\":\"session.updated\"}");
    rig_sent[0] = '\0';
    st_openai_ops.finish(rig_stream);
    rig_expect_sent(UPDATE);
    rig_answer("{\"type\":\"session.updated\"}");
    rig_expect_sent("");
    rig_expect("done ");
}
END_TEST

START_TEST(a_commit_that_came_too_late_is_no_error)
{
    rig_put(60);
    rig_answer("{\"type\":\"session.updated\"}");
    started("a", 700);
    st_openai_ops.finish(rig_stream);
    rig_answer("{\"type\":\"session.updated\"}");
    stopped("a", 2500);
    committed("a", "");
    completed("a", "bye");
    rig_expect("F1@1000-2000:bye/1 done ");
    rig_answer("{\"type\":\"error\",\"error\":{\"code\":\"input_audio_buffer_commit_empty\"}}");
}
END_TEST

START_TEST(telephone_audio_goes_as_it_is)
{
    uint8_t bytes[1200];
    rig_sent[0] = '\0';
    ck_assert_int_eq(rig_put(1), 0);
    const char *audio = strstr(rig_sent, "\"audio\":\"") + 9;
    ck_assert_uint_eq(strlen(audio), 1068 + 3);
    ck_assert_int_eq(st_base64_decode(audio, 1068, bytes), 800);
    ck_assert_uint_eq(bytes[0], 0xff); /* silence in mu-law */
    ck_assert_uint_eq(rig_binary, 0);
}
END_TEST

START_TEST(wide_band_audio_goes_at_24_khz)
{
    rig_config.rate_hz = 16000;
    rig_reopen();
    ck_assert_ptr_nonnull(strstr(rig_sent, "{\"type\":\"audio/pcm\",\"rate\":24000}"));
    rig_sent[0] = '\0';
    rig_put(1);
    ck_assert_uint_eq(strlen(strstr(rig_sent, "\"audio\":\"") + 9), 6400 + 3);
}
END_TEST

START_TEST(older_names_are_spoken_when_asked_for)
{
    rig_sent[0] = '\0';
    rig_remote.parameters = (char *[]){"beta=true", "format=pcm", "noise_reduction=far_field"};
    rig_remote.parameter_count = 3;
    rig_reopen();
    rig_expect_sent("{\"type\":\"transcription_session.update\",\"session\":{"
                    "\"input_audio_format\":\"pcm16\",\"input_audio_transcription\":{"
                    "\"model\":\"gpt-4o-transcribe\",\"language\":\"en\"},"
                    "\"input_audio_noise_reduction\":{\"type\":\"far_field\"},"
                    "\"turn_detection\":{\"type\":\"server_vad\",\"threshold\":0.50,"
                    "\"prefix_padding_ms\":300,\"silence_duration_ms\":500}}}\n");
    ck_assert_str_eq(rig_target()->url, "wss://host/v1/realtime?intent=transcription");
    ck_assert_str_eq(rig_target()->headers[0], "Authorization: Bearer the-key");
    ck_assert_str_eq(rig_target()->headers[1], "OpenAI-Beta: realtime=v1");
    ck_assert_ptr_null(rig_target()->headers[2]);
}
END_TEST

START_TEST(hints_go_as_a_prompt_or_as_keywords)
{
    static const char *const hints[] = {"Sidetone", "caf\xc3\xa9"};
    rig_remote.parameters = (char *[]){"prompt=Bills."};
    rig_remote.parameter_count = 1;
    rig_config.hints = hints;
    rig_config.hint_count = 2;
    rig_reopen();
    ck_assert_ptr_nonnull(strstr(rig_sent, "\"prompt\":\"Bills. Sidetone, caf\xc3\xa9\"}"));
    rig_sent[0] = '\0';
    rig_remote.model = "gpt-transcribe";
    rig_reopen();
    ck_assert_ptr_nonnull(
        strstr(rig_sent, "\"prompt\":\"Bills.\",\"keywords\":[\"Sidetone\",\"caf\xc3\xa9\"]}"));
}
END_TEST

START_TEST(an_utterance_left_without_its_text_is_a_stall)
{
    rig_put(60);
    utterance("a", 700, 2500, "");
    rig_put(199);
    rig_expect("");
    rig_put(1);
    rig_expect("failed:stalled:the server leaves an utterance without its text ");
}
END_TEST

START_TEST(what_makes_no_sense_breaks_the_protocol)
{
    char item[8];
    rig_put(100);
    utterance("a", 3700, 5500, "");
    completed("a", "one");
    ck_assert_int_eq(answer("input_audio_buffer.speech_started", "b", ",\"audio_start_ms\":1000"),
                     -EPROTO);
    ck_assert_int_eq(rig_answer("no json"), -EPROTO);
    ck_assert_int_eq(st_openai_ops.receive(rig_stream, "{}", 2, true), -EPROTO);
    for (int i = 0; i < 8; i++) {
        snprintf(item, sizeof(item), "%d", i);
        ck_assert_int_eq(answer("input_audio_buffer.committed", item, ""), 0);
    }
    ck_assert_int_eq(answer("input_audio_buffer.committed", "more", ""), -EPROTO);
}
END_TEST

static const struct {
    const char *error;
    const char *said;
} errors[] = {
    {"\"code\":\"session_expired\"",
     "failed:expired:the server reports an error: session_expired "},
    {"\"code\":\"invalid_api_key\"",
     "failed:refused:the server reports an error: invalid_api_key "},
    {"\"code\":\"rate_limit_exceeded\"",
     "failed:throttled:the server reports an error: rate_limit_exceeded "},
    {"\"type\":\"invalid_request_error\",\"code\":null",
     "failed:unsuited:the server reports an error: invalid_request_error "},
    {"\"type\":\"server_error\"", "failed:server:the server reports an error: server_error "},
    {"\"message\":\"what was said\"", "failed:server:the server reports an error "},
};

START_TEST(errors_are_judged_by_their_codes)
{
    char message[256];
    snprintf(message, sizeof(message), "{\"type\":\"error\",\"error\":{%s}}", errors[_i].error);
    ck_assert_int_eq(rig_answer(message), 0);
    rig_expect(errors[_i].said);
}
END_TEST

START_TEST(an_utterance_that_failed_is_heard_again)
{
    rig_put(60);
    utterance("a", 700, 2500, "");
    ck_assert_int_eq(answer(KIND "failed", "a", ",\"error\":{\"code\":\"audio_unintelligible\"}"),
                     0);
    rig_expect(
        "failed:server:the server reports that it could not transcribe: audio_unintelligible ");
}
END_TEST

START_TEST(parameters_are_checked)
{
    rig_close();
    rig_remote.parameters = (char *[]){"threshold=2"};
    rig_remote.parameter_count = 1;
    ck_assert_int_eq(rig_load(), -EINVAL);
    ck_assert_str_eq(rig_why, "parameter 'threshold' of engine 'ear' is a number from 0 to 1");
    rig_remote.parameters = (char *[]){"format=mp3"};
    ck_assert_int_eq(rig_load(), -EINVAL);
    rig_remote.parameter_count = 0;
    rig_remote.model = "gpt-realtime-whisper";
    ck_assert_int_eq(rig_load(), -EINVAL);
    rig_remote.model = rig_remote.key = "";
    rig_remote.url = "ws://own:8000/v1/x";
    ck_assert_int_eq(rig_load(), 0); /* a server of one's own wants no key */
}
END_TEST

static const struct rig_end ends[] = {
    {401, 0, "", ST_TROUBLE_REFUSED},   {404, 0, "", ST_TROUBLE_UNSUITED},
    {429, 0, "", ST_TROUBLE_THROTTLED}, {500, 0, "", ST_TROUBLE_SERVER},
    {0, 1011, "", ST_TROUBLE_SERVER},   {0, 1000, "", ST_TROUBLE_LOST},
};

START_TEST(ends_mean_what_the_server_says)
{
    rig_check_end(&ends[_i]);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, an_utterance_becomes_a_segment_without_its_padding);
    tcase_add_test(tcase, finals_are_told_in_the_order_of_speech);
    tcase_add_test(tcase, a_partial_that_came_to_nothing_is_withdrawn);
    tcase_add_test(tcase, the_end_waits_for_what_is_being_said);
    tcase_add_test(tcase, silence_is_not_transcribed_at_the_end);
    tcase_add_test(tcase, a_commit_that_came_too_late_is_no_error);
    tcase_add_test(tcase, telephone_audio_goes_as_it_is);
    tcase_add_test(tcase, wide_band_audio_goes_at_24_khz);
    tcase_add_test(tcase, older_names_are_spoken_when_asked_for);
    tcase_add_test(tcase, hints_go_as_a_prompt_or_as_keywords);
    tcase_add_test(tcase, an_utterance_left_without_its_text_is_a_stall);
    tcase_add_test(tcase, what_makes_no_sense_breaks_the_protocol);
    tcase_add_loop_test(tcase, errors_are_judged_by_their_codes, 0,
                        sizeof(errors) / sizeof(errors[0]));
    tcase_add_test(tcase, an_utterance_that_failed_is_heard_again);
    tcase_add_test(tcase, parameters_are_checked);
    tcase_add_loop_test(tcase, ends_mean_what_the_server_says, 0, sizeof(ends) / sizeof(ends[0]));
    return run_case("openai", tcase);
}
