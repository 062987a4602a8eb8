#include "session.h"

#include <errno.h>

enum {
    SECOND_US = 1000000,
    TICK_US = 25000,
    PUMP_MAX_US = 500000, /* a replay is at most twenty times as fast as speech */
    SHED_STEP_US = SECOND_US,
    LAG_STEP_US = 100000,
    CHUNK_SAMPLES_MAX = 4800,
};

static int64_t samples_us(const struct st_stt_session *session, int64_t samples)
{
    return samples * SECOND_US / session->rate_hz;
}

static int64_t us_samples(const struct st_stt_session *session, int64_t us)
{
    return us * session->rate_hz / SECOND_US;
}

static void shed_until(struct st_stt_session *session, int64_t index)
{
    int64_t from_us = st_ring_media_us(&session->ring, session->sent);
    session->sent = index;
    st_session_shed(session, from_us, st_ring_media_us(&session->ring, index));
}

/* Sheds a second at a time: fewer, longer holes leave more whole words than many short ones. */
static void make_room(struct st_stt_session *session, size_t count)
{
    struct st_ring *ring = &session->ring;
    int64_t excess = st_ring_excess(ring, count);
    if (excess == 0)
        return;
    int64_t until = ring->first + excess;
    if (until > session->sent) {
        int64_t step = session->sent + us_samples(session, SHED_STEP_US);
        if (step > until)
            until = step < ring->next ? step : ring->next;
        shed_until(session, until);
    }
    st_ring_drop(ring, until);
}

void st_session_feed_put(struct st_stt_session *session, const struct st_frame *frame)
{
    make_room(session, frame->count);
    st_ring_put(&session->ring, frame);
}

bool st_session_feed_is_empty(const struct st_stt_session *session)
{
    return session->ring.next - session->covered < us_samples(session, ST_FRAME_US);
}

static uint32_t chunk_samples(const struct st_stt_session *session)
{
    int64_t us = session->config.ops->chunk_us ? session->config.ops->chunk_us : ST_FRAME_US;
    int64_t samples = us_samples(session, us);
    return samples < CHUNK_SAMPLES_MAX ? (uint32_t)samples : CHUNK_SAMPLES_MAX;
}

static int feed_chunk(struct st_stt_session *session, uint32_t count)
{
    int16_t copy[CHUNK_SAMPLES_MAX];
    struct st_frame frame = {
        .count = count,
        .rate_hz = session->rate_hz,
        .media_us = st_ring_media_us(&session->ring, session->sent),
    };
    if (st_ring_peek(&session->ring, session->sent, &frame.samples) < count) {
        st_ring_read(&session->ring, session->sent, copy, count);
        frame.samples = copy;
    }
    st_rebase_mark(&session->rebase, samples_us(session, session->fed), frame.media_us);
    session->depth++;
    int err = session->config.ops->audio(session->stream, &frame);
    session->depth--;
    st_session_link_asked(session);
    if (err)
        return err;
    session->sent += count;
    session->fed += count;
    st_session_progress(session);
    return 0;
}

static bool may_feed(const struct st_stt_session *session)
{
    return session->stream && session->is_open && !session->has_died && !session->is_destroyed;
}

/* Feeds what is there and fits; true when more is there. */
static bool feed(struct st_stt_session *session, bool is_last)
{
    uint32_t chunk = chunk_samples(session);
    int64_t budget = us_samples(session, PUMP_MAX_US);
    while (may_feed(session) && session->sent < session->ring.next) {
        int64_t held = session->ring.next - session->sent;
        uint32_t count = held < chunk ? (uint32_t)held : chunk;
        if (count < chunk && !is_last)
            return false;
        if (budget <= 0 || !st_session_link_flush(session))
            return true;
        int err = feed_chunk(session, count);
        if (err == -EAGAIN)
            return true;
        if (err) {
            st_session_link_die(session, "the engine refused audio");
            return false;
        }
        budget -= count;
    }
    return may_feed(session) && !st_session_link_flush(session);
}

static void forget_covered(struct st_stt_session *session)
{
    int64_t until = session->covered < session->sent ? session->covered : session->sent;
    st_ring_drop(&session->ring, until);
}

void st_session_feed_pump(struct st_stt_session *session)
{
    bool is_last = session->state == ST_STT_FINISHING;
    if (!may_feed(session))
        return;
    session->is_waiting = feed(session, is_last);
    if (session->is_waiting) {
        st_session_wake(session, st_loop_now_us() + TICK_US);
    } else if (is_last && may_feed(session) && !session->is_finish_sent) {
        session->is_finish_sent = true;
        session->depth++;
        session->config.ops->finish(session->stream);
        session->depth--;
        st_session_link_asked(session);
    }
}

void st_session_feed_cover(struct st_stt_session *session, int64_t media_us)
{
    int64_t index = st_ring_index(&session->ring, media_us);
    index -= index % us_samples(session, ST_FRAME_US);
    if (index > session->sent)
        index = session->sent;
    if (index <= session->covered)
        return;
    session->covered = index;
    st_session_progress(session);
    forget_covered(session);
}

/* Of the audio this stream was given, tells what lies between the two indices. */
static void shed_fed(struct st_stt_session *session, int64_t from, int64_t until)
{
    int64_t fed_us = samples_us(session, session->fed);
    int64_t low_us = st_ring_media_us(&session->ring, from);
    int64_t high_us = st_ring_media_us(&session->ring, until);
    for (unsigned i = 0; i < session->rebase.count; i++) {
        int64_t from_us, until_us;
        st_rebase_span(&session->rebase, i, fed_us, &from_us, &until_us);
        if (from_us < low_us)
            from_us = low_us;
        if (until_us > high_us)
            until_us = high_us;
        if (from_us < until_us)
            st_session_shed(session, from_us, until_us);
    }
}

void st_session_feed_rewind(struct st_stt_session *session)
{
    int64_t held = session->ring.first;
    if (session->covered < held) {
        shed_fed(session, session->covered, held);
        session->covered = held;
    }
    session->sent = session->covered;
    session->fed = 0;
    session->is_waiting = false;
    session->engine_lag_us = 0;
    st_rebase_reset(&session->rebase);
}

void st_session_feed_abandon(struct st_stt_session *session)
{
    int64_t end = session->ring.next;
    if (session->covered < session->sent)
        shed_fed(session, session->covered, session->sent);
    if (session->sent < end)
        st_session_shed(session, st_ring_media_us(&session->ring, session->sent),
                        st_ring_media_us(&session->ring, end));
    session->sent = session->covered = end;
}

void st_session_feed_tell_lag(struct st_stt_session *session)
{
    int64_t unsent_us = samples_us(session, session->ring.next - session->sent);
    int64_t lag_us = session->engine_lag_us + (unsent_us > LAG_STEP_US ? unsent_us : 0);
    int64_t change_us = lag_us - session->told_lag_us;
    if (change_us <= LAG_STEP_US && change_us >= -LAG_STEP_US)
        return;
    session->told_lag_us = lag_us;
    if (session->config.events->lag && !session->is_destroyed)
        session->config.events->lag(session->config.user, lag_us);
}
