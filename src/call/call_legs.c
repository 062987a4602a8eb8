/* Legs come, are held, are lost, come back and go. */
#include "call_internal.h"

#include "sidetone/loop.h"

#include <errno.h>
#include <string.h>

enum { LOST_LEG_SILENCE_US = 1000000 }; /* enough for an engine to close the utterance */

static bool is_all_held(const struct call *call)
{
    bool is_held = false;
    for (unsigned i = 0; i < call->leg_count; i++) {
        if (call->legs[i].is_open && !call->legs[i].is_held)
            return false;
        is_held |= call->legs[i].is_open;
    }
    return is_held;
}

static void follow_pause(struct call *call)
{
    bool is_paused = call->is_pause_asked || is_all_held(call);
    if (call->is_paused == is_paused || call->state > CALL_WAITING)
        return;
    call->is_paused = is_paused;
    story_pause(&call->story, is_paused, call_whole_ms(call_media_us(call)));
}

void call_pause(struct call *call, bool is_paused)
{
    call->is_pause_asked = is_paused;
    follow_pause(call);
}

void call_hold(struct call *call, uint64_t leg_id, bool is_held)
{
    struct call_leg *leg = call_find_leg(call, leg_id);
    if (!leg)
        return;
    leg->is_held = is_held;
    follow_pause(call);
}

/* A place for one more leg; a lost one's is taken when there is no other. */
static struct call_leg *free_leg(struct call *call)
{
    if (call->leg_count < LEGS_MAX)
        return &call->legs[call->leg_count++];
    for (unsigned i = 0; i < LEGS_MAX; i++)
        if (!call->legs[i].is_open)
            return &call->legs[i];
    return NULL;
}

/* Late streams begin at the wall clock's distance from the call's start, and never before what the
 * channels have already heard. */
static int64_t late_offset_us(const struct call *call, unsigned channel_mask)
{
    int64_t offset_us = st_loop_now_us() - call->started_us;
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++) {
        const struct channel *channel = &call->channels[i];
        if (channel->is_open && channel_mask >> i & 1 &&
            st_timeline_media_us(&channel->timeline) > offset_us)
            offset_us = st_timeline_media_us(&channel->timeline);
    }
    return offset_us;
}

static int check_attach(const struct call *call, const struct call_start *start)
{
    if (call->state > CALL_WAITING || strcmp(call->story.facts->tenant, start->tenant->name) != 0)
        return -EEXIST;
    for (unsigned i = 0; i < call->leg_count; i++) {
        const struct call_leg *leg = &call->legs[i];
        if (leg->is_open && !start->start->replaces &&
            (leg->channel_mask & start->start->channel_mask ||
             leg->told_mask & start->start->told_mask))
            return -EEXIST;
    }
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++) {
        const struct channel *channel = &call->channels[i];
        if (start->start->channel_mask >> i & 1 && channel->is_open &&
            ((start->start->rate_hz && channel->rate_hz != start->start->rate_hz) ||
             channel->codec != start->start->codec))
            return -EEXIST;
    }
    return 0;
}

/* What others carried of it is stale; one that carries nothing more may stay and say nothing. */
static void take_from_others(struct call *call, const struct call_start *start)
{
    for (unsigned i = 0; i < call->leg_count; i++) {
        struct call_leg *leg = &call->legs[i];
        bool carried = leg->channel_mask | leg->told_mask;
        leg->channel_mask &= ~start->start->channel_mask;
        leg->told_mask &= ~start->start->told_mask;
        if (carried && !leg->channel_mask && !leg->told_mask)
            leg->is_open = false;
    }
}

static int attach_audio(struct call *call, const struct call_start *start, struct call_leg *leg)
{
    unsigned mask = start->start->channel_mask;
    int64_t offset_us = late_offset_us(call, mask);
    int err = call_open_channels(call, start, offset_us);
    if (err)
        return err;
    if (call_needs_engine(start->start))
        told_withdraw(call);
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        if (mask >> i & 1)
            channel_put_silence(&call->channels[i], offset_us);
    leg->channel_mask |= mask;
    leg->offset_us = offset_us;
    return 0;
}

int call_attach(struct call *call, const struct call_start *start)
{
    int err = check_attach(call, start);
    if (err)
        return err;
    if (start->start->replaces)
        take_from_others(call, start);
    struct call_leg *leg = call_find_leg(call, start->leg_id);
    struct call_leg fresh =
        leg ? *leg : (struct call_leg){.leg_id = start->leg_id, .is_open = true};
    if (!leg)
        leg = free_leg(call);
    if (!leg)
        return -EBUSY;
    unsigned first_mask = start->start->channel_mask & ~call_open_mask(call);
    err = start->start->channel_mask ? attach_audio(call, start, &fresh) : 0;
    if (err)
        return err;
    fresh.told_mask |= start->start->told_mask;
    *leg = fresh;
    if (start->start->told_mask)
        told_begin(call, start->start);
    if (call->state == CALL_WAITING) {
        st_timer_cancel(call->grace);
        call->left_us = -1;
        call_set_state(call, CALL_LIVE);
    }
    follow_pause(call);
    call_complete_facts(call, start->start, first_mask);
    return 0;
}

struct call_leg *call_find_leg(struct call *call, uint64_t leg_id)
{
    for (unsigned i = 0; i < call->leg_count; i++)
        if (call->legs[i].leg_id == leg_id && call->legs[i].is_open)
            return &call->legs[i];
    return NULL;
}

/* What was being said on these channels is finished. */
static void fall_silent(struct call *call, unsigned channel_mask)
{
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++) {
        struct channel *channel = &call->channels[i];
        if (channel_mask >> i & 1 && channel->is_open)
            channel_put_silence(channel,
                                st_timeline_media_us(&channel->timeline) + LOST_LEG_SILENCE_US);
    }
}

void call_detach(struct call *call, uint64_t leg_id, enum st_ingest_end end)
{
    struct call_leg *leg = call_find_leg(call, leg_id);
    if (!leg)
        return;
    leg->is_open = false;
    if (leg->told_mask)
        told_withdraw(call);
    for (unsigned i = 0; i < call->leg_count; i++)
        if (call->legs[i].is_open) {
            if (end == ST_INGEST_END_TOGETHER)
                return;
            if (end != ST_INGEST_END_CLOSED)
                fall_silent(call, leg->channel_mask);
            follow_pause(call);
            return;
        }
    if (call->state != CALL_LIVE)
        return;
    if (end != ST_INGEST_END_LOST && end != ST_INGEST_END_CLOSED) {
        call_end(call, end == ST_INGEST_END_ERROR ? "error" : "stopped");
        return;
    }
    call->left_us = call_media_us(call);
    fall_silent(call, call_open_mask(call));
    call_set_state(call, CALL_WAITING);
    call->was_closed = end == ST_INGEST_END_CLOSED;
    ST_INFO(&call->log, "stream %s; waiting %lld s for it to come back",
            call->was_closed ? "closed" : "lost",
            (long long)(call->shard->service->grace_us / 1000000));
    st_timer_set(call->grace, call->shard->service->grace_us, 0);
}
