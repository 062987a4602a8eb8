/*
 * One subscriber on its loop: what it gets, in which order, and what happens when it is slow.
 *
 * A backlog may be far larger than the link's queue, so it waits here, shared by reference, and
 * is fed as the link drains. Deltas that come meanwhile wait behind it within a bound of their own.
 */
#include "hub_internal.h"

#include "sidetone/buf.h"
#include "sidetone/json_writer.h"
#include "sidetone/mem.h"
#include "sidetone/message.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FEED_BYTES = 65536 };

int st_subscriber_open(struct st_subscriber **ret_subscriber, struct st_hub *hub,
                       unsigned loop_index, const struct st_subscriber_link *link, void *link_user)
{
    if (atomic_fetch_add(&hub->subscribers, 1) >= hub->config.subscribers_max) {
        atomic_fetch_sub(&hub->subscribers, 1);
        return -ENOBUFS;
    }
    struct shard *shard = &hub->shards[loop_index];
    struct st_subscriber *subscriber = st_mem_alloc(sizeof(*subscriber));
    subscriber->hub = hub;
    subscriber->loop_index = loop_index;
    subscriber->serial = ++shard->next_serial;
    subscriber->link = link;
    subscriber->link_user = link_user;
    subscriber->last_pending = &subscriber->first_pending;
    subscriber->next = shard->first;
    subscriber->link_to_this = &shard->first;
    if (shard->first)
        shard->first->link_to_this = &subscriber->next;
    shard->first = subscriber;
    atomic_fetch_add_explicit(&shard->subscribers, 1, memory_order_release);
    st_gauge_add(hub->metrics.subscribers, 1);
    *ret_subscriber = subscriber;
    return 0;
}

static void drop_pending(struct st_subscriber *subscriber)
{
    struct pending *next;
    for (struct pending *at = subscriber->first_pending; at; at = next) {
        next = at->next;
        st_buf_unref(at->json);
        st_message_unref(at->message);
        free(at);
    }
    subscriber->first_pending = NULL;
    subscriber->last_pending = &subscriber->first_pending;
    subscriber->pending_event_bytes = 0;
}

void st_subscriber_close(struct st_subscriber *subscriber)
{
    if (!subscriber)
        return;
    struct st_hub *hub = subscriber->hub;
    struct shard *shard = &hub->shards[subscriber->loop_index];
    if (shard->next_visited == subscriber)
        shard->next_visited = subscriber->next;
    *subscriber->link_to_this = subscriber->next;
    if (subscriber->next)
        subscriber->next->link_to_this = subscriber->link_to_this;
    drop_pending(subscriber);
    hub_share_unref(subscriber->share);
    atomic_fetch_sub(&shard->subscribers, 1);
    atomic_fetch_sub(&hub->subscribers, 1);
    st_gauge_add(hub->metrics.subscribers, -1);
    free(subscriber->is_resume_known);
    free(subscriber);
}

/* ---- sending ---- */

static void close_link(struct st_subscriber *subscriber, uint16_t code, const char *reason)
{
    subscriber->is_closing = true;
    drop_pending(subscriber);
    subscriber->link->close(subscriber->link_user, code, reason);
}

void subscriber_say_goodbye(struct st_subscriber *subscriber, const char *reason, uint16_t code)
{
    if (subscriber->is_closing)
        return;
    struct st_json_writer json;
    st_json_init(&json);
    st_json_begin_object(&json);
    st_json_set_string(&json, "type", "goodbye");
    st_json_set_string(&json, "reason", reason);
    st_json_set_bool(&json, "resume", true);
    st_json_end_object(&json);
    struct st_buf *buf = st_buf_copy(json.data, json.len);
    st_json_fini(&json);
    subscriber->link->send(subscriber->link_user, buf, NULL);
    st_buf_unref(buf);
    close_link(subscriber, code, reason);
}

void subscriber_close_slow(struct st_subscriber *subscriber)
{
    if (subscriber->is_closing)
        return;
    st_counter_add(subscriber->hub->metrics.slow, 1);
    subscriber_say_goodbye(subscriber, "slow", 1013);
}

static void send_now(struct st_subscriber *subscriber, struct st_buf *json,
                     struct st_message *message)
{
    int err = subscriber->link->send(subscriber->link_user, json, message);
    if (err == -ENOTCONN) {
        subscriber->is_closing = true;
        drop_pending(subscriber);
    } else if (err) {
        subscriber_close_slow(subscriber);
    } else {
        st_counter_add(subscriber->hub->metrics.deliveries, 1);
    }
}

static struct pending *enqueue(struct st_subscriber *subscriber, struct st_buf *json,
                               struct st_message *message)
{
    struct pending *pending = st_mem_alloc(sizeof(*pending));
    pending->json = st_buf_ref(json);
    pending->message = message ? st_message_ref(message) : NULL;
    *subscriber->last_pending = pending;
    subscriber->last_pending = &pending->next;
    return pending;
}

static void enqueue_delta(struct st_subscriber *subscriber, struct st_message *message)
{
    enqueue(subscriber, message->json, message)->is_delta = true;
    subscriber->pending_event_bytes += message->json->len;
}

/* One that is larger than what is kept in the link goes alone. */
static bool has_room(const struct st_subscriber *subscriber, const struct st_buf *json)
{
    size_t queued = subscriber->link->queued_bytes(subscriber->link_user);
    return queued == 0 || queued + json->len <= FEED_BYTES;
}

static void feed(struct st_subscriber *subscriber)
{
    while (subscriber->first_pending && !subscriber->is_closing &&
           has_room(subscriber, subscriber->first_pending->json)) {
        struct pending *pending = subscriber->first_pending;
        subscriber->first_pending = pending->next;
        if (!pending->next)
            subscriber->last_pending = &subscriber->first_pending;
        if (pending->is_delta)
            subscriber->pending_event_bytes -= pending->json->len;
        send_now(subscriber, pending->json, pending->message);
        st_buf_unref(pending->json);
        st_message_unref(pending->message);
        free(pending);
    }
}

void st_subscriber_drained(struct st_subscriber *subscriber)
{
    feed(subscriber);
}

static void send_event(struct st_subscriber *subscriber, struct st_message *message)
{
    const struct st_hub_config *config = &subscriber->hub->config;
    size_t queued = subscriber->link->queued_bytes(subscriber->link_user);
    bool is_partial = message->seq == 0;
    if (is_partial && (subscriber->first_pending || queued > config->partial_bytes)) {
        st_counter_add(subscriber->hub->metrics.dropped_partials, 1);
        return;
    }
    if (queued + subscriber->pending_event_bytes + message->json->len > config->queue_bytes) {
        subscriber_close_slow(subscriber);
        return;
    }
    if (subscriber->first_pending)
        enqueue_delta(subscriber, message);
    else
        send_now(subscriber, message->json, message);
}

/* Like a backlog: however large it is, it only refers to what others share. */
static void send_snapshot(struct st_subscriber *subscriber, struct st_message *message)
{
    unsigned form = st_subscription_snapshot_form(subscriber->share->subscription);
    enqueue(subscriber, message->snapshots[form], NULL);
    feed(subscriber);
}

void subscriber_deliver(struct st_subscriber *subscriber, unsigned from, struct st_message *message)
{
    if (subscriber->is_closing || !(subscriber->live_loops >> from & 1))
        return;
    const struct st_subscription *subscription = subscriber->share->subscription;
    bool is_newly_seen = message->previous &&
                         st_subscription_sees_call(subscription, message->call) &&
                         !st_subscription_sees_call(subscription, message->previous);
    if (is_newly_seen)
        send_snapshot(subscriber, message);
    else if (st_subscription_wants(subscription, message))
        send_event(subscriber, message);
}

/* ---- subscribing ---- */

void st_subscriber_subscribe(struct st_subscriber *subscriber,
                             struct st_subscription *take_subscription)
{
    drop_pending(subscriber);
    hub_share_unref(subscriber->share);
    subscriber->share = hub_share_create(take_subscription);
    subscriber->live_loops = 0;
    subscriber->snapshots = 0;
    free(subscriber->is_resume_known);
    subscriber->is_resume_known = st_mem_alloc_array(take_subscription->resume_count + 1, 1);
    unsigned loops = subscriber->hub->config.loop_count;
    for (unsigned to = 0; to < loops && !subscriber->is_closing; to++)
        hub_ask(subscriber->hub, subscriber, to);
}

static void enqueue_json(struct st_subscriber *subscriber, struct st_json_writer *json)
{
    struct st_buf *buf = st_buf_copy(json->data, json->len);
    enqueue(subscriber, buf, NULL);
    st_buf_unref(buf);
}

static void enqueue_gaps(struct st_subscriber *subscriber, struct st_json_writer *json)
{
    const struct st_subscription *subscription = subscriber->share->subscription;
    for (size_t i = 0; i < subscription->resume_count; i++) {
        if (subscriber->is_resume_known[i])
            continue;
        st_json_reset(json);
        st_json_begin_object(json);
        st_json_set_string(json, "type", "resume.gap");
        st_json_set_string(json, "call_id", subscription->resume[i].call_id);
        st_json_set_int(json, "seq", (int64_t)subscription->resume[i].seq);
        st_json_end_object(json);
        enqueue_json(subscriber, json);
    }
}

static void enqueue_snapshot_end(struct st_subscriber *subscriber)
{
    struct st_json_writer json;
    st_json_init(&json);
    enqueue_gaps(subscriber, &json);
    st_json_reset(&json);
    st_json_begin_object(&json);
    st_json_set_string(&json, "type", "snapshot.end");
    st_json_set_int(&json, "calls", (int64_t)subscriber->snapshots);
    st_json_end_object(&json);
    enqueue_json(subscriber, &json);
    st_json_fini(&json);
}

void subscriber_take_backlog(struct st_subscriber *subscriber, unsigned from,
                             struct st_hub_backlog *backlog)
{
    if (subscriber->is_closing)
        return;
    for (size_t i = 0; i < backlog->count; i++)
        enqueue(subscriber, backlog->items[i].json, backlog->items[i].message);
    for (size_t i = 0; i < backlog->known_count; i++)
        subscriber->is_resume_known[backlog->known[i]] = true;
    subscriber->snapshots += backlog->snapshots;
    subscriber->live_loops |= UINT64_C(1) << from;
    unsigned loops = subscriber->hub->config.loop_count;
    uint64_t all = loops == 64 ? UINT64_MAX : (UINT64_C(1) << loops) - 1;
    if (subscriber->live_loops == all)
        enqueue_snapshot_end(subscriber);
    feed(subscriber);
}
