/* /v1/ingest/<dialect>[/<tenant>[/<route>]]: platforms' WebSockets. */
#include "http_internal.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct connection {
    struct api_loop *at;
    struct st_leg *leg;
    struct st_ws *ws;
    struct st_leg_config config;
    struct st_claims claims;
    bool has_claims;
    char *query;
    char *headers[ST_INGEST_HEADERS_MAX];
};

static void free_connection(struct connection *connection)
{
    for (unsigned i = 0; i < ST_INGEST_HEADERS_MAX; i++)
        free(connection->headers[i]);
    free(connection->query);
    free(connection);
}

/* What the dialect is created with, when the request is gone. */
static void keep_request(struct connection *connection, struct st_http_exchange *exchange)
{
    const char *const *names = connection->config.dialect->headers;
    const char *query = strchr(st_http_target(exchange), '?');
    connection->query = st_mem_strdup(query ? query + 1 : "");
    for (unsigned i = 0; names && names[i] && i < ST_INGEST_HEADERS_MAX; i++) {
        const char *value = st_http_header(exchange, names[i]);
        connection->headers[i] = value ? st_mem_strdup(value) : NULL;
    }
    connection->config.query = connection->query;
    connection->config.headers = (const char *const *)connection->headers;
}

static void link_send(void *link, const void *data, size_t bytes, bool is_binary)
{
    struct connection *connection = link;
    if (connection->ws)
        st_ws_send_copy(connection->ws, data, bytes, is_binary);
}

static void link_close(void *link, uint16_t code, const char *reason)
{
    struct connection *connection = link;
    if (connection->ws)
        st_ws_close(connection->ws, code, reason);
}

static const struct st_leg_link leg_link = {.send = link_send, .close = link_close};

static void on_open(void *user, struct st_ws *ws)
{
    struct connection *connection = user;
    connection->ws = ws;
    if (connection->has_claims)
        connection->config.claims = &connection->claims;
    int err = st_leg_open(&connection->leg, connection->at->api->service, &connection->config);
    if (err)
        st_ws_close(ws, 1011, "cannot begin");
}

static void on_message(void *user, struct st_ws *ws, const void *data, size_t bytes, bool is_binary)
{
    struct connection *connection = user;
    if (connection->leg)
        st_leg_receive(connection->leg, data, bytes, is_binary);
}

static void on_closed(void *user, struct st_ws *ws, uint16_t code, const char *what)
{
    struct connection *connection = user;
    connection->ws = NULL;
    if (connection->leg)
        st_leg_closed(connection->leg, code);
    st_leg_close(connection->leg);
    free_connection(connection);
}

static const struct st_ws_events events = {
    .open = on_open,
    .message = on_message,
    .closed = on_closed,
};

static int resolve(struct api_loop *at, const char *rest, struct st_leg_config *config)
{
    char name[32];
    size_t bytes = strcspn(rest, "/");
    if (bytes == 0 || bytes >= sizeof(name))
        return 404;
    memcpy(name, rest, bytes);
    name[bytes] = '\0';
    config->dialect = st_dialect_find(name);
    rest += bytes + (rest[bytes] == '/');
    bytes = strcspn(rest, "/");
    const struct st_config *settings =
        st_settings_config(st_call_service_settings(at->api->service, at->index));
    config->tenant = st_config_tenant_find(settings, rest, bytes);
    rest += bytes + (rest[bytes] == '/');
    bytes = strcspn(rest, "/");
    config->route = config->tenant ? st_config_route_find(config->tenant, rest, bytes) : NULL;
    bool is_more = rest[bytes] != '\0';
    return config->dialect && config->route && !is_more ? 0 : 404;
}

static const char *header_of(void *user, const char *name)
{
    return st_http_header(user, name);
}

static int check_token(struct api_loop *at, struct st_http_exchange *exchange,
                       struct connection *connection)
{
    const struct st_leg_config *config = &connection->config;
    int status = config->dialect->takes_token
                     ? auth_check_query(at, exchange, ST_SCOPE_CALLS_INGEST, &connection->claims)
                     : auth_check(at, exchange, ST_SCOPE_CALLS_INGEST, &connection->claims);
    if (status)
        return status;
    bool is_other_tenant = connection->claims.tenant[0] &&
                           strcmp(connection->claims.tenant, config->tenant->name) != 0;
    if (is_other_tenant)
        return 403;
    connection->has_claims = true;
    return 0;
}

static int authorize(struct api_loop *at, struct st_http_exchange *exchange,
                     struct connection *connection)
{
    const struct st_leg_config *config = &connection->config;
    int status = config->dialect->needs_token ? check_token(at, exchange, connection) : 0;
    if (status || !config->dialect->authorize)
        return status;
    const struct st_config *settings =
        st_settings_config(st_call_service_settings(at->api->service, at->index));
    struct st_dialect_config dialect = {.tenant = config->tenant,
                                        .route = config->route,
                                        .public_url = settings->listen.public_url};
    struct st_ingest_request request = {
        .path = st_http_target(exchange), .user = exchange, .header = header_of};
    status = config->dialect->authorize(&dialect, &request);
    if (status == -ENOENT && config->dialect->takes_token)
        return check_token(at, exchange, connection);
    if (status == -ENOENT)
        return at->api->is_dev ? 0 : 403;
    return status < 0 ? 500 : status;
}

int upgrade_ingest(struct api_loop *at, struct st_http_exchange *exchange, const char *rest,
                   struct st_ws_accept *ret_accept)
{
    if (st_call_service_is_draining(at->api->service))
        return 503;
    struct connection *connection = st_mem_alloc(sizeof(*connection));
    connection->at = at;
    connection->config =
        (struct st_leg_config){.loop_index = at->index, .link = &leg_link, .link_user = connection};
    int status = resolve(at, rest, &connection->config);
    if (!status)
        status = authorize(at, exchange, connection);
    if (status) {
        free_connection(connection);
        return status;
    }
    keep_request(connection, exchange);
    ret_accept->events = &events;
    ret_accept->user = connection;
    ret_accept->subprotocol = auth_offers_subprotocol(exchange)
                                  ? API_SUBPROTOCOL
                                  : connection->config.dialect->subprotocol;
    return 0;
}
