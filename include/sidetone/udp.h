/*
 * UDP on one loop thread: all its sockets, read together in one tick.
 *
 * A datagram costs little; being woken for each costs more than all the rest. So nothing wakes the
 * loop: every few milliseconds the sockets that have something are read, many datagrams at once,
 * and each is handed out with the time at which the kernel received it. How much one tick reads is
 * bounded; what waits longer waits in the kernel's buffer, and what that has no room for is
 * counted. Nothing is allocated per datagram. Everything here belongs to the loop's thread; a
 * socket may be closed from within any callback.
 */
#ifndef SIDETONE_UDP_H
#define SIDETONE_UDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct st_loop;

enum {
    ST_UDP_TICK_US = 4000,
    ST_UDP_DATAGRAM_MAX = 4096, /* larger ones are dropped and counted */
    ST_UDP_TEXT_MAX = 46,       /* of an address without its port */
    ST_UDP_BATCH = 32,          /* datagrams that are read together */
};

/* ---- addresses ---- */

/* One of zeroes is none. */
struct st_udp_address {
    uint8_t ip[16]; /* IPv4 as ::ffff:a.b.c.d */
    uint16_t port;
};

/* -EINVAL unless it is a numeric address. */
int st_udp_address_parse(struct st_udp_address *ret_address, const char *ip, uint16_t port);
void st_udp_address_write(const struct st_udp_address *address, char out[ST_UDP_TEXT_MAX]);
bool st_udp_address_is_none(const struct st_udp_address *address);
bool st_udp_address_is_v4(const struct st_udp_address *address);
/* 0.0.0.0 or "::": nobody in particular; also none. */
bool st_udp_address_is_anybody(const struct st_udp_address *address);
bool st_udp_address_has_ip_of(const struct st_udp_address *address,
                              const struct st_udp_address *other);
bool st_udp_address_is(const struct st_udp_address *address, const struct st_udp_address *other);

/* ---- sockets ---- */

struct st_udp;
struct st_udp_socket;

struct st_udp_config {
    struct st_loop *loop;
    int64_t tick_us;                            /* 0: ST_UDP_TICK_US; whole milliseconds */
    void (*ticked)(void *user, int64_t now_us); /* optional; after what has arrived was read */
    void *user;
};

/* Ticks while it has a socket. */
void st_udp_create(struct st_udp **ret_udp, const struct st_udp_config *config);
void st_udp_destroy(struct st_udp *udp); /* closes what is open; NULL is fine */

struct st_udp_datagram {
    void *data; /* borrowed for the call; may be changed; aligned to 8 bytes */
    size_t bytes;
    struct st_udp_address from;
    int64_t arrived_us; /* monotonic */
};

struct st_udp_bind {
    const char *address; /* numeric; "::" takes IPv4 as well */
    uint16_t port;       /* 0: any free one */
    int receive_bytes;   /* room in the kernel's buffer, as far as it lets us; 0: 256 KiB */
    void (*receive)(void *user, const struct st_udp_datagram *datagram);
    /* Optional: up to ST_UDP_BATCH of them, before they are handed out one by one, to fetch what
     * they will touch (prefetch.h); nothing may be changed or closed. */
    void (*prefetch)(void *user, const struct st_udp_datagram *datagrams, size_t count);
    void *user;
};

/* -EINVAL for an address; what the system says of the port: -EADDRINUSE, -EADDRNOTAVAIL, … */
int st_udp_open(struct st_udp *udp, struct st_udp_socket **ret_socket,
                const struct st_udp_bind *bind);
void st_udp_close(struct st_udp_socket *socket); /* NULL is fine */
uint16_t st_udp_port(const struct st_udp_socket *socket);

/* Reads what has arrived without waiting for the tick; nothing from within a callback. */
void st_udp_read(struct st_udp_socket *socket);

/* Never waits: what cannot be sent now is lost, as any datagram may be, and so is what goes to an
 * address that is not of the socket's kind. */
void st_udp_send(struct st_udp_socket *socket, const struct st_udp_address *to, const void *data,
                 size_t bytes);

#endif
