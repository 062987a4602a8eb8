/* What a stream says: times and ids become the call's, and what makes no sense ends it. */
#include "session.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <math.h>

enum {
    MS_US = 1000,
    BEYOND_MAX_US = 2000 * MS_US, /* of the audio it was given */
};

/* What is told later has whole milliseconds and thousandths; who works with it now should see the
 * same, so that a call gives the same findings from its transcript as it did live. */
static int64_t whole_ms(int64_t us)
{
    return us - us % MS_US;
}

static float thousandths(float confidence)
{
    return confidence < 0 ? confidence : roundf(confidence * 1000) / 1000;
}

/* The track a channel of the stream stands for; NULL: silence, or nobody listens. */
static struct st_track *track_of(const struct st_session_link *link, unsigned channel)
{
    if (!st_session_link_is_listening(link) || link->stage == ST_LINK_NEXT ||
        channel >= link->lane_count)
        return NULL;
    return link->tracks[channel];
}

static int64_t latest_us(const struct st_segment *segment)
{
    int64_t latest = segment->end_us > segment->start_us ? segment->end_us : segment->start_us;
    for (size_t i = 0; i < segment->word_count; i++)
        if (segment->words[i].end_us > latest)
            latest = segment->words[i].end_us;
    return latest;
}

static bool is_beyond(const struct st_session_link *link, const struct st_segment *segment)
{
    return link->slot->engine.ops->kind != ST_ENGINE_EMBEDDED &&
           latest_us(segment) > st_session_link_fed_us(link) + BEYOND_MAX_US;
}

static const struct st_word *rebase_words(const struct st_session_link *link,
                                          const struct st_segment *segment)
{
    struct st_stt_session *session = link->session;
    if (segment->word_count > session->words_cap) {
        session->words_cap = segment->word_count * 2;
        session->words =
            st_mem_realloc(session->words, session->words_cap * sizeof(session->words[0]));
    }
    for (size_t i = 0; i < segment->word_count; i++) {
        const struct st_word *word = &segment->words[i];
        session->words[i] = (struct st_word){
            .text = word->text,
            .start_us = whole_ms(st_rebase_start_us(&link->rebase, word->start_us)),
            .end_us = whole_ms(st_rebase_end_us(&link->rebase, word->end_us)),
            .confidence = thousandths(word->confidence),
        };
    }
    return session->words;
}

static void heard(struct st_session_link *link)
{
    link->has_said = true;
    link->session->patience = 0;
    if (link->slot->engine.ops->answers_speech_only && !link->is_finish_sent)
        link->asked_us = 0;
}

static void cover(struct st_session_link *link, struct st_track *track, int64_t media_us)
{
    if (st_track_cover(track, media_us))
        st_session_progress(link->session);
}

static void on_segment(void *user, unsigned channel, const struct st_segment *segment)
{
    struct st_session_link *link = user;
    struct st_track *track = track_of(link, channel);
    struct st_segment mine = *segment;
    if (!track)
        return;
    if (is_beyond(link, segment)) {
        st_session_link_die(link, ST_TROUBLE_PROTOCOL, "it heard words in audio it never had");
        return;
    }
    heard(link);
    mine.start_us = whole_ms(st_rebase_start_us(&link->rebase, segment->start_us));
    mine.end_us = whole_ms(st_rebase_end_us(&link->rebase, segment->end_us));
    mine.confidence = thousandths(segment->confidence);
    mine.words = rebase_words(link, segment);
    link->session->depth++;
    st_splice_put(&track->splice, &mine);
    link->session->depth--;
    if (mine.is_final && !link->session->is_destroyed)
        cover(link, track, mine.end_us);
}

static void on_finding(void *user, unsigned channel, const struct st_vendor_finding *finding)
{
    struct st_session_link *link = user;
    struct st_stt_session *session = link->session;
    struct st_track *track = track_of(link, channel);
    struct st_vendor_finding mine = *finding;
    if (!track || !session->config.events->finding)
        return;
    mine.start_us = whole_ms(st_rebase_start_us(&link->rebase, finding->start_us));
    mine.end_us = whole_ms(st_rebase_end_us(&link->rebase, finding->end_us));
    mine.confidence = thousandths(finding->confidence);
    mine.segment_id = finding->segment_id ? st_splice_id(&track->splice, finding->segment_id) : 0;
    session->depth++;
    session->config.events->finding(session->config.user, track->channel, link->slot->engine.name,
                                    &mine);
    session->depth--;
}

static void on_send(void *user, const void *data, size_t bytes, bool is_binary)
{
    struct st_session_link *link = user;
    if (!st_session_link_is_listening(link))
        return;
    link->sent_us = st_loop_now_us();
    if (link->is_open && link->socket && st_outbox_is_empty(&link->outbox)) {
        int err = link->session->config.transport->send(link->socket, data, bytes, is_binary);
        if (err == 0)
            return;
        if (err != -ENOBUFS) {
            st_session_link_closing(link);
            return;
        }
    }
    if (st_outbox_push(&link->outbox, data, bytes, is_binary) < 0)
        st_session_link_die(link, ST_TROUBLE_LOST, "its messages could not be sent in time");
}

/* An empty message stands for the end of an HTTP/2 request. */
static void on_end(void *user)
{
    on_send(user, "", 0, true);
}

static void on_done(void *user)
{
    struct st_session_link *link = user;
    if (!st_session_link_is_listening(link) || !link->is_finish_sent)
        return;
    link->is_done = true;
    st_session_wake(link->session, 0);
}

static void on_failed(void *user, enum st_engine_trouble trouble, const char *what)
{
    st_session_link_die(user, trouble, what);
}

static void on_lag(void *user, int64_t lag_us)
{
    struct st_session_link *link = user;
    if (!st_session_link_is_listening(link))
        return;
    link->engine_lag_us = lag_us;
    link->session->depth++;
    for (unsigned i = 0; i < link->lane_count; i++)
        if (link->tracks[i] && link->stage != ST_LINK_NEXT)
            st_session_feed_tell_lag(link->session, link->tracks[i]);
    link->session->depth--;
}

static void on_settled(void *user, unsigned channel, int64_t until_us)
{
    struct st_session_link *link = user;
    struct st_track *track = track_of(link, channel);
    if (!track)
        return;
    if (link->slot->engine.ops->answers_speech_only && !link->is_finish_sent)
        link->asked_us = 0;
    cover(link, track, st_rebase_end_us(&link->rebase, until_us));
}

const struct st_engine_sink st_session_sink = {
    .segment = on_segment,
    .finding = on_finding,
    .send = on_send,
    .end = on_end,
    .done = on_done,
    .failed = on_failed,
    .lag = on_lag,
    .settled = on_settled,
};
