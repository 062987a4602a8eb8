#include "http_internal.h"

#include "sidetone/mem.h"
#include "sidetone/message.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VALUE_BYTES = 256, SEQ_DIGITS_MAX = 18 };

struct parse {
    struct st_subscription *subscription;
    bool has_types;
};

/* Text that ends in `separator` and a number. */
static int apply_place(struct st_subscription *subscription, const char *value, char separator)
{
    const char *at = strrchr(value, separator);
    size_t digits = at ? strspn(at + 1, "0123456789") : 0;
    if (digits == 0 || digits > SEQ_DIGITS_MAX || at[1 + digits] != '\0')
        return -EBADMSG;
    return st_subscription_add_resume(subscription, value, (size_t)(at - value),
                                      strtoull(at + 1, NULL, 10));
}

static int apply_call(struct parse *parse, const char *value)
{
    return st_filter_names_add(&parse->subscription->calls, value, strlen(value));
}

static int apply_agent(struct parse *parse, const char *value)
{
    return st_filter_names_add(&parse->subscription->agents, value, strlen(value));
}

static int apply_queue(struct parse *parse, const char *value)
{
    return st_filter_names_add(&parse->subscription->queues, value, strlen(value));
}

static int apply_team(struct parse *parse, const char *value)
{
    return st_filter_names_add(&parse->subscription->teams, value, strlen(value));
}

static int apply_event(struct parse *parse, const char *value)
{
    int type = st_event_type_parse(value, strlen(value));
    if (type < 0)
        return -EBADMSG;
    if (!parse->has_types)
        parse->subscription->types = 0;
    parse->has_types = true;
    parse->subscription->types |= st_event_bit(type);
    return 0;
}

static int apply_severity(struct parse *parse, const char *value)
{
    for (int i = ST_SEVERITY_LOW; i <= ST_SEVERITY_CRITICAL; i++) {
        if (strcmp(value, st_severity_name((enum st_severity)i)) == 0) {
            parse->subscription->min_severity = (enum st_severity)i;
            return 0;
        }
    }
    return -EBADMSG;
}

static int apply_partials(struct parse *parse, const char *value)
{
    parse->subscription->wants_partials = strcmp(value, "true") == 0;
    return parse->subscription->wants_partials || strcmp(value, "false") == 0 ? 0 : -EBADMSG;
}

static int apply_resume(struct parse *parse, const char *value)
{
    return apply_place(parse->subscription, value, ':');
}

static const struct {
    const char *name;
    int (*apply)(struct parse *parse, const char *value);
} parameters[] = {
    {"call", apply_call},         {"agent", apply_agent},   {"queue", apply_queue},
    {"team", apply_team},         {"event", apply_event},   {"min_severity", apply_severity},
    {"partials", apply_partials}, {"resume", apply_resume},
};

/* `pair`: name=value, percent-encoded. */
static int apply(struct parse *parse, const char *pair, size_t bytes)
{
    char value[VALUE_BYTES];
    const char *equals = memchr(pair, '=', bytes);
    size_t name = equals ? (size_t)(equals - pair) : bytes;
    if (!equals || st_http_decode(value, sizeof(value), equals + 1, bytes - name - 1, true) < 0)
        return -EBADMSG;
    for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++)
        if (strlen(parameters[i].name) == name && memcmp(parameters[i].name, pair, name) == 0)
            return parameters[i].apply(parse, value);
    return -EBADMSG;
}

int sse_query_parse(struct st_subscription *subscription, const char *query,
                    char ret_why[SSE_WHY_BYTES])
{
    struct parse parse = {.subscription = subscription};
    while (*query) {
        size_t bytes = strcspn(query, "&");
        if (bytes > 0 && apply(&parse, query, bytes) < 0) {
            int shown = (int)strcspn(query, "=&");
            snprintf(ret_why, SSE_WHY_BYTES,
                     "query parameter '%.*s' is unknown, has a wrong value, or comes too often",
                     shown < 40 ? shown : 40, query);
            return -EBADMSG;
        }
        query += bytes;
        query += *query == '&';
    }
    return 0;
}

void sse_query_apply_last_id(struct st_subscription *subscription, const char *id)
{
    apply_place(subscription, id, '/');
}
