#include "session.h"

#include <errno.h>
#include <string.h>

enum {
    MS_US = 1000,
    SECOND_US = 1000 * MS_US,
    TICK_US = 25 * MS_US,
    PUMP_MAX_US = 500 * MS_US,  /* a replay is at most twenty times as fast as speech … */
    PUMP_BUSY_US = 100 * MS_US, /* … and four times when the loop is late */
    BUSY_US = 10 * MS_US,
    SHED_STEP_US = SECOND_US,
    LAG_STEP_US = 100 * MS_US,
    BEHIND_MAX_US = 300 * MS_US, /* a channel waits no longer for the other one */
    ZEROS_US = 5 * SECOND_US,
    CHUNK_SAMPLES_MAX = 4800,
};

static int64_t us_samples(const struct st_session_link *link, int64_t us)
{
    return us * link->session->rate_hz / SECOND_US;
}

/* ---- from the owner ---- */

/* Every lane of a stream goes on at the same moment of the call: what is left out of one is left
 * out of all. */
static void skip(struct st_session_link *link, int64_t samples)
{
    struct st_stt_session *session = link->session;
    for (unsigned i = 0; i < link->lane_count; i++) {
        struct st_track *track = link->tracks[i];
        if (!track || !st_track_has_audio(track))
            continue;
        int64_t begin = track->sent > track->from ? track->sent : track->from;
        int64_t end = track->sent + samples;
        track->sent = end;
        if (end > track->ring.next)
            end = track->ring.next;
        if (begin < end)
            st_session_shed(session, track, st_track_media_us(track, begin),
                            st_track_media_us(track, end));
    }
}

/* Sheds a second at a time: fewer, longer holes leave more whole words than many short ones. */
static void make_room(struct st_stt_session *session, struct st_track *track, size_t count)
{
    struct st_ring *ring = &track->ring;
    int64_t excess = st_ring_excess(ring, count);
    if (excess == 0)
        return;
    int64_t until = ring->first + excess;
    if (until > track->sent) {
        int64_t begin = track->sent;
        int64_t step = begin + st_track_samples(track, SHED_STEP_US);
        struct st_session_link *link = st_session_link_of(session, track);
        if (step > until)
            until = step < ring->next ? step : ring->next;
        if (link) {
            skip(link, until - begin);
        } else {
            track->sent = until;
            st_session_shed(session, track, st_track_media_us(track, begin),
                            st_track_media_us(track, until));
        }
    }
    st_ring_drop(ring, until);
}

/* The call's time at which the next audio of the stream lies; false before there is any. */
static bool position(const struct st_session_link *link, int64_t *ret_media_us)
{
    for (unsigned i = 0; i < link->lane_count; i++) {
        const struct st_track *track = link->tracks[i];
        if (!track || !st_track_has_audio(track))
            continue;
        *ret_media_us = st_track_media_us(track, track->sent);
        return true;
    }
    return false;
}

static bool is_beside_another(const struct st_session_link *link, const struct st_track *track)
{
    for (unsigned i = 0; i < link->lane_count; i++)
        if (link->tracks[i] && link->tracks[i] != track && st_track_has_audio(link->tracks[i]))
            return true;
    return false;
}

/* The first frame of a channel whose stream runs already. */
static void join(struct st_session_link *link, struct st_track *track, int64_t media_us)
{
    int64_t at_us;
    if (!is_beside_another(link, track) || !position(link, &at_us))
        return;
    track->ring.base_us = media_us;
    track->sent = st_track_index(track, at_us);
}

void st_session_feed_put(struct st_stt_session *session, struct st_track *track,
                         const struct st_frame *frame)
{
    struct st_session_link *link = st_session_link_of(session, track);
    int64_t begin = track->ring.next;
    if (!st_track_has_audio(track) && link)
        join(link, track, frame->media_us);
    make_room(session, track, st_ring_count(&track->ring, frame));
    st_ring_put(&track->ring, frame);
    if (track->sent <= begin)
        return;
    int64_t end = track->sent < track->ring.next ? track->sent : track->ring.next;
    st_session_shed(session, track, st_track_media_us(track, begin), st_track_media_us(track, end));
}

/* ---- to the engine ---- */

static uint32_t chunk_samples(const struct st_session_link *link)
{
    const struct st_engine_ops *ops = link->slot->engine.ops;
    int64_t samples = us_samples(link, ops->chunk_us ? ops->chunk_us : ST_FRAME_US);
    return samples < CHUNK_SAMPLES_MAX ? (uint32_t)samples : CHUNK_SAMPLES_MAX;
}

/* Samples that every lane may be given now. */
static int64_t ready(const struct st_session_link *link, bool is_last)
{
    int64_t least = INT64_MAX, most = 0;
    for (unsigned i = 0; i < link->lane_count; i++) {
        const struct st_track *track = link->tracks[i];
        if (!track)
            continue;
        int64_t held = st_track_has_audio(track) ? track->ring.next - track->sent : 0;
        least = held < least ? held : least;
        most = held > most ? held : most;
    }
    if (is_last)
        return most;
    int64_t overdue = most - us_samples(link, BEHIND_MAX_US);
    return least > overdue ? least : overdue;
}

static bool are_zeros(const int16_t *samples, uint32_t count)
{
    return samples[0] == 0 && memcmp(samples, samples + 1, (count - 1) * sizeof(samples[0])) == 0;
}

static void advance(struct st_session_link *link, uint32_t count)
{
    for (unsigned i = 0; i < link->lane_count; i++)
        if (link->tracks[i] && st_track_has_audio(link->tracks[i]))
            link->tracks[i]->sent += count;
}

/* Whether exact silence has lasted so long that this engine is better kept alive without it. */
static bool is_held_back(struct st_session_link *link, const struct st_frame *frames)
{
    const struct st_engine_ops *ops = link->slot->engine.ops;
    if (!ops->keep_alive_us || !ops->keep_alive)
        return false;
    for (unsigned i = 0; i < link->lane_count; i++) {
        if (are_zeros(frames[i].samples, frames[i].count))
            continue;
        link->zeros_us = 0;
        link->sound_us = st_loop_now_us();
        return false;
    }
    link->zeros_us += (int64_t)frames[0].count * SECOND_US / frames[0].rate_hz;
    return link->zeros_us > ZEROS_US;
}

/* In a replay silence is over before the engine can have answered what was said before it. */
static bool has_answered_all(const struct st_session_link *link)
{
    return link->asked_us == 0 && st_loop_now_us() - link->sound_us >= ZEROS_US;
}

static void pass_over(struct st_session_link *link, uint32_t count)
{
    advance(link, count);
    for (unsigned i = 0; i < link->lane_count && has_answered_all(link); i++) {
        struct st_track *track = link->tracks[i];
        if (track && st_track_has_audio(track) && track->splice.open_count == 0)
            st_track_cover(track, st_track_media_us(track, track->sent));
    }
}

/* Speech is told from the rest only where something depends on it. */
static bool has_speech(struct st_session_link *link, const struct st_frame *frames)
{
    const struct st_engine_ops *ops = link->slot->engine.ops;
    bool is_speech = false;
    if (!ops->answers_speech_only && link->renew_us == ST_STT_NEVER &&
        link->session->return_due_us == ST_STT_NEVER)
        return true;
    for (unsigned i = 0; i < link->lane_count; i++) {
        st_energy_segmenter_put(&link->speech[i], frames[i].samples, frames[i].count);
        is_speech |= link->speech[i].is_open;
    }
    return is_speech || !ops->answers_speech_only;
}

static int give(struct st_session_link *link, const struct st_frame *frames)
{
    struct st_stt_session *session = link->session;
    st_rebase_mark(&link->rebase, st_session_link_fed_us(link), frames[0].media_us);
    session->depth++;
    int err = link->slot->engine.ops->audio(link->stream, frames);
    session->depth--;
    if (err == -EAGAIN || has_speech(link, frames))
        st_session_link_asked(link);
    if (err)
        return err;
    advance(link, frames[0].count);
    link->fed += frames[0].count;
    st_guard_heard(link->slot->engine.guard,
                   (int64_t)link->lane_count * frames[0].count * SECOND_US / session->rate_hz);
    link->sent_us = st_loop_now_us();
    st_session_progress(session);
    return 0;
}

static int feed_chunk(struct st_session_link *link, uint32_t count)
{
    int16_t copies[ST_ENGINE_CHANNELS_MAX][CHUNK_SAMPLES_MAX];
    struct st_frame frames[ST_ENGINE_CHANNELS_MAX];
    int64_t media_us = 0;
    position(link, &media_us);
    for (unsigned i = 0; i < link->lane_count; i++) {
        struct st_track *track = link->tracks[i];
        frames[i] = (struct st_frame){copies[i], count, link->session->rate_hz, media_us};
        if (track && st_track_has_audio(track))
            frames[i].samples = st_track_read(track, count, copies[i]);
        else
            memset(copies[i], 0, count * sizeof(copies[i][0]));
    }
    if (!is_held_back(link, frames))
        return give(link, frames);
    pass_over(link, count);
    return 0;
}

static bool may_feed(const struct st_session_link *link)
{
    return link->stage == ST_LINK_SERVING && link->stream && link->is_open && !link->has_died &&
           !link->is_finish_sent && !link->session->is_destroyed;
}

static int64_t budget(const struct st_session_link *link)
{
    return us_samples(link, link->session->late_us > BUSY_US ? PUMP_BUSY_US : PUMP_MAX_US);
}

/* Samples that an engine with a pace of its own may have by now, beyond what it has. */
static int64_t allowance(const struct st_session_link *link)
{
    const struct st_engine_ops *ops = link->slot->engine.ops;
    if (ops->pace_pct == 0)
        return INT64_MAX;
    int64_t since_us = st_loop_now_us() - link->open_us;
    return us_samples(link, ops->pace_free_us + since_us / 100 * ops->pace_pct) - link->fed;
}

/* Feeds what is there and fits; true when more is there. */
static bool feed(struct st_session_link *link, bool is_last)
{
    uint32_t chunk = chunk_samples(link);
    int64_t left = budget(link), held;
    while (may_feed(link) && (held = ready(link, is_last)) > 0) {
        uint32_t count = held < chunk ? (uint32_t)held : chunk;
        if (count < chunk && !is_last)
            return false;
        if (left <= 0 || allowance(link) < count || !st_session_link_flush(link))
            return true;
        int err = feed_chunk(link, count);
        if (err == -EAGAIN)
            return true;
        if (err) {
            st_session_link_die(link, ST_TROUBLE_PROTOCOL, "the engine refused audio");
            return false;
        }
        left -= count;
    }
    return may_feed(link) && !st_session_link_flush(link);
}

void st_session_feed_pump(struct st_session_link *link)
{
    bool is_last = link->session->is_finishing;
    if (link->is_finish_sent && link->is_open && !link->has_died && !st_session_link_flush(link))
        st_session_wake(link->session, st_loop_now_us() + TICK_US);
    if (!may_feed(link))
        return;
    link->is_waiting = feed(link, is_last);
    if (link->is_waiting)
        st_session_wake(link->session, st_loop_now_us() + TICK_US);
    else if (is_last && may_feed(link))
        st_session_link_finish(link);
}

/* ---- when streams begin and end ---- */

/* All lanes begin where the one that is furthest back has to. */
void st_session_feed_begin(struct st_session_link *link)
{
    int64_t start_us = INT64_MAX;
    link->fed = 0;
    st_rebase_reset(&link->rebase);
    for (unsigned i = 0; i < link->lane_count; i++) {
        struct st_track *track = link->tracks[i];
        if (!track || !st_track_has_audio(track))
            continue;
        track->from = track->sent;
        int64_t media_us = st_track_media_us(track, track->sent);
        start_us = media_us < start_us ? media_us : start_us;
    }
    for (unsigned i = 0; i < link->lane_count && link->lane_count > 1; i++) {
        struct st_track *track = link->tracks[i];
        if (track && st_track_has_audio(track))
            track->sent = st_track_index(track, start_us);
    }
}

/* Of the audio this stream was given, tells what lies between the two indices. */
static void shed_fed(struct st_session_link *link, const struct st_track *track, int64_t from,
                     int64_t until)
{
    int64_t fed_us = st_session_link_fed_us(link);
    int64_t low_us = st_track_media_us(track, from);
    int64_t high_us = st_track_media_us(track, until);
    for (unsigned i = 0; i < link->rebase.count; i++) {
        int64_t from_us, until_us;
        st_rebase_span(&link->rebase, i, fed_us, &from_us, &until_us);
        if (from_us < low_us)
            from_us = low_us;
        if (until_us > high_us)
            until_us = high_us;
        st_session_shed(link->session, track, from_us, until_us);
    }
}

static void rewind_track(struct st_session_link *link, struct st_track *track)
{
    int64_t held = track->ring.first;
    if (track->covered < held) {
        shed_fed(link, track, track->covered, held);
        track->covered = held;
    }
    track->sent = track->from = track->covered;
}

void st_session_feed_rewind(struct st_session_link *link)
{
    for (unsigned i = 0; i < link->lane_count; i++)
        if (link->tracks[i] && st_track_has_audio(link->tracks[i]))
            rewind_track(link, link->tracks[i]);
}

void st_session_feed_complete(struct st_session_link *link)
{
    for (unsigned i = 0; i < link->lane_count; i++) {
        struct st_track *track = link->tracks[i];
        if (!track || !st_track_has_audio(track))
            continue;
        if (track->sent > track->ring.next)
            track->sent = track->ring.next;
        if (track->sent < track->covered)
            track->sent = track->covered;
        track->covered = track->from = track->sent;
        st_ring_drop(&track->ring, track->covered);
    }
}

void st_session_feed_abandon(struct st_stt_session *session, struct st_track *track)
{
    struct st_session_link *link = st_session_link_of(session, track);
    int64_t end = track->ring.next;
    int64_t sent = track->sent < end ? track->sent : end;
    if (link && track->covered < sent)
        shed_fed(link, track, track->covered, sent);
    if (sent < track->covered)
        sent = track->covered;
    if (sent < end)
        st_session_shed(session, track, st_track_media_us(track, sent),
                        st_track_media_us(track, end));
    track->sent = track->covered = end;
}

void st_session_feed_tell_lag(struct st_stt_session *session, struct st_track *track)
{
    const struct st_session_link *link = st_session_link_of(session, track);
    int64_t unsent_us = st_track_us(track, track->ring.next - track->sent);
    int64_t lag_us = unsent_us > LAG_STEP_US && st_track_has_audio(track) ? unsent_us : 0;
    lag_us += link ? link->engine_lag_us : 0;
    int64_t change_us = lag_us - track->told_lag_us;
    if (change_us <= LAG_STEP_US && change_us >= -LAG_STEP_US)
        return;
    track->told_lag_us = lag_us;
    if (session->config.events->lag && !session->is_destroyed)
        session->config.events->lag(session->config.user, track->channel, lag_us);
}
