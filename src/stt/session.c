#include "session.h"

#include "sidetone/mem.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

enum {
    MS_US = 1000,
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
    return session->state;
}

static bool may_become(enum st_stt_state from, enum st_stt_state to)
{
    switch (to) {
    case ST_STT_STARTING:
        return false;
    case ST_STT_RUNNING:
        return from == ST_STT_STARTING || from == ST_STT_DEGRADED;
    case ST_STT_DEGRADED:
        return from == ST_STT_STARTING || from == ST_STT_RUNNING;
    case ST_STT_FINISHING:
        return from < ST_STT_FINISHING;
    case ST_STT_ENDED:
        return from == ST_STT_FINISHING;
    }
    return false;
}

void st_session_set_state(struct st_stt_session *session, enum st_stt_state state)
{
    enum st_stt_state before = session->state;
    assert(may_become(before, state));
    session->state = state;
    ST_DEBUG(&session->log, "%s: %s, was %s", session->config.ops->name, st_stt_state_name(state),
             st_stt_state_name(before));
    if (!session->config.events->state || session->is_destroyed)
        return;
    if (state == ST_STT_DEGRADED)
        session->config.events->state(session->config.user, state, session->why);
    else if (state == ST_STT_RUNNING && before == ST_STT_DEGRADED)
        session->config.events->state(session->config.user, state, "recovered");
}

void st_session_shed(struct st_stt_session *session, int64_t from_us, int64_t until_us)
{
    if (session->config.events->shed && !session->is_destroyed)
        session->config.events->shed(session->config.user, from_us, until_us);
}

static void emit_segment(void *user, const struct st_segment *segment)
{
    struct st_stt_session *session = user;
    if (!session->is_destroyed)
        session->config.events->segment(session->config.user, segment);
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
    st_session_wake(session, session->link_due_us);
    st_session_wake(session, session->retry_due_us);
    st_session_wake(session, st_session_link_stall_due_us(session));
}

static void release(struct st_stt_session *session)
{
    session->is_destroyed = true;
    st_session_link_close(session);
    st_timer_close(session->timer);
    st_ring_fini(&session->ring);
    st_splice_fini(&session->splice);
    st_outbox_fini(&session->outbox);
    free(session->words);
    free(session->language);
    free(session);
}

static void lose_link(struct st_stt_session *session, int64_t now_us)
{
    ST_DEBUG(&session->log, "%s", session->why);
    st_session_link_close(session);
    st_session_feed_rewind(session);
    session->retry_due_us = now_us + st_backoff_next_us(&session->backoff);
    if (session->state == ST_STT_STARTING || session->state == ST_STT_RUNNING)
        st_session_set_state(session, ST_STT_DEGRADED);
}

static void end(struct st_stt_session *session)
{
    st_session_feed_abandon(session);
    st_splice_end(&session->splice);
    st_session_link_close(session);
    session->retry_due_us = session->finish_due_us = ST_STT_NEVER;
    st_session_set_state(session, ST_STT_ENDED);
    if (!session->is_destroyed)
        session->config.events->done(session->config.user);
}

void st_session_progress(struct st_stt_session *session)
{
    int64_t due_us = st_loop_now_us() + session->config.finish_timeout_us;
    if (session->state == ST_STT_FINISHING)
        session->finish_due_us =
            due_us < session->finish_last_us ? due_us : session->finish_last_us;
}

static void end_well(struct st_stt_session *session)
{
    session->sent = session->covered = session->ring.next;
    end(session);
}

static void retry(struct st_stt_session *session, int64_t now_us)
{
    int err = st_session_link_open(session, now_us);
    if (err)
        st_session_link_die(session, "it could not be started");
    else
        st_session_feed_pump(session);
}

static void check_times(struct st_stt_session *session, int64_t now_us)
{
    if (now_us >= session->link_due_us)
        st_session_link_die(session, "the connection did not open in time");
    else if (now_us >= st_session_link_stall_due_us(session))
        st_session_link_die(session, "it stopped answering");
}

static void work(struct st_stt_session *session, int64_t now_us)
{
    check_times(session, now_us);
    if (session->is_done) {
        end_well(session);
        return;
    }
    if (session->has_died)
        lose_link(session, now_us);
    if (session->state == ST_STT_FINISHING && !session->is_open &&
        st_session_feed_is_empty(session)) {
        end_well(session);
        return;
    }
    if (now_us >= session->finish_due_us) {
        end(session);
        return;
    }
    if (now_us >= session->retry_due_us)
        retry(session, now_us);
    else
        st_session_feed_pump(session);
    st_session_feed_tell_lag(session);
}

static void on_timer(void *user)
{
    struct st_stt_session *session = user;
    session->timer_due_us = ST_STT_NEVER;
    if (!session->is_destroyed && session->state != ST_STT_ENDED) {
        session->depth++;
        work(session, st_loop_now_us());
        session->depth--;
    }
    if (session->is_destroyed)
        release(session);
    else if (session->state != ST_STT_ENDED)
        wake_for_next(session);
}

/* ---- what the owner says ---- */

static struct st_stt_session *create(const struct st_stt_session_config *config)
{
    struct st_stt_session *session = st_mem_alloc(sizeof(*session));
    int64_t now_us = st_loop_now_us();
    session->config = *config;
    if (!config->finish_timeout_us)
        session->config.finish_timeout_us = config->ops->kind == ST_ENGINE_EMBEDDED
                                                ? FINISH_TIMEOUT_EMBEDDED_US
                                                : FINISH_TIMEOUT_US;
    session->language = st_mem_strdup(config->language);
    session->log.module = "stt";
    session->timer_due_us = session->finish_due_us = ST_STT_NEVER;
    session->link_due_us = session->retry_due_us = ST_STT_NEVER;
    session->timer = st_timer_open(config->loop, on_timer, session);
    session->rate_hz = config->ops->rate_hz(config->engine, config->wire_hz);
    st_ring_init(&session->ring, session->rate_hz, config->ring_us ? config->ring_us : RING_US);
    st_backoff_init(&session->backoff, (uint32_t)now_us ^ (uint32_t)(uintptr_t)session);
    st_splice_init(&session->splice, emit_segment, session);
    return session;
}

int st_stt_session_create(struct st_stt_session **ret_session,
                          const struct st_stt_session_config *config)
{
    struct st_stt_session *session = create(config);
    int err = st_session_link_open(session, st_loop_now_us());
    if (err == -EINVAL || err == -ENOTSUP) {
        release(session);
        return err;
    }
    if (err)
        st_session_link_die(session, "it could not be started");
    wake_for_next(session);
    *ret_session = session;
    return 0;
}

uint32_t st_stt_session_rate_hz(const struct st_stt_session *session)
{
    return session->rate_hz;
}

void st_stt_session_audio(struct st_stt_session *session, const struct st_frame *frame)
{
    assert(frame->rate_hz == session->rate_hz);
    if (session->state >= ST_STT_FINISHING)
        return;
    session->depth++;
    st_session_feed_put(session, frame);
    if (!session->is_waiting)
        st_session_feed_pump(session);
    st_session_feed_tell_lag(session);
    session->depth--;
    if (session->stream && session->asked_us)
        st_session_wake(session, st_session_link_stall_due_us(session));
}

void st_stt_session_finish(struct st_stt_session *session)
{
    int64_t now_us = st_loop_now_us();
    int64_t timeout_us = session->config.finish_timeout_us;
    if (session->state >= ST_STT_FINISHING)
        return;
    st_session_set_state(session, ST_STT_FINISHING);
    session->finish_due_us = now_us + timeout_us;
    session->finish_last_us = now_us + FINISH_TIMEOUTS_MAX * timeout_us;
    if (session->retry_due_us != ST_STT_NEVER && session->retry_due_us > now_us + FINISH_RETRY_US)
        session->retry_due_us = now_us + FINISH_RETRY_US;
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
