/*
 * Network: HTTP/1.1 and WebSocket, server and client, and one HTTP/2 client, on one loop thread.
 *
 * The only room that knows libwebsockets and nghttp2. One `st_net` per loop thread, with its own
 * listening sockets (SO_REUSEPORT): what is accepted on a thread lives and dies on it. Everything
 * here is called on that thread, and calls back on it; anything may be closed from inside a
 * callback.
 */
#ifndef SIDETONE_NET_H
#define SIDETONE_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct st_buf;
struct st_loop;
struct st_config_limits;

/* ---- set-up ---- */

struct st_net;
struct st_listener;
struct st_net_shared; /* connection counts of the whole process, per address and in all */

int st_net_shared_create(struct st_net_shared **ret_shared, const struct st_config_limits *limits);
void st_net_shared_destroy(struct st_net_shared *shared);

/* On the main thread, one after another, before the loops run. */
int st_net_create(struct st_net **ret_net, struct st_loop *loop, struct st_net_shared *shared,
                  const struct st_config_limits *limits);

/* On the loop's thread. Closes listeners and every connection (1001), then calls `closed`. */
void st_net_close(struct st_net *net, void (*closed)(void *user), void *user);
void st_net_destroy(struct st_net *net); /* after closed; NULL is fine */

struct st_http_exchange;
struct st_ws;
struct st_ws_accept;

struct st_listener_config {
    const char *address;
    uint16_t port;                /* 0: any free one; further loops then bind what the first got */
    const char *certificate_file; /* NULL: no TLS */
    const char *key_file;
    /* For operators: its connections count against no limit but one of their own, so that health
     * can be asked of a gateway that is full. */
    bool is_operations;
    /* Origins allowed to open a WebSocket, exact; besides them only the listener's own host and
     * requests without an Origin header. */
    const char *const *origins;
    size_t origin_count;
    void *user; /* passed to the handlers */
    /* A WebSocket upgrade. 0 with *ret_accept filled, or an HTTP status to refuse with. */
    int (*upgrade)(void *user, struct st_http_exchange *exchange, struct st_ws_accept *ret_accept);
    /* A whole request, body included. Exactly one answer must be given, now or later. */
    void (*request)(void *user, struct st_http_exchange *exchange);
};

/* Before the loop runs or on its thread. The config's strings are copied. */
int st_net_listen(struct st_net *net, struct st_listener **ret_listener,
                  const struct st_listener_config *config);
uint16_t st_listener_port(const struct st_listener *listener);
void st_listener_close(struct st_listener *listener); /* accepts no more; connections live on */

/* Loads the listener's certificate and key again; new connections get them. The old ones stay on
 * failure. */
int st_listener_reload_tls(struct st_listener *listener);

/* ---- HTTP ---- */

/* Valid until the answer is given; afterwards it is gone. */
const char *st_http_method(const struct st_http_exchange *exchange); /* "GET", … */
const char *st_http_path(const struct st_http_exchange *exchange);   /* decoded, no query */
const char *st_http_query(const struct st_http_exchange *exchange);  /* raw, "" when absent */
const char *st_http_target(const struct st_http_exchange *exchange); /* raw path and query */
/* Case-insensitive; NULL when absent. Borrowed until the answer. */
const char *st_http_header(struct st_http_exchange *exchange, const char *name);
const char *st_http_peer(const struct st_http_exchange *exchange); /* address of the client */
const void *st_http_body(const struct st_http_exchange *exchange, size_t *ret_bytes);
/* A query parameter, decoded, into out; bytes or -ENOENT, -ENOBUFS. */
int st_http_query_get(const struct st_http_exchange *exchange, const char *name, char *out,
                      size_t out_bytes);

/* Percent-decodes into out with a NUL; plus_is_space for queries. Bytes written, -EBADMSG for
 * broken escapes and control characters, -ENOBUFS. */
int st_http_decode(char *out, size_t out_bytes, const char *text, size_t bytes, bool plus_is_space);

struct st_http_answer {
    int status;
    const char *content_type; /* NULL: application/json */
    const char *headers;      /* NULL, or further header lines, each ended by CR LF */
    struct st_buf *body;      /* NULL: empty. A reference is taken. */
};

/* Ends the exchange, also when the client has gone. */
void st_http_answer(struct st_http_exchange *exchange, const struct st_http_answer *answer);

/* An endless answer (Server-Sent Events). */
struct st_http_stream;
struct st_http_stream_events {
    void (*drained)(void *user); /* optional: the queue is empty again */
    void (*closed)(void *user);  /* once; the stream is gone */
};
/* Ends the exchange and gives a stream; NULL when the client has gone already. */
struct st_http_stream *st_http_stream_open(struct st_http_exchange *exchange,
                                           const char *content_type,
                                           const struct st_http_stream_events *events, void *user);
int st_http_stream_send(struct st_http_stream *stream, struct st_buf *buf); /* as st_ws_send */
size_t st_http_stream_queued_bytes(const struct st_http_stream *stream);
void st_http_stream_close(struct st_http_stream *stream); /* after what is queued; then closed */

/* ---- WebSocket ---- */

struct st_ws_events {
    void (*open)(void *user, struct st_ws *ws);
    /* One whole message; borrowed. Larger ones than limits.message_bytes close with 1009. */
    void (*message)(void *user, struct st_ws *ws, const void *data, size_t bytes, bool is_binary);
    void (*drained)(void *user, struct st_ws *ws); /* optional: the queue is empty again */
    /* Once, for every ws that was opened or failed to connect; it is gone afterwards. `code` is the
     * peer's close code, 1006 when there was none; `what` is fit for people. */
    void (*closed)(void *user, struct st_ws *ws, uint16_t code, const char *what);
};

struct st_ws_accept {
    const struct st_ws_events *events;
    void *user;
    const char *subprotocol; /* to answer with; NULL: none. Static. */
};

struct st_ws_connect {
    const char *url;         /* ws:// or wss://host[:port]/path */
    const char *bearer;      /* NULL, or sent as Authorization: Bearer */
    const char *subprotocol; /* NULL: none */
    const char *ca_file;     /* NULL: the system's certificates */
    bool skips_certificate_check;
    const char *const *headers; /* NULL-terminated "Name: value" lines; or NULL */
};

/* Names are resolved off the loop. Failure is reported by closed. -EINVAL for a bad URL, -EBADMSG
 * when the file of trusted certificates cannot be used. */
int st_ws_connect(struct st_net *net, struct st_ws **ret_ws, const struct st_ws_connect *connect,
                  const struct st_ws_events *events, void *user);

/* Sends now when the socket can take it, otherwise queues; a reference is taken either way.
 * 0; -ENOBUFS when more than queue_max is queued (nothing was taken); -ENOTCONN while closing. */
int st_ws_send(struct st_ws *ws, struct st_buf *buf, bool is_binary);
/* The same for bytes that are copied; does not allocate while the socket keeps up. */
int st_ws_send_copy(struct st_ws *ws, const void *data, size_t bytes, bool is_binary);

void st_ws_set_queue_max(struct st_ws *ws, size_t bytes); /* default 1 MiB */
size_t st_ws_queued_bytes(const struct st_ws *ws);
void st_ws_set_user(struct st_ws *ws, void *user);
const char *st_ws_peer(const struct st_ws *ws);
/* Within `closed` of one that failed to connect: the HTTP status it was refused with; else 0. */
unsigned st_ws_http_status(const struct st_ws *ws);
/* Likewise, its Retry-After in seconds; 0: it did not say, or said a date. */
uint32_t st_ws_retry_after_s(const struct st_ws *ws);

/* Sends what is queued, then the close frame; `closed` follows. reason ≤ 123 bytes. */
void st_ws_close(struct st_ws *ws, uint16_t code, const char *reason);

/* ---- HTTP/2, outgoing: one connection for one POST, both bodies streamed ---- */

struct st_h2;

struct st_h2_end {
    bool is_clean;    /* the response was whole */
    unsigned status;  /* of the response; 0: none came */
    const char *what; /* fit for people */
};

struct st_h2_events {
    /* The server speaks HTTP/2 and has the request's head. */
    void (*open)(void *user, struct st_h2 *h2);
    /* The response's head, once; `header` gives a header's value by its lower-case name, or NULL.
     * Not 0: the connection is given up. */
    int (*response)(void *user, struct st_h2 *h2, unsigned status,
                    const char *(*header)(const void *headers, const char *name),
                    const void *headers);
    /* A piece of the response's body; borrowed. */
    void (*body)(void *user, struct st_h2 *h2, const void *data, size_t bytes);
    void (*drained)(void *user, struct st_h2 *h2); /* optional: the queue is empty again */
    /* Once for each; it is gone afterwards. Also when it never opened. */
    void (*closed)(void *user, struct st_h2 *h2, const struct st_h2_end *end);
};

struct st_h2_connect {
    const char *url;            /* https:// (ALPN h2), or http:// (prior knowledge) */
    const char *ca_file;        /* NULL: the system's certificates */
    const char *const *headers; /* NULL-terminated "name: value" lines in lower case; or NULL */
};

/* Copies what it is given. Failure is reported by closed, later; -EINVAL for a bad URL or header,
 * -EBADMSG when the file of trusted certificates cannot be used. */
int st_h2_connect(struct st_net *net, struct st_h2 **ret_h2, const struct st_h2_connect *connect,
                  const struct st_h2_events *events, void *user);

/* A piece of the request's body: copied, and sent as the server's windows allow. 0; -ENOBUFS when
 * more than queue_max would wait (nothing was taken); -ENOTCONN before open, after end, and when it
 * is closing or was cut: `closed` says why. */
int st_h2_send(struct st_h2 *h2, const void *data, size_t bytes);
void st_h2_set_queue_max(struct st_h2 *h2, size_t bytes); /* default 256 KiB */
size_t st_h2_queued_bytes(const struct st_h2 *h2);
void st_h2_end(struct st_h2 *h2); /* the request ends behind what is queued */

/* Cancels the request unless the response was whole; `closed` follows. */
void st_h2_close(struct st_h2 *h2);

#endif
