/*
 * One stream of Amazon Transcribe: events out, results in. Over HTTP/2 each event is wrapped into
 * one that is signed over the one before; over WebSocket it goes as it is.
 */
#include "stream_private.h"

#include "sidetone/loop.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

enum { SECOND_US = 1000000 };

/* The service wants both; what we do not know is the other one, or its own order. */
static void settle_roles(struct st_engine_stream *stream)
{
    enum st_role first = stream->config.roles[0], second = stream->config.roles[1];
    bool is_swapped =
        first == ST_ROLE_AGENT || (first == ST_ROLE_UNKNOWN && second == ST_ROLE_CUSTOMER);
    stream->roles[0] = is_swapped ? ST_ROLE_AGENT : ST_ROLE_CUSTOMER;
    stream->roles[1] = is_swapped ? ST_ROLE_CUSTOMER : ST_ROLE_AGENT;
}

int st_aws_stream_open(struct st_engine_stream **ret_stream, struct st_engine *engine,
                       const struct st_engine_stream_config *config)
{
    char text[24];
    bool asks_language = !engine->parameters.identifies_language;
    if (asks_language &&
        !st_aws_request_language(engine->operation, config->language, text, sizeof(text)))
        return -ENOTSUP;
    if ((config->rate_hz != 8000 && config->rate_hz != 16000) || config->channels > 2 ||
        (engine->operation->flag == ST_AWS_CALL_ANALYTICS && config->channels != 2))
        return -EINVAL;
    struct st_engine_stream *stream = st_mem_alloc(sizeof(*stream));
    stream->config = *config;
    if (stream->config.channels == 0)
        stream->config.channels = 1;
    stream->engine = engine;
    stream->call_id = st_mem_strdup(config->call_id ? config->call_id : "");
    if (asks_language)
        stream->language =
            st_aws_request_language(engine->operation, config->language, stream->language_text,
                                    sizeof(stream->language_text));
    settle_roles(stream);
    st_rebase_reset(&stream->clock);
    st_rebase_mark(&stream->clock, 0, 0);
    *ret_stream = stream;
    return 0;
}

void st_aws_stream_close(struct st_engine_stream *stream)
{
    if (!stream)
        return;
    st_aws_request_fini(&stream->request);
    st_event_reader_fini(&stream->reader);
    st_aws_reply_fini(&stream->reply);
    st_rebase_fini(&stream->clock);
    for (size_t i = 0; i < ST_ENGINE_CHANNELS_MAX; i++)
        st_aws_track_fini(&stream->tracks[i]);
    free(stream->words);
    free(stream->call_id);
    OPENSSL_cleanse(stream->frame, sizeof(stream->frame));
    free(stream);
}

int64_t st_aws_stream_unix_ms(const struct st_engine_stream *stream)
{
    return st_loop_wall_unix_ms() + atomic_load(&stream->engine->clock_ms);
}

void st_aws_stream_fail(struct st_engine_stream *stream, enum st_engine_trouble trouble,
                        const char *what)
{
    if (stream->has_failed)
        return;
    stream->has_failed = true;
    stream->config.sink->failed(stream->config.user, trouble, what);
}

int st_aws_stream_target(struct st_engine_stream *stream, struct st_engine_target *ret_target,
                         char *ret_why, size_t why_bytes)
{
    struct st_aws_keys keys;
    int err = 0;
    if (!stream->has_begun) {
        err = st_aws_credentials_get(stream->engine->credentials, &keys, ret_why, why_bytes);
        if (err)
            return err;
        struct st_aws_asking asking = {
            .language = stream->language,
            .rate_hz = stream->config.rate_hz,
            .channels = stream->config.channels,
            .call_id = stream->call_id,
            .unix_ms = st_aws_stream_unix_ms(stream),
        };
        err = st_aws_request_build(&stream->request, stream->engine, &keys, &asking);
        stream->generation = keys.generation;
        st_aws_keys_wipe(&keys);
    }
    if (err)
        return err;
    *ret_target = (struct st_engine_target){
        .url = stream->request.url,
        .headers = (const char *const *)stream->request.headers,
        .ca_file = stream->engine->ca_file,
    };
    if (!stream->has_begun && stream->engine->operation->flag == ST_AWS_CALL_ANALYTICS)
        st_aws_stream_send_configuration(stream);
    stream->has_begun = true;
    return 0;
}

int64_t st_aws_stream_us(const struct st_engine_stream *stream, size_t samples)
{
    return (int64_t)samples * SECOND_US / stream->config.rate_hz;
}

int st_aws_stream_audio(struct st_engine_stream *stream, const struct st_frame *frames)
{
    if (!stream->has_begun)
        return -EAGAIN;
    if (stream->has_failed)
        return 0;
    for (unsigned i = 0; i < stream->config.channels; i++)
        if (st_aws_track_is_stuck(&stream->tracks[i], stream->sent_us)) {
            st_aws_stream_fail(stream, ST_TROUBLE_PROTOCOL,
                               "AWS began a segment and never finished it");
            return 0;
        }
    int err = st_aws_stream_send_audio(stream, frames);
    if (!err)
        stream->given_us += st_aws_stream_us(stream, frames[0].count);
    return err;
}

/* The shortest audio there is, since it counts in the service's times. */
void st_aws_stream_keep_alive(struct st_engine_stream *stream)
{
    static const int16_t silence;
    struct st_frame frames[ST_ENGINE_CHANNELS_MAX];
    if (!stream->has_begun || stream->has_failed || stream->is_finishing)
        return;
    for (unsigned i = 0; i < ST_ENGINE_CHANNELS_MAX; i++)
        frames[i] = (struct st_frame){&silence, 1, stream->config.rate_hz, 0};
    if (st_aws_stream_send_audio(stream, frames) == 0)
        st_rebase_mark(&stream->clock, stream->sent_us, stream->given_us);
}

void st_aws_stream_finish(struct st_engine_stream *stream)
{
    stream->is_finishing = true;
    if (stream->has_begun && !stream->has_failed)
        st_aws_stream_send_end(stream);
}

static int handle_message(struct st_engine_stream *stream, const struct st_event_message *message)
{
    if (!st_event_is(message, ":message-type", "exception") &&
        !st_event_is(message, ":message-type", "error"))
        return st_aws_stream_take_event(stream, message);
    st_aws_stream_take_exception(stream, message);
    return 0;
}

static void keep_body(struct st_engine_stream *stream, const void *data, size_t bytes)
{
    size_t left = sizeof(stream->body) - stream->body_bytes;
    size_t taken = bytes < left ? bytes : left;
    memcpy(stream->body + stream->body_bytes, data, taken);
    stream->body_bytes += taken;
}

int st_aws_stream_receive(struct st_engine_stream *stream, const void *data, size_t bytes,
                          bool is_binary)
{
    struct st_event_message message;
    const uint8_t *at = data, *end = at + bytes;
    bool is_websocket = stream->engine->parameters.is_websocket;
    int found = 0;
    if (stream->status != 0 && stream->status != 200) {
        keep_body(stream, data, bytes);
        return 0;
    }
    if (is_websocket && !is_binary)
        return -EPROTO;
    stream->reply.sent_us = stream->sent_us;
    while (!stream->has_failed &&
           (found = st_event_read(&stream->reader, &at, end, &message)) > 0) {
        int err = handle_message(stream, &message);
        if (err)
            return err;
    }
    if (found < 0 || (is_websocket && st_event_reader_is_within(&stream->reader)))
        return -EPROTO;
    return 0;
}
