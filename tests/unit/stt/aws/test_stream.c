/* Both engines against a rig in place of the session: what they send is taken apart again. */
#include "engines.h"

#include "event_stream.h"
#include "sigv4.h"

#include "sidetone/config.h"

#include "run.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MS_US = 1000, SECOND_US = 1000000, SAMPLES = 800, SENT_MAX = 64 };

struct sent {
    uint8_t *data;
    size_t bytes;
};

static const struct st_engine_ops *ops;
static struct st_engine *engine;
static struct st_engine_stream *stream;
static struct st_engine_target target;
static char why[400], said[2048];
static struct sent sent[SENT_MAX];
static unsigned sent_count;
static bool has_ended;
static int64_t settled_us[2];

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
    note("%u%s%d@%d-%d:%s/%zu ", channel, segment->is_final ? "F" : "p", (int)segment->id,
         (int)(segment->start_us / MS_US), (int)(segment->end_us / MS_US), segment->text,
         segment->word_count);
}

static void on_finding(void *user, unsigned channel, const struct st_vendor_finding *finding)
{
    static const char *const types[] = {"category", "issue", "sentiment", "entity"};
    note("%u%s#%d(%s %u-%u %s @%d-%d) ", channel, types[finding->type], (int)finding->segment_id,
         finding->name ? finding->name : "", finding->begin, finding->end,
         finding->content ? finding->content : "", (int)(finding->start_us / MS_US),
         (int)(finding->end_us / MS_US));
}

static void on_send(void *user, const void *data, size_t bytes, bool is_binary)
{
    ck_assert(is_binary && !has_ended);
    ck_assert_uint_lt(sent_count, SENT_MAX);
    sent[sent_count].data = malloc(bytes);
    memcpy(sent[sent_count].data, data, bytes);
    sent[sent_count++].bytes = bytes;
}

static void on_end(void *user)
{
    has_ended = true;
}

static void on_done(void *user)
{
    note("done ");
}

static void on_failed(void *user, enum st_engine_trouble trouble, const char *what)
{
    note("failed:%s:%s ", st_engine_trouble_name(trouble), what);
}

static void on_lag(void *user, int64_t us)
{
}

static void on_settled(void *user, unsigned channel, int64_t until_us)
{
    settled_us[channel] = until_us;
}

static const struct st_engine_sink sink = {on_segment, on_finding, on_send, on_end,
                                           on_done,    on_failed,  on_lag,  on_settled};

static int load(const char *type, const char *const *lines)
{
    struct st_config_engines config = {0};
    struct st_config_remote_engine remote = {.name = "e",
                                             .type = (char *)(uintptr_t)type,
                                             .region = "us-east-1",
                                             .key = "AKID:secret:token",
                                             .parameters = (char **)(uintptr_t)lines};
    while (lines && lines[remote.parameter_count])
        remote.parameter_count++;
    ops = strcmp(type, "aws") == 0 ? &st_aws_ops : &st_aws_call_analytics_ops;
    return ops->load(&engine, &config, &remote, why, sizeof(why));
}

static int open_with(unsigned channels, const char *language)
{
    struct st_engine_stream_config config = {
        .rate_hz = 8000,
        .channels = channels,
        .roles = {ST_ROLE_AGENT, ST_ROLE_CUSTOMER},
        .call_id = "call-1",
        .language = language,
        .wants_partials = true,
        .wants_findings = true,
        .sink = &sink,
    };
    return ops->open(&stream, engine, &config);
}

static void begin(const char *type, const char *const *lines, unsigned channels)
{
    ck_assert_msg(load(type, lines) == 0, "%s", why);
    ck_assert_int_eq(open_with(channels, "en-US"), 0);
    ck_assert_int_eq(ops->target(stream, &target, why, sizeof(why)), 0);
}

static void setup(void)
{
    setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
    said[0] = '\0';
    stream = NULL;
    engine = NULL;
    has_ended = false;
    settled_us[0] = settled_us[1] = -1;
}

static void teardown(void)
{
    if (ops) {
        ops->close(stream);
        ops->unload(engine);
    }
    while (sent_count > 0)
        free(sent[--sent_count].data);
}

static const char *header_of(const char *name)
{
    for (size_t i = 0; target.headers && target.headers[i]; i++)
        if (strncasecmp(target.headers[i], name, strlen(name)) == 0 &&
            strncmp(target.headers[i] + strlen(name), ": ", 2) == 0)
            return target.headers[i] + strlen(name) + 2;
    return NULL;
}

static int put(int16_t first, int16_t second)
{
    static int16_t samples[2][SAMPLES];
    for (size_t i = 0; i < SAMPLES; i++) {
        samples[0][i] = first;
        samples[1][i] = second;
    }
    struct st_frame frames[2] = {{samples[0], SAMPLES, 8000, 0}, {samples[1], SAMPLES, 8000, 0}};
    return ops->audio(stream, frames);
}

static struct st_event_message read_event(const uint8_t *data, size_t bytes)
{
    struct st_event_reader reader = {0};
    struct st_event_message message;
    const uint8_t *at = data;
    ck_assert_int_eq(st_event_read(&reader, &at, data + bytes, &message), 1);
    ck_assert_ptr_eq(at, data + bytes);
    return message;
}

static struct st_event_message sent_event(unsigned i)
{
    ck_assert_uint_lt(i, sent_count);
    return read_event(sent[i].data, sent[i].bytes);
}

static struct st_event_message wrapped_event(unsigned i)
{
    struct st_event_message outer = sent_event(i);
    ck_assert_ptr_nonnull(st_event_find(&outer, ":date"));
    ck_assert_ptr_nonnull(st_event_find(&outer, ":chunk-signature"));
    return read_event(outer.payload, outer.payload_bytes);
}

/* What the service says. */
static int answer(const char *type, const char *json)
{
    uint8_t data[4096];
    struct st_event_writer writer;
    size_t cap;
    bool is_exception = strstr(type, "Event") == NULL;
    st_event_begin(&writer, data, sizeof(data));
    st_event_put_string(&writer, ":message-type", is_exception ? "exception" : "event");
    st_event_put_string(&writer, is_exception ? ":exception-type" : ":event-type", type);
    memcpy(st_event_payload(&writer, &cap), json, strlen(json));
    ssize_t bytes = st_event_end(&writer, strlen(json));
    return ops->receive(stream, data, (size_t)bytes, true);
}

START_TEST(asks_over_http2)
{
    begin("aws_call_analytics", NULL, 2);
    ck_assert_str_eq(target.url, "https://transcribestreaming.us-east-1.amazonaws.com/"
                                 "call-analytics-stream-transcription");
    ck_assert_str_eq(header_of("x-amzn-transcribe-language-code"), "en-US");
    ck_assert_str_eq(header_of("x-amzn-transcribe-sample-rate"), "8000");
    ck_assert_str_eq(header_of("x-amzn-transcribe-media-encoding"), "pcm");
    ck_assert_str_eq(header_of("x-amz-security-token"), "token");
    ck_assert_ptr_null(header_of("x-amzn-transcribe-number-of-channels"));
    ck_assert_ptr_null(header_of("host"));
    ck_assert_ptr_nonnull(strstr(header_of("authorization"), "/us-east-1/transcribe/aws4_request"));
    struct st_engine_target again;
    ck_assert_int_eq(ops->target(stream, &again, why, sizeof(why)), 0);
    ck_assert_ptr_eq(again.url, target.url);
    ck_assert_uint_eq(sent_count, 1);
}
END_TEST

START_TEST(asks_over_websocket)
{
    static const char *const lines[] = {"transport=websocket", "vocabulary-name=v", NULL};
    begin("aws", lines, 2);
    static const char start[] = "wss://transcribestreaming.us-east-1.amazonaws.com:8443/"
                                "stream-transcription-websocket?X-Amz-Algorithm=AWS4-HMAC-SHA256&"
                                "X-Amz-Credential=AKID%2F";
    ck_assert(strncmp(target.url, start, sizeof(start) - 1) == 0);
    ck_assert_ptr_nonnull(strstr(target.url, "&enable-channel-identification=true&"
                                             "language-code=en-US&media-encoding=pcm&"
                                             "number-of-channels=2&sample-rate=8000&"
                                             "vocabulary-name=v&X-Amz-Signature="));
    ck_assert_ptr_null(header_of("authorization"));
    ck_assert_uint_eq(sent_count, 0);
}
END_TEST

START_TEST(nothing_can_be_sent_before_it_is_signed)
{
    ck_assert_int_eq(load("aws", NULL), 0);
    ck_assert_int_eq(open_with(1, "en-US"), 0);
    ck_assert_int_eq(put(1, 1), -EAGAIN);
    ck_assert_int_eq(ops->target(stream, &target, why, sizeof(why)), 0);
    ck_assert_int_eq(put(1, 1), 0);
}
END_TEST

START_TEST(tells_the_roles_first)
{
    static const char expected[] =
        "{\"ChannelDefinitions\":[{\"ChannelId\":0,\"ParticipantRole\":\"AGENT\"},"
        "{\"ChannelId\":1,\"ParticipantRole\":\"CUSTOMER\"}]}";
    begin("aws_call_analytics", NULL, 2);
    struct st_event_message message = wrapped_event(0);
    ck_assert(st_event_is(&message, ":event-type", "ConfigurationEvent"));
    ck_assert(st_event_is(&message, ":content-type", "application/json"));
    ck_assert_uint_eq(message.payload_bytes, sizeof(expected) - 1);
    ck_assert_mem_eq(message.payload, expected, sizeof(expected) - 1);
}
END_TEST

START_TEST(interleaves_channels)
{
    static const uint8_t first[] = {0x01, 0x02, 0x03, 0x04, 0x01, 0x02};
    begin("aws", NULL, 2);
    ck_assert_int_eq(put(0x0201, 0x0403), 0);
    struct st_event_message message = wrapped_event(0);
    ck_assert(st_event_is(&message, ":event-type", "AudioEvent"));
    ck_assert(st_event_is(&message, ":content-type", "application/octet-stream"));
    ck_assert_uint_eq(message.payload_bytes, 4 * SAMPLES);
    ck_assert_mem_eq(message.payload, first, sizeof(first));
}
END_TEST

START_TEST(one_channel_alone)
{
    static const char *const lines[] = {"transport=websocket", NULL};
    begin("aws", lines, 1);
    ck_assert_int_eq(put(7, 9), 0);
    struct st_event_message message = sent_event(0);
    ck_assert_uint_eq(message.payload_bytes, 2 * SAMPLES);
    ck_assert_int_eq(message.payload[2], 7);
    ck_assert_uint_eq(sent[0].bytes, 2 * SAMPLES + 104);
}
END_TEST

/* The whole chain, with the key worked out here. */
START_TEST(each_chunk_is_signed_over_the_one_before)
{
    begin("aws", NULL, 1);
    for (unsigned i = 0; i < 3; i++)
        ck_assert_int_eq(put((int16_t)i, 0), 0);
    ops->finish(stream);
    ck_assert(has_ended);
    ck_assert_uint_eq(sent_count, 4);
    ck_assert_uint_eq(sent[3].bytes, 83);
    const char *authorization = header_of("authorization");
    struct st_sigv4_chain chain;
    struct st_sigv4_who who = {"AKID", "secret", "token", "us-east-1", "transcribe", 0};
    for (unsigned i = 0; i < sent_count; i++) {
        struct st_event_message outer = sent_event(i);
        uint8_t signature[ST_SIGV4_BYTES];
        int64_t unix_ms = st_event_find(&outer, ":date")->number;
        who.unix_ms = unix_ms;
        if (i == 0)
            ck_assert_int_eq(
                st_sigv4_chain_init(&chain, &who, strstr(authorization, "Signature=") + 10), 0);
        st_sigv4_chain_sign(&chain, unix_ms, outer.payload, outer.payload_bytes, signature);
        ck_assert_mem_eq(signature, st_event_find(&outer, ":chunk-signature")->data, 32);
    }
}
END_TEST

START_TEST(ends_a_websocket_with_an_empty_event)
{
    static const char *const lines[] = {"transport=websocket", NULL};
    begin("aws", lines, 1);
    ops->finish(stream);
    struct st_event_message message = sent_event(0);
    ck_assert(st_event_is(&message, ":event-type", "AudioEvent"));
    ck_assert_uint_eq(message.payload_bytes, 0);
    ck_assert(!has_ended);
}
END_TEST

static void give(unsigned chunks)
{
    for (unsigned i = 0; i < chunks; i++) {
        ck_assert_int_eq(put(1, 1), 0);
        free(sent[--sent_count].data);
    }
}

#define WORD(text, start, end)                                                                     \
    "{\"Content\":\"" text "\",\"Type\":\"pronunciation\",\"BeginOffsetMillis\":" #start           \
    ",\"EndOffsetMillis\":" #end ",\"Confidence\":0.9}"

START_TEST(utterances_go_to_the_channel_of_their_role)
{
    begin("aws_call_analytics", NULL, 2);
    give(100);
    answer("UtteranceEvent", "{\"UtteranceId\":\"a\",\"IsPartial\":true,\"ParticipantRole\":"
                             "\"CUSTOMER\",\"BeginOffsetMillis\":1000,\"EndOffsetMillis\":1500,"
                             "\"Transcript\":\"hello\"}");
    answer("UtteranceEvent", "{\"UtteranceId\":\"b\",\"IsPartial\":true,\"ParticipantRole\":"
                             "\"AGENT\",\"BeginOffsetMillis\":1200,\"EndOffsetMillis\":1600,"
                             "\"Transcript\":\"yes\"}");
    answer("UtteranceEvent", "{\"UtteranceId\":\"a\",\"IsPartial\":false,\"ParticipantRole\":"
                             "\"CUSTOMER\",\"BeginOffsetMillis\":1000,\"EndOffsetMillis\":2000,"
                             "\"Transcript\":\"Hello there.\",\"Items\":[" WORD(
                                 "Hello", 1000, 1400) "," WORD("there", 1500, 2000) "]}");
    ck_assert_str_eq(said,
                     "1p1@1000-1500:hello/0 0p1@1200-1600:yes/0 1F1@1000-2000:Hello there./2 ");
}
END_TEST

START_TEST(findings_follow_their_final)
{
    begin("aws_call_analytics", NULL, 2);
    give(100);
    answer("UtteranceEvent",
           "{\"UtteranceId\":\"a\",\"IsPartial\":false,\"ParticipantRole\":\"AGENT\","
           "\"BeginOffsetMillis\":1000,\"EndOffsetMillis\":2000,\"Transcript\":\"I am broken.\","
           "\"Sentiment\":\"NEGATIVE\",\"IssuesDetected\":[{\"CharacterOffsets\":{\"Begin\":2,"
           "\"End\":11}}],\"Entities\":[{\"BeginOffsetMillis\":1500,\"EndOffsetMillis\":1600,"
           "\"Category\":\"PII\",\"Type\":\"NAME\",\"Content\":\"am\",\"Confidence\":0.5}]}");
    answer("CategoryEvent", "{\"MatchedCategories\":[\"c\"],\"MatchedDetails\":{\"c\":{"
                            "\"TimestampRanges\":[{\"BeginOffsetMillis\":1000,"
                            "\"EndOffsetMillis\":1400}]}}}");
    ck_assert_str_eq(said, "0F1@1000-2000:I am broken./0 "
                           "0sentiment#1(NEGATIVE 0-0  @1000-2000) 0issue#1( 2-11  @1000-2000) "
                           "0entity#1(NAME 0-0 am @1500-1600) 0category#0(c 0-0  @1000-1400) ");
}
END_TEST

START_TEST(results_go_to_their_channel)
{
    begin("aws", NULL, 2);
    give(100);
    answer("TranscriptEvent", "{\"Transcript\":{\"Results\":[{\"ResultId\":\"r\",\"ChannelId\":"
                              "\"ch_1\",\"StartTime\":0.5,\"EndTime\":1.25,\"IsPartial\":false,"
                              "\"Alternatives\":[{\"Transcript\":\"One.\"}]},{\"ResultId\":\"s\","
                              "\"ChannelId\":\"ch_0\",\"StartTime\":2,\"EndTime\":3,\"IsPartial\":"
                              "true,\"Alternatives\":[{\"Transcript\":\"two\"}]}]}}");
    ck_assert_str_eq(said, "1F1@500-1250:One./0 0p1@2000-3000:two/0 ");
}
END_TEST

START_TEST(silence_of_ours_does_not_count)
{
    begin("aws", NULL, 1);
    give(10);
    for (unsigned i = 0; i < 8; i++) {
        ops->keep_alive(stream);
        struct st_event_message message = wrapped_event(0);
        ck_assert_uint_eq(message.payload_bytes, 2);
        free(sent[--sent_count].data);
    }
    give(10);
    /* One millisecond of silence in the middle. */
    answer("TranscriptEvent",
           "{\"Transcript\":{\"Results\":[{\"ResultId\":\"r\",\"StartTime\":0.5,\"EndTime\":0.75,"
           "\"IsPartial\":false,\"Alternatives\":[{\"Transcript\":\"One.\"}]},{\"ResultId\":\"s\","
           "\"StartTime\":1.201,\"EndTime\":1.501,\"IsPartial\":false,\"Alternatives\":[{"
           "\"Transcript\":\"Two.\"}]}]}}");
    ck_assert_str_eq(said, "0F1@500-750:One./0 0F2@1200-1500:Two./0 ");
}
END_TEST

START_TEST(who_is_silent_while_others_are_heard_has_said_nothing)
{
    begin("aws", NULL, 2);
    give(200);
    answer("TranscriptEvent",
           "{\"Transcript\":{\"Results\":[{\"ResultId\":\"r\",\"ChannelId\":\"ch_1\",\"StartTime\":"
           "9,\"EndTime\":10,\"IsPartial\":true,\"Alternatives\":[{\"Transcript\":\"a\"}]}]}}");
    ck_assert_int_eq(settled_us[0], 6 * SECOND_US);
    ck_assert_int_eq(settled_us[1], -1);
}
END_TEST

static const struct {
    const char *name, *message, *told;
} exceptions[] = {
    {"BadRequestException", "Your request timed out because",
     "failed:lost:AWS ended the stream: no"},
    {"BadRequestException", "1 validation error(s) detected: x", "failed:unsuited:"},
    {"BadRequestException", "Your stream is too big", "failed:protocol:"},
    {"ConflictException", "", "failed:expired:"},
    {"LimitExceededException", "", "failed:throttled:"},
    {"InternalFailureException", "", "failed:server:"},
    {"ServiceUnavailableException", "", "failed:server:"},
    {"AccessDeniedException", "not authorized", "not authorized"},
    {"UnrecognizedClientException", "token is", "failed:refused:AWS does not know the access key"},
    {"InvalidSignatureException", "secret details", "failed:refused:"},
    {"ExpiredTokenException", "", "failed:refused:the AWS credentials have expired"},
    {"NewException", "", "failed:server:AWS reports NewException"},
    {"bad name\n", "", "failed:server:AWS reports an error"},
};

START_TEST(exceptions_say_what_to_do)
{
    char json[200];
    begin("aws_call_analytics", NULL, 2);
    snprintf(json, sizeof(json), "{\"Message\":\"%s\"}", exceptions[_i].message);
    ck_assert_int_eq(answer(exceptions[_i].name, json), 0);
    ck_assert_msg(strstr(said, exceptions[_i].told), "%s", said);
    ck_assert_ptr_null(strstr(said, "secret details"));
    size_t len = strlen(said);
    answer("UtteranceEvent", "{\"UtteranceId\":\"a\",\"Transcript\":\"late\"}");
    answer(exceptions[_i].name, json);
    ck_assert_uint_eq(strlen(said), len);
    ck_assert_int_eq(put(1, 1), 0);
    ck_assert_uint_eq(sent_count, 1);
}
END_TEST

static const char *error_type;

static const char *find_header(const void *headers, const char *name)
{
    if (strcmp(name, "x-amzn-errortype") == 0)
        return error_type;
    return NULL;
}

static enum st_engine_trouble refuse(unsigned status, const char *type, const char *body)
{
    struct st_engine_closing closing = {.http_status = (uint16_t)status, .reason = "", .what = ""};
    error_type = type;
    ck_assert_int_eq(ops->response(stream, status, find_header, NULL), 0);
    ck_assert_int_eq(ops->receive(stream, body, strlen(body), true), 0);
    return ops->closing(stream, &closing, said, sizeof(said));
}

START_TEST(a_refused_request_is_told_by_its_body)
{
    begin("aws", NULL, 1);
    ck_assert_int_eq(refuse(400, "BadRequestException:http://x/", "{\"Message\":\"2 validation\"}"),
                     ST_TROUBLE_UNSUITED);
    ck_assert_ptr_nonnull(strstr(said, "2 validation"));
}
END_TEST

START_TEST(a_refused_request_without_words)
{
    begin("aws", NULL, 1);
    ck_assert_int_eq(refuse(503, NULL, "<html>"), ST_TROUBLE_SERVER);
    ck_assert_int_eq(refuse(403, NULL, ""), ST_TROUBLE_REFUSED);
    ck_assert_int_eq(refuse(403, "com.amazon#AccessDeniedException", ""), ST_TROUBLE_REFUSED);
}
END_TEST

START_TEST(nonsense_ends_it)
{
    begin("aws", NULL, 1);
    ck_assert_int_eq(answer("UtteranceEvent", "[]"), -EPROTO);
    ck_assert_int_eq(answer("UnknownEvent", "[]"), 0);
    ck_assert_int_eq(ops->receive(stream, "0123456789abcdef", 16, true), -EPROTO);
}
END_TEST

START_TEST(a_websocket_message_is_one_event)
{
    static const char *const lines[] = {"transport=websocket", NULL};
    static const uint8_t part[] = {0, 0, 0};
    begin("aws", lines, 1);
    ck_assert_int_eq(ops->receive(stream, part, sizeof(part), true), -EPROTO);
    ck_assert_int_eq(ops->receive(stream, "{}", 2, false), -EPROTO);
}
END_TEST

START_TEST(languages)
{
    ck_assert_int_eq(load("aws_call_analytics", NULL), 0);
    ck_assert_int_eq(open_with(2, "ja-JP"), -ENOTSUP);
    ck_assert_int_eq(open_with(1, "en-US"), -EINVAL);
    ck_assert_int_eq(open_with(2, "fr"), 0);
    ck_assert_int_eq(ops->target(stream, &target, why, sizeof(why)), 0);
    ck_assert_str_eq(header_of("x-amzn-transcribe-language-code"), "fr-FR");
    teardown();
    ck_assert_int_eq(load("aws", NULL), 0);
    ck_assert_int_eq(open_with(1, "ja-JP"), 0);
    ck_assert_int_eq(ops->target(stream, &target, why, sizeof(why)), 0);
    ck_assert_str_eq(header_of("x-amzn-transcribe-language-code"), "ja-JP");
}
END_TEST

static int load_at(const char *url, const char *region)
{
    struct st_config_engines config = {0};
    struct st_config_remote_engine remote = {.name = "e",
                                             .url = (char *)(uintptr_t)url,
                                             .region = (char *)(uintptr_t)region,
                                             .key = "AKID:secret"};
    ops = &st_aws_ops;
    ops->unload(engine);
    engine = NULL;
    return ops->load(&engine, &config, &remote, why, sizeof(why));
}

START_TEST(addresses)
{
    char text[200];
    ck_assert_int_eq(load_at("wss://localhost:1/", "us-east-1"), 0);
    ops->describe(engine, text, sizeof(text));
    ck_assert_str_eq(text, "Amazon Transcribe at https://localhost:1, credentials from the "
                           "configuration");
    ck_assert_int_eq(load_at("", "cn-north-1"), 0);
    ops->describe(engine, text, sizeof(text));
    ck_assert_ptr_nonnull(strstr(text, "cn-north-1.amazonaws.com.cn"));
    ck_assert_int_eq(load_at("https://h/path", "us-east-1"), -EINVAL);
    ck_assert_int_eq(load_at("ftp://h", "us-east-1"), -EINVAL);
    ck_assert_int_eq(load_at("", "us east"), -EINVAL);
    unsetenv("AWS_REGION");
    unsetenv("AWS_DEFAULT_REGION");
    setenv("AWS_CONFIG_FILE", "/nonexistent", 1);
    setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent", 1);
    ck_assert_int_eq(load_at("", ""), -ENOENT);
    ck_assert_ptr_nonnull(strstr(why, "AWS_REGION"));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, asks_over_http2);
    tcase_add_test(tcase, asks_over_websocket);
    tcase_add_test(tcase, nothing_can_be_sent_before_it_is_signed);
    tcase_add_test(tcase, tells_the_roles_first);
    tcase_add_test(tcase, interleaves_channels);
    tcase_add_test(tcase, one_channel_alone);
    tcase_add_test(tcase, each_chunk_is_signed_over_the_one_before);
    tcase_add_test(tcase, ends_a_websocket_with_an_empty_event);
    tcase_add_test(tcase, utterances_go_to_the_channel_of_their_role);
    tcase_add_test(tcase, findings_follow_their_final);
    tcase_add_test(tcase, results_go_to_their_channel);
    tcase_add_test(tcase, silence_of_ours_does_not_count);
    tcase_add_test(tcase, who_is_silent_while_others_are_heard_has_said_nothing);
    tcase_add_loop_test(tcase, exceptions_say_what_to_do, 0,
                        sizeof(exceptions) / sizeof(exceptions[0]));
    tcase_add_test(tcase, a_refused_request_is_told_by_its_body);
    tcase_add_test(tcase, a_refused_request_without_words);
    tcase_add_test(tcase, nonsense_ends_it);
    tcase_add_test(tcase, a_websocket_message_is_one_event);
    tcase_add_test(tcase, languages);
    tcase_add_test(tcase, addresses);
    return run_case("stream", tcase);
}
