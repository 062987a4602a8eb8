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
        st_session_open_next(session, slot, st_session_open_mask(session));
}
