/*
 * The hub: events from the calls of every loop to the subscribers of every loop.
 *
 * Each loop has a shard with its own subscribers. An event crosses once to each loop that has any,
 * never once per subscriber. A new subscriber asks every loop for what it missed; the answer comes
 * by the same road as that loop's events, so between the two there is neither hole nor repeat.
 * All calls on the loop named, unless said otherwise.
 */
#ifndef SIDETONE_HUB_H
#define SIDETONE_HUB_H

#include "sidetone/finding.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct st_buf;
struct st_call_facts;
struct st_loop;
struct st_message;

struct st_hub;
struct st_subscriber;

/* ---- what a subscriber wants ---- */

enum { ST_FILTER_NAMES_MAX = 256, ST_RESUME_MAX = 4096 };

struct st_filter_names {
    char **names;
    size_t count; /* 0: any */
};

struct st_resume {
    char *call_id;
    uint64_t seq; /* of the last event seen */
};

struct st_subscription {
    struct st_filter_names calls, agents, queues, teams;
    uint64_t types; /* st_event_bit of each */
    bool wants_partials;
    enum st_severity min_severity;
    /* From the token; "" for any. */
    char *only_call, *only_agent, *only_tenant;
    struct st_resume *resume; /* by call id; none twice */
    size_t resume_count;
};

/* Everything; free with st_subscription_free. */
struct st_subscription *st_subscription_create(void);
void st_subscription_free(struct st_subscription *subscription);
/* Parses a `subscribe` message's members. 0, or -EBADMSG with `ret_why` naming the field. */
int st_subscription_parse(struct st_subscription *subscription, const char *json, size_t bytes,
                          char *ret_why, size_t why_bytes);
/* Adds one name or resume point (a call's second one replaces its first); -ENOBUFS beyond the
 * maxima, -EINVAL when empty or too long. */
int st_filter_names_add(struct st_filter_names *names, const char *name, size_t bytes);
int st_subscription_add_resume(struct st_subscription *subscription, const char *call_id,
                               size_t bytes, uint64_t seq);
bool st_subscription_sees_call(const struct st_subscription *subscription,
                               const struct st_call_facts *facts);
bool st_subscription_wants(const struct st_subscription *subscription,
                           const struct st_message *message);
/* NULL when the subscription does not resume that call. */
const struct st_resume *st_subscription_find_resume(const struct st_subscription *subscription,
                                                    const char *call_id);
/* Which form of snapshots suits the event types: the ST_SNAPSHOT_ bits of message.h. */
unsigned st_subscription_snapshot_form(const struct st_subscription *subscription);

/* ---- the calls' side, implemented by the call room ---- */

struct st_hub_item {
    struct st_buf *json;        /* own reference */
    struct st_message *message; /* own reference; the replayed event, NULL for anything else */
};

/* What one loop's calls have for a new subscriber, in order. Owned by the collector's caller. */
struct st_hub_backlog {
    struct st_hub_item *items;
    size_t count, cap;
    size_t snapshots;
    size_t *known; /* indices of the subscription's resume points whose call this loop has */
    size_t known_count, known_cap;
};

void st_hub_backlog_add(struct st_hub_backlog *backlog, struct st_buf *take_buf);
void st_hub_backlog_add_event(struct st_hub_backlog *backlog, struct st_message *message);
void st_hub_backlog_add_known(struct st_hub_backlog *backlog, size_t resume_index);

struct st_hub_source {
    /* On the loop with that index. */
    void (*collect)(void *source, unsigned loop_index, const struct st_subscription *subscription,
                    struct st_hub_backlog *backlog);
};

/* ---- the hub ---- */

struct st_hub_config {
    struct st_loop *const *loops;
    unsigned loop_count;
    uint32_t queue_bytes;   /* per subscriber */
    uint32_t partial_bytes; /* with more queued, partials are dropped */
    uint32_t subscribers_max;
    const struct st_hub_source *source;
    void *source_user;
};

int st_hub_create(struct st_hub **ret_hub, const struct st_hub_config *config);
/* Every subscriber is closed by then, every loop stopped. */
void st_hub_destroy(struct st_hub *hub);

/* From the loop that owns the call. Takes no reference of the caller's. */
void st_hub_publish(struct st_hub *hub, unsigned loop_index, struct st_message *message);

/* ---- subscribers, over a connection that the http room gives ---- */

struct st_subscriber_link {
    /* 0; -ENOTCONN when it is closing already; negative when it cannot take it: the subscriber then
     * closes. A reference is taken.
     * `message` is the event that `json` is; NULL for anything else. While nothing is queued, one
     * of any size must be taken. Other subscribers may be closed inside. */
    int (*send)(void *link, struct st_buf *json, const struct st_message *message);
    size_t (*queued_bytes)(void *link);
    void (*close)(void *link, uint16_t code, const char *reason);
};

/* -ENOBUFS when there are subscribers_max. */
int st_subscriber_open(struct st_subscriber **ret_subscriber, struct st_hub *hub,
                       unsigned loop_index, const struct st_subscriber_link *link, void *link_user);
/* Replaces an earlier subscription, and what still waits for it. */
void st_subscriber_subscribe(struct st_subscriber *subscriber,
                             struct st_subscription *take_subscription);
void st_subscriber_drained(struct st_subscriber *subscriber); /* the link's queue is empty */
/* The link is gone: nothing is sent any more. Not from within its own link. NULL is fine. */
void st_subscriber_close(struct st_subscriber *subscriber);

/* Tells every subscriber of that loop goodbye and closes them (1001). */
void st_hub_shutdown(struct st_hub *hub, unsigned loop_index);

#endif
