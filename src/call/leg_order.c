/* What is copied and posted to a call that lives on another loop, and done there. */
#include "leg.h"

#include "sidetone/loop.h"
#include "sidetone/mem.h"
#include "sidetone/post.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A start whose strings are its own: facts hold them, the stream's id in the place of the route. */
struct attach {
    struct st_settings *settings;
    struct st_call_facts *facts;
    struct st_ingest_start start;
    struct call_start call_start;
};

void leg_unref_remote(struct remote *remote)
{
    if (atomic_fetch_sub(&remote->refs, 1) == 1)
        free(remote);
}

static struct remote *leg_ref_remote(struct remote *remote)
{
    atomic_fetch_add(&remote->refs, 1);
    return remote;
}

static void free_attach(struct attach *attach)
{
    st_call_facts_unref(attach->facts);
    st_settings_unref(attach->settings);
    free(attach);
}

static void drop_remote(void *user)
{
    leg_unref_remote(user);
}

static void refuse(struct st_leg *leg, int err)
{
    struct st_ingest_close close = {.code = 1008};
    leg->is_closing = true;
    leg->serial = 0;
    leg->ops->refused(leg->dialect, err, &close);
    leg->link->close(leg->link_user, close.code, close.reason);
}

static void on_refused(void *user)
{
    struct remote *remote = user;
    if (remote->leg && !remote->leg->is_closing)
        refuse(remote->leg, remote->attach_err);
    leg_unref_remote(remote);
}

static void run_attach(struct order *order, struct call *call)
{
    if (order->remote->is_detached)
        return;
    int err = call ? call_attach(call, &order->attach->call_start) : -EEXIST;
    order->remote->attach_err = err;
    if (err)
        st_post_surely(order->owner->loop, order->remote->home, on_refused, drop_remote,
                       leg_ref_remote(order->remote));
}

static void run_detach(struct order *order, struct call *call)
{
    order->remote->is_detached = true;
    if (call)
        call_detach(call, order->leg_id, order->end);
}

static void run_pause(struct order *order, struct call *call)
{
    if (!call || order->number < order->remote->last_pause)
        return;
    order->remote->last_pause = order->number;
    if (order->kind == ORDER_PAUSE || order->kind == ORDER_RESUME)
        call_pause(call, order->kind == ORDER_PAUSE);
    else
        call_hold(call, order->leg_id, order->kind == ORDER_HOLD);
}

static void free_order(void *user)
{
    struct order *order = user;
    if (order->attach)
        free_attach(order->attach);
    st_call_facts_unref(order->parties);
    leg_unref_remote(order->remote);
    free(order->transcript);
    free(order);
}

static void on_order(void *user)
{
    struct order *order = user;
    struct call *call = shard_find(order->owner, order->serial);
    switch (order->kind) {
    case ORDER_ATTACH:
        run_attach(order, call);
        break;
    case ORDER_MEDIA:
        if (call)
            call_media(call, order->leg_id, &order->media);
        break;
    case ORDER_TRANSCRIPT:
        if (call)
            told_put(call, order->leg_id, order->transcript);
        break;
    case ORDER_QUALITY:
        if (call && call_find_leg(call, order->leg_id))
            quality_put(call, order->channel, &order->quality, order->is_last);
        break;
    case ORDER_PARTIES:
        if (call && call_find_leg(call, order->leg_id))
            call_set_parties(call, order->parties);
        break;
    case ORDER_PAUSE:
    case ORDER_RESUME:
    case ORDER_HOLD:
    case ORDER_UNHOLD:
        run_pause(order, call);
        break;
    case ORDER_PRESS:
        if (call)
            press_put(call, order->leg_id, &order->press);
        break;
    case ORDER_DETACH:
        run_detach(order, call);
        break;
    }
    free_order(order);
}

struct order *leg_order(struct st_leg *leg, enum order_kind kind, size_t payload_bytes)
{
    struct order *order = st_mem_alloc(sizeof(*order) + payload_bytes);
    order->kind = kind;
    order->owner = leg->owner;
    order->serial = leg->serial;
    order->leg_id = leg->leg_id;
    order->number = ++leg->orders;
    order->remote = leg_ref_remote(leg->remote);
    return order;
}

void leg_post_media(struct st_leg *leg, const struct st_ingest_media *media)
{
    struct order *order = leg_order(leg, ORDER_MEDIA, media->bytes);
    order->media = *media;
    order->media.payload = order->payload;
    memcpy(order->payload, media->payload, media->bytes);
    if (st_loop_post(leg->owner->loop, on_order, order) == 0)
        return;
    /* The owner is overwhelmed: audio is what may be lost, and positions keep the rest in place. */
    st_counter_add(leg->shard->service->metrics.dropped_messages, 1);
    free_order(order);
}

void leg_post(struct st_leg *leg, struct order *order)
{
    st_post_surely(leg->shard->loop, leg->owner->loop, on_order, free_order, order);
}

void leg_post_attach(struct st_leg *leg, const struct st_ingest_start *start)
{
    struct attach *attach = st_mem_alloc(sizeof(*attach));
    struct st_call_facts *facts = st_call_facts_create();
    st_call_facts_set(&facts->call_id, start->call_id);
    st_call_facts_set(&facts->agent_id, start->agent_id);
    st_call_facts_set(&facts->agent_name, start->agent_name);
    st_call_facts_set(&facts->queue, start->queue);
    st_call_facts_set(&facts->caller, start->caller);
    st_call_facts_set(&facts->language, start->language);
    attach->facts = facts;
    attach->settings = st_settings_ref(leg->settings);
    attach->start = *start;
    attach->start.call_id = facts->call_id;
    st_call_facts_set(&facts->route, start->stream_id);
    attach->start.stream_id = facts->route;
    attach->start.agent_id = facts->agent_id;
    attach->start.agent_name = facts->agent_name;
    attach->start.queue = facts->queue;
    attach->start.caller = facts->caller;
    attach->start.language = facts->language;
    attach->start.attributes = NULL;
    attach->start.attribute_count = 0;
    attach->call_start =
        (struct call_start){&attach->start, leg->tenant, leg->route, leg->ops->name, leg->leg_id};
    struct order *order = leg_order(leg, ORDER_ATTACH, 0);
    order->attach = attach;
    leg_post(leg, order);
}
