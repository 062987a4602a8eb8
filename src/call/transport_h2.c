/* Engines that are one HTTP/2 request with both bodies streamed. */
#include "transport.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <stdlib.h>

enum { NORMAL_CODE = 1000, HTTP_OK = 200 };

struct h2_socket {
    struct st_stt_socket base;
    struct st_h2 *h2; /* NULL once closed */
    uint32_t retry_after_s;
};

static void on_open(void *user, struct st_h2 *h2)
{
    struct h2_socket *socket = user;
    if (!socket->base.is_abandoned)
        socket->base.events->open(socket->base.user, false);
}

static int on_response(void *user, struct st_h2 *h2, unsigned status,
                       const char *(*header)(const void *headers, const char *name),
                       const void *headers)
{
    struct h2_socket *socket = user;
    const char *retry = header(headers, "retry-after");
    unsigned long seconds = retry ? strtoul(retry, NULL, 10) : 0;
    socket->retry_after_s = seconds < UINT32_MAX ? (uint32_t)seconds : UINT32_MAX;
    if (socket->base.is_abandoned || !socket->base.events->response)
        return 0;
    return socket->base.events->response(socket->base.user, status, header, headers);
}

static void on_body(void *user, struct st_h2 *h2, const void *data, size_t bytes)
{
    struct h2_socket *socket = user;
    if (!socket->base.is_abandoned)
        socket->base.events->message(socket->base.user, data, bytes, true);
}

static void on_closed(void *user, struct st_h2 *h2, const struct st_h2_end *end)
{
    struct h2_socket *socket = user;
    bool is_normal = end->is_clean && end->status == HTTP_OK;
    struct st_engine_closing closing = {
        .ws_code = is_normal ? NORMAL_CODE : 0,
        .http_status = (uint16_t)(end->status == HTTP_OK ? 0 : end->status),
        .retry_after_s = socket->retry_after_s,
        .reason = "",
        .what = end->what,
    };
    socket->h2 = NULL;
    if (!socket->base.is_abandoned)
        socket->base.events->closed(socket->base.user, &closing);
    else
        free(socket);
}

static const struct st_h2_events h2_events = {
    .open = on_open,
    .response = on_response,
    .body = on_body,
    .closed = on_closed,
};

static int h2_connect(struct st_net *net, struct st_stt_socket **ret_socket,
                      const struct st_engine_target *target,
                      const struct st_stt_socket_events *events, void *user)
{
    struct h2_socket *socket = st_mem_alloc(sizeof(*socket));
    socket->base = (struct st_stt_socket){&transport_http2, events, user, false};
    struct st_h2_connect connect = {
        .url = target->url, .ca_file = target->ca_file, .headers = target->headers};
    int err = st_h2_connect(net, &socket->h2, &connect, &h2_events, socket);
    if (err) {
        free(socket);
        return err;
    }
    *ret_socket = &socket->base;
    return 0;
}

static int h2_send(struct st_stt_socket *base, const void *data, size_t bytes, bool is_binary)
{
    struct h2_socket *socket = (struct h2_socket *)base;
    if (!socket->h2)
        return -ENOTCONN;
    if (bytes > 0)
        return st_h2_send(socket->h2, data, bytes);
    st_h2_end(socket->h2);
    return 0;
}

static void h2_close(struct st_stt_socket *base)
{
    struct h2_socket *socket = (struct h2_socket *)base;
    if (!socket->h2) {
        free(socket);
        return;
    }
    base->is_abandoned = true;
    st_h2_close(socket->h2);
}

const struct transport_kind transport_http2 = {h2_connect, h2_send, h2_close};
