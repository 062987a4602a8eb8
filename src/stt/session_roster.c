/* Which links there are, and which channels each of them has. */
#include "session.h"

#include <errno.h>

struct st_session_link *st_session_link_of(const struct st_stt_session *session,
                                           const struct st_track *track)
{
    for (unsigned i = 0; i < ST_STT_LINKS_MAX; i++) {
        struct st_session_link *link = session->links[i];
        if (link && link->stage != ST_LINK_NEXT && st_session_link_mask(link) >> track->channel & 1)
            return link;
    }
    return NULL;
}

unsigned st_session_open_mask(const struct st_stt_session *session)
{
    unsigned mask = 0;
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        mask |= (unsigned)session->tracks[i].is_open << i;
    return mask;
}

unsigned st_session_stage_mask(const struct st_stt_session *session,
                               enum st_session_link_stage stage)
{
    unsigned mask = 0;
    for (unsigned i = 0; i < ST_STT_LINKS_MAX; i++)
        if (session->links[i] && session->links[i]->stage == stage)
            mask |= st_session_link_mask(session->links[i]);
    return mask;
}

unsigned st_session_held_mask(const struct st_stt_session *session)
{
    return st_session_stage_mask(session, ST_LINK_SERVING) |
           st_session_stage_mask(session, ST_LINK_LEAVING);
}

unsigned st_session_orphan_mask(const struct st_stt_session *session)
{
    unsigned mask = st_session_open_mask(session) & ~st_session_held_mask(session) &
                    ~st_session_stage_mask(session, ST_LINK_NEXT);
    for (unsigned i = 0; session->is_finishing && i < ST_CHANNELS_MAX; i++)
        if (st_track_is_covered(&session->tracks[i]))
            mask &= ~(1U << i);
    return mask;
}

struct st_session_link *st_session_running_link(const struct st_stt_session *session)
{
    for (unsigned i = 0; i < ST_STT_LINKS_MAX; i++)
        if (session->links[i] && session->links[i]->stage == ST_LINK_SERVING)
            return session->links[i];
    return NULL;
}

bool st_session_has_other(const struct st_stt_session *session, const struct st_session_slot *slot)
{
    for (unsigned i = 0; i < session->config.engine_count; i++)
        if (&session->slots[i] != slot && !session->slots[i].is_barred)
            return true;
    return false;
}

struct st_session_link **st_session_free_place(struct st_stt_session *session)
{
    for (unsigned i = 0; i < ST_STT_LINKS_MAX; i++)
        if (!session->links[i])
            return &session->links[i];
    return NULL;
}

int st_session_open_link(struct st_stt_session *session, struct st_session_slot *slot,
                         unsigned mask, enum st_session_link_stage stage)
{
    struct st_session_link **place = st_session_free_place(session);
    int err = place ? st_session_link_open(place, session, slot, mask) : -ENOBUFS;
    if (err) {
        st_guard_leave(slot->engine.guard, 1);
        return err;
    }
    if (stage == ST_LINK_SERVING)
        st_session_promote(*place);
    else if ((*place)->is_open)
        st_session_wake(session, 0);
    return 0;
}

void st_session_remove_link(struct st_session_link *link)
{
    struct st_stt_session *session = link->session;
    for (unsigned i = 0; i < ST_STT_LINKS_MAX; i++)
        if (session->links[i] == link)
            session->links[i] = NULL;
    st_session_link_close(link);
}

void st_session_close_links(struct st_stt_session *session)
{
    for (unsigned i = 0; i < ST_STT_LINKS_MAX; i++)
        if (session->links[i])
            st_session_remove_link(session->links[i]);
}
