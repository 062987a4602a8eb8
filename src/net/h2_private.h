/*
 * What the files of the HTTP/2 client share.
 *
 * A connection is a uv_tcp_t of its own, not one of libwebsockets': that would want to read the
 * bytes itself, has one ALPN for a whole context, and gives no way to hold reading back. TLS is
 * OpenSSL over two memory BIOs, so that both ways look alike: bytes in, bytes out. nghttp2 parses
 * and frames.
 */
#ifndef ST_NET_H2_PRIVATE_H
#define ST_NET_H2_PRIVATE_H

#include "bytes.h"
#include "net_private.h"
#include "url.h"

#include <nghttp2/nghttp2.h>
#include <openssl/ssl.h>

enum { ST_H2_HEADERS_MAX = 64, ST_H2_HEADER_BYTES = 16384, ST_H2_RESPONSE_HEADERS_MAX = 100 };

enum st_h2_state {
    ST_H2_LOOKUP,
    ST_H2_CONNECTING, /* TCP */
    ST_H2_GREETING,   /* TLS, and the server's settings */
    ST_H2_OPEN,
    ST_H2_CLOSING,
};

struct st_h2_lookup;

struct st_h2_header {
    char *name, *value;
};

struct st_h2 {
    struct st_net_node node;
    struct st_net *net;
    const struct st_h2_events *events;
    void *user;
    enum st_h2_state state;
    struct st_url url;
    struct st_h2_header headers[ST_H2_HEADERS_MAX];
    size_t header_count;
    SSL_CTX *trust; /* NULL: plain */
    int64_t deadline_us;
    /* the socket */
    struct st_h2_lookup *lookup;
    struct addrinfo *addresses, *next_address;
    char peer[ST_NET_PEER_BYTES];
    uv_tcp_t tcp;
    uv_connect_t connect_request;
    uv_write_t write_request;
    bool has_tcp, is_writing, is_retrying;
    bool is_cut; /* it takes nothing more; what came before that, and its end, are still to be read
                  */
    struct st_h2_bytes out;     /* to go to the socket */
    struct st_h2_bytes writing; /* given to it */
    SSL *ssl;
    /* the session */
    nghttp2_session *session;
    int32_t stream_id;
    unsigned depth; /* inside nghttp2, or the user */
    struct st_h2_bytes queue;
    size_t queue_max;
    bool is_deferred, wants_end, has_drained;
    struct st_h2_header response[ST_H2_RESPONSE_HEADERS_MAX];
    size_t response_count, response_bytes;
    unsigned status;
    bool has_response, is_whole, is_cancelled;
    char what[192];
};

/* ---- h2.c ---- */

/* The first reason stays. `closed` comes from the loop. */
void st_h2_fail(struct st_h2 *h2, const char *format, ...) __attribute__((format(printf, 2, 3)));
void st_h2_finish(struct st_h2 *h2);
/* What nghttp2 has to say, through TLS, to the socket. */
void st_h2_pump(struct st_h2 *h2);
void st_h2_on_connected(struct st_h2 *h2);
void st_h2_on_bytes(struct st_h2 *h2, const uint8_t *data, size_t bytes);
void st_h2_on_gone(struct st_h2 *h2); /* the socket's handle is closed */

/* ---- h2_socket.c ---- */

int st_h2_socket_open(struct st_h2 *h2);
void st_h2_socket_flush(struct st_h2 *h2); /* what is in `out` */
void st_h2_socket_close(struct st_h2 *h2); /* then on_gone */
void st_h2_socket_fini(struct st_h2 *h2);

/* ---- h2_tls.c ---- */

int st_h2_tls_get(struct st_net *net, const char *ca_file, SSL_CTX **ret_trust);
int st_h2_tls_start(struct st_h2 *h2);
/* Bytes of the server's; gives what they hold to st_h2_session_on_bytes. */
void st_h2_tls_on_bytes(struct st_h2 *h2, const uint8_t *data, size_t bytes);
void st_h2_tls_write(struct st_h2 *h2, const uint8_t *data, size_t bytes); /* into `out` */
void st_h2_tls_goodbye(struct st_h2 *h2);
bool st_h2_tls_is_ready(const struct st_h2 *h2);

/* ---- h2_session.c ---- */

int st_h2_session_start(struct st_h2 *h2);
void st_h2_session_on_bytes(struct st_h2 *h2, const uint8_t *data, size_t bytes);
/* The next bytes to send, 0 when there are none for now. */
size_t st_h2_session_next(struct st_h2 *h2, const uint8_t **ret_data);
void st_h2_session_check(struct st_h2 *h2); /* whether it is over */
void st_h2_session_wake(struct st_h2 *h2);  /* the queue has something again */
void st_h2_session_cancel(struct st_h2 *h2);
void st_h2_session_fini(struct st_h2 *h2);

#endif
