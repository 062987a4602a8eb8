#include "sidetone/call_facts.h"
#include "sidetone/hub.h"
#include "sidetone/mem.h"
#include "sidetone/message.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_BYTES_MAX = 128 };

struct st_subscription *st_subscription_create(void)
{
    struct st_subscription *subscription = st_mem_alloc(sizeof(*subscription));
    subscription->types = st_event_bit(ST_EVENT_TYPES) - 1;
    subscription->wants_partials = true;
    subscription->only_call = st_mem_strdup("");
    subscription->only_agent = st_mem_strdup("");
    subscription->only_tenant = st_mem_strdup("");
    return subscription;
}

static void free_names(struct st_filter_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->names[i]);
    free(names->names);
}

void st_subscription_free(struct st_subscription *subscription)
{
    if (!subscription)
        return;
    free_names(&subscription->calls);
    free_names(&subscription->agents);
    free_names(&subscription->queues);
    free_names(&subscription->teams);
    free(subscription->only_call);
    free(subscription->only_agent);
    free(subscription->only_tenant);
    for (size_t i = 0; i < subscription->resume_count; i++)
        free(subscription->resume[i].call_id);
    free(subscription->resume);
    free(subscription);
}

int st_filter_names_add(struct st_filter_names *names, const char *name, size_t bytes)
{
    if (bytes == 0 || bytes > NAME_BYTES_MAX)
        return -EINVAL;
    if (names->count == ST_FILTER_NAMES_MAX)
        return -ENOBUFS;
    names->names = st_mem_realloc(names->names, (names->count + 1) * sizeof(names->names[0]));
    names->names[names->count++] = st_mem_strndup(name, bytes);
    return 0;
}

/* Of the first resume point that is not before that call. */
static size_t resume_place(const struct st_subscription *subscription, const char *call_id)
{
    size_t low = 0, high = subscription->resume_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(subscription->resume[middle].call_id, call_id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_resume_at(const struct st_subscription *subscription, size_t place,
                         const char *call_id)
{
    return place < subscription->resume_count &&
           strcmp(subscription->resume[place].call_id, call_id) == 0;
}

int st_subscription_add_resume(struct st_subscription *subscription, const char *call_id,
                               size_t bytes, uint64_t seq)
{
    if (bytes == 0 || bytes > NAME_BYTES_MAX)
        return -EINVAL;
    char *own = st_mem_strndup(call_id, bytes);
    size_t place = resume_place(subscription, own);
    if (is_resume_at(subscription, place, own)) {
        subscription->resume[place].seq = seq;
        free(own);
        return 0;
    }
    if (subscription->resume_count == ST_RESUME_MAX) {
        free(own);
        return -ENOBUFS;
    }
    size_t n = subscription->resume_count++;
    subscription->resume =
        st_mem_realloc(subscription->resume, (n + 1) * sizeof(subscription->resume[0]));
    memmove(&subscription->resume[place + 1], &subscription->resume[place],
            (n - place) * sizeof(subscription->resume[0]));
    subscription->resume[place] = (struct st_resume){.call_id = own, .seq = seq};
    return 0;
}

const struct st_resume *st_subscription_find_resume(const struct st_subscription *subscription,
                                                    const char *call_id)
{
    size_t place = resume_place(subscription, call_id);
    return is_resume_at(subscription, place, call_id) ? &subscription->resume[place] : NULL;
}

unsigned st_subscription_snapshot_form(const struct st_subscription *subscription)
{
    const uint64_t transcript =
        st_event_bit(ST_EVENT_TRANSCRIPT_PARTIAL) | st_event_bit(ST_EVENT_TRANSCRIPT_FINAL);
    const uint64_t sentiments = st_event_bit(ST_EVENT_SENTIMENT_UPDATED);
    return (subscription->types & transcript ? ST_SNAPSHOT_TRANSCRIPT : 0U) |
           (subscription->types & sentiments ? ST_SNAPSHOT_SENTIMENTS : 0U);
}

/* ---- matching ---- */

static bool names_match(const struct st_filter_names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->names[i], name) == 0)
            return true;
    return names->count == 0;
}

static bool is_any_or(const char *only, const char *name)
{
    return only[0] == '\0' || strcmp(only, name) == 0;
}

bool st_subscription_sees_call(const struct st_subscription *subscription,
                               const struct st_call_facts *facts)
{
    return is_any_or(subscription->only_call, facts->call_id) &&
           is_any_or(subscription->only_agent, facts->agent_id) &&
           is_any_or(subscription->only_tenant, facts->tenant) &&
           names_match(&subscription->calls, facts->call_id) &&
           names_match(&subscription->agents, facts->agent_id) &&
           names_match(&subscription->queues, facts->queue) &&
           names_match(&subscription->teams, facts->team);
}

bool st_subscription_wants(const struct st_subscription *subscription,
                           const struct st_message *message)
{
    if (!(subscription->types & st_event_bit(message->type)))
        return false;
    if (message->type == ST_EVENT_TRANSCRIPT_PARTIAL && !subscription->wants_partials)
        return false;
    if (message->has_severity && message->severity < subscription->min_severity)
        return false;
    return st_subscription_sees_call(subscription, message->call);
}

/* ---- the subscribe message ---- */

struct parse {
    struct st_subscription *subscription;
    char *why;
    size_t why_bytes;
};

__attribute__((format(printf, 2, 3))) static int refuse(struct parse *parse, const char *format,
                                                        ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(parse->why, parse->why_bytes, format, args);
    va_end(args);
    return -EBADMSG;
}

static int parse_names(struct parse *parse, const char *field, json_t *list,
                       struct st_filter_names *names)
{
    size_t i;
    json_t *item;
    if (!json_is_array(list))
        return refuse(parse, "'%s' must be a list of names", field);
    json_array_foreach(list, i, item)
    {
        if (!json_is_string(item) ||
            st_filter_names_add(names, json_string_value(item), json_string_length(item)) < 0)
            return refuse(parse, "'%s' takes at most %d names of 1 to %d bytes", field,
                          ST_FILTER_NAMES_MAX, NAME_BYTES_MAX);
    }
    return 0;
}

static int parse_calls(struct parse *parse, json_t *value)
{
    return parse_names(parse, "calls", value, &parse->subscription->calls);
}

static int parse_agents(struct parse *parse, json_t *value)
{
    return parse_names(parse, "agents", value, &parse->subscription->agents);
}

static int parse_queues(struct parse *parse, json_t *value)
{
    return parse_names(parse, "queues", value, &parse->subscription->queues);
}

static int parse_teams(struct parse *parse, json_t *value)
{
    return parse_names(parse, "teams", value, &parse->subscription->teams);
}

static int parse_events(struct parse *parse, json_t *value)
{
    size_t i;
    json_t *item;
    if (!json_is_array(value))
        return refuse(parse, "'events' must be a list of event types");
    if (json_array_size(value) > 0)
        parse->subscription->types = 0;
    json_array_foreach(value, i, item)
    {
        int type = json_is_string(item)
                       ? st_event_type_parse(json_string_value(item), json_string_length(item))
                       : -EINVAL;
        if (type < 0)
            return refuse(parse, "'events' item %zu is no event type", i);
        parse->subscription->types |= st_event_bit(type);
    }
    return 0;
}

static int parse_min_severity(struct parse *parse, json_t *value)
{
    for (int i = ST_SEVERITY_LOW; json_is_string(value) && i <= ST_SEVERITY_CRITICAL; i++) {
        if (strcmp(json_string_value(value), st_severity_name((enum st_severity)i)) == 0) {
            parse->subscription->min_severity = (enum st_severity)i;
            return 0;
        }
    }
    return refuse(parse, "'min_severity' must be low, medium, high or critical");
}

static int parse_partials(struct parse *parse, json_t *value)
{
    if (!json_is_boolean(value))
        return refuse(parse, "'partials' must be true or false");
    parse->subscription->wants_partials = json_is_true(value);
    return 0;
}

static int parse_resume(struct parse *parse, json_t *value)
{
    const char *call_id;
    json_t *seq;
    if (!json_is_object(value))
        return refuse(parse, "'resume' must be an object of call ids and seq numbers");
    json_object_foreach(value, call_id, seq)
    {
        if (!json_is_integer(seq) || json_integer_value(seq) < 0 ||
            st_subscription_add_resume(parse->subscription, call_id, strlen(call_id),
                                       (uint64_t)json_integer_value(seq)) < 0)
            return refuse(parse, "'resume' takes at most %d call ids, each with a seq from 0",
                          ST_RESUME_MAX);
    }
    return 0;
}

static const struct {
    const char *name;
    int (*parse)(struct parse *parse, json_t *value);
} fields[] = {
    {"calls", parse_calls},       {"agents", parse_agents}, {"queues", parse_queues},
    {"teams", parse_teams},       {"events", parse_events}, {"min_severity", parse_min_severity},
    {"partials", parse_partials}, {"resume", parse_resume},
};

int st_subscription_parse(struct st_subscription *subscription, const char *json, size_t bytes,
                          char *ret_why, size_t why_bytes)
{
    struct parse parse = {.subscription = subscription, .why = ret_why, .why_bytes = why_bytes};
    json_error_t error;
    json_t *root = json_loadb(json, bytes, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(root)) {
        refuse(&parse, "not a JSON object: %s", root ? "another type" : error.text);
        json_decref(root);
        return -EBADMSG;
    }
    int err = 0;
    for (size_t i = 0; err == 0 && i < sizeof(fields) / sizeof(fields[0]); i++) {
        json_t *value = json_object_get(root, fields[i].name);
        if (value)
            err = fields[i].parse(&parse, value);
    }
    json_decref(root);
    return err;
}
