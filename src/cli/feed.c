#include "feed.h"

#include "sidetone/json_writer.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SUBSCRIBE_BYTES_MAX = 60000 };

void st_feed_init(struct st_feed *feed)
{
    memset(feed, 0, sizeof(*feed));
    feed->wants_partials = true;
}

void st_feed_fini(struct st_feed *feed)
{
    for (size_t i = 0; i < feed->seen_count; i++)
        free(feed->seen[i].call_id);
    free(feed->seen);
    memset(feed, 0, sizeof(*feed));
}

int st_feed_filter_add(struct st_feed_filter *filter, const char *name)
{
    if (name[0] == '\0')
        return -EINVAL;
    for (size_t i = 0; i < filter->count; i++)
        if (strcmp(filter->names[i], name) == 0)
            return 0;
    if (filter->count == ST_FEED_FILTERS_MAX)
        return -ENOBUFS;
    filter->names[filter->count++] = name;
    return 0;
}

static void put_filter(struct st_json_writer *json, const char *key,
                       const struct st_feed_filter *filter)
{
    if (filter->count == 0)
        return;
    st_json_key(json, key);
    st_json_begin_array(json);
    for (size_t i = 0; i < filter->count; i++)
        st_json_string(json, filter->names[i]);
    st_json_end_array(json);
}

/* The newest first, as many as a message may hold; the others come as snapshots again. */
static void put_resume(struct st_json_writer *json, const struct st_feed *feed)
{
    if (feed->seen_count == 0)
        return;
    st_json_key(json, "resume");
    st_json_begin_object(json);
    for (size_t i = feed->seen_count; i > 0 && json->len < SUBSCRIBE_BYTES_MAX; i--) {
        st_json_key_escaped(json, feed->seen[i - 1].call_id);
        st_json_int(json, (int64_t)feed->seen[i - 1].seq);
    }
    st_json_end_object(json);
}

void st_feed_subscribe(const struct st_feed *feed, struct st_json_writer *json)
{
    st_json_reset(json);
    st_json_begin_object(json);
    st_json_set_string(json, "type", "subscribe");
    put_filter(json, "calls", &feed->calls);
    put_filter(json, "agents", &feed->agents);
    put_filter(json, "queues", &feed->queues);
    put_filter(json, "teams", &feed->teams);
    put_filter(json, "events", &feed->events);
    if (feed->min_severity)
        st_json_set_string(json, "min_severity", feed->min_severity);
    st_json_set_bool(json, "partials", feed->wants_partials);
    put_resume(json, feed);
    st_json_end_object(json);
}

static struct st_feed_call *find(struct st_feed *feed, const char *call_id)
{
    for (size_t i = feed->seen_count; i > 0; i--)
        if (strcmp(feed->seen[i - 1].call_id, call_id) == 0)
            return &feed->seen[i - 1];
    return NULL;
}

static void forget_oldest(struct st_feed *feed)
{
    free(feed->seen[0].call_id);
    memmove(feed->seen, feed->seen + 1, --feed->seen_count * sizeof(*feed->seen));
}

static struct st_feed_call *add(struct st_feed *feed, const char *call_id)
{
    if (feed->seen_count == ST_FEED_CALLS_MAX)
        forget_oldest(feed);
    if (feed->seen_count == feed->seen_cap) {
        feed->seen_cap = 2 * feed->seen_cap + 16;
        feed->seen = st_mem_realloc(feed->seen, feed->seen_cap * sizeof(*feed->seen));
    }
    struct st_feed_call *call = &feed->seen[feed->seen_count++];
    *call = (struct st_feed_call){.call_id = st_mem_strdup(call_id)};
    return call;
}

static void note(struct st_feed *feed, const char *call_id, json_int_t seq)
{
    struct st_feed_call *call = find(feed, call_id);
    if (!call)
        call = add(feed, call_id);
    call->seq = (uint64_t)seq;
}

static enum st_feed_kind take_snapshot(struct st_feed *feed, const json_t *message)
{
    const json_t *state = json_object_get(message, "call");
    const char *call_id = json_string_value(json_object_get(state, "call_id"));
    json_int_t seq = json_integer_value(json_object_get(state, "seq"));
    if (!call_id || seq < 0)
        return ST_FEED_NONE;
    note(feed, call_id, seq);
    return ST_FEED_SNAPSHOT;
}

static enum st_feed_kind take_event(struct st_feed *feed, const json_t *message)
{
    const char *call_id = json_string_value(json_object_get(message, "call_id"));
    const json_t *number = json_object_get(message, "seq");
    json_int_t seq = json_integer_value(number);
    if (!call_id)
        return ST_FEED_NONE;
    if (!number)
        return ST_FEED_EVENT;
    const struct st_feed_call *call = find(feed, call_id);
    if (seq <= 0 || (call && (uint64_t)seq <= call->seq))
        return ST_FEED_NONE;
    note(feed, call_id, seq);
    return ST_FEED_EVENT;
}

enum st_feed_kind st_feed_take(struct st_feed *feed, const json_t *message)
{
    static const struct {
        const char *type;
        enum st_feed_kind kind;
    } kinds[] = {{"snapshot.end", ST_FEED_SNAPSHOT_END},
                 {"resume.gap", ST_FEED_GAP},
                 {"goodbye", ST_FEED_GOODBYE},
                 {"error", ST_FEED_ERROR},
                 {"welcome", ST_FEED_NONE},
                 {"pong", ST_FEED_NONE}};
    const char *type = json_string_value(json_object_get(message, "type"));
    if (!type)
        return ST_FEED_NONE;
    if (strcmp(type, "snapshot") == 0)
        return take_snapshot(feed, message);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(type, kinds[i].type) == 0)
            return kinds[i].kind;
    return take_event(feed, message);
}

int64_t st_feed_backoff_us(struct st_feed *feed)
{
    int64_t wait_us = 250000LL << (feed->attempts < 5 ? feed->attempts : 5);
    feed->attempts++;
    return wait_us < 5000000 ? wait_us : 5000000;
}

void st_feed_connected(struct st_feed *feed)
{
    feed->attempts = 0;
}
