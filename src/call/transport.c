/* Remote engines' sockets: the stt room's transport over the net room's clients. */
#include "transport.h"

#include "call_internal.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- WebSocket ---- */

struct ws_socket {
    struct st_stt_socket base;
    struct st_ws *ws; /* NULL once closed */
};

static void on_open(void *user, struct st_ws *ws)
{
    struct ws_socket *socket = user;
    if (!socket->base.is_abandoned)
        socket->base.events->open(socket->base.user, true);
}

static void on_message(void *user, struct st_ws *ws, const void *data, size_t bytes, bool is_binary)
{
    struct ws_socket *socket = user;
    if (!socket->base.is_abandoned)
        socket->base.events->message(socket->base.user, data, bytes, is_binary);
}

static void tell_closed(struct ws_socket *socket, struct st_ws *ws, uint16_t code, const char *what)
{
    struct st_engine_closing closing = {
        .ws_code = code == 1006 ? 0 : code,
        .http_status = (uint16_t)st_ws_http_status(ws),
        .retry_after_s = st_ws_retry_after_s(ws),
        .reason = what && code != 1006 ? what : "",
        .what = what ? what : "the connection was closed",
    };
    socket->base.events->closed(socket->base.user, &closing);
}

static void on_closed(void *user, struct st_ws *ws, uint16_t code, const char *what)
{
    struct ws_socket *socket = user;
    socket->ws = NULL;
    if (!socket->base.is_abandoned)
        tell_closed(socket, ws, code, what);
    else
        free(socket);
}

static const struct st_ws_events ws_events = {
    .open = on_open,
    .message = on_message,
    .closed = on_closed,
};

static int ws_connect(struct st_net *net, struct st_stt_socket **ret_socket,
                      const struct st_engine_target *target,
                      const struct st_stt_socket_events *events, void *user)
{
    struct ws_socket *socket = st_mem_alloc(sizeof(*socket));
    socket->base = (struct st_stt_socket){&transport_websocket, events, user, false};
    struct st_ws_connect connect = {.url = target->url,
                                    .subprotocol = target->subprotocol,
                                    .ca_file = target->ca_file,
                                    .headers = target->headers};
    int err = st_ws_connect(net, &socket->ws, &connect, &ws_events, socket);
    if (err) {
        free(socket);
        return err;
    }
    *ret_socket = &socket->base;
    return 0;
}

static int ws_send(struct st_stt_socket *base, const void *data, size_t bytes, bool is_binary)
{
    struct ws_socket *socket = (struct ws_socket *)base;
    return socket->ws ? st_ws_send_copy(socket->ws, data, bytes, is_binary) : -ENOTCONN;
}

static void ws_close(struct st_stt_socket *base)
{
    struct ws_socket *socket = (struct ws_socket *)base;
    if (!socket->ws) {
        free(socket);
        return;
    }
    base->is_abandoned = true;
    st_ws_close(socket->ws, 1000, "");
}

const struct transport_kind transport_websocket = {ws_connect, ws_send, ws_close};

/* ---- whichever ---- */

static int transport_connect(void *transport, struct st_stt_socket **ret_socket,
                             const struct st_engine_target *target,
                             const struct st_stt_socket_events *events, void *user)
{
    static const struct {
        const char *scheme;
        const struct transport_kind *kind;
    } kinds[] = {
        {"ws://", &transport_websocket},
        {"wss://", &transport_websocket},
        {"http://", &transport_http2},
        {"https://", &transport_http2},
    };
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strncasecmp(target->url, kinds[i].scheme, strlen(kinds[i].scheme)) == 0)
            return kinds[i].kind->connect(transport, ret_socket, target, events, user);
    return -EINVAL;
}

static int transport_send(struct st_stt_socket *socket, const void *data, size_t bytes,
                          bool is_binary)
{
    return socket->kind->send(socket, data, bytes, is_binary);
}

static void transport_close(struct st_stt_socket *socket)
{
    if (socket)
        socket->kind->close(socket);
}

const struct st_stt_transport call_stt_transport = {
    .connect = transport_connect,
    .send = transport_send,
    .close = transport_close,
};
