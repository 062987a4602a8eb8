/* Kinds of sockets that remote engines are reached by. */
#ifndef SIDETONE_CALL_TRANSPORT_H
#define SIDETONE_CALL_TRANSPORT_H

#include "sidetone/net.h"
#include "sidetone/stt.h"

/* As in struct st_stt_transport. */
struct transport_kind {
    int (*connect)(struct st_net *net, struct st_stt_socket **ret_socket,
                   const struct st_engine_target *target, const struct st_stt_socket_events *events,
                   void *user);
    int (*send)(struct st_stt_socket *socket, const void *data, size_t bytes, bool is_binary);
    void (*close)(struct st_stt_socket *socket);
};

/* What every kind of socket begins with. */
struct st_stt_socket {
    const struct transport_kind *kind;
    const struct st_stt_socket_events *events;
    void *user;
    bool is_abandoned; /* its session has gone: tell nobody */
};

extern const struct transport_kind transport_websocket, transport_http2;

#endif
