#include "http_internal.h"

#include <stdlib.h>
#include <string.h>

/* call_id "": the list. */
static void ask(struct api_loop *at, struct st_http_exchange *exchange, const char *call_id,
                bool wants_summary)
{
    struct st_claims claims;
    if (!auth_allow(at, exchange, ST_SCOPE_CALLS_READ, &claims))
        return;
    struct st_call_query query = {.subscription = auth_subscription(&claims),
                                  .wants_transcript = call_id[0] != '\0',
                                  .wants_summary = wants_summary};
    if (call_id[0] &&
        st_filter_names_add(&query.subscription->calls, call_id, strlen(call_id)) < 0) {
        st_subscription_free(query.subscription);
        answer_error(exchange, 404, "not_found", "a call id has 1 to 128 bytes");
        return;
    }
    void *answer = answer_states_later(exchange, call_id[0] ? NULL : "calls",
                                       "no such call, or not for this token");
    st_call_query(at->api->service, at->index, query, answer_states, answer);
}

/* ---- what is below a call ---- */

enum { CALL_ID_BYTES = 129 };

enum place_kind { PLACE_CALL, PLACE_SUMMARY, PLACE_ROLES, PLACE_ALERTS, PLACE_COMMAND };

struct place {
    enum place_kind kind;
    char call_id[CALL_ID_BYTES]; /* not of PLACE_CALL */
    struct st_alert_command command;
};

/* The end of `text` before its last slash; NULL when there is none. */
static const char *last_slash(const char *text, const char *end)
{
    while (end > text && end[-1] != '/')
        end--;
    return end > text ? end - 1 : NULL;
}

static bool is_between(const char *from, const char *to, const char *word)
{
    return (size_t)(to - from) == strlen(word) && memcmp(from, word, strlen(word)) == 0;
}

/* "…/<alert>/<verb>" before `end`: where it begins; NULL when it is something else. */
static const char *parse_command(const char *text, const char *end,
                                 struct st_alert_command *ret_command)
{
    char verb[16];
    const char *verb_slash = last_slash(text, end);
    const char *id_slash = verb_slash ? last_slash(text, verb_slash) : NULL;
    size_t bytes = verb_slash ? (size_t)(end - verb_slash - 1) : 0;
    size_t digits = id_slash ? strspn(id_slash + 1, "0123456789") : 0;
    if (bytes == 0 || bytes >= sizeof(verb) || digits == 0 || digits > 18 ||
        id_slash + 1 + digits != verb_slash)
        return NULL;
    memcpy(verb, verb_slash + 1, bytes);
    verb[bytes] = '\0';
    int found = st_alert_verb_parse(verb);
    if (found < 0)
        return NULL;
    ret_command->alert_id = strtoull(id_slash + 1, NULL, 10);
    ret_command->verb = (enum st_alert_verb)found;
    return id_slash;
}

/* What the raw path says: slashes of a call id are encoded there, and no others. */
static struct place find_place(const char *target)
{
    static const char prefix[] = "/v1/calls/";
    struct place place = {.kind = PLACE_CALL};
    if (strncmp(target, prefix, strlen(prefix)) != 0)
        return place;
    const char *text = target + strlen(prefix), *end = text + strcspn(text, "?");
    const char *command = parse_command(text, end, &place.command);
    const char *name_end = command ? command : end, *slash = last_slash(text, name_end);
    enum place_kind kind = PLACE_CALL;
    if (slash && is_between(slash + 1, name_end, "alerts"))
        kind = command ? PLACE_COMMAND : PLACE_ALERTS;
    else if (slash && !command && is_between(slash + 1, name_end, "summary"))
        kind = PLACE_SUMMARY;
    else if (slash && !command && is_between(slash + 1, name_end, "roles"))
        kind = PLACE_ROLES;
    if (kind != PLACE_CALL &&
        st_http_decode(place.call_id, CALL_ID_BYTES, text, (size_t)(slash - text), false) > 0)
        place.kind = kind;
    return place;
}

void resource_calls(struct api_loop *at, struct st_http_exchange *exchange, const char *rest)
{
    const char *method = st_http_method(exchange);
    bool is_get = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
    struct place place = find_place(st_http_target(exchange));
    if (place.kind == PLACE_COMMAND && strcmp(method, "POST") != 0)
        answer_method(exchange, "POST");
    else if (place.kind == PLACE_COMMAND)
        call_alert_command(at, exchange, place.call_id, &place.command);
    else if (place.kind == PLACE_ROLES && strcmp(method, "PUT") != 0)
        answer_method(exchange, "PUT");
    else if (place.kind == PLACE_ROLES)
        call_set_roles(at, exchange, place.call_id);
    else if (!is_get)
        answer_method(exchange, "GET, HEAD");
    else if (place.kind == PLACE_ALERTS)
        call_alerts_list(at, exchange, place.call_id);
    else if (place.kind == PLACE_SUMMARY)
        ask(at, exchange, place.call_id, true);
    else
        ask(at, exchange, rest, false);
}
