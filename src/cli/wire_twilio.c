/* As Twilio Media Streams with both tracks: the agent outbound, the customer inbound. */
#include "wire.h"

#include "sidetone/base64.h"
#include "sidetone/codec.h"
#include "sidetone/frame.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

enum { RATE_HZ = 8000, FRAME_SAMPLES = 160, FRAME_MS = 20 };

static void make_id(char *out, size_t out_bytes, const char *prefix)
{
    uint8_t random[16] = {0};
    size_t used = (size_t)snprintf(out, out_bytes, "%s", prefix);
    if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
        memset(random, 0, sizeof(random));
    for (size_t i = 0; i < sizeof(random) && used + 3 <= out_bytes; i++)
        used += (size_t)snprintf(out + used, out_bytes - used, "%02x", random[i]);
}

/* Twilio writes all numbers as strings. */
static void set_number(struct st_json_writer *json, const char *key, uint64_t value)
{
    char digits[24];
    snprintf(digits, sizeof(digits), "%" PRIu64, value);
    st_json_set_string(json, key, digits);
}

static void begin(struct st_wire *wire, const char *event)
{
    st_json_begin_object(&wire->json);
    st_json_set_string(&wire->json, "event", event);
    set_number(&wire->json, "sequenceNumber", ++wire->sequence);
    st_json_set_string(&wire->json, "streamSid", wire->stream_id);
}

static void end(struct st_wire *wire)
{
    st_json_end_object(&wire->json);
    st_wire_put_json(wire);
}

static void put_connected(struct st_wire *wire)
{
    st_json_begin_object(&wire->json);
    st_json_set_string(&wire->json, "event", "connected");
    st_json_set_string(&wire->json, "protocol", "Call");
    st_json_set_string(&wire->json, "version", "1.0.0");
    end(wire);
}

static void put_ids(struct st_wire *wire)
{
    st_json_set_string(&wire->json, "accountSid", "AC00000000000000000000000000000000");
    st_json_set_string(&wire->json, "callSid", wire->call_id);
}

static void put_parameters(struct st_wire *wire, const struct st_wire_call *call)
{
    st_json_key(&wire->json, "customParameters");
    st_json_begin_object(&wire->json);
    st_wire_set_given(wire, "agent_id", call->agent_id);
    st_wire_set_given(wire, "agent_name", call->agent_name);
    st_wire_set_given(wire, "queue", call->queue);
    st_wire_set_given(wire, "caller", call->caller);
    st_wire_set_given(wire, "language", call->language);
    st_json_end_object(&wire->json);
}

static void put_format(struct st_json_writer *json)
{
    st_json_key(json, "mediaFormat");
    st_json_begin_object(json);
    st_json_set_string(json, "encoding", "audio/x-mulaw");
    st_json_set_int(json, "sampleRate", RATE_HZ);
    st_json_set_int(json, "channels", 1);
    st_json_end_object(json);
}

static void start(struct st_wire *wire, const struct st_wire_call *call)
{
    struct st_json_writer *json = &wire->json;
    wire->rate_hz = RATE_HZ;
    make_id(wire->stream_id, sizeof(wire->stream_id), "MZ");
    if (call->call_id)
        snprintf(wire->call_id, sizeof(wire->call_id), "%s", call->call_id);
    else
        make_id(wire->call_id, sizeof(wire->call_id), "CA");
    put_connected(wire);
    begin(wire, "start");
    st_json_key(json, "start");
    st_json_begin_object(json);
    st_json_set_string(json, "streamSid", wire->stream_id);
    put_ids(wire);
    st_json_key(json, "tracks");
    st_json_begin_array(json);
    st_json_string(json, "inbound");
    st_json_string(json, "outbound");
    st_json_end_array(json);
    put_parameters(wire, call);
    put_format(json);
    st_json_end_object(json);
    end(wire);
}

static void put_track(struct st_wire *wire, const char *track, const int16_t *samples, size_t count)
{
    uint8_t bytes[FRAME_SAMPLES];
    char payload[ST_BASE64_ENCODED_MAX(FRAME_SAMPLES)];
    struct st_json_writer *json = &wire->json;
    st_codec_encode(ST_CODEC_PCMU, samples, count, bytes);
    size_t chars = st_base64_encode(bytes, count, payload);
    begin(wire, "media");
    st_json_key(json, "media");
    st_json_begin_object(json);
    st_json_set_string(json, "track", track);
    set_number(json, "chunk", wire->frames + 1);
    set_number(json, "timestamp", wire->frames * FRAME_MS);
    st_json_key(json, "payload");
    st_json_string_n(json, payload, chars);
    st_json_end_object(json);
    end(wire);
}

static void frame(struct st_wire *wire, const int16_t *samples, size_t count)
{
    int16_t agent[FRAME_SAMPLES], customer[FRAME_SAMPLES];
    count = count < FRAME_SAMPLES ? count : FRAME_SAMPLES;
    for (size_t i = 0; i < count; i++) {
        agent[i] = samples[2 * i];
        customer[i] = samples[2 * i + 1];
    }
    put_track(wire, "inbound", customer, count);
    put_track(wire, "outbound", agent, count);
    wire->frames++;
}

static void stop(struct st_wire *wire)
{
    begin(wire, "stop");
    st_json_key(&wire->json, "stop");
    st_json_begin_object(&wire->json);
    put_ids(wire);
    st_json_end_object(&wire->json);
    end(wire);
}

/* The stream goes one way: nothing is expected back. */
static void receive(struct st_wire *wire, const char *data, size_t bytes)
{
    (void)wire;
    (void)data;
    (void)bytes;
}

const struct st_wire_ops st_wire_twilio = {
    .name = "twilio",
    .send = st_send_over_socket,
    .rate_hz = RATE_HZ,
    .start = start,
    .frame = frame,
    .stop = stop,
    .receive = receive,
};
