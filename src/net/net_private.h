/*
 * What the files of this folder share.
 *
 * A connection that came in is an `st_conn`: libwebsockets gives sockets, TLS and the loop (its
 * raw role), HTTP/1.1 and WebSocket are read and written here. Its own HTTP and WebSocket server
 * roles do not fit: they keep no raw request target, cut Sec-WebSocket-Protocol at 127 bytes (a
 * browser's token is longer), take unmasked frames, do not read while an answer is pending and
 * can be talked into HTTP/2. A connection that goes out is a libwebsockets WebSocket client whose
 * frames we build (word-wise mask, one write) and hand over finished.
 */
#ifndef ST_NET_PRIVATE_H
#define ST_NET_PRIVATE_H

#include "sidetone/config.h"
#include "sidetone/log.h"
#include "sidetone/net.h"

#include <libwebsockets.h>
#include <netinet/in.h>
#include <uv.h>

struct st_buf;
struct st_conn;
struct ssl_ctx_st;
struct x509_store_ctx_st;

enum { ST_NET_PEER_BYTES = 48, ST_NET_MASKS = 256, ST_NET_TICK_MS = 250 };

/* Doubly linked, the head inside its owner. */
struct st_net_node {
    struct st_net_node *prev, *next;
};
void st_net_list_init(struct st_net_node *head);
void st_net_list_add(struct st_net_node *head, struct st_net_node *node);
void st_net_list_remove(struct st_net_node *node); /* twice is fine */
bool st_net_list_is_empty(const struct st_net_node *head);
#define ST_NET_OWNER(node, type, member) ((type *)(void *)((char *)(node)-offsetof(type, member)))

struct st_net {
    struct st_loop *loop;
    struct st_net_shared *shared;
    struct st_config_limits limits;
    struct st_log log;
    struct lws_context *context; /* libwebsockets clears it when it is gone */
    uv_timer_t tick;
    int64_t now_us; /* of the last tick or event */
    struct st_net_node conns;
    struct st_net_node clients;
    struct st_net_node listeners;
    struct st_net_node client_hosts;
    struct st_net_node h2s;      /* outgoing HTTP/2 connections */
    struct st_net_node h2_tls;   /* what they trust */
    uint8_t *h2_read;            /* what comes in on any of them, used up at once */
    struct st_net_node legs;     /* of clients, as libwebsockets knows them */
    struct st_listener *opening; /* whose TLS context libwebsockets is making */
    struct st_conn *adopting;
    struct ssl_ctx_st *no_client_tls; /* what listeners have where libwebsockets wants one */
    unsigned any_ports;               /* listeners so far that asked for any port */
    uint8_t *scratch;
    size_t scratch_bytes;
    uint32_t masks[ST_NET_MASKS];
    unsigned masks_left;
    uv_handle_t *lws_handles[8]; /* those of the context itself */
    unsigned lws_handle_count;
    unsigned operations_conns;
    bool is_closing, is_destroying;
    int64_t close_deadline_us;
    void (*closed)(void *user);
    void *closed_user;
};

int64_t st_net_now_us(struct st_net *net);
int64_t st_net_after_s(struct st_net *net, uint32_t seconds); /* never 0 */
uint8_t *st_net_scratch(struct st_net *net, size_t bytes);    /* with LWS_PRE before it */
uint32_t st_net_mask(struct st_net *net);                     /* unpredictable */
extern const struct lws_protocols st_net_served_protocols[], st_net_client_protocols[];

/* ---- shared.c ---- */

/* Counts one more from `address`. 0, or -EAGAIN (all) and -EDQUOT (this address) when full. */
int st_net_shared_enter(struct st_net_shared *shared, const char *address);
void st_net_shared_leave(struct st_net_shared *shared, const char *address);
/* The port that the n-th any-port listener of every loop has; 0 when not bound yet. */
uint16_t st_net_shared_port(struct st_net_shared *shared, unsigned index);
void st_net_shared_set_port(struct st_net_shared *shared, unsigned index, uint16_t port);
/* Whether one of our loops listens there already; remembers it. */
bool st_net_shared_claim(struct st_net_shared *shared, const char *address, uint16_t port);

/* ---- listener.c, listener_tls.c ---- */

struct st_listener {
    struct st_net_node node;
    struct st_net *net;
    struct st_listener_config config; /* strings owned */
    struct lws_vhost *vhost;
    struct ssl_ctx_st *tls; /* of the vhost */
    char name[32];          /* libwebsockets keeps the pointer */
    uv_poll_t poll;
    int fd, reserve_fd;
    uint16_t port;
    bool is_polling, is_paused, is_loopback;
};

int st_listener_check_tls(const struct st_listener *listener); /* 0 when its files can be used */
int st_listener_create_vhost(struct st_listener *listener);
void st_listener_on_tls_context(struct st_listener *listener, struct ssl_ctx_st *tls);
void st_listener_tick(struct st_listener *listener);
void st_listener_free(struct st_listener *listener);
/* IPv4-mapped addresses become IPv4. */
/* Certificate and key of a server; -EBADMSG or what the files say. */
int st_server_tls_load(struct ssl_ctx_st *tls, const char *certificate_file, const char *key_file);
void st_server_tls_tune(struct ssl_ctx_st *tls);
void st_listener_peer_text(const struct sockaddr *address, char out[ST_NET_PEER_BYTES]);

/* ---- link.c: bytes out ---- */

enum st_link_kind { ST_LINK_PLAIN, ST_LINK_TLS, ST_LINK_CLIENT };

struct st_link_item;

struct st_link {
    struct st_net *net;
    struct lws *wsi;
    enum st_link_kind kind;
    bool is_dead; /* no more in or out; libwebsockets will report the end */
    struct st_link_item *first, *last;
    size_t queued_bytes;
    unsigned queued_pongs;
};

enum { ST_LINK_NO_FRAME = 0xff };

/* What to send: `buf` when there is one, otherwise `data`, in a WebSocket frame of `opcode` or
 * bare. */
struct st_link_piece {
    uint8_t opcode;
    struct st_buf *buf;
    const void *data;
    size_t bytes;
};

void st_link_tune_socket(int fd, const struct st_config_limits *limits);

/* Writes at once when nothing waits, else queues. The caller has checked the bound. */
void st_link_send(struct st_link *link, const struct st_link_piece *piece);
/* On writable. True when the queue has just become empty. */
bool st_link_drain(struct st_link *link);
bool st_link_is_idle(const struct st_link *link); /* nothing waits in any queue */
void st_link_kill(struct st_link *link);          /* the end is reported soon */
void st_link_half_close(struct st_link *link);    /* after the last byte: we send no more */
void st_link_fini(struct st_link *link);

/* ---- conn.c ---- */

enum st_conn_state {
    ST_CONN_HEAD,   /* collecting a request head */
    ST_CONN_BODY,   /* collecting its body */
    ST_CONN_ANSWER, /* waiting for the answer */
    ST_CONN_STREAM, /* an endless answer */
    ST_CONN_WS,
    ST_CONN_LINGER, /* everything is sent: what still comes is dropped */
};

struct st_conn {
    struct st_link link;
    struct st_net_node node;
    struct st_listener *listener;
    enum st_conn_state state;
    char peer[ST_NET_PEER_BYTES];
    uint8_t *in;
    size_t in_bytes, in_cap, scanned_bytes;
    int64_t deadline_us; /* 0: none */
    struct st_http_exchange *exchange;
    struct st_http_stream *stream;
    struct st_ws *ws;
    bool is_processing, has_requested, lingers_when_sent;
    bool is_operations; /* as its listener, which may be gone */
};

struct st_conn *st_conn_create(struct st_listener *listener, const char *peer);
void st_conn_free(struct st_conn *conn);
void st_conn_process(struct st_conn *conn);      /* looks at what is buffered */
void st_conn_finish(struct st_conn *conn);       /* end politely once everything is sent */
void st_conn_next_request(struct st_conn *conn); /* the answer is out */
void st_conn_shut(struct st_conn *conn);         /* the net closes */
void st_conn_tick(struct st_conn *conn);
int st_conn_on_bytes(struct st_conn *conn, uint8_t *data, size_t bytes);
int st_conn_on_writable(struct st_conn *conn);
void st_conn_on_gone(struct st_conn *conn);

/* ---- http.c, http_upgrade.c ---- */

void st_http_on_head(struct st_conn *conn, const void *data, size_t bytes);
/* Takes what it needs of the body; returns how much. */
size_t st_http_on_body(struct st_conn *conn, const void *data, size_t bytes);
void st_http_on_gone(struct st_http_exchange *exchange);
void st_http_refuse(struct st_conn *conn, int status); /* then finish */
void st_http_exchange_free(struct st_http_exchange *exchange);
bool st_http_is_upgrade(const struct st_http_exchange *exchange);
void st_http_upgrade(struct st_conn *conn, struct st_http_exchange *exchange);
const char *st_http_reason(int status);

/* ---- http_stream.c ---- */

void st_http_stream_on_drained(struct st_http_stream *stream);
void st_http_stream_on_gone(struct st_http_stream *stream);

/* ---- ws.c ---- */

struct st_ws *st_ws_open_server(struct st_conn *conn, const struct st_ws_accept *accept);
void st_ws_on_bytes(struct st_ws *ws, uint8_t *data, size_t bytes);
void st_ws_on_drained(struct st_ws *ws);
void st_ws_tick(struct st_ws *ws);
void st_ws_on_gone(struct st_ws *ws); /* reports closed and frees */
void st_ws_clients_tick(struct st_net *net);
void st_ws_clients_close(struct st_net *net);

/* ---- ws_client.c, ws_connect.c: one named function per thing libwebsockets reports ---- */

struct st_ws_leg;
struct st_ws *st_ws_leg_ws(const struct st_ws_leg *leg);
void st_ws_leg_free(struct st_ws_leg *leg); /* libwebsockets is done with it */
void st_ws_legs_tick(struct st_net *net);
int st_ws_client_on_headers(struct st_ws *ws, void *in, size_t bytes);
int st_ws_client_on_open(struct st_ws *ws);
int st_ws_client_on_bytes(struct st_ws *ws, const uint8_t *data, size_t bytes);
int st_ws_client_on_pong(struct st_ws *ws);
int st_ws_client_on_writable(struct st_ws *ws);
int st_ws_client_on_peer_close(struct st_ws *ws, const uint8_t *data, size_t bytes);
void st_ws_client_on_failed(struct st_ws *ws, const char *text); /* never opened */
void st_ws_client_on_gone(struct st_ws *ws, const char *what);
void st_ws_client_tick(struct st_ws *ws);
const char *st_ws_client_peer(const struct st_ws *ws);
/* What its certificate check found wrong, or finds now. 0: go on. */
int st_ws_client_on_certificate(struct st_ws *ws, struct x509_store_ctx_st *chain, bool is_good);
void st_ws_legs_free(struct st_net *net);

/* ---- h2.c, h2_tls.c ---- */

void st_h2s_tick(struct st_net *net);
void st_h2s_close(struct st_net *net);
void st_h2_tls_free(struct st_net *net);

/* ---- client_host.c ---- */

/* A context that trusts the file's certificates, or with NULL the system's; NULL when it cannot. */
struct ssl_ctx_st *st_client_tls_create(struct st_net *net, const char *ca_file);

struct st_client_host;
struct st_client_host *st_client_host_get(struct st_net *net, bool is_tls, const char *ca_file);
struct lws_vhost *st_client_host_vhost(const struct st_client_host *host);
void st_client_hosts_free(struct st_net *net);

#endif
