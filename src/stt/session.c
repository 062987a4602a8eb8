#include "session.h"

#include "sidetone/mem.h"
#include "sidetone/prefetch.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

enum {
    MS_US = 1000,
    LOW_HZ = 8000,
    HIGH_HZ = 16000,
    RING_US = 30000 * MS_US,
    FINISH_TIMEOUT_US = 10000 * MS_US,
    FINISH_TIMEOUT_EMBEDDED_US = 60000 * MS_US, /* it is busy with other channels, not away */
    FINISH_TIMEOUTS_MAX = 12,
    FINISH_RETRY_US = 250 * MS_US,
};

const char *st_stt_state_name(enum st_stt_state state)
{
    static const char *const names[] = {"starting", "running", "degraded", "finishing", "ended"};
    return names[state];
}

enum st_stt_state st_stt_session_state(const struct st_stt_session *session)
{
    enum st_stt_state state = ST_STT_RUNNING;
    if (session->has_ended)
        return ST_STT_ENDED;
    if (session->is_finishing)
        return ST_STT_FINISHING;
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++) {
        const struct st_track *track = &session->tracks[i];
        if (track->is_told)
            return ST_STT_DEGRADED;
        if (track->is_open && !track->is_answered)
            state = ST_STT_STARTING;
    }
    return state;
}

const struct st_stt_engine *st_stt_session_engine(const struct st_stt_session *session)
{
    return &session->slot->engine;
}

const struct st_stt_engine *st_stt_session_engine_of(const struct st_stt_session *session,
                                                     unsigned channel)
{
    const struct st_session_link *link = st_session_link_of(session, &session->tracks[channel]);
    return link ? &link->slot->engine : &session->slot->engine;
}

uint32_t st_stt_session_rate_hz(const struct st_stt_session *session)
{
    return session->rate_hz;
}

/* ---- what the owner is told ---- */

static void tell_state(struct st_stt_session *session, const struct st_track *track,
                       enum st_stt_state state, const struct st_stt_news *news)
{
    ST_DEBUG(&session->log, "channel %u: %s, %s: %s", track->channel, st_stt_state_name(state),
             news->engine, news->why);
    if (session->config.events->state && !session->is_destroyed &&
        (!session->is_finishing || state == ST_STT_DEGRADED))
        session->config.events->state(session->config.user, track->channel, state, news);
}

void st_session_tell_degraded(struct st_stt_session *session, unsigned channel_mask,
                              const struct st_stt_news *news)
{
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++) {
        struct st_track *track = &session->tracks[i];
        if (!(channel_mask >> i & 1) || track->is_told)
            continue;
        track->is_told = true;
        tell_state(session, track, ST_STT_DEGRADED, news);
    }
}

void st_session_tell_recovered(struct st_session_link *link)
{
    struct st_stt_news news = {.engine = link->slot->engine.name, .why = "recovered"};
    for (unsigned i = 0; i < link->lane_count; i++) {
        struct st_track *track = link->tracks[i];
        if (!track)
            continue;
        track->is_answered = true;
        if (!track->is_told && !track->is_moved)
            continue;
        track->is_told = track->is_moved = false;
        tell_state(link->session, track, ST_STT_RUNNING, &news);
    }
}

void st_session_shed(struct st_stt_session *session, const struct st_track *track, int64_t from_us,
                     int64_t until_us)
{
    if (session->config.events->shed && !session->is_destroyed && from_us < until_us)
        session->config.events->shed(session->config.user, track->channel, from_us, until_us);
}

static void emit_segment(void *user, const struct st_segment *segment)
{
    struct st_track *track = user;
    struct st_stt_session *session = track->owner;
    if (!session->is_destroyed)
        session->config.events->segment(session->config.user, track->channel, segment);
}

/* ---- the clock ---- */

void st_session_wake(struct st_stt_session *session, int64_t due_us)
{
    if (due_us >= session->timer_due_us)
        return;
    session->timer_due_us = due_us;
    st_timer_set(session->timer, due_us > 0 ? due_us - st_loop_now_us() : 0, 0);
}

static void wake_for_next(struct st_stt_session *session)
{
    st_session_wake(session, session->finish_due_us);
    st_session_wake(session, session->plan_due_us);
    if (!session->is_finishing)
        st_session_wake(session, session->return_due_us);
    for (unsigned i = 0; i < ST_STT_LINKS_MAX; i++)
        if (session->links[i])
            st_session_wake(session, st_session_link_due_us(session->links[i]));
}

static void free_texts(struct st_stt_session *session)
{
    for (size_t i = 0; i < session->config.hint_count; i++)
        free(session->hints[i]);
    free(session->hints);
    free(session->call_id);
    free(session->language);
    free(session->words);
}

static void release(struct st_stt_session *session)
{
    session->is_destroyed = true;
    st_session_close_links(session);
    for (unsigned i = 0; i < session->config.engine_count; i++)
        st_guard_drop(session->slots[i].engine.guard, &session->slots[i].pass);
    st_timer_close(session->timer);
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        st_track_fini(&session->tracks[i]);
    free_texts(session);
    free(session);
}

/* Those who miss what was said at the end want to know why. */
static void tell_unheard(struct st_stt_session *session)
{
    const struct st_session_loss *loss = &session->loss;
    struct st_stt_news news = {loss->engine, loss->trouble, loss->why};
    unsigned mask = 0;
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        if (session->tracks[i].is_open && !st_track_is_covered(&session->tracks[i]))
            mask |= 1U << i;
    if (loss->engine)
        st_session_tell_degraded(session, mask, &news);
}

static void end(struct st_stt_session *session)
{
    tell_unheard(session);
    for (unsigned i = 0; i < ST_CHANNELS_MAX && !session->is_destroyed; i++) {
        if (!session->tracks[i].is_open)
            continue;
        st_session_feed_abandon(session, &session->tracks[i]);
        st_splice_end(&session->tracks[i].splice);
    }
    st_session_close_links(session);
    for (unsigned i = 0; i < session->config.engine_count; i++)
        st_guard_drop(session->slots[i].engine.guard, &session->slots[i].pass);
    session->has_ended = true;
    ST_DEBUG(&session->log, "ended");
    if (!session->is_destroyed)
        session->config.events->done(session->config.user);
}

void st_session_progress(struct st_stt_session *session)
{
    int64_t due_us = st_loop_now_us() + session->config.finish_timeout_us;
    if (session->is_finishing)
        session->finish_due_us =
            due_us < session->finish_last_us ? due_us : session->finish_last_us;
}

static bool has_links(const struct st_stt_session *session)
{
    for (unsigned i = 0; i < ST_STT_LINKS_MAX; i++)
        if (session->links[i])
            return true;
    return false;
}

static void pump_links(struct st_stt_session *session, int64_t now_us)
{
    for (unsigned i = 0; i < ST_STT_LINKS_MAX && !session->is_destroyed; i++)
        if (session->links[i])
            st_session_feed_pump(session->links[i]);
    for (unsigned i = 0; i < ST_CHANNELS_MAX && !session->is_destroyed; i++)
        if (session->tracks[i].is_open)
            st_session_feed_tell_lag(session, &session->tracks[i]);
}

static void work(struct st_stt_session *session, int64_t now_us)
{
    for (unsigned i = 0; i < ST_STT_LINKS_MAX; i++)
        if (session->links[i])
            st_session_link_check(session->links[i], now_us);
    st_session_plan(session, now_us);
    if (session->is_destroyed)
        return;
    /* Without links nothing waits for one, or nothing can have one. */
    bool is_over = !has_links(session) && session->plan_due_us == ST_STT_NEVER;
    if (session->is_finishing && (now_us >= session->finish_due_us || is_over)) {
        end(session);
        return;
    }
    pump_links(session, now_us);
}

static void on_timer(void *user)
{
    struct st_stt_session *session = user;
    int64_t now_us = st_loop_now_us();
    session->late_us = session->timer_due_us > 0 ? now_us - session->timer_due_us : 0;
    session->timer_due_us = ST_STT_NEVER;
    if (!session->is_destroyed && !session->has_ended) {
        session->depth++;
        work(session, now_us);
        session->depth--;
    }
    if (session->is_destroyed)
        release(session);
    else if (!session->has_ended)
        wake_for_next(session);
}

/* ---- what the owner says ---- */

/* Every engine of the list must be able to take over: they all get the same audio. */
static uint32_t common_rate(const struct st_stt_session_config *config)
{
    for (unsigned i = 0; i < config->engine_count; i++)
        if (config->engines[i].ops->rate_hz(config->engines[i].engine, config->wire_hz) != LOW_HZ)
            return HIGH_HZ;
    return LOW_HZ;
}

static void copy_texts(struct st_stt_session *session)
{
    const struct st_stt_session_config *config = &session->config;
    session->language = st_mem_strdup(config->language);
    session->call_id = st_mem_strdup(config->call_id ? config->call_id : "");
    session->hints = st_mem_alloc_array(config->hint_count + 1, sizeof(session->hints[0]));
    for (size_t i = 0; i < config->hint_count; i++)
        session->hints[i] = st_mem_strdup(config->hints[i]);
}

static void init_slots(struct st_stt_session *session)
{
    uint32_t seed = (uint32_t)st_loop_now_us() ^ (uint32_t)(uintptr_t)session;
    for (unsigned i = 0; i < session->config.engine_count; i++) {
        session->slots[i].engine = session->config.engines[i];
        st_backoff_init(&session->slots[i].backoff, seed + i);
    }
    session->slot = &session->slots[0];
    session->config.engines = NULL;
}

struct st_stt_session *st_stt_session_create(const struct st_stt_session_config *config)
{
    struct st_stt_session *session = st_mem_alloc(sizeof(*session));
    assert(config->engine_count > 0 && config->engine_count <= ST_STT_ENGINES_MAX);
    session->config = *config;
    session->rate_hz = common_rate(config);
    copy_texts(session);
    init_slots(session);
    session->log = (struct st_log){.module = "stt", .call_id = session->call_id};
    session->timer_due_us = session->finish_due_us = session->plan_due_us = ST_STT_NEVER;
    session->return_due_us = ST_STT_NEVER;
    session->timer = st_timer_open(config->loop, on_timer, session);
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++) {
        struct st_track *track = &session->tracks[i];
        st_track_init(track, i, session->rate_hz, config->ring_us ? config->ring_us : RING_US);
        st_splice_init(&track->splice, emit_segment, track);
        track->owner = session;
    }
    return session;
}

int st_stt_session_open(struct st_stt_session *session, unsigned channel_mask)
{
    unsigned opened = 0;
    if (session->is_finishing)
        return 0;
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++) {
        if (!(channel_mask >> i & 1) || session->tracks[i].is_open)
            continue;
        session->tracks[i].is_open = true;
        opened |= 1U << i;
    }
    session->depth++;
    session->is_opening = true;
    int err = opened ? st_session_plan(session, st_loop_now_us()) : 0;
    session->is_opening = false;
    session->depth--;
    for (unsigned i = 0; err && i < ST_CHANNELS_MAX; i++)
        if (opened >> i & 1)
            session->tracks[i].is_open = false;
    wake_for_next(session);
    return err;
}

void st_stt_session_prefetch(const struct st_stt_session *session, unsigned channel)
{
    st_prefetch(&session->rate_hz,
                offsetof(struct st_stt_session, loss) - offsetof(struct st_stt_session, rate_hz));
    st_prefetch(session->links, sizeof(session->links));
    st_prefetch(&session->tracks[channel], offsetof(struct st_track, splice));
}

void st_stt_session_audio(struct st_stt_session *session, unsigned channel,
                          const struct st_frame *frame)
{
    struct st_track *track = &session->tracks[channel];
    assert(frame->rate_hz == session->rate_hz);
    assert(track->is_open);
    if (session->is_finishing)
        return;
    session->depth++;
    st_session_feed_put(session, track, frame);
    struct st_session_link *link = st_session_link_of(session, track);
    if (link && !link->is_waiting)
        st_session_feed_pump(link);
    st_session_feed_tell_lag(session, track);
    session->depth--;
    if (link && link->asked_us)
        st_session_wake(session, st_session_link_stall_due_us(link));
}

static int64_t finish_timeout_us(const struct st_stt_session *session)
{
    if (session->config.finish_timeout_us)
        return session->config.finish_timeout_us;
    return session->slot->engine.ops->kind == ST_ENGINE_EMBEDDED ? FINISH_TIMEOUT_EMBEDDED_US
                                                                 : FINISH_TIMEOUT_US;
}

void st_stt_session_finish(struct st_stt_session *session)
{
    int64_t now_us = st_loop_now_us();
    if (session->is_finishing)
        return;
    session->config.finish_timeout_us = finish_timeout_us(session);
    session->is_finishing = true;
    session->finish_due_us = now_us + session->config.finish_timeout_us;
    session->finish_last_us = now_us + FINISH_TIMEOUTS_MAX * session->config.finish_timeout_us;
    for (unsigned i = 0; i < session->config.engine_count; i++)
        if (session->slots[i].retry_due_us > now_us + FINISH_RETRY_US)
            session->slots[i].retry_due_us = now_us + FINISH_RETRY_US;
    st_session_wake(session, 0);
}

void st_stt_session_destroy(struct st_stt_session *session)
{
    if (!session)
        return;
    session->is_destroyed = true;
    if (session->depth > 0)
        st_session_wake(session, 0);
    else
        release(session);
}
