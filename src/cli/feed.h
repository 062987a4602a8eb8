/*
 * A subscription to the push API that survives cuts: what to ask for, and where to resume.
 *
 * Pure: messages are given in and made; the owner has the connection.
 */
#ifndef SIDETONE_CLI_FEED_H
#define SIDETONE_CLI_FEED_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct st_json_writer;

enum { ST_FEED_FILTERS_MAX = 64, ST_FEED_CALLS_MAX = 2000 };

struct st_feed_filter {
    const char *names[ST_FEED_FILTERS_MAX];
    size_t count;
};

struct st_feed_call {
    char *call_id;
    uint64_t seq; /* the last one seen */
};

struct st_feed {
    struct st_feed_filter calls, agents, queues, teams, events;
    const char *min_severity; /* NULL: any */
    bool wants_partials;
    /* internal from here on */
    struct st_feed_call *seen; /* oldest first; when full, the oldest is forgotten */
    size_t seen_count, seen_cap;
    unsigned attempts;
};

enum st_feed_kind {
    ST_FEED_NONE,     /* nothing to show: unknown, repeated, or about the connection */
    ST_FEED_SNAPSHOT, /* "call" holds a state */
    ST_FEED_SNAPSHOT_END,
    ST_FEED_EVENT,
    ST_FEED_GAP,     /* events of "call_id" were lost for good */
    ST_FEED_GOODBYE, /* "reason" */
    ST_FEED_ERROR,   /* "message" */
};

void st_feed_init(struct st_feed *feed);
void st_feed_fini(struct st_feed *feed);

/* Adds a name; -ENOBUFS when there are too many, -EINVAL when it is empty. Borrowed. */
int st_feed_filter_add(struct st_feed_filter *filter, const char *name);

/* Writes the subscribe message, with resume points of every call seen. */
void st_feed_subscribe(const struct st_feed *feed, struct st_json_writer *json);

/* What a message is; a seq that was seen before is nothing. Takes note of where to resume. */
enum st_feed_kind st_feed_take(struct st_feed *feed, const json_t *message);

/* How long to wait before the next attempt to connect: 0.25 s, doubling up to 5 s. */
int64_t st_feed_backoff_us(struct st_feed *feed);
void st_feed_connected(struct st_feed *feed);

#endif
