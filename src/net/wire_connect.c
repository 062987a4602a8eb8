/* Connections that are made, not accepted. */
#include "wire_private.h"

#include "sidetone/err.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void wire_dial_free(struct wire_dial *dial)
{
    if (dial)
        st_h2_bytes_fini(&dial->early);
    free(dial);
}

/* ---- until it is open ---- */

int wire_dial_send(struct st_wire *wire, const void *data, size_t bytes)
{
    struct st_h2_bytes *early = &wire->dial->early;
    if (st_h2_bytes_left(early) + bytes > wire->listener->config.queue_bytes) {
        wire_abort(wire);
        return -ENOBUFS;
    }
    st_h2_bytes_put(early, data, bytes);
    return 0;
}

void wire_dial_open(struct st_wire *wire)
{
    struct st_h2_bytes early = wire->dial->early;
    wire->dial->early = (struct st_h2_bytes){.at = 0};
    if (st_h2_bytes_left(&early) > 0)
        st_wire_send(wire, early.data + early.at, st_h2_bytes_left(&early));
    st_h2_bytes_fini(&early);
}

/* ---- connecting ---- */

static void on_connected(uv_connect_t *request, int status)
{
    struct st_wire *wire = request->data;
    if (wire->state != WIRE_GREETING)
        return;
    if (status == 0) {
        wire_begin(wire);
        return;
    }
    ST_DEBUG(&wire->listener->log, "no connection to %s port %u: %s", wire->peer.address,
             wire->peer.port, st_err_text(status));
    wire_abort(wire);
}

/* From where peers know us, if that is one address. */
static void bind_source(struct st_wire *wire)
{
    struct sockaddr_storage address;
    struct st_wire_peer from = {.port = 0};
    const char *ours = wire->listener->address;
    if (strcmp(ours, "0.0.0.0") == 0 || strcmp(ours, "::") == 0)
        return;
    snprintf(from.address, sizeof(from.address), "%s", ours);
    if (wire_listener_target(wire->listener, &from, &address) == 0)
        uv_tcp_bind(&wire->tcp, (const struct sockaddr *)&address, 0);
}

static int dial(struct st_wire *wire)
{
    struct sockaddr_storage address;
    int err = wire_listener_target(wire->listener, &wire->peer, &address);
    if (err)
        return err;
    bind_source(wire);
    wire->dial = st_mem_alloc(sizeof(*wire->dial));
    wire->dial->request.data = wire;
    return uv_tcp_connect(&wire->dial->request, &wire->tcp, (const struct sockaddr *)&address,
                          on_connected);
}

int st_wire_connect(struct st_wire **ret_wire, struct st_wire_listener *listener,
                    const struct st_wire_peer *peer, void *wire_user)
{
    if (listener->is_closing || listener->config.is_datagram)
        return -EINVAL;
    if (listener->tls && !listener->dial_tls)
        return -EACCES;
    struct st_wire *wire = wire_create(listener);
    if (!wire)
        return -ENOBUFS;
    wire->peer = *peer;
    int err = wire_has_room(listener, wire) ? dial(wire) : -ENOBUFS;
    if (err) {
        wire_abort(wire);
        return err;
    }
    wire->user = wire_user;
    *ret_wire = wire;
    return 0;
}
