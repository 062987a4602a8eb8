/*
 * Wires: sockets for protocols that are neither HTTP nor WebSocket: datagrams, and connections
 * with or without TLS, accepted on one loop thread, and some made from there.
 *
 * Bytes go in and out; what they mean is the user's. Connections are bounded in number, in all and
 * per address, and in what may wait to be sent; one from which nothing comes is closed. Everything
 * here is called on the loop's thread, and calls back on it; anything may be closed from inside a
 * callback.
 */
#ifndef SIDETONE_WIRE_H
#define SIDETONE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct st_loop;

enum { ST_WIRE_DATAGRAM_MAX = 65536, ST_WIRE_ADDRESS_MAX = 48 };

struct st_wire_peer {
    char address[ST_WIRE_ADDRESS_MAX]; /* numeric; IPv4 also where it came by IPv6 */
    uint16_t port;
};

struct st_wire;
struct st_wire_listener;

struct st_wire_events {
    /* Of a listener for datagrams: one of them; borrowed. */
    void (*datagram)(void *user, const struct st_wire_peer *peer, const void *data, size_t bytes);
    /* Of one for connections: one that is ready (TLS has been agreed on). Gives what the other two
     * are called with; NULL: it is closed, without `closed`. */
    void *(*open)(void *user, struct st_wire *wire, const struct st_wire_peer *peer);
    /* Not 0: it is closed once what was sent has left. */
    int (*received)(void *wire_user, const void *data, size_t bytes);
    /* Once for each that was opened; it is gone afterwards. Never from within `received`, unless
     * the listener is closed there. */
    void (*closed)(void *wire_user);
    /* Optional, of one for connections: whether anything is wanted from there; asked before TLS. */
    bool (*welcome)(void *user, const struct st_wire_peer *peer);
};

struct st_wire_config {
    struct st_loop *loop;
    const char *address; /* numeric */
    uint16_t port;       /* 0: any free one */
    bool is_datagram;
    const char *certificate_file; /* NULL: no TLS */
    const char *key_file;
    const char *client_ca_file; /* NULL: clients need no certificate; else one of these */
    size_t connections_max;
    size_t connections_per_address;
    int64_t handshake_us; /* from accepting or connecting to the first bytes */
    int64_t idle_us;
    size_t queue_bytes; /* waiting to be sent; beyond it the connection is closed */
    const struct st_wire_events *events;
    void *user;
};

/* Before the loop runs or on its thread; texts are copied. What the system says of the port;
 * -EBADMSG: the certificate, the key or the clients' authorities cannot be used. */
int st_wire_listen(struct st_wire_listener **ret_listener, const struct st_wire_config *config);
uint16_t st_wire_listener_port(const struct st_wire_listener *listener);
bool st_wire_listener_is_v6(const struct st_wire_listener *listener);
/* Loads certificate and key again; the old ones stay on failure. */
int st_wire_listener_reload(struct st_wire_listener *listener);
/* Accepts no more and closes what is open, `closed` included. NULL is fine. */
void st_wire_listener_close(struct st_wire_listener *listener);

/* Never waits: what cannot be sent now is lost, as any datagram may be. */
void st_wire_send_datagram(struct st_wire_listener *listener, const struct st_wire_peer *peer,
                           const void *data, size_t bytes);

/* A connection of the listener's kind that is made to somebody, from its address; it counts as one
 * of its connections in every way. `open` is not called; what is sent waits until it is open, and
 * `closed` follows also when it never is. With TLS it shows the listener's certificate, and takes
 * only who shows one of client_ca_file's authorities, whatever name is in it: as who comes.
 * -ENOBUFS: too many connections; -EACCES: TLS without client_ca_file; -EINVAL; what the system
 * says. */
int st_wire_connect(struct st_wire **ret_wire, struct st_wire_listener *listener,
                    const struct st_wire_peer *peer, void *wire_user);

/* Copies. 0; -ENOBUFS: too much waits, it is being closed; -ENOTCONN: it is closing. */
int st_wire_send(struct st_wire *wire, const void *data, size_t bytes);
void st_wire_close(struct st_wire *wire); /* once what was sent has left; then `closed` */

#endif
