/* The socket under HTTP/2: names looked up off the loop, one address after another, bytes both
 * ways. */
#include "h2_private.h"

#include "net_metrics.h"

#include "sidetone/err.h"
#include "sidetone/loop.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { READ_BYTES = 16384 };

struct st_h2_lookup {
    uv_getaddrinfo_t request;
    struct st_h2 *h2; /* NULL: nobody waits any more */
};

static void try_next(struct st_h2 *h2);

static void on_handle_closed(uv_handle_t *handle)
{
    struct st_h2 *h2 = handle->data;
    h2->has_tcp = false;
    if (h2->is_retrying && h2->state != ST_H2_CLOSING) {
        h2->is_retrying = false;
        try_next(h2);
        return;
    }
    st_h2_on_gone(h2);
}

void st_h2_socket_close(struct st_h2 *h2)
{
    if (h2->lookup) {
        h2->lookup->h2 = NULL;
        uv_cancel((uv_req_t *)&h2->lookup->request);
        h2->lookup = NULL;
    }
    if (!h2->has_tcp) {
        h2->tcp.data = h2;
        uv_tcp_init(st_loop_uv(h2->net->loop), &h2->tcp);
        h2->has_tcp = true;
    }
    if (!uv_is_closing((uv_handle_t *)&h2->tcp))
        uv_close((uv_handle_t *)&h2->tcp, on_handle_closed);
}

void st_h2_socket_fini(struct st_h2 *h2)
{
    uv_freeaddrinfo(h2->addresses);
}

/* ---- reading ---- */

static void on_alloc(uv_handle_t *handle, size_t hint, uv_buf_t *ret_buf)
{
    struct st_h2 *h2 = handle->data;
    if (!h2->net->h2_read)
        h2->net->h2_read = st_mem_alloc(READ_BYTES);
    *ret_buf = uv_buf_init((char *)h2->net->h2_read, READ_BYTES);
}

static void on_read(uv_stream_t *stream, ssize_t bytes, const uv_buf_t *buf)
{
    struct st_h2 *h2 = stream->data;
    if (h2->state == ST_H2_CLOSING || bytes == 0)
        return;
    if (bytes < 0) {
        if (h2->is_whole)
            st_h2_finish(h2);
        else if (h2->state == ST_H2_GREETING)
            st_h2_fail(h2, "the connection was closed before HTTP/2 was spoken (%s port %u)",
                       h2->peer, h2->url.port);
        else
            st_h2_fail(h2, "%s",
                       bytes == UV_EOF ? "the connection was closed" : st_err_text((int)bytes));
        return;
    }
    st_net_metrics_received((size_t)bytes);
    st_h2_on_bytes(h2, (const uint8_t *)buf->base, (size_t)bytes);
}

/* ---- writing ---- */

static void on_written(uv_write_t *request, int status)
{
    struct st_h2 *h2 = request->data;
    h2->is_writing = false;
    st_h2_bytes_take(&h2->writing, st_h2_bytes_left(&h2->writing));
    h2->is_cut = status < 0;
    if (h2->state != ST_H2_CLOSING)
        st_h2_pump(h2);
}

static void write_later(struct st_h2 *h2)
{
    struct st_h2_bytes empty = h2->writing;
    h2->writing = h2->out;
    h2->out = empty;
    uv_buf_t buf = uv_buf_init((char *)h2->writing.data + h2->writing.at,
                               (unsigned)st_h2_bytes_left(&h2->writing));
    h2->write_request.data = h2;
    h2->is_writing =
        uv_write(&h2->write_request, (uv_stream_t *)&h2->tcp, &buf, 1, on_written) == 0;
    h2->is_cut = !h2->is_writing;
}

void st_h2_socket_flush(struct st_h2 *h2)
{
    size_t bytes = st_h2_bytes_left(&h2->out);
    if (h2->is_writing || h2->is_cut || bytes == 0 || !h2->has_tcp ||
        uv_is_closing((const uv_handle_t *)&h2->tcp))
        return;
    uv_buf_t buf = uv_buf_init((char *)h2->out.data + h2->out.at, (unsigned)bytes);
    int sent = uv_try_write((uv_stream_t *)&h2->tcp, &buf, 1);
    h2->is_cut = sent < 0 && sent != UV_EAGAIN;
    if (h2->is_cut)
        return;
    if (sent > 0) {
        st_net_metrics_sent((size_t)sent);
        st_h2_bytes_take(&h2->out, (size_t)sent);
    }
    if (st_h2_bytes_left(&h2->out) > 0 && h2->state != ST_H2_CLOSING)
        write_later(h2);
}

/* ---- connecting ---- */

static void retry(struct st_h2 *h2, int err)
{
    if (!h2->next_address) {
        st_h2_fail(h2, "%s (%s port %u)",
                   err == UV_ECONNREFUSED ? "connection refused" : st_err_text(err), h2->peer,
                   h2->url.port);
        return;
    }
    h2->is_retrying = true;
    uv_close((uv_handle_t *)&h2->tcp, on_handle_closed);
}

static void on_connected(uv_connect_t *request, int status)
{
    struct st_h2 *h2 = request->data;
    uv_os_fd_t fd;
    if (h2->state == ST_H2_CLOSING || status == UV_ECANCELED)
        return;
    if (status < 0) {
        retry(h2, status);
        return;
    }
    if (uv_fileno((const uv_handle_t *)&h2->tcp, &fd) == 0)
        st_link_tune_socket(fd, &h2->net->limits);
    uv_read_start((uv_stream_t *)&h2->tcp, on_alloc, on_read);
    st_h2_on_connected(h2);
}

static void set_port(struct sockaddr *address, uint16_t port)
{
    if (address->sa_family == AF_INET6)
        ((struct sockaddr_in6 *)(void *)address)->sin6_port = htons(port);
    else
        ((struct sockaddr_in *)(void *)address)->sin_port = htons(port);
}

static void try_next(struct st_h2 *h2)
{
    struct addrinfo *address = h2->next_address;
    h2->next_address = address->ai_next;
    h2->state = ST_H2_CONNECTING;
    st_listener_peer_text(address->ai_addr, h2->peer);
    set_port(address->ai_addr, h2->url.port);
    h2->tcp.data = h2->connect_request.data = h2;
    int err = uv_tcp_init(st_loop_uv(h2->net->loop), &h2->tcp);
    h2->has_tcp = err == 0;
    if (!err)
        err = uv_tcp_connect(&h2->connect_request, &h2->tcp, address->ai_addr, on_connected);
    if (err)
        retry(h2, err);
}

static void on_looked_up(uv_getaddrinfo_t *request, int status, struct addrinfo *addresses)
{
    struct st_h2_lookup *lookup = ST_NET_OWNER(request, struct st_h2_lookup, request);
    struct st_h2 *h2 = lookup->h2;
    free(lookup);
    if (!h2) {
        uv_freeaddrinfo(addresses);
        return;
    }
    h2->lookup = NULL;
    h2->addresses = h2->next_address = addresses;
    if (status == 0)
        try_next(h2);
    else if (status == UV_EAI_NONAME || status == UV_EAI_NODATA || status == UV_EAI_ADDRFAMILY)
        st_h2_fail(h2, "no such host: %s", h2->url.host);
    else
        st_h2_fail(h2, "cannot look up %s: %s", h2->url.host, st_err_text(status));
}

int st_h2_socket_open(struct st_h2 *h2)
{
    struct st_h2_lookup *lookup = st_mem_alloc(sizeof(*lookup));
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    lookup->h2 = h2;
    int err = uv_getaddrinfo(st_loop_uv(h2->net->loop), &lookup->request, on_looked_up,
                             h2->url.host, NULL, &hints);
    if (err) {
        free(lookup);
        return err;
    }
    h2->lookup = lookup;
    return 0;
}
