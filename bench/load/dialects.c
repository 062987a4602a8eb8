#include "call.h"
#include "marks.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void send_text(struct call *call, const char *text, int bytes)
{
    ws_send(&call->ws, WS_TEXT, text, (size_t)bytes);
}

static void start_pcm(struct call *call)
{
    char text[512];
    int n = snprintf(text, sizeof(text),
                     "{\"type\":\"start\",\"call_id\":\"load-%d-%u\",\"encoding\":\"l16le\","
                     "\"rate_hz\":8000,\"layout\":\"interleaved\",\"channels\":[{\"role\":"
                     "\"agent\"},{\"role\":\"customer\"}],\"agent\":{\"id\":\"a%u\"},\"queue\":"
                     "\"load\"}",
                     (int)getpid(), call->index, call->index);
    send_text(call, text, n);
}

static void send_pcm(struct call *call)
{
    int16_t frame[MARK_FRAME_SAMPLES * 2];
    const int16_t *left = marks_linear(call->index * 2, call->frames);
    const int16_t *right = marks_linear(call->index * 2 + 1, call->frames);
    for (int i = 0; i < MARK_FRAME_SAMPLES; i++) {
        frame[2 * i] = left[i];
        frame[2 * i + 1] = right[i];
    }
    ws_send(&call->ws, WS_BINARY, frame, sizeof(frame));
}

static void stop_pcm(struct call *call)
{
    static const char text[] = "{\"type\":\"stop\"}";
    send_text(call, text, sizeof(text) - 1);
}

static void start_twilio(struct call *call)
{
    static const char connected[] =
        "{\"event\":\"connected\",\"protocol\":\"Call\",\"version\":\"1.0.0\"}";
    char text[1024];
    send_text(call, connected, sizeof(connected) - 1);
    int n =
        snprintf(text, sizeof(text),
                 "{\"event\":\"start\",\"sequenceNumber\":\"1\",\"start\":{\"accountSid\":"
                 "\"AC%032x\",\"streamSid\":\"MZ%032x\",\"callSid\":\"CA%016x%016x\",\"tracks\":"
                 "[\"inbound\",\"outbound\"],\"mediaFormat\":{\"encoding\":\"audio/x-mulaw\","
                 "\"sampleRate\":8000,\"channels\":1},\"customParameters\":{}},\"streamSid\":"
                 "\"MZ%032x\"}",
                 0u, call->index, (unsigned)getpid(), call->index, call->index);
    send_text(call, text, n);
}

static void send_twilio_track(struct call *call, unsigned track)
{
    static const char *const names[] = {"inbound", "outbound"};
    uint8_t payload[(MARK_FRAME_SAMPLES + 2) / 3 * 4 + 1];
    char text[1024];
    EVP_EncodeBlock(payload, marks_pcmu(call->index * 2 + track, call->frames), MARK_FRAME_SAMPLES);
    unsigned long long frame = call->frames;
    int n =
        snprintf(text, sizeof(text),
                 "{\"event\":\"media\",\"sequenceNumber\":\"%llu\",\"media\":{\"track\":\"%s\","
                 "\"chunk\":\"%llu\",\"timestamp\":\"%llu\",\"payload\":\"%s\"},\"streamSid\":"
                 "\"MZ%032x\"}",
                 frame * 2 + track + 2, names[track], frame + 1, frame * 20, payload, call->index);
    send_text(call, text, n);
}

static void send_twilio(struct call *call)
{
    send_twilio_track(call, 0);
    send_twilio_track(call, 1);
}

static void stop_twilio(struct call *call)
{
    char text[256];
    int n = snprintf(text, sizeof(text),
                     "{\"event\":\"stop\",\"sequenceNumber\":\"%llu\",\"streamSid\":\"MZ%032x\","
                     "\"stop\":{\"accountSid\":\"AC%032x\",\"callSid\":\"CA%016x%016x\"}}",
                     (unsigned long long)call->frames * 2 + 2, call->index, 0u, (unsigned)getpid(),
                     call->index);
    send_text(call, text, n);
}

static const struct dialect dialects[] = {
    {"pcm", "/v1/ingest/pcm", start_pcm, send_pcm, stop_pcm},
    {"twilio", "/v1/ingest/twilio", start_twilio, send_twilio, stop_twilio},
};

const struct dialect *dialect_find(const char *name)
{
    for (size_t i = 0; i < sizeof(dialects) / sizeof(dialects[0]); i++)
        if (strcmp(dialects[i].name, name) == 0)
            return &dialects[i];
    return NULL;
}
