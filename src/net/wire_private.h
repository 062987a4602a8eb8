/* What the files of wires share. */
#ifndef ST_NET_WIRE_PRIVATE_H
#define ST_NET_WIRE_PRIVATE_H

#include "bytes.h"
#include "net_private.h"

#include "sidetone/wire.h"

#include <openssl/ssl.h>
#include <uv.h>

enum wire_state {
    WIRE_GREETING, /* connecting, TLS */
    WIRE_OPEN,
    WIRE_DRAINING, /* closes once everything has left */
    WIRE_CLOSING,
};

/* Of a connection that we make. */
struct wire_dial {
    uv_connect_t request;
    struct st_h2_bytes early; /* plain, until it is open */
};

struct st_wire {
    struct st_net_node node;
    struct st_wire_listener *listener;
    struct st_wire_peer peer;
    enum wire_state state;
    void *user;        /* NULL: was never told */
    bool is_silent;    /* nothing has come yet */
    bool is_receiving; /* its user works on what came */
    int64_t heard_us;
    int64_t since_us;       /* accepted, made, or draining */
    struct wire_dial *dial; /* NULL: accepted */
    SSL *ssl;               /* NULL: plain */
    uv_tcp_t tcp;
    uv_write_t write_request;
    bool is_writing;
    struct st_h2_bytes out;
    struct st_h2_bytes writing;
};

struct st_wire_listener {
    struct st_log log;
    struct st_wire_config config;
    char *address, *certificate_file, *key_file, *client_ca_file;
    uint16_t port;
    bool is_closing;
    unsigned handles;  /* of libuv's that are not closed yet */
    SSL_CTX *tls;      /* NULL: none */
    SSL_CTX *dial_tls; /* of connections that we make; NULL: none may be made with TLS */
    union {
        uv_tcp_t tcp;
        uv_udp_t udp;
    } socket;
    uv_timer_t timer;
    struct st_net_node wires;
    size_t wire_count;
    char *read; /* what arrives, at most ST_WIRE_DATAGRAM_MAX */
};

/* ---- wire_listener.c ---- */

void wire_listener_forget(struct st_wire_listener *listener); /* a handle is closed */
/* A peer's address for a socket of the listener's family. */
int wire_listener_target(const struct st_wire_listener *listener, const struct st_wire_peer *peer,
                         struct sockaddr_storage *ret_address);

/* ---- wire.c ---- */

/* One more of the listener's; NULL when the system has none. */
struct st_wire *wire_create(struct st_wire_listener *listener);
void wire_accept(struct st_wire_listener *listener);
/* Connected: TLS, or open. */
void wire_begin(struct st_wire *wire);
bool wire_has_room(const struct st_wire_listener *listener, const struct st_wire *wire);
/* At once; `closed` is called, or will be when `received` returns. */
void wire_abort(struct st_wire *wire);
void wire_flush(struct st_wire *wire); /* what is in `out` */
/* TLS is ready, or there is none. False when it is not wanted: it is being closed. */
bool wire_open(struct st_wire *wire);
void wire_received(struct st_wire *wire, const void *data, size_t bytes); /* plain */
void wire_check_idle(struct st_wire *wire, int64_t now_us);

/* ---- wire_connect.c ---- */

int wire_dial_send(struct st_wire *wire, const void *data, size_t bytes); /* not open yet */
void wire_dial_open(struct st_wire *wire);
void wire_dial_free(struct wire_dial *dial); /* NULL is fine */

/* ---- wire_tls.c ---- */

/* *ret_dial_tls NULL: the listener has no authorities. */
int wire_tls_load(struct st_wire_listener *listener, SSL_CTX **ret_tls, SSL_CTX **ret_dial_tls);
int wire_tls_start(struct st_wire *wire);
void wire_tls_on_bytes(struct st_wire *wire, const void *data, size_t bytes);
int wire_tls_write(struct st_wire *wire, const void *data, size_t bytes); /* into `out` */
void wire_tls_goodbye(struct st_wire *wire);

#endif
