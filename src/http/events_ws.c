/* /v1/events: the push API over a WebSocket. */
#include "http_internal.h"

#include "sidetone/buf.h"
#include "sidetone/loop.h"
#include "sidetone/mem.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { ERRORS_MAX = 10, PING_ID_MAX = 64, QUEUE_MAX = 4 << 20 };

struct connection {
    struct api_loop *at;
    struct st_ws *ws;
    struct st_subscriber *subscriber;
    struct st_claims claims;
    struct st_timer *expiry;
    unsigned errors;
};

/* ---- the subscriber's link ---- */

static int link_send(void *link, struct st_buf *json, const struct st_message *message)
{
    struct connection *connection = link;
    return st_ws_send(connection->ws, json, false);
}

static size_t link_queued_bytes(void *link)
{
    struct connection *connection = link;
    return st_ws_queued_bytes(connection->ws);
}

static void link_close(void *link, uint16_t code, const char *reason)
{
    struct connection *connection = link;
    st_ws_close(connection->ws, code, reason);
}

static const struct st_subscriber_link subscriber_link = {
    .send = link_send,
    .queued_bytes = link_queued_bytes,
    .close = link_close,
};

/* ---- messages of ours ---- */

static struct st_json_writer *begin(struct connection *connection, const char *type)
{
    struct st_json_writer *json = &connection->at->json;
    st_json_reset(json);
    st_json_begin_object(json);
    st_json_set_string(json, "type", type);
    return json;
}

static void send_now(struct connection *connection)
{
    struct st_json_writer *json = &connection->at->json;
    st_json_end_object(json);
    st_ws_send_copy(connection->ws, json->data, json->len, false);
}

static void send_welcome(struct connection *connection)
{
    struct st_json_writer *json = begin(connection, "welcome");
    st_json_set_int(json, "v", 1);
    st_json_set_string(json, "server", "sidetone/" ST_VERSION);
    st_json_set_int(json, "now_unix_ms", st_loop_wall_unix_ms());
    auth_put_scopes(json, &connection->claims);
    send_now(connection);
}

static void send_error(struct connection *connection, const char *message)
{
    struct st_json_writer *json = begin(connection, "error");
    st_json_set_string(json, "code", "bad_request");
    st_json_set_string(json, "message", message);
    send_now(connection);
    if (++connection->errors >= ERRORS_MAX)
        st_ws_close(connection->ws, 1008, "too many broken messages");
}

/* ---- messages of the client ---- */

static void handle_subscribe(struct connection *connection, json_t *root, const char *text,
                             size_t bytes)
{
    char why[160];
    struct st_subscription *subscription = auth_subscription(&connection->claims);
    if (st_subscription_parse(subscription, text, bytes, why, sizeof(why)) < 0) {
        st_subscription_free(subscription);
        send_error(connection, why);
        return;
    }
    st_subscriber_subscribe(connection->subscriber, subscription);
}

static void handle_ping(struct connection *connection, json_t *root, const char *text, size_t bytes)
{
    json_t *id = json_object_get(root, "id");
    if (id && (!json_is_string(id) || json_string_length(id) > PING_ID_MAX)) {
        send_error(connection, "'id' must be a string of at most 64 bytes");
        return;
    }
    struct st_json_writer *json = begin(connection, "pong");
    if (id)
        st_json_set_string(json, "id", json_string_value(id));
    send_now(connection);
}

static const struct {
    const char *type;
    void (*handle)(struct connection *connection, json_t *root, const char *text, size_t bytes);
} handlers[] = {
    {"subscribe", handle_subscribe},
    {"ping", handle_ping},
};

static void dispatch(struct connection *connection, json_t *root, const char *text, size_t bytes)
{
    const char *type = json_string_value(json_object_get(root, "type"));
    for (size_t i = 0; type && i < sizeof(handlers) / sizeof(handlers[0]); i++) {
        if (strcmp(handlers[i].type, type) == 0) {
            handlers[i].handle(connection, root, text, bytes);
            return;
        }
    }
    send_error(connection, "'type' must be subscribe or ping");
}

static void on_message(void *user, struct st_ws *ws, const void *data, size_t bytes, bool is_binary)
{
    struct connection *connection = user;
    json_error_t error;
    if (is_binary) {
        st_ws_close(ws, 1003, "text messages only");
        return;
    }
    json_t *root = json_loadb(data, bytes, JSON_REJECT_DUPLICATES, &error);
    if (json_is_object(root))
        dispatch(connection, root, data, bytes);
    else
        send_error(connection, "not a JSON object");
    json_decref(root);
}

/* ---- the connection ---- */

static void on_expired(void *user)
{
    struct connection *connection = user;
    st_ws_close(connection->ws, 1008, "token expired");
}

static void watch_expiry(struct connection *connection)
{
    int64_t left_us = auth_left_us(&connection->claims);
    if (left_us == 0)
        return;
    connection->expiry = st_timer_open(connection->at->loop, on_expired, connection);
    st_timer_set(connection->expiry, left_us, 0);
}

static void on_open(void *user, struct st_ws *ws)
{
    struct connection *connection = user;
    connection->ws = ws;
    st_ws_set_queue_max(ws, QUEUE_MAX);
    struct st_hub *hub = st_call_service_hub(connection->at->api->service);
    if (st_subscriber_open(&connection->subscriber, hub, connection->at->index, &subscriber_link,
                           connection) < 0) {
        st_ws_close(ws, 1013, "too many subscribers");
        return;
    }
    watch_expiry(connection);
    send_welcome(connection);
}

static void on_drained(void *user, struct st_ws *ws)
{
    struct connection *connection = user;
    if (connection->subscriber)
        st_subscriber_drained(connection->subscriber);
}

static void on_closed(void *user, struct st_ws *ws, uint16_t code, const char *what)
{
    struct connection *connection = user;
    st_timer_close(connection->expiry);
    st_subscriber_close(connection->subscriber);
    free(connection);
}

static const struct st_ws_events events = {
    .open = on_open,
    .message = on_message,
    .drained = on_drained,
    .closed = on_closed,
};

int upgrade_events(struct api_loop *at, struct st_http_exchange *exchange, const char *rest,
                   struct st_ws_accept *ret_accept)
{
    struct st_claims claims;
    int status = auth_check(at, exchange, ST_SCOPE_CALLS_READ, &claims);
    if (status)
        return status;
    if (st_call_service_is_draining(at->api->service))
        return 503;
    struct connection *connection = st_mem_alloc(sizeof(*connection));
    connection->at = at;
    connection->claims = claims;
    ret_accept->events = &events;
    ret_accept->user = connection;
    ret_accept->subprotocol = auth_offers_subprotocol(exchange) ? API_SUBPROTOCOL : NULL;
    return 0;
}
