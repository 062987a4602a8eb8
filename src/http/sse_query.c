#include "http_internal.h"

#include "sidetone/mem.h"
#include "sidetone/message.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SEQ_DIGITS_MAX = 18 };

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
    return query_severity(value, &parse->subscription->min_severity);
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

static int apply(void *user, const char *name, size_t bytes, const char *value)
{
    for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++)
        if (strlen(parameters[i].name) == bytes && memcmp(parameters[i].name, name, bytes) == 0)
            return parameters[i].apply(user, value);
    return -EBADMSG;
}

int sse_query_parse(struct st_subscription *subscription, const char *query,
                    char ret_why[QUERY_WHY_BYTES])
{
    struct parse parse = {.subscription = subscription};
    return query_walk(query, apply, &parse, ret_why);
}

void sse_query_apply_last_id(struct st_subscription *subscription, const char *id)
{
    apply_place(subscription, id, '/');
}
