/* Replies of a vosk server, one a line, to a stream that sends audio between them. */
#include "sidetone/config.h"
#include "sidetone/stt.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void on_segment(void *user, unsigned channel, const struct st_segment *segment)
{
    assert(segment->start_us >= 0 && segment->text);
    assert(segment->word_count == 0 || segment->end_us >= segment->start_us);
    for (size_t i = 0; i < segment->word_count; i++)
        assert(strlen(segment->words[i].text) < 65536);
}

static void on_send(void *user, const void *data, size_t bytes, bool is_binary)
{
}

static void on_done(void *user)
{
}

static void on_time(void *user, int64_t us)
{
    assert(us >= 0);
}

static void on_settled(void *user, unsigned channel, int64_t us)
{
    assert(us >= 0);
}

static const struct st_engine_sink sink = {
    .segment = on_segment, .send = on_send, .done = on_done, .lag = on_time, .settled = on_settled};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static const int16_t samples[1600];
    static const struct st_frame frame = {samples, 1600, 16000, 0};
    const struct st_engine_ops *ops = st_engine_find("vosk");
    struct st_config_engines config = {0};
    struct st_config_remote_engine remote = {.name = "vosk", .url = "ws://localhost:2700"};
    struct st_engine_stream_config stream_config = {
        .rate_hz = 16000, .wants_partials = true, .sink = &sink};
    struct st_engine *engine;
    struct st_engine_stream *stream;
    char why[100];
    if (ops->load(&engine, &config, &remote, why, sizeof(why)) != 0 ||
        ops->open(&stream, engine, &stream_config) != 0)
        abort();
    while (bytes > 0) {
        const uint8_t *end = memchr(data, '\n', bytes);
        size_t len = end ? (size_t)(end - data) : bytes;
        ops->audio(stream, &frame);
        if (ops->receive(stream, data, len, false) != 0)
            break;
        len += end != NULL;
        data += len;
        bytes -= len;
    }
    ops->finish(stream);
    ops->close(stream);
    ops->unload(engine);
    return 0;
}
