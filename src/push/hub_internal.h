/* Shared by hub.c (between loops) and subscriber.c (on one loop). */
#ifndef SIDETONE_PUSH_HUB_INTERNAL_H
#define SIDETONE_PUSH_HUB_INTERNAL_H

#include "sidetone/hub.h"
#include "sidetone/log.h"
#include "sidetone/metrics.h"

#include <stdatomic.h>

enum { HUB_LOOPS_MAX = 64 };

/* A subscription while loops other than its subscriber's look at it. */
struct subscription_share {
    atomic_uint refs;
    struct st_subscription *subscription;
};

struct pending {
    struct pending *next;
    struct st_buf *json;
    struct st_message *message; /* NULL unless `json` is an event */
    bool is_delta;              /* came behind the backlog */
};

struct st_subscriber {
    struct st_subscriber *next, **link_to_this;
    struct st_hub *hub;
    unsigned loop_index;
    uint64_t serial;
    const struct st_subscriber_link *link;
    void *link_user;
    bool is_closing;
    struct subscription_share *share; /* NULL until subscribed */
    uint64_t live_loops;              /* bit per loop whose backlog has been taken */
    uint64_t asked_loops;             /* bit per other loop whose answer is on its way */
    size_t snapshots;
    bool *is_resume_known; /* per resume point; while the backlog comes in */
    struct pending *first_pending, **last_pending;
    size_t pending_event_bytes; /* deltas waiting behind the backlog */
};

struct shard {
    struct st_subscriber *first;
    struct st_subscriber *next_visited; /* by the walk under way; moved on when it closes */
    uint64_t next_serial;
    atomic_uint subscribers; /* read by every publisher */
    atomic_bool has_lost;
};

struct st_hub {
    struct st_hub_config config;
    struct st_log log;
    atomic_uint subscribers;
    struct {
        struct st_counter *dropped_partials, *slow, *deliveries;
        struct st_gauge *subscribers;
        struct st_histogram *hop;
    } metrics;
    struct shard shards[];
};

struct subscription_share *hub_share_create(struct st_subscription *take_subscription);
struct subscription_share *hub_share_ref(struct subscription_share *share);
void hub_share_unref(struct subscription_share *share);

/* Asks loop `to` for what the subscriber missed; the answer may come at once. While an answer is on
 * its way there is no second question: when it comes too late, it is asked for anew. */
void hub_ask(struct st_hub *hub, struct st_subscriber *subscriber, unsigned to);

void subscriber_deliver(struct st_subscriber *subscriber, unsigned from,
                        struct st_message *message);
void subscriber_take_backlog(struct st_subscriber *subscriber, unsigned from,
                             struct st_hub_backlog *backlog);
void subscriber_close_slow(struct st_subscriber *subscriber);
void subscriber_say_goodbye(struct st_subscriber *subscriber, const char *reason, uint16_t code);

#endif
