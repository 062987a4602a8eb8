/*
 * Bytes out, with one queue per connection.
 *
 * A served connection is written by us (writev, or SSL_write in records), so libwebsockets never
 * holds a rest of its own: its raw role stops reading while it does, and would spin on a readable
 * socket. A client connection is also written by libwebsockets (pongs, close), so there finished
 * frames go through lws_write, which keeps the rest of a partial write in order with them.
 */
#include "net_metrics.h"
#include "net_private.h"
#include "ws_frame.h"

#include "sidetone/buf.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum { TLS_RECORD_BYTES = 16384, BATCH = 16, TURN_MAX_BYTES = 1 << 18 };
enum { SEND_BUFFER_BYTES = 128 * 1024 }; /* of the kernel's, per connection */
enum { KEEPALIVE_IDLE_S = 30, KEEPALIVE_INTERVAL_S = 10, KEEPALIVE_COUNT = 3 };

struct st_link_item {
    struct st_link_item *next;
    struct st_buf *buf;
    size_t sent_bytes; /* of head and body together */
    uint8_t head_bytes, opcode;
    uint8_t head[ST_WS_FRAME_HEAD_MAX_BYTES];
};

/* What is left of a piece: its frame head, then its body. */
struct part {
    const uint8_t *head, *body;
    size_t head_bytes, body_bytes;
};

static struct part part_after(const uint8_t *head, size_t head_bytes, const uint8_t *body,
                              size_t body_bytes, size_t sent_bytes)
{
    size_t of_head = sent_bytes < head_bytes ? sent_bytes : head_bytes;
    size_t of_body = sent_bytes - of_head;
    return (struct part){head + of_head, body + of_body, head_bytes - of_head,
                         body_bytes - of_body};
}

static struct part part_of_item(const struct st_link_item *item)
{
    return part_after(item->head, item->head_bytes, item->buf->data, item->buf->len,
                      item->sent_bytes);
}

static size_t item_bytes(const struct st_link_item *item)
{
    return item->head_bytes + item->buf->len;
}

static void set_int(int fd, int level, int name, int value)
{
    setsockopt(fd, level, name, &value, sizeof(value));
}

void st_link_tune_socket(int fd, const struct st_config_limits *limits)
{
    set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set_int(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_int(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S);
    set_int(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S);
    set_int(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_COUNT);
    set_int(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, (int)limits->idle_timeout_s * 1000);
    set_int(fd, SOL_SOCKET, SO_SNDBUF, SEND_BUFFER_BYTES);
}

void st_link_kill(struct st_link *link)
{
    if (link->is_dead)
        return;
    link->is_dead = true;
    if (!link->wsi)
        return;
    shutdown(lws_get_socket_fd(link->wsi), SHUT_RDWR);
    lws_callback_on_writable(link->wsi);
}

void st_link_half_close(struct st_link *link)
{
    if (link->is_dead)
        return;
    if (link->kind == ST_LINK_TLS) {
        ERR_clear_error();
        SSL_shutdown(lws_get_ssl(link->wsi));
        ERR_clear_error();
    }
    shutdown(lws_get_socket_fd(link->wsi), SHUT_WR);
}

static ssize_t write_plain(struct st_link *link, const struct part *parts, size_t count)
{
    struct iovec iov[2 * BATCH];
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].head_bytes > 0)
            iov[n++] = (struct iovec){(void *)(uintptr_t)parts[i].head, parts[i].head_bytes};
        if (parts[i].body_bytes > 0)
            iov[n++] = (struct iovec){(void *)(uintptr_t)parts[i].body, parts[i].body_bytes};
    }
    struct msghdr message = {.msg_iov = iov, .msg_iovlen = n};
    ssize_t sent;
    do
        sent = sendmsg(lws_get_socket_fd(link->wsi), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    if (sent >= 0)
        return sent;
    return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -errno;
}

/* One record; a try that did not go through is repeated with the same bytes, as TLS wants. */
static ssize_t write_record(struct st_link *link, const struct part *part)
{
    SSL *ssl = lws_get_ssl(link->wsi);
    size_t bytes = part->head_bytes + part->body_bytes;
    const uint8_t *data = part->body;
    if (bytes > TLS_RECORD_BYTES)
        bytes = TLS_RECORD_BYTES;
    if (part->head_bytes > 0) {
        uint8_t *scratch = st_net_scratch(link->net, bytes);
        memcpy(scratch, part->head, part->head_bytes);
        if (bytes > part->head_bytes)
            memcpy(scratch + part->head_bytes, part->body, bytes - part->head_bytes);
        data = scratch;
    }
    ERR_clear_error();
    int sent = SSL_write(ssl, data, (int)bytes);
    if (sent > 0)
        return sent;
    int reason = SSL_get_error(ssl, sent);
    ERR_clear_error();
    return reason == SSL_ERROR_WANT_WRITE || reason == SSL_ERROR_WANT_READ ? 0 : -EPIPE;
}

static ssize_t write_tls(struct st_link *link, struct part part)
{
    size_t total = 0;
    while (part.head_bytes + part.body_bytes > 0) {
        ssize_t sent = write_record(link, &part);
        if (sent < 0)
            return sent;
        if (sent == 0)
            break;
        total += (size_t)sent;
        part = part_after(part.head, part.head_bytes, part.body, part.body_bytes, (size_t)sent);
    }
    return (ssize_t)total;
}

/* Whole or not at all: what the socket does not take stays inside libwebsockets. */
static ssize_t write_client(struct st_link *link, uint8_t opcode, const uint8_t *body, size_t bytes)
{
    if (lws_partial_buffered(link->wsi))
        return 0;
    uint8_t *frame = st_net_scratch(link->net, ST_WS_FRAME_HEAD_MAX_BYTES + bytes);
    uint32_t mask = st_net_mask(link->net);
    size_t n = st_ws_frame_head(frame, opcode, bytes, (const uint8_t *)&mask);
    st_ws_frame_mask(frame + n, body, bytes, (const uint8_t *)&mask, 0);
    int sent = lws_write(link->wsi, frame, n + bytes, LWS_WRITE_HTTP);
    return sent < 0 ? -EPIPE : (ssize_t)(n + bytes);
}

static ssize_t write_part(struct st_link *link, uint8_t opcode, const struct part *part)
{
    if (link->kind == ST_LINK_CLIENT)
        return write_client(link, opcode, part->body, part->body_bytes);
    if (link->kind == ST_LINK_TLS)
        return write_tls(link, *part);
    return write_plain(link, part, 1);
}

static void push(struct st_link *link, const struct st_link_piece *piece, const uint8_t *head,
                 size_t head_bytes, size_t sent_bytes)
{
    struct st_link_item *item = st_mem_alloc(sizeof(*item));
    item->buf = piece->buf ? st_buf_ref(piece->buf) : st_buf_copy(piece->data, piece->bytes);
    item->opcode = piece->opcode;
    item->head_bytes = (uint8_t)head_bytes;
    item->sent_bytes = sent_bytes;
    memcpy(item->head, head, head_bytes);
    if (link->last)
        link->last->next = item;
    else
        link->first = item;
    link->last = item;
    link->queued_bytes += item_bytes(item) - sent_bytes;
    link->queued_pongs += item->opcode == ST_WS_FRAME_PONG;
    lws_callback_on_writable(link->wsi);
}

static void pop(struct st_link *link)
{
    struct st_link_item *item = link->first;
    link->first = item->next;
    link->queued_pongs -= item->opcode == ST_WS_FRAME_PONG;
    if (!link->first)
        link->last = NULL;
    st_buf_unref(item->buf);
    free(item);
}

void st_link_send(struct st_link *link, const struct st_link_piece *piece)
{
    uint8_t head[ST_WS_FRAME_HEAD_MAX_BYTES];
    size_t head_bytes = 0;
    const uint8_t *body = piece->buf ? piece->buf->data : piece->data;
    size_t bytes = piece->buf ? piece->buf->len : piece->bytes;
    if (link->is_dead)
        return;
    if (piece->opcode != ST_LINK_NO_FRAME && link->kind != ST_LINK_CLIENT)
        head_bytes = st_ws_frame_head(head, piece->opcode, bytes, NULL);
    ssize_t sent = 0;
    if (!link->first) {
        struct part part = {head, body, head_bytes, bytes};
        sent = write_part(link, piece->opcode, &part);
    }
    if (sent < 0) {
        st_link_kill(link);
        return;
    }
    st_net_metrics_sent((size_t)sent);
    bool is_whole = link->kind == ST_LINK_CLIENT ? sent > 0 : (size_t)sent == head_bytes + bytes;
    if (!is_whole)
        push(link, piece, head, head_bytes, (size_t)sent);
}

static ssize_t drain_client(struct st_link *link)
{
    struct st_link_item *item = link->first;
    ssize_t sent = write_client(link, item->opcode, item->buf->data, item->buf->len);
    if (sent > 0) {
        st_net_metrics_sent((size_t)sent);
        link->queued_bytes -= item_bytes(item);
        pop(link);
    }
    return sent;
}

static void advance(struct st_link *link, size_t sent_bytes)
{
    link->queued_bytes -= sent_bytes;
    while (link->first && item_bytes(link->first) - link->first->sent_bytes <= sent_bytes) {
        sent_bytes -= item_bytes(link->first) - link->first->sent_bytes;
        pop(link);
    }
    if (link->first)
        link->first->sent_bytes += sent_bytes;
}

static ssize_t drain_served(struct st_link *link)
{
    struct part parts[BATCH];
    size_t count = 0, want = 0;
    ssize_t sent;
    for (struct st_link_item *item = link->first; item && count < BATCH; item = item->next) {
        parts[count] = part_of_item(item);
        want += parts[count].head_bytes + parts[count].body_bytes;
        count++;
        if (link->kind == ST_LINK_TLS)
            break;
    }
    sent = link->kind == ST_LINK_TLS ? write_tls(link, parts[0]) : write_plain(link, parts, count);
    if (sent < 0)
        return sent;
    st_net_metrics_sent((size_t)sent);
    advance(link, (size_t)sent);
    return (size_t)sent == want ? sent : 0;
}

bool st_link_drain(struct st_link *link)
{
    bool had_something = link->first != NULL;
    ssize_t sent = 0;
    for (size_t turn = 0; link->first && !link->is_dead && turn < TURN_MAX_BYTES;
         turn += (size_t)sent) {
        sent = link->kind == ST_LINK_CLIENT ? drain_client(link) : drain_served(link);
        if (sent < 0)
            st_link_kill(link);
        if (sent <= 0)
            break;
    }
    if (link->is_dead)
        return false;
    if (link->first)
        lws_callback_on_writable(link->wsi);
    return had_something && !link->first;
}

bool st_link_is_idle(const struct st_link *link)
{
    return !link->first && !(link->kind == ST_LINK_CLIENT && lws_partial_buffered(link->wsi));
}

void st_link_fini(struct st_link *link)
{
    while (link->first)
        pop(link);
    link->queued_bytes = 0;
    link->is_dead = true;
    link->wsi = NULL;
}
