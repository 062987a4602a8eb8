#include "sidetone/siprec_server.h"

#include "sidetone/err.h"
#include "sidetone/log.h"
#include "sidetone/loop.h"
#include "sidetone/mem.h"
#include "sidetone/metrics.h"
#include "sidetone/wire.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    HANDSHAKE_US = 10000000,
    QUEUE_BYTES = 1 << 20,
    CONNECTION_BUCKETS = 256,
    COUNT_TICKS = 20, /* between looks at the counts */
};

struct connection {
    struct connection *next;
    struct st_siprec_server *server;
    uint64_t id;
    struct st_wire *wire;
    struct st_siprec_link *link;
};

struct listener {
    struct st_siprec_server *server;
    enum st_siprec_transport transport;
    struct st_wire_listener *wires;
};

#define FIGURE(member, name, help)                                                                 \
    {                                                                                              \
        offsetof(struct st_siprec_counts, member), name, help, NULL                                \
    }
#define REFUSED(member, reason)                                                                    \
    {                                                                                              \
        offsetof(struct st_siprec_counts, member), "sidetone_siprec_refused_total",                \
            "SIP messages and requests that were not taken.", reason                               \
    }

static const struct {
    size_t at; /* in the counts */
    const char *name, *help, *reason;
} figures[] = {
    FIGURE(messages, "sidetone_siprec_messages_total", "SIP messages received."),
    FIGURE(sessions, "sidetone_siprec_sessions_total", "Recording sessions that began."),
    FIGURE(retransmitted, "sidetone_siprec_retransmissions_total", "SIP requests that came again."),
    FIGURE(suspect, "sidetone_siprec_mapping_suspect_total",
           "Recording sessions whose roles are in doubt."),
    FIGURE(metadata_refused, "sidetone_siprec_metadata_refused_total",
           "Metadata left out or broken."),
    REFUSED(malformed, "malformed"),
    REFUSED(truncated, "truncated"),
    REFUSED(oversized, "oversized"),
    REFUSED(foreign, "source"),
    REFUSED(unauthenticated, "authentication"),
    REFUSED(limited, "rate"),
    REFUSED(full, "full"),
};

#undef FIGURE
#undef REFUSED

enum { FIGURES = sizeof(figures) / sizeof(figures[0]) };

struct st_siprec_server {
    struct st_siprec *siprec;
    struct st_loop *loop;
    struct st_timer *timer;
    struct listener listeners[ST_SIPREC_LISTENERS_MAX];
    size_t listener_count;
    struct connection *connections[CONNECTION_BUCKETS];
    uint64_t next_connection;
    struct st_counter *counters[FIGURES];
    struct st_siprec_counts counted;
    struct st_gauge *live_gauge;
    size_t live;
    unsigned ticks;
    bool is_closing;
};

/* ---- figures ---- */

static void make_counters(struct st_siprec_server *server)
{
    server->live_gauge =
        st_metrics_gauge("sidetone_siprec_sessions", "Recording sessions that are up.", NULL, NULL);
    for (size_t i = 0; i < FIGURES; i++)
        server->counters[i] =
            st_metrics_counter(figures[i].name, figures[i].help,
                               figures[i].reason ? "reason" : NULL, figures[i].reason);
}

static uint64_t figure_of(const struct st_siprec_counts *counts, size_t i)
{
    uint64_t value;
    memcpy(&value, (const char *)counts + figures[i].at, sizeof(value));
    return value;
}

static void count(struct st_siprec_server *server)
{
    struct st_siprec_counts now;
    st_siprec_counts(server->siprec, &now);
    for (size_t i = 0; i < FIGURES; i++)
        st_counter_add(server->counters[i], figure_of(&now, i) - figure_of(&server->counted, i));
    size_t live = st_siprec_live(server->siprec);
    st_gauge_add(server->live_gauge, (int64_t)live - (int64_t)server->live);
    server->live = live;
    server->counted = now;
}

/* ---- connections ---- */

static struct connection **find_connection(struct st_siprec_server *server, uint64_t id)
{
    struct connection **link = &server->connections[id % CONNECTION_BUCKETS];
    while (*link && (*link)->id != id)
        link = &(*link)->next;
    return link;
}

static struct st_siprec_peer peer_of(const struct listener *listener,
                                     const struct st_wire_peer *from, uint64_t connection)
{
    struct st_siprec_peer peer = {
        .transport = listener->transport, .port = from->port, .connection = connection};
    snprintf(peer.address, sizeof(peer.address), "%s", from->address);
    return peer;
}

static struct st_wire_peer wire_peer_of(const struct st_siprec_peer *peer)
{
    struct st_wire_peer to = {.port = peer->port};
    snprintf(to.address, sizeof(to.address), "%.47s", peer->address);
    return to;
}

/* Its wire is still to be set; NULL when nothing is wanted from there. */
static struct connection *create_connection(struct listener *listener,
                                            const struct st_wire_peer *from)
{
    struct st_siprec_server *server = listener->server;
    struct st_siprec_peer peer = peer_of(listener, from, ++server->next_connection);
    struct st_siprec_link *link;
    if (st_siprec_link_open(&link, server->siprec, &peer) < 0)
        return NULL;
    struct connection *connection = st_mem_alloc(sizeof(*connection));
    *connection = (struct connection){.server = server, .id = peer.connection, .link = link};
    *find_connection(server, connection->id) = connection;
    return connection;
}

static void *on_open(void *user, struct st_wire *wire, const struct st_wire_peer *from)
{
    struct connection *connection = create_connection(user, from);
    if (connection)
        connection->wire = wire;
    return connection;
}

static int on_received(void *user, const void *data, size_t bytes)
{
    struct connection *connection = user;
    return st_siprec_link_put(connection->link, data, bytes, st_loop_now_us());
}

static void on_closed(void *user)
{
    struct connection *connection = user;
    struct connection **link = find_connection(connection->server, connection->id);
    *link = connection->next;
    st_siprec_link_close(connection->link);
    free(connection);
}

static bool on_welcome(void *user, const struct st_wire_peer *from)
{
    struct listener *listener = user;
    return st_siprec_allows(listener->server->siprec, from->address);
}

/* Whoever sends a byte now and then would keep its place for ever. */
static void close_stuck(struct st_siprec_server *server)
{
    int64_t now_us = st_loop_now_us();
    for (size_t i = 0; i < CONNECTION_BUCKETS; i++) {
        struct connection *next;
        for (struct connection *at = server->connections[i]; at; at = next) {
            next = at->next;
            if (st_siprec_link_is_stuck(at->link, now_us))
                st_wire_close(at->wire);
        }
    }
}

/* ---- datagrams ---- */

static void on_datagram(void *user, const struct st_wire_peer *from, const void *data, size_t bytes)
{
    struct listener *listener = user;
    uint64_t number = (uint64_t)(listener - listener->server->listeners) + 1;
    struct st_siprec_peer peer = peer_of(listener, from, number);
    st_siprec_datagram(listener->server->siprec, &peer, data, bytes, st_loop_now_us());
}

static const struct st_wire_events wire_events = {
    .datagram = on_datagram,
    .open = on_open,
    .received = on_received,
    .closed = on_closed,
    .welcome = on_welcome,
};

/* ---- sending ---- */

static int on_send(void *user, const struct st_siprec_peer *peer, const void *data, size_t bytes)
{
    struct st_siprec_server *server = user;
    if (server->is_closing)
        return -ENOTCONN;
    if (peer->transport != ST_SIPREC_UDP) {
        struct connection *connection = *find_connection(server, peer->connection);
        return connection ? st_wire_send(connection->wire, data, bytes) : -ENOTCONN;
    }
    /* By the socket that the peer knows. */
    struct listener *listener = &server->listeners[peer->connection - 1];
    struct st_wire_peer to = wire_peer_of(peer);
    st_wire_send_datagram(listener->wires, &to, data, bytes);
    return 0;
}

static uint64_t dial(struct listener *listener, const struct st_siprec_peer *peer)
{
    struct st_wire_peer to = wire_peer_of(peer);
    struct connection *connection = create_connection(listener, &to);
    if (!connection)
        return 0;
    int err = st_wire_connect(&connection->wire, listener->wires, &to, connection);
    if (!err)
        return connection->id;
    on_closed(connection);
    return 0;
}

/* By the first listener that can: its address has to be of the peer's family. */
static uint64_t on_connect(void *user, const struct st_siprec_peer *peer)
{
    struct st_siprec_server *server = user;
    uint64_t number = 0;
    for (size_t i = 0; i < server->listener_count && !number && !server->is_closing; i++)
        if (server->listeners[i].transport == peer->transport)
            number = dial(&server->listeners[i], peer);
    return number;
}

/* ---- life ---- */

static void on_tick(void *user)
{
    struct st_siprec_server *server = user;
    st_siprec_tick(server->siprec, st_loop_now_us());
    if (++server->ticks % COUNT_TICKS > 0)
        return;
    count(server);
    close_stuck(server);
}

static int listen_on(struct st_siprec_server *server, const struct st_siprec_server_config *config,
                     const struct st_siprec_listen *listen)
{
    struct listener *listener = &server->listeners[server->listener_count];
    bool is_tls = listen->transport == ST_SIPREC_TLS;
    /* Where anybody may connect, nobody takes every place. */
    size_t share = config->siprec.allowed_count > 0 ? config->connections_max
                                                    : (config->connections_max + 1) / 2;
    struct st_wire_config wires = {
        .loop = config->loop,
        .address = listen->address,
        .port = listen->port,
        .is_datagram = listen->transport == ST_SIPREC_UDP,
        .certificate_file = is_tls ? config->certificate_file : NULL,
        .key_file = is_tls ? config->key_file : NULL,
        .client_ca_file = is_tls ? config->client_ca_file : NULL,
        .connections_max = config->connections_max,
        .connections_per_address = share,
        .handshake_us = HANDSHAKE_US,
        .idle_us = config->idle_us,
        .queue_bytes = QUEUE_BYTES,
        .events = &wire_events,
        .user = listener,
    };
    listener->server = server;
    listener->transport = listen->transport;
    int err = st_wire_listen(&listener->wires, &wires);
    server->listener_count += !err;
    return err;
}

static int create_core(struct st_siprec_server *server,
                       const struct st_siprec_server_config *config)
{
    struct st_siprec_config siprec = config->siprec;
    for (size_t i = config->listen_count; i-- > 0;) /* of several the first */
        siprec.ports[config->listens[i].transport] = st_siprec_server_port(server, i);
    siprec.send = on_send;
    siprec.connect = on_connect;
    siprec.user = server;
    return st_siprec_create(&server->siprec, &siprec);
}

int st_siprec_server_open(struct st_siprec_server **ret_server,
                          const struct st_siprec_server_config *config, char *why, size_t why_bytes)
{
    struct st_siprec_server *server = st_mem_alloc(sizeof(*server));
    int err = config->listen_count > ST_SIPREC_LISTENERS_MAX ? -EINVAL : 0;
    server->loop = config->loop;
    snprintf(why, why_bytes, "SIPREC: too many listeners");
    for (size_t i = 0; i < config->listen_count && !err; i++) {
        const struct st_siprec_listen *listen = &config->listens[i];
        err = listen_on(server, config, listen);
        snprintf(why, why_bytes, "SIPREC: cannot listen on %s %s port %u: %s",
                 st_siprec_transport_name(listen->transport), listen->address, listen->port,
                 err == -EBADMSG ? "certificate, key or authorities cannot be used"
                                 : st_err_text(err));
    }
    if (!err) {
        err = create_core(server, config);
        snprintf(why, why_bytes, "SIPREC: an allowed source is no address");
    }
    if (err) {
        st_siprec_server_close(server);
        return err;
    }
    make_counters(server);
    server->timer = st_timer_open(config->loop, on_tick, server);
    st_timer_set(server->timer, ST_SIPREC_TICK_US, ST_SIPREC_TICK_US);
    why[0] = 0;
    *ret_server = server;
    return 0;
}

/* Connections are closed within, which is the last that is heard of them. */
void st_siprec_server_close(struct st_siprec_server *server)
{
    if (!server)
        return;
    server->is_closing = true;
    for (size_t i = 0; i < server->listener_count; i++)
        st_wire_listener_close(server->listeners[i].wires);
    st_timer_close(server->timer);
    if (server->live > 0)
        st_gauge_add(server->live_gauge, -(int64_t)server->live);
    st_siprec_destroy(server->siprec);
    free(server);
}

uint16_t st_siprec_server_port(const struct st_siprec_server *server, size_t listen_index)
{
    return st_wire_listener_port(server->listeners[listen_index].wires);
}

int st_siprec_server_reload_tls(struct st_siprec_server *server)
{
    int err = 0;
    for (size_t i = 0; i < server->listener_count; i++) {
        int result = st_wire_listener_reload(server->listeners[i].wires);
        err = result ? result : err;
    }
    return err;
}

void st_siprec_server_drain(struct st_siprec_server *server)
{
    st_siprec_drain(server->siprec);
}

size_t st_siprec_server_live(const struct st_siprec_server *server)
{
    return st_siprec_live(server->siprec);
}

int st_siprec_server_answer(struct st_siprec_server *server, uint64_t session,
                            const struct st_siprec_answer *answer)
{
    return st_siprec_answer(server->siprec, session, answer, st_loop_now_us());
}

int st_siprec_server_end(struct st_siprec_server *server, uint64_t session, enum st_siprec_end end)
{
    return st_siprec_end(server->siprec, session, end, st_loop_now_us());
}
