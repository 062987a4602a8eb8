/* Results and exceptions of Amazon Transcribe, one JSON a line, as events to a stream of two
 * channels. A line's first byte says which kind of event it is. */
#include "sidetone/config.h"
#include "sidetone/stt.h"

#include "stt/aws/event_stream.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static uint64_t last_final[2];

static void on_segment(void *user, unsigned channel, const struct st_segment *segment)
{
    assert(channel < 2 && segment->text);
    assert(segment->start_us >= 0 && segment->end_us >= segment->start_us);
    assert(segment->id > last_final[channel]);
    if (segment->is_final)
        last_final[channel] = segment->id;
    for (size_t i = 0; i < segment->word_count; i++)
        assert(segment->words[i].end_us >= segment->words[i].start_us &&
               strlen(segment->words[i].text) < (1 << 20));
}

static void on_finding(void *user, unsigned channel, const struct st_vendor_finding *finding)
{
    assert(channel < 2 && finding->start_us >= 0 && finding->end_us >= finding->start_us);
    assert(finding->type == ST_VENDOR_ISSUE ? finding->begin < finding->end
                                            : finding->name != NULL);
}

static void on_send(void *user, const void *data, size_t bytes, bool is_binary)
{
}

static void on_end(void *user)
{
}

static void on_failed(void *user, enum st_engine_trouble trouble, const char *what)
{
    assert(trouble <= ST_TROUBLE_EXPIRED && what[0]);
}

static void on_lag(void *user, int64_t us)
{
    assert(us >= 0);
}

static void on_settled(void *user, unsigned channel, int64_t us)
{
    assert(channel < 2 && us >= 0);
}

static const struct st_engine_sink sink = {.segment = on_segment,
                                           .finding = on_finding,
                                           .send = on_send,
                                           .end = on_end,
                                           .done = on_end,
                                           .failed = on_failed,
                                           .lag = on_lag,
                                           .settled = on_settled};

static int receive(const struct st_engine_ops *ops, struct st_engine_stream *stream,
                   const uint8_t *line, size_t bytes)
{
    static const char *const types[] = {"UtteranceEvent", "TranscriptEvent", "CategoryEvent",
                                        "BadRequestException", "NewEvent"};
    static uint8_t event[70000];
    struct st_event_writer writer;
    size_t cap, kind = bytes > 0 ? line[0] % 5 : 4;
    st_event_begin(&writer, event, sizeof(event));
    st_event_put_string(&writer, ":message-type", kind == 3 ? "exception" : "event");
    st_event_put_string(&writer, kind == 3 ? ":exception-type" : ":event-type", types[kind]);
    uint8_t *payload = st_event_payload(&writer, &cap);
    bytes = bytes > 0 ? bytes - 1 : 0;
    if (bytes > cap)
        bytes = cap;
    memcpy(payload, line + 1, bytes);
    ssize_t whole = st_event_end(&writer, bytes);
    return ops->receive(stream, event, (size_t)whole, true);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static const int16_t samples[800];
    static const struct st_frame frames[2] = {{samples, 800, 8000, 0}, {samples, 800, 8000, 0}};
    static struct st_engine *engine;
    const struct st_engine_ops *ops = st_engine_find("aws_call_analytics");
    struct st_config_engines config = {0};
    struct st_config_remote_engine remote = {.name = "e", .region = "r", .key = "a:b"};
    struct st_engine_stream_config stream_config = {.rate_hz = 8000,
                                                    .channels = 2,
                                                    .call_id = "c",
                                                    .language = "en-US",
                                                    .wants_partials = true,
                                                    .wants_findings = true,
                                                    .sink = &sink};
    struct st_engine_stream *stream;
    struct st_engine_target target;
    char why[200];
    if (!engine && ops->load(&engine, &config, &remote, why, sizeof(why)) != 0)
        abort();
    if (ops->open(&stream, engine, &stream_config) != 0 ||
        ops->target(stream, &target, why, sizeof(why)) != 0)
        abort();
    last_final[0] = last_final[1] = 0;
    while (bytes > 0) {
        const uint8_t *end = memchr(data, '\n', bytes);
        size_t len = end ? (size_t)(end - data) : bytes;
        ops->audio(stream, frames);
        if (receive(ops, stream, data, len) != 0)
            break;
        len += end != NULL;
        data += len;
        bytes -= len;
    }
    ops->finish(stream);
    ops->close(stream);
    return 0;
}
