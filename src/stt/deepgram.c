/*
 * Deepgram's live API v1: one or both channels interleaved in one WebSocket, results per channel.
 * What one channel's results come to is deepgram_channel.h's.
 *
 * Finalize and CloseStream collect the last words; Metadata comes behind them.
 */
#include "deepgram_channel.h"
#include "deepgram_reply.h"
#include "deepgram_setup.h"
#include "engines.h"
#include "remote.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MS_US = 1000,
    SECOND_US = 1000 * MS_US,
    CHUNK_US = 100 * MS_US,
    STALL_US = 5 * SECOND_US,
    KEEP_ALIVE_US = 4 * SECOND_US, /* it hangs up after ten */
    /* It hears at most 1.25 times as fast as people talk (Deepgram's documentation of live audio).
     * A replay of a ring is taken at once and waits there. */
    PACE_PCT = 125,
    PACE_FREE_US = 30 * SECOND_US,
    SAMPLES_MAX = ST_REMOTE_RATE_HIGH_HZ / 10 * ST_ENGINE_CHANNELS_MAX,
};

static const char keep_alive_text[] = "{\"type\":\"KeepAlive\"}";
static const char finalize_text[] = "{\"type\":\"Finalize\"}";
static const char close_text[] = "{\"type\":\"CloseStream\"}";

struct st_engine_stream {
    struct st_engine_stream_config config;
    const struct st_engine *engine;
    struct st_json_writer url;
    const char *headers[2];
    struct st_deepgram_reply reply;
    struct st_deepgram_channel channels[ST_ENGINE_CHANNELS_MAX];
    int64_t sent_samples; /* of each channel */
    bool is_finishing;
};

/* ---- the stream ---- */

static int target(struct st_engine_stream *stream, struct st_engine_target *ret_target,
                  char *ret_why, size_t why_bytes)
{
    *ret_target = (struct st_engine_target){.url = stream->url.data,
                                            .headers = stream->headers,
                                            .ca_file = st_remote_ca_file(stream->engine->remote)};
    return 0;
}

static int open_stream(struct st_engine_stream **ret_stream, struct st_engine *engine,
                       const struct st_engine_stream_config *config)
{
    if (!st_remote_has_rate(config->rate_hz))
        return -EINVAL;
    struct st_engine_stream *stream = st_mem_alloc(sizeof(*stream));
    stream->config = *config;
    stream->engine = engine;
    stream->headers[0] = engine->authorization;
    for (unsigned i = 0; i < config->channels; i++)
        st_deepgram_channel_init(&stream->channels[i], &stream->config, i);
    st_deepgram_make_url(&stream->url, engine, config);
    *ret_stream = stream;
    return 0;
}

static int audio(struct st_engine_stream *stream, const struct st_frame *frames)
{
    int16_t samples[SAMPLES_MAX];
    unsigned channels = stream->config.channels;
    uint32_t count = frames[0].count;
    if (count == 0)
        return 0; /* an empty message would end the stream */
    if (count > SAMPLES_MAX / channels)
        return -EINVAL;
    for (unsigned channel = 0; channel < channels; channel++)
        for (uint32_t i = 0; i < count; i++)
            samples[i * channels + channel] = frames[channel].samples[i];
    stream->sent_samples += count;
    stream->config.sink->send(stream->config.user, samples, count * channels * sizeof(samples[0]),
                              true);
    return 0;
}

static void keep_alive(struct st_engine_stream *stream)
{
    st_remote_send_text(&stream->config, keep_alive_text);
}

static void finish(struct st_engine_stream *stream)
{
    stream->is_finishing = true;
    st_remote_send_text(&stream->config, finalize_text);
    st_remote_send_text(&stream->config, close_text);
}

static void close_stream(struct st_engine_stream *stream)
{
    if (!stream)
        return;
    for (unsigned i = 0; i < ST_ENGINE_CHANNELS_MAX; i++)
        st_deepgram_channel_fini(&stream->channels[i]);
    st_deepgram_reply_fini(&stream->reply);
    st_json_fini(&stream->url);
    free(stream);
}

/* ---- results ---- */

static int64_t sent_us(const struct st_engine_stream *stream)
{
    return stream->sent_samples * SECOND_US / stream->config.rate_hz;
}

static void tell_lag(struct st_engine_stream *stream)
{
    int64_t answered_us = stream->channels[0].answered_us;
    for (unsigned i = 1; i < stream->config.channels; i++)
        if (stream->channels[i].answered_us < answered_us)
            answered_us = stream->channels[i].answered_us;
    if (answered_us <= sent_us(stream))
        stream->config.sink->lag(stream->config.user, sent_us(stream) - answered_us);
}

static int handle_results(struct st_engine_stream *stream, struct st_deepgram_channel *channel)
{
    int err = st_deepgram_channel_results(channel, &stream->reply);
    tell_lag(stream);
    return err;
}

static void handle_end(struct st_engine_stream *stream)
{
    if (!stream->is_finishing)
        return;
    for (unsigned i = 0; i < stream->config.channels; i++)
        st_deepgram_channel_end(&stream->channels[i]);
    stream->config.sink->done(stream->config.user);
}

static void handle_error(struct st_engine_stream *stream)
{
    char what[96];
    snprintf(what, sizeof(what), "Deepgram reports an error%s%s", stream->reply.code[0] ? ": " : "",
             stream->reply.code);
    stream->config.sink->failed(stream->config.user, ST_TROUBLE_SERVER, what);
}

static int receive(struct st_engine_stream *stream, const void *data, size_t bytes, bool is_binary)
{
    struct st_deepgram_reply *reply = &stream->reply;
    if (is_binary)
        return -EPROTO;
    int err = st_deepgram_reply_read(reply, data, bytes, sent_us(stream));
    if (err)
        return err;
    if (reply->channel < 0 || reply->channel >= (int64_t)stream->config.channels)
        return -EPROTO;
    struct st_deepgram_channel *channel = &stream->channels[reply->channel];
    switch (reply->kind) {
    case ST_DEEPGRAM_RESULTS:
        return handle_results(stream, channel);
    case ST_DEEPGRAM_UTTERANCE_END:
        st_deepgram_channel_utterance_end(channel);
        return 0;
    case ST_DEEPGRAM_METADATA:
        handle_end(stream);
        return 0;
    case ST_DEEPGRAM_ERROR:
        handle_error(stream);
        return 0;
    case ST_DEEPGRAM_OTHER:
        return 0;
    }
    return 0;
}

const struct st_engine_ops st_deepgram_ops = {
    .name = "deepgram",
    .title = "Deepgram live v1",
    .kind = ST_ENGINE_REMOTE,
    .channels_max = ST_ENGINE_CHANNELS_MAX,
    .chunk_us = CHUNK_US,
    .stall_us = STALL_US,
    .answers_speech_only = true,
    .keep_alive_us = KEEP_ALIVE_US,
    .pace_pct = PACE_PCT,
    .pace_free_us = PACE_FREE_US,
    .load = st_deepgram_load,
    .unload = st_deepgram_unload,
    .describe = st_deepgram_describe,
    .rate_hz = st_remote_rate_hz,
    .findings = st_deepgram_findings,
    .target = target,
    .open = open_stream,
    .audio = audio,
    .keep_alive = keep_alive,
    .finish = finish,
    .close = close_stream,
    .receive = receive,
    .ends = st_deepgram_ends,
};
