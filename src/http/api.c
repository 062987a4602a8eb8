#include "http_internal.h"

#include "sidetone/buf.h"
#include "sidetone/err.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef void (*resource_fn)(struct api_loop *at, struct st_http_exchange *exchange,
                            const char *rest);
typedef int (*upgrade_fn)(struct api_loop *at, struct st_http_exchange *exchange, const char *rest,
                          struct st_ws_accept *ret_accept);

struct route {
    const char *path;
    bool is_prefix; /* also for what is below `path`, behind a slash */
    resource_fn resource;
    upgrade_fn upgrade;
    bool takes_all; /* methods: the resource judges them; otherwise GET and HEAD */
};

static const struct route main_routes[] = {
    {.path = "/v1/ingest", .is_prefix = true, .upgrade = upgrade_ingest},
    {.path = "/v1/events", .upgrade = upgrade_events},
    {.path = "/v1/events/sse", .resource = resource_events_sse},
    {.path = "/v1/calls", .is_prefix = true, .resource = resource_calls, .takes_all = true},
    {.path = "/v1/alerts", .resource = resource_alerts},
    {.path = "/v1/categories",
     .is_prefix = true,
     .resource = resource_categories,
     .takes_all = true},
    {.path = "/v1/scripts", .is_prefix = true, .resource = resource_scripts, .takes_all = true},
    {.path = "/v1/engines", .is_prefix = true, .resource = resource_engines},
    {.path = "/v1/rtp", .is_prefix = true, .resource = resource_rtp, .takes_all = true},
    {.path = "/v1/audit", .resource = resource_audit},
    {.path = "/v1/version", .resource = resource_version},
    {.path = "/livez", .resource = resource_livez},
    {.path = "/readyz", .resource = resource_readyz},
    {.path = "", .is_prefix = true, .resource = resource_web},
    {.path = NULL},
};

static const struct route operations_routes[] = {
    {.path = "/metrics", .resource = resource_metrics},
    {.path = "/livez", .resource = resource_livez},
    {.path = "/readyz", .resource = resource_readyz},
    {.path = NULL},
};

static const struct route *find_route(const struct route *routes, const char *path,
                                      const char **ret_rest)
{
    for (; routes->path; routes++) {
        size_t len = strlen(routes->path);
        if (strncmp(path, routes->path, len) != 0)
            continue;
        if (path[len] != '\0' && !(routes->is_prefix && path[len] == '/'))
            continue;
        *ret_rest = path + len + (path[len] == '/');
        return routes;
    }
    return NULL;
}

static void dispatch(struct api_loop *at, const struct route *routes,
                     struct st_http_exchange *exchange)
{
    const char *rest, *method = st_http_method(exchange);
    const struct route *route = find_route(routes, st_http_path(exchange), &rest);
    if (!route)
        answer_error(exchange, 404, "not_found", "there is nothing at this path");
    else if (!route->resource)
        answer_error(exchange, 426, "upgrade_required", "this path takes a WebSocket");
    else if (!route->takes_all && strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
        answer_method(exchange, "GET, HEAD");
    else
        route->resource(at, exchange, rest);
}

static void on_request(void *user, struct st_http_exchange *exchange)
{
    dispatch(user, main_routes, exchange);
}

static void on_operations_request(void *user, struct st_http_exchange *exchange)
{
    dispatch(user, operations_routes, exchange);
}

static int on_upgrade(void *user, struct st_http_exchange *exchange,
                      struct st_ws_accept *ret_accept)
{
    const char *rest;
    const struct route *route = find_route(main_routes, st_http_path(exchange), &rest);
    if (!route || !route->upgrade)
        return 404;
    return route->upgrade(user, exchange, rest, ret_accept);
}

static int on_operations_upgrade(void *user, struct st_http_exchange *exchange,
                                 struct st_ws_accept *ret_accept)
{
    return 404;
}

/* ---- listeners ---- */

static int listen_main(struct api_loop *at, const struct st_config *config)
{
    const struct st_config_listen *listen = &config->listen;
    struct st_listener_config listener = {
        .address = listen->address,
        .port = listen->port,
        .certificate_file = listen->tls.certificate_file,
        .key_file = listen->tls.key_file,
        .origins = (const char *const *)config->auth.origins,
        .origin_count = config->auth.origin_count,
        .user = at,
        .upgrade = on_upgrade,
        .request = on_request,
    };
    return st_net_listen(at->net, &at->listener, &listener);
}

static int listen_operations(struct api_loop *at, const struct st_config *config)
{
    struct st_listener_config listener = {
        .address = config->operations.address,
        .port = config->operations.port,
        .is_operations = true,
        .user = at,
        .upgrade = on_operations_upgrade,
        .request = on_operations_request,
    };
    return st_net_listen(at->net, &at->operations, &listener);
}

static void explain(char *ret_why, size_t why_bytes, const char *address, uint16_t port, int err)
{
    const char *fix = err == -EADDRINUSE      ? "another program listens there: stop it, or choose "
                                                "another port"
                      : err == -EACCES        ? "ports below 1024 need the right to bind them"
                      : err == -EADDRNOTAVAIL ? "this machine has no such address"
                                              : "check address, certificate and key";
    snprintf(ret_why, why_bytes, "cannot listen on %s:%u: %s (%s)", address, port, st_err_text(err),
             fix);
}

static int open_listeners(struct st_api *api, const struct st_config *config, char *ret_why,
                          size_t why_bytes)
{
    for (unsigned i = 0; i < api->loop_count; i++) {
        int err = listen_main(&api->loops[i], config);
        if (err) {
            explain(ret_why, why_bytes, config->listen.address, config->listen.port, err);
            return err;
        }
    }
    if (config->operations.is_off)
        return 0;
    int err = listen_operations(&api->loops[0], config);
    if (err)
        explain(ret_why, why_bytes, config->operations.address, config->operations.port, err);
    return err;
}

int st_api_create(struct st_api **ret_api, const struct st_api_config *config,
                  const struct st_config *settings, char *ret_why, size_t why_bytes)
{
    struct st_api *api = st_mem_alloc(sizeof(*api) + config->loop_count * sizeof(api->loops[0]));
    api->log.module = "http";
    api->service = config->service;
    api->rules = config->rules;
    api->is_dev = config->is_dev;
    api->loop_count = config->loop_count;
    for (unsigned i = 0; i < config->loop_count; i++) {
        struct api_loop *at = &api->loops[i];
        at->api = api;
        at->index = i;
        at->loop = config->loops[i];
        at->net = config->nets[i];
        st_json_init(&at->json);
    }
    int err = open_listeners(api, settings, ret_why, why_bytes);
    if (err) {
        st_api_destroy(api);
        return err;
    }
    *ret_api = api;
    return 0;
}

uint16_t st_api_port(const struct st_api *api)
{
    return st_listener_port(api->loops[0].listener);
}

uint16_t st_api_operations_port(const struct st_api *api)
{
    return api->loops[0].operations ? st_listener_port(api->loops[0].operations) : 0;
}

void st_api_close_listeners(struct st_api *api, unsigned loop_index)
{
    st_listener_close(api->loops[loop_index].listener);
}

int st_api_reload_tls(struct st_api *api, unsigned loop_index)
{
    return st_listener_reload_tls(api->loops[loop_index].listener);
}

void st_api_destroy(struct st_api *api)
{
    if (!api)
        return;
    for (unsigned i = 0; i < api->loop_count; i++) {
        st_json_fini(&api->loops[i].json);
        st_buf_unref(api->loops[i].sse_json);
        st_buf_unref(api->loops[i].sse_wrapped);
    }
    free(api);
}
