#include "fake_engine.h"

#include "sidetone/mem.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fake_engine fake_engine;

static int load(struct st_engine **ret_engine, const struct st_config_engines *config,
                const struct st_config_remote_engine *remote, char *ret_why, size_t why_bytes)
{
    if (fake_engine.load_result) {
        snprintf(ret_why, why_bytes, "the test wants it so");
        return fake_engine.load_result;
    }
    fake_engine.loads++;
    *ret_engine = (struct st_engine *)&fake_engine;
    return 0;
}

static void unload(struct st_engine *engine)
{
    fake_engine.unloads++;
}

static void describe(const struct st_engine *engine, char *out, size_t out_bytes)
{
    snprintf(out, out_bytes, "fake");
}

static uint32_t rate_hz(const struct st_engine *engine, uint32_t wire_hz)
{
    return 16000;
}

static unsigned findings(const struct st_engine *engine, const char *language)
{
    return fake_engine.findings;
}

static int open_stream(struct st_engine_stream **ret_stream, struct st_engine *engine,
                       const struct st_engine_stream_config *config)
{
    if (fake_engine.open_result)
        return fake_engine.open_result;
    assert(fake_engine.opened < FAKE_STREAMS_MAX);
    struct st_engine_stream *stream = st_mem_alloc(sizeof(*stream));
    stream->config = *config;
    fake_engine.streams[fake_engine.opened++] = stream;
    *ret_stream = stream;
    return 0;
}

static int audio(struct st_engine_stream *stream, const struct st_frame *frame)
{
    stream->frames++;
    stream->samples += frame->count;
    for (uint32_t i = 0; i < frame->count; i++)
        stream->loud_samples += frame->samples[i] != 0;
    stream->config.sink->settled(stream->config.user, 0,
                                 (int64_t)(stream->samples * 1000000 / frame->rate_hz));
    return 0;
}

static void finish(struct st_engine_stream *stream)
{
    stream->is_finished = true;
    if (!fake_engine.never_ends)
        stream->config.sink->done(stream->config.user);
}

static void close_stream(struct st_engine_stream *stream)
{
    for (unsigned i = 0; i < fake_engine.opened; i++)
        if (fake_engine.streams[i] == stream)
            fake_engine.streams[i] = NULL;
    free(stream);
}

static const struct st_engine_ops fake_ops = {
    .name = "moonshine",
    .kind = ST_ENGINE_EMBEDDED,
    .quality = "good",
    .load = load,
    .unload = unload,
    .describe = describe,
    .rate_hz = rate_hz,
    .findings = findings,
    .open = open_stream,
    .audio = audio,
    .finish = finish,
    .close = close_stream,
};

const struct st_engine_ops *st_engine_find(const char *name)
{
    return strcmp(name, "moonshine") == 0 ? &fake_ops : NULL;
}

extern const struct st_stt_transport call_stt_transport;
const struct st_stt_transport call_stt_transport = {0};

void fake_engine_reset(void)
{
    for (unsigned i = 0; i < fake_engine.opened; i++)
        assert(fake_engine.streams[i] == NULL);
    fake_engine = (struct fake_engine){0};
}

struct st_engine_stream *fake_engine_stream(unsigned number)
{
    assert(number < fake_engine.opened);
    assert(fake_engine.streams[number] != NULL);
    return fake_engine.streams[number];
}

void fake_engine_say(unsigned number, uint64_t id, bool is_final, int64_t start_ms, int64_t end_ms,
                     const char *text)
{
    struct st_engine_stream *stream = fake_engine_stream(number);
    struct st_segment segment = {
        .id = id,
        .is_final = is_final,
        .start_us = start_ms * 1000,
        .end_us = end_ms * 1000,
        .text = text,
        .confidence = ST_CONFIDENCE_ABSENT,
    };
    stream->config.sink->segment(stream->config.user, 0, &segment);
}

void fake_engine_fail(unsigned number)
{
    struct st_engine_stream *stream = fake_engine_stream(number);
    stream->config.sink->failed(stream->config.user, ST_TROUBLE_LOST, "the test wants it so");
}

void fake_engine_lag(unsigned number, int64_t lag_us)
{
    struct st_engine_stream *stream = fake_engine_stream(number);
    stream->config.sink->lag(stream->config.user, lag_us);
}
