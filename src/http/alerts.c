/* /v1/alerts, and the alerts of one call below /v1/calls/<id>/alerts. */
#include "http_internal.h"

#include "sidetone/buf.h"
#include "sidetone/loop.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_DEFAULT = 100, ROWS_MAX = 1000, CALL_ROWS_MAX = 2000 };

static const unsigned open_states =
    1U << ST_ALERT_RAISED | 1U << ST_ALERT_ACKNOWLEDGED | 1U << ST_ALERT_SNOOZED;

/* ---- lists ---- */

static void put_rows(struct st_json_writer *json, const struct st_alert_answer *answer)
{
    st_json_key(json, "alerts");
    st_json_begin_array(json);
    for (size_t i = 0; i < answer->count; i++)
        st_json_raw(json, (const char *)answer->rows[i].json->data, answer->rows[i].json->len);
    st_json_end_array(json);
}

static void put_next(struct st_json_writer *json, const struct st_alert_answer *answer)
{
    st_json_key(json, "next");
    if (!answer->has_more) {
        st_json_null(json);
        return;
    }
    char next[256];
    const struct st_alert_place *last = &answer->rows[answer->count - 1].place;
    snprintf(next, sizeof(next), "%" PRId64 "/%" PRIu64 "/%s", last->raised_unix_ms, last->id,
             last->call_id);
    st_json_string(json, next);
}

static void on_alerts(void *user, const struct st_alert_answer *answer)
{
    struct st_json_writer json;
    st_json_init(&json);
    st_json_begin_object(&json);
    put_rows(&json, answer);
    put_next(&json, answer);
    st_json_end_object(&json);
    answer_json(user, 200, &json);
    st_json_fini(&json);
}

static int apply_limit(struct st_alert_query *query, const char *value)
{
    size_t digits = strspn(value, "0123456789");
    long rows = digits > 0 && digits < 6 && !value[digits] ? strtol(value, NULL, 10) : 0;
    query->rows_max = (size_t)rows;
    return rows >= 1 && rows <= ROWS_MAX ? 0 : -EBADMSG;
}

static int apply_state(struct st_alert_query *query, const char *value)
{
    int state = st_alert_state_parse(value);
    if (state < 0)
        return -EBADMSG;
    query->states |= 1U << state;
    return 0;
}

static int apply_min_severity(struct st_alert_query *query, const char *value)
{
    return query_severity(value, &query->min_severity);
}

static int apply_after(struct st_alert_query *query, const char *value)
{
    int used = 0;
    struct st_alert_place *after = &query->after;
    if (after->call_id ||
        sscanf(value, "%" SCNd64 "/%" SCNu64 "/%n", &after->raised_unix_ms, &after->id, &used) !=
            2 ||
        used == 0 || value[used] == '\0')
        return -EBADMSG;
    after->call_id = st_mem_strdup(value + used);
    return 0;
}

static int apply_call(struct st_alert_query *query, const char *value)
{
    return st_filter_names_add(&query->subscription->calls, value, strlen(value));
}

static int apply_agent(struct st_alert_query *query, const char *value)
{
    return st_filter_names_add(&query->subscription->agents, value, strlen(value));
}

static int apply_queue(struct st_alert_query *query, const char *value)
{
    return st_filter_names_add(&query->subscription->queues, value, strlen(value));
}

static int apply_team(struct st_alert_query *query, const char *value)
{
    return st_filter_names_add(&query->subscription->teams, value, strlen(value));
}

static const struct {
    const char *name;
    int (*apply)(struct st_alert_query *query, const char *value);
} parameters[] = {
    {"call", apply_call},   {"agent", apply_agent}, {"queue", apply_queue},
    {"team", apply_team},   {"state", apply_state}, {"min_severity", apply_min_severity},
    {"limit", apply_limit}, {"after", apply_after},
};

static int apply(void *user, const char *name, size_t bytes, const char *value)
{
    for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++)
        if (strlen(parameters[i].name) == bytes && memcmp(parameters[i].name, name, bytes) == 0)
            return parameters[i].apply(user, value);
    return -EBADMSG;
}

void resource_alerts(struct api_loop *at, struct st_http_exchange *exchange, const char *rest)
{
    struct st_claims claims;
    char why[QUERY_WHY_BYTES];
    if (!auth_allow(at, exchange, ST_SCOPE_CALLS_READ, &claims))
        return;
    struct st_alert_query query = {.subscription = auth_subscription(&claims),
                                   .rows_max = ROWS_DEFAULT};
    if (query_walk(st_http_query(exchange), apply, &query, why) < 0) {
        st_subscription_free(query.subscription);
        free(query.after.call_id);
        answer_error(exchange, 400, "bad_request", why);
        return;
    }
    if (query.states == 0)
        query.states = open_states;
    st_call_query_alerts(at->api->service, at->index, query, on_alerts, exchange);
}

/* ---- of one call ---- */

static void answer_no_call(struct st_http_exchange *exchange)
{
    answer_error(exchange, 404, "not_found",
                 "no such call, not for this token, or it ended too long ago");
}

static void on_call_alerts(void *user, const struct st_alert_answer *answer)
{
    struct st_json_writer json;
    if (answer->calls == 0) {
        answer_no_call(user);
        return;
    }
    st_json_init(&json);
    st_json_begin_object(&json);
    put_rows(&json, answer);
    st_json_end_object(&json);
    answer_json(user, 200, &json);
    st_json_fini(&json);
}

void call_alerts_list(struct api_loop *at, struct st_http_exchange *exchange, const char *call_id)
{
    struct st_claims claims;
    if (!auth_allow(at, exchange, ST_SCOPE_CALLS_READ, &claims))
        return;
    struct st_alert_query query = {.subscription = auth_subscription(&claims),
                                   .states = open_states | 1U << ST_ALERT_CLEARED,
                                   .rows_max = CALL_ROWS_MAX};
    st_filter_names_add(&query.subscription->calls, call_id, strlen(call_id));
    st_call_query_alerts(at->api->service, at->index, query, on_call_alerts, exchange);
}

/* ---- commands ---- */

static void on_commanded(void *user, int result, struct st_buf *alert)
{
    struct st_http_exchange *exchange = user;
    if (result >= 0)
        answer_text(exchange, 200, "application/json", alert->data, alert->len);
    else if (result == -ESRCH)
        answer_no_call(exchange);
    else if (result == -ENOENT)
        answer_error(exchange, 404, "not_found", "the call has no such alert (any more)");
    else if (result == -EALREADY)
        answer_error(exchange, 409, "conflict", "the alert has been cleared");
    else if (result == -EINVAL)
        answer_error(exchange, 400, "bad_request",
                     "a snooze lies ahead, ends within a day, and its call has not ended");
    else
        answer_error(exchange, 503, "unavailable", "the gateway is shutting down");
}

void call_alert_command(struct api_loop *at, struct st_http_exchange *exchange, const char *call_id,
                        const struct st_alert_command *wanted)
{
    struct st_claims claims;
    char why[BODY_WHY_BYTES];
    size_t bytes;
    struct st_alert_command command = *wanted;
    if (!auth_allow(at, exchange, ST_SCOPE_ALERTS_WRITE, &claims) || !auth_wants_json(exchange))
        return;
    const char *body = st_http_body(exchange, &bytes);
    if (alert_body_parse(&command, body, bytes, st_loop_wall_unix_ms(), why) < 0) {
        answer_error(exchange, 400, "bad_request", why);
        return;
    }
    snprintf(command.by, sizeof(command.by), "%s", auth_person(&claims));
    struct st_call_alert_command whole = {
        .subscription = auth_subscription(&claims), .call_id = call_id, .command = &command};
    st_call_command_alert(at->api->service, at->index, whole, on_commanded, exchange);
}
