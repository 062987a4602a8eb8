/*
 * Crossing threads: shards, publishing, and the question a new subscriber asks every loop.
 */
#include "hub_internal.h"

#include "sidetone/buf.h"
#include "sidetone/call_facts.h"
#include "sidetone/loop.h"
#include "sidetone/mem.h"
#include "sidetone/message.h"
#include "sidetone/post.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct delivery {
    struct st_hub *hub;
    struct st_message *message;
    unsigned from, to;
};

struct question {
    struct st_hub *hub;
    struct subscription_share *share;
    unsigned from, to; /* subscriber's loop, calls' loop */
    uint64_t serial;
    struct st_hub_backlog backlog;
};

void st_hub_backlog_add(struct st_hub_backlog *backlog, struct st_buf *take_buf)
{
    if (backlog->count == backlog->cap) {
        backlog->cap = backlog->cap * 2 + 8;
        backlog->items = st_mem_realloc(backlog->items, backlog->cap * sizeof(backlog->items[0]));
    }
    backlog->items[backlog->count++] = take_buf;
}

void st_hub_backlog_add_known(struct st_hub_backlog *backlog, const char *call_id)
{
    size_t n = backlog->known_count++;
    backlog->known = st_mem_realloc(backlog->known, (n + 1) * sizeof(backlog->known[0]));
    backlog->known[n] = st_mem_strdup(call_id);
}

static void free_backlog(struct st_hub_backlog *backlog)
{
    for (size_t i = 0; i < backlog->count; i++)
        st_buf_unref(backlog->items[i]);
    for (size_t i = 0; i < backlog->known_count; i++)
        free(backlog->known[i]);
    free(backlog->items);
    free(backlog->known);
}

struct subscription_share *hub_share_create(struct st_subscription *take_subscription)
{
    struct subscription_share *share = st_mem_alloc(sizeof(*share));
    share->subscription = take_subscription;
    atomic_init(&share->refs, 1);
    return share;
}

struct subscription_share *hub_share_ref(struct subscription_share *share)
{
    atomic_fetch_add_explicit(&share->refs, 1, memory_order_relaxed);
    return share;
}

void hub_share_unref(struct subscription_share *share)
{
    if (!share || atomic_fetch_sub_explicit(&share->refs, 1, memory_order_acq_rel) != 1)
        return;
    st_subscription_free(share->subscription);
    free(share);
}

int st_hub_create(struct st_hub **ret_hub, const struct st_hub_config *config)
{
    if (config->loop_count == 0 || config->loop_count > HUB_LOOPS_MAX)
        return -EINVAL;
    struct st_hub *hub = st_mem_alloc(sizeof(*hub) + config->loop_count * sizeof(hub->shards[0]));
    hub->config = *config;
    hub->log.module = "push";
    hub->metrics.dropped_partials =
        st_metrics_counter("sidetone_push_partials_dropped_total",
                           "Partials not sent to a subscriber that was behind.", NULL, NULL);
    hub->metrics.slow =
        st_metrics_counter("sidetone_push_slow_subscribers_total",
                           "Subscribers closed because they were too slow.", NULL, NULL);
    hub->metrics.deliveries = st_metrics_counter("sidetone_push_deliveries_total",
                                                 "Events given to subscribers.", NULL, NULL);
    hub->metrics.subscribers =
        st_metrics_gauge("sidetone_push_subscribers", "Open subscribers.", NULL, NULL);
    hub->metrics.hop = st_metrics_histogram(
        "sidetone_hop_seconds", "Time spent on each hop of the way from audio to subscriber.",
        "hop", "event_to_subscriber");
    *ret_hub = hub;
    return 0;
}

void st_hub_destroy(struct st_hub *hub)
{
    free(hub);
}

/* ---- events ---- */

static void deliver_to_shard(struct st_hub *hub, unsigned from, unsigned to,
                             struct st_message *message)
{
    struct st_subscriber *next;
    for (struct st_subscriber *at = hub->shards[to].first; at; at = next) {
        next = at->next;
        subscriber_deliver(at, from, message);
    }
    st_histogram_observe_us(hub->metrics.hop, st_loop_now_us() - message->made_us);
}

/* A loop that lost an event cannot tell whose: all its subscribers resume. */
static void close_if_lost(struct st_hub *hub, unsigned to)
{
    if (!atomic_exchange(&hub->shards[to].has_lost, false))
        return;
    struct st_subscriber *next;
    for (struct st_subscriber *at = hub->shards[to].first; at; at = next) {
        next = at->next;
        subscriber_close_slow(at);
    }
}

static void on_delivery(void *user)
{
    struct delivery *delivery = user;
    deliver_to_shard(delivery->hub, delivery->from, delivery->to, delivery->message);
    close_if_lost(delivery->hub, delivery->to);
    st_message_unref(delivery->message);
    free(delivery);
}

static void post_delivery(struct st_hub *hub, unsigned from, unsigned to,
                          struct st_message *message)
{
    struct delivery *delivery = st_mem_alloc(sizeof(*delivery));
    *delivery = (struct delivery){hub, st_message_ref(message), from, to};
    if (st_loop_post(hub->config.loops[to], on_delivery, delivery) == 0)
        return;
    /* A partial is superseded anyway. */
    if (message->seq > 0)
        atomic_store(&hub->shards[to].has_lost, true);
    st_message_unref(message);
    free(delivery);
}

void st_hub_publish(struct st_hub *hub, unsigned loop_index, struct st_message *message)
{
    for (unsigned to = 0; to < hub->config.loop_count; to++) {
        if (atomic_load_explicit(&hub->shards[to].subscribers, memory_order_acquire) == 0)
            continue;
        if (to == loop_index)
            deliver_to_shard(hub, loop_index, to, message);
        else
            post_delivery(hub, loop_index, to, message);
    }
}

/* ---- what was missed ---- */

static void free_question(struct question *question)
{
    free_backlog(&question->backlog);
    hub_share_unref(question->share);
    free(question);
}

static void answer(struct question *question)
{
    struct st_subscriber *subscriber = question->hub->shards[question->from].first;
    while (subscriber && subscriber->serial != question->serial)
        subscriber = subscriber->next;
    if (subscriber && subscriber->share == question->share)
        subscriber_take_backlog(subscriber, question->to, &question->backlog);
    free_question(question);
}

static void on_answer(void *user)
{
    answer(user);
}

static void collect(struct question *question)
{
    const struct st_hub_config *config = &question->hub->config;
    config->source->collect(config->source_user, question->to, question->share->subscription,
                            &question->backlog);
}

static void on_question(void *user)
{
    struct question *question = user;
    collect(question);
    struct st_loop *const *loops = question->hub->config.loops;
    st_post_surely(loops[question->to], loops[question->from], on_answer, question);
}

void hub_ask(struct st_hub *hub, struct st_subscriber *subscriber, unsigned to)
{
    struct question *question = st_mem_alloc(sizeof(*question));
    question->hub = hub;
    question->share = hub_share_ref(subscriber->share);
    question->from = subscriber->loop_index;
    question->to = to;
    question->serial = subscriber->serial;
    if (to == subscriber->loop_index) {
        collect(question);
        answer(question);
    } else {
        st_post_surely(hub->config.loops[subscriber->loop_index], hub->config.loops[to],
                       on_question, question);
    }
}

void st_hub_shutdown(struct st_hub *hub, unsigned loop_index)
{
    struct st_subscriber *next;
    for (struct st_subscriber *at = hub->shards[loop_index].first; at; at = next) {
        next = at->next;
        subscriber_say_goodbye(at, "shutdown", 1001);
    }
}
