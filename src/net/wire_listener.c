#include "wire_private.h"

#include "net_metrics.h"

#include "sidetone/err.h"
#include "sidetone/loop.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { BACKLOG = 256, CHECK_MS = 1000, RECEIVE_BUFFER_BYTES = 1 << 20 };

/* ---- life ---- */

static void free_listener(struct st_wire_listener *listener)
{
    SSL_CTX_free(listener->tls);
    SSL_CTX_free(listener->dial_tls);
    free(listener->address);
    free(listener->certificate_file);
    free(listener->key_file);
    free(listener->client_ca_file);
    free(listener->read);
    free(listener);
}

void wire_listener_forget(struct st_wire_listener *listener)
{
    if (--listener->handles == 0 && listener->is_closing)
        free_listener(listener);
}

static void on_handle_closed(uv_handle_t *handle)
{
    wire_listener_forget(handle->data);
}

void st_wire_listener_close(struct st_wire_listener *listener)
{
    if (!listener || listener->is_closing)
        return;
    listener->is_closing = true;
    while (!st_net_list_is_empty(&listener->wires)) {
        struct st_wire *wire = ST_NET_OWNER(listener->wires.next, struct st_wire, node);
        wire->is_receiving = false; /* nobody is told any later */
        wire_abort(wire);
    }
    uv_close((uv_handle_t *)&listener->timer, on_handle_closed);
    uv_close((uv_handle_t *)&listener->socket, on_handle_closed);
}

uint16_t st_wire_listener_port(const struct st_wire_listener *listener)
{
    return listener->port;
}

bool st_wire_listener_is_v6(const struct st_wire_listener *listener)
{
    return strchr(listener->address, ':') != NULL;
}

int st_wire_listener_reload(struct st_wire_listener *listener)
{
    SSL_CTX *tls, *dial_tls;
    if (!listener->tls)
        return 0;
    int err = wire_tls_load(listener, &tls, &dial_tls);
    if (err) {
        ST_ERROR(&listener->log, "certificate %s with key %s cannot be used: %s",
                 listener->certificate_file, listener->key_file, st_err_text(err));
        return err;
    }
    SSL_CTX_free(listener->tls);
    SSL_CTX_free(listener->dial_tls);
    listener->tls = tls;
    listener->dial_tls = dial_tls;
    return 0;
}

/* ---- what comes ---- */

static void on_connection(uv_stream_t *stream, int status)
{
    struct st_wire_listener *listener = stream->data;
    if (status == 0 && !listener->is_closing)
        wire_accept(listener);
}

static void on_alloc(uv_handle_t *handle, size_t hint, uv_buf_t *ret_buf)
{
    struct st_wire_listener *listener = handle->data;
    *ret_buf = uv_buf_init(listener->read, ST_WIRE_DATAGRAM_MAX);
}

static void on_datagram(uv_udp_t *udp, ssize_t bytes, const uv_buf_t *buf,
                        const struct sockaddr *address, unsigned flags)
{
    struct st_wire_listener *listener = udp->data;
    struct st_wire_peer peer;
    if (bytes <= 0 || !address || flags & UV_UDP_PARTIAL || listener->is_closing)
        return;
    st_net_metrics_received((size_t)bytes);
    st_listener_peer_text(address, peer.address);
    peer.port = ntohs(address->sa_family == AF_INET6
                          ? ((const struct sockaddr_in6 *)(const void *)address)->sin6_port
                          : ((const struct sockaddr_in *)(const void *)address)->sin_port);
    listener->config.events->datagram(listener->config.user, &peer, buf->base, (size_t)bytes);
}

static void on_check(uv_timer_t *timer)
{
    struct st_wire_listener *listener = timer->data;
    int64_t now_us = st_loop_now_us();
    for (struct st_net_node *node = listener->wires.next, *next; node != &listener->wires;
         node = next) {
        next = node->next;
        wire_check_idle(ST_NET_OWNER(node, struct st_wire, node), now_us);
    }
}

/* ---- addresses ---- */

static int make_address(const char *text, uint16_t port, struct sockaddr_storage *ret_address)
{
    if (uv_ip4_addr(text, port, (struct sockaddr_in *)(void *)ret_address) == 0)
        return 0;
    return uv_ip6_addr(text, port, (struct sockaddr_in6 *)(void *)ret_address);
}

/* A socket of IPv6 takes IPv4 only as it is mapped. */
int wire_listener_target(const struct st_wire_listener *listener, const struct st_wire_peer *peer,
                         struct sockaddr_storage *ret_address)
{
    char mapped[ST_WIRE_ADDRESS_MAX + 8];
    if (!st_wire_listener_is_v6(listener) || strchr(peer->address, ':'))
        return make_address(peer->address, peer->port, ret_address);
    snprintf(mapped, sizeof(mapped), "::ffff:%s", peer->address);
    return make_address(mapped, peer->port, ret_address);
}

/* ---- sending datagrams ---- */

void st_wire_send_datagram(struct st_wire_listener *listener, const struct st_wire_peer *peer,
                           const void *data, size_t bytes)
{
    struct sockaddr_storage address;
    uv_buf_t buf = uv_buf_init((char *)(uintptr_t)data, (unsigned)bytes);
    if (listener->is_closing || wire_listener_target(listener, peer, &address) < 0)
        return;
    int sent = uv_udp_try_send(&listener->socket.udp, &buf, 1, (const struct sockaddr *)&address);
    if (sent > 0)
        st_net_metrics_sent((size_t)sent);
    else
        ST_DEBUG(&listener->log, "a datagram to %s was lost: %s", peer->address, st_err_text(sent));
}

/* ---- opening ---- */

static void note_port(struct st_wire_listener *listener)
{
    struct sockaddr_storage address;
    int bytes = sizeof(address);
    int err = listener->config.is_datagram
                  ? uv_udp_getsockname(&listener->socket.udp, (struct sockaddr *)&address, &bytes)
                  : uv_tcp_getsockname(&listener->socket.tcp, (struct sockaddr *)&address, &bytes);
    if (!err)
        listener->port =
            ntohs(address.ss_family == AF_INET6
                      ? ((const struct sockaddr_in6 *)(const void *)&address)->sin6_port
                      : ((const struct sockaddr_in *)(const void *)&address)->sin_port);
}

static int open_datagrams(struct st_wire_listener *listener, const struct sockaddr *address)
{
    uv_udp_t *udp = &listener->socket.udp;
    int room = RECEIVE_BUFFER_BYTES;
    int err = uv_udp_bind(udp, address, 0);
    if (!err)
        err = uv_udp_recv_start(udp, on_alloc, on_datagram);
    uv_recv_buffer_size((uv_handle_t *)udp, &room);
    return err;
}

static int open_connections(struct st_wire_listener *listener, const struct sockaddr *address)
{
    uv_tcp_t *tcp = &listener->socket.tcp;
    int err = uv_tcp_bind(tcp, address, 0);
    return err ? err : uv_listen((uv_stream_t *)tcp, BACKLOG, on_connection);
}

static int open_socket(struct st_wire_listener *listener)
{
    struct sockaddr_storage address;
    int err = make_address(listener->address, listener->config.port, &address);
    if (err)
        return err;
    err = listener->config.is_datagram
              ? open_datagrams(listener, (const struct sockaddr *)&address)
              : open_connections(listener, (const struct sockaddr *)&address);
    if (!err)
        note_port(listener);
    return err;
}

static void init_handles(struct st_wire_listener *listener)
{
    uv_loop_t *loop = st_loop_uv(listener->config.loop);
    if (listener->config.is_datagram)
        uv_udp_init(loop, &listener->socket.udp);
    else
        uv_tcp_init(loop, &listener->socket.tcp);
    uv_timer_init(loop, &listener->timer);
    ((uv_handle_t *)&listener->socket)->data = listener;
    listener->timer.data = listener;
    listener->handles = 2;
}

int st_wire_listen(struct st_wire_listener **ret_listener, const struct st_wire_config *config)
{
    struct st_wire_listener *listener = st_mem_alloc(sizeof(*listener));
    listener->log.module = "net";
    listener->config = *config;
    listener->address = st_mem_strdup(config->address);
    listener->certificate_file = st_mem_strdup(config->certificate_file);
    listener->key_file = st_mem_strdup(config->key_file);
    listener->client_ca_file = st_mem_strdup(config->client_ca_file);
    st_net_list_init(&listener->wires);
    int err =
        config->certificate_file ? wire_tls_load(listener, &listener->tls, &listener->dial_tls) : 0;
    if (err) {
        free_listener(listener);
        return err;
    }
    listener->read = st_mem_alloc(ST_WIRE_DATAGRAM_MAX);
    init_handles(listener);
    err = open_socket(listener);
    if (err) {
        st_wire_listener_close(listener);
        return err;
    }
    uv_timer_start(&listener->timer, on_check, CHECK_MS, CHECK_MS);
    *ret_listener = listener;
    return 0;
}
