#include "http_internal.h"

#include "sidetone/loop.h"
#include "sidetone/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    SKEW_S = 60,                      /* that token.h allows */
    WATCHED_MAX_S = 10 * 365 * 86400, /* later ends are not watched */
};

static const char *token_in_subprotocols(struct st_http_exchange *exchange, size_t *ret_bytes)
{
    static const char prefix[] = "bearer.";
    const char *at = st_http_header(exchange, "sec-websocket-protocol");
    const char *item;
    size_t bytes = 0;
    while (at && (item = answer_next_item(&at, &bytes)) != NULL) {
        if (bytes <= strlen(prefix) || strncmp(item, prefix, strlen(prefix)) != 0)
            continue;
        *ret_bytes = bytes - strlen(prefix);
        return item + strlen(prefix);
    }
    return NULL;
}

bool auth_offers_subprotocol(struct st_http_exchange *exchange)
{
    const char *at = st_http_header(exchange, "sec-websocket-protocol");
    const char *item;
    size_t bytes = 0;
    while (at && (item = answer_next_item(&at, &bytes)) != NULL)
        if (bytes == strlen(API_SUBPROTOCOL) && strncmp(item, API_SUBPROTOCOL, bytes) == 0)
            return true;
    return false;
}

static const char *find_token(struct st_http_exchange *exchange, size_t *ret_bytes)
{
    const char *header = st_http_header(exchange, "authorization");
    if (!header || strncasecmp(header, "Bearer ", 7) != 0)
        return token_in_subprotocols(exchange, ret_bytes);
    header += 7;
    while (*header == ' ')
        header++;
    *ret_bytes = strlen(header);
    return header;
}

const char *auth_person(const struct st_claims *claims)
{
    return claims->subject[0] ? claims->subject : "anonymous";
}

bool auth_has_type(struct st_http_exchange *exchange, const char *types)
{
    const char *header = st_http_header(exchange, "content-type");
    size_t given = header ? strcspn(header, "; \t") : 0;
    for (size_t bytes; given > 0 && *types; types += bytes + 1) {
        bytes = strcspn(types, " ");
        if (bytes == given && strncasecmp(types, header, bytes) == 0)
            return true;
    }
    return false;
}

bool auth_wants_json(struct st_http_exchange *exchange)
{
    bool is_json = auth_has_type(exchange, "application/json ");
    if (!is_json)
        answer_error(exchange, 415, "unsupported_media_type",
                     "the body must be application/json, by its Content-Type");
    return is_json;
}

static int check(struct api_loop *at, const char *token, size_t bytes, enum st_scope scope,
                 struct st_claims *ret_claims)
{
    if (at->api->is_dev) {
        *ret_claims = (struct st_claims){.scopes = ~0U, .expires_unix_s = INT64_MAX};
        return 0;
    }
    const struct st_config *config =
        st_settings_config(st_call_service_settings(at->api->service, at->index));
    if (!token || !config->auth.secret[0] ||
        st_token_verify(ret_claims, token, bytes, config->auth.secret,
                        st_loop_wall_unix_ms() / 1000) < 0)
        return 401;
    return ret_claims->scopes & (unsigned)scope ? 0 : 403;
}

int auth_check(struct api_loop *at, struct st_http_exchange *exchange, enum st_scope scope,
               struct st_claims *ret_claims)
{
    size_t bytes = 0;
    const char *token = find_token(exchange, &bytes);
    return check(at, token, bytes, scope, ret_claims);
}

int auth_check_query(struct api_loop *at, struct st_http_exchange *exchange, enum st_scope scope,
                     struct st_claims *ret_claims)
{
    static const char name[] = "access_token=";
    const char *query = st_http_query(exchange);
    while (*query && strncmp(query, name, sizeof(name) - 1) != 0) {
        query += strcspn(query, "&");
        query += *query == '&';
    }
    if (!*query)
        return auth_check(at, exchange, scope, ret_claims);
    query += sizeof(name) - 1;
    return check(at, query, strcspn(query, "&"), scope, ret_claims);
}

bool auth_allow(struct api_loop *at, struct st_http_exchange *exchange, enum st_scope scope,
                struct st_claims *ret_claims)
{
    int status = auth_check(at, exchange, scope, ret_claims);
    if (status == 0)
        return true;
    char message[80];
    unsigned bit = 0;
    const char *name = "";
    for (size_t i = 0; bit != (unsigned)scope && name; i++)
        name = st_scope_name(i, &bit);
    snprintf(message, sizeof(message), "a token with %s is needed", name);
    answer_error(exchange, status, status == 401 ? "unauthorized" : "forbidden", message);
    return false;
}

void auth_put_scopes(struct st_json_writer *json, const struct st_claims *claims)
{
    unsigned bit;
    const char *name;
    st_json_key(json, "scopes");
    st_json_begin_array(json);
    for (size_t i = 0; (name = st_scope_name(i, &bit)) != NULL; i++)
        if (claims->scopes & bit)
            st_json_string(json, name);
    st_json_end_array(json);
}

int64_t auth_left_us(const struct st_claims *claims)
{
    int64_t now_s = st_loop_wall_unix_ms() / 1000;
    if (claims->expires_unix_s > now_s + WATCHED_MAX_S)
        return 0;
    int64_t left_s = claims->expires_unix_s - now_s;
    if (left_s <= 0)
        left_s += SKEW_S;
    return (left_s > 0 ? left_s : 1) * 1000000;
}

static void narrow(char **only, const char *claim)
{
    free(*only);
    *only = st_mem_strdup(claim);
}

struct st_subscription *auth_subscription(const struct st_claims *claims)
{
    struct st_subscription *subscription = st_subscription_create();
    narrow(&subscription->only_call, claims->call);
    narrow(&subscription->only_agent, claims->agent);
    narrow(&subscription->only_tenant, claims->tenant);
    return subscription;
}
