/* POST /v1/rtp: a session, opened on the loop of its call, and the answer. */
#include "rtp.h"

#include "sidetone/err.h"
#include "sidetone/mem.h"
#include "sidetone/random.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CALL_ID_BYTES = 32, WHY_BYTES = 400 };

struct creating {
    struct api_loop *at;
    struct st_http_exchange *exchange;
    struct st_claims claims;
    struct rtp_body body;
    char call_id[CALL_ID_BYTES];
    struct st_json_writer json; /* the answer */
    char location[64];
};

static void free_creating(struct creating *creating)
{
    rtp_body_fini(&creating->body);
    st_json_fini(&creating->json);
    free(creating);
}

/* ---- the answer ---- */

static void put_sdp(struct st_json_writer *json, const struct st_rtp_session *session)
{
    char sdp[ST_RTP_SESSION_SDP_BYTES];
    ssize_t chars = st_rtp_session_answer(session, sdp, sizeof(sdp));
    st_json_set_string(json, "sdp", chars > 0 ? sdp : "");
    explicit_bzero(sdp, sizeof(sdp));
}

static void on_opened(void *user, const struct st_rtp_session *session)
{
    struct creating *creating = user;
    struct st_json_writer *json = &creating->json;
    st_json_begin_object(json);
    put_sdp(json, session);
    st_json_key(json, "session");
    st_rtp_session_write(session, json);
    st_json_end_object(json);
    snprintf(creating->location, sizeof(creating->location), "Location: /v1/rtp/%s\r\n",
             st_rtp_session_id(session));
}

static const struct refusal {
    int err, status;
    const char *code, *message;
} refusals[] = {
    {-ENOENT, 404, "not_found", "no such tenant or route for this token"},
    {-ENOSYS, 503, "unavailable", "RTP is off: set rtp.first_port and rtp.last_port"},
    {-EINVAL, 400, "bad_request",
     "no usable stream: with rtp.srtp 'required' each needs a key; 'source' ip needs an address, "
     "strict and 'shared' a port as well (or 'shared' an ssrc)"},
    {-ENOBUFS, 429, "too_many",
     "every port is in use, or rests after use: end sessions, or widen rtp.first_port to "
     "rtp.last_port"},
    {-EADDRINUSE, 503, "unavailable",
     "other programs have the ports: choose another range with rtp.first_port and rtp.last_port"},
    {-EADDRNOTAVAIL, 503, "unavailable",
     "rtp.address is not an address of this machine (any more)"},
    {-EMFILE, 503, "unavailable", "too many files are open: raise the limit (LimitNOFILE)"},
    {-EAFNOSUPPORT, 400, "bad_request",
     "a stream's address and rtp.address must both be IPv4 or both IPv6 (\"::\" takes both)"},
    {-EALREADY, 409, "conflict",
     "'shared': that source (address and port, or ssrc) has a stream on every shared port"},
    {-EPROTONOSUPPORT, 400, "bad_request",
     "'srtp.suite' is unknown to the libsrtp2 of this machine: take AES_CM_128_HMAC_SHA1_80"},
    {-EMSGSIZE, 400, "bad_request", "'sdp' offers so much that the answer would be too large"},
    {-EBUSY, 429, "too_many", "the gateway has as many calls as limits.calls lets it have"},
    {-EACCES, 403, "forbidden", "the token is for another call or agent"},
    {-ENOTSUP, 400, "bad_request", "no engine of the route knows the language"},
};

static void answer_conflict(const struct creating *creating)
{
    char why[WHY_BYTES];
    snprintf(why, sizeof(why),
             "call '%.128s' has one of these channels already, or is another tenant's: DELETE the "
             "session that brings it, or take another call_id",
             creating->body.start.call_id);
    answer_error(creating->exchange, 409, "conflict", why);
}

static void answer_unknown(const struct creating *creating, int err)
{
    char why[WHY_BYTES];
    snprintf(why, sizeof(why), "the ports cannot be opened: %s", st_err_text(err));
    ST_WARN(&creating->at->api->log, "POST /v1/rtp refused: %s", why);
    answer_error(creating->exchange, 500, "internal", why);
}

static void answer_refused(const struct creating *creating, int err)
{
    if (err == -ECANCELED || st_call_service_is_draining(creating->at->api->service)) {
        answer_error(creating->exchange, 503, "unavailable", "the gateway is shutting down");
        return;
    }
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
        if (refusals[i].err == err) {
            answer_error(creating->exchange, refusals[i].status, refusals[i].code,
                         refusals[i].message);
            return;
        }
    if (err == -EEXIST)
        answer_conflict(creating);
    else
        answer_unknown(creating, err);
}

static void on_done(void *user, int result)
{
    struct creating *creating = user;
    if (result)
        answer_refused(creating, result);
    else
        answer_json_with(creating->exchange, 201, &creating->json, creating->location);
    free_creating(creating);
}

/* ---- the request ---- */

static void make_call_id(char id[CALL_ID_BYTES])
{
    snprintf(id, CALL_ID_BYTES, "rtp-%016llx", (unsigned long long)st_random_u64());
}

/* What the token is for holds where the body does not say. */
static int apply_claims(struct creating *creating)
{
    struct st_ingest_start *start = &creating->body.start;
    const struct st_claims *claims = &creating->claims;
    if (!start->call_id[0] && !claims->call[0])
        make_call_id(creating->call_id);
    if (!start->call_id[0])
        start->call_id = claims->call[0] ? claims->call : creating->call_id;
    if (!start->agent_id[0])
        start->agent_id = claims->agent;
    if (!creating->body.tenant[0])
        creating->body.tenant = claims->tenant;
    bool is_theirs = !claims->agent[0] || strcmp(claims->agent, start->agent_id) == 0;
    return is_theirs ? 0 : -EACCES;
}

/* Strangers may be let in where nobody could tell them from friends anyway. */
static bool is_open(const struct rtp_body *body)
{
    for (unsigned i = 0; i < body->offer.media_count; i++)
        if (body->lines[i].source.mode == ST_MEDIA_SOURCE_OPEN)
            return true;
    return false;
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

static void ask_for(struct creating *creating)
{
    struct rtp_body *body = &creating->body;
    struct st_rtp_session_request request = {
        .dialect = "rtp",
        .tenant = body->tenant,
        .route = body->route,
        .claims = &creating->claims,
        .start = &body->start,
        .offer = &body->offer,
        .lines = body->lines,
        .timeout_us = body->timeout_us,
        .reorder_us = body->reorder_us,
        .opened = on_opened,
        .done = on_done,
        .user = creating,
    };
    st_rtp_session_ask_for(creating->at->api->service, creating->at->index, &request);
}

static void begin(struct creating *creating)
{
    char why[RTP_BODY_WHY_BYTES];
    size_t bytes;
    const void *text = st_http_body(creating->exchange, &bytes);
    if (rtp_body_parse(&creating->body, text, bytes, default_mode(creating->at), why) ||
        rtp_check(&creating->body, why)) {
        answer_error(creating->exchange, 400, "bad_request", why);
        free_creating(creating);
    } else if (is_open(&creating->body) && !creating->at->api->is_dev) {
        answer_error(creating->exchange, 403, "forbidden", "'source' open is for --dev alone");
        free_creating(creating);
    } else if (apply_claims(creating)) {
        on_done(creating, -EACCES);
    } else {
        ask_for(creating);
    }
}

void rtp_create(struct api_loop *at, struct st_http_exchange *exchange)
{
    struct st_claims claims;
    if (!auth_allow(at, exchange, ST_SCOPE_CALLS_INGEST, &claims) || !auth_wants_json(exchange))
        return;
    struct creating *creating = st_mem_alloc(sizeof(*creating));
    creating->at = at;
    creating->exchange = exchange;
    creating->claims = claims;
    st_json_init(&creating->json);
    begin(creating);
}
