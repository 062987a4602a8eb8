#include "h2_private.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { QUEUE_MAX_BYTES = 256 * 1024, OUT_MAX_BYTES = 64 * 1024, KEPT_BYTES = 32 * 1024 };

/* ---- bytes ---- */

void st_h2_bytes_put(struct st_h2_bytes *bytes, const void *data, size_t count)
{
    if (bytes->at > 0 && bytes->len + count > bytes->cap) {
        memmove(bytes->data, bytes->data + bytes->at, bytes->len - bytes->at);
        bytes->len -= bytes->at;
        bytes->at = 0;
    }
    if (bytes->len + count > bytes->cap) {
        bytes->cap = (bytes->len + count) * 2;
        bytes->data = st_mem_realloc(bytes->data, bytes->cap);
    }
    if (count > 0)
        memcpy(bytes->data + bytes->len, data, count);
    bytes->len += count;
}

void st_h2_bytes_take(struct st_h2_bytes *bytes, size_t count)
{
    bytes->at += count;
    if (bytes->at < bytes->len)
        return;
    bytes->at = bytes->len = 0;
    if (bytes->cap > KEPT_BYTES)
        st_h2_bytes_fini(bytes);
}

void st_h2_bytes_fini(struct st_h2_bytes *bytes)
{
    free(bytes->data);
    *bytes = (struct st_h2_bytes){0};
}

/* ---- the end ---- */

static void free_headers(struct st_h2_header *headers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(headers[i].name);
        st_mem_free_secret(headers[i].value);
    }
}

static void release(struct st_h2 *h2)
{
    st_net_list_remove(&h2->node);
    st_h2_socket_fini(h2);
    st_h2_session_fini(h2);
    SSL_free(h2->ssl);
    free_headers(h2->headers, h2->header_count);
    st_h2_bytes_fini(&h2->queue);
    st_h2_bytes_fini(&h2->out);
    st_h2_bytes_fini(&h2->writing);
    st_url_fini(&h2->url);
    free(h2);
}

void st_h2_on_gone(struct st_h2 *h2)
{
    struct st_h2_end end = {
        .is_clean = h2->is_whole,
        .status = h2->status,
        .what = h2->what[0] ? h2->what : "the connection was closed",
    };
    h2->events->closed(h2->user, h2, &end);
    release(h2);
}

void st_h2_finish(struct st_h2 *h2)
{
    if (h2->state == ST_H2_CLOSING)
        return;
    h2->state = ST_H2_CLOSING;
    st_h2_tls_goodbye(h2);
    st_h2_socket_flush(h2);
    st_h2_socket_close(h2);
}

void st_h2_fail(struct st_h2 *h2, const char *format, ...)
{
    va_list args;
    if (h2->state == ST_H2_CLOSING)
        return;
    if (!h2->what[0]) {
        va_start(args, format);
        vsnprintf(h2->what, sizeof(h2->what), format, args);
        va_end(args);
    }
    st_h2_finish(h2);
}

/* ---- on the way ---- */

void st_h2_pump(struct st_h2 *h2)
{
    const uint8_t *data;
    size_t bytes;
    if (h2->depth > 0 || h2->state == ST_H2_CLOSING || !h2->session)
        return;
    while (st_h2_bytes_left(&h2->out) < OUT_MAX_BYTES &&
           (bytes = st_h2_session_next(h2, &data)) > 0) {
        st_h2_tls_write(h2, data, bytes);
        if (st_h2_bytes_left(&h2->out) >= OUT_MAX_BYTES)
            st_h2_socket_flush(h2);
    }
    st_h2_socket_flush(h2);
    st_h2_session_check(h2);
    if (h2->has_drained && h2->state == ST_H2_OPEN) {
        h2->has_drained = false;
        if (h2->events->drained)
            h2->events->drained(h2->user, h2);
    }
}

void st_h2_on_connected(struct st_h2 *h2)
{
    h2->state = ST_H2_GREETING;
    if (st_h2_tls_start(h2) < 0)
        st_h2_fail(h2, "TLS cannot be set up");
}

void st_h2_on_bytes(struct st_h2 *h2, const uint8_t *data, size_t bytes)
{
    if (h2->trust)
        st_h2_tls_on_bytes(h2, data, bytes);
    else
        st_h2_session_on_bytes(h2, data, bytes);
    st_h2_pump(h2);
}

/* ---- the net ---- */

void st_h2s_tick(struct st_net *net)
{
    struct st_net_node *next;
    for (struct st_net_node *node = net->h2s.next; node != &net->h2s; node = next) {
        struct st_h2 *h2 = ST_NET_OWNER(node, struct st_h2, node);
        next = node->next;
        if (h2->state < ST_H2_OPEN && net->now_us >= h2->deadline_us)
            st_h2_fail(h2,
                       h2->state == ST_H2_GREETING ? "no answer in time (%s port %u)"
                                                   : "no connection in time (%s port %u)",
                       h2->peer[0] ? h2->peer : h2->url.host, h2->url.port);
    }
}

void st_h2s_close(struct st_net *net)
{
    struct st_net_node *next;
    for (struct st_net_node *node = net->h2s.next; node != &net->h2s; node = next) {
        next = node->next;
        st_h2_close(ST_NET_OWNER(node, struct st_h2, node));
    }
}

/* ---- what the owner says ---- */

/* "https://…" as the parser of WebSocket addresses knows it. */
static int parse_url(struct st_url *ret_url, const char *text)
{
    char *ws_text;
    bool is_tls = strncasecmp(text, "https://", 8) == 0;
    if (!is_tls && strncasecmp(text, "http://", 7) != 0)
        return -EINVAL;
    size_t bytes = strlen(text) + 1;
    ws_text = st_mem_alloc(bytes);
    snprintf(ws_text, bytes, "%s%s", is_tls ? "wss" : "ws", text + (is_tls ? 5 : 4));
    int err = st_url_parse(ret_url, ws_text);
    free(ws_text);
    return err;
}

static bool is_header_name(const char *name, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        if (!((name[i] >= 'a' && name[i] <= 'z') || (name[i] >= '0' && name[i] <= '9') ||
              strchr("-_.", name[i])))
            return false;
    return bytes > 0;
}

static int take_headers(struct st_h2 *h2, const char *const *lines)
{
    for (size_t i = 0; lines && lines[i]; i++) {
        size_t name_bytes = strcspn(lines[i], ":");
        const char *value = lines[i] + name_bytes;
        if (*value != ':' || h2->header_count == ST_H2_HEADERS_MAX ||
            !is_header_name(lines[i], name_bytes) || !st_url_text_is_clean(lines[i]))
            return -EINVAL;
        value += 1 + strspn(value + 1, " ");
        h2->headers[h2->header_count++] =
            (struct st_h2_header){st_mem_strndup(lines[i], name_bytes), st_mem_strdup(value)};
    }
    return 0;
}

int st_h2_connect(struct st_net *net, struct st_h2 **ret_h2, const struct st_h2_connect *connect,
                  const struct st_h2_events *events, void *user)
{
    struct st_h2 *h2 = st_mem_alloc(sizeof(*h2));
    h2->net = net;
    h2->events = events;
    h2->user = user;
    h2->queue_max = QUEUE_MAX_BYTES;
    h2->deadline_us = st_net_after_s(net, net->limits.handshake_timeout_s);
    int err = net->is_closing ? -EINVAL : parse_url(&h2->url, connect->url);
    err = err ? err : take_headers(h2, connect->headers);
    if (!err && h2->url.is_tls)
        err = st_h2_tls_get(net, connect->ca_file, &h2->trust);
    err = err ? err : st_h2_socket_open(h2);
    if (err) {
        release(h2);
        return err;
    }
    st_net_list_add(&net->h2s, &h2->node);
    *ret_h2 = h2;
    return 0;
}

int st_h2_send(struct st_h2 *h2, const void *data, size_t bytes)
{
    if (h2->state != ST_H2_OPEN || h2->wants_end || h2->is_cut)
        return -ENOTCONN;
    if (st_h2_bytes_left(&h2->queue) + bytes > h2->queue_max)
        return -ENOBUFS;
    st_h2_bytes_put(&h2->queue, data, bytes);
    st_h2_session_wake(h2);
    st_h2_pump(h2);
    return 0;
}

void st_h2_set_queue_max(struct st_h2 *h2, size_t bytes)
{
    h2->queue_max = bytes;
}

size_t st_h2_queued_bytes(const struct st_h2 *h2)
{
    return st_h2_bytes_left(&h2->queue);
}

void st_h2_end(struct st_h2 *h2)
{
    if (h2->state == ST_H2_CLOSING)
        return;
    h2->wants_end = true;
    st_h2_session_wake(h2);
    st_h2_pump(h2);
}

void st_h2_close(struct st_h2 *h2)
{
    if (h2->state == ST_H2_CLOSING)
        return;
    if (h2->state < ST_H2_OPEN && !h2->what[0])
        snprintf(h2->what, sizeof(h2->what), "closed while connecting");
    /* Inside nghttp2's own callbacks it cannot be told any more. */
    if (h2->session && h2->depth == 0) {
        st_h2_session_cancel(h2);
        st_h2_pump(h2);
    }
    st_h2_finish(h2);
}
