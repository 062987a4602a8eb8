/* Links that follow others: a session is renewed before it is over, and the old one is finished in
 * a pause. */
#include "session.h"

enum {
    MS_US = 1000,
    SECOND_US = 1000 * MS_US,
    QUIET_WAIT_US = 2 * SECOND_US,
    LOOK_AGAIN_US = 100 * MS_US,
};

static void move(struct st_session_link *link)
{
    link->session->slot = link->slot;
    st_session_return_later(link->session, st_loop_now_us());
    for (unsigned i = 0; i < link->lane_count; i++)
        if (link->tracks[i])
            link->tracks[i]->is_moved = true;
}

void st_session_promote(struct st_session_link *link)
{
    link->stage = ST_LINK_SERVING;
    if (link->is_return)
        move(link);
    st_session_feed_begin(link);
    if (link->is_answered)
        st_session_tell_recovered(link);
}

bool st_session_is_quiet(const struct st_session_link *link)
{
    for (unsigned i = 0; i < link->lane_count; i++)
        if (link->tracks[i] && (link->tracks[i]->splice.open_count > 0 || link->speech[i].is_open))
            return false;
    return true;
}

static bool can_be_heard_again(const struct st_session_link *link)
{
    for (unsigned i = 0; i < link->lane_count; i++)
        if (link->tracks[i] && link->tracks[i]->covered < link->tracks[i]->ring.first)
            return false;
    return true;
}

/* Somebody talks: finished now, the old stream would make two halves of a word. The new one hears
 * all of it, from the last final on. */
static void cut(struct st_session_link *link)
{
    if (!can_be_heard_again(link)) {
        st_session_link_finish(link);
        return;
    }
    struct st_stt_session *session = link->session;
    st_session_feed_rewind(link);
    st_session_remove_link(link);
    st_session_wake(session, 0);
}

/* To go back is no hurry: all of it can be had first. */
static bool can_relieve(const struct st_session_link *next)
{
    const struct st_stt_session *session = next->session;
    for (unsigned i = 0; i < ST_STT_LINKS_MAX; i++)
        if (next->is_return && session->links[i] && session->links[i]->stage == ST_LINK_NEXT &&
            !session->links[i]->is_open)
            return false;
    return next->is_open;
}

/* Those before it are finished, as soon as nobody talks. */
static void relieve(const struct st_session_link *next, int64_t now_us)
{
    struct st_stt_session *session = next->session;
    for (unsigned i = 0; i < ST_STT_LINKS_MAX; i++) {
        struct st_session_link *link = session->links[i];
        if (!link || link->stage != ST_LINK_SERVING ||
            !(st_session_link_mask(link) & st_session_link_mask(next)))
            continue;
        if (st_session_is_quiet(link))
            st_session_link_finish(link);
        else if (now_us >= next->open_us + QUIET_WAIT_US || now_us >= link->renew_last_us)
            cut(link);
        else
            st_session_wake(session, now_us + LOOK_AGAIN_US);
    }
}

void st_session_hand_over(struct st_stt_session *session, int64_t now_us)
{
    for (unsigned i = 0; i < ST_STT_LINKS_MAX; i++) {
        struct st_session_link *next = session->links[i];
        if (!next || next->stage != ST_LINK_NEXT || next->has_died)
            continue;
        if (!(st_session_link_mask(next) & st_session_held_mask(session)))
            st_session_promote(next);
        else if (can_relieve(next))
            relieve(next, now_us);
    }
}

static void renew(struct st_session_link *link, int64_t now_us)
{
    struct st_stt_session *session = link->session;
    struct st_guard_ask ask = {.places = 1, .has_other = true};
    if (st_guard_enter(link->slot->engine.guard, &link->slot->pass, &ask, now_us) == 0 &&
        st_session_open_link(session, link->slot, st_session_link_mask(link), ST_LINK_NEXT) == 0) {
        st_guard_renewed(link->slot->engine.guard);
        return;
    }
    if (st_session_is_quiet(link))
        st_session_link_finish(link);
    else if (now_us >= link->renew_last_us)
        cut(link);
}

void st_session_renew_links(struct st_stt_session *session, int64_t now_us)
{
    for (unsigned i = 0; i < ST_STT_LINKS_MAX && !session->is_finishing; i++) {
        struct st_session_link *link = session->links[i];
        if (!link || link->stage != ST_LINK_SERVING || !link->is_open || link->has_died ||
            now_us < link->renew_us ||
            st_session_link_mask(link) & st_session_stage_mask(session, ST_LINK_NEXT))
            continue;
        if (st_session_is_quiet(link) || now_us >= link->renew_last_us)
            renew(link, now_us);
        st_session_wake(session, now_us + LOOK_AGAIN_US);
    }
}
