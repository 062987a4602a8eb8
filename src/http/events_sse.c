/* /v1/events/sse: the push API as Server-Sent Events. */
#include "http_internal.h"

#include "sidetone/buf.h"
#include "sidetone/call_facts.h"
#include "sidetone/loop.h"
#include "sidetone/mem.h"
#include "sidetone/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEARTBEAT_US = 15000000 };

struct connection {
    struct api_loop *at;
    struct st_http_stream *stream;
    struct st_subscriber *subscriber;
    struct st_timer *heartbeat, *expiry;
};

/* ---- the subscriber's link ---- */

/* "type" of a message of ours that is no event, read back from the text we wrote. */
static size_t type_of(const struct st_buf *json, const char **ret_type)
{
    static const char start[] = "{\"type\":\"";
    const char *text = (const char *)json->data;
    if (json->len < sizeof(start) || memcmp(text, start, sizeof(start) - 1) != 0)
        return 0;
    const char *type = text + sizeof(start) - 1;
    const char *quote = memchr(type, '"', json->len - (sizeof(start) - 1));
    *ret_type = type;
    return quote ? (size_t)(quote - type) : 0;
}

static struct st_buf *wrap(struct st_buf *json, const struct st_message *message)
{
    char head[256] = "";
    int len = 0;
    const char *type = NULL;
    if (message) {
        len = snprintf(head, sizeof(head), "event: %s\n", st_event_type_name(message->type));
        if (message->seq > 0)
            len += snprintf(head + len, sizeof(head) - (size_t)len, "id: %.128s/%llu\n",
                            message->call->call_id, (unsigned long long)message->seq);
    } else {
        int bytes = (int)type_of(json, &type);
        if (bytes > 0)
            len = snprintf(head, sizeof(head), "event: %.*s\n", bytes, type);
    }
    size_t total = (size_t)len + 6 + json->len + 2;
    struct st_buf *out = st_buf_create(total);
    memcpy(out->data, head, (size_t)len);
    memcpy(out->data + len, "data: ", 6);
    memcpy(out->data + len + 6, json->data, json->len);
    memcpy(out->data + total - 2, "\n\n", 2);
    return out;
}

/* New reference. An event goes to many: the one wrapped last is kept. */
static struct st_buf *wrap_once(struct api_loop *at, struct st_buf *json,
                                const struct st_message *message)
{
    if (!message)
        return wrap(json, NULL);
    if (at->sse_json != json) {
        st_buf_unref(at->sse_json);
        st_buf_unref(at->sse_wrapped);
        at->sse_json = st_buf_ref(json);
        at->sse_wrapped = wrap(json, message);
    }
    return st_buf_ref(at->sse_wrapped);
}

static int link_send(void *link, struct st_buf *json, const struct st_message *message)
{
    struct connection *connection = link;
    struct st_buf *wrapped = wrap_once(connection->at, json, message);
    int err = st_http_stream_send(connection->stream, wrapped);
    st_buf_unref(wrapped);
    return err;
}

static size_t link_queued_bytes(void *link)
{
    struct connection *connection = link;
    return st_http_stream_queued_bytes(connection->stream);
}

static void link_close(void *link, uint16_t code, const char *reason)
{
    struct connection *connection = link;
    st_http_stream_close(connection->stream);
}

static const struct st_subscriber_link subscriber_link = {
    .send = link_send,
    .queued_bytes = link_queued_bytes,
    .close = link_close,
};

/* ---- the connection ---- */

static void on_drained(void *user)
{
    struct connection *connection = user;
    if (connection->subscriber)
        st_subscriber_drained(connection->subscriber);
}

static void on_closed(void *user)
{
    struct connection *connection = user;
    st_timer_close(connection->heartbeat);
    st_timer_close(connection->expiry);
    st_subscriber_close(connection->subscriber);
    free(connection);
}

static const struct st_http_stream_events stream_events = {
    .drained = on_drained,
    .closed = on_closed,
};

/* Keeps proxies from closing a quiet stream, and finds dead clients. */
static void on_heartbeat(void *user)
{
    struct connection *connection = user;
    struct st_buf *comment = st_buf_copy(":\n\n", 3);
    st_http_stream_send(connection->stream, comment);
    st_buf_unref(comment);
}

static void on_expired(void *user)
{
    struct connection *connection = user;
    st_http_stream_close(connection->stream);
}

static void start_timers(struct connection *connection, const struct st_claims *claims)
{
    connection->heartbeat = st_timer_open(connection->at->loop, on_heartbeat, connection);
    st_timer_set(connection->heartbeat, HEARTBEAT_US, HEARTBEAT_US);
    int64_t left_us = auth_left_us(claims);
    if (left_us == 0)
        return;
    connection->expiry = st_timer_open(connection->at->loop, on_expired, connection);
    st_timer_set(connection->expiry, left_us, 0);
}

static void open_stream(struct api_loop *at, struct st_http_exchange *exchange,
                        const struct st_claims *claims, struct st_subscription *take_subscription)
{
    struct connection *connection = st_mem_alloc(sizeof(*connection));
    connection->at = at;
    if (st_subscriber_open(&connection->subscriber, st_call_service_hub(at->api->service),
                           at->index, &subscriber_link, connection) < 0) {
        answer_error(exchange, 503, "unavailable", "too many subscribers");
        goto fail;
    }
    connection->stream =
        st_http_stream_open(exchange, "text/event-stream", &stream_events, connection);
    if (!connection->stream)
        goto fail;
    start_timers(connection, claims);
    st_subscriber_subscribe(connection->subscriber, take_subscription);
    return;

fail:
    st_subscription_free(take_subscription);
    st_subscriber_close(connection->subscriber);
    free(connection);
}

void resource_events_sse(struct api_loop *at, struct st_http_exchange *exchange, const char *rest)
{
    struct st_claims claims;
    char why[QUERY_WHY_BYTES];
    if (strcmp(st_http_method(exchange), "GET") != 0) {
        answer_error(exchange, 405, "method_not_allowed", "this path takes GET");
        return;
    }
    int status = auth_check(at, exchange, ST_SCOPE_CALLS_READ, &claims);
    if (status) {
        answer_error(exchange, status, status == 401 ? "unauthorized" : "forbidden",
                     "a token with calls:read is needed");
        return;
    }
    if (st_call_service_is_draining(at->api->service)) {
        answer_error(exchange, 503, "unavailable", "shutting down");
        return;
    }
    struct st_subscription *subscription = auth_subscription(&claims);
    if (sse_query_parse(subscription, st_http_query(exchange), why) < 0) {
        st_subscription_free(subscription);
        answer_error(exchange, 400, "bad_request", why);
        return;
    }
    const char *last_id = st_http_header(exchange, "last-event-id");
    if (last_id)
        sse_query_apply_last_id(subscription, last_id);
    open_stream(at, exchange, &claims, subscription);
}
