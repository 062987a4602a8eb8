/* Amazon Transcribe streaming over HTTP/2: event streams both ways, one POST a stream. */
#include "engine.h"
#include "words.h"

#include "../../src/stt/aws/event_stream.h"
#include "../load/wire.h"

#include <nghttp2/nghttp2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TEXT_BYTES = 4096,
    READ_BYTES = 65536,
    WINDOW_BYTES = 1 << 24,
    PENDING_BYTES_MAX = 1 << 18,
    CONNECTIONS_MAX = 4096,
};

/* One connection of HTTP/2. */
struct session {
    struct poller_source source;
    struct ssl_st *tls;
    nghttp2_session *h2;
};

/* One request in it. */
struct request {
    struct session *session;
    int32_t id;
    unsigned channels, rate_hz;
    bool has_listener, has_ended;
    struct st_event_reader reader;
    struct listener listener;
    uint8_t out[PENDING_BYTES_MAX]; /* of the response */
    size_t out_begin, out_end;
};

static struct session *sessions[CONNECTIONS_MAX];
static unsigned session_count;

/* ---- what is said ---- */

static ssize_t give(nghttp2_session *h2, int32_t id, uint8_t *out, size_t cap, uint32_t *flags,
                    nghttp2_data_source *source, void *user)
{
    struct request *request = source->ptr;
    size_t held = request->out_end - request->out_begin, bytes = held < cap ? held : cap;
    if (held == 0 && !request->has_ended)
        return NGHTTP2_ERR_DEFERRED;
    memcpy(out, request->out + request->out_begin, bytes);
    request->out_begin += bytes;
    if (request->out_begin == request->out_end) {
        request->out_begin = request->out_end = 0;
        if (request->has_ended)
            *flags |= NGHTTP2_DATA_FLAG_EOF;
    }
    return (ssize_t)bytes;
}

static void send_event(struct request *request, const char *json)
{
    struct st_event_writer writer;
    size_t cap, bytes = strlen(json);
    st_event_begin(&writer, request->out + request->out_end,
                   sizeof(request->out) - request->out_end);
    st_event_put_string(&writer, ":event-type", "TranscriptEvent");
    st_event_put_string(&writer, ":content-type", "application/json");
    st_event_put_string(&writer, ":message-type", "event");
    uint8_t *payload = st_event_payload(&writer, &cap);
    if (bytes > cap) {
        fputs("aws: the client does not read\n", stderr);
        exit(1);
    }
    memcpy(payload, json, bytes);
    request->out_end += (size_t)st_event_end(&writer, bytes);
    nghttp2_session_resume_data(request->session->h2, request->id);
}

static size_t write_items(const struct ear *ear, char *out, size_t out_bytes)
{
    const struct utterance *utterance = &ear->utterance;
    size_t len = 0;
    out[0] = 0;
    for (unsigned i = 0; i < utterance->count; i++)
        for (unsigned k = 0; k < WORDS_PER_SECOND; k++) {
            struct word word = words_of(utterance->seconds[i], k);
            double at_s = utterance->starts_s[i];
            len += (size_t)snprintf(out + len, out_bytes - len,
                                    "%s{\"Confidence\":0.97,\"Content\":\"%s\",\"EndTime\":%.3f,"
                                    "\"StartTime\":%.3f,\"Type\":\"pronunciation\","
                                    "\"VocabularyFilterMatch\":false}",
                                    len > 0 ? "," : "", word.text, at_s + word.end_s,
                                    at_s + word.start_s);
        }
    return len;
}

static void tell(struct ear *ear, bool is_final)
{
    char items[TEXT_BYTES], said[TEXT_BYTES / 4], json[TEXT_BYTES + TEXT_BYTES / 2];
    const struct utterance *utterance = &ear->utterance;
    if (utterance->count == 0)
        return;
    write_items(ear, items, sizeof(items));
    ear_write_text(ear, said, sizeof(said));
    double end_s = utterance->starts_s[utterance->count - 1] +
                   words_of(utterance->seconds[utterance->count - 1], WORDS_PER_SECOND - 1).end_s;
    snprintf(json, sizeof(json),
             "{\"Transcript\":{\"Results\":[{\"Alternatives\":[{\"Items\":[%s],\"Transcript\":"
             "\"%s\"}],\"ChannelId\":\"ch_%u\",\"EndTime\":%.3f,\"IsPartial\":%s,\"ResultId\":"
             "\"%08x-%u-%llu\",\"StartTime\":%.3f}]}}",
             items, said, ear->channel, end_s, is_final ? "false" : "true", ear->listener->index,
             ear->channel, (unsigned long long)ear->finals, utterance->starts_s[0]);
    send_event(ear->listener->user, json);
}

/* ---- what is heard ---- */

/* A signed message around an event; an empty one ends the audio. */
static void take_message(struct request *request, const struct st_event_message *signed_message)
{
    struct st_event_reader reader = {0};
    struct st_event_message event;
    const uint8_t *at = signed_message->payload, *end = at + signed_message->payload_bytes;
    if (at < end && st_event_read(&reader, &at, end, &event) == 1 &&
        st_event_is(&event, ":event-type", "AudioEvent") && event.payload_bytes > 0)
        listener_put(&request->listener, event.payload, event.payload_bytes);
    st_event_reader_fini(&reader);
}

static int on_data(nghttp2_session *h2, uint8_t flags, int32_t id, const uint8_t *data,
                   size_t bytes, void *user)
{
    struct request *request = nghttp2_session_get_stream_user_data(h2, id);
    const uint8_t *end = data + bytes;
    struct st_event_message message;
    int found = 0;
    while (request && (found = st_event_read(&request->reader, &data, end, &message)) == 1)
        take_message(request, &message);
    return found < 0 ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
}

static int on_begin(nghttp2_session *h2, const nghttp2_frame *frame, void *user)
{
    if (frame->headers.cat != NGHTTP2_HCAT_REQUEST)
        return 0;
    struct request *request = calloc(1, sizeof(*request));
    *request = (struct request){
        .session = user, .id = frame->hd.stream_id, .channels = 1, .rate_hz = 8000};
    return nghttp2_session_set_stream_user_data(h2, frame->hd.stream_id, request);
}

static int on_header(nghttp2_session *h2, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_bytes, const uint8_t *value, size_t value_bytes, uint8_t flags,
                     void *user)
{
    struct request *request = nghttp2_session_get_stream_user_data(h2, frame->hd.stream_id);
    unsigned number = (unsigned)strtoul((const char *)value, NULL, 10);
    if (request && strcmp((const char *)name, "x-amzn-transcribe-number-of-channels") == 0)
        request->channels = number == 2 ? 2 : 1;
    else if (request && strcmp((const char *)name, "x-amzn-transcribe-sample-rate") == 0)
        request->rate_hz = number;
    return 0;
}

#define HEADER(name, value)                                                                        \
    {                                                                                              \
        (uint8_t *)(name), (uint8_t *)(value), sizeof(name) - 1, sizeof(value) - 1, 0              \
    }

static void answer(struct request *request)
{
    nghttp2_nv headers[] = {
        HEADER(":status", "200"),
        HEADER("content-type", "application/vnd.amazon.eventstream"),
        HEADER("x-amzn-request-id", "00000000-0000-0000-0000-000000000000"),
    };
    nghttp2_data_provider provider = {.source.ptr = request, .read_callback = give};
    engine_open_listener(&request->listener, request->channels, request->rate_hz, tell, request);
    request->has_listener = true;
    nghttp2_submit_response(request->session->h2, request->id, headers,
                            sizeof(headers) / sizeof(headers[0]), &provider);
}

static int on_frame(nghttp2_session *h2, const nghttp2_frame *frame, void *user)
{
    struct request *request = nghttp2_session_get_stream_user_data(h2, frame->hd.stream_id);
    if (!request)
        return 0;
    if (frame->hd.type == NGHTTP2_HEADERS && !request->has_listener)
        answer(request);
    if (frame->hd.flags & NGHTTP2_FLAG_END_STREAM && frame->hd.type == NGHTTP2_DATA &&
        !listener_is_mute(&request->listener)) {
        listener_finish(&request->listener);
        request->has_ended = true;
        nghttp2_session_resume_data(h2, request->id);
    }
    return 0;
}

static int on_stream_closed(nghttp2_session *h2, int32_t id, uint32_t code, void *user)
{
    struct request *request = nghttp2_session_get_stream_user_data(h2, id);
    if (request) {
        st_event_reader_fini(&request->reader);
        free(request);
    }
    return 0;
}

/* ---- connections ---- */

static void close_session(struct session *session)
{
    poller_close(&session->source);
}

/* Whatever does not fit into the socket waits in nghttp2. */
static ssize_t send_bytes(nghttp2_session *h2, const uint8_t *data, size_t bytes, int flags,
                          void *user)
{
    struct session *session = user;
    ssize_t sent = wire_send(session->source.fd, session->tls, data, bytes);
    return sent < 0 ? NGHTTP2_ERR_WOULDBLOCK : sent;
}

static void on_ready(void *user, bool can_read, bool can_write)
{
    static uint8_t data[READ_BYTES];
    struct session *session = user;
    ssize_t got = 1;
    do {
        got = wire_receive(session->source.fd, session->tls, data, sizeof(data));
        if (got == 0 || (got > 0 && nghttp2_session_mem_recv(session->h2, data, (size_t)got) < 0)) {
            close_session(session);
            return;
        }
    } while (got > 0 && session->tls);
    nghttp2_session_send(session->h2);
    poller_want_write(&session->source, nghttp2_session_want_write(session->h2));
}

static nghttp2_session *new_h2(struct session *session)
{
    nghttp2_session_callbacks *callbacks;
    nghttp2_session *h2;
    nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 1000},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, WINDOW_BYTES},
    };
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_send_callback(callbacks, send_bytes);
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_closed);
    nghttp2_session_server_new(&h2, callbacks, session);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_submit_settings(h2, NGHTTP2_FLAG_NONE, settings, 2);
    nghttp2_session_set_local_window_size(h2, NGHTTP2_FLAG_NONE, 0, WINDOW_BYTES);
    return h2;
}

static void accept_session(int fd, struct ssl_st *tls)
{
    if (session_count == CONNECTIONS_MAX) {
        fputs("aws: too many connections\n", stderr);
        exit(1);
    }
    struct session *session = calloc(1, sizeof(*session));
    sessions[session_count++] = session;
    session->tls = tls;
    session->source = (struct poller_source){fd, on_ready, session};
    session->h2 = new_h2(session);
    poller_add(&session->source);
}

static void close_all(void)
{
    for (unsigned i = 0; i < session_count; i++)
        close_session(sessions[i]);
}

const struct engine_dialect aws_dialect = {
    .name = "aws", .accept = accept_session, .close_all = close_all};
