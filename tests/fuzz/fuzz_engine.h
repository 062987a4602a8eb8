/* Messages of a speech-to-text service, one a line, to a stream that sends audio between them. */
#ifndef SIDETONE_FUZZ_ENGINE_H
#define SIDETONE_FUZZ_ENGINE_H

#include "sidetone/config.h"
#include "sidetone/stt.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

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

static inline void fuzz_messages(const struct st_engine_ops *ops, struct st_engine_stream *stream,
                                 const uint8_t *data, size_t bytes)
{
    static const int16_t samples[800];
    static const struct st_frame frames[ST_ENGINE_CHANNELS_MAX] = {{samples, 800, 8000, 0},
                                                                   {samples, 800, 8000, 0}};
    while (bytes > 0) {
        const uint8_t *end = memchr(data, '\n', bytes);
        size_t len = end ? (size_t)(end - data) : bytes;
        for (int i = 0; i < 5; i++)
            ops->audio(stream, frames);
        if (ops->receive(stream, data, len, false) != 0)
            break;
        len += end != NULL;
        data += len;
        bytes -= len;
    }
}

/* The engine is loaded once: only what the service says is of interest. */
static inline int fuzz_engine(const char *type, unsigned channels, const uint8_t *data,
                              size_t bytes)
{
    static struct st_engine *engine;
    static char name[] = "e", url[] = "ws://localhost", key[] = "k", none[] = "";
    static struct st_config_remote_engine remote = {
        .name = name, .url = url, .key = key, .region = none, .model = none, .ca_file = none};
    const struct st_engine_ops *ops = st_engine_find(type);
    struct st_config_engines config = {0};
    struct st_engine_stream_config stream_config = {.rate_hz = 8000,
                                                    .channels = channels,
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
    fuzz_messages(ops, stream, data, bytes);
    ops->finish(stream);
    ops->receive(stream, "{\"type\":\"Metadata\"}", 19, false);
    ops->receive(stream, "{\"type\":\"Termination\"}", 22, false);
    ops->close(stream);
    return 0;
}

#endif
