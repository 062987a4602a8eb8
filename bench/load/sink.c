#include "sink.h"

#include "../clock.h"
#include "ws.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { BACKLOG = 4096 };

struct connection {
    struct ws ws;
    struct mark_reader reader;
    struct sink_stream stream;
};

static struct poller_source listener;
static struct connection *connections;
static unsigned connections_max;
static uint32_t sink_rate_hz;
static sink_mark_fn report_mark;
static struct sink_totals totals;

static void on_mark(void *user, const struct mark *mark)
{
    struct connection *connection = user;
    struct sink_stream *stream = &connection->stream;
    if (stream->stream == SINK_UNKNOWN)
        stream->stream = (int)mark->stream;
    if (stream->stream != (int)mark->stream) {
        totals.mixed++;
        return;
    }
    stream->marks++;
    report_mark(mark);
}

static void on_audio(struct connection *connection, const uint8_t *data, size_t bytes)
{
    static const char partial[] = "{\"partial\" : \"\"}";
    int16_t samples[16384];
    size_t count = bytes / 2 < 16384 ? bytes / 2 : 16384;
    memcpy(samples, data, count * 2);
    mark_reader_put(&connection->reader, samples, count, clock_now_ns(), on_mark, connection);
    connection->stream.samples += count;
    totals.samples += count;
    totals.messages++;
    ws_send(&connection->ws, WS_TEXT, partial, sizeof(partial) - 1);
}

static void on_open(struct ws *ws)
{
}

static void on_message(struct ws *ws, enum ws_opcode opcode, const uint8_t *data, size_t bytes)
{
    static const char final[] = "{\"text\" : \"\"}";
    struct connection *connection = ws->user;
    if (opcode == WS_BINARY) {
        on_audio(connection, data, bytes);
    } else if (memmem(data, bytes, "\"config\"", 8)) {
        totals.configs++;
    } else if (memmem(data, bytes, "\"eof\"", 5)) {
        totals.finished++;
        ws_send(ws, WS_TEXT, final, sizeof(final) - 1);
        ws_send(ws, WS_CLOSE, "\x03\xe8", 2);
    }
}

static void on_closed(struct ws *ws, const char *why)
{
}

static const struct ws_events events = {on_open, on_message, on_closed};

static void on_connection(void *user, bool can_read, bool can_write)
{
    for (int fd; (fd = accept4(listener.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
        if (totals.streams == connections_max) {
            fprintf(stderr, "sink: more than %u streams\n", connections_max);
            exit(1);
        }
        int one = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        struct connection *connection = &connections[totals.streams++];
        connection->stream.stream = SINK_UNKNOWN;
        mark_reader_init(&connection->reader, sink_rate_hz);
        ws_start_server(&connection->ws, fd, &events, connection);
    }
}

void sink_open(uint16_t port, uint32_t rate_hz, unsigned streams_max, sink_mark_fn report)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 || listen(fd, BACKLOG) != 0) {
        perror("sink");
        exit(1);
    }
    connections = calloc(streams_max, sizeof(*connections));
    connections_max = streams_max;
    sink_rate_hz = rate_hz;
    report_mark = report;
    listener = (struct poller_source){fd, on_connection, NULL};
    poller_add(&listener);
}

struct sink_totals sink_totals(void)
{
    return totals;
}

const struct sink_stream *sink_stream(uint64_t index)
{
    return &connections[index].stream;
}

void sink_say(uint64_t index, const char *text)
{
    ws_send(&connections[index].ws, WS_TEXT, text, strlen(text));
}
