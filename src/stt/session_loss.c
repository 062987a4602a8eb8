/* Links that end: by themselves, or by trouble, and what the call and the guard are told of it. */
#include "session.h"

#include <string.h>

enum {
    MS_US = 1000,
    SECOND_US = 1000 * MS_US,
    RETRY_AFTER_MAX_US = 60 * SECOND_US,
    EXPIRED_MIN_US = 1 * SECOND_US, /* a session that was over sooner was none */
    RENEW_AGAIN_US = 5 * SECOND_US,
    PATIENCE_MAX = 3,
};

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
        st_session_stay(session);
    else
        st_session_remove_link(link);
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
           !(st_session_link_mask(link) & ~st_session_stage_mask(link->session, ST_LINK_SERVING));
}

void st_session_end_links(struct st_stt_session *session, int64_t now_us)
{
    for (unsigned i = 0; i < ST_STT_LINKS_MAX && !session->is_destroyed; i++) {
        struct st_session_link *link = session->links[i];
        if (!link)
            continue;
        if (link->is_done) {
            st_session_feed_complete(link);
            st_session_remove_link(link);
        } else if (is_idle(link) || is_needless(link)) {
            st_session_remove_link(link);
        } else if (link->has_died) {
            lose_link(link, now_us);
        }
    }
}
