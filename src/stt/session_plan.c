#include "session.h"

#include "turns.h"

#include <errno.h>
#include <string.h>

enum {
    MS_US = 1000,
    SECOND_US = 1000 * MS_US,
    RETRY_AFTER_MAX_US = 60 * SECOND_US,
    EXPIRED_MIN_US = 1 * SECOND_US, /* a session that was over sooner was none */
    RENEW_AGAIN_US = 5 * SECOND_US,
    QUIET_WAIT_US = 2 * SECOND_US,
    LOOK_AGAIN_US = 100 * MS_US,
    PATIENCE_MAX = 3,
};

/* ---- who has what ---- */

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

static unsigned mask_of_stage(const struct st_stt_session *session,
                              enum st_session_link_stage stage)
{
    unsigned mask = 0;
    for (unsigned i = 0; i < ST_STT_LINKS_MAX; i++)
        if (session->links[i] && session->links[i]->stage == stage)
            mask |= st_session_link_mask(session->links[i]);
    return mask;
}

static unsigned held_mask(const struct st_stt_session *session)
{
    return mask_of_stage(session, ST_LINK_SERVING) | mask_of_stage(session, ST_LINK_LEAVING);
}

/* Open channels without any link; at the end only those that still have something to hear. */
static unsigned orphan_mask(const struct st_stt_session *session)
{
    unsigned mask =
        st_session_open_mask(session) & ~held_mask(session) & ~mask_of_stage(session, ST_LINK_NEXT);
    for (unsigned i = 0; session->is_finishing && i < ST_CHANNELS_MAX; i++)
        if (st_track_is_covered(&session->tracks[i]))
            mask &= ~(1U << i);
    return mask;
}

/* ---- links that end ---- */

static void remove_link(struct st_session_link *link)
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
            remove_link(session->links[i]);
}

/* Speech that nobody answers may have been music; an engine that said something before, and is
 * silent on it, says nothing about other calls. */
static bool is_worth_telling(const struct st_session_link *link)
{
    return link->trouble != ST_TROUBLE_STALLED || !link->has_said ||
           !link->slot->engine.ops->answers_speech_only;
}

static void note_failure(const struct st_session_link *link, int64_t now_us)
{
    struct st_session_slot *slot = link->slot;
    int64_t delay_us = st_backoff_next_us(&slot->backoff);
    if (link->retry_after_us > delay_us)
        delay_us =
            link->retry_after_us < RETRY_AFTER_MAX_US ? link->retry_after_us : RETRY_AFTER_MAX_US;
    slot->has_failed = true;
    slot->retry_due_us = now_us + delay_us;
    if (link->trouble == ST_TROUBLE_REFUSED || link->trouble == ST_TROUBLE_UNSUITED)
        slot->is_barred = true;
    if (is_worth_telling(link))
        st_guard_failed(slot->engine.guard, link->trouble, link->retry_after_us, now_us);
    if (link->trouble == ST_TROUBLE_STALLED && slot->engine.ops->answers_speech_only &&
        link->session->patience < PATIENCE_MAX)
        link->session->patience++;
}

/* What a link that could not be opened was to follow is tried again a little later. */
static void put_off_renewal(struct st_stt_session *session, unsigned mask, int64_t now_us)
{
    for (unsigned i = 0; i < ST_STT_LINKS_MAX; i++) {
        struct st_session_link *link = session->links[i];
        if (link && link->stage == ST_LINK_SERVING && st_session_link_mask(link) & mask &&
            link->renew_us != ST_STT_NEVER)
            link->renew_us = now_us + RENEW_AGAIN_US;
    }
}

/* An engine that does not open for one channel is gone back to with none. */
static void stay(struct st_stt_session *session)
{
    for (unsigned i = 0; i < ST_STT_LINKS_MAX; i++)
        if (session->links[i] && session->links[i]->is_return &&
            session->links[i]->stage == ST_LINK_NEXT)
            remove_link(session->links[i]);
}

static bool has_expired(const struct st_session_link *link, int64_t now_us)
{
    return link->trouble == ST_TROUBLE_EXPIRED && link->open_us &&
           now_us - link->open_us >= EXPIRED_MIN_US;
}

/* For who looks at all calls: `why` begins with the engine's name. */
static void report_trouble(const struct st_session_link *link, bool has_expired)
{
    const struct st_stt_engine *engine = &link->slot->engine;
    const char *colon = strchr(link->why + strlen(engine->name), ' ');
    if (has_expired)
        st_guard_renewed(engine->guard);
    else
        st_guard_troubled(engine->guard, link->trouble, colon ? colon + 1 : link->why,
                          st_loop_wall_unix_ms());
}

static void note_loss(const struct st_session_link *link)
{
    struct st_session_loss *loss = &link->session->loss;
    loss->engine = link->slot->engine.name;
    loss->trouble = link->trouble;
    memcpy(loss->why, link->why, sizeof(loss->why));
}

static void lose_link(struct st_session_link *link, int64_t now_us)
{
    struct st_stt_session *session = link->session;
    struct st_stt_news news = {link->slot->engine.name, link->trouble, link->why};
    unsigned mask = st_session_link_mask(link);
    ST_DEBUG(&session->log, "%s (%s)", link->why, st_engine_trouble_name(link->trouble));
    if (link->stage != ST_LINK_LEAVING)
        report_trouble(link, has_expired(link, now_us));
    if (link->stage != ST_LINK_LEAVING && !has_expired(link, now_us))
        note_failure(link, now_us);
    if (link->stage == ST_LINK_NEXT)
        put_off_renewal(session, mask, now_us);
    else
        st_session_feed_rewind(link);
    if (link->stage == ST_LINK_SERVING && !has_expired(link, now_us)) {
        note_loss(link);
        if (!session->is_finishing)
            st_session_tell_degraded(session, mask, &news);
    }
    if (link->is_return && link->stage == ST_LINK_NEXT)
        stay(session);
    else
        remove_link(link);
}

/* The end of the call has come, and it has nothing to hear. */
static bool is_idle(const struct st_session_link *link)
{
    if (!link->session->is_finishing || link->is_open)
        return false;
    for (unsigned i = 0; i < link->lane_count; i++)
        if (link->tracks[i] && !st_track_is_covered(link->tracks[i]))
            return false;
    return true;
}

static bool is_needless(const struct st_session_link *link)
{
    return link->stage == ST_LINK_NEXT && link->session->is_finishing &&
           !(st_session_link_mask(link) & ~mask_of_stage(link->session, ST_LINK_SERVING));
}

static void end_links(struct st_stt_session *session, int64_t now_us)
{
    for (unsigned i = 0; i < ST_STT_LINKS_MAX && !session->is_destroyed; i++) {
        struct st_session_link *link = session->links[i];
        if (!link)
            continue;
        if (link->is_done) {
            st_session_feed_complete(link);
            remove_link(link);
        } else if (is_idle(link) || is_needless(link)) {
            remove_link(link);
        } else if (link->has_died) {
            lose_link(link, now_us);
        }
    }
}

/* ---- links that follow others ---- */

static void move(struct st_session_link *link)
{
    link->session->slot = link->slot;
    st_session_return_later(link->session, st_loop_now_us());
    for (unsigned i = 0; i < link->lane_count; i++)
        if (link->tracks[i])
            link->tracks[i]->is_moved = true;
}

static void promote(struct st_session_link *link)
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
    remove_link(link);
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

static void hand_over(struct st_stt_session *session, int64_t now_us)
{
    for (unsigned i = 0; i < ST_STT_LINKS_MAX; i++) {
        struct st_session_link *next = session->links[i];
        if (!next || next->stage != ST_LINK_NEXT || next->has_died)
            continue;
        if (!(st_session_link_mask(next) & held_mask(session)))
            promote(next);
        else if (can_relieve(next))
            relieve(next, now_us);
    }
}

static struct st_session_link **free_place(struct st_stt_session *session)
{
    for (unsigned i = 0; i < ST_STT_LINKS_MAX; i++)
        if (!session->links[i])
            return &session->links[i];
    return NULL;
}

/* The place in the guard is taken already. */
static int open_link(struct st_stt_session *session, struct st_session_slot *slot, unsigned mask,
                     enum st_session_link_stage stage)
{
    struct st_session_link **place = free_place(session);
    int err = place ? st_session_link_open(place, session, slot, mask) : -ENOBUFS;
    if (err) {
        st_guard_leave(slot->engine.guard, 1);
        return err;
    }
    if (stage == ST_LINK_SERVING)
        promote(*place);
    else if ((*place)->is_open)
        st_session_wake(session, 0);
    return 0;
}

static void renew(struct st_session_link *link, int64_t now_us)
{
    struct st_stt_session *session = link->session;
    struct st_guard_ask ask = {.places = 1, .has_other = true};
    if (st_guard_enter(link->slot->engine.guard, &link->slot->pass, &ask, now_us) == 0 &&
        open_link(session, link->slot, st_session_link_mask(link), ST_LINK_NEXT) == 0) {
        st_guard_renewed(link->slot->engine.guard);
        return;
    }
    if (st_session_is_quiet(link))
        st_session_link_finish(link);
    else if (now_us >= link->renew_last_us)
        cut(link);
}

static void renew_links(struct st_stt_session *session, int64_t now_us)
{
    for (unsigned i = 0; i < ST_STT_LINKS_MAX && !session->is_finishing; i++) {
        struct st_session_link *link = session->links[i];
        if (!link || link->stage != ST_LINK_SERVING || !link->is_open || link->has_died ||
            now_us < link->renew_us ||
            st_session_link_mask(link) & mask_of_stage(session, ST_LINK_NEXT))
            continue;
        if (st_session_is_quiet(link) || now_us >= link->renew_last_us)
            renew(link, now_us);
        st_session_wake(session, now_us + LOOK_AGAIN_US);
    }
}

/* ---- engines ---- */

static bool takes_both(const struct st_session_slot *slot)
{
    return slot->engine.ops->channels_max > 1;
}

/* What this engine would have to serve: a call uses one engine at a time. */
static unsigned mask_for(const struct st_stt_session *session, const struct st_session_slot *slot)
{
    unsigned mask = orphan_mask(session);
    for (unsigned i = 0; i < ST_STT_LINKS_MAX; i++)
        if (session->links[i] && session->links[i]->slot != slot)
            mask |= st_session_link_mask(session->links[i]);
    return mask;
}

unsigned st_session_places(const struct st_session_slot *slot, unsigned mask)
{
    return takes_both(slot) ? 1 : (mask & 1) + (mask >> 1 & 1);
}

static bool has_other(const struct st_stt_session *session, const struct st_session_slot *slot)
{
    for (unsigned i = 0; i < session->config.engine_count; i++)
        if (&session->slots[i] != slot && !session->slots[i].is_barred)
            return true;
    return false;
}

/* 0: its streams may be opened now. */
static int64_t wait_for(struct st_stt_session *session, struct st_session_slot *slot,
                        int64_t now_us)
{
    struct st_guard_ask ask = {.places = st_session_places(slot, mask_for(session, slot)),
                               .is_retry = slot->has_failed,
                               .has_other = has_other(session, slot),
                               .may_wait = true};
    if (slot->is_barred)
        return ST_STT_NEVER;
    if (now_us < slot->retry_due_us)
        return slot->retry_due_us - now_us;
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
        remove_link(link);
    }
}

static struct st_session_link *running_link(const struct st_stt_session *session)
{
    for (unsigned i = 0; i < ST_STT_LINKS_MAX; i++)
        if (session->links[i] && session->links[i]->stage == ST_LINK_SERVING)
            return session->links[i];
    return NULL;
}

/* Both channels in one stream; a stream that has one of them is followed by one that has both. */
static int open_both(struct st_stt_session *session, struct st_session_slot *slot, unsigned mask)
{
    const struct st_session_link *running = running_link(session);
    return running ? open_link(session, slot, mask | st_session_link_mask(running), ST_LINK_NEXT)
                   : open_link(session, slot, mask, ST_LINK_SERVING);
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
            err = open_link(session, slot, 1U << i, ST_LINK_SERVING);
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
    return takes_both(slot) ? open_both(session, slot, mask) : open_each(session, slot, mask);
}

static bool is_unsuited(int err)
{
    return err == -EINVAL || err == -ENOTSUP;
}

static int open_return(struct st_stt_session *session, struct st_session_slot *slot, unsigned mask)
{
    struct st_session_link **place = free_place(session);
    int err = open_link(session, slot, mask, ST_LINK_NEXT);
    if (!err)
        (*place)->is_return = true;
    return err;
}

void st_session_open_next(struct st_stt_session *session, struct st_session_slot *slot,
                          unsigned mask)
{
    int err = takes_both(slot) ? open_return(session, slot, mask) : 0;
    for (unsigned i = 0; i < ST_CHANNELS_MAX && !takes_both(slot); i++) {
        if (!(mask >> i & 1))
            continue;
        if (err)
            st_guard_leave(slot->engine.guard, 1);
        else
            err = open_return(session, slot, 1U << i);
    }
    if (!err)
        return;
    slot->is_barred = is_unsuited(err);
    stay(session);
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
        if (!is_unsuited(err))
            return 0;
        slot->is_barred = true;
    }
    if (wait_us == ST_STT_NEVER)
        return err;
    tell_waiting(session, orphan_mask(session));
    session->plan_due_us = session->is_opening ? 0 : now_us + wait_us;
    return 0;
}

/* A stream that has silence in its place takes a further channel as it is. */
static void attach_orphans(struct st_stt_session *session)
{
    struct st_session_link *link = running_link(session);
    unsigned mask = orphan_mask(session);
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
    end_links(session, now_us);
    if (session->is_destroyed)
        return 0;
    hand_over(session, now_us);
    renew_links(session, now_us);
    st_session_return(session, now_us);
    attach_orphans(session);
    if (orphan_mask(session) == 0) {
        leave_lines(session);
        session->turn_us = 0;
        return 0;
    }
    return has_turn(session, now_us) ? find_engine(session, now_us) : 0;
}
