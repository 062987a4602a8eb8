/* Counts heap allocations of remote engines: of audio on its way out, of replies on theirs in. */
#include "allocations.h"
#include "aws/event_stream.h"
#include "engines.h"

#include "sidetone/config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_SAMPLES = 1600, CHUNKS_PER_S = 10, UTTERANCE_S = 4, CHANNELS = 2 };

static const struct st_engine_ops *ops;
static struct st_engine *engine;
static struct st_engine_stream *stream;
static unsigned channels, rate_hz, finals, messages;
static unsigned refusals; /* checked at the end: assertions allocate */

static void on_segment(void *user, unsigned channel, const struct st_segment *segment)
{
    finals += segment->is_final;
}

static void on_finding(void *user, unsigned channel, const struct st_vendor_finding *finding)
{
}

static void on_send(void *user, const void *data, size_t bytes, bool is_binary)
{
    messages++;
}

static void on_nothing(void *user)
{
}

static void on_failed(void *user, enum st_engine_trouble trouble, const char *what)
{
    ck_abort_msg("%s", what);
}

static void on_time(void *user, int64_t us)
{
}

static void on_settled(void *user, unsigned channel, int64_t until_us)
{
}

static const struct st_engine_sink sink = {on_segment, on_finding, on_send, on_nothing,
                                           on_nothing, on_failed,  on_time, on_settled};

static const char *header(const void *headers, const char *name)
{
    return NULL;
}

static void begin(const struct st_engine_ops *the_ops, const char *url, const char *key)
{
    char why[400];
    struct st_config_engines config = {0};
    struct st_config_remote_engine remote = {.name = "e",
                                             .type = (char *)(uintptr_t)the_ops->name,
                                             .url = (char *)(uintptr_t)url,
                                             .region = "us-east-1",
                                             .key = (char *)(uintptr_t)key};
    struct st_engine_target target;
    ops = the_ops;
    channels = ops->channels_max > 1 ? CHANNELS : 1;
    rate_hz = ops->rate_hz(NULL, 8000);
    finals = messages = refusals = 0;
    ck_assert_msg(ops->load(&engine, &config, &remote, why, sizeof(why)) == 0, "%s", why);
    struct st_engine_stream_config stream_config = {.rate_hz = rate_hz,
                                                    .channels = channels,
                                                    .call_id = "call-1",
                                                    .language = "en-US",
                                                    .wants_partials = true,
                                                    .sink = &sink};
    ck_assert_int_eq(ops->open(&stream, engine, &stream_config), 0);
    ck_assert_int_eq(ops->target(stream, &target, why, sizeof(why)), 0);
    if (ops->response)
        ck_assert_int_eq(ops->response(stream, 200, header, NULL), 0);
}

static void end(void)
{
    ops->close(stream);
    ops->unload(engine);
}

static void answer(const char *text)
{
    refusals += ops->receive(stream, text, strlen(text), false) != 0;
}

/* ---- how each says "one two three", in the utterance that began at `start` ---- */

static void say_vosk(unsigned channel, double start, double now, bool is_final)
{
    char text[512];
    if (is_final)
        snprintf(text, sizeof(text),
                 "{\"result\":[{\"conf\":1,\"start\":%.2f,\"end\":%.2f,\"word\":\"one\"}],"
                 "\"text\":\"one\"}",
                 start, now);
    else
        snprintf(text, sizeof(text), "{\"partial\":\"one %.1f\"}", now);
    answer(text);
}

static void say_deepgram(unsigned channel, double start, double now, bool is_final)
{
    char text[512];
    snprintf(text, sizeof(text),
             "{\"type\":\"Results\",\"channel_index\":[%u,2],\"start\":%.1f,\"duration\":%.1f,"
             "\"is_final\":%s,\"speech_final\":%s,\"channel\":{\"alternatives\":[{\"transcript\":"
             "\"one\",\"confidence\":1,\"words\":[{\"word\":\"one\",\"start\":%.1f,\"end\":%.1f,"
             "\"confidence\":1}]}]}}",
             channel, start, now - start, is_final ? "true" : "false", is_final ? "true" : "false",
             start, now);
    answer(text);
}

static void say_aws(unsigned channel, double start, double now, bool is_final)
{
    uint8_t data[1024];
    size_t cap;
    struct st_event_writer writer;
    st_event_begin(&writer, data, sizeof(data));
    st_event_put_string(&writer, ":event-type", "TranscriptEvent");
    st_event_put_string(&writer, ":message-type", "event");
    char *payload = (char *)st_event_payload(&writer, &cap);
    int bytes =
        snprintf(payload, cap,
                 "{\"Transcript\":{\"Results\":[{\"ResultId\":\"r%u-%.0f\",\"IsPartial\":%s,"
                 "\"ChannelId\":\"ch_%u\",\"StartTime\":%.1f,\"EndTime\":%.1f,\"Alternatives\":"
                 "[{\"Transcript\":\"one\",\"Items\":[{\"Type\":\"pronunciation\",\"Content\":"
                 "\"one\",\"StartTime\":%.1f,\"EndTime\":%.1f,\"Confidence\":1}]}]}]}}",
                 channel, start, is_final ? "false" : "true", channel, start, now, start, now);
    ssize_t whole = st_event_end(&writer, (size_t)bytes);
    /* In two pieces, as the network has it. */
    refusals += ops->receive(stream, data, 40, true) != 0;
    refusals += ops->receive(stream, data + 40, (size_t)whole - 40, true) != 0;
}

typedef void (*say_fn)(unsigned channel, double start, double now, bool is_final);

static void put_chunk(void)
{
    static int16_t samples[CHUNK_SAMPLES];
    struct st_frame frames[CHANNELS];
    for (unsigned i = 0; i < CHANNELS; i++)
        frames[i] = (struct st_frame){samples, rate_hz / CHUNKS_PER_S, rate_hz, 0};
    refusals += ops->audio(stream, frames) != 0;
}

/* vosk has a reply to every message, the others one a second. */
static void talk(say_fn say, unsigned from, unsigned until)
{
    for (unsigned chunk = from * CHUNKS_PER_S; chunk < until * CHUNKS_PER_S; chunk++) {
        bool is_final = (chunk + 1) % (UTTERANCE_S * CHUNKS_PER_S) == 0;
        unsigned start = chunk / (UTTERANCE_S * CHUNKS_PER_S) * UTTERANCE_S;
        put_chunk();
        if (ops == &st_vosk_ops || (chunk + 1) % CHUNKS_PER_S == 0)
            for (unsigned channel = 0; channel < channels; channel++)
                say(channel, start, (chunk + 1) / (double)CHUNKS_PER_S, is_final);
    }
}

static const struct {
    const struct st_engine_ops *ops;
    const char *url, *key;
    say_fn say;
} engines[] = {
    {&st_vosk_ops, "ws://127.0.0.1:1", "", say_vosk},
    {&st_deepgram_ops, "ws://127.0.0.1:1", "key", say_deepgram},
    {&st_aws_ops, "http://127.0.0.1:1", "AKID:secret", say_aws},
};

START_TEST(nothing_is_allocated_after_the_first_utterances)
{
    begin(engines[_i].ops, engines[_i].url, engines[_i].key);
    talk(engines[_i].say, 0, 4 * UTTERANCE_S);
    ck_assert_uint_eq(finals, 4 * channels);
    uint64_t before = allocations_count();
    talk(engines[_i].say, 4 * UTTERANCE_S, 20 * UTTERANCE_S);
    ck_assert_uint_eq(allocations_count() - before, 0);
    ck_assert_uint_eq(refusals, 0);
    ck_assert_uint_eq(finals, 20 * channels);
    ck_assert_uint_ge(messages, 20 * UTTERANCE_S * CHUNKS_PER_S);
    end();
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("engine_allocations");
    TCase *all = tcase_create("all");
    tcase_add_loop_test(all, nothing_is_allocated_after_the_first_utterances, 0,
                        sizeof(engines) / sizeof(engines[0]));
    suite_add_tcase(suite, all);
    return suite;
}

int main(void)
{
    allocations_watch();
    setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
    SRunner *runner = srunner_create(make_suite());
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
