#include "net_metrics.h"
#include "net_private.h"

#include "sidetone/loop.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

enum {
    READ_BYTES = 65536,
    CLIENT_READ_BYTES = 1024, /* per connection; longer messages come in pieces */
    CLIENT_WRITE_BYTES = 1 << 24,
    CLOSE_TICK_MS = 5,
    CLOSE_GRACE_S = 2,
};

void st_net_list_init(struct st_net_node *head)
{
    head->prev = head->next = head;
}

void st_net_list_add(struct st_net_node *head, struct st_net_node *node)
{
    node->prev = head->prev;
    node->next = head;
    head->prev->next = node;
    head->prev = node;
}

void st_net_list_remove(struct st_net_node *node)
{
    if (!node->next)
        return;
    node->prev->next = node->next;
    node->next->prev = node->prev;
    node->prev = node->next = NULL;
}

bool st_net_list_is_empty(const struct st_net_node *head)
{
    return head->next == head;
}

int64_t st_net_now_us(struct st_net *net)
{
    return net->now_us = st_loop_now_us();
}

int64_t st_net_after_s(struct st_net *net, uint32_t seconds)
{
    return st_net_now_us(net) + (int64_t)seconds * 1000000;
}

uint8_t *st_net_scratch(struct st_net *net, size_t bytes)
{
    if (LWS_PRE + bytes > net->scratch_bytes) {
        net->scratch_bytes = LWS_PRE + bytes;
        net->scratch = st_mem_realloc(net->scratch, net->scratch_bytes);
    }
    return net->scratch + LWS_PRE;
}

uint32_t st_net_mask(struct st_net *net)
{
    if (net->masks_left == 0) {
        if (RAND_bytes((unsigned char *)net->masks, sizeof(net->masks)) != 1)
            abort();
        net->masks_left = ST_NET_MASKS;
    }
    return net->masks[--net->masks_left];
}

/* ---- what libwebsockets reports, one named function each ---- */

static int on_adopted(struct st_conn *conn, struct lws *wsi)
{
    conn->link.wsi = wsi;
    return 0;
}

static int on_tls_server_context(struct lws *wsi, SSL_CTX *tls)
{
    struct st_net *net = lws_context_user(lws_get_context(wsi));
    if (net->opening)
        st_listener_on_tls_context(net->opening, tls);
    return 0;
}

static int on_served(struct st_conn *conn, struct lws *wsi, enum lws_callback_reasons reason,
                     void *in, size_t bytes)
{
    switch ((int)reason) {
    case LWS_CALLBACK_RAW_ADOPT:
        return on_adopted(conn, wsi);
    case LWS_CALLBACK_RAW_RX:
        if (conn->state == ST_CONN_HEAD) /* libwebsockets leaves its TLS handshake's running */
            lws_set_timeout(wsi, NO_PENDING_TIMEOUT, 0);
        return st_conn_on_bytes(conn, in, bytes);
    case LWS_CALLBACK_RAW_WRITEABLE:
        return st_conn_on_writable(conn);
    case LWS_CALLBACK_RAW_CLOSE:
    case LWS_CALLBACK_WSI_DESTROY:
        lws_set_opaque_user_data(wsi, NULL);
        st_conn_on_gone(conn);
        return 0;
    default:
        return 0;
    }
}

static int on_client(struct st_ws *ws, enum lws_callback_reasons reason, void *in, size_t bytes)
{
    switch ((int)reason) {
    case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
        return st_ws_client_on_headers(ws, in, bytes);
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        return st_ws_client_on_open(ws);
    case LWS_CALLBACK_CLIENT_RECEIVE:
        return st_ws_client_on_bytes(ws, in, bytes);
    case LWS_CALLBACK_CLIENT_RECEIVE_PONG:
        return st_ws_client_on_pong(ws);
    case LWS_CALLBACK_CLIENT_WRITEABLE:
        return st_ws_client_on_writable(ws);
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        return st_ws_client_on_peer_close(ws, in, bytes);
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        st_ws_client_on_failed(ws, in);
        return 0;
    case LWS_CALLBACK_CLIENT_CLOSED:
        st_ws_client_on_gone(ws, NULL);
        return 0;
    case LWS_CALLBACK_WSI_DESTROY: /* some failures are reported by this alone */
        st_ws_client_on_gone(ws, "connection lost");
        return 0;
    default:
        return 0;
    }
}

/* Reported to whatever is first in the context, not to the connection's own. */
static int on_client_certificate(struct lws *wsi, X509_STORE_CTX *chain, bool is_good)
{
    struct st_ws_leg *leg = lws_get_opaque_user_data(wsi);
    struct st_ws *ws = leg ? st_ws_leg_ws(leg) : NULL;
    return ws ? st_ws_client_on_certificate(ws, chain, is_good) : -1;
}

static int on_lws_served(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                         size_t bytes)
{
    if (reason == LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS)
        return on_tls_server_context(wsi, user);
    if (reason == LWS_CALLBACK_OPENSSL_PERFORM_SERVER_CERT_VERIFICATION)
        return on_client_certificate(wsi, user, bytes > 0);
    struct st_conn *conn = wsi ? lws_get_opaque_user_data(wsi) : NULL;
    return conn ? on_served(conn, wsi, reason, in, bytes) : 0;
}

static int on_lws_client(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                         size_t bytes)
{
    if (reason == LWS_CALLBACK_OPENSSL_PERFORM_SERVER_CERT_VERIFICATION)
        return on_client_certificate(wsi, user, bytes > 0);
    struct st_ws_leg *leg = wsi ? lws_get_opaque_user_data(wsi) : NULL;
    struct st_ws *ws = leg ? st_ws_leg_ws(leg) : NULL;
    int ret = ws ? on_client(ws, reason, in, bytes) : 0;
    if (leg && reason == LWS_CALLBACK_WSI_DESTROY) {
        lws_set_opaque_user_data(wsi, NULL);
        st_ws_leg_free(leg);
    }
    return ret;
}

const struct lws_protocols st_net_served_protocols[] = {
    {.name = "sidetone-served", .callback = on_lws_served},
    {.name = NULL},
};

const struct lws_protocols st_net_client_protocols[] = {
    {.name = "sidetone-client",
     .callback = on_lws_client,
     .rx_buffer_size = CLIENT_READ_BYTES,
     .tx_packet_size = CLIENT_WRITE_BYTES},
    {.name = NULL},
};

static void on_lws_log(int level, const char *line)
{
    static const struct st_log log = {.module = "net"};
    ST_DEBUG(&log, "libwebsockets: %.*s", (int)strcspn(line, "\n"), line);
}

/* ---- life ---- */

static void tick_conns(struct st_net *net)
{
    struct st_net_node *next;
    for (struct st_net_node *node = net->conns.next; node != &net->conns; node = next) {
        next = node->next;
        st_conn_tick(ST_NET_OWNER(node, struct st_conn, node));
    }
}

static void tick_listeners(struct st_net *net)
{
    for (struct st_net_node *node = net->listeners.next; node != &net->listeners; node = node->next)
        st_listener_tick(ST_NET_OWNER(node, struct st_listener, node));
}

static void find_lws_handle(uv_handle_t *handle, void *user)
{
    struct st_net *net = user;
    for (unsigned i = 0; i < net->lws_handle_count; i++)
        if (net->lws_handles[i] == handle)
            net->is_destroying = true;
}

static bool has_lws_handles(struct st_net *net)
{
    net->is_destroying = false;
    uv_walk(st_loop_uv(net->loop), find_lws_handle, net);
    bool has = net->is_destroying;
    net->is_destroying = true;
    return has;
}

static void on_tick_closed(uv_handle_t *handle)
{
    struct st_net *net = handle->data;
    if (net->closed)
        net->closed(net->closed_user);
}

/* libwebsockets closes its handles over some turns of the loop, and must be told again when the
 * last one is gone: it does not count them on a loop that is not its own. */
static void step_destroy(struct st_net *net)
{
    if (!net->is_destroying) {
        net->is_destroying = true;
        lws_context_destroy(net->context);
        return;
    }
    if (net->context && (has_lws_handles(net) || !st_net_list_is_empty(&net->conns)))
        return;
    if (net->context)
        lws_context_destroy(net->context);
    if (!net->context && st_net_list_is_empty(&net->clients) && st_net_list_is_empty(&net->h2s))
        uv_close((uv_handle_t *)&net->tick, on_tick_closed);
}

static void on_tick(uv_timer_t *tick)
{
    struct st_net *net = tick->data;
    st_net_now_us(net);
    if (!net->is_destroying) {
        tick_listeners(net);
        tick_conns(net);
        st_ws_clients_tick(net);
        st_ws_legs_tick(net);
        st_h2s_tick(net);
    }
    if (!net->is_closing)
        return;
    bool is_quiet = st_net_list_is_empty(&net->conns) && st_net_list_is_empty(&net->clients) &&
                    st_net_list_is_empty(&net->h2s);
    if (net->is_destroying || is_quiet || net->now_us >= net->close_deadline_us)
        step_destroy(net);
}

struct handles {
    uv_handle_t **items;
    size_t count;
};

static void collect_handle(uv_handle_t *handle, void *user)
{
    struct handles *handles = user;
    handles->items =
        st_mem_realloc(handles->items, (handles->count + 1) * sizeof(handles->items[0]));
    handles->items[handles->count++] = handle;
}

static bool has_handle(const struct handles *handles, const uv_handle_t *handle)
{
    for (size_t i = 0; i < handles->count; i++)
        if (handles->items[i] == handle)
            return true;
    return false;
}

static void remember_lws_handles(struct st_net *net, const struct handles *before)
{
    struct handles after = {NULL, 0};
    uv_walk(st_loop_uv(net->loop), collect_handle, &after);
    for (size_t i = 0; i < after.count; i++) {
        uv_handle_type type = uv_handle_get_type(after.items[i]);
        bool lives_in_context = type == UV_TIMER || type == UV_IDLE;
        if (lives_in_context && !has_handle(before, after.items[i]) && net->lws_handle_count < 8)
            net->lws_handles[net->lws_handle_count++] = after.items[i];
    }
    free(after.items);
}

static struct lws_context *create_context(struct st_net *net)
{
    void *loops[] = {st_loop_uv(net->loop)};
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
                   LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_VALIDATE_UTF8,
        .foreign_loops = loops,
        .pcontext = &net->context,
        .user = net,
        .pt_serv_buf_size = READ_BYTES,
        .timeout_secs = net->limits.handshake_timeout_s + 1, /* ours say more, and come first */
        .max_http_header_data2 = net->limits.header_bytes,
        .alpn = "http/1.1",
        .uid = (uid_t)-1,
        .gid = (gid_t)-1,
    };
    lws_set_log_level(LLL_ERR | LLL_WARN, on_lws_log);
    return lws_create_context(&info);
}

int st_net_create(struct st_net **ret_net, struct st_loop *loop, struct st_net_shared *shared,
                  const struct st_config_limits *limits)
{
    struct st_net *net = st_mem_alloc(sizeof(*net));
    struct handles before = {NULL, 0};
    net->loop = loop;
    net->shared = shared;
    net->limits = *limits;
    net->log.module = "net";
    st_net_list_init(&net->conns);
    st_net_list_init(&net->clients);
    st_net_list_init(&net->listeners);
    st_net_list_init(&net->client_hosts);
    st_net_list_init(&net->legs);
    st_net_list_init(&net->h2s);
    st_net_list_init(&net->h2_tls);
    uv_walk(st_loop_uv(loop), collect_handle, &before);
    net->context = create_context(net);
    if (!net->context) {
        free(before.items);
        free(net);
        return -ENOMEM;
    }
    remember_lws_handles(net, &before);
    free(before.items);
    uv_timer_init(st_loop_uv(loop), &net->tick);
    net->tick.data = net;
    uv_timer_start(&net->tick, on_tick, ST_NET_TICK_MS, ST_NET_TICK_MS);
    *ret_net = net;
    return 0;
}

static void close_listeners(struct st_net *net)
{
    for (struct st_net_node *node = net->listeners.next; node != &net->listeners; node = node->next)
        st_listener_close(ST_NET_OWNER(node, struct st_listener, node));
}

static void close_conns(struct st_net *net)
{
    struct st_net_node *next;
    for (struct st_net_node *node = net->conns.next; node != &net->conns; node = next) {
        struct st_conn *conn = ST_NET_OWNER(node, struct st_conn, node);
        next = node->next;
        st_conn_shut(conn);
    }
}

void st_net_close(struct st_net *net, void (*closed)(void *user), void *user)
{
    if (net->is_closing)
        return;
    net->is_closing = true;
    net->closed = closed;
    net->closed_user = user;
    net->close_deadline_us = st_net_after_s(net, CLOSE_GRACE_S);
    close_listeners(net);
    close_conns(net);
    st_ws_clients_close(net);
    st_h2s_close(net);
    uv_timer_start(&net->tick, on_tick, 0, CLOSE_TICK_MS);
}

void st_net_destroy(struct st_net *net)
{
    if (!net)
        return;
    while (!st_net_list_is_empty(&net->listeners))
        st_listener_free(ST_NET_OWNER(net->listeners.next, struct st_listener, node));
    st_ws_legs_free(net);
    st_client_hosts_free(net);
    st_h2_tls_free(net);
    SSL_CTX_free(net->no_client_tls);
    free(net->scratch);
    free(net);
}
