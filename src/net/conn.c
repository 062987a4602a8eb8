/*
 * A connection that came in: collects requests, and hands over to an exchange, a stream or a
 * WebSocket. It lives until libwebsockets reports its end; to end it earlier means to shut its
 * socket down and wait for that report, so nothing is freed under a caller's feet.
 */
#include "net_metrics.h"
#include "net_private.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAP = 1024, LINGER_S = 2, UNREAD_MAX_BYTES = 65536 };

struct st_conn *st_conn_create(struct st_listener *listener, const char *peer)
{
    struct st_conn *conn = st_mem_alloc(sizeof(*conn));
    conn->listener = listener;
    conn->link.net = listener->net;
    conn->is_operations = listener->config.is_operations;
    conn->link.kind = listener->tls ? ST_LINK_TLS : ST_LINK_PLAIN;
    snprintf(conn->peer, sizeof(conn->peer), "%s", peer);
    conn->deadline_us = st_net_after_s(listener->net, listener->net->limits.handshake_timeout_s);
    st_net_list_add(&listener->net->conns, &conn->node);
    st_net_metrics_opened();
    return conn;
}

void st_conn_free(struct st_conn *conn)
{
    st_net_list_remove(&conn->node);
    if (conn->is_operations)
        conn->link.net->operations_conns--;
    else
        st_net_shared_leave(conn->link.net->shared, conn->peer);
    st_link_fini(&conn->link);
    st_net_metrics_closed();
    free(conn->in);
    free(conn);
}

void st_conn_on_gone(struct st_conn *conn)
{
    conn->link.is_dead = true;
    if (conn->link.net->adopting == conn)
        conn->link.net->adopting = NULL;
    if (conn->exchange)
        st_http_on_gone(conn->exchange);
    if (conn->stream)
        st_http_stream_on_gone(conn->stream);
    if (conn->ws)
        st_ws_on_gone(conn->ws);
    st_conn_free(conn);
}

static void linger(struct st_conn *conn)
{
    conn->lingers_when_sent = false;
    conn->state = ST_CONN_LINGER;
    conn->in_bytes = 0;
    conn->deadline_us = st_net_after_s(conn->link.net, LINGER_S);
    st_link_half_close(&conn->link);
}

void st_conn_finish(struct st_conn *conn)
{
    if (st_link_is_idle(&conn->link)) {
        linger(conn);
        return;
    }
    conn->state = ST_CONN_LINGER;
    conn->lingers_when_sent = true;
    conn->deadline_us = st_net_after_s(conn->link.net, conn->link.net->limits.idle_timeout_s);
}

void st_conn_shut(struct st_conn *conn)
{
    if (conn->ws)
        st_ws_close(conn->ws, 1001, "shutting down");
    else if (conn->stream)
        st_http_stream_close(conn->stream);
    else if (conn->state == ST_CONN_HEAD && st_link_is_idle(&conn->link))
        st_link_kill(&conn->link);
}

static void on_deadline(struct st_conn *conn)
{
    bool is_late_request =
        conn->state == ST_CONN_BODY || (conn->state == ST_CONN_HEAD && conn->in_bytes > 0);
    if (conn->state == ST_CONN_HEAD || conn->state == ST_CONN_BODY)
        st_net_metrics_refused(ST_NET_REFUSED_TIMEOUT);
    if (is_late_request && conn->link.wsi)
        st_http_refuse(conn, 408);
    else
        st_link_kill(&conn->link);
}

void st_conn_tick(struct st_conn *conn)
{
    if (conn->link.is_dead)
        return;
    if (conn->ws)
        st_ws_tick(conn->ws);
    else if (conn->deadline_us > 0 && conn->link.net->now_us >= conn->deadline_us)
        on_deadline(conn);
}

int st_conn_on_writable(struct st_conn *conn)
{
    if (conn->link.is_dead)
        return -1;
    bool is_drained = st_link_drain(&conn->link);
    if (is_drained && conn->ws)
        st_ws_on_drained(conn->ws);
    else if (is_drained && conn->stream)
        st_http_stream_on_drained(conn->stream);
    if (conn->lingers_when_sent && st_link_is_idle(&conn->link))
        linger(conn);
    if (conn->state == ST_CONN_HEAD && conn->in_bytes > 0)
        st_conn_process(conn);
    return conn->link.is_dead ? -1 : 0;
}

/* ---- bytes in ---- */

static bool reserve(struct st_conn *conn, size_t bytes)
{
    size_t cap = conn->in_cap ? conn->in_cap : FIRST_CAP;
    while (cap < bytes)
        cap *= 2;
    if (cap == conn->in_cap)
        return true;
    uint8_t *in = realloc(conn->in, cap);
    if (!in)
        return false;
    conn->in = in;
    conn->in_cap = cap;
    return true;
}

static void consume(struct st_conn *conn, size_t bytes)
{
    conn->in_bytes -= bytes;
    conn->scanned_bytes = 0;
    if (conn->in_bytes > 0)
        memmove(conn->in, conn->in + bytes, conn->in_bytes);
}

/* Bytes of the head with its empty line; 0 when it is not whole yet. */
static size_t find_head_end(struct st_conn *conn)
{
    size_t from = conn->scanned_bytes > 3 ? conn->scanned_bytes - 3 : 0;
    const uint8_t *at = memmem(conn->in + from, conn->in_bytes - from, "\r\n\r\n", 4);
    conn->scanned_bytes = conn->in_bytes;
    return at ? (size_t)(at - conn->in) + 4 : 0;
}

/* What cannot become a request is not waited for. */
static bool can_be_request(const struct st_conn *conn)
{
    for (size_t i = 0; i < conn->in_bytes && i < 8; i++) {
        uint8_t c = conn->in[i];
        if (c == ' ' && i > 0)
            return true;
        if (c < 'A' || c > 'Z')
            return false;
    }
    return true;
}

static void skip_empty_lines(struct st_conn *conn)
{
    size_t n = 0;
    while (conn->in_bytes - n >= 2 && memcmp(conn->in + n, "\r\n", 2) == 0)
        n += 2;
    if (n > 0)
        consume(conn, n);
}

/* True when a head was taken and there may be more to do. */
static bool take_head(struct st_conn *conn)
{
    uint32_t header_max = conn->link.net->limits.header_bytes;
    skip_empty_lines(conn);
    if (conn->in_bytes == 0 || (conn->in_bytes == 1 && conn->in[0] == '\r'))
        return false;
    size_t head = find_head_end(conn);
    if (head > header_max || (head == 0 && conn->in_bytes > header_max)) {
        st_http_refuse(conn, 431);
        return false;
    }
    if (!can_be_request(conn)) {
        st_http_refuse(conn, 400);
        return false;
    }
    if (head == 0)
        return false;
    st_http_on_head(conn, conn->in, head);
    if (conn->state != ST_CONN_LINGER)
        consume(conn, head);
    return true;
}

static bool take_body(struct st_conn *conn)
{
    size_t n = st_http_on_body(conn, conn->in, conn->in_bytes);
    if (conn->state != ST_CONN_LINGER)
        consume(conn, n);
    return n > 0 && conn->state != ST_CONN_BODY;
}

static bool step(struct st_conn *conn)
{
    if (conn->link.is_dead)
        return false;
    switch (conn->state) {
    case ST_CONN_HEAD: /* one who asks on and on reads its answers, or waits */
        return conn->link.queued_bytes <= UNREAD_MAX_BYTES && take_head(conn);
    case ST_CONN_BODY:
        return take_body(conn);
    case ST_CONN_WS:
        st_ws_on_bytes(conn->ws, conn->in, conn->in_bytes);
        free(conn->in);
        conn->in = NULL;
        conn->in_bytes = conn->in_cap = 0;
        return false;
    default:
        return false;
    }
}

void st_conn_process(struct st_conn *conn)
{
    if (conn->is_processing)
        return;
    conn->is_processing = true;
    while (step(conn))
        continue;
    conn->is_processing = false;
}

void st_conn_next_request(struct st_conn *conn)
{
    conn->state = ST_CONN_HEAD;
    conn->deadline_us = st_net_after_s(conn->link.net, conn->link.net->limits.idle_timeout_s);
    st_conn_process(conn);
}

static void start_request_clock(struct st_conn *conn)
{
    if (conn->has_requested && conn->state == ST_CONN_HEAD && conn->in_bytes == 0)
        conn->deadline_us =
            st_net_after_s(conn->link.net, conn->link.net->limits.handshake_timeout_s);
}

static void buffer(struct st_conn *conn, const uint8_t *data, size_t bytes)
{
    /* A read is at most 64 KiB, and while a head is collected nothing beyond its limit stays. */
    size_t bound = (size_t)conn->link.net->limits.header_bytes + 65536;
    if (conn->in_bytes + bytes > bound || !reserve(conn, conn->in_bytes + bytes)) {
        st_net_metrics_refused(ST_NET_REFUSED_REQUEST);
        st_link_kill(&conn->link);
        return;
    }
    memcpy(conn->in + conn->in_bytes, data, bytes);
    conn->in_bytes += bytes;
}

int st_conn_on_bytes(struct st_conn *conn, uint8_t *data, size_t bytes)
{
    if (conn->link.is_dead)
        return -1;
    if (conn->state == ST_CONN_WS) {
        st_ws_on_bytes(conn->ws, data, bytes);
        return conn->link.is_dead ? -1 : 0;
    }
    if (conn->state == ST_CONN_LINGER || conn->state == ST_CONN_STREAM)
        return 0;
    start_request_clock(conn);
    if (conn->state == ST_CONN_BODY && conn->in_bytes == 0) {
        size_t used = st_http_on_body(conn, data, bytes);
        data += used;
        bytes -= used;
    }
    if (bytes > 0 && !conn->link.is_dead && conn->state != ST_CONN_LINGER)
        buffer(conn, data, bytes);
    st_conn_process(conn);
    return conn->link.is_dead ? -1 : 0;
}
