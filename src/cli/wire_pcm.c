#include "fields.h"
#include "wire.h"

#include "sidetone/codec.h"
#include "sidetone/frame.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static void put_agent(struct st_wire *wire, const struct st_wire_call *call)
{
    if (!call->agent_id && !call->agent_name)
        return;
    st_json_key(&wire->json, "agent");
    st_json_begin_object(&wire->json);
    st_wire_set_given(wire, "id", call->agent_id);
    st_wire_set_given(wire, "name", call->agent_name);
    st_json_end_object(&wire->json);
}

static void put_channels(struct st_json_writer *json)
{
    st_json_key(json, "channels");
    st_json_begin_array(json);
    for (enum st_role role = ST_ROLE_AGENT; role <= ST_ROLE_CUSTOMER; role++) {
        st_json_begin_object(json);
        st_json_set_string(json, "role", st_role_name(role));
        st_json_end_object(json);
    }
    st_json_end_array(json);
}

static void start(struct st_wire *wire, const struct st_wire_call *call)
{
    struct st_json_writer *json = &wire->json;
    wire->rate_hz = call->rate_hz;
    snprintf(wire->call_id, sizeof(wire->call_id), "%s", call->call_id ? call->call_id : "");
    st_json_begin_object(json);
    st_json_set_string(json, "type", "start");
    st_wire_set_given(wire, "call_id", call->call_id);
    st_json_set_string(json, "encoding", st_codec_name(ST_CODEC_L16LE));
    st_json_set_int(json, "rate_hz", call->rate_hz);
    st_json_set_string(json, "layout", "interleaved");
    put_channels(json);
    put_agent(wire, call);
    st_wire_set_given(wire, "queue", call->queue);
    st_wire_set_given(wire, "caller", call->caller);
    st_wire_set_given(wire, "language", call->language);
    st_json_end_object(json);
    st_wire_put_json(wire);
}

static void frame(struct st_wire *wire, const int16_t *samples, size_t count)
{
    uint8_t bytes[ST_FRAME_SAMPLES_MAX * 2 * 2];
    st_codec_encode(ST_CODEC_L16LE, samples, count * 2, bytes);
    wire->put(wire->user, bytes, count * 4, true);
    wire->frames++;
}

static void stop(struct st_wire *wire)
{
    static const char message[] = "{\"type\":\"stop\"}";
    wire->put(wire->user, message, sizeof(message) - 1, false);
}

static void receive(struct st_wire *wire, const char *data, size_t bytes)
{
    json_t *message = json_loadb(data, bytes, 0, NULL);
    const char *type = st_fields_text(message, "type");
    if (strcmp(type, "started") == 0)
        snprintf(wire->call_id, sizeof(wire->call_id), "%s", st_fields_text(message, "call_id"));
    else if (strcmp(type, "stopped") == 0)
        wire->has_stopped = true;
    else if (strcmp(type, "error") == 0)
        snprintf(wire->error, sizeof(wire->error), "%s: %s", st_fields_text(message, "code"),
                 st_fields_text(message, "message"));
    json_decref(message);
}

const struct st_wire_ops st_wire_pcm = {
    .name = "pcm",
    .send = st_send_over_socket,
    .answers_stop = true,
    .start = start,
    .frame = frame,
    .stop = stop,
    .receive = receive,
};
