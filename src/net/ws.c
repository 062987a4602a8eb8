/*
 * WebSockets, served and client alike: sending, closing, pings and silence.
 *
 * A close has a deadline: a peer that does not take the close frame, or does not answer it, is
 * cut off. `closed` comes from the connection's end alone, so it comes once and last.
 */
#include "net_metrics.h"
#include "ws_private.h"

#include "sidetone/buf.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { QUEUE_MAX_BYTES = 1 << 20, CLOSE_TIMEOUT_S = 5, QUEUED_PONGS_MAX = 4 };

struct st_ws *st_ws_alloc(struct st_net *net, const struct st_ws_events *events, void *user)
{
    struct st_ws *ws = st_mem_alloc(sizeof(*ws));
    ws->net = net;
    ws->link = &ws->own_link;
    ws->events = events;
    ws->user = user;
    ws->queue_max = QUEUE_MAX_BYTES;
    ws->code = ST_WS_CODE_LOST;
    ws->heard_us = ws->pinged_us = st_net_now_us(net);
    snprintf(ws->what, sizeof(ws->what), "connection lost");
    st_ws_frame_reader_init(&ws->reader, net->limits.message_bytes);
    return ws;
}

void st_ws_free(struct st_ws *ws)
{
    st_net_list_remove(&ws->node);
    if (ws->link == &ws->own_link)
        st_link_fini(ws->link);
    st_ws_frame_reader_fini(&ws->reader);
    st_ws_client_free(ws->client);
    free(ws);
}

void st_ws_set_end(struct st_ws *ws, uint16_t code, const char *what, size_t bytes)
{
    ws->code = code;
    if (bytes > ST_WS_REASON_MAX_BYTES)
        bytes = ST_WS_REASON_MAX_BYTES;
    memcpy(ws->what, what, bytes);
    ws->what[bytes] = '\0';
}

static void set_end_text(struct st_ws *ws, uint16_t code, const char *what)
{
    st_ws_set_end(ws, code, what, strlen(what));
}

struct st_ws *st_ws_open_server(struct st_conn *conn, const struct st_ws_accept *accept)
{
    struct st_ws *ws = st_ws_alloc(conn->link.net, accept->events, accept->user);
    ws->conn = conn;
    ws->link = &conn->link;
    ws->state = ST_WS_OPEN;
    conn->ws = ws;
    if (ws->events->open)
        ws->events->open(ws->user, ws);
    return ws;
}

/* ---- sending ---- */

static int send_message(struct st_ws *ws, const struct st_link_piece *piece)
{
    size_t bytes = piece->buf ? piece->buf->len : piece->bytes;
    if (ws->state != ST_WS_OPEN || ws->link->is_dead)
        return -ENOTCONN;
    if (ws->link->first && ws->link->queued_bytes + bytes > ws->queue_max) {
        st_net_metrics_overflow();
        return -ENOBUFS;
    }
    st_link_send(ws->link, piece);
    return 0;
}

int st_ws_send(struct st_ws *ws, struct st_buf *buf, bool is_binary)
{
    return send_message(ws, &(struct st_link_piece){
                                .opcode = is_binary ? ST_WS_FRAME_BINARY : ST_WS_FRAME_TEXT,
                                .buf = buf,
                            });
}

int st_ws_send_copy(struct st_ws *ws, const void *data, size_t bytes, bool is_binary)
{
    return send_message(ws, &(struct st_link_piece){
                                .opcode = is_binary ? ST_WS_FRAME_BINARY : ST_WS_FRAME_TEXT,
                                .data = data,
                                .bytes = bytes,
                            });
}

/* A peer that pings and never reads fills no memory: it is not owed an answer to every ping. */
static void send_control(struct st_ws *ws, uint8_t opcode, const void *data, size_t bytes)
{
    if (opcode == ST_WS_FRAME_PONG && ws->link->queued_pongs >= QUEUED_PONGS_MAX)
        return;
    st_link_send(ws->link, &(struct st_link_piece){.opcode = opcode, .data = data, .bytes = bytes});
}

void st_ws_on_drained(struct st_ws *ws)
{
    if (ws->state == ST_WS_OPEN && ws->events->drained)
        ws->events->drained(ws->user, ws);
}

/* ---- closing ---- */

static void send_close(struct st_ws *ws, uint16_t code, const char *reason)
{
    uint8_t payload[2 + ST_WS_REASON_MAX_BYTES];
    size_t bytes = strnlen(reason, ST_WS_REASON_MAX_BYTES);
    while (bytes > 0 && ((uint8_t)reason[bytes] & 0xc0) == 0x80) /* no half characters */
        bytes--;
    payload[0] = (uint8_t)(code >> 8);
    payload[1] = (uint8_t)code;
    memcpy(payload + 2, reason, bytes);
    ws->has_sent_close = true;
    send_control(ws, ST_WS_FRAME_CLOSE, payload, code == ST_WS_CODE_NONE ? 0 : 2 + bytes);
}

void st_ws_close(struct st_ws *ws, uint16_t code, const char *reason)
{
    if (ws->state == ST_WS_CONNECTING) {
        st_ws_client_abort(ws);
        return;
    }
    if (ws->state != ST_WS_OPEN)
        return;
    ws->state = ST_WS_CLOSING;
    ws->deadline_us = st_net_after_s(ws->net, CLOSE_TIMEOUT_S);
    set_end_text(ws, code, reason ? reason : "");
    send_close(ws, code, reason ? reason : "");
}

static void on_close_frame(struct st_ws *ws, const uint8_t *data, size_t bytes)
{
    uint16_t code = bytes >= 2 ? (uint16_t)(data[0] << 8 | data[1]) : ST_WS_CODE_NONE;
    bool is_reply = ws->has_sent_close;
    ws->has_peer_closed = true;
    ws->state = ST_WS_CLOSING;
    if (!is_reply) {
        st_ws_set_end(ws, code, (const char *)data + 2, bytes >= 2 ? bytes - 2 : 0);
        send_close(ws, code, "");
    }
    ws->deadline_us = st_net_after_s(ws->net, CLOSE_TIMEOUT_S);
    st_conn_finish(ws->conn);
}

/* The peer broke the protocol: it is told, and nothing it sends is read any more. */
static void fail(struct st_ws *ws, uint16_t code)
{
    const char *what = code == 1009   ? "message too big"
                       : code == 1007 ? "invalid UTF-8"
                       : code == 1011 ? "out of memory"
                                      : "protocol error";
    if (!ws->has_sent_close) {
        set_end_text(ws, code, what);
        send_close(ws, code, what);
    }
    ws->has_peer_closed = true;
    ws->state = ST_WS_CLOSING;
    ws->deadline_us = st_net_after_s(ws->net, CLOSE_TIMEOUT_S);
    st_net_metrics_refused(ST_NET_REFUSED_REQUEST);
    st_conn_finish(ws->conn);
}

void st_ws_on_gone(struct st_ws *ws)
{
    ws->state = ST_WS_GONE;
    ws->link->is_dead = true;
    if (ws->conn)
        ws->conn->ws = NULL;
    if (ws->events->closed)
        ws->events->closed(ws->user, ws, ws->code, ws->what);
    st_ws_free(ws);
}

/* ---- receiving ---- */

static bool on_frame(void *user, uint8_t opcode, const uint8_t *data, size_t bytes)
{
    struct st_ws *ws = user;
    switch (opcode) {
    case ST_WS_FRAME_CLOSE:
        on_close_frame(ws, data, bytes);
        return false;
    case ST_WS_FRAME_PING:
        if (!ws->has_sent_close)
            send_control(ws, ST_WS_FRAME_PONG, data, bytes);
        break;
    case ST_WS_FRAME_TEXT:
    case ST_WS_FRAME_BINARY:
        if (ws->state != ST_WS_OPEN)
            break;
        st_net_metrics_received(bytes);
        if (ws->events->message)
            ws->events->message(ws->user, ws, data, bytes, opcode == ST_WS_FRAME_BINARY);
        break;
    default:
        break;
    }
    return !ws->link->is_dead;
}

void st_ws_on_bytes(struct st_ws *ws, uint8_t *data, size_t bytes)
{
    if (ws->has_peer_closed)
        return;
    ws->heard_us = ws->net->now_us;
    uint16_t code = st_ws_frame_reader_feed(&ws->reader, data, bytes, on_frame, ws);
    if (code)
        fail(ws, code);
}

/* ---- time ---- */

static void tick_open(struct st_ws *ws)
{
    const struct st_config_limits *limits = &ws->net->limits;
    int64_t now_us = ws->net->now_us;
    int64_t silent_us = now_us - ws->heard_us;
    int64_t ping_us = (int64_t)limits->ping_interval_s * 1000000;
    if (limits->idle_timeout_s > 0 && silent_us >= (int64_t)limits->idle_timeout_s * 1000000) {
        set_end_text(ws, ST_WS_CODE_LOST, "nothing received in time");
        st_link_kill(ws->link);
        return;
    }
    if (ping_us > 0 && silent_us >= ping_us && now_us - ws->pinged_us >= ping_us &&
        st_link_is_idle(ws->link)) {
        ws->pinged_us = now_us;
        send_control(ws, ST_WS_FRAME_PING, "", 0);
    }
}

void st_ws_tick(struct st_ws *ws)
{
    if (ws->link->is_dead)
        return;
    if (ws->state == ST_WS_OPEN)
        tick_open(ws);
    else if (ws->deadline_us > 0 && ws->net->now_us >= ws->deadline_us)
        st_link_kill(ws->link);
}

static void each_client(struct st_net *net, void (*visit)(struct st_ws *ws))
{
    struct st_net_node *next;
    for (struct st_net_node *node = net->clients.next; node != &net->clients; node = next) {
        next = node->next;
        visit(ST_NET_OWNER(node, struct st_ws, node));
    }
}

void st_ws_clients_tick(struct st_net *net)
{
    each_client(net, st_ws_client_tick);
}

static void shut_client(struct st_ws *ws)
{
    st_ws_close(ws, 1001, "shutting down");
}

void st_ws_clients_close(struct st_net *net)
{
    each_client(net, shut_client);
}

/* ---- the rest ---- */

void st_ws_set_queue_max(struct st_ws *ws, size_t bytes)
{
    ws->queue_max = bytes;
}

size_t st_ws_queued_bytes(const struct st_ws *ws)
{
    return ws->link->queued_bytes;
}

void st_ws_set_user(struct st_ws *ws, void *user)
{
    ws->user = user;
}

const char *st_ws_peer(const struct st_ws *ws)
{
    return ws->conn ? ws->conn->peer : st_ws_client_peer(ws);
}
