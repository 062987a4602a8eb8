/* PUT /v1/calls/<id>/roles: who is who on a call that goes on. */
#include "http_internal.h"

#include "sidetone/buf.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

static int parse_role(const json_t *value, enum st_role *ret_role)
{
    const char *text = json_string_value(value);
    for (int i = ST_ROLE_AGENT; text && i <= ST_ROLE_CUSTOMER; i++)
        if (strcmp(text, st_role_name((enum st_role)i)) == 0) {
            *ret_role = (enum st_role)i;
            return 0;
        }
    return -EBADMSG;
}

/* {"roles": [of channel 0, of channel 1]} and nothing else. */
static int parse(const char *text, size_t bytes, enum st_role roles[ST_CHANNELS_MAX])
{
    json_t *root = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, NULL);
    const json_t *list = json_object_get(root, "roles");
    int err =
        json_object_size(root) == 1 && json_array_size(list) == ST_CHANNELS_MAX ? 0 : -EBADMSG;
    for (size_t i = 0; i < ST_CHANNELS_MAX && !err; i++)
        err = parse_role(json_array_get(list, i), &roles[i]);
    json_decref(root);
    return err;
}

static void on_set(void *user, int result, struct st_buf *state)
{
    struct st_http_exchange *exchange = user;
    if (result >= 0)
        answer_text(exchange, 200, "application/json", state->data, state->len);
    else if (result == -ESRCH)
        answer_error(exchange, 404, "not_found",
                     "no such call, not for this token, or it ended too long ago");
    else if (result == -EALREADY)
        answer_error(exchange, 409, "conflict", "the call has ended: its roles stay");
    else
        answer_error(exchange, 503, "unavailable", "the gateway is shutting down");
}

void call_set_roles(struct api_loop *at, struct st_http_exchange *exchange, const char *call_id)
{
    struct st_claims claims;
    size_t bytes;
    struct st_call_roles_command command = {.call_id = call_id};
    if (!auth_allow(at, exchange, ST_SCOPE_CALLS_INGEST, &claims) || !auth_wants_json(exchange))
        return;
    const char *body = st_http_body(exchange, &bytes);
    if (parse(body, bytes, command.roles)) {
        answer_error(exchange, 400, "bad_request",
                     "the body must be {\"roles\": [of channel 0, of channel 1]}, each agent or "
                     "customer");
        return;
    }
    command.subscription = auth_subscription(&claims);
    st_call_set_roles(at->api->service, at->index, command, on_set, exchange);
}
