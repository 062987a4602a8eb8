#include "session.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MS_US = 1000,
    SECOND_US = 1000 * MS_US,
    OPEN_MAX_US = 15 * SECOND_US,
    OPEN_MAX_OTHER_US = 4 * SECOND_US, /* with another engine to go to */
    LEAVE_MAX_US = 3 * SECOND_US,
    STEADY_US = 10 * SECOND_US, /* a link that held that long is retried at once when it breaks */
    TARGET_AGAIN_US = 50 * MS_US,
    RENEW_WINDOW_US = 60 * SECOND_US,
    RENEW_LAST_US = 10 * SECOND_US,
    DRIFT_MAX_US = 10 * SECOND_US,
    DRIFT_LOOK_US = 3 * SECOND_US,
    DRIFT_STEP_US = SECOND_US / 2,
    DRIFTS_MAX = 2,            /* looks in a row */
    CLOSING_US = 1000 * MS_US, /* so soon a connection that takes nothing more says why */
};

void st_session_link_die(struct st_session_link *link, enum st_engine_trouble trouble,
                         const char *why)
{
    struct st_stt_session *session = link->session;
    if (link->has_died || session->is_destroyed)
        return;
    link->has_died = true;
    link->trouble = trouble;
    snprintf(link->why, sizeof(link->why), "%s: %s", link->slot->engine.name, why);
    st_session_wake(session, 0);
}

bool st_session_link_is_listening(const struct st_session_link *link)
{
    return !link->session->is_destroyed && !link->has_died && !link->session->has_ended;
}

unsigned st_session_link_mask(const struct st_session_link *link)
{
    unsigned mask = 0;
    for (unsigned i = 0; i < link->lane_count; i++)
        if (link->tracks[i])
            mask |= 1U << link->tracks[i]->channel;
    return mask;
}

int64_t st_session_link_fed_us(const struct st_session_link *link)
{
    return link->fed * SECOND_US / link->session->rate_hz;
}

static bool has_other(const struct st_session_link *link)
{
    const struct st_stt_session *session = link->session;
    for (unsigned i = 0; i < session->config.engine_count; i++)
        if (&session->slots[i] != link->slot && !session->slots[i].is_barred)
            return true;
    return false;
}

/* ---- what the socket says ---- */

static void opened(struct st_session_link *link, int64_t now_us)
{
    const struct st_stt_engine *engine = &link->slot->engine;
    int64_t session_us = engine->session_us ? engine->session_us : engine->ops->session_us;
    int64_t window_us = session_us / 2, last_us = session_us / 8;
    link->is_open = true;
    link->open_us = link->sent_us = now_us;
    link->due_us = ST_STT_NEVER;
    if (session_us) {
        link->renew_us =
            now_us + session_us - (window_us < RENEW_WINDOW_US ? window_us : RENEW_WINDOW_US);
        link->renew_last_us =
            now_us + session_us - (last_us < RENEW_LAST_US ? last_us : RENEW_LAST_US);
    }
    if (engine->ops->stall_us == 0 || engine->ops->answers_speech_only)
        st_session_link_answered(link);
}

static void on_open(void *user)
{
    struct st_session_link *link = user;
    struct st_stt_session *session = link->session;
    if (!st_session_link_is_listening(link) || link->is_open)
        return;
    session->depth++;
    opened(link, st_loop_now_us());
    if (st_session_link_flush(link))
        st_session_feed_pump(link);
    session->depth--;
    st_session_wake(session, 0);
}

static int on_response(void *user, unsigned status,
                       const char *(*header)(const void *headers, const char *name),
                       const void *headers)
{
    struct st_session_link *link = user;
    if (!st_session_link_is_listening(link))
        return -ECANCELED;
    link->session->depth++;
    int err = link->slot->engine.ops->response(link->stream, status, header, headers);
    link->session->depth--;
    return err;
}

static void on_message(void *user, const void *data, size_t bytes, bool is_binary)
{
    struct st_session_link *link = user;
    const struct st_engine_ops *ops = link->slot->engine.ops;
    if (!st_session_link_is_listening(link))
        return;
    if (!ops->answers_speech_only || link->is_finish_sent)
        link->asked_us = link->is_waiting || link->is_finish_sent ? st_loop_now_us() : 0;
    link->session->depth++;
    int err = ops->receive(link->stream, data, bytes, is_binary);
    if (err)
        st_session_link_die(link, ST_TROUBLE_PROTOCOL,
                            "the server sent something that makes no sense");
    else
        st_session_link_answered(link);
    link->session->depth--;
}

static void on_closed(void *user, const struct st_engine_closing *closing)
{
    struct st_session_link *link = user;
    const struct st_engine_ops *ops = link->slot->engine.ops;
    char what[ST_STT_WHY_BYTES];
    if (!st_session_link_is_listening(link))
        return;
    if (closing->ws_code == 1000 && link->is_finish_sent) {
        st_session_sink.done(link);
        return;
    }
    snprintf(what, sizeof(what), "%s", closing->what);
    link->retry_after_us = (int64_t)closing->retry_after_s * SECOND_US;
    link->session->depth++;
    enum st_engine_trouble trouble = ops->closing
                                         ? ops->closing(link->stream, closing, what, sizeof(what))
                                         : st_engine_closing_trouble(closing);
    link->session->depth--;
    st_session_link_die(link, trouble, what);
}

static const struct st_stt_socket_events socket_events = {
    .open = on_open,
    .response = on_response,
    .message = on_message,
    .closed = on_closed,
};

/* ---- how it does ---- */

void st_session_link_answered(struct st_session_link *link)
{
    if (link->is_answered)
        return;
    link->is_answered = true;
    link->slot->has_failed = false;
    st_guard_succeeded(link->slot->engine.guard);
    if (link->stage != ST_LINK_NEXT)
        st_session_tell_recovered(link);
}

void st_session_link_asked(struct st_session_link *link)
{
    if (link->asked_us == 0)
        link->asked_us = st_loop_now_us();
}

int64_t st_session_link_stall_due_us(const struct st_session_link *link)
{
    const struct st_stt_engine *engine = &link->slot->engine;
    int64_t stall_us = engine->stall_us ? engine->stall_us : engine->ops->stall_us;
    if (engine->ops->answers_speech_only)
        stall_us <<= link->session->patience;
    if (stall_us == 0 || link->asked_us == 0 || !link->stream || !link->is_open)
        return ST_STT_NEVER;
    return link->asked_us + stall_us;
}

static void check_drift(struct st_session_link *link, int64_t now_us)
{
    if (link->slot->engine.ops->kind == ST_ENGINE_EMBEDDED || link->stage == ST_LINK_NEXT ||
        now_us < link->drift_at_us + DRIFT_LOOK_US)
        return;
    int64_t lag_us = 0;
    for (unsigned i = 0; i < link->lane_count; i++)
        if (link->tracks[i] && link->tracks[i]->told_lag_us > lag_us)
            lag_us = link->tracks[i]->told_lag_us;
    bool grows =
        link->drift_at_us && lag_us > DRIFT_MAX_US && lag_us > link->drift_lag_us + DRIFT_STEP_US;
    link->drifts = grows ? link->drifts + 1 : 0;
    if (link->is_open && link->drifts == DRIFTS_MAX)
        st_session_link_die(link, ST_TROUBLE_STALLED, "it falls further and further behind");
    link->drift_at_us = now_us;
    link->drift_lag_us = lag_us;
}

static bool keeps_alive(const struct st_session_link *link)
{
    return link->slot->engine.ops->keep_alive_us && link->slot->engine.ops->keep_alive &&
           link->is_open && !link->is_finish_sent && !link->has_died;
}

static void keep_alive(struct st_session_link *link, int64_t now_us)
{
    const struct st_engine_ops *ops = link->slot->engine.ops;
    if (!keeps_alive(link) || now_us < link->sent_us + ops->keep_alive_us)
        return;
    link->sent_us = now_us;
    ops->keep_alive(link->stream);
}

static int aim(struct st_session_link *link, int64_t now_us);

static void check_target(struct st_session_link *link, int64_t now_us)
{
    if (!link->is_targeting || now_us < link->target_us)
        return;
    int err = aim(link, now_us);
    if (err)
        st_session_link_die(link, ST_TROUBLE_LOST, "it could not be started");
}

void st_session_link_check(struct st_session_link *link, int64_t now_us)
{
    if (link->has_died || link->is_done)
        return;
    if (now_us >= link->due_us)
        st_session_link_die(link, ST_TROUBLE_LOST,
                            link->is_closing ? "the connection was lost"
                            : link->is_open  ? "it did not end in time"
                                             : "the connection did not open in time");
    else if (now_us >= st_session_link_stall_due_us(link))
        st_session_link_die(link, ST_TROUBLE_STALLED, "it stopped answering");
    if (!link->has_died)
        check_target(link, now_us);
    if (!link->has_died)
        check_drift(link, now_us);
    if (!link->has_died)
        keep_alive(link, now_us);
}

static int64_t sooner(int64_t a_us, int64_t b_us)
{
    return a_us < b_us ? a_us : b_us;
}

int64_t st_session_link_due_us(const struct st_session_link *link)
{
    int64_t due_us = sooner(link->due_us, st_session_link_stall_due_us(link));
    if (link->is_targeting)
        due_us = sooner(due_us, link->target_us);
    if (keeps_alive(link))
        due_us = sooner(due_us, link->sent_us + link->slot->engine.ops->keep_alive_us);
    if (link->stage == ST_LINK_SERVING && link->renew_us > st_loop_now_us())
        due_us = sooner(due_us, link->renew_us);
    return due_us;
}

void st_session_link_closing(struct st_session_link *link)
{
    if (link->is_closing)
        return;
    link->is_closing = true;
    link->due_us = sooner(link->due_us, st_loop_now_us() + CLOSING_US);
    st_session_wake(link->session, link->due_us);
}

bool st_session_link_flush(struct st_session_link *link)
{
    const void *data;
    size_t bytes;
    bool is_binary;
    while (link->socket && st_outbox_peek(&link->outbox, &data, &bytes, &is_binary)) {
        int err = link->session->config.transport->send(link->socket, data, bytes, is_binary);
        if (err && err != -ENOBUFS)
            st_session_link_closing(link);
        if (err)
            return false;
        st_outbox_pop(&link->outbox);
    }
    return true;
}

/* ---- its beginning and end ---- */

static void take_tracks(struct st_session_link *link, unsigned mask)
{
    struct st_stt_session *session = link->session;
    const struct st_engine_ops *ops = link->slot->engine.ops;
    unsigned channels_min = ops->channels_min ? ops->channels_min : 1;
    bool has_both = mask == 3 || channels_min > 1;
    link->lane_count = has_both ? 2 : 1;
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++) {
        st_energy_segmenter_init(&link->speech[i], session->rate_hz);
        if (mask >> i & 1)
            link->tracks[has_both ? i : 0] = &session->tracks[i];
    }
}

/* The channel of the call that a lane stands for. */
static unsigned channel_of(const struct st_session_link *link, unsigned lane)
{
    return link->tracks[lane] ? link->tracks[lane]->channel : lane;
}

static size_t collect_hints(const struct st_session_link *link)
{
    struct st_stt_session *session = link->session;
    const struct st_stt_engine *engine = &link->slot->engine;
    size_t count = 0;
    for (size_t i = 0; i < session->config.hint_count; i++)
        session->stream_hints[count++] = session->hints[i];
    for (size_t i = 0; i < engine->hint_count; i++)
        session->stream_hints[count++] = engine->hints[i];
    return count;
}

static int open_stream(struct st_session_link *link)
{
    struct st_stt_session *session = link->session;
    const struct st_stt_session_config *config = &session->config;
    struct st_engine_stream_config stream = {
        .loop = config->loop,
        .rate_hz = session->rate_hz,
        .channels = link->lane_count,
        .call_id = session->call_id,
        .language = session->language,
        .hints = session->stream_hints,
        .hint_count = collect_hints(link),
        .wants_partials = config->wants_partials,
        .wants_findings = config->wants_findings,
        .sink = &st_session_sink,
        .user = link,
    };
    for (unsigned i = 0; i < link->lane_count; i++)
        stream.roles[i] = config->roles[channel_of(link, i)];
    session->depth++;
    int err = link->slot->engine.ops->open(&link->stream, link->slot->engine.engine, &stream);
    session->depth--;
    return err;
}

/* Where to; -EAGAIN is met by asking again. */
static int aim(struct st_session_link *link, int64_t now_us)
{
    struct st_stt_session *session = link->session;
    const struct st_engine_ops *ops = link->slot->engine.ops;
    struct st_engine_target target = {.url = NULL};
    char why[ST_STT_WHY_BYTES - 40] = "";
    session->depth++;
    int err = ops->target(link->stream, &target, why, sizeof(why));
    session->depth--;
    link->is_targeting = err == -EAGAIN;
    link->target_us = now_us + TARGET_AGAIN_US;
    if (err == -EACCES)
        st_session_link_die(link, ST_TROUBLE_REFUSED, why);
    if (err == -EAGAIN || err == -EACCES)
        return 0;
    return err ? err
               : session->config.transport->connect(session->config.transport_user, &link->socket,
                                                    ops->kind, &target, &socket_events, link);
}

static int start(struct st_session_link *link, int64_t now_us)
{
    int err = open_stream(link);
    if (err)
        return err;
    if (link->slot->engine.ops->kind == ST_ENGINE_EMBEDDED) {
        opened(link, now_us);
        st_session_link_answered(link);
        return 0;
    }
    link->due_us = now_us + (has_other(link) ? OPEN_MAX_OTHER_US : OPEN_MAX_US);
    return aim(link, now_us);
}

int st_session_link_open(struct st_session_link **ret_link, struct st_stt_session *session,
                         struct st_session_slot *slot, unsigned channel_mask)
{
    struct st_session_link *link = st_mem_alloc(sizeof(*link));
    link->session = session;
    link->slot = slot;
    link->due_us = link->renew_us = link->renew_last_us = ST_STT_NEVER;
    take_tracks(link, channel_mask);
    int err = start(link, st_loop_now_us());
    if (err == -EINVAL || err == -ENOTSUP) {
        if (link->stream)
            slot->engine.ops->close(link->stream);
        st_outbox_fini(&link->outbox);
        free(link);
        return err;
    }
    if (err)
        st_session_link_die(link, ST_TROUBLE_LOST, "it could not be started");
    *ret_link = link;
    return 0;
}

bool st_session_link_attach(struct st_session_link *link, struct st_track *track)
{
    if (link->lane_count < 2 || link->tracks[track->channel] || link->has_died)
        return false;
    link->tracks[track->channel] = track;
    if (link->is_answered)
        st_session_tell_recovered(link);
    return true;
}

/* The last audio may have been given long ago: only now an answer is due. */
void st_session_link_finish(struct st_session_link *link)
{
    if (link->is_finish_sent || link->has_died)
        return;
    link->is_finish_sent = true;
    if (!link->session->is_finishing) {
        link->stage = ST_LINK_LEAVING;
        link->due_us = st_loop_now_us() + LEAVE_MAX_US;
    }
    link->session->depth++;
    link->slot->engine.ops->finish(link->stream);
    link->session->depth--;
    st_session_link_asked(link);
}

void st_session_link_close(struct st_session_link *link)
{
    struct st_stt_session *session = link->session;
    const struct st_stt_engine *engine = &link->slot->engine;
    if (link->is_answered && st_loop_now_us() - link->open_us >= STEADY_US)
        st_backoff_reset(&link->slot->backoff);
    if (link->socket)
        session->config.transport->close(link->socket);
    if (link->stream)
        engine->ops->close(link->stream);
    for (unsigned i = 0; i < link->lane_count; i++)
        if (link->tracks[i] && link->stage != ST_LINK_NEXT)
            st_splice_restart(&link->tracks[i]->splice);
    st_guard_leave(engine->guard, 1);
    st_outbox_fini(&link->outbox);
    free(link);
}
