/*
 * From a URL to a connection. libwebsockets would look names up on the loop thread, so it gets
 * addresses, with the name for SNI, Host and the certificate check. Of several addresses the next
 * is tried when one does not connect.
 */
#include "ws_client.h"

#include "sidetone/loop.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

enum { LEG_FORGET_S = 60 };

static const lws_retry_bo_t no_lws_pings = {.secs_since_valid_ping = 0};

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

void st_ws_leg_leave(struct st_ws_client *client)
{
    if (client->leg)
        client->leg->ws = NULL;
    client->leg = NULL;
}

/* A connection that failed at once may still be reported, or not. */
static void abandon_leg(struct st_ws *ws)
{
    struct st_ws_leg *leg = ws->client->leg;
    st_ws_leg_leave(ws->client);
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

void st_ws_legs_free(struct st_net *net)
{
    while (!st_net_list_is_empty(&net->legs))
        st_ws_leg_free(ST_NET_OWNER(net->legs.next, struct st_ws_leg, node));
}

/* The name of an IPv6 address is checked by us: libwebsockets cuts it at its first colon. */
static int tls_options(const struct st_ws_client *client)
{
    if (!client->url.is_tls)
        return 0;
    if (client->skips_certificate_check)
        return LCCSCF_USE_SSL | LCCSCF_ALLOW_SELFSIGNED | LCCSCF_ALLOW_INSECURE |
               LCCSCF_ALLOW_EXPIRED | LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK;
    return LCCSCF_USE_SSL | (client->url.is_v6 ? LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK : 0);
}

static bool connect_to(struct st_ws *ws, const struct addrinfo *address)
{
    struct st_ws_client *client = ws->client;
    st_listener_peer_text(address->ai_addr, client->peer);
    struct lws_client_connect_info info = {
        .context = ws->net->context,
        .vhost = st_client_host_vhost(client->host),
        .address = client->peer,
        .port = client->url.port,
        .path =
            st_ws_client_has_long_target(client) ? ST_WS_CLIENT_SHORT_TARGET : client->url.target,
        .host = client->url.authority,
        .ssl_connection = tls_options(client) | LCCSCF_HTTP_NO_FOLLOW_REDIRECT,
        .protocol = client->subprotocol,
        .local_protocol_name = st_net_client_protocols[0].name,
        .alpn = "http/1.1",
        .retry_and_idle_policy = &no_lws_pings,
        .opaque_user_data = open_leg(ws),
        .pwsi = &ws->link->wsi,
    };
    client->has_asked = false;
    st_ws_client_why_failed(client, "Unable to connect", 0);
    client->is_in_connect = true;
    client->is_gone_in_connect = false;
    bool is_begun = lws_client_connect_via_info(&info) != NULL && !client->is_gone_in_connect;
    client->is_in_connect = false;
    if (!is_begun) {
        abandon_leg(ws);
        ws->link->wsi = NULL;
    }
    lws_cancel_service(ws->net->context); /* its timers start with its own loop turn */
    return is_begun;
}

void st_ws_client_try_next(struct st_ws *ws)
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
    if (status == 0) {
        st_ws_client_try_next(ws);
        return;
    }
    st_ws_client_why_lookup(ws->client, status);
    ws->link->is_dead = true;
}

/* Not waited for: one that has begun may take the resolver's time, and cannot be stopped. */
void st_ws_client_leave_lookup(struct st_ws_client *client)
{
    if (!client->lookup)
        return;
    client->lookup->ws = NULL;
    uv_cancel((uv_req_t *)&client->lookup->request);
    client->lookup = NULL;
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
    struct st_client_host *host =
        st_client_host_get(net, url.is_tls, url.is_tls ? connect->ca_file : NULL);
    if (!host) {
        st_url_fini(&url);
        return -EBADMSG;
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
    st_ws_client_leave_lookup(client);
    st_ws_leg_leave(client);
    uv_freeaddrinfo(client->addresses);
    for (size_t i = 0; i < client->header_count; i++)
        st_mem_free_secret(client->headers[i]);
    free(client->headers);
    st_mem_free_secret(client->bearer);
    free(client->subprotocol);
    st_url_fini(&client->url);
    free(client);
}
