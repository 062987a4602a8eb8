#include "http_private.h"
#include "net_metrics.h"

#include "sidetone/buf.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <stdlib.h>

enum { QUEUE_MAX_BYTES = 1 << 20 };

struct st_http_stream {
    struct st_conn *conn;
    struct st_http_stream_events events;
    void *user;
    bool is_closing;
};

struct st_http_stream *st_http_stream_open(struct st_http_exchange *exchange,
                                           const char *content_type,
                                           const struct st_http_stream_events *events, void *user)
{
    struct st_conn *conn = exchange->conn;
    if (!conn) {
        st_http_exchange_free(exchange);
        return NULL;
    }
    struct st_http_stream *stream = st_mem_alloc(sizeof(*stream));
    struct st_buf *head = st_http_head_text(&(struct st_http_answer_head){
        .status = 200,
        .content_type = content_type,
        .lines = "Cache-Control: no-store\r\nX-Accel-Buffering: no\r\n",
        .length = -1,
        .closes = true,
    });
    stream->conn = conn;
    stream->events = *events;
    stream->user = user;
    conn->exchange = NULL;
    st_http_exchange_free(exchange);
    conn->state = ST_CONN_STREAM;
    conn->stream = stream;
    conn->deadline_us = 0;
    st_http_send_buf(conn, head);
    st_buf_unref(head);
    return stream;
}

int st_http_stream_send(struct st_http_stream *stream, struct st_buf *buf)
{
    struct st_link *link = &stream->conn->link;
    if (stream->is_closing || link->is_dead)
        return -ENOTCONN;
    if (link->first && link->queued_bytes + buf->len > QUEUE_MAX_BYTES) {
        st_net_metrics_overflow();
        return -ENOBUFS;
    }
    st_http_send_buf(stream->conn, buf);
    return 0;
}

size_t st_http_stream_queued_bytes(const struct st_http_stream *stream)
{
    return stream->conn->link.queued_bytes;
}

void st_http_stream_close(struct st_http_stream *stream)
{
    if (stream->is_closing)
        return;
    stream->is_closing = true;
    st_conn_finish(stream->conn);
}

void st_http_stream_on_drained(struct st_http_stream *stream)
{
    if (!stream->is_closing && stream->events.drained)
        stream->events.drained(stream->user);
}

void st_http_stream_on_gone(struct st_http_stream *stream)
{
    stream->conn->stream = NULL;
    if (stream->events.closed)
        stream->events.closed(stream->user);
    free(stream);
}
