/* Remote engines' sockets: the stt room's transport over the net room's WebSocket client. */
#include "call_internal.h"

#include "sidetone/mem.h"
#include "sidetone/net.h"

#include <errno.h>
#include <stdlib.h>

struct st_stt_socket {
    struct st_ws *ws; /* NULL once closed */
    const struct st_stt_socket_events *events;
    void *user;
    bool is_abandoned; /* its session has gone: tell nobody */
};

static void on_open(void *user, struct st_ws *ws)
{
    struct st_stt_socket *socket = user;
    if (!socket->is_abandoned)
        socket->events->open(socket->user);
}

static void on_message(void *user, struct st_ws *ws, const void *data, size_t bytes, bool is_binary)
{
    struct st_stt_socket *socket = user;
    if (!socket->is_abandoned)
        socket->events->message(socket->user, data, bytes, is_binary);
}

static void tell_closed(struct st_stt_socket *socket, struct st_ws *ws, uint16_t code,
                        const char *what)
{
    struct st_engine_closing closing = {
        .ws_code = code == 1006 ? 0 : code,
        .http_status = (uint16_t)st_ws_http_status(ws),
        .reason = what && code != 1006 ? what : "",
        .what = what ? what : "the connection was closed",
    };
    socket->events->closed(socket->user, &closing);
}

static void on_closed(void *user, struct st_ws *ws, uint16_t code, const char *what)
{
    struct st_stt_socket *socket = user;
    socket->ws = NULL;
    if (!socket->is_abandoned)
        tell_closed(socket, ws, code, what);
    else
        free(socket);
}

static const struct st_ws_events ws_events = {
    .open = on_open,
    .message = on_message,
    .closed = on_closed,
};

static int transport_connect(void *transport, struct st_stt_socket **ret_socket,
                             enum st_engine_kind kind, const struct st_engine_target *target,
                             const struct st_stt_socket_events *events, void *user)
{
    if (kind != ST_ENGINE_WEBSOCKET)
        return -ENOTSUP;
    struct st_stt_socket *socket = st_mem_alloc(sizeof(*socket));
    socket->events = events;
    socket->user = user;
    struct st_ws_connect connect = {.url = target->url,
                                    .subprotocol = target->subprotocol,
                                    .ca_file = target->ca_file,
                                    .headers = target->headers};
    int err = st_ws_connect(transport, &socket->ws, &connect, &ws_events, socket);
    if (err) {
        free(socket);
        return err;
    }
    *ret_socket = socket;
    return 0;
}

static int transport_send(struct st_stt_socket *socket, const void *data, size_t bytes,
                          bool is_binary)
{
    return socket->ws ? st_ws_send_copy(socket->ws, data, bytes, is_binary) : -ENOTCONN;
}

static void transport_close(struct st_stt_socket *socket)
{
    if (!socket)
        return;
    if (!socket->ws) {
        free(socket);
        return;
    }
    socket->is_abandoned = true;
    st_ws_close(socket->ws, 1000, "");
}

const struct st_stt_transport call_stt_transport = {
    .connect = transport_connect,
    .send = transport_send,
    .close = transport_close,
};
