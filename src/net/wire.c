#include "wire_private.h"

#include "net_metrics.h"

#include "sidetone/err.h"
#include "sidetone/loop.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { TUNED_TIMEOUT_S = 60 };

/* ---- closing ---- */

static void on_wire_closed(uv_handle_t *handle)
{
    struct st_wire *wire = handle->data;
    struct st_wire_listener *listener = wire->listener;
    SSL_free(wire->ssl);
    st_h2_bytes_fini(&wire->out);
    st_h2_bytes_fini(&wire->writing);
    wire_dial_free(wire->dial);
    free(wire);
    wire_listener_forget(listener);
}

static void tell_closed(struct st_wire *wire)
{
    void *user = wire->user;
    wire->user = NULL;
    if (user)
        wire->listener->config.events->closed(user);
}

void wire_abort(struct st_wire *wire)
{
    if (wire->state == WIRE_CLOSING)
        return;
    wire->state = WIRE_CLOSING;
    st_net_list_remove(&wire->node);
    wire->listener->wire_count--;
    if (!wire->is_receiving)
        tell_closed(wire);
    uv_close((uv_handle_t *)&wire->tcp, on_wire_closed);
}

static void drain(struct st_wire *wire)
{
    wire->state = WIRE_DRAINING;
    wire->since_us = st_loop_now_us();
}

void st_wire_close(struct st_wire *wire)
{
    if (wire->state >= WIRE_DRAINING)
        return;
    drain(wire);
    wire_tls_goodbye(wire);
    wire_flush(wire);
}

/* ---- writing ---- */

static void on_written(uv_write_t *request, int status)
{
    struct st_wire *wire = request->data;
    wire->is_writing = false;
    st_h2_bytes_take(&wire->writing, st_h2_bytes_left(&wire->writing));
    if (wire->state == WIRE_CLOSING)
        return;
    if (status < 0)
        wire_abort(wire);
    else
        wire_flush(wire);
}

static void write_later(struct st_wire *wire)
{
    struct st_h2_bytes empty = wire->writing;
    wire->writing = wire->out;
    wire->out = empty;
    uv_buf_t buf = uv_buf_init((char *)wire->writing.data + wire->writing.at,
                               (unsigned)st_h2_bytes_left(&wire->writing));
    wire->write_request.data = wire;
    wire->is_writing =
        uv_write(&wire->write_request, (uv_stream_t *)&wire->tcp, &buf, 1, on_written) == 0;
    if (!wire->is_writing)
        wire_abort(wire);
}

void wire_flush(struct st_wire *wire)
{
    size_t bytes = st_h2_bytes_left(&wire->out);
    if (wire->state == WIRE_CLOSING || wire->is_writing)
        return;
    if (bytes > 0) {
        uv_buf_t buf = uv_buf_init((char *)wire->out.data + wire->out.at, (unsigned)bytes);
        int sent = uv_try_write((uv_stream_t *)&wire->tcp, &buf, 1);
        if (sent < 0 && sent != UV_EAGAIN) {
            wire_abort(wire);
            return;
        }
        if (sent > 0) {
            st_net_metrics_sent((size_t)sent);
            st_h2_bytes_take(&wire->out, (size_t)sent);
        }
    }
    if (st_h2_bytes_left(&wire->out) > 0)
        write_later(wire);
    else if (wire->state == WIRE_DRAINING)
        wire_abort(wire);
}

int st_wire_send(struct st_wire *wire, const void *data, size_t bytes)
{
    int err = 0;
    if (wire->state == WIRE_GREETING && wire->dial)
        return wire_dial_send(wire, data, bytes);
    if (wire->state != WIRE_OPEN)
        return -ENOTCONN;
    size_t queued = st_h2_bytes_left(&wire->out) + st_h2_bytes_left(&wire->writing);
    if (queued + bytes > wire->listener->config.queue_bytes) {
        drain(wire); /* what waits leaves, or the timer ends it */
        return -ENOBUFS;
    }
    if (wire->ssl)
        err = wire_tls_write(wire, data, bytes);
    else
        st_h2_bytes_put(&wire->out, data, bytes);
    wire_flush(wire);
    return err;
}

/* ---- reading ---- */

bool wire_open(struct st_wire *wire)
{
    const struct st_wire_config *config = &wire->listener->config;
    wire->state = WIRE_OPEN;
    if (wire->dial) {
        wire_dial_open(wire);
        return wire->state != WIRE_CLOSING;
    }
    wire->user = config->events->open(config->user, wire, &wire->peer);
    if (wire->state == WIRE_CLOSING) /* it was lost while it was being opened */
        tell_closed(wire);
    else if (!wire->user && wire->state == WIRE_OPEN)
        drain(wire);
    return wire->state == WIRE_OPEN;
}

void wire_received(struct st_wire *wire, const void *data, size_t bytes)
{
    wire->is_silent = false;
    wire->is_receiving = true;
    int err = wire->listener->config.events->received(wire->user, data, bytes);
    wire->is_receiving = false;
    if (wire->state == WIRE_CLOSING) /* an answer found nobody there */
        tell_closed(wire);
    else if (err)
        st_wire_close(wire);
}

static void on_alloc(uv_handle_t *handle, size_t hint, uv_buf_t *ret_buf)
{
    struct st_wire *wire = handle->data;
    *ret_buf = uv_buf_init(wire->listener->read, ST_WIRE_DATAGRAM_MAX);
}

static void on_read(uv_stream_t *stream, ssize_t bytes, const uv_buf_t *buf)
{
    struct st_wire *wire = stream->data;
    if (wire->state == WIRE_CLOSING || bytes == 0)
        return;
    if (bytes == UV_EOF && wire->state == WIRE_OPEN) {
        st_wire_close(wire);
        return;
    }
    if (bytes < 0) {
        wire_abort(wire);
        return;
    }
    st_net_metrics_received((size_t)bytes);
    wire->heard_us = st_loop_now_us();
    if (wire->state == WIRE_DRAINING)
        return;
    if (wire->ssl)
        wire_tls_on_bytes(wire, buf->base, (size_t)bytes);
    else
        wire_received(wire, buf->base, (size_t)bytes);
}

void wire_check_idle(struct st_wire *wire, int64_t now_us)
{
    const struct st_wire_config *config = &wire->listener->config;
    bool is_passing = wire->is_silent || wire->state == WIRE_DRAINING;
    bool is_over = is_passing ? now_us - wire->since_us > config->handshake_us
                              : now_us - wire->heard_us > config->idle_us;
    if (is_over)
        wire_abort(wire);
}

/* ---- beginning ---- */

static size_t count_of(const struct st_wire_listener *listener, const char *address)
{
    size_t count = 0;
    for (const struct st_net_node *node = listener->wires.next; node != &listener->wires;
         node = node->next)
        count += strcmp(ST_NET_OWNER(node, struct st_wire, node)->peer.address, address) == 0;
    return count;
}

static bool find_peer(struct st_wire *wire)
{
    struct sockaddr_storage address;
    int bytes = sizeof(address);
    if (uv_tcp_getpeername(&wire->tcp, (struct sockaddr *)&address, &bytes) < 0)
        return false;
    st_listener_peer_text((const struct sockaddr *)&address, wire->peer.address);
    wire->peer.port = ntohs(address.ss_family == AF_INET6
                                ? ((const struct sockaddr_in6 *)(const void *)&address)->sin6_port
                                : ((const struct sockaddr_in *)(const void *)&address)->sin_port);
    return true;
}

bool wire_has_room(const struct st_wire_listener *listener, const struct st_wire *wire)
{
    const struct st_wire_config *config = &listener->config;
    return listener->wire_count <= config->connections_max &&
           count_of(listener, wire->peer.address) <= config->connections_per_address;
}

static bool is_welcome(const struct st_wire_listener *listener, const struct st_wire *wire)
{
    const struct st_wire_config *config = &listener->config;
    return wire_has_room(listener, wire) &&
           (!config->events->welcome || config->events->welcome(config->user, &wire->peer));
}

void wire_begin(struct st_wire *wire)
{
    static const struct st_config_limits limits = {.idle_timeout_s = TUNED_TIMEOUT_S};
    uv_os_fd_t fd;
    if (uv_fileno((const uv_handle_t *)&wire->tcp, &fd) == 0)
        st_link_tune_socket(fd, &limits);
    bool is_ready = wire->listener->tls ? wire_tls_start(wire) == 0 : wire_open(wire);
    if (!is_ready || uv_read_start((uv_stream_t *)&wire->tcp, on_alloc, on_read) < 0)
        wire_abort(wire);
}

struct st_wire *wire_create(struct st_wire_listener *listener)
{
    struct st_wire *wire = st_mem_alloc(sizeof(*wire));
    wire->listener = listener;
    wire->tcp.data = wire;
    wire->is_silent = true;
    wire->heard_us = wire->since_us = st_loop_now_us();
    if (uv_tcp_init(st_loop_uv(listener->config.loop), &wire->tcp) < 0) {
        free(wire);
        return NULL;
    }
    listener->handles++;
    st_net_list_add(&listener->wires, &wire->node);
    listener->wire_count++;
    return wire;
}

void wire_accept(struct st_wire_listener *listener)
{
    struct st_wire *wire = wire_create(listener);
    if (!wire)
        return;
    bool is_accepted =
        uv_accept((uv_stream_t *)&listener->socket.tcp, (uv_stream_t *)&wire->tcp) == 0;
    if (is_accepted && find_peer(wire) && is_welcome(listener, wire))
        wire_begin(wire);
    else
        wire_abort(wire);
}
