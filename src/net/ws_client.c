/*
 * WebSockets that go out. libwebsockets connects, does TLS, the handshake and the reading; it
 * would look names up on the loop thread, so it gets addresses, with the name for SNI, Host and
 * the certificate check. Of several addresses the next is tried when one does not connect.
 */
#include "net_metrics.h"
#include "url.h"
#include "ws_private.h"

#include "sidetone/buf.h"
#include "sidetone/err.h"
#include "sidetone/loop.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

/* A TLS context of its own per file of trusted certificates. */
struct client_host {
    struct st_net_node node;
    struct lws_vhost *vhost;
    char name[32]; /* libwebsockets keeps the pointer */
    SSL_CTX *tls;  /* NULL: plain */
    char *ca_file; /* NULL: the system's */
};

/* What a libwebsockets connection knows of us. It outlives the WebSocket when libwebsockets takes
 * its time, or gives up without a word. */
struct st_ws_leg {
    struct st_net_node node;
    struct st_ws *ws; /* NULL: nobody cares any more */
    int64_t forget_us;
};

struct lookup {
    uv_getaddrinfo_t request;
    struct st_ws *ws; /* NULL: nobody waits any more */
};

struct st_ws_client {
    struct st_url url;
    char *bearer, *subprotocol;
    char **headers;
    size_t header_count;
    bool skips_certificate_check, wants_close;
    struct client_host *host;
    struct lookup *lookup;
    struct st_ws_leg *leg;
    struct addrinfo *addresses, *next_address;
    char peer[ST_NET_PEER_BYTES];
    char why[128];
};

enum { LEG_FORGET_S = 60 };

static const lws_retry_bo_t no_lws_pings = {.secs_since_valid_ping = 0};

/* ---- trusted certificates ---- */

static bool is_same_file(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static struct client_host *find_host(struct st_net *net, bool is_tls, const char *ca_file)
{
    for (struct st_net_node *node = net->client_hosts.next; node != &net->client_hosts;
         node = node->next) {
        struct client_host *host = ST_NET_OWNER(node, struct client_host, node);
        if ((host->tls != NULL) == is_tls && is_same_file(host->ca_file, ca_file))
            return host;
    }
    return NULL;
}

/* Of our own, because libwebsockets reads every certificate of the system at once, and mixes up
 * what belongs to which of its contexts. */
static SSL_CTX *create_tls(struct st_net *net, const char *ca_file)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
    if (!tls)
        return NULL;
    SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
    SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS);
    ERR_clear_error();
    int is_loaded = ca_file ? SSL_CTX_load_verify_locations(tls, ca_file, NULL)
                            : SSL_CTX_set_default_verify_paths(tls);
    if (is_loaded == 1)
        return tls;
    ST_ERROR(&net->log, "trusted certificates %s cannot be used", ca_file ? ca_file : "");
    ERR_clear_error();
    SSL_CTX_free(tls);
    return NULL;
}

static struct client_host *create_host(struct st_net *net, SSL_CTX *tls, const char *ca_file)
{
    struct client_host *host = st_mem_alloc(sizeof(*host));
    snprintf(host->name, sizeof(host->name), "client-%p", (void *)host);
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .vhost_name = host->name,
        .protocols = st_net_client_protocols,
        .options = tls ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0,
        .provided_client_ssl_ctx = tls,
    };
    host->vhost = lws_create_vhost(net->context, &info);
    if (!host->vhost) {
        SSL_CTX_free(tls);
        free(host);
        return NULL;
    }
    host->tls = tls;
    host->ca_file = st_mem_strdup(ca_file);
    st_net_list_add(&net->client_hosts, &host->node);
    return host;
}

static struct client_host *get_host(struct st_net *net, bool is_tls, const char *ca_file)
{
    struct client_host *host = find_host(net, is_tls, ca_file);
    if (host)
        return host;
    SSL_CTX *tls = is_tls ? create_tls(net, ca_file) : NULL;
    return is_tls && !tls ? NULL : create_host(net, tls, ca_file);
}

void st_ws_client_hosts_free(struct st_net *net)
{
    while (!st_net_list_is_empty(&net->legs))
        st_ws_leg_free(ST_NET_OWNER(net->legs.next, struct st_ws_leg, node));
    while (!st_net_list_is_empty(&net->client_hosts)) {
        struct client_host *host = ST_NET_OWNER(net->client_hosts.next, struct client_host, node);
        st_net_list_remove(&host->node);
        SSL_CTX_free(host->tls);
        free(host->ca_file);
        free(host);
    }
}

/* ---- connecting ---- */

static void fail_later(struct st_ws *ws, const char *why)
{
    snprintf(ws->client->why, sizeof(ws->client->why), "%s", why);
    ws->link->is_dead = true;
}

struct st_ws *st_ws_leg_ws(const struct st_ws_leg *leg)
{
    return leg->ws;
}

void st_ws_leg_free(struct st_ws_leg *leg)
{
    if (leg->ws)
        leg->ws->client->leg = NULL;
    st_net_list_remove(&leg->node);
    free(leg);
}

static struct st_ws_leg *open_leg(struct st_ws *ws)
{
    struct st_ws_leg *leg = st_mem_alloc(sizeof(*leg));
    leg->ws = ws;
    ws->client->leg = leg;
    st_net_list_add(&ws->net->legs, &leg->node);
    return leg;
}

static void leave_leg(struct st_ws_client *client)
{
    if (client->leg)
        client->leg->ws = NULL;
    client->leg = NULL;
}

/* A connection that failed at once may still be reported, or not. */
static void abandon_leg(struct st_ws *ws)
{
    struct st_ws_leg *leg = ws->client->leg;
    leave_leg(ws->client);
    if (leg)
        leg->forget_us = st_net_after_s(ws->net, LEG_FORGET_S);
}

void st_ws_legs_tick(struct st_net *net)
{
    struct st_net_node *next;
    for (struct st_net_node *node = net->legs.next; node != &net->legs; node = next) {
        struct st_ws_leg *leg = ST_NET_OWNER(node, struct st_ws_leg, node);
        next = node->next;
        if (leg->forget_us > 0 && net->now_us >= leg->forget_us)
            st_ws_leg_free(leg);
    }
}

static bool connect_to(struct st_ws *ws, const struct addrinfo *address)
{
    struct st_ws_client *client = ws->client;
    int tls = 0;
    st_listener_peer_text(address->ai_addr, client->peer);
    if (client->url.is_tls)
        tls = LCCSCF_USE_SSL |
              (client->skips_certificate_check
                   ? LCCSCF_ALLOW_SELFSIGNED | LCCSCF_ALLOW_INSECURE | LCCSCF_ALLOW_EXPIRED |
                         LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK
                   : 0);
    struct lws_client_connect_info info = {
        .context = ws->net->context,
        .vhost = client->host->vhost,
        .address = client->peer,
        .port = client->url.port,
        .path = client->url.target,
        .host = client->url.authority,
        .ssl_connection = tls | LCCSCF_HTTP_NO_FOLLOW_REDIRECT,
        .protocol = client->subprotocol,
        .local_protocol_name = st_net_client_protocols[0].name,
        .alpn = "http/1.1",
        .retry_and_idle_policy = &no_lws_pings,
        .opaque_user_data = open_leg(ws),
        .pwsi = &ws->link->wsi,
    };
    snprintf(client->why, sizeof(client->why), "cannot connect to %s", client->peer);
    bool is_begun = lws_client_connect_via_info(&info) != NULL;
    if (!is_begun) {
        abandon_leg(ws);
        ws->link->wsi = NULL;
    }
    lws_cancel_service(ws->net->context); /* its timers start with its own loop turn */
    return is_begun;
}

static void try_next(struct st_ws *ws)
{
    struct st_ws_client *client = ws->client;
    while (client->next_address) {
        struct addrinfo *address = client->next_address;
        client->next_address = address->ai_next;
        if (connect_to(ws, address))
            return;
    }
    ws->link->is_dead = true;
}

static void on_looked_up(uv_getaddrinfo_t *request, int status, struct addrinfo *addresses)
{
    struct lookup *lookup = ST_NET_OWNER(request, struct lookup, request);
    struct st_ws *ws = lookup->ws;
    free(lookup);
    if (!ws) {
        uv_freeaddrinfo(addresses);
        return;
    }
    ws->client->lookup = NULL;
    ws->client->addresses = ws->client->next_address = addresses;
    if (ws->client->wants_close || ws->net->is_destroying)
        fail_later(ws, "closed while connecting");
    else if (status < 0)
        fail_later(ws, st_err_text(status));
    else
        try_next(ws);
}

static int start_lookup(struct st_ws *ws)
{
    struct st_ws_client *client = ws->client;
    struct lookup *lookup = st_mem_alloc(sizeof(*lookup));
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    lookup->ws = ws;
    client->lookup = lookup;
    int err = uv_getaddrinfo(st_loop_uv(ws->net->loop), &lookup->request, on_looked_up,
                             client->url.host, NULL, &hints);
    if (err) {
        client->lookup = NULL;
        free(lookup);
    }
    return err;
}

static void copy_headers(struct st_ws_client *client, const char *const *headers)
{
    while (headers && headers[client->header_count])
        client->header_count++;
    client->headers = st_mem_alloc_array(client->header_count + 1, sizeof(char *));
    for (size_t i = 0; i < client->header_count; i++)
        client->headers[i] = st_mem_strdup(headers[i]);
}

static bool is_clean(const struct st_ws_connect *connect)
{
    if ((connect->bearer && !st_url_text_is_clean(connect->bearer)) ||
        (connect->subprotocol && !st_url_text_is_clean(connect->subprotocol)))
        return false;
    for (size_t i = 0; connect->headers && connect->headers[i]; i++)
        if (!st_url_text_is_clean(connect->headers[i]) || !strchr(connect->headers[i], ':'))
            return false;
    return true;
}

int st_ws_connect(struct st_net *net, struct st_ws **ret_ws, const struct st_ws_connect *connect,
                  const struct st_ws_events *events, void *user)
{
    struct st_url url;
    if (net->is_closing || !is_clean(connect))
        return -EINVAL;
    int err = st_url_parse(&url, connect->url);
    if (err)
        return err;
    struct client_host *host = get_host(net, url.is_tls, url.is_tls ? connect->ca_file : NULL);
    if (!host) {
        st_url_fini(&url);
        return -EINVAL;
    }
    struct st_ws *ws = st_ws_alloc(net, events, user);
    ws->client = st_mem_alloc(sizeof(*ws->client));
    ws->client->url = url;
    ws->client->host = host;
    ws->client->bearer = st_mem_strdup(connect->bearer);
    ws->client->subprotocol = st_mem_strdup(connect->subprotocol);
    ws->client->skips_certificate_check = connect->skips_certificate_check;
    copy_headers(ws->client, connect->headers);
    ws->own_link.net = net;
    ws->own_link.kind = ST_LINK_CLIENT;
    ws->state = ST_WS_CONNECTING;
    ws->deadline_us = st_net_after_s(net, net->limits.handshake_timeout_s);
    err = start_lookup(ws);
    if (err) {
        st_ws_free(ws);
        return err;
    }
    st_net_list_add(&net->clients, &ws->node);
    *ret_ws = ws;
    return 0;
}

void st_ws_client_free(struct st_ws_client *client)
{
    if (!client)
        return;
    if (client->lookup)
        client->lookup->ws = NULL;
    leave_leg(client);
    uv_freeaddrinfo(client->addresses);
    for (size_t i = 0; i < client->header_count; i++)
        free(client->headers[i]);
    free(client->headers);
    free(client->bearer);
    free(client->subprotocol);
    st_url_fini(&client->url);
    free(client);
}

const char *st_ws_client_peer(const struct st_ws *ws)
{
    return ws->client->peer;
}

/* ---- ending ---- */

void st_ws_client_abort(struct st_ws *ws)
{
    ws->client->wants_close = true;
    if (ws->link->wsi)
        st_link_kill(ws->link);
    else if (ws->client->lookup)
        uv_cancel((uv_req_t *)&ws->client->lookup->request);
    else
        ws->link->is_dead = true;
    snprintf(ws->client->why, sizeof(ws->client->why), "closed while connecting");
}

void st_ws_client_tick(struct st_ws *ws)
{
    bool is_connecting = ws->state == ST_WS_CONNECTING;
    if (ws->link->is_dead && !ws->link->wsi && !ws->client->lookup) {
        st_ws_client_on_gone(ws, ws->client->why);
        return;
    }
    if (is_connecting && ws->net->now_us >= ws->deadline_us && !ws->client->wants_close) {
        st_ws_client_abort(ws);
        snprintf(ws->client->why, sizeof(ws->client->why), "no connection in time");
        return;
    }
    if (!is_connecting)
        st_ws_tick(ws);
}

/* ---- what libwebsockets reports ---- */

static bool append(unsigned char **at, const unsigned char *end, const char *text)
{
    size_t bytes = strlen(text);
    if ((size_t)(end - *at) < bytes)
        return false;
    memcpy(*at, text, bytes);
    *at += bytes;
    return true;
}

int st_ws_client_on_headers(struct st_ws *ws, void *in, size_t bytes)
{
    unsigned char **at = in, *end = *at + bytes;
    const struct st_ws_client *client = ws->client;
    bool fits = true;
    if (client->bearer)
        fits = append(at, end, "Authorization: Bearer ") && append(at, end, client->bearer) &&
               append(at, end, "\r\n");
    for (size_t i = 0; i < client->header_count; i++)
        fits = fits && append(at, end, client->headers[i]) && append(at, end, "\r\n");
    return fits ? 0 : -1;
}

int st_ws_client_on_open(struct st_ws *ws)
{
    if (ws->link->is_dead || ws->client->wants_close)
        return -1;
    st_link_tune_socket(lws_get_socket_fd(ws->link->wsi), &ws->net->limits);
    ws->state = ST_WS_OPEN;
    ws->deadline_us = 0;
    ws->heard_us = ws->pinged_us = st_net_now_us(ws->net);
    if (ws->events->open)
        ws->events->open(ws->user, ws);
    return 0;
}

static int refuse(struct st_ws *ws, uint16_t code, const char *what)
{
    st_ws_close(ws, code, what);
    return 0;
}

static void deliver(struct st_ws *ws, const uint8_t *data, size_t bytes)
{
    st_net_metrics_received(bytes);
    if (ws->events->message)
        ws->events->message(ws->user, ws, data, bytes, lws_frame_is_binary(ws->link->wsi));
}

int st_ws_client_on_bytes(struct st_ws *ws, const uint8_t *data, size_t bytes)
{
    struct lws *wsi = ws->link->wsi;
    struct st_ws_frame_reader *reader = &ws->reader;
    bool is_last = lws_is_final_fragment(wsi);
    if (ws->link->is_dead)
        return -1;
    ws->heard_us = st_net_now_us(ws->net);
    if (ws->state != ST_WS_OPEN)
        return 0;
    if (lws_is_first_fragment(wsi))
        reader->message_bytes = 0;
    if (bytes > reader->message_max - reader->message_bytes)
        return refuse(ws, 1009, "message too big");
    if (is_last && reader->message_bytes == 0) {
        deliver(ws, data, bytes);
        return 0;
    }
    if (!st_ws_frame_reader_keep(reader, data, bytes))
        return refuse(ws, 1011, "out of memory");
    if (is_last) {
        size_t whole = reader->message_bytes;
        reader->message_bytes = 0;
        deliver(ws, reader->message, whole);
    }
    return 0;
}

int st_ws_client_on_pong(struct st_ws *ws)
{
    ws->heard_us = st_net_now_us(ws->net);
    return ws->link->is_dead ? -1 : 0;
}

int st_ws_client_on_writable(struct st_ws *ws)
{
    if (ws->link->is_dead)
        return -1;
    if (st_link_drain(ws->link))
        st_ws_on_drained(ws);
    return ws->link->is_dead ? -1 : 0;
}

/* Ours was first: this is the answer, and the end. Otherwise libwebsockets answers. */
int st_ws_client_on_peer_close(struct st_ws *ws, const uint8_t *data, size_t bytes)
{
    uint16_t code = bytes >= 2 ? (uint16_t)(data[0] << 8 | data[1]) : ST_WS_CODE_NONE;
    if (ws->has_sent_close)
        return -1;
    ws->state = ST_WS_CLOSING;
    ws->deadline_us = st_net_after_s(ws->net, ws->net->limits.handshake_timeout_s);
    st_ws_set_end(ws, code, (const char *)data + 2, bytes >= 2 ? bytes - 2 : 0);
    return 0;
}

void st_ws_client_on_gone(struct st_ws *ws, const char *what)
{
    struct st_ws_client *client = ws->client;
    ws->link->wsi = NULL;
    leave_leg(client);
    if (ws->state == ST_WS_CONNECTING && what && !client->wants_close) {
        if (what != client->why)
            snprintf(client->why, sizeof(client->why), "%s", what);
        if (client->next_address && !ws->net->is_destroying) {
            ws->link->is_dead = false;
            try_next(ws);
            return;
        }
    }
    if (ws->state == ST_WS_CONNECTING)
        st_ws_set_end(ws, ST_WS_CODE_LOST, client->why, strlen(client->why));
    st_ws_on_gone(ws);
}
