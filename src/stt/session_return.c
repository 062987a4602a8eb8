/* Back to an engine the call would rather have: in a pause, as a session is renewed, when that
 * engine has been well for a while. Should it fail after all, nothing has happened. */
#include "session.h"

enum { LOOK_AGAIN_US = 100000 };

void st_session_return_later(struct st_stt_session *session, int64_t now_us)
{
    bool is_first = session->slot == &session->slots[0];
    session->return_due_us =
        is_first || !session->config.return_us ? ST_STT_NEVER : now_us + session->config.return_us;
}

/* Everybody is heard by the engine in use, and nobody talks. */
static bool is_settled(const struct st_stt_session *session)
{
    unsigned mask = 0;
    for (unsigned i = 0; i < ST_STT_LINKS_MAX; i++) {
        const struct st_session_link *link = session->links[i];
        if (!link)
            continue;
        if (link->stage != ST_LINK_SERVING || !link->is_open || link->has_died ||
            link->is_waiting || !st_session_is_quiet(link))
            return false;
        mask |= st_session_link_mask(link);
    }
    return mask != 0 && mask == st_session_open_mask(session);
}

static struct st_session_slot *choose(struct st_stt_session *session, int64_t now_us)
{
    unsigned mask = st_session_open_mask(session);
    for (struct st_session_slot *slot = session->slots; slot < session->slot; slot++) {
        struct st_guard_ask ask = {.places = st_session_places(slot, mask),
                                   .is_retry = true,
                                   .has_other = true,
                                   .well_us = session->config.return_us};
        if (!slot->is_barred && now_us >= slot->retry_due_us &&
            st_guard_enter(slot->engine.guard, &slot->pass, &ask, now_us) == 0)
            return slot;
    }
    return NULL;
}

void st_session_stay(struct st_stt_session *session)
{
    for (unsigned i = 0; i < ST_STT_LINKS_MAX; i++)
        if (session->links[i] && session->links[i]->is_return &&
            session->links[i]->stage == ST_LINK_NEXT)
            st_session_remove_link(session->links[i]);
}

/* Links to that engine follow those that serve these channels; its places are taken already. */
static int open_return(struct st_stt_session *session, struct st_session_slot *slot, unsigned mask)
{
    struct st_session_link **place = st_session_free_place(session);
    int err = st_session_open_link(session, slot, mask, ST_LINK_NEXT);
    if (!err)
        (*place)->is_return = true;
    return err;
}

static void open_next(struct st_stt_session *session, struct st_session_slot *slot, unsigned mask)
{
    int err = st_session_takes_both(slot) ? open_return(session, slot, mask) : 0;
    for (unsigned i = 0; i < ST_CHANNELS_MAX && !st_session_takes_both(slot); i++) {
        if (!(mask >> i & 1))
            continue;
        if (err)
            st_guard_leave(slot->engine.guard, 1);
        else
            err = open_return(session, slot, 1U << i);
    }
    if (!err)
        return;
    slot->is_barred = st_session_is_unsuited(err);
    st_session_stay(session);
}

void st_session_return(struct st_stt_session *session, int64_t now_us)
{
    if (now_us < session->return_due_us || session->is_finishing)
        return;
    session->return_due_us = now_us + LOOK_AGAIN_US;
    if (!is_settled(session))
        return;
    struct st_session_slot *slot = choose(session, now_us);
    session->return_due_us = now_us + session->config.return_us;
    if (slot)
        open_next(session, slot, st_session_open_mask(session));
}
