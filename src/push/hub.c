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

enum { COLLECT_AGAIN_US = 10000 };

struct delivery {
    struct st_hub *hub;
    struct st_message *message; /* NULL: only word that one was lost */
    unsigned from, to;
};

struct question {
    struct st_hub *hub;
    struct subscription_share *share;
    unsigned from, to; /* subscriber's loop, calls' loop */
    uint64_t serial;
    struct st_timer *again; /* NULL unless the answer could not be posted */
    struct st_hub_backlog backlog;
};

static void add_item(struct st_hub_backlog *backlog, struct st_hub_item item)
{
    if (backlog->count == backlog->cap) {
        backlog->cap = backlog->cap * 2 + 8;
        backlog->items = st_mem_realloc(backlog->items, backlog->cap * sizeof(backlog->items[0]));
    }
    backlog->items[backlog->count++] = item;
}

void st_hub_backlog_add(struct st_hub_backlog *backlog, struct st_buf *take_buf)
{
    add_item(backlog, (struct st_hub_item){.json = take_buf});
}

void st_hub_backlog_add_event(struct st_hub_backlog *backlog, struct st_message *message)
{
    add_item(backlog, (struct st_hub_item){.json = st_buf_ref(message->json),
                                           .message = st_message_ref(message)});
}

void st_hub_backlog_add_known(struct st_hub_backlog *backlog, size_t resume_index)
{
    if (backlog->known_count == backlog->known_cap) {
        backlog->known_cap = backlog->known_cap * 2 + 8;
        backlog->known =
            st_mem_realloc(backlog->known, backlog->known_cap * sizeof(backlog->known[0]));
    }
    backlog->known[backlog->known_count++] = resume_index;
}

static void fini_backlog(struct st_hub_backlog *backlog)
{
    for (size_t i = 0; i < backlog->count; i++) {
        st_buf_unref(backlog->items[i].json);
        st_message_unref(backlog->items[i].message);
    }
    free(backlog->items);
    free(backlog->known);
    *backlog = (struct st_hub_backlog){0};
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

/* Subscribers may close meanwhile. */
static struct st_subscriber *visit_first(struct shard *shard)
{
    struct st_subscriber *first = shard->first;
    shard->next_visited = first ? first->next : NULL;
    return first;
}

static struct st_subscriber *visit_next(struct shard *shard)
{
    struct st_subscriber *next = shard->next_visited;
    shard->next_visited = next ? next->next : NULL;
    return next;
}

static void deliver_to_shard(struct st_hub *hub, unsigned from, unsigned to,
                             struct st_message *message)
{
    struct shard *shard = &hub->shards[to];
    for (struct st_subscriber *at = visit_first(shard); at; at = visit_next(shard))
        subscriber_deliver(at, from, message);
    st_histogram_observe_us(hub->metrics.hop, st_loop_now_us() - message->made_us);
}

/* A loop that lost an event cannot tell whose: all its subscribers resume. */
static void close_if_lost(struct st_hub *hub, unsigned to)
{
    struct shard *shard = &hub->shards[to];
    if (!atomic_exchange(&shard->has_lost, false))
        return;
    for (struct st_subscriber *at = visit_first(shard); at; at = visit_next(shard))
        subscriber_close_slow(at);
}

static void free_delivery(void *user)
{
    struct delivery *delivery = user;
    st_message_unref(delivery->message);
    free(delivery);
}

/* What came behind a lost event must not be seen: a client resumes from the last it saw. */
static void on_delivery(void *user)
{
    struct delivery *delivery = user;
    close_if_lost(delivery->hub, delivery->to);
    if (delivery->message)
        deliver_to_shard(delivery->hub, delivery->from, delivery->to, delivery->message);
    free_delivery(delivery);
}

/* Perhaps no event comes to that loop any more, so it is told. */
static void lose(struct st_hub *hub, unsigned from, unsigned to)
{
    if (atomic_exchange(&hub->shards[to].has_lost, true))
        return;
    struct delivery *notice = st_mem_alloc(sizeof(*notice));
    *notice = (struct delivery){.hub = hub, .from = from, .to = to};
    st_post_surely(hub->config.loops[from], hub->config.loops[to], on_delivery, free_delivery,
                   notice);
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
        lose(hub, from, to);
    free_delivery(delivery);
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

static void free_question(void *user)
{
    struct question *question = user;
    fini_backlog(&question->backlog);
    hub_share_unref(question->share);
    free(question);
}

static struct st_subscriber *find_subscriber(struct shard *shard, uint64_t serial)
{
    struct st_subscriber *subscriber = shard->first;
    while (subscriber && subscriber->serial != serial)
        subscriber = subscriber->next;
    return subscriber;
}

static void on_answer(void *user)
{
    struct question *question = user;
    struct st_subscriber *subscriber =
        find_subscriber(&question->hub->shards[question->from], question->serial);
    if (subscriber) {
        subscriber->asked_loops &= ~(UINT64_C(1) << question->to);
        if (subscriber->share == question->share)
            subscriber_take_backlog(subscriber, question->to, &question->backlog);
        else if (!subscriber->is_closing)
            hub_ask(question->hub, subscriber, question->to);
    }
    free_question(question);
}

static void collect(struct question *question)
{
    const struct st_hub_config *config = &question->hub->config;
    config->source->collect(config->source_user, question->to, question->share->subscription,
                            &question->backlog);
}

static void on_question(void *user);

static void on_collect_again(void *user)
{
    struct question *question = user;
    st_timer_close(question->again);
    question->again = NULL;
    on_question(question);
}

/* An answer that is posted later must be collected later, or the events between the two would be
 * in neither. */
static void on_question(void *user)
{
    struct question *question = user;
    struct st_loop *const *loops = question->hub->config.loops;
    collect(question);
    int err = st_loop_post(loops[question->from], on_answer, question);
    if (err == -ENOBUFS) {
        fini_backlog(&question->backlog);
        question->again = st_timer_open(loops[question->to], on_collect_again, question);
        st_timer_set(question->again, COLLECT_AGAIN_US, 0);
    } else if (err) {
        free_question(question);
    }
}

void hub_ask(struct st_hub *hub, struct st_subscriber *subscriber, unsigned to)
{
    uint64_t bit = UINT64_C(1) << to;
    if (subscriber->asked_loops & bit)
        return;
    subscriber->asked_loops |= bit;
    struct question *question = st_mem_alloc(sizeof(*question));
    question->hub = hub;
    question->share = hub_share_ref(subscriber->share);
    question->from = subscriber->loop_index;
    question->to = to;
    question->serial = subscriber->serial;
    if (to == subscriber->loop_index) {
        collect(question);
        on_answer(question);
    } else {
        st_post_surely(hub->config.loops[subscriber->loop_index], hub->config.loops[to],
                       on_question, free_question, question);
    }
}

void st_hub_shutdown(struct st_hub *hub, unsigned loop_index)
{
    struct shard *shard = &hub->shards[loop_index];
    for (struct st_subscriber *at = visit_first(shard); at; at = visit_next(shard))
        subscriber_say_goodbye(at, "shutdown", 1001);
}
