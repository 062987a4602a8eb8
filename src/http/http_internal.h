/* What the resources of this room share. Everything belongs to one loop's thread. */
#ifndef SIDETONE_HTTP_INTERNAL_H
#define SIDETONE_HTTP_INTERNAL_H

#include "sidetone/alerts.h"
#include "sidetone/api.h"
#include "sidetone/call.h"
#include "sidetone/config.h"
#include "sidetone/json_writer.h"
#include "sidetone/log.h"
#include "sidetone/net.h"
#include "sidetone/token.h"

struct api_loop {
    struct st_api *api;
    unsigned index;
    struct st_loop *loop;
    struct st_net *net;
    struct st_listener *listener;
    struct st_listener *operations;
    struct st_json_writer json;
    struct st_buf *sse_json, *sse_wrapped; /* of events_sse.c */
};

struct st_api {
    struct st_log log;
    struct st_call_service *service;
    struct st_rule_store *rules; /* NULL: none */
    bool is_dev;
    unsigned loop_count;
    struct api_loop loops[];
};

/* ---- auth.c ---- */

#define API_SUBPROTOCOL "sidetone.v1"

/* Whom a change is by: the token's subject, else "anonymous". */
const char *auth_person(const struct st_claims *claims);
/* Whether the body is of one of those media types, each ended by a space. Also keeps pages of other
 * origins out where no token does: browsers ask before they send such a body. */
bool auth_has_type(struct st_http_exchange *exchange, const char *types);
/* Whether it is JSON; answers for itself otherwise. */
bool auth_wants_json(struct st_http_exchange *exchange);
/* Who asks: fills *ret_claims (in dev mode: everything). 0, or 401 without a valid token, 403
 * without that scope. The token comes in the Authorization header or, from browsers, as a
 * subprotocol. */
int auth_check(struct api_loop *at, struct st_http_exchange *exchange, enum st_scope scope,
               struct st_claims *ret_claims);
/* The same, with the token in the query as access_token; without one there, as above. */
int auth_check_query(struct api_loop *at, struct st_http_exchange *exchange, enum st_scope scope,
                     struct st_claims *ret_claims);
/* How long a connection that these claims opened may last; 0: without end. A token that is accepted
 * because clocks differ lasts as long as that excuse. */
int64_t auth_left_us(const struct st_claims *claims);
/* Whether the client offered our subprotocol, so that it must be answered. */
bool auth_offers_subprotocol(struct st_http_exchange *exchange);
/* A subscription narrowed to what the claims allow. */
struct st_subscription *auth_subscription(const struct st_claims *claims);

/* As auth_check; answers for itself and returns false unless it is allowed. */
bool auth_allow(struct api_loop *at, struct st_http_exchange *exchange, enum st_scope scope,
                struct st_claims *ret_claims);
/* What the claims allow, as a member `scopes`. */
void auth_put_scopes(struct st_json_writer *json, const struct st_claims *claims);

/* ---- query.c ---- */

enum { QUERY_WHY_BYTES = 160 };

/* One parameter, its value decoded; 0, or negative to refuse it. */
typedef int (*query_fn)(void *user, const char *name, size_t name_bytes, const char *value);

/* Every parameter of a query in its order. 0, or -EBADMSG with ret_why naming the first that is
 * broken or refused. */
int query_walk(const char *query, query_fn apply, void *user, char ret_why[QUERY_WHY_BYTES]);
/* "low" to "critical"; or -EBADMSG. */
int query_severity(const char *value, enum st_severity *ret_severity);

/* ---- sse_query.c ---- */

/* The subscription in the query of /v1/events/sse. 0, or -EBADMSG with ret_why. */
int sse_query_parse(struct st_subscription *subscription, const char *query,
                    char ret_why[QUERY_WHY_BYTES]);
/* Last-Event-ID: a browser that reconnects by itself says what it saw last, of one call at most.
 * What is not of ours is ignored. */
void sse_query_apply_last_id(struct st_subscription *subscription, const char *id);

/* ---- answers.c ---- */

/* The next item of a comma-separated header value; NULL at its end. */
const char *answer_next_item(const char **at, size_t *ret_bytes);

void answer_json(struct st_http_exchange *exchange, int status, const struct st_json_writer *json);
/* With further header lines, each ended by CR LF. */
void answer_json_with(struct st_http_exchange *exchange, int status,
                      const struct st_json_writer *json, const char *headers);
void answer_error(struct st_http_exchange *exchange, int status, const char *code,
                  const char *message);
/* 405; `allowed` as for the Allow header. */
void answer_method(struct st_http_exchange *exchange, const char *allowed);
void answer_text(struct st_http_exchange *exchange, int status, const char *content_type,
                 const void *text, size_t bytes);
/* What st_call_query and st_rtp_session_ask find is the answer: `done` is answer_states, its user
 * what this gives. As a list of that name; NULL: one alone, or 404 with `missing`; both static. */
void *answer_states_later(struct st_http_exchange *exchange, const char *list, const char *missing);
void answer_states(void *user, struct st_buf *const *states, size_t count);

/* ---- resources: each gets the rest of the path behind its own ---- */

void resource_calls(struct api_loop *at, struct st_http_exchange *exchange, const char *rest);
void resource_alerts(struct api_loop *at, struct st_http_exchange *exchange, const char *rest);
void resource_categories(struct api_loop *at, struct st_http_exchange *exchange, const char *rest);
void resource_scripts(struct api_loop *at, struct st_http_exchange *exchange, const char *rest);
void resource_engines(struct api_loop *at, struct st_http_exchange *exchange, const char *rest);
void resource_audit(struct api_loop *at, struct st_http_exchange *exchange, const char *rest);
void resource_rtp(struct api_loop *at, struct st_http_exchange *exchange, const char *rest);
void resource_version(struct api_loop *at, struct st_http_exchange *exchange, const char *rest);
void resource_livez(struct api_loop *at, struct st_http_exchange *exchange, const char *rest);
void resource_readyz(struct api_loop *at, struct st_http_exchange *exchange, const char *rest);
void resource_metrics(struct api_loop *at, struct st_http_exchange *exchange, const char *rest);
void resource_events_sse(struct api_loop *at, struct st_http_exchange *exchange, const char *rest);
void resource_web(struct api_loop *at, struct st_http_exchange *exchange, const char *rest);

/* Parts of resource_calls: the alerts of one call. */
void call_alerts_list(struct api_loop *at, struct st_http_exchange *exchange, const char *call_id);
void call_alert_command(struct api_loop *at, struct st_http_exchange *exchange, const char *call_id,
                        const struct st_alert_command *command);

/* Likewise: who is who. */
void call_set_roles(struct api_loop *at, struct st_http_exchange *exchange, const char *call_id);

/* ---- alert_body.c ---- */

enum { BODY_WHY_BYTES = 160 };

/* The body of a command on an alert, its verb known. 0, or -EBADMSG with ret_why. */
int alert_body_parse(struct st_alert_command *command, const char *text, size_t bytes,
                     int64_t now_unix_ms, char ret_why[BODY_WHY_BYTES]);

/* ---- rules.c ---- */

enum { RULES_TENANT_BYTES = 65 };

/* The query parameter `tenant`, for query_walk; -EBADMSG for anything else, or a second one. */
int rules_apply_tenant(char *tenant, const char *name, size_t bytes, const char *value);

/* ---- WebSocket endpoints: 0 with *ret_accept filled, or an HTTP status ---- */

int upgrade_events(struct api_loop *at, struct st_http_exchange *exchange, const char *rest,
                   struct st_ws_accept *ret_accept);
int upgrade_ingest(struct api_loop *at, struct st_http_exchange *exchange, const char *rest,
                   struct st_ws_accept *ret_accept);

#endif
