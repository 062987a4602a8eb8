/* vosk-server: a reply to every message, one channel in a connection. */
#include "engine.h"
#include "words.h"

#include <stdio.h>
#include <string.h>

enum { RATE_HZ = 16000, TEXT_BYTES = 4096 };

static void send_text(struct engine_connection *connection, const char *text)
{
    ws_send(&connection->ws, WS_TEXT, text, strlen(text));
}

static size_t write_words(const struct ear *ear, char *out, size_t out_bytes)
{
    const struct utterance *utterance = &ear->utterance;
    size_t len = 0;
    for (unsigned i = 0; i < utterance->count; i++)
        for (unsigned k = 0; k < WORDS_PER_SECOND; k++) {
            struct word word = words_of(utterance->seconds[i], k);
            double at_s = utterance->starts_s[i];
            len += (size_t)snprintf(out + len, out_bytes - len,
                                    "%s{\n      \"conf\" : 0.97,\n      \"end\" : %.3f,\n      "
                                    "\"start\" : %.3f,\n      \"word\" : \"%s\"\n    }",
                                    len > 0 ? ", " : "", at_s + word.end_s, at_s + word.start_s,
                                    word.text);
        }
    return len;
}

static void tell(struct ear *ear, bool is_final)
{
    char words[TEXT_BYTES], said[TEXT_BYTES / 4], text[TEXT_BYTES + TEXT_BYTES / 2];
    if (!is_final)
        return; /* the answer to the message does */
    ear_write_text(ear, said, sizeof(said));
    if (write_words(ear, words, sizeof(words)) > 0)
        snprintf(text, sizeof(text), "{\n  \"result\" : [%s],\n  \"text\" : \"%s\"\n}", words,
                 said);
    else
        snprintf(text, sizeof(text), "{\n  \"text\" : \"\"\n}");
    send_text(ear->listener->user, text);
}

/* A word shows before it is over. */
static void answer(struct engine_connection *connection)
{
    struct ear *ear = &connection->listener.ears[0];
    char said[TEXT_BYTES / 4], text[TEXT_BYTES / 2];
    bool was_final = ear->has_told && ear->utterance.count == 0;
    if (was_final || listener_is_mute(&connection->listener))
        return;
    size_t len = ear_write_text(ear, said, sizeof(said));
    snprintf(text, sizeof(text), "{\n  \"partial\" : \"%s%s\"\n}", said,
             !ear->reader.is_inside ? ""
             : len > 0              ? " the"
                                    : "the");
    send_text(connection, text);
}

static void message(struct engine_connection *connection, enum ws_opcode opcode,
                    const uint8_t *data, size_t bytes)
{
    if (opcode == WS_BINARY) {
        listener_put(&connection->listener, data, bytes);
        answer(connection);
    } else if (memmem(data, bytes, "\"eof\"", 5) && !listener_is_mute(&connection->listener)) {
        listener_finish(&connection->listener);
        ws_send(&connection->ws, WS_CLOSE, "\x03\xe8", 2);
    }
}

static void open_connection(struct engine_connection *connection)
{
    engine_open_listener(&connection->listener, 1, RATE_HZ, tell, connection);
}

const struct engine_dialect vosk_dialect = {
    .name = "vosk", .open = open_connection, .message = message};
