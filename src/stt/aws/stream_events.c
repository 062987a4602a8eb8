/* Events out. */
#include "stream_private.h"

#include "sidetone/json_writer.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

enum {
    SECOND_US = 1000000,
    WRAP_BYTES = 79, /* before the wrapped event */
};

static bool is_wrapped(const struct st_engine_stream *stream)
{
    return !stream->engine->parameters.is_websocket;
}

static void send_wrapped(struct st_engine_stream *stream, size_t bytes)
{
    struct st_event_writer writer;
    uint8_t signature[ST_SIGV4_BYTES];
    size_t cap;
    int64_t unix_ms = st_aws_stream_unix_ms(stream);
    st_sigv4_chain_sign(&stream->request.chain, unix_ms, stream->frame + WRAP_BYTES, bytes,
                        signature);
    st_event_begin(&writer, stream->frame, sizeof(stream->frame));
    st_event_put_timestamp(&writer, ":date", unix_ms);
    st_event_put_bytes(&writer, ":chunk-signature", signature, sizeof(signature));
    assert(st_event_payload(&writer, &cap) == stream->frame + WRAP_BYTES);
    ssize_t whole = st_event_end(&writer, bytes);
    assert(whole > 0);
    stream->config.sink->send(stream->config.user, stream->frame, (size_t)whole, true);
}

static void begin_event(struct st_engine_stream *stream, struct st_event_writer *writer,
                        const char *type, const char *content_type)
{
    size_t before = is_wrapped(stream) ? WRAP_BYTES : 0;
    st_event_begin(writer, stream->frame + before, sizeof(stream->frame) - before - 4);
    st_event_put_string(writer, ":event-type", type);
    st_event_put_string(writer, ":message-type", "event");
    st_event_put_string(writer, ":content-type", content_type);
}

static void end_event(struct st_engine_stream *stream, struct st_event_writer *writer,
                      size_t payload_bytes)
{
    ssize_t bytes = st_event_end(writer, payload_bytes);
    assert(bytes > 0);
    if (is_wrapped(stream))
        send_wrapped(stream, (size_t)bytes);
    else
        stream->config.sink->send(stream->config.user, stream->frame, (size_t)bytes, true);
}

static void write_settings(struct st_json_writer *json, const struct st_aws_parameters *parameters)
{
    st_json_key(json, "PostCallAnalyticsSettings");
    st_json_begin_object(json);
    st_json_set_string(json, "OutputLocation", parameters->output_location);
    st_json_set_string(json, "DataAccessRoleArn", parameters->role_arn);
    if (parameters->content_redaction_output)
        st_json_set_string(json, "ContentRedactionOutput", parameters->content_redaction_output);
    if (parameters->kms_key)
        st_json_set_string(json, "OutputEncryptionKMSKeyId", parameters->kms_key);
    st_json_end_object(json);
}

static void write_configuration(struct st_json_writer *json, const struct st_engine_stream *stream)
{
    st_json_begin_object(json);
    st_json_key(json, "ChannelDefinitions");
    st_json_begin_array(json);
    for (unsigned i = 0; i < 2; i++) {
        st_json_begin_object(json);
        st_json_set_int(json, "ChannelId", i);
        st_json_set_string(json, "ParticipantRole",
                           stream->roles[i] == ST_ROLE_AGENT ? "AGENT" : "CUSTOMER");
        st_json_end_object(json);
    }
    st_json_end_array(json);
    if (stream->engine->parameters.output_location)
        write_settings(json, &stream->engine->parameters);
    st_json_end_object(json);
}

void st_aws_stream_send_configuration(struct st_engine_stream *stream)
{
    struct st_json_writer json;
    struct st_event_writer writer;
    size_t cap;
    st_json_init(&json);
    write_configuration(&json, stream);
    begin_event(stream, &writer, "ConfigurationEvent", "application/json");
    uint8_t *payload = st_event_payload(&writer, &cap);
    assert(json.len <= cap);
    memcpy(payload, json.data, json.len);
    end_event(stream, &writer, json.len);
    st_json_fini(&json);
}

static void put_samples(uint8_t *out, const struct st_frame *frames, unsigned channels)
{
    for (uint32_t i = 0; i < frames[0].count; i++)
        for (unsigned c = 0; c < channels; c++, out += 2)
            memcpy(out, &frames[c].samples[i], 2);
}

int st_aws_stream_send_audio(struct st_engine_stream *stream, const struct st_frame *frames)
{
    struct st_event_writer writer;
    size_t cap, channels = stream->config.channels;
    size_t bytes = (size_t)frames[0].count * channels * sizeof(int16_t);
    begin_event(stream, &writer, "AudioEvent", "application/octet-stream");
    uint8_t *payload = st_event_payload(&writer, &cap);
    if (bytes == 0 || bytes > cap || (channels == 2 && frames[1].count != frames[0].count))
        return -EINVAL;
    if (channels == 1)
        memcpy(payload, frames[0].samples, bytes);
    else
        put_samples(payload, frames, (unsigned)channels);
    end_event(stream, &writer, bytes);
    stream->sent_us += st_aws_stream_us(stream, frames[0].count);
    return 0;
}

void st_aws_stream_send_end(struct st_engine_stream *stream)
{
    struct st_event_writer writer;
    if (is_wrapped(stream)) {
        send_wrapped(stream, 0);
        stream->config.sink->end(stream->config.user);
        return;
    }
    begin_event(stream, &writer, "AudioEvent", "application/octet-stream");
    end_event(stream, &writer, 0);
}
