/* /v1/rtp: calls whose audio comes as RTP. */
#include "rtp.h"

#include "sidetone/rtp_session.h"

#include <string.h>

static const char missing[] = "no such session, or not for this token";

static void ask(struct api_loop *at, struct st_http_exchange *exchange, const char *id,
                enum st_rtp_session_command command)
{
    struct st_claims claims;
    struct st_rtp_session_query query = {.command = command};
    if (!auth_allow(at, exchange, command ? ST_SCOPE_CALLS_INGEST : ST_SCOPE_CALLS_READ, &claims))
        return;
    if (strlen(id) >= sizeof(query.id)) {
        answer_error(exchange, 404, "not_found", missing);
        return;
    }
    memcpy(query.id, id, strlen(id) + 1);
    memcpy(query.tenant, claims.tenant, sizeof(query.tenant));
    memcpy(query.call, claims.call, sizeof(query.call));
    memcpy(query.agent, claims.agent, sizeof(query.agent));
    void *answer = answer_states_later(exchange, id[0] ? NULL : "sessions", missing);
    st_rtp_session_ask(at->api->service, at->index, &query, answer_states, answer);
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
    /* Other origins' pages may send what has no body, too. */
    if (!auth_wants_json(exchange))
        return;
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
        rtp_create(at, exchange);
    else if (strcmp(method, "DELETE") == 0 && rest[0])
        ask(at, exchange, rest, ST_RTP_SESSION_CLOSE);
    else
        answer_method(exchange, rest[0] ? "GET, HEAD, DELETE" : "GET, HEAD, POST");
}
