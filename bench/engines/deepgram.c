/* Deepgram live v1: both channels in one connection, an interim result a second, finals. */
#include "engine.h"
#include "words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_BYTES = 4096 };

static size_t write_words(const struct ear *ear, char *out, size_t out_bytes)
{
    const struct utterance *utterance = &ear->utterance;
    size_t len = 0;
    out[0] = 0;
    for (unsigned i = 0; i < utterance->count; i++)
        for (unsigned k = 0; k < WORDS_PER_SECOND; k++) {
            struct word word = words_of(utterance->seconds[i], k);
            double at_s = utterance->starts_s[i];
            len += (size_t)snprintf(out + len, out_bytes - len,
                                    "%s{\"word\":\"%s\",\"start\":%.3f,\"end\":%.3f,"
                                    "\"confidence\":0.97,\"punctuated_word\":\"%s\"}",
                                    len > 0 ? "," : "", word.text, at_s + word.start_s,
                                    at_s + word.end_s, word.text);
        }
    return len;
}

static void tell(struct ear *ear, bool is_final)
{
    char words[TEXT_BYTES], said[TEXT_BYTES / 4], text[TEXT_BYTES + TEXT_BYTES / 2];
    struct engine_connection *connection = ear->listener->user;
    write_words(ear, words, sizeof(words));
    ear_write_text(ear, said, sizeof(said));
    int len = snprintf(text, sizeof(text),
                       "{\"type\":\"Results\",\"channel_index\":[%u,%u],\"duration\":%.3f,"
                       "\"start\":%.3f,\"is_final\":%s,\"speech_final\":%s,\"channel\":"
                       "{\"alternatives\":[{\"transcript\":\"%s\",\"confidence\":0.97,"
                       "\"words\":[%s]}]},\"metadata\":{\"request_id\":"
                       "\"00000000-0000-0000-0000-%012u\",\"model_info\":{\"name\":\"general\","
                       "\"version\":\"2024-01-01\",\"arch\":\"nova-3\"}},\"from_finalize\":false}",
                       ear->channel, ear->listener->shared->channels, ear_at_s(ear) - ear->told_s,
                       ear->told_s, is_final ? "true" : "false", is_final ? "true" : "false", said,
                       words, ear->listener->index);
    ws_send(&connection->ws, WS_TEXT, text, (size_t)len);
}

static void message(struct engine_connection *connection, enum ws_opcode opcode,
                    const uint8_t *data, size_t bytes)
{
    static const char metadata[] = "{\"type\":\"Metadata\",\"request_id\":\"\",\"duration\":0}";
    if (opcode == WS_BINARY) {
        listener_put(&connection->listener, data, bytes);
    } else if (memmem(data, bytes, "CloseStream", 11)) {
        listener_finish(&connection->listener);
        if (listener_is_mute(&connection->listener))
            return;
        ws_send(&connection->ws, WS_TEXT, metadata, sizeof(metadata) - 1);
        ws_send(&connection->ws, WS_CLOSE, "\x03\xe8", 2);
    }
}

static unsigned read_number(const char *request, const char *name, unsigned otherwise)
{
    const char *at = strstr(request, name);
    return at ? (unsigned)strtoul(at + strlen(name), NULL, 10) : otherwise;
}

static void open_connection(struct engine_connection *connection)
{
    const char *request = connection->ws.request;
    unsigned channels = read_number(request, "&channels=", 1);
    unsigned rate_hz = read_number(request, "&sample_rate=", 8000);
    engine_open_listener(&connection->listener, channels == 2 ? 2 : 1, rate_hz, tell, connection);
}

const struct engine_dialect deepgram_dialect = {
    .name = "deepgram", .open = open_connection, .message = message};
