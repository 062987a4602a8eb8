/*
 * One call: its legs, its state, its end.
 *
 *   LIVE ──every leg lost──▶ WAITING ──a leg comes back──▶ LIVE
 *     │                         │ grace over
 *     └──last leg stopped──▶ ENDING ──finals in, or given up──▶ ENDED
 */
#include "call_internal.h"

#include "sidetone/buf.h"
#include "sidetone/loop.h"
#include "sidetone/mem.h"
#include "sidetone/random.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MEANING_WAIT_US = 1000000 }; /* at the end of a call, for what its last sentences mean */

int64_t call_media_us(const struct call *call)
{
    int64_t media_us = call->told.media_us;
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++) {
        const struct channel *channel = &call->channels[i];
        if (channel->rate_hz > 0 && st_timeline_media_us(&channel->timeline) > media_us)
            media_us = st_timeline_media_us(&channel->timeline);
    }
    return media_us;
}

int64_t call_length_us(const struct call *call)
{
    return call->left_us >= 0 ? call->left_us : call_media_us(call);
}

int64_t call_whole_ms(int64_t us)
{
    return us - us % 1000;
}

static const char *state_name(enum call_state state)
{
    static const char *const names[] = {"live", "waiting", "ending", "ended"};
    return names[state];
}

void call_set_state(struct call *call, enum call_state state)
{
    ST_DEBUG(&call->log, "%s -> %s", state_name(call->state), state_name(state));
    call->state = state;
    story_forget_snapshots(&call->story);
}

void call_tell_change(struct call *call, unsigned changes, const struct st_call_facts *previous)
{
    int64_t lag_us = 0;
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        if (call->channels[i].lag_us > lag_us)
            lag_us = call->channels[i].lag_us;
    struct st_event event = {
        .type = ST_EVENT_CALL_UPDATED,
        .updated = {.changes = changes,
                    .is_paused = call->is_paused,
                    .is_rate_suspect = call->is_rate_suspect,
                    .lag_us = lag_us,
                    .quality = call->story.quality},
    };
    story_emit_updated(&call->story, &event, previous);
}

/* ---- birth ---- */

static void retire(struct call *call);

static void on_grace_over(void *user)
{
    struct call *call = user;
    if (call->state == CALL_WAITING)
        call_end(call, call->was_closed ? "stopped" : "lost");
    else if (call->state == CALL_ENDING)
        retire(call);
}

unsigned call_open_mask(const struct call *call)
{
    unsigned mask = 0;
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        mask |= (unsigned)call->channels[i].is_open << i;
    return mask;
}

bool call_needs_engine(const struct st_ingest_start *start)
{
    return start->channel_mask && !start->is_told;
}

static int open_engines(struct call *call, const struct call_start *start)
{
    int err = call->session ? 0 : recognition_create(call, start);
    if (!err)
        err = recognition_open(call, start->start->channel_mask);
    if (err && call_open_mask(call) == 0)
        recognition_close(call);
    return err;
}

int call_open_channels(struct call *call, const struct call_start *from, int64_t start_us)
{
    const struct st_ingest_start *start = from->start;
    int err = call_needs_engine(start) ? open_engines(call, from) : 0;
    for (unsigned i = 0; i < ST_CHANNELS_MAX && !err; i++)
        if (start->channel_mask >> i & 1 && !call->channels[i].is_open)
            err = channel_open(&call->channels[i], start->codec, start->rate_hz, start_us,
                               start->is_told);
    return err;
}

int call_create(struct call **ret_call, struct call_shard *shard, uint64_t serial,
                const struct call_start *start)
{
    struct call *call = st_mem_alloc(sizeof(*call));
    call->shard = shard;
    call->serial = serial;
    struct story_config story = {
        .ops = &call_story_owner,
        .owner = call,
        .settings = shard->settings,
        .json = &shard->json,
        .take_facts = call_facts_from(shard, start),
    };
    st_random_fill(story.privacy_key, sizeof(story.privacy_key));
    story_init(&call->story, &story);
    call->log = (struct st_log){.module = "call", .call_id = call->story.facts->call_id};
    call->left_us = -1;
    call->started_us = st_loop_now_us();
    call->rate_window_us = call->started_us;
    call->grace = st_timer_open(shard->loop, on_grace_over, call);
    call->end_reason = "stopped";
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++) {
        call->channels[i].call = call;
        call->channels[i].index = i;
    }
    vendor_begin(call, start->route);
    int err = call_open_channels(call, start, 0);
    if (err) {
        call_destroy(call);
        return err;
    }
    call->legs[call->leg_count++] = (struct call_leg){.leg_id = start->leg_id,
                                                      .channel_mask = start->start->channel_mask,
                                                      .told_mask = start->start->told_mask,
                                                      .is_open = true};
    if (start->start->told_mask)
        told_begin(call, start->start);
    ST_INFO(&call->log, "started: %s, route %s/%s, engine %s", call->story.facts->dialect,
            call->story.facts->tenant, call->story.facts->route, call->story.facts->engine);
    story_emit(&call->story, &(struct st_event){.type = ST_EVENT_CALL_STARTED});
    *ret_call = call;
    return 0;
}

/* ---- end ---- */

static void on_release_media(void *user)
{
    struct call *call = user;
    recognition_close(call);
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        channel_close(&call->channels[i]);
}

static void retire(struct call *call)
{
    struct call_shard *shard = call->shard;
    struct st_call_service *service = shard->service;
    told_close(call);
    story_finish(&call->story, call_whole_ms(call_media_us(call)));
    live_count_alerts(call);
    call_set_state(call, CALL_ENDED);
    call->ended_us = st_loop_now_us();
    story_emit_ended(&call->story, call->end_reason, call_length_us(call), call->shed_us);
    ST_INFO(
        &call->log, "ended (%s): %llu segments, %llu alerts, %lld s", call->end_reason,
        (unsigned long long)call->story.segments,
        (unsigned long long)st_alerts_counts(call->story.alerts)->changes[ST_ALERT_CHANGE_RAISED],
        (long long)(call_length_us(call) / 1000000));
    directory_set_ended(service->directory, call->story.facts->call_id, call->serial);
    *shard->last_ended = call;
    shard->last_ended = &call->next_ended;
    shard->ended_count++;
    st_counter_add(service->metrics.ended, 1);
    st_gauge_add(service->metrics.live, -1);
    atomic_fetch_sub(&service->live_calls, 1);
    /* Not from within a session's own callback. */
    st_timer_close(call->grace);
    call->grace = st_timer_open(shard->loop, on_release_media, call);
    st_timer_set(call->grace, 0, 0);
}

static void retire_when_done(struct call *call)
{
    if (call->state != CALL_ENDING || !call->is_session_done)
        return;
    if (st_analysis_is_waiting(call->story.analysis))
        st_timer_set(call->grace, MEANING_WAIT_US, 0);
    else
        retire(call);
}

void call_on_meaning(struct call *call)
{
    if (call->state == CALL_ENDING)
        retire_when_done(call);
}

void call_on_session_done(struct call *call)
{
    call->is_session_done = true;
    retire_when_done(call);
}

void call_end(struct call *call, const char *reason)
{
    if (call->state > CALL_WAITING)
        return;
    call->end_reason = reason;
    st_timer_cancel(call->grace);
    told_withdraw(call);
    call_set_state(call, CALL_ENDING);
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        channel_finish(&call->channels[i]);
    if (call->session)
        recognition_finish(call);
    else
        call_on_session_done(call);
}

void call_destroy(struct call *call)
{
    st_timer_close(call->grace);
    told_close(call);
    recognition_close(call);
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        channel_close(&call->channels[i]);
    meaning_drop(call);
    live_forget_alerts(call);
    free(call->quality);
    story_fini(&call->story);
    free(call);
}
