/*
 * Listening sockets of our own: every loop thread has one per address (SO_REUSEPORT), accepts what
 * the limits allow, and hands the socket to libwebsockets. Its own listeners cannot share a port
 * between contexts and set no TCP_NODELAY.
 */
#include "net_metrics.h"
#include "net_private.h"

#include "sidetone/loop.h"
#include "sidetone/mem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BACKLOG = 1024, ACCEPTS_PER_TURN = 64, ANY_PORTS_MAX = 16, OPERATIONS_CONNS_MAX = 64 };

struct address {
    struct sockaddr_storage storage;
    socklen_t bytes;
};

static int parse_address(struct address *ret_address, const char *text, uint16_t port)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)&ret_address->storage;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&ret_address->storage;
    const char *numeric = strcmp(text, "localhost") == 0 ? "127.0.0.1" : text;
    memset(ret_address, 0, sizeof(*ret_address));
    if (uv_ip4_addr(numeric, port, v4) == 0) {
        ret_address->bytes = sizeof(*v4);
        return 0;
    }
    if (uv_ip6_addr(numeric, port, v6) == 0) {
        ret_address->bytes = sizeof(*v6);
        return 0;
    }
    return -EINVAL;
}

static bool is_loopback(const struct address *address)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)&address->storage;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&address->storage;
    if (address->storage.ss_family == AF_INET)
        return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
    return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

void st_listener_peer_text(const struct sockaddr *address, char out[ST_NET_PEER_BYTES])
{
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
    snprintf(out, ST_NET_PEER_BYTES, "unknown");
    if (address->sa_family == AF_INET)
        inet_ntop(AF_INET, &v4->sin_addr, out, ST_NET_PEER_BYTES);
    else if (address->sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
        inet_ntop(AF_INET, v6->sin6_addr.s6_addr + 12, out, ST_NET_PEER_BYTES);
    else if (address->sa_family == AF_INET6)
        inet_ntop(AF_INET6, &v6->sin6_addr, out, ST_NET_PEER_BYTES);
}

/* ---- accepting ---- */

/* A reset, so that a refused connection leaves nothing behind on our side. */
static void refuse(int fd, enum st_net_refusal refusal)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    close(fd);
    st_net_metrics_refused(refusal);
}

static void adopt(struct st_listener *listener, int fd, const char *peer)
{
    struct st_net *net = listener->net;
    struct st_conn *conn = st_conn_create(listener, peer);
    lws_adopt_desc_t info = {
        .vh = listener->vhost,
        .type = LWS_ADOPT_SOCKET | LWS_ADOPT_ALLOW_SSL,
        .fd.sockfd = fd,
        .vh_prot_name = st_net_served_protocols[0].name,
        .opaque = conn,
    };
    net->adopting = conn;
    struct lws *wsi = lws_adopt_descriptor_vhost_via_info(&info);
    if (!wsi && net->adopting)
        st_conn_free(conn);
    net->adopting = NULL;
}

static int enter(struct st_listener *listener, const char *peer)
{
    struct st_net *net = listener->net;
    if (!listener->config.is_operations)
        return st_net_shared_enter(net->shared, peer);
    if (net->operations_conns == OPERATIONS_CONNS_MAX)
        return -EAGAIN;
    net->operations_conns++;
    return 0;
}

static void on_accepted(struct st_listener *listener, int fd, const struct sockaddr *address)
{
    char peer[ST_NET_PEER_BYTES];
    st_listener_peer_text(address, peer);
    int err = enter(listener, peer);
    if (err) {
        refuse(fd, err == -EAGAIN ? ST_NET_REFUSED_TOTAL : ST_NET_REFUSED_ADDRESS);
        return;
    }
    st_link_tune_socket(fd, &listener->net->limits);
    adopt(listener, fd, peer);
}

static void keep_reserve(struct st_listener *listener)
{
    if (listener->reserve_fd < 0)
        listener->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/* Without a descriptor left the connection would stay in the backlog and wake us for ever. False
 * when another thread was quicker to take the one that was held for this. */
static bool shed_one(struct st_listener *listener)
{
    if (listener->reserve_fd >= 0)
        close(listener->reserve_fd);
    listener->reserve_fd = -1;
    int fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0)
        refuse(fd, ST_NET_REFUSED_FILES);
    keep_reserve(listener);
    return fd >= 0;
}

/* Until the next tick: what cannot be accepted now would wake the loop again at once. */
static void pause_accepting(struct st_listener *listener)
{
    listener->is_paused = true;
    uv_poll_stop(&listener->poll);
}

/* False: enough for this turn. */
static bool on_accept_error(struct st_listener *listener, int err)
{
    switch (err) {
    case EINTR:
    case ECONNABORTED:
        return true;
    case EAGAIN:
        return false;
    case EMFILE:
    case ENFILE:
        if (!shed_one(listener))
            pause_accepting(listener);
        return false;
    default:
        pause_accepting(listener);
        return false;
    }
}

static void on_acceptable(uv_poll_t *poll, int status, int events)
{
    struct st_listener *listener = poll->data;
    bool goes_on = true;
    for (int i = 0; goes_on && i < ACCEPTS_PER_TURN; i++) {
        struct sockaddr_storage address;
        socklen_t bytes = sizeof(address);
        int fd = accept4(listener->fd, (struct sockaddr *)&address, &bytes,
                         SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0)
            on_accepted(listener, fd, (struct sockaddr *)&address);
        else
            goes_on = on_accept_error(listener, errno);
    }
}

void st_listener_tick(struct st_listener *listener)
{
    if (!listener->is_polling)
        return;
    keep_reserve(listener);
    if (!listener->is_paused)
        return;
    listener->is_paused = false;
    uv_poll_start(&listener->poll, UV_READABLE, on_acceptable);
}

/* ---- opening and closing ---- */

static void set_int(int fd, int level, int name, int value)
{
    setsockopt(fd, level, name, &value, sizeof(value));
}

static int open_socket(const struct address *address, bool shares_port)
{
    int fd = socket(address->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (shares_port)
        set_int(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    if (address->storage.ss_family == AF_INET6)
        set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
    if (bind(fd, (const struct sockaddr *)&address->storage, address->bytes) == 0)
        return fd;
    int err = -errno;
    close(fd);
    return err;
}

/* SO_REUSEPORT lets another process of ours share the port unnoticed; a plain bind tells. */
static int probe(struct st_listener *listener, const struct address *address, uint16_t port)
{
    if (st_net_shared_claim(listener->net->shared, listener->config.address, port))
        return 0;
    int fd = open_socket(address, false);
    if (fd < 0)
        return fd;
    close(fd);
    return 0;
}

static int bound_port(int fd, uint16_t *ret_port)
{
    struct sockaddr_storage storage;
    socklen_t bytes = sizeof(storage);
    if (getsockname(fd, (struct sockaddr *)&storage, &bytes) != 0)
        return -errno;
    /* The port is at the same place in both kinds of address. */
    *ret_port = ntohs(((const struct sockaddr_in *)&storage)->sin_port);
    return 0;
}

static int start_listening(struct st_listener *listener)
{
    struct st_net *net = listener->net;
    struct address address;
    unsigned any_index = 0;
    uint16_t port = listener->config.port;
    bool is_any = port == 0;
    if (is_any) {
        any_index = net->any_ports++;
        if (any_index >= ANY_PORTS_MAX)
            return -ENOBUFS;
        port = st_net_shared_port(net->shared, any_index);
    }
    int err = parse_address(&address, listener->config.address, port);
    if (!err && !is_any)
        err = probe(listener, &address, port);
    if (err)
        return err;
    listener->is_loopback = is_loopback(&address);
    listener->fd = open_socket(&address, true);
    if (listener->fd < 0)
        return listener->fd;
    if (listen(listener->fd, BACKLOG) != 0)
        return -errno;
    err = bound_port(listener->fd, &listener->port);
    if (!err && is_any)
        st_net_shared_set_port(net->shared, any_index, listener->port);
    return err;
}

static int start_polling(struct st_listener *listener)
{
    int err = uv_poll_init(st_loop_uv(listener->net->loop), &listener->poll, listener->fd);
    if (err)
        return err;
    listener->poll.data = listener;
    listener->is_polling = true;
    return uv_poll_start(&listener->poll, UV_READABLE, on_acceptable);
}

static void copy_config(struct st_listener_config *out, const struct st_listener_config *config)
{
    char **origins = st_mem_alloc_array(config->origin_count + 1, sizeof(char *));
    for (size_t i = 0; i < config->origin_count; i++)
        origins[i] = st_mem_strdup(config->origins[i]);
    *out = *config;
    out->origins = (const char *const *)origins;
    out->address = st_mem_strdup(config->address);
    out->certificate_file = st_mem_strdup(config->certificate_file);
    out->key_file = st_mem_strdup(config->key_file);
}

int st_net_listen(struct st_net *net, struct st_listener **ret_listener,
                  const struct st_listener_config *config)
{
    if (net->is_closing || !config->address || (config->certificate_file && !config->key_file))
        return -EINVAL;
    struct st_listener *listener = st_mem_alloc(sizeof(*listener));
    listener->net = net;
    listener->fd = -1;
    copy_config(&listener->config, config);
    listener->reserve_fd = -1;
    keep_reserve(listener);
    st_net_list_add(&net->listeners, &listener->node);
    int err = config->certificate_file ? st_listener_check_tls(listener) : 0;
    if (!err)
        err = st_listener_create_vhost(listener);
    if (!err)
        err = start_listening(listener);
    if (!err)
        err = start_polling(listener);
    if (err) {
        /* It stays in the net's list, closed, until the net is destroyed. */
        st_listener_close(listener);
        return err;
    }
    *ret_listener = listener;
    return 0;
}

uint16_t st_listener_port(const struct st_listener *listener)
{
    return listener->port;
}

static void on_poll_closed(uv_handle_t *handle)
{
    struct st_listener *listener = handle->data;
    close(listener->fd);
    listener->fd = -1;
}

void st_listener_close(struct st_listener *listener)
{
    if (listener->reserve_fd >= 0)
        close(listener->reserve_fd);
    listener->reserve_fd = -1;
    if (listener->is_polling) {
        listener->is_polling = false;
        uv_close((uv_handle_t *)&listener->poll, on_poll_closed);
    } else if (listener->fd >= 0 && !listener->poll.data) {
        close(listener->fd);
        listener->fd = -1;
    }
}

void st_listener_free(struct st_listener *listener)
{
    st_net_list_remove(&listener->node);
    for (size_t i = 0; i < listener->config.origin_count; i++)
        free((char *)(uintptr_t)listener->config.origins[i]);
    free((void *)(uintptr_t)listener->config.origins);
    free((char *)(uintptr_t)listener->config.address);
    free((char *)(uintptr_t)listener->config.certificate_file);
    free((char *)(uintptr_t)listener->config.key_file);
    free(listener);
}
