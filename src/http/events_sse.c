/* /v1/events/sse: the push API as Server-Sent Events. */
#include "http_internal.h"

#include "sidetone/buf.h"
#include "sidetone/json_scan.h"
#include "sidetone/loop.h"
#include "sidetone/mem.h"
#include "sidetone/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEARTBEAT_US = 15000000, WHY_BYTES = 160, CALL_ID_BYTES = 129 };

struct connection {
    struct api_loop *at;
    struct st_http_stream *stream;
    struct st_subscriber *subscriber;
    struct st_timer *heartbeat;
};

/* ---- the subscriber's link ---- */

/* What an SSE message says beside its data, read back from the text that we wrote. */
struct head {
    char type[32];
    char call_id[CALL_ID_BYTES];
    int64_t seq; /* 0: none */
};

static void read_head(struct head *head, const struct st_buf *json)
{
    struct st_scan scan;
    struct st_slice key, value;
    *head = (struct head){0};
    st_scan_init(&scan, (const char *)json->data, json->len);
    st_scan_enter_object(&scan);
    while (!head->type[0] && st_scan_next_member(&scan, &key)) {
        if (st_slice_is(key, "type") && st_scan_string(&scan, &value))
            st_scan_unescape(value, head->type, sizeof(head->type));
        else if (st_slice_is(key, "call_id") && st_scan_string(&scan, &value))
            st_scan_unescape(value, head->call_id, sizeof(head->call_id));
        else if (st_slice_is(key, "seq"))
            st_scan_int(&scan, &head->seq);
        else
            st_scan_skip(&scan);
    }
}

static bool is_event(const struct head *head)
{
    return st_event_type_parse(head->type, strlen(head->type)) >= 0;
}

static bool is_one_line(const char *text)
{
    return text[strcspn(text, "\r\n")] == '\0';
}

static struct st_buf *wrap(const struct st_buf *json, const struct head *head)
{
    char text[CALL_ID_BYTES + 96];
    int len = snprintf(text, sizeof(text), "event: %s\n", head->type);
    if (is_event(head) && head->seq > 0 && is_one_line(head->call_id))
        len += snprintf(text + len, sizeof(text) - (size_t)len, "id: %s/%lld\n", head->call_id,
                        (long long)head->seq);
    size_t total = (size_t)len + 6 + json->len + 2;
    struct st_buf *out = st_buf_create(total);
    memcpy(out->data, text, (size_t)len);
    memcpy(out->data + len, "data: ", 6);
    memcpy(out->data + len + 6, json->data, json->len);
    memcpy(out->data + total - 2, "\n\n", 2);
    return out;
}

/* New reference. An event goes to many: the one wrapped last is kept. */
static struct st_buf *wrap_once(struct api_loop *at, struct st_buf *json)
{
    struct head head;
    if (at->sse_json == json)
        return st_buf_ref(at->sse_wrapped);
    read_head(&head, json);
    struct st_buf *wrapped = wrap(json, &head);
    if (!is_event(&head))
        return wrapped;
    st_buf_unref(at->sse_json);
    st_buf_unref(at->sse_wrapped);
    at->sse_json = st_buf_ref(json);
    at->sse_wrapped = st_buf_ref(wrapped);
    return wrapped;
}

static int link_send(void *link, struct st_buf *json, const struct st_message *message)
{
    struct connection *connection = link;
    struct st_buf *wrapped = wrap_once(connection->at, json);
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

/* ---- the subscription in the query ---- */

/* Percent-decoding in place; false for a broken escape or a NUL. */
static bool decode(char *text)
{
    char *out = text;
    for (; *text; text++) {
        unsigned value = (unsigned char)*text;
        if (*text == '+') {
            value = ' ';
        } else if (*text == '%') {
            if (sscanf(text + 1, "%2x", &value) != 1 || value == 0 || !text[1] || !text[2])
                return false;
            text += 2;
        }
        *out++ = (char)value;
    }
    *out = '\0';
    return true;
}

static int apply_resume(struct st_subscription *subscription, const char *value)
{
    const char *colon = strrchr(value, ':');
    char *end = NULL;
    unsigned long long seq = colon ? strtoull(colon + 1, &end, 10) : 0;
    if (!colon || end == colon + 1 || *end)
        return -1;
    return st_subscription_add_resume(subscription, value, (size_t)(colon - value), seq);
}

static int apply_event(struct st_subscription *subscription, const char *value, uint32_t *types)
{
    int type = st_event_type_parse(value, strlen(value));
    if (type < 0)
        return -1;
    *types |= 1U << type;
    subscription->types = *types;
    return 0;
}

static int apply_severity(struct st_subscription *subscription, const char *value)
{
    for (int i = ST_SEVERITY_LOW; i <= ST_SEVERITY_CRITICAL; i++) {
        if (strcmp(value, st_severity_name((enum st_severity)i)) == 0) {
            subscription->min_severity = (enum st_severity)i;
            return 0;
        }
    }
    return -1;
}

static int apply(struct st_subscription *subscription, const char *name, const char *value,
                 uint32_t *types)
{
    if (strcmp(name, "call") == 0)
        return st_filter_names_add(&subscription->calls, value, strlen(value));
    if (strcmp(name, "agent") == 0)
        return st_filter_names_add(&subscription->agents, value, strlen(value));
    if (strcmp(name, "queue") == 0)
        return st_filter_names_add(&subscription->queues, value, strlen(value));
    if (strcmp(name, "event") == 0)
        return apply_event(subscription, value, types);
    if (strcmp(name, "min_severity") == 0)
        return apply_severity(subscription, value);
    if (strcmp(name, "resume") == 0)
        return apply_resume(subscription, value);
    if (strcmp(name, "partials") == 0) {
        subscription->wants_partials = strcmp(value, "false") != 0;
        return 0;
    }
    return -1;
}

static int parse_query(struct st_subscription *subscription, const char *query, char *ret_why)
{
    char *copy = st_mem_strdup(query), *rest = copy, *pair;
    uint32_t types = 0;
    int err = 0;
    while (!err && (pair = strsep(&rest, "&")) != NULL) {
        if (!*pair)
            continue;
        char *value = strchr(pair, '=');
        if (value)
            *value++ = '\0';
        err = value && decode(value) ? apply(subscription, pair, value, &types) : -1;
        if (err)
            snprintf(ret_why, WHY_BYTES,
                     "query parameter '%.40s' is unknown or has a "
                     "wrong value",
                     pair);
    }
    free(copy);
    return err;
}

/* A browser that reconnects says where it was by itself; one call's place at most. */
static void apply_last_event_id(struct st_subscription *subscription,
                                struct st_http_exchange *exchange)
{
    const char *id = st_http_header(exchange, "last-event-id");
    const char *slash = id ? strrchr(id, '/') : NULL;
    if (slash)
        st_subscription_add_resume(subscription, id, (size_t)(slash - id),
                                   strtoull(slash + 1, NULL, 10));
}

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

static void open_stream(struct api_loop *at, struct st_http_exchange *exchange,
                        struct st_subscription *take_subscription)
{
    struct connection *connection = st_mem_alloc(sizeof(*connection));
    connection->at = at;
    connection->stream =
        st_http_stream_open(exchange, "text/event-stream", &stream_events, connection);
    if (!connection->stream) {
        st_subscription_free(take_subscription);
        free(connection);
        return;
    }
    struct st_hub *hub = st_call_service_hub(at->api->service);
    if (st_subscriber_open(&connection->subscriber, hub, at->index, &subscriber_link, connection) <
        0) {
        st_subscription_free(take_subscription);
        st_http_stream_close(connection->stream);
        return;
    }
    connection->heartbeat = st_timer_open(at->loop, on_heartbeat, connection);
    st_timer_set(connection->heartbeat, HEARTBEAT_US, HEARTBEAT_US);
    st_subscriber_subscribe(connection->subscriber, take_subscription);
}

void resource_events_sse(struct api_loop *at, struct st_http_exchange *exchange, const char *rest)
{
    struct st_claims claims;
    char why[WHY_BYTES];
    int status = auth_check(at, exchange, ST_SCOPE_CALLS_READ, &claims);
    if (status) {
        answer_error(exchange, status, status == 401 ? "unauthorized" : "forbidden",
                     "a token with calls:read is needed");
        return;
    }
    struct st_subscription *subscription = auth_subscription(&claims);
    if (parse_query(subscription, st_http_query(exchange), why) < 0) {
        st_subscription_free(subscription);
        answer_error(exchange, 400, "bad_request", why);
        return;
    }
    apply_last_event_id(subscription, exchange);
    open_stream(at, exchange, subscription);
}
