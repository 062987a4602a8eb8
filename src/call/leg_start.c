/* A stream begins: its call does, or goes on with one more leg, here or on another loop. */
#include "leg.h"

#include "sidetone/mem.h"
#include "sidetone/post.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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
    leg_post_attach(leg, start->start);
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
        leg_post_attach(leg, start->start);
        return 0;
    }
    struct call *call = shard_find(leg->shard, leg->serial);
    return call ? call_attach(call, start) : -EEXIST;
}

/* A gateway that is full has room for the further legs of its calls. */
int leg_start(void *user, const struct st_ingest_start *start)
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
