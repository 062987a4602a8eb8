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

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum {
    LOST_LEG_SILENCE_US = 1000000, /* enough for an engine to close the utterance */
    KEEP_UP_STEP_US = 200000,      /* less than a stream of two channels waits for one of them */
    TICK_US = 1000000,
    MEANING_WAIT_US = 1000000, /* at the end of a call, for what its last sentences mean */
    LAG_STEP_US = 500000,
    LAG_INTERVAL_US = 1000000,
    RATE_WINDOW_US = 10000000,
};

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

static const char *state_name(enum call_state state)
{
    static const char *const names[] = {"live", "waiting", "ending", "ended"};
    return names[state];
}

static void set_state(struct call *call, enum call_state state)
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

/* Of two channels one is the agent's: what is known of one says what the other is. */
static enum st_role role_of(const struct st_ingest_start *start, unsigned channel)
{
    enum st_role other = start->channels[1 - channel].role;
    if (start->channels[channel].role)
        return start->channels[channel].role;
    if (other)
        return other == ST_ROLE_AGENT ? ST_ROLE_CUSTOMER : ST_ROLE_AGENT;
    return channel == 0 ? ST_ROLE_AGENT : ST_ROLE_CUSTOMER;
}

static const char *team_of(const struct call_shard *shard, const struct st_call_facts *facts)
{
    for (size_t i = 0; i < facts->attribute_count; i++)
        if (strcmp(facts->attributes[i].key, "team") == 0)
            return facts->attributes[i].value;
    return st_config_team_of(shard->settings->config, facts->agent_id);
}

/* Otherwise its text is the platform's, or it has no audio. */
static bool needs_engine(const struct st_ingest_start *start)
{
    return start->channel_mask && !start->is_told;
}

static struct st_call_facts *facts_from(const struct call_shard *shard,
                                        const struct call_start *from)
{
    const struct st_ingest_start *start = from->start;
    struct st_call_facts *facts = st_call_facts_create();
    st_call_facts_set(&facts->call_id, start->call_id);
    st_call_facts_set(&facts->tenant, from->tenant->name);
    st_call_facts_set(&facts->route, from->route->name);
    st_call_facts_set(&facts->dialect, from->dialect);
    st_call_facts_set(&facts->agent_id, start->agent_id);
    st_call_facts_set(&facts->agent_name, start->agent_name);
    st_call_facts_set(&facts->queue, start->queue[0] ? start->queue : from->route->queue);
    st_call_facts_set(&facts->caller, start->caller);
    st_call_facts_set(&facts->language,
                      start->language[0] ? start->language : from->route->language);
    facts->engine = needs_engine(start) ? "" : from->dialect;
    facts->engine_quality = "";
    facts->started_unix_ms = st_loop_wall_unix_ms();
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        facts->roles[i] = role_of(start, i);
    for (size_t i = 0; i < start->attribute_count; i++)
        st_call_facts_add_attribute(facts, start->attributes[i].key, start->attributes[i].value);
    st_call_facts_set(&facts->team, team_of(shard, facts));
    return facts;
}

static void retire(struct call *call);

static void on_grace_over(void *user)
{
    struct call *call = user;
    if (call->state == CALL_WAITING)
        call_end(call, call->was_closed ? "stopped" : "lost");
    else if (call->state == CALL_ENDING)
        retire(call);
}

static unsigned open_mask(const struct call *call)
{
    unsigned mask = 0;
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        mask |= (unsigned)call->channels[i].is_open << i;
    return mask;
}

static int open_engines(struct call *call, const struct call_start *start)
{
    int err = call->session ? 0 : recognition_create(call, start);
    if (!err)
        err = recognition_open(call, start->start->channel_mask);
    if (err && open_mask(call) == 0)
        recognition_close(call);
    return err;
}

static int open_channels(struct call *call, const struct call_start *from, int64_t start_us)
{
    const struct st_ingest_start *start = from->start;
    int err = needs_engine(start) ? open_engines(call, from) : 0;
    for (unsigned i = 0; i < ST_CHANNELS_MAX && !err; i++)
        if (start->channel_mask >> i & 1 && !call->channels[i].is_open)
            err = channel_open(&call->channels[i], start->codec, start->rate_hz, start_us,
                               start->is_told);
    return err;
}

/* Without randomness there is no secret, and guessable hashes are worse than none. */
static void make_key(uint64_t ret_key[2])
{
    ssize_t bytes = getrandom(ret_key, 2 * sizeof(ret_key[0]), 0);
    if (bytes != (ssize_t)(2 * sizeof(ret_key[0])))
        abort();
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
        .take_facts = facts_from(shard, start),
    };
    make_key(story.privacy_key);
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
    int err = open_channels(call, start, 0);
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

/* ---- legs ---- */

static bool complete_text(char **text, const char *value)
{
    if ((*text)[0] || !value[0])
        return false;
    st_call_facts_set(text, value);
    return true;
}

/* What a later leg knows and an earlier one did not; the roles of the channels it is the first to
 * carry. Returns the old facts when any changed. */
static struct st_call_facts *complete_facts(struct call *call, const struct st_ingest_start *start,
                                            unsigned first_mask)
{
    struct st_call_facts *old = call->story.facts, *facts = st_call_facts_copy(old);
    bool has_news = complete_text(&facts->agent_id, start->agent_id);
    has_news |= complete_text(&facts->agent_name, start->agent_name);
    has_news |= complete_text(&facts->queue, start->queue);
    has_news |= complete_text(&facts->team, team_of(call->shard, facts));
    has_news |= complete_text(&facts->caller, start->caller);
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++) {
        enum st_role role = start->channels[i].role;
        if (!(first_mask >> i & 1) || !role || role == facts->roles[i])
            continue;
        facts->roles[i] = role;
        has_news = true;
    }
    if (!has_news) {
        st_call_facts_unref(facts);
        return NULL;
    }
    call->log.call_id = facts->call_id;
    return story_set_facts(&call->story, facts);
}

static bool replace_text(char **text, const char *value)
{
    if (!value[0] || strcmp(*text, value) == 0)
        return false;
    st_call_facts_set(text, value);
    return true;
}

void call_set_parties(struct call *call, const struct st_ingest_parties *parties)
{
    if (call->state > CALL_WAITING)
        return;
    struct st_call_facts *facts = st_call_facts_copy(call->story.facts);
    bool has_news = replace_text(&facts->agent_id, parties->agent_id);
    if (has_news) {
        st_call_facts_set(&facts->agent_name, parties->agent_name);
        st_call_facts_set(&facts->team, team_of(call->shard, facts));
    } else
        has_news = replace_text(&facts->agent_name, parties->agent_name);
    has_news |= replace_text(&facts->caller, parties->caller);
    if (!has_news) {
        st_call_facts_unref(facts);
        return;
    }
    call->log.call_id = facts->call_id;
    struct st_call_facts *previous = story_set_facts(&call->story, facts);
    call_tell_change(call, ST_CALL_CHANGE_IDENTITY, previous);
    st_call_facts_unref(previous);
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
    int err = open_channels(call, start, offset_us);
    if (err)
        return err;
    if (needs_engine(start->start))
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
    unsigned first_mask = start->start->channel_mask & ~open_mask(call);
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
        set_state(call, CALL_LIVE);
    }
    struct st_call_facts *previous = complete_facts(call, start->start, first_mask);
    if (previous)
        call_tell_change(call, ST_CALL_CHANGE_IDENTITY, previous);
    st_call_facts_unref(previous);
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
            if (end != ST_INGEST_END_TOGETHER && end != ST_INGEST_END_CLOSED)
                fall_silent(call, leg->channel_mask);
            return;
        }
    if (call->state != CALL_LIVE)
        return;
    if (end != ST_INGEST_END_LOST && end != ST_INGEST_END_CLOSED) {
        call_end(call, end == ST_INGEST_END_ERROR ? "error" : "stopped");
        return;
    }
    call->left_us = call_media_us(call);
    fall_silent(call, open_mask(call));
    set_state(call, CALL_WAITING);
    call->was_closed = end == ST_INGEST_END_CLOSED;
    ST_INFO(&call->log, "stream %s; waiting %lld s for it to come back",
            call->was_closed ? "closed" : "lost",
            (long long)(call->shard->service->grace_us / 1000000));
    st_timer_set(call->grace, call->shard->service->grace_us, 0);
}

/* ---- audio ---- */

/* A sender that lies about its sample rate gives itself away by coming too fast or too slow. */
static void check_rate(struct call *call, int64_t now_us)
{
    int64_t elapsed_us = now_us - call->rate_window_us;
    if (elapsed_us < RATE_WINDOW_US)
        return;
    int64_t media_us = call_media_us(call) - call->rate_media_us;
    bool is_suspect = media_us * 10 < elapsed_us * 6 || media_us * 10 > elapsed_us * 17;
    call->rate_window_us = now_us;
    call->rate_media_us = call_media_us(call);
    if (is_suspect == call->is_rate_suspect)
        return;
    call->is_rate_suspect = is_suspect;
    call_tell_change(call, ST_CALL_CHANGE_RATE, NULL);
}

/* A channel whose leg is away goes on in silence, a little at a time: an hour of it at once, when
 * the leg comes back, would hold the loop. */
static void keep_up_lost_channels(struct call *call)
{
    unsigned carried = 0;
    for (unsigned i = 0; i < call->leg_count; i++)
        if (call->legs[i].is_open)
            carried |= call->legs[i].channel_mask;
    if ((open_mask(call) & ~carried) == 0)
        return;
    int64_t until_us = call_media_us(call);
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++) {
        struct channel *channel = &call->channels[i];
        if (channel->is_open && !(carried >> i & 1) &&
            until_us - st_timeline_media_us(&channel->timeline) >= KEEP_UP_STEP_US)
            channel_put_silence(channel, until_us);
    }
}

/* The analysis works with the times that events tell. */
static int64_t whole_ms(int64_t us)
{
    return us - us % 1000;
}

void call_tick(struct call *call, int64_t media_us)
{
    if (media_us - call->ticked_us < TICK_US)
        return;
    call->ticked_us = media_us;
    story_tick(&call->story, whole_ms(media_us));
}

void call_media(struct call *call, uint64_t leg_id, const struct st_ingest_media *media)
{
    struct call_metrics *metrics = &call->shard->service->metrics;
    struct call_leg *leg = call_find_leg(call, leg_id);
    if (!leg || call->state != CALL_LIVE)
        return;
    int64_t now_us = st_loop_now_us();
    int64_t position_us = media->position_us == ST_TIMELINE_APPEND
                              ? ST_TIMELINE_APPEND
                              : media->position_us + leg->offset_us;
    st_counter_add(metrics->media_messages, 1);
    st_counter_add(metrics->media_bytes, media->bytes);
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        if (leg->channel_mask >> i & 1 && media->is_interleaved)
            channel_put(&call->channels[i], media, position_us, i, ST_CHANNELS_MAX);
        else if (leg->channel_mask >> i & 1 && media->channel == i)
            channel_put(&call->channels[i], media, position_us, 0, 1);
    keep_up_lost_channels(call);
    call_tick(call, call_media_us(call));
    st_histogram_observe_us(metrics->hop_media, st_loop_now_us() - now_us);
    check_rate(call, now_us);
}

void call_pause(struct call *call, bool is_paused)
{
    if (call->is_paused == is_paused || call->state > CALL_WAITING)
        return;
    call->is_paused = is_paused;
    story_pause(&call->story, is_paused, whole_ms(call_media_us(call)));
}

/* ---- from the engine ---- */

void call_on_lag(struct channel *channel, int64_t lag_us)
{
    struct call *call = channel->call;
    channel->lag_us = lag_us;
    st_histogram_observe_us(call->shard->service->metrics.lag, lag_us);
    int64_t worst_us = 0;
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        if (call->channels[i].lag_us > worst_us)
            worst_us = call->channels[i].lag_us;
    int64_t now_us = st_loop_now_us();
    if (llabs(worst_us - call->lag_told_us) < LAG_STEP_US || call->state == CALL_ENDED ||
        now_us - call->lag_told_at_us < LAG_INTERVAL_US)
        return;
    call->lag_told_us = worst_us;
    call->lag_told_at_us = now_us;
    call_tell_change(call, ST_CALL_CHANGE_LAG, NULL);
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
    story_finish(&call->story, whole_ms(call_media_us(call)));
    live_count_alerts(call);
    set_state(call, CALL_ENDED);
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
    set_state(call, CALL_ENDING);
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
