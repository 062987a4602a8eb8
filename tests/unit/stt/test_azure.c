#include "azure_frame.h"
#include "engine_rig.h"
#include "engines.h"
#include "fake_loop.h"

#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct st_loop *loop;

static void setup(void)
{
    ck_assert_int_eq(st_loop_create(&loop, 0, 0), 0);
    rig_reset(&st_azure_ops, "wss://me:secret@host:1/?x=1");
    ck_assert_int_eq(rig_open(), 0);
}

static void teardown(void)
{
    rig_close();
    st_loop_destroy(loop);
}

/* The id of the newest turn. */
static const char *request_id(void)
{
    static char id[33];
    const char *found = NULL;
    for (const char *at = rig_sent; (at = strstr(at, "X-RequestId: ")) != NULL;)
        found = at += 13;
    if (found)
        snprintf(id, sizeof(id), "%.32s", found);
    return id;
}

static int answer_in(const char *id, const char *path, const char *body)
{
    char message[8192];
    snprintf(message, sizeof(message),
             "X-RequestId:%s\r\nContent-Type:application/json\r\nPath:%s\r\n\r\n%s", id, path,
             body);
    return rig_answer(message);
}

static int answer(const char *path, const char *body)
{
    return answer_in(request_id(), path, body);
}

/* Times in milliseconds of the turn. */
static int hypothesis(int start, int end, const char *text)
{
    char body[512];
    snprintf(body, sizeof(body), "{\"Text\":\"%s\",\"Offset\":%d,\"Duration\":%d}", text,
             start * 10000, (end - start) * 10000);
    return answer("speech.hypothesis", body);
}

static int phrase(int start, int end, const char *text)
{
    char body[1024];
    snprintf(body, sizeof(body),
             "{\"RecognitionStatus\":\"Success\",\"Offset\":%d,\"Duration\":%d,\"NBest\":[{"
             "\"Confidence\":0.5,\"Display\":\"%s\",\"Words\":[{\"Word\":\"x\",\"Offset\":%d,"
             "\"Duration\":%d}]},{\"Display\":\"other\"}],\"DisplayText\":\"not this\"}",
             start * 10000, (end - start) * 10000, text, start * 10000, (end - start) * 10000);
    return answer("speech.phrase", body);
}

/* ---- before a connection ---- */

START_TEST(where_it_connects)
{
    ck_assert_str_eq(rig_target()->url, "wss://me:secret@host:1/?x=1&language=en-US&"
                                        "format=detailed&wordLevelTimestamps=true");
    ck_assert_str_eq(rig_target()->headers[0], "Ocp-Apim-Subscription-Key: the-key");
    ck_assert_uint_eq(strlen(rig_target()->headers[1]), strlen("X-ConnectionId: ") + 32);
    ck_assert_ptr_null(rig_target()->headers[2]);
    char shown[200];
    st_azure_ops.describe(rig_engine, shown, sizeof(shown));
    ck_assert_str_eq(shown, "Azure Speech at wss://host:1");
}
END_TEST

START_TEST(a_region_says_where)
{
    static const struct {
        char region[32];
        const char *url; /* NULL: refused */
    } rows[] = {
        {"westeurope", "wss://westeurope.stt.speech.microsoft.com/speech/"},
        {"chinaeast2", "wss://chinaeast2.stt.speech.azure.cn/speech/"},
        {"usgovvirginia", "wss://usgovvirginia.stt.speech.azure.us/speech/"},
        {"West Europe", NULL},
        {"evil.example/", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char region[40];
        rig_close();
        rig_reset(&st_azure_ops, "");
        memcpy(region, rows[i].region, sizeof(rows[i].region));
        rig_remote.region = region;
        if (!rows[i].url) {
            ck_assert_int_lt(rig_load(), 0);
            ck_assert_ptr_nonnull(strstr(rig_why, "region"));
            continue;
        }
        ck_assert_int_eq(rig_open(), 0);
        ck_assert_int_eq(strncmp(rig_target()->url, rows[i].url, strlen(rows[i].url)), 0);
    }
}
END_TEST

static const struct {
    const char *parameter;
    int result;
} lists[] = {
    {"languages=en-US,es-ES", 0},
    {"languages=a,b,c,d,e,f,g,h,i,j", 0},
    {"languages=a,b,c,d,e,f,g,h,i,j,k", -EINVAL},
    {"languages=en-US", -EINVAL},
    {"languages=en-US,,es-ES", -EINVAL},
    {"languages=,en-US", -EINVAL},
    {"languages=en-US,", -EINVAL},
    {"languages=en US,es-ES,it-IT", -EINVAL},
};

START_TEST(languages_to_choose_from_are_a_list)
{
    char text[64], spanish[] = "language=es-ES", *parameters[] = {text, spanish};
    rig_close();
    rig_reset(&st_azure_ops, "ws://host");
    snprintf(text, sizeof(text), "%s", lists[_i].parameter);
    rig_remote.parameters = parameters;
    rig_remote.parameter_count = 1;
    ck_assert_int_eq(rig_load(), lists[_i].result);
    rig_close();
    rig_remote.parameter_count = 2;
    ck_assert_int_eq(rig_load(), -EINVAL);
    ck_assert_ptr_nonnull(strstr(rig_why, "'languages' of engine 'ear'"));
}
END_TEST

START_TEST(it_finds_out_which_language_is_spoken)
{
    rig_remote.url = "ws://host";
    rig_remote.parameters = (char *[]){"languages=en-US,es-ES"};
    rig_remote.parameter_count = 1;
    rig_reopen();
    ck_assert_str_eq(rig_target()->url,
                     "ws://host/stt/speech/universal/v2?language=en-US&lidEnabled=true&"
                     "format=detailed&wordLevelTimestamps=true");
    ck_assert_ptr_nonnull(strstr(
        rig_sent,
        "{\"languageId\":{\"languages\":[\"en-US\",\"es-ES\"],\"mode\":\"DetectContinuous\","
        "\"onSuccess\":{\"action\":\"Recognize\"},\"onUnknown\":{\"action\":\"None\"},"
        "\"priority\":\"PrioritizeLatency\"},\"phraseDetection\":{\"mode\":\"Conversation\"},"
        "\"phraseOutput\":{\"interimResults\":{\"resultType\":\"Auto\"},\"phraseResults\":{"
        "\"resultType\":\"Always\"},\"format\":\"Detailed\","));
}
END_TEST

START_TEST(options_are_checked)
{
    rig_remote.url = "ws://host";
    rig_remote.parameters = (char *[]){"auth=token", "profanity=raw", "language=es-ES"};
    rig_remote.parameter_count = 3;
    rig_reopen();
    ck_assert_str_eq(rig_target()->headers[0], "Authorization: Bearer the-key");
    ck_assert_str_eq(rig_target()->url,
                     "ws://host/speech/recognition/conversation/cognitiveservices/v1?"
                     "language=es-ES&format=detailed&wordLevelTimestamps=true&profanity=raw");
    rig_remote.model = "guid";
    rig_reopen();
    ck_assert_ptr_nonnull(strstr(rig_target()->url, "?cid=guid&format"));
    rig_close();
    rig_remote.parameters[0] = "auth=both";
    ck_assert_int_eq(rig_load(), -EINVAL);
    ck_assert_str_eq(rig_why, "parameter 'auth' of engine 'ear' is key or token");
    rig_remote.parameters[0] = "profanty=raw";
    ck_assert_int_eq(rig_load(), -EINVAL);
    ck_assert_ptr_nonnull(strstr(rig_why, "did you mean 'profanity'?"));
}
END_TEST

static const struct rig_end ends[] = {
    {403, 0, "", ST_TROUBLE_REFUSED},
    {404, 0, "", ST_TROUBLE_UNSUITED},
    {429, 0, "", ST_TROUBLE_THROTTLED},
    {503, 0, "", ST_TROUBLE_SERVER},
    {0, 1007, "Quota exceeded", ST_TROUBLE_THROTTLED},
    {0, 1007, "Authentication error", ST_TROUBLE_REFUSED},
    {0, 1007, "bad", ST_TROUBLE_UNSUITED},
    {0, 1000, "", ST_TROUBLE_EXPIRED},
    {0, 1011, "", ST_TROUBLE_SERVER},
    {0, 4000, "", ST_TROUBLE_UNSUITED},
    {0, 1006, "", ST_TROUBLE_LOST},
    {401, 0, "", ST_TROUBLE_REFUSED},
};

START_TEST(ends_say_what_to_do)
{
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        rig_check_end(&ends[i]);
    ck_assert_ptr_nonnull(strstr(rig_what, "check 'key'"));
}
END_TEST

/* ---- audio ---- */

START_TEST(a_turn_begins_with_what_it_needs)
{
    static const char *const hints[] = {"Sidetone", "Ann \"O\" Neil"};
    rig_close();
    rig_sent[0] = '\0';
    rig_binary = 0;
    rig_config.hints = hints;
    rig_config.hint_count = 2;
    ck_assert_int_eq(rig_open(), 0);
    ck_assert_ptr_nonnull(strstr(rig_sent, "Path: speech.config\r\n"));
    ck_assert_ptr_nonnull(strstr(
        rig_sent, "{\"phraseDetection\":{\"mode\":\"Conversation\",\"language\":\"en-US\"},"
                  "\"phraseOutput\":{\"format\":\"Detailed\",\"detailed\":{\"options\":["
                  "\"WordTimings\"]}},\"dgi\":{\"groups\":[{\"type\":\"Generic\",\"items\":[{"
                  "\"text\":\"Sidetone\"},{\"text\":\"Ann \\\"O\\\" Neil\"}]}],\"bias\":1}}"));
    ck_assert_uint_eq(rig_binary, 1); /* the WAV header */
    rig_put(1);
    ck_assert_uint_eq(rig_binary, 2);
    ck_assert_int_eq(rig_put_samples(0), 0);
    ck_assert_uint_eq(rig_binary, 2);
    st_azure_ops.finish(rig_stream);
    ck_assert_uint_eq(rig_binary, 3);
    answer("turn.end", "{}");
    rig_expect("done ");
}
END_TEST

START_TEST(five_seconds_at_once_then_twice_the_speed)
{
    ck_assert_int_eq(rig_put(50), 0);
    ck_assert_int_eq(rig_put(1), -EAGAIN);
    fake_loop_advance(loop, 49000);
    ck_assert_int_eq(rig_put(1), -EAGAIN);
    fake_loop_advance(loop, 1000);
    ck_assert_int_eq(rig_put(1), 0);
    ck_assert_int_eq(rig_put(1), -EAGAIN);
    fake_loop_advance(loop, 1000000);
    ck_assert_int_eq(rig_put(20), 0);
    ck_assert_int_eq(rig_put(1), -EAGAIN);
}
END_TEST

/* ---- results ---- */

START_TEST(partials_and_finals)
{
    rig_put(40);
    answer("turn.start", "{\"context\":{\"serviceTag\":\"x\"}}");
    answer("speech.startDetected", "{\"Offset\":0}");
    hypothesis(500, 1000, "one");
    hypothesis(500, 1500, "one two");
    phrase(500, 1600, "One.");
    answer("speech.endDetected", "{\"Offset\":0}");
    hypothesis(2000, 2500, "three");
    phrase(2000, 3000, "Three.");
    rig_expect("p1@500-1000:one p1@500-1500:one two F1@500-1600:One./1 p2@2000-2500:three "
               "F2@2000-3000:Three./1 ");
    ck_assert_int_eq(rig_settled_us[0], 3000000);
}
END_TEST

START_TEST(nothing_was_said)
{
    rig_put(50);
    hypothesis(500, 1000, "hm");
    ck_assert_int_eq(answer("speech.phrase",
                            "{\"RecognitionStatus\":\"NoMatch\",\"Offset\":5000000,"
                            "\"Duration\":10000000}"),
                     0);
    rig_expect("p1@500-1000:hm F1@500-500:/0 ");
    ck_assert_int_eq(rig_settled_us[0], 1500000);
    answer("speech.phrase", "{\"RecognitionStatus\":\"InitialSilenceTimeout\",\"Offset\":40000000,"
                            "\"Duration\":0,\"NBest\":[]}");
    ck_assert_int_eq(rig_settled_us[0], 4000000);
    answer("speech.phrase", "{\"RecognitionStatus\":\"EndOfDictation\"}");
    answer("speech.phrase", "{\"RecognitionStatus\":\"OfTheFuture\"}");
    rig_expect("");
}
END_TEST

START_TEST(statuses_end_the_stream)
{
    answer("speech.phrase", "{\"RecognitionStatus\":\"TooManyRequests\"}");
    rig_expect("failed:throttled:Azure reports too many requests: raise the resource's limit, or "
               "set 'streams' below it ");
    answer("speech.phrase", "{\"RecognitionStatus\":\"Forbidden\"}");
    rig_expect("failed:refused:Azure reports that this is forbidden: its quota is used up, or the "
               "key has no right to it ");
    answer("speech.phrase", "{\"RecognitionStatus\":\"Error\"}");
    rig_expect("failed:server:Azure reports a failure of its own ");
    answer("speech.phrase", "{\"RecognitionStatus\":\"BadRequest\"}");
    rig_expect("failed:unsuited:Azure reports a bad request: check the call's language and the "
               "engine's parameters ");
}
END_TEST

START_TEST(order_is_kept)
{
    rig_put(50);
    hypothesis(500, 1000, "one");
    hypothesis(2000, 2500, "two");
    phrase(2000, 3000, "Two.");
    phrase(2000, 3000, "Two.");
    rig_expect("p1@500-1000:one ");
    phrase(500, 1500, "One.");
    phrase(500, 1500, "One.");
    rig_expect("F1@500-1500:One./1 F2@2000-3000:Two./1 ");
}
END_TEST

START_TEST(a_phrase_that_never_comes_does_not_hold_up_the_others)
{
    rig_put(50);
    hypothesis(500, 1000, "one");
    hypothesis(2000, 2500, "two");
    phrase(2000, 3000, "Two.");
    hypothesis(3500, 3800, "three");
    phrase(3500, 4000, "Three.");
    rig_expect("p1@500-1000:one F1@2000-3000:Two./1 F2@3500-4000:Three./1 ");
}
END_TEST

START_TEST(times_that_run_back_are_a_broken_protocol)
{
    rig_put(50);
    phrase(3000, 4000, "Late.");
    ck_assert_int_eq(phrase(500, 1000, "Early."), -EPROTO);
    rig_expect("F1@3000-4000:Late./1 ");
}
END_TEST

/* ---- turns ---- */

START_TEST(what_was_not_covered_goes_again_in_the_next_turn)
{
    char before[33];
    rig_put(40);
    phrase(500, 1600, "One.");
    snprintf(before, sizeof(before), "%s", request_id());
    rig_sent[0] = '\0';
    rig_binary = 0;
    answer("turn.end", "{}");
    ck_assert_ptr_null(strstr(rig_sent, "speech.config"));
    ck_assert_ptr_nonnull(strstr(rig_sent, "speech.context"));
    ck_assert_str_ne(before, request_id());
    ck_assert_uint_eq(rig_binary, 1);
    rig_put(1);
    /* 2.4 s again, of which 1 s may go at once, and nothing else before it. */
    ck_assert_uint_eq(rig_binary, 1 + 10);
    fake_loop_advance(loop, 10000000);
    rig_put(1);
    ck_assert_uint_eq(rig_binary, 1 + 24 + 1);
    answer_in(before, "speech.phrase", "{\"RecognitionStatus\":\"Error\"}");
    ck_assert_int_eq(answer_in(before, "speech.hypothesis",
                               "{\"Text\":\"late\",\"Offset\":900000000,\"Duration\":1}"),
                     0);
    hypothesis(400, 800, "two");
    phrase(400, 1400, "Two.");
    rig_expect("F1@500-1600:One./1 p2@2000-2400:two F2@2000-3000:Two./1 ");
}
END_TEST

START_TEST(audio_that_goes_again_is_the_same)
{
    rig_put(10);
    phrase(0, 550, "One.");
    answer("turn.end", "{}");
    st_azure_ops.finish(rig_stream);
    rig_expect("F1@0-550:One./1 ");
    answer("turn.end", "{}");
    rig_expect("done ");
}
END_TEST

START_TEST(words_without_a_phrase_at_the_end_are_not_the_end)
{
    rig_put(30);
    phrase(500, 1600, "One.");
    hypothesis(1700, 2000, "two");
    st_azure_ops.finish(rig_stream);
    answer("turn.end", "{}");
    rig_expect(
        "F1@500-1600:One./1 p2@1700-2000:two F2@1700-1700:/0 failed:expired:Azure ended its turn ");
}
END_TEST

START_TEST(a_turn_that_leaves_too_much_ends_the_stream)
{
    rig_put(41);
    answer("turn.end", "{}");
    rig_expect("failed:expired:Azure ended its turn ");
}
END_TEST

/* ---- bad input ---- */

START_TEST(frames_are_checked)
{
    static const struct {
        const char *message;
        size_t bytes;
        bool is_binary;
        int result;
        const char *path, *body;
    } rows[] = {
#define TEXT(text) text, sizeof(text) - 1, false
#define BINARY(text) text, sizeof(text) - 1, true
        {TEXT("Path: A.b\r\n\r\n{}"), 0, "a.b", "{}"},
        {TEXT("path:x\r\nother: 7\r\n\r\n"), 0, "x", ""},
        {TEXT("Path:x"), 0, "x", ""},
        {TEXT("Path:x\n\nbody"), 0, "x", "body"},
        {BINARY("\0\006Path:xbody"), 0, "x", "body"},
        {BINARY("\0\010Path:x\r\nbody"), 0, "x", "body"},
        {TEXT(""), -EPROTO, NULL, NULL},
        {TEXT("\r\n\r\n{}"), -EPROTO, NULL, NULL},
        {TEXT("nonsense"), -EPROTO, NULL, NULL},
        {TEXT(": x\r\n\r\n"), -EPROTO, NULL, NULL},
        {TEXT("Path:\r\n\r\n"), -EPROTO, NULL, NULL},
        {TEXT("X-RequestId: 7\r\n\r\n"), -EPROTO, NULL, NULL},
        {BINARY(""), -EPROTO, NULL, NULL},
        {BINARY("\0"), -EPROTO, NULL, NULL},
        {BINARY("\0\007Path:x"), -EPROTO, NULL, NULL},
        {BINARY("\377\377Path:x"), -EPROTO, NULL, NULL},
#undef TEXT
#undef BINARY
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct st_azure_frame frame;
        int result = st_azure_frame_read(&frame, rows[i].message, rows[i].bytes, rows[i].is_binary);
        ck_assert_msg(result == rows[i].result, "row %zu", i);
        if (result < 0)
            continue;
        ck_assert_str_eq(frame.path, rows[i].path);
        ck_assert_uint_eq(frame.body_bytes, strlen(rows[i].body));
        ck_assert_int_eq(memcmp(frame.body, rows[i].body, frame.body_bytes), 0);
    }
}
END_TEST

START_TEST(what_is_written_can_be_read)
{
    struct st_azure_frame_out out = {.path = "audio",
                                     .request_id = "0123456789ABCDEF0123456789ABCDEF",
                                     .unix_ms = 1767225600123};
    struct st_azure_frame frame;
    struct st_json_writer writer;
    st_json_init(&writer);
    st_azure_frame_binary(&writer, &out, "\0\1", 2);
    ck_assert_int_eq(st_azure_frame_read(&frame, writer.data, writer.len, true), 0);
    ck_assert_str_eq(frame.path, "audio");
    ck_assert_str_eq(frame.request_id, out.request_id);
    ck_assert_uint_eq(frame.body_bytes, 2);
    st_json_reset(&writer);
    out.type = "application/json";
    st_azure_frame_text(&writer, &out, "{}", 2);
    static const char text[] = "Path: audio\r\nX-RequestId: 0123456789ABCDEF0123456789ABCDEF\r\n"
                               "X-Timestamp: 2026-01-01T00:00:00.123Z\r\nContent-Type: "
                               "application/json\r\n\r\n{}";
    ck_assert_uint_eq(writer.len, sizeof(text) - 1);
    ck_assert_int_eq(memcmp(writer.data, text, writer.len), 0);
    st_json_fini(&writer);
}
END_TEST

START_TEST(bad_results_break_the_protocol)
{
    static const struct {
        const char *path, *body;
    } rows[] = {
        {"speech.phrase", ""},
        {"speech.phrase", "[]"},
        {"speech.phrase", "{\"RecognitionStatus\":7}"},
        {"speech.phrase", "{\"RecognitionStatus\":\"Success\",\"DisplayText\":\"x\"}"},
        {"speech.phrase", "{\"RecognitionStatus\":\"Success\",\"DisplayText\":\"x\",\"Offset\":-1,"
                          "\"Duration\":1}"},
        {"speech.phrase", "{\"RecognitionStatus\":\"Success\",\"DisplayText\":\"x\",\"Offset\":0,"
                          "\"Duration\":70000000}"},
        {"speech.phrase",
         "{\"RecognitionStatus\":\"Success\",\"Offset\":0,\"Duration\":1,\"NBest\":"
         "[{\"Words\":[{\"Offset\":0,\"Duration\":1}]}]}"},
        {"speech.hypothesis", "{\"Text\":\"x\",\"Offset\":\"y\",\"Duration\":1}"},
        {"speech.hypothesis", "{\"Text\":\"x\",\"Offset\":9223372036854775807,\"Duration\":1}"},
        {"speech.hypothesis", "{\"Text\":\"\xff\",\"Offset\":0,\"Duration\":1}"},
    };
    rig_put(50);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ck_assert_msg(answer(rows[i].path, rows[i].body) == -EPROTO, "%s", rows[i].body);
    rig_expect("");
}
END_TEST

START_TEST(bad_word_times_cost_the_words_alone)
{
    rig_put(50);
    ck_assert_int_eq(
        answer("speech.phrase",
               "{\"RecognitionStatus\":\"Success\",\"Offset\":0,\"Duration\":10000000,\"NBest\":[{"
               "\"Display\":\"a b\",\"Words\":[{\"Word\":\"a\",\"Offset\":5000000,\"Duration\":1},{"
               "\"Word\":\"b\",\"Offset\":0,\"Duration\":1}]}]}"),
        0);
    ck_assert_int_eq(
        answer(
            "speech.phrase",
            "{\"RecognitionStatus\":\"Success\",\"Offset\":10000000,\"Duration\":10000000,"
            "\"DisplayText\":\"simple\",\"PrimaryLanguage\":{\"Language\":\"de-DE\",\"Confidence\":"
            "\"High\"},\"NBest\":null}"),
        0);
    rig_expect("F1@0-1000:a b/0 F2@1000-2000:simple/0(de-DE) ");
}
END_TEST

START_TEST(messages_cut_anywhere_do_no_harm)
{
    char message[512];
    rig_put(50);
    snprintf(message, sizeof(message),
             "X-RequestId:%s\r\nPath:speech.phrase\r\n\r\n{\"RecognitionStatus\":\"Success\","
             "\"Offset\":0,"
             "\"Duration\":10000000,\"NBest\":[{\"Display\":\"a\",\"Words\":[{\"Word\":\"a\"}]}]}",
             request_id());
    for (size_t cut = 0; cut < strlen(message); cut++)
        st_azure_ops.receive(rig_stream, message, cut, cut % 2);
    rig_expect("");
    ck_assert_int_eq(rig_answer(message), 0);
    rig_expect("F1@0-1000:a/0 ");
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("azure");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, where_it_connects);
    tcase_add_test(cases, a_region_says_where);
    tcase_add_loop_test(cases, languages_to_choose_from_are_a_list, 0,
                        sizeof(lists) / sizeof(lists[0]));
    tcase_add_test(cases, it_finds_out_which_language_is_spoken);
    tcase_add_test(cases, options_are_checked);
    tcase_add_test(cases, ends_say_what_to_do);
    tcase_add_test(cases, a_turn_begins_with_what_it_needs);
    tcase_add_test(cases, five_seconds_at_once_then_twice_the_speed);
    tcase_add_test(cases, partials_and_finals);
    tcase_add_test(cases, nothing_was_said);
    tcase_add_test(cases, statuses_end_the_stream);
    tcase_add_test(cases, order_is_kept);
    tcase_add_test(cases, a_phrase_that_never_comes_does_not_hold_up_the_others);
    tcase_add_test(cases, times_that_run_back_are_a_broken_protocol);
    tcase_add_test(cases, what_was_not_covered_goes_again_in_the_next_turn);
    tcase_add_test(cases, audio_that_goes_again_is_the_same);
    tcase_add_test(cases, words_without_a_phrase_at_the_end_are_not_the_end);
    tcase_add_test(cases, a_turn_that_leaves_too_much_ends_the_stream);
    tcase_add_test(cases, frames_are_checked);
    tcase_add_test(cases, what_is_written_can_be_read);
    tcase_add_test(cases, bad_results_break_the_protocol);
    tcase_add_test(cases, bad_word_times_cost_the_words_alone);
    tcase_add_test(cases, messages_cut_anywhere_do_no_harm);
    return run_case("stt/azure", cases);
}
