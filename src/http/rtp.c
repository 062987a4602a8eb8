/* /v1/rtp: calls whose audio comes as RTP. */
#include "http_internal.h"
#include "rtp_body.h"

#include "sidetone/buf.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* ---- POST ---- */

static void put_sdp(struct st_json_writer *json, const struct st_rtp_session *session)
{
    char sdp[ST_RTP_SESSION_SDP_BYTES];
    ssize_t chars = st_rtp_session_answer(session, sdp, sizeof(sdp));
    st_json_set_string(json, "sdp", chars > 0 ? sdp : "");
    explicit_bzero(sdp, sizeof(sdp));
}

static void answer_created(struct st_http_exchange *exchange, const struct st_rtp_session *session)
{
    struct st_json_writer json;
    char headers[64];
    st_json_init(&json);
    st_json_begin_object(&json);
    put_sdp(&json, session);
    st_json_key(&json, "session");
    st_rtp_session_write(session, &json);
    st_json_end_object(&json);
    snprintf(headers, sizeof(headers), "Location: /v1/rtp/%s\r\n", st_rtp_session_id(session));
    answer_json_with(exchange, 201, &json, headers);
    st_json_fini(&json);
}

static const struct refusal {
    int err, status;
    const char *code, *message;
} refusals[] = {
    {-ENOSYS, 503, "unavailable", "RTP is off: rtp.first_port is not set"},
    {-EINVAL, 400, "bad_request",
     "no usable stream, or the source mode needs an address (and a port) that was not given"},
    {-ENOBUFS, 429, "too_many", "every port is in use, or rests after use"},
    {-EBUSY, 429, "too_many", "the gateway has as many calls as it may"},
    {-EEXIST, 409, "conflict", "the call has that channel already, or the source has a stream"},
    {-EACCES, 403, "forbidden", "the token is for another call"},
    {-ENOTSUP, 400, "bad_request", "no engine of the route knows the language"},
    {0, 500, "internal", "the ports cannot be opened"},
};

static void answer_refused(struct api_loop *at, struct st_http_exchange *exchange, int err)
{
    const struct refusal *refusal = refusals;
    if (st_call_service_is_draining(at->api->service)) {
        answer_error(exchange, 503, "unavailable", "the gateway is shutting down");
        return;
    }
    while (refusal->err && refusal->err != err)
        refusal++;
    answer_error(exchange, refusal->status, refusal->code, refusal->message);
}

static void make_call_id(char id[32])
{
    uint64_t random;
    if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
        abort();
    snprintf(id, 32, "rtp-%016llx", (unsigned long long)random);
}

/* Strangers may be let in where nobody could tell them from friends anyway. */
static bool is_open(const struct rtp_body *body)
{
    for (unsigned i = 0; i < body->offer.media_count; i++)
        if (body->lines[i].source.mode == ST_MEDIA_SOURCE_OPEN)
            return true;
    return false;
}

static int find_route(struct api_loop *at, const struct rtp_body *body,
                      const struct st_claims *claims, struct st_rtp_session_config *config)
{
    const struct st_config *settings =
        st_settings_config(st_call_service_settings(at->api->service, at->index));
    config->tenant = st_config_tenant_find(settings, body->tenant, strlen(body->tenant));
    config->route = config->tenant
                        ? st_config_route_find(config->tenant, body->route, strlen(body->route))
                        : NULL;
    bool is_theirs =
        config->route && (!claims->tenant[0] || strcmp(claims->tenant, config->tenant->name) == 0);
    return is_theirs ? 0 : -ENOENT;
}

static void open_session(struct api_loop *at, struct st_http_exchange *exchange,
                         const struct st_claims *claims, struct rtp_body *body)
{
    char call_id[32];
    struct st_rtp_session *session;
    struct st_rtp_session_config config = {
        .loop_index = at->index,
        .dialect = "rtp",
        .claims = claims,
        .start = &body->start,
        .offer = &body->offer,
        .lines = body->lines,
        .timeout_us = body->timeout_us,
        .reorder_us = body->reorder_us,
    };
    if (find_route(at, body, claims, &config)) {
        answer_error(exchange, 404, "not_found", "no such tenant or route for this token");
        return;
    }
    if (is_open(body) && !at->api->is_dev) {
        answer_error(exchange, 403, "forbidden", "'source' open is for --dev alone");
        return;
    }
    if (!body->start.call_id[0]) {
        make_call_id(call_id);
        body->start.call_id = claims->call[0] ? claims->call : call_id;
    }
    int err = st_rtp_session_open(&session, at->api->service, &config);
    if (err)
        answer_refused(at, exchange, err);
    else
        answer_created(exchange, session);
}

static enum st_media_source_mode default_mode(struct api_loop *at)
{
    const struct st_config *config =
        st_settings_config(st_call_service_settings(at->api->service, at->index));
    switch (config->rtp.source) {
    case ST_CONFIG_RTP_STRICT:
        return ST_MEDIA_SOURCE_STRICT;
    case ST_CONFIG_RTP_LEARN:
        return ST_MEDIA_SOURCE_LEARN;
    default:
        return ST_MEDIA_SOURCE_IP;
    }
}

static void create(struct api_loop *at, struct st_http_exchange *exchange)
{
    struct st_claims claims;
    char why[RTP_BODY_WHY_BYTES];
    size_t bytes;
    if (!auth_allow(at, exchange, ST_SCOPE_CALLS_INGEST, &claims))
        return;
    if (!auth_has_type(exchange, "application/json ")) {
        answer_error(exchange, 415, "unsupported_media_type", "send application/json");
        return;
    }
    const void *text = st_http_body(exchange, &bytes);
    struct rtp_body *body = st_mem_alloc(sizeof(*body));
    if (rtp_body_parse(body, text, bytes, default_mode(at), why))
        answer_error(exchange, 400, "bad_request", why);
    else
        open_session(at, exchange, &claims, body);
    rtp_body_fini(body);
    free(body);
}

/* ---- the others ---- */

struct asking {
    struct st_http_exchange *exchange;
    bool is_one;
};

static void answer_list(struct st_http_exchange *exchange, struct st_buf *const *states,
                        size_t count)
{
    struct st_json_writer json;
    st_json_init(&json);
    st_json_begin_object(&json);
    st_json_key(&json, "sessions");
    st_json_begin_array(&json);
    for (size_t i = 0; i < count; i++)
        st_json_raw(&json, (const char *)states[i]->data, states[i]->len);
    st_json_end_array(&json);
    st_json_end_object(&json);
    answer_json(exchange, 200, &json);
    st_json_fini(&json);
}

static void on_states(void *user, struct st_buf *const *states, size_t count)
{
    struct asking *asking = user;
    if (!asking->is_one)
        answer_list(asking->exchange, states, count);
    else if (count == 0)
        answer_error(asking->exchange, 404, "not_found", "no such session, or not for this token");
    else
        answer_text(asking->exchange, 200, "application/json", states[0]->data, states[0]->len);
    free(asking);
}

static void ask(struct api_loop *at, struct st_http_exchange *exchange, const char *id,
                enum st_rtp_session_command command)
{
    struct st_claims claims;
    struct st_rtp_session_query query = {.command = command};
    if (!auth_allow(at, exchange, command ? ST_SCOPE_CALLS_INGEST : ST_SCOPE_CALLS_READ, &claims))
        return;
    if (strlen(id) >= sizeof(query.id)) {
        answer_error(exchange, 404, "not_found", "no such session, or not for this token");
        return;
    }
    memcpy(query.id, id, strlen(id) + 1);
    memcpy(query.tenant, claims.tenant, sizeof(query.tenant));
    memcpy(query.call, claims.call, sizeof(query.call));
    struct asking *asking = st_mem_alloc(sizeof(*asking));
    *asking = (struct asking){exchange, id[0] != '\0'};
    st_rtp_session_ask(at->api->service, at->index, &query, on_states, asking);
}

/* "<id>/hold", "<id>/resume". */
static void command(struct api_loop *at, struct st_http_exchange *exchange, const char *rest)
{
    char id[ST_RTP_SESSION_ID_BYTES];
    const char *slash = strchr(rest, '/');
    size_t bytes = (size_t)(slash - rest);
    bool is_hold = strcmp(slash, "/hold") == 0;
    if (bytes == 0 || bytes >= sizeof(id) || (!is_hold && strcmp(slash, "/resume") != 0)) {
        answer_error(exchange, 404, "not_found", "there is nothing at this path");
        return;
    }
    memcpy(id, rest, bytes);
    id[bytes] = '\0';
    ask(at, exchange, id, is_hold ? ST_RTP_SESSION_HOLD : ST_RTP_SESSION_RESUME);
}

void resource_rtp(struct api_loop *at, struct st_http_exchange *exchange, const char *rest)
{
    const char *method = st_http_method(exchange);
    bool is_get = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
    bool is_post = strcmp(method, "POST") == 0, is_command = strchr(rest, '/') != NULL;
    if (is_command && is_post)
        command(at, exchange, rest);
    else if (is_command)
        answer_method(exchange, "POST");
    else if (is_get)
        ask(at, exchange, rest, ST_RTP_SESSION_LOOK);
    else if (is_post && !rest[0])
        create(at, exchange);
    else if (strcmp(method, "DELETE") == 0 && rest[0])
        ask(at, exchange, rest, ST_RTP_SESSION_CLOSE);
    else
        answer_method(exchange, rest[0] ? "GET, HEAD, DELETE" : "GET, HEAD, POST");
}
