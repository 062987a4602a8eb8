/*
 * One ingest connection. Its dialect runs here, on the connection's loop; its call may live on
 * another one, because a platform's second stream is accepted wherever the kernel puts it. What
 * goes to such a call is copied and posted; everything else is a plain function call.
 */
#include "leg.h"

#include "sidetone/mem.h"
#include "sidetone/prefetch.h"
#include "sidetone/token.h"

#include <stdlib.h>
#include <string.h>

/* ---- what the dialect says ---- */

static struct call *local_call(const struct st_leg *leg)
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
        leg_post_media(leg, media);
}

static void on_transcript(void *user, const struct st_ingest_transcript *transcript)
{
    struct st_leg *leg = user;
    struct call *call = local_call(leg);
    if (call) {
        told_put(call, leg->leg_id, transcript);
    } else if (leg->serial && leg->remote) {
        struct order *order = leg_order(leg, ORDER_TRANSCRIPT, 0);
        order->transcript = told_copy(transcript);
        leg_post(leg, order);
    }
}

static void set_paused(struct st_leg *leg, bool is_paused)
{
    struct call *call = local_call(leg);
    if (call)
        call_pause(call, is_paused);
    else if (leg->serial && leg->remote)
        leg_post(leg, leg_order(leg, is_paused ? ORDER_PAUSE : ORDER_RESUME, 0));
}

static void on_pause(void *user)
{
    set_paused(user, true);
}

static void on_resume(void *user)
{
    set_paused(user, false);
}

static void on_hold(void *user, bool is_held)
{
    struct st_leg *leg = user;
    struct call *call = local_call(leg);
    if (call)
        call_hold(call, leg->leg_id, is_held);
    else if (leg->serial && leg->remote)
        leg_post(leg, leg_order(leg, is_held ? ORDER_HOLD : ORDER_UNHOLD, 0));
}

static void on_dtmf(void *user, unsigned channel, char digit, int64_t position_us,
                    int64_t duration_us)
{
    struct st_leg *leg = user;
    struct call *call = local_call(leg);
    struct call_press press = {channel, digit, position_us, duration_us};
    if (call) {
        press_put(call, leg->leg_id, &press);
    } else if (leg->serial && leg->remote) {
        struct order *order = leg_order(leg, ORDER_PRESS, 0);
        order->press = press;
        leg_post(leg, order);
    }
}

/* Marks carry nothing that is analysed. */
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
        struct order *order = leg_order(leg, ORDER_QUALITY, 0);
        order->channel = channel;
        order->quality = *quality;
        order->is_last = is_last;
        leg_post(leg, order);
    }
}

static struct st_call_facts *facts_of(const struct st_ingest_parties *parties)
{
    struct st_call_facts *facts = st_call_facts_create();
    st_call_facts_set(&facts->agent_id, parties->agent_id);
    st_call_facts_set(&facts->agent_name, parties->agent_name);
    st_call_facts_set(&facts->caller, parties->caller);
    for (size_t i = 0; i < parties->attribute_count; i++)
        st_call_facts_add_attribute(facts, parties->attributes[i].key,
                                    parties->attributes[i].value);
    return facts;
}

static void on_parties(void *user, const struct st_ingest_parties *parties)
{
    struct st_leg *leg = user;
    struct call *call = local_call(leg);
    struct st_call_facts *facts = facts_of(parties);
    if (call && call_find_leg(call, leg->leg_id)) {
        call_set_parties(call, facts);
    } else if (leg->serial && leg->remote) {
        struct order *order = leg_order(leg, ORDER_PARTIES, 0);
        order->parties = st_call_facts_ref(facts);
        leg_post(leg, order);
    }
    st_call_facts_unref(facts);
}

static void on_stop(void *user, enum st_ingest_end end)
{
    struct st_leg *leg = user;
    struct call *call = local_call(leg);
    if (call) {
        call_detach(call, leg->leg_id, end);
    } else if (leg->serial && leg->remote) {
        struct order *order = leg_order(leg, ORDER_DETACH, 0);
        order->end = end;
        leg_post(leg, order);
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
    .start = leg_start,
    .media = on_media,
    .transcript = on_transcript,
    .dtmf = on_dtmf,
    .mark = on_mark,
    .pause = on_pause,
    .resume = on_resume,
    .hold = on_hold,
    .quality = on_quality,
    .parties = on_parties,
    .stop = on_stop,
    .send = on_send,
    .ignored = on_ignored,
};

void leg_prefetch(const struct st_leg *leg, unsigned channel, unsigned step)
{
    const struct call *call;
    if (step == 0)
        st_prefetch(leg, sizeof(*leg));
    else if ((call = local_call(leg)))
        call_prefetch(call, channel, step - 1);
}

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
        leg_unref_remote(leg->remote);
    }
    st_settings_unref(leg->settings);
    free(leg);
}
