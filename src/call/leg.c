/*
 * One ingest connection. Its dialect runs here, on the connection's loop; its call may live on
 * another one, because a platform's second stream is accepted wherever the kernel puts it. What
 * goes to such a call is copied and posted; everything else is a plain function call.
 */
#include "call_internal.h"

#include "sidetone/loop.h"
#include "sidetone/mem.h"
#include "sidetone/post.h"
#include "sidetone/token.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct st_leg {
    struct call_shard *shard; /* of the connection */
    const struct st_dialect_ops *ops;
    struct st_dialect *dialect;
    struct st_settings *settings; /* tenant and route are theirs */
    const struct st_config_tenant *tenant;
    const struct st_config_route *route;
    char only_call[128];
    const struct st_leg_link *link;
    void *link_user;
    uint64_t leg_id;
    uint64_t serial;          /* of the call; 0 before start */
    uint64_t orders;          /* posted so far */
    struct call_shard *owner; /* of the call */
    bool is_closing;
    struct remote *remote; /* NULL while the call is ours */
};

/* The leg as its call's loop knows it; outlives the connection while posts are under way. */
struct remote {
    atomic_uint refs;
    struct st_loop *home;
    struct st_leg *leg; /* home loop only; NULL once the leg is closed */
    /* Owner loop only: a full inbox may let a later order overtake. */
    bool is_detached;
    uint64_t last_pause;
    int attach_err; /* written before the post that tells of it */
};

/* ---- to a call on another loop ---- */

enum order_kind {
    ORDER_ATTACH,
    ORDER_MEDIA,
    ORDER_TRANSCRIPT,
    ORDER_QUALITY,
    ORDER_PARTIES,
    ORDER_PAUSE,
    ORDER_RESUME,
    ORDER_DETACH,
};

struct order {
    enum order_kind kind;
    struct call_shard *owner;
    uint64_t serial, leg_id;
    uint64_t number; /* among the leg's orders */
    enum st_ingest_end end;
    struct st_ingest_media media;
    struct st_media_quality quality;
    unsigned channel;
    bool is_last;
    struct attach *attach;
    struct st_ingest_transcript *transcript; /* told_copy's */
    struct st_call_facts *parties;           /* in its members of those names */
    struct remote *remote;
    uint8_t payload[];
};

/* A start whose strings are its own: facts hold them, the stream's id in the place of the route. */
struct attach {
    struct st_settings *settings;
    struct st_call_facts *facts;
    struct st_ingest_start start;
    struct call_start call_start;
};

static void unref_remote(struct remote *remote)
{
    if (atomic_fetch_sub(&remote->refs, 1) == 1)
        free(remote);
}

static struct remote *ref_remote(struct remote *remote)
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
    unref_remote(user);
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
    unref_remote(remote);
}

static void run_attach(struct order *order, struct call *call)
{
    if (order->remote->is_detached)
        return;
    int err = call ? call_attach(call, &order->attach->call_start) : -EEXIST;
    order->remote->attach_err = err;
    if (err)
        st_post_surely(order->owner->loop, order->remote->home, on_refused, drop_remote,
                       ref_remote(order->remote));
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
    call_pause(call, order->kind == ORDER_PAUSE);
}

static void run_parties(const struct order *order, struct call *call)
{
    struct st_ingest_parties parties = {.agent_id = order->parties->agent_id,
                                        .agent_name = order->parties->agent_name,
                                        .caller = order->parties->caller};
    if (call && call_find_leg(call, order->leg_id))
        call_set_parties(call, &parties);
}

static void free_order(void *user)
{
    struct order *order = user;
    if (order->attach)
        free_attach(order->attach);
    st_call_facts_unref(order->parties);
    unref_remote(order->remote);
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
        run_parties(order, call);
        break;
    case ORDER_PAUSE:
    case ORDER_RESUME:
        run_pause(order, call);
        break;
    case ORDER_DETACH:
        run_detach(order, call);
        break;
    }
    free_order(order);
}

static struct order *new_order(struct st_leg *leg, enum order_kind kind, size_t payload_bytes)
{
    struct order *order = st_mem_alloc(sizeof(*order) + payload_bytes);
    order->kind = kind;
    order->owner = leg->owner;
    order->serial = leg->serial;
    order->leg_id = leg->leg_id;
    order->number = ++leg->orders;
    order->remote = ref_remote(leg->remote);
    return order;
}

static void post_media(struct st_leg *leg, const struct st_ingest_media *media)
{
    struct order *order = new_order(leg, ORDER_MEDIA, media->bytes);
    order->media = *media;
    order->media.payload = order->payload;
    memcpy(order->payload, media->payload, media->bytes);
    if (st_loop_post(leg->owner->loop, on_order, order) == 0)
        return;
    /* The owner is overwhelmed: audio is what may be lost, and positions keep the rest in place. */
    st_counter_add(leg->shard->service->metrics.dropped_messages, 1);
    free_order(order);
}

static void post_order(struct st_leg *leg, struct order *order)
{
    st_post_surely(leg->shard->loop, leg->owner->loop, on_order, free_order, order);
}

static void post_attach(struct st_leg *leg, const struct st_ingest_start *start)
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
    struct order *order = new_order(leg, ORDER_ATTACH, 0);
    order->attach = attach;
    post_order(leg, order);
}

/* ---- what the dialect says ---- */

static bool take_room(struct st_call_service *service)
{
    if (st_call_service_is_draining(service))
        return false;
    if (atomic_fetch_add(&service->live_calls, 1) < service->calls_max)
        return true;
    atomic_fetch_sub(&service->live_calls, 1);
    return false;
}

static int begin_call(struct st_leg *leg, const struct call_start *start)
{
    struct call_shard *shard = leg->shard;
    struct st_call_service *service = shard->service;
    struct call *call = NULL;
    int err = call_create(&call, shard, leg->serial, start);
    if (err) {
        atomic_fetch_sub(&service->live_calls, 1);
        directory_release(service->directory, start->start->call_id, leg->serial);
        return err;
    }
    call->next_in_bucket = shard->buckets[call->serial % CALL_BUCKETS];
    shard->buckets[call->serial % CALL_BUCKETS] = call;
    st_counter_add(service->metrics.started, 1);
    st_gauge_add(service->metrics.live, 1);
    return 0;
}

static int join_call(struct st_leg *leg, const struct call_start *start,
                     const struct directory_entry *present)
{
    leg->serial = present->serial;
    leg->owner = &leg->shard->service->shards[present->loop_index];
    if (leg->owner == leg->shard) {
        struct call *call = shard_find(leg->shard, leg->serial);
        return call ? call_attach(call, start) : -EEXIST;
    }
    leg->remote = st_mem_alloc(sizeof(*leg->remote));
    atomic_init(&leg->remote->refs, 1);
    leg->remote->home = leg->shard->loop;
    leg->remote->leg = leg;
    post_attach(leg, start->start);
    return 0;
}

struct takeover {
    struct call_shard *owner;
    uint64_t serial;
};

static void on_takeover(void *user)
{
    struct takeover *takeover = user;
    shard_forget(takeover->owner, takeover->serial);
    free(takeover);
}

/* An ended call had this id: it makes way. */
static void take_over(struct st_leg *leg, const struct directory_entry *ended)
{
    struct call_shard *owner = &leg->shard->service->shards[ended->loop_index];
    if (owner == leg->shard) {
        shard_forget(owner, ended->serial);
        return;
    }
    struct takeover *takeover = st_mem_alloc(sizeof(*takeover));
    *takeover = (struct takeover){owner, ended->serial};
    st_post_surely(leg->shard->loop, owner->loop, on_takeover, free, takeover);
}

/* Begins the call, or joins it where it lives. */
static int claim_call(struct st_leg *leg, const struct call_start *start)
{
    struct st_call_service *service = leg->shard->service;
    struct directory_entry present;
    struct directory_entry entry = {.loop_index = leg->shard->index,
                                    .serial = atomic_fetch_add(&service->next_serial, 1) + 1};
    int err = directory_claim(service->directory, start->start->call_id, &entry, &present);
    if (err) {
        atomic_fetch_sub(&service->live_calls, 1);
        return join_call(leg, start, &present);
    }
    leg->serial = entry.serial;
    leg->owner = leg->shard;
    if (present.serial)
        take_over(leg, &present);
    return begin_call(leg, start);
}

/* The connection brings more than it began with. */
static int extend_call(struct st_leg *leg, const struct call_start *start)
{
    if (leg->remote) {
        post_attach(leg, start->start);
        return 0;
    }
    struct call *call = shard_find(leg->shard, leg->serial);
    return call ? call_attach(call, start) : -EEXIST;
}

/* A gateway that is full has room for the further legs of its calls. */
static int on_start(void *user, const struct st_ingest_start *start)
{
    struct st_leg *leg = user;
    struct st_call_service *service = leg->shard->service;
    if (leg->only_call[0] && strcmp(leg->only_call, start->call_id) != 0)
        return -EACCES;
    struct call_start call_start = {start, leg->tenant, leg->route, leg->ops->name, leg->leg_id};
    struct directory_entry present;
    int err = -EBUSY;
    if (leg->serial)
        return extend_call(leg, &call_start);
    if (take_room(service))
        err = claim_call(leg, &call_start);
    else if (!st_call_service_is_draining(service) &&
             directory_find_live(service->directory, start->call_id, &present))
        err = join_call(leg, &call_start, &present);
    else
        st_counter_add(service->metrics.refused, 1);
    if (err)
        leg->serial = 0;
    return err;
}

static struct call *local_call(struct st_leg *leg)
{
    return leg->serial && !leg->remote ? shard_find(leg->shard, leg->serial) : NULL;
}

static void on_media(void *user, const struct st_ingest_media *media)
{
    struct st_leg *leg = user;
    struct call *call = local_call(leg);
    if (call)
        call_media(call, leg->leg_id, media);
    else if (leg->serial && leg->remote)
        post_media(leg, media);
}

static void on_transcript(void *user, const struct st_ingest_transcript *transcript)
{
    struct st_leg *leg = user;
    struct call *call = local_call(leg);
    if (call) {
        told_put(call, leg->leg_id, transcript);
    } else if (leg->serial && leg->remote) {
        struct order *order = new_order(leg, ORDER_TRANSCRIPT, 0);
        order->transcript = told_copy(transcript);
        post_order(leg, order);
    }
}

static void set_paused(struct st_leg *leg, bool is_paused)
{
    struct call *call = local_call(leg);
    if (call)
        call_pause(call, is_paused);
    else if (leg->serial && leg->remote)
        post_order(leg, new_order(leg, is_paused ? ORDER_PAUSE : ORDER_RESUME, 0));
}

static void on_pause(void *user)
{
    set_paused(user, true);
}

static void on_resume(void *user)
{
    set_paused(user, false);
}

/* Digits and marks carry nothing that is analysed yet; a digit may be part of a card number. */
static void on_dtmf(void *user, unsigned channel, char digit, int64_t position_us)
{
    struct st_leg *leg = user;
    ST_TRACE(&leg->shard->service->log, "dtmf %c on channel %u at %lld ms", digit, channel,
             (long long)(position_us / 1000));
}

static void on_mark(void *user, const char *name)
{
    struct st_leg *leg = user;
    ST_TRACE(&leg->shard->service->log, "mark '%s'", name);
}

static void on_quality(void *user, unsigned channel, const struct st_media_quality *quality,
                       bool is_last)
{
    struct st_leg *leg = user;
    struct call *call = local_call(leg);
    if (call && call_find_leg(call, leg->leg_id)) {
        quality_put(call, channel, quality, is_last);
    } else if (leg->serial && leg->remote) {
        struct order *order = new_order(leg, ORDER_QUALITY, 0);
        order->channel = channel;
        order->quality = *quality;
        order->is_last = is_last;
        post_order(leg, order);
    }
}

static void on_parties(void *user, const struct st_ingest_parties *parties)
{
    struct st_leg *leg = user;
    struct call *call = local_call(leg);
    if (call && call_find_leg(call, leg->leg_id)) {
        call_set_parties(call, parties);
    } else if (leg->serial && leg->remote) {
        struct order *order = new_order(leg, ORDER_PARTIES, 0);
        order->parties = st_call_facts_create();
        st_call_facts_set(&order->parties->agent_id, parties->agent_id);
        st_call_facts_set(&order->parties->agent_name, parties->agent_name);
        st_call_facts_set(&order->parties->caller, parties->caller);
        post_order(leg, order);
    }
}

static void on_stop(void *user, enum st_ingest_end end)
{
    struct st_leg *leg = user;
    struct call *call = local_call(leg);
    if (call) {
        call_detach(call, leg->leg_id, end);
    } else if (leg->serial && leg->remote) {
        struct order *order = new_order(leg, ORDER_DETACH, 0);
        order->end = end;
        post_order(leg, order);
    }
    leg->serial = 0;
}

static void on_send(void *user, const void *data, size_t bytes, bool is_binary)
{
    struct st_leg *leg = user;
    leg->link->send(leg->link_user, data, bytes, is_binary);
}

static void on_ignored(void *user)
{
    struct st_leg *leg = user;
    st_counter_add(leg->shard->service->metrics.ignored, 1);
}

static const struct st_ingest_sink sink = {
    .start = on_start,
    .media = on_media,
    .transcript = on_transcript,
    .dtmf = on_dtmf,
    .mark = on_mark,
    .pause = on_pause,
    .resume = on_resume,
    .quality = on_quality,
    .parties = on_parties,
    .stop = on_stop,
    .send = on_send,
    .ignored = on_ignored,
};

struct st_dialect *leg_dialect(const struct st_leg *leg)
{
    return leg->dialect;
}

/* ---- the connection ---- */

static const char *const no_headers[ST_INGEST_HEADERS_MAX];

int st_leg_open(struct st_leg **ret_leg, struct st_call_service *service,
                const struct st_leg_config *config)
{
    struct st_leg *leg = st_mem_alloc(sizeof(*leg));
    leg->shard = &service->shards[config->loop_index];
    leg->owner = leg->shard;
    leg->ops = config->dialect;
    leg->settings = st_settings_ref(leg->shard->settings);
    leg->tenant = config->tenant;
    leg->route = config->route;
    leg->link = config->link;
    leg->link_user = config->link_user;
    leg->leg_id = atomic_fetch_add(&service->next_serial, 1) + 1;
    if (config->claims)
        memcpy(leg->only_call, config->claims->call, sizeof(leg->only_call));
    struct st_dialect_config dialect = {
        .tenant = config->tenant,
        .route = config->route,
        .public_url = leg->settings->config->listen.public_url,
        .query = config->query ? config->query : "",
        .headers = config->headers ? config->headers : no_headers,
        .sink = &sink,
        .user = leg,
    };
    int err = leg->ops->create(&leg->dialect, &dialect);
    if (err) {
        st_settings_unref(leg->settings);
        free(leg);
        return err;
    }
    *ret_leg = leg;
    return 0;
}

void st_leg_receive(struct st_leg *leg, const void *data, size_t bytes, bool is_binary)
{
    struct st_ingest_close close = {.code = 1008};
    if (leg->is_closing)
        return;
    int ret = leg->ops->receive(leg->dialect, data, bytes, is_binary, &close);
    if (ret == 0)
        return;
    leg->is_closing = true;
    if (ret < 0)
        ST_INFO(&leg->shard->service->log, "%s connection closed: %s", leg->ops->name,
                close.reason);
    leg->link->close(leg->link_user, ret > 0 ? 1000 : close.code, ret > 0 ? "" : close.reason);
}

void st_leg_closed(struct st_leg *leg, uint16_t ws_code)
{
    if (leg->ops->closed && !leg->is_closing)
        leg->ops->closed(leg->dialect, ws_code);
}

void st_leg_close(struct st_leg *leg)
{
    if (!leg)
        return;
    leg->ops->lost(leg->dialect);
    leg->ops->destroy(leg->dialect);
    if (leg->remote) {
        leg->remote->leg = NULL;
        unref_remote(leg->remote);
    }
    st_settings_unref(leg->settings);
    free(leg);
}
