/* Which engine has which channels. */
#include "session.h"

#include "turns.h"

#include <errno.h>

bool st_session_takes_both(const struct st_session_slot *slot)
{
    return slot->engine.ops->channels_max > 1;
}

/* What this engine would have to serve: a call uses one engine at a time. */
static unsigned mask_for(const struct st_stt_session *session, const struct st_session_slot *slot)
{
    unsigned mask = st_session_orphan_mask(session);
    for (unsigned i = 0; i < ST_STT_LINKS_MAX; i++) {
        const struct st_session_link *link = session->links[i];
        if (link && link->slot != slot && link->stage != ST_LINK_NEXT)
            mask |= st_session_link_mask(link);
    }
    return mask;
}

unsigned st_session_places(const struct st_session_slot *slot, unsigned mask)
{
    return st_session_takes_both(slot) ? 1 : (mask & 1) + (mask >> 1 & 1);
}

/* 0: its streams may be opened now. */
static int64_t wait_for(struct st_stt_session *session, struct st_session_slot *slot,
                        int64_t now_us)
{
    struct st_guard_ask ask = {.places = st_session_places(slot, mask_for(session, slot)),
                               .is_retry = slot->has_failed,
                               .has_other = st_session_has_other(session, slot),
                               .may_wait = true};
    if (slot->is_barred || now_us < slot->retry_due_us) {
        st_guard_drop(slot->engine.guard, &slot->pass);
        return slot->is_barred ? ST_STT_NEVER : slot->retry_due_us - now_us;
    }
    return st_guard_enter(slot->engine.guard, &slot->pass, &ask, now_us);
}

static void leave_lines(struct st_stt_session *session)
{
    for (unsigned i = 0; i < session->config.engine_count; i++)
        st_guard_drop(session->slots[i].engine.guard, &session->slots[i].pass);
}

/* The one in use, else the first of the list that can be had; NULL with the shortest wait. */
static struct st_session_slot *choose(struct st_stt_session *session, int64_t now_us,
                                      int64_t *ret_wait_us)
{
    int64_t shortest_us = wait_for(session, session->slot, now_us);
    struct st_session_slot *chosen = shortest_us == 0 ? session->slot : NULL;
    for (unsigned i = 0; i < session->config.engine_count && !chosen; i++) {
        struct st_session_slot *slot = &session->slots[i];
        int64_t us = slot == session->slot ? ST_STT_NEVER : wait_for(session, slot, now_us);
        if (us == 0)
            chosen = slot;
        else if (us < shortest_us)
            shortest_us = us;
    }
    *ret_wait_us = shortest_us;
    return chosen;
}

/* What others were saying is said again by the engine that takes over. */
static void close_others(struct st_stt_session *session, const struct st_session_slot *slot)
{
    for (unsigned i = 0; i < ST_STT_LINKS_MAX; i++) {
        struct st_session_link *link = session->links[i];
        if (!link || link->slot == slot)
            continue;
        if (link->stage != ST_LINK_NEXT)
            st_session_feed_rewind(link);
        st_session_remove_link(link);
    }
}

/* Both channels in one stream; a stream that has one of them is followed by one that has both. */
static int open_both(struct st_stt_session *session, struct st_session_slot *slot, unsigned mask)
{
    const struct st_session_link *running = st_session_running_link(session);
    return running ? st_session_open_link(session, slot, mask | st_session_link_mask(running),
                                          ST_LINK_NEXT)
                   : st_session_open_link(session, slot, mask, ST_LINK_SERVING);
}

static int open_each(struct st_stt_session *session, struct st_session_slot *slot, unsigned mask)
{
    int err = 0;
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++) {
        if (!(mask >> i & 1))
            continue;
        if (err)
            st_guard_leave(slot->engine.guard, 1);
        else
            err = st_session_open_link(session, slot, 1U << i, ST_LINK_SERVING);
    }
    return err;
}

static int use(struct st_stt_session *session, struct st_session_slot *slot)
{
    unsigned mask = mask_for(session, slot);
    leave_lines(session);
    close_others(session, slot);
    if (slot != session->slot)
        st_guard_passed_over(session->slot->engine.guard);
    session->slot = slot;
    st_session_return_later(session, st_loop_now_us());
    return st_session_takes_both(slot) ? open_both(session, slot, mask)
                                       : open_each(session, slot, mask);
}

static void tell_waiting(struct st_stt_session *session, unsigned mask)
{
    const struct st_session_loss *loss = &session->loss;
    struct st_stt_news news = {session->slot->engine.name, ST_TROUBLE_THROTTLED,
                               "no stream is free at the moment"};
    if (session->slot->has_failed && loss->engine)
        news = (struct st_stt_news){loss->engine, loss->trouble, loss->why};
    if (!session->is_opening && !session->is_finishing)
        st_session_tell_degraded(session, mask, &news);
}

static int find_engine(struct st_stt_session *session, int64_t now_us)
{
    int err = -ENOTSUP;
    int64_t wait_us;
    struct st_session_slot *slot;
    while ((slot = choose(session, now_us, &wait_us)) != NULL) {
        err = use(session, slot);
        if (!st_session_is_unsuited(err))
            return 0;
        slot->is_barred = true;
    }
    if (wait_us == ST_STT_NEVER)
        return err;
    tell_waiting(session, st_session_orphan_mask(session));
    session->plan_due_us = session->is_opening ? 0 : now_us + wait_us;
    return 0;
}

/* A stream that has silence in its place takes a further channel as it is. */
static void attach_orphans(struct st_stt_session *session)
{
    struct st_session_link *link = st_session_running_link(session);
    unsigned mask = st_session_orphan_mask(session);
    for (unsigned i = 0; link && i < ST_CHANNELS_MAX; i++)
        if (mask >> i & 1)
            st_session_link_attach(link, &session->tracks[i]);
}

/* Others may have lost their engine at the same moment. */
static bool has_turn(struct st_stt_session *session, int64_t now_us)
{
    if (session->is_opening || session->is_finishing)
        return true;
    if (session->turn_us == 0)
        session->turn_us = st_turns_take(now_us);
    if (now_us < session->turn_us) {
        session->plan_due_us = session->turn_us;
        return false;
    }
    session->turn_us = 0;
    return true;
}

int st_session_plan(struct st_stt_session *session, int64_t now_us)
{
    session->plan_due_us = ST_STT_NEVER;
    st_session_end_links(session, now_us);
    if (session->is_destroyed)
        return 0;
    st_session_hand_over(session, now_us);
    st_session_renew_links(session, now_us);
    st_session_return(session, now_us);
    attach_orphans(session);
    if (st_session_orphan_mask(session) == 0) {
        leave_lines(session);
        session->turn_us = 0;
        return 0;
    }
    return has_turn(session, now_us) ? find_engine(session, now_us) : 0;
}
