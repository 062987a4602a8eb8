/* One stream to one engine, from its opening to its end. */
#include "session.h"

#include "sidetone/mem.h"
#include "sidetone/utf8.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    MS_US = 1000,
    SECOND_US = 1000 * MS_US,
    OPEN_MAX_US = 15 * SECOND_US,
    OPEN_MAX_OTHER_US = 4 * SECOND_US, /* with another engine to go to */
    LEAVE_MAX_US = 3 * SECOND_US,
    STEADY_US = 10 * SECOND_US, /* a link that held that long is retried at once when it breaks */
};

void st_session_link_die(struct st_session_link *link, enum st_engine_trouble trouble,
                         const char *why)
{
    struct st_stt_session *session = link->session;
    if (link->has_died || session->is_destroyed)
        return;
    link->has_died = true;
    link->trouble = trouble;
    snprintf(link->why, sizeof(link->why), "%s: %s", link->slot->engine.name, why);
    st_utf8_make_plain(link->why);
    st_session_wake(session, 0);
}

bool st_session_link_is_listening(const struct st_session_link *link)
{
    return !link->session->is_destroyed && !link->has_died && !link->session->has_ended;
}

unsigned st_session_link_mask(const struct st_session_link *link)
{
    unsigned mask = 0;
    for (unsigned i = 0; i < link->lane_count; i++)
        if (link->tracks[i])
            mask |= 1U << link->tracks[i]->channel;
    return mask;
}

int64_t st_session_link_fed_us(const struct st_session_link *link)
{
    return link->fed * SECOND_US / link->session->rate_hz;
}

static void take_tracks(struct st_session_link *link, unsigned mask)
{
    struct st_stt_session *session = link->session;
    const struct st_engine_ops *ops = link->slot->engine.ops;
    unsigned channels_min = ops->channels_min ? ops->channels_min : 1;
    bool is_both_coming = (mask | session->config.coming_mask) == 3;
    bool has_both = channels_min > 1 || (is_both_coming && st_session_takes_both(link->slot));
    link->lane_count = has_both ? 2 : 1;
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++) {
        st_energy_segmenter_init(&link->speech[i], session->rate_hz);
        if (mask >> i & 1)
            link->tracks[has_both ? i : 0] = &session->tracks[i];
    }
}

/* The channel of the call that a lane stands for. */
static unsigned channel_of(const struct st_session_link *link, unsigned lane)
{
    return link->tracks[lane] ? link->tracks[lane]->channel : lane;
}

static size_t collect_hints(struct st_session_link *link)
{
    const struct st_stt_session *session = link->session;
    const struct st_stt_engine *engine = &link->slot->engine;
    size_t count = 0;
    link->hints = st_mem_alloc_array(session->config.hint_count + engine->hint_count + 1,
                                     sizeof(link->hints[0]));
    for (size_t i = 0; i < session->config.hint_count; i++)
        link->hints[count++] = session->hints[i];
    for (size_t i = 0; i < engine->hint_count; i++)
        link->hints[count++] = engine->hints[i];
    return count;
}

static int open_stream(struct st_session_link *link)
{
    struct st_stt_session *session = link->session;
    const struct st_stt_session_config *config = &session->config;
    size_t hint_count = collect_hints(link);
    struct st_engine_stream_config stream = {
        .loop = config->loop,
        .rate_hz = session->rate_hz,
        .channels = link->lane_count,
        .call_id = session->call_id,
        .language = session->language,
        .hints = link->hints,
        .hint_count = hint_count,
        .wants_partials = config->wants_partials,
        .wants_findings = config->wants_findings,
        .sink = &st_session_sink,
        .user = link,
    };
    for (unsigned i = 0; i < link->lane_count; i++)
        stream.roles[i] = config->roles[channel_of(link, i)];
    session->depth++;
    int err = link->slot->engine.ops->open(&link->stream, link->slot->engine.engine, &stream);
    session->depth--;
    return err;
}

static int start(struct st_session_link *link, int64_t now_us)
{
    int err = open_stream(link);
    if (err)
        return err;
    if (link->slot->engine.ops->kind == ST_ENGINE_EMBEDDED) {
        st_session_link_opened(link, now_us);
        st_session_link_answered(link);
        return 0;
    }
    link->due_us = now_us + (st_session_has_other(link->session, link->slot) ? OPEN_MAX_OTHER_US
                                                                             : OPEN_MAX_US);
    return st_session_link_aim(link, now_us);
}

bool st_session_is_unsuited(int err)
{
    return err == -EINVAL || err == -ENOTSUP;
}

int st_session_link_open(struct st_session_link **ret_link, struct st_stt_session *session,
                         struct st_session_slot *slot, unsigned channel_mask)
{
    struct st_session_link *link = st_mem_alloc(sizeof(*link));
    link->session = session;
    link->slot = slot;
    link->due_us = link->renew_us = link->renew_last_us = ST_STT_NEVER;
    take_tracks(link, channel_mask);
    int err = start(link, st_loop_now_us());
    if (st_session_is_unsuited(err)) {
        if (link->stream)
            slot->engine.ops->close(link->stream);
        st_outbox_fini(&link->outbox);
        free(link->hints);
        free(link);
        return err;
    }
    if (err)
        st_session_link_die(link, ST_TROUBLE_LOST, "it could not be started");
    *ret_link = link;
    return 0;
}

bool st_session_link_attach(struct st_session_link *link, struct st_track *track)
{
    if (link->lane_count < 2 || link->tracks[track->channel] || link->has_died ||
        st_track_has_audio(track)) /* out of step with the other lane's */
        return false;
    link->tracks[track->channel] = track;
    if (link->is_answered)
        st_session_tell_recovered(link);
    return true;
}

/* The last audio may have been given long ago: only now an answer is due. */
void st_session_link_finish(struct st_session_link *link)
{
    if (link->is_finish_sent || link->has_died)
        return;
    link->is_finish_sent = true;
    if (!link->session->is_finishing) {
        link->stage = ST_LINK_LEAVING;
        link->due_us = st_loop_now_us() + LEAVE_MAX_US;
    }
    link->session->depth++;
    link->slot->engine.ops->finish(link->stream);
    link->session->depth--;
    st_session_link_asked(link);
}

void st_session_link_close(struct st_session_link *link)
{
    struct st_stt_session *session = link->session;
    const struct st_stt_engine *engine = &link->slot->engine;
    if (link->is_answered && st_loop_now_us() - link->open_us >= STEADY_US)
        st_backoff_reset(&link->slot->backoff);
    if (link->socket)
        session->config.transport->close(link->socket);
    if (link->stream)
        engine->ops->close(link->stream);
    for (unsigned i = 0; i < link->lane_count; i++)
        if (link->tracks[i] && link->stage != ST_LINK_NEXT)
            st_splice_restart(&link->tracks[i]->splice);
    st_guard_leave(engine->guard, 1);
    st_outbox_fini(&link->outbox);
    free(link->hints);
    free(link);
}
