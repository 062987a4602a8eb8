#include "siprec_recording.h"

#include "siprec_said.h"

#include "sidetone/config.h"
#include "sidetone/loop.h"
#include "sidetone/mem.h"
#include "sidetone/post.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct recording {
    atomic_uint refs; /* of jobs under way, and of the first loop until the end */
    struct recording_config config;
    /* the loop of the call */
    struct st_rtp_session *session; /* NULL: not open, or it has ended */
    struct said *waiting;           /* to join the call with; NULL: it does not wait for that */
    bool has_ended;
    bool is_named; /* another session may go on with the call after a goodbye */
};

/* What is to be done on the loop of the call, with all that it needs; the answer goes back in it.
 */
struct job {
    struct recording *recording;
    /* an offer, or who takes part */
    bool is_named;
    bool is_follower;  /* the recording begins, and waits for one whose place it takes */
    struct said *said; /* NULL: the recording has it, or it is an end */
    struct st_rtp_sdp sdp;
    struct st_rtp_session_line lines[ST_RTP_SDP_MEDIA_MAX];
    /* what goes back, or the end */
    int err;
    char answer[ST_RTP_SESSION_SDP_BYTES];
    enum st_siprec_end end;
};

/* ---- life ---- */

static struct recording *ref(struct recording *recording)
{
    atomic_fetch_add(&recording->refs, 1);
    return recording;
}

static void lose(void *user)
{
    struct recording *recording = user;
    said_free(recording->waiting);
    free(recording);
}

static void on_last(void *user)
{
    struct recording *recording = user;
    recording->config.events->gone(recording->config.user);
    lose(recording);
}

static void unref(struct recording *recording)
{
    if (atomic_fetch_sub(&recording->refs, 1) != 1)
        return;
    if (st_loop_is_current(recording->config.home))
        on_last(recording);
    else
        st_post_surely(recording->config.loop, recording->config.home, on_last, lose, recording);
}

static struct job *new_job(struct recording *recording)
{
    struct job *job = st_mem_alloc(sizeof(*job));
    job->recording = ref(recording);
    return job;
}

static void free_job(void *user)
{
    struct job *job = user;
    struct recording *recording = job->recording;
    said_free(job->said);
    explicit_bzero(job, sizeof(*job)); /* keys */
    free(job);
    unref(recording);
}

/* Within one loop there is nothing to wait for. */
static void pass(struct st_loop *from, struct st_loop *to, st_loop_fn run, struct job *job)
{
    if (from == to)
        run(job);
    else
        st_post_surely(from, to, run, free_job, job);
}

struct recording *recording_create(const struct recording_config *config)
{
    struct recording *recording = st_mem_alloc(sizeof(*recording));
    recording->config = *config;
    atomic_init(&recording->refs, 1);
    return recording;
}

/* ---- back on the first loop ---- */

static void on_answer(void *user)
{
    struct job *job = user;
    const struct recording_config *config = &job->recording->config;
    struct st_siprec_answer answer = {.err = job->err, .sdp = job->answer};
    config->events->answer(config->user, config->id, &answer);
    free_job(job);
}

static void on_ended(void *user)
{
    struct job *job = user;
    const struct recording_config *config = &job->recording->config;
    config->events->ended(config->user, config->id, job->end);
    free_job(job);
}

/* ---- on the loop of the call ---- */

static void on_session_ended(void *user, const char *reason)
{
    struct recording *recording = user;
    struct job *job = new_job(recording);
    recording->session = NULL;
    job->end = strcmp(reason, "timeout") == 0 ? ST_SIPREC_END_MEDIA : ST_SIPREC_END_STOPPED;
    pass(recording->config.loop, recording->config.home, on_ended, job);
}

/* By the name that was called, where the tenant has such a route. */
static int find_route(const struct recording_config *recording, const struct said *said,
                      struct st_rtp_session_config *config)
{
    const struct st_config *whole =
        st_settings_config(st_call_service_settings(recording->service, recording->loop_index));
    config->tenant = st_config_tenant_find(whole, recording->tenant, strlen(recording->tenant));
    if (!config->tenant)
        return -ENOENT;
    config->route = st_config_route_find(config->tenant, said->route, strlen(said->route));
    if (!config->route || !*said->route)
        config->route =
            st_config_route_find(config->tenant, recording->route, strlen(recording->route));
    return config->route ? 0 : -ENOENT;
}

/* A line that is held nowhere is sent by nobody until a further offer says whom. */
static void allow_nobody(struct st_media_source *source)
{
    enum { DISCARD_PORT = 9 };
    source->mode = ST_MEDIA_SOURCE_STRICT;
    st_udp_address_parse(&source->rtp, "0.0.0.0", DISCARD_PORT);
    source->rtcp = (struct st_udp_address){0};
}

static void choose_sources(struct job *job)
{
    static const enum st_media_source_mode modes[] = {
        [ST_CONFIG_RTP_STRICT] = ST_MEDIA_SOURCE_STRICT,
        [ST_CONFIG_RTP_IP] = ST_MEDIA_SOURCE_IP,
        [ST_CONFIG_RTP_LEARN] = ST_MEDIA_SOURCE_LEARN,
    };
    const struct recording_config *recording = &job->recording->config;
    const struct st_config *config =
        st_settings_config(st_call_service_settings(recording->service, recording->loop_index));
    for (unsigned i = 0; i < job->sdp.media_count; i++) {
        struct st_media_source *source = &job->lines[i].source;
        if (!job->lines[i].channel_mask)
            continue;
        st_rtp_session_source(source, &job->sdp.media[i], modes[config->rtp.source]);
        if (!job->sdp.media[i].address[0])
            allow_nobody(source);
    }
}

static int join(struct recording *recording)
{
    struct said *said = recording->waiting;
    struct st_rtp_session_config config = {.loop_index = recording->config.loop_index,
                                           .dialect = "siprec"};
    if (!recording->session || !said)
        return 0;
    recording->waiting = NULL;
    config.start = &said->start;
    int err = find_route(&recording->config, said, &config);
    if (!err)
        err = st_rtp_session_join(recording->session, &config);
    said_free(said);
    return err;
}

static void on_heard(void *user)
{
    join(user);
}

static int open_or_change(struct recording *recording, struct job *job)
{
    struct st_rtp_session_config config = {
        .loop_index = recording->config.loop_index,
        .dialect = "siprec",
        .start = &job->said->start,
        .offer = &job->sdp,
        .lines = job->lines,
        .outlives_bye = true,
        .heard = job->is_follower ? on_heard : NULL,
        .ended = on_session_ended,
        .user = recording,
    };
    int err = find_route(&recording->config, job->said, &config);
    if (err)
        return err;
    choose_sources(job);
    if (!recording->session)
        return st_rtp_session_open(&recording->session, recording->config.service, &config);
    err = st_rtp_session_update(recording->session, &job->sdp, job->lines);
    return err ? err : st_rtp_session_extend(recording->session, &config);
}

/* Whoever waits says it when it joins the call. */
static void tell_parties(struct recording *recording, struct job *job)
{
    const struct st_ingest_start *start = &job->said->start;
    struct st_ingest_parties parties = {.agent_id = start->agent_id,
                                        .agent_name = start->agent_name,
                                        .caller = start->caller,
                                        .attributes = start->attributes,
                                        .attribute_count = start->attribute_count};
    if (recording->waiting || job->is_follower) {
        said_free(recording->waiting);
        recording->waiting = job->said;
        job->said = NULL;
    } else if (recording->session) {
        st_rtp_session_parties(recording->session, &parties);
    }
}

static void run_change(void *user)
{
    struct job *job = user;
    tell_parties(job->recording, job);
    free_job(job);
}

static bool is_unsuited(int err)
{
    return err == -EINVAL || err == -EAFNOSUPPORT || err == -EPROTONOSUPPORT || err == -EMSGSIZE;
}

static void run_offer(void *user)
{
    struct job *job = user;
    struct recording *recording = job->recording;
    if (recording->has_ended) {
        free_job(job);
        return;
    }
    recording->is_named = job->is_named;
    job->is_follower &= !recording->session;
    job->err = open_or_change(recording, job);
    if (!job->err)
        tell_parties(recording, job);
    if (!job->err &&
        st_rtp_session_answer(recording->session, job->answer, sizeof(job->answer)) < 0)
        job->err = -ENOBUFS;
    job->err = job->err == -ENOBUFS || job->err == -ENOSYS ? -EBUSY
               : is_unsuited(job->err)                     ? -ENOTSUP
                                                           : job->err;
    pass(recording->config.loop, recording->config.home, on_answer, job);
}

/* Some hand a call on by a goodbye and another session, which names the same call. */
static enum st_ingest_end end_of_media(const struct recording *recording, enum st_siprec_end end)
{
    if (end == ST_SIPREC_END_LOST || end == ST_SIPREC_END_MEDIA)
        return ST_INGEST_END_LOST;
    if (end == ST_SIPREC_END_REPLACED)
        return ST_INGEST_END_CLOSED;
    return end == ST_SIPREC_END_BYE && recording->is_named ? ST_INGEST_END_CLOSED
                                                           : ST_INGEST_END_STOPPED;
}

static void run_join(void *user)
{
    struct job *job = user;
    struct recording *recording = job->recording;
    int err = join(recording);
    if (err) {
        st_rtp_session_close(recording->session, ST_INGEST_END_ERROR);
        on_session_ended(recording, "refused");
    }
    free_job(job);
}

static void run_end(void *user)
{
    struct job *job = user;
    struct recording *recording = job->recording;
    recording->has_ended = true;
    if (recording->session)
        st_rtp_session_close(recording->session, end_of_media(recording, job->end));
    recording->session = NULL;
    free_job(job);
}

/* ---- on the first loop ---- */

/* Each stream is told apart by its line, so a call's legs get different ids. */
static void copy_lines(struct job *job, const struct st_siprec_session *session)
{
    for (unsigned i = 0; i < session->stream_count; i++) {
        const struct st_siprec_stream *stream = &session->streams[i];
        struct st_rtp_sdp_media *media = &job->sdp.media[stream->line];
        struct st_rtp_session_line *line = &job->lines[stream->line];
        *media = *stream->media;
        snprintf(media->address, sizeof(media->address), "%s", stream->address);
        if (!stream->crypto)
            media->crypto_count = 0;
        line->channel_mask = 1u << stream->channel;
        line->roles[stream->channel] = stream->role;
    }
}

void recording_offer(struct recording *recording, const struct st_siprec_session *session)
{
    struct job *job = new_job(recording);
    job->sdp.media_count = session->sdp->media_count;
    memcpy(job->sdp.media, session->sdp->media,
           session->sdp->media_count * sizeof(*session->sdp->media));
    job->is_named = session->is_named;
    job->is_follower = session->replaces != 0;
    job->said = said_copy(session);
    copy_lines(job, session);
    pass(recording->config.home, recording->config.loop, run_offer, job);
}

void recording_change(struct recording *recording, const struct st_siprec_session *session)
{
    struct job *job = new_job(recording);
    job->said = said_copy(session);
    pass(recording->config.home, recording->config.loop, run_change, job);
}

void recording_join(struct recording *recording)
{
    pass(recording->config.home, recording->config.loop, run_join, new_job(recording));
}

void recording_end(struct recording *recording, enum st_siprec_end end)
{
    struct job *job = new_job(recording);
    job->end = end;
    pass(recording->config.home, recording->config.loop, run_end, job);
    unref(recording);
}
