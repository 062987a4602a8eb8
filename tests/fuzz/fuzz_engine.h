/* Messages of a speech-to-text service to a stream that sends audio between them. */
#ifndef SIDETONE_FUZZ_ENGINE_H
#define SIDETONE_FUZZ_ENGINE_H

#include "sidetone/config.h"
#include "sidetone/stt.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static uint64_t fuzz_ids[ST_ENGINE_CHANNELS_MAX]; /* of the last finals */

static void fuzz_on_segment(void *user, unsigned channel, const struct st_segment *segment)
{
    assert(channel < ST_ENGINE_CHANNELS_MAX && segment->text);
    assert(segment->start_us >= 0 && segment->end_us >= segment->start_us);
    assert(segment->id > fuzz_ids[channel]);
    if (segment->is_final)
        fuzz_ids[channel] = segment->id;
    for (size_t i = 0; i < segment->word_count; i++)
        assert(strlen(segment->words[i].text) < 65536 && segment->words[i].start_us >= 0);
}

static void fuzz_on_finding(void *user, unsigned channel, const struct st_vendor_finding *finding)
{
    assert(channel < ST_ENGINE_CHANNELS_MAX && finding->name[0]);
    assert(finding->segment_id == fuzz_ids[channel]);
    assert(finding->start_us >= 0 && finding->end_us >= finding->start_us);
}

static void fuzz_on_send(void *user, const void *data, size_t bytes, bool is_binary)
{
}

static void fuzz_on_done(void *user)
{
}

static void fuzz_on_failed(void *user, enum st_engine_trouble trouble, const char *what)
{
    assert(what[0] && strlen(what) < 200);
}

static void fuzz_on_time(void *user, int64_t us)
{
    assert(us >= 0);
}

static void fuzz_on_settled(void *user, unsigned channel, int64_t us)
{
    assert(us >= 0);
}

static const struct st_engine_sink fuzz_sink = {.segment = fuzz_on_segment,
                                                .finding = fuzz_on_finding,
                                                .send = fuzz_on_send,
                                                .done = fuzz_on_done,
                                                .failed = fuzz_on_failed,
                                                .lag = fuzz_on_time,
                                                .settled = fuzz_on_settled};

/* 0, or an error that ends the stream. */
typedef int (*fuzz_receive_fn)(const struct st_engine_ops *ops, struct st_engine_stream *stream,
                               const uint8_t *data, size_t bytes);

struct fuzz_service {
    const char *type;
    unsigned channels;
    int chunks; /* of audio before each message */
    int separator;
    fuzz_receive_fn receive; /* NULL: a message is a text */
    const char *end;         /* said when the stream is finished; NULL: nothing */
};

static inline int fuzz_receive_text(const struct st_engine_ops *ops,
                                    struct st_engine_stream *stream, const uint8_t *data,
                                    size_t bytes)
{
    return ops->receive(stream, data, bytes, false);
}

static inline void fuzz_messages(const struct fuzz_service *service,
                                 const struct st_engine_ops *ops, struct st_engine_stream *stream,
                                 const uint8_t *data, size_t bytes)
{
    static const int16_t samples[1600];
    const uint32_t rate_hz = ops->rate_hz(NULL, 8000);
    const struct st_frame frame = {samples, rate_hz / 10, rate_hz, 0};
    const struct st_frame frames[ST_ENGINE_CHANNELS_MAX] = {frame, frame};
    fuzz_receive_fn receive = service->receive ? service->receive : fuzz_receive_text;
    while (bytes > 0) {
        const uint8_t *end = memchr(data, service->separator, bytes);
        size_t len = end ? (size_t)(end - data) : bytes;
        for (int i = 0; i < service->chunks; i++)
            ops->audio(stream, frames);
        if (receive(ops, stream, data, len) != 0)
            break;
        len += end != NULL;
        data += len;
        bytes -= len;
    }
}

/* The engine is loaded once: only what the service says is of interest. */
static inline int fuzz_engine(const struct fuzz_service *service, const uint8_t *data, size_t bytes)
{
    static struct st_engine *engine;
    static struct st_config_remote_engine remote = {
        .name = "e", .url = "ws://localhost", .key = "k", .region = "", .model = "", .ca_file = ""};
    const struct st_engine_ops *ops = st_engine_find(service->type);
    struct st_config_engines config = {0};
    struct st_engine_stream_config stream_config = {.rate_hz = ops->rate_hz(NULL, 8000),
                                                    .channels = service->channels,
                                                    .call_id = "",
                                                    .language = "en",
                                                    .wants_partials = true,
                                                    .wants_findings = true,
                                                    .sink = &fuzz_sink};
    struct st_engine_stream *stream;
    char why[200];
    memset(fuzz_ids, 0, sizeof(fuzz_ids));
    if ((!engine && ops->load(&engine, &config, &remote, why, sizeof(why)) != 0) ||
        ops->open(&stream, engine, &stream_config) != 0)
        abort();
    fuzz_messages(service, ops, stream, data, bytes);
    ops->finish(stream);
    if (service->end)
        ops->receive(stream, service->end, strlen(service->end), false);
    ops->close(stream);
    return 0;
}

#endif
