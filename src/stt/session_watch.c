/* How a link does: what time does to it. */
#include "session.h"

enum {
    MS_US = 1000,
    SECOND_US = 1000 * MS_US,
    DRIFT_MAX_US = 10 * SECOND_US,
    DRIFT_LOOK_US = 3 * SECOND_US,
    DRIFT_STEP_US = SECOND_US / 2,
    DRIFTS_MAX = 2, /* looks in a row */
};

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

static void check_target(struct st_session_link *link, int64_t now_us)
{
    if (!link->is_targeting || now_us < link->target_us)
        return;
    int err = st_session_link_aim(link, now_us);
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
