/* As Azure Communication Services with unmixed audio: the agent a user, the customer a telephone.
 */
#include "wire.h"

#include "sidetone/base64.h"
#include "sidetone/codec.h"
#include "sidetone/frame.h"
#include "sidetone/loop.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

enum { RATE_HZ = 16000, FRAME_SAMPLES = 320, FRAME_MS = 20 };

static const char agent[] = "8:acs:agent", unknown_customer[] = "4:anonymous";

static void make_id(char *out, size_t out_bytes)
{
    uint8_t random[16] = {0};
    size_t used = 0;
    if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
        memset(random, 0, sizeof(random));
    for (size_t i = 0; i < sizeof(random) && used + 3 <= out_bytes; i++)
        used += (size_t)snprintf(out + used, out_bytes - used, "%02x", random[i]);
}

static void begin(struct st_wire *wire, const char *kind, const char *body)
{
    st_json_begin_object(&wire->json);
    st_json_set_string(&wire->json, "kind", kind);
    st_json_key(&wire->json, body);
    st_json_begin_object(&wire->json);
}

static void end(struct st_wire *wire)
{
    st_json_end_object(&wire->json);
    st_json_end_object(&wire->json);
    st_wire_put_json(wire);
}

static void name_call(struct st_wire *wire, const struct st_wire_call *call)
{
    if (call->call_id)
        snprintf(wire->call_id, sizeof(wire->call_id), "%s", call->call_id);
    else
        make_id(wire->call_id, sizeof(wire->call_id));
}

static void start(struct st_wire *wire, const struct st_wire_call *call)
{
    struct st_json_writer *json = &wire->json;
    wire->rate_hz = RATE_HZ;
    wire->started_unix_ms = st_loop_wall_unix_ms();
    make_id(wire->stream_id, sizeof(wire->stream_id));
    begin(wire, "AudioMetadata", "audioMetadata");
    st_json_set_string(json, "subscriptionId", wire->stream_id);
    st_json_set_string(json, "encoding", "PCM");
    st_json_set_int(json, "sampleRate", RATE_HZ);
    st_json_set_int(json, "channels", 1);
    st_json_set_int(json, "length", FRAME_SAMPLES * 2);
    end(wire);
}

static void put_packet(struct st_wire *wire, const char *participant, const int16_t *samples,
                       size_t count)
{
    uint8_t bytes[FRAME_SAMPLES * 2];
    char data[ST_BASE64_ENCODED_MAX(FRAME_SAMPLES * 2)], seconds[32], stamp[48];
    struct st_json_writer *json = &wire->json;
    struct tm parts;
    bool is_silent = true;
    int64_t unix_ms = wire->started_unix_ms + (int64_t)wire->frames * FRAME_MS;
    time_t unix_s = (time_t)(unix_ms / 1000);
    for (size_t i = 0; i < count; i++)
        is_silent = is_silent && samples[i] == 0;
    gmtime_r(&unix_s, &parts);
    strftime(seconds, sizeof(seconds), "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(stamp, sizeof(stamp), "%s.%03dZ", seconds, (int)(unix_ms % 1000));
    st_codec_encode(ST_CODEC_L16LE, samples, count, bytes);
    size_t chars = st_base64_encode(bytes, count * 2, data);
    begin(wire, "AudioData", "audioData");
    st_json_set_string(json, "timestamp", stamp);
    st_json_set_string(json, "participantRawID", participant);
    st_json_key(json, "data");
    st_json_string_n(json, data, chars);
    st_json_set_bool(json, "silent", is_silent);
    end(wire);
}

static void frame(struct st_wire *wire, const int16_t *samples, size_t count)
{
    int16_t left[FRAME_SAMPLES], right[FRAME_SAMPLES];
    count = count < FRAME_SAMPLES ? count : FRAME_SAMPLES;
    for (size_t i = 0; i < count; i++) {
        left[i] = samples[2 * i];
        right[i] = samples[2 * i + 1];
    }
    put_packet(wire, agent, left, count);
    put_packet(wire, unknown_customer, right, count);
    wire->frames++;
}

/* Azure just closes. */
static void stop(struct st_wire *wire)
{
    wire->has_stopped = true;
}

static void receive(struct st_wire *wire, const char *data, size_t bytes)
{
    (void)wire;
    (void)data;
    (void)bytes;
}

const struct st_wire_ops st_wire_acs = {
    .name = "acs",
    .send = st_send_over_socket,
    .rate_hz = RATE_HZ,
    .name_call = name_call,
    .start = start,
    .frame = frame,
    .stop = stop,
    .receive = receive,
};
