#include "rtp_session.h"

#include "sidetone/loop.h"
#include "sidetone/mem.h"
#include "sidetone/random.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- sources ---- */

/* Nobody is told where nobody is, as when a line is on hold, nor by the other kind of IP. */
static void choose_rtcp(struct st_media_source *source, const struct st_rtp_sdp_media *media)
{
    struct st_udp_address rtcp = source->rtp;
    uint16_t next = source->rtp.port ? (uint16_t)(source->rtp.port + !media->is_muxed) : 0;
    uint16_t port = media->rtcp_port ? media->rtcp_port : next;
    st_udp_address_parse(&rtcp, media->rtcp_address, port); /* unless it is none */
    rtcp.port = port;
    bool is_reachable = st_udp_address_is_v4(&rtcp) == st_udp_address_is_v4(&source->rtp);
    if (port != 0 && is_reachable && !st_udp_address_is_anybody(&source->rtp) &&
        !st_udp_address_is_anybody(&rtcp))
        source->rtcp = rtcp;
}

void st_rtp_session_source(struct st_media_source *ret_source, const struct st_rtp_sdp_media *media,
                           enum st_media_source_mode mode)
{
    struct st_media_source source = {.mode = mode};
    if (st_udp_address_parse(&source.rtp, media->address, media->port) == 0)
        choose_rtcp(&source, media);
    *ret_source = source;
}

/* ---- open ---- */

static void link_session(struct st_rtp_session *session)
{
    struct call_shard *shard = session->shard;
    session->next = shard->rtp_sessions;
    session->link = &shard->rtp_sessions;
    if (shard->rtp_sessions)
        shard->rtp_sessions->link = &session->next;
    shard->rtp_sessions = session;
}

static struct st_rtp_session *create(struct call_shard *shard,
                                     const struct st_rtp_session_config *config)
{
    const struct st_config_rtp *defaults = &shard->settings->config->rtp;
    struct st_rtp_session *session = st_mem_alloc(sizeof(*session));
    session->shard = shard;
    session->call_id = st_mem_strdup(config->start->call_id);
    session->tenant = st_mem_strdup(config->tenant->name);
    session->route = st_mem_strdup(config->route->name);
    session->agent_id = st_mem_strdup(config->start->agent_id);
    session->log = (struct st_log){.module = "call", .call_id = session->call_id};
    session->ops = line_ops;
    session->ops.name = config->dialect;
    session->outlives_bye = config->outlives_bye;
    session->heard = config->heard;
    session->is_waiting = config->heard != NULL;
    session->ended = config->ended;
    session->user = config->user;
    session->origin_us = st_loop_now_us();
    session->timeout_us =
        config->timeout_us ? config->timeout_us : (int64_t)defaults->timeout_s * 1000000;
    session->reorder_us =
        config->reorder_us ? config->reorder_us : (int64_t)defaults->reorder_ms * 1000;
    session->srtp = defaults->srtp;
    session->number = st_random_u64() >> 1;
    snprintf(session->id, sizeof(session->id), "%016llx", (unsigned long long)st_random_u64());
    for (unsigned i = 0; i < ST_RTP_SDP_MEDIA_MAX; i++)
        session->lines[i].session = session;
    link_session(session);
    return session;
}

static void keep_offer(struct st_rtp_session *session, const struct st_rtp_sdp *offer)
{
    st_rtp_sdp_free(session->offer);
    session->offer = st_rtp_sdp_copy(offer);
}

static void free_session(struct st_rtp_session *session)
{
    for (unsigned i = 0; i < ST_RTP_SDP_MEDIA_MAX; i++)
        line_close(&session->lines[i]);
    *session->link = session->next;
    if (session->next)
        session->next->link = session->link;
    st_rtp_sdp_free(session->offer);
    free(session->call_id);
    free(session->tenant);
    free(session->route);
    free(session->agent_id);
    free(session);
}

const struct st_rtp_srtp_crypto *session_key(const struct st_rtp_session *session,
                                             const struct st_rtp_sdp_media *media)
{
    bool is_used = media->is_secure || session->srtp != ST_CONFIG_RTP_SRTP_PROFILE;
    return media->crypto_count > 0 && is_used ? &media->cryptos[0] : NULL;
}

bool session_allows(const struct st_rtp_session *session, const struct st_rtp_sdp_media *media)
{
    return session->srtp != ST_CONFIG_RTP_SRTP_REQUIRED || session_key(session, media);
}

static bool is_wanted(const struct st_rtp_session *session, const struct st_rtp_sdp_media *media,
                      const struct st_rtp_session_line *wanted)
{
    return wanted->channel_mask != 0 && session_allows(session, media) &&
           st_rtp_sdp_is_usable(media);
}

/* Ports first: without them there is nothing to begin a call for. */
static int open_lines(struct st_rtp_session *session, const struct st_rtp_session_config *config)
{
    unsigned opened = 0;
    int err = 0;
    keep_offer(session, config->offer);
    for (unsigned i = 0; i < session->offer->media_count && !err; i++)
        if (is_wanted(session, &session->offer->media[i], &config->lines[i])) {
            err = line_open(&session->lines[i], &session->offer->media[i], &config->lines[i]);
            opened++;
        }
    return err || opened > 0 ? err : -EINVAL;
}

unsigned session_coming_mask(const struct st_rtp_session *session)
{
    unsigned mask = 0;
    for (unsigned i = 0; i < session->offer->media_count; i++)
        if (session->lines[i].stream && !session->lines[i].leg)
            mask |= session->lines[i].channel_mask;
    return mask;
}

static int start_lines(struct st_rtp_session *session, const struct st_rtp_session_config *config)
{
    int err = 0;
    for (unsigned i = 0; i < session->offer->media_count && !err; i++)
        if (session->lines[i].stream && !session->lines[i].leg)
            err = line_start(&session->lines[i], config);
    return err;
}

static bool is_all_held(const struct st_rtp_session *session)
{
    bool is_held = true;
    for (unsigned i = 0; i < session->offer->media_count; i++)
        is_held &= !session->lines[i].stream || session->lines[i].is_held;
    return is_held;
}

/* Each line has told its leg: the call is paused by all it has. */
static void follow_hold(struct st_rtp_session *session)
{
    session->is_paused = is_all_held(session);
}

static bool has_answer(const struct st_rtp_session *session)
{
    char text[ST_RTP_SESSION_SDP_BYTES];
    bool fits = st_rtp_session_answer(session, text, sizeof(text)) >= 0;
    explicit_bzero(text, sizeof(text));
    return fits;
}

int st_rtp_session_open(struct st_rtp_session **ret_session, struct st_call_service *service,
                        const struct st_rtp_session_config *config)
{
    struct call_shard *shard = &service->shards[config->loop_index];
    if (!shard->media)
        return -ENOSYS;
    if (st_call_service_is_draining(service))
        return -EBUSY;
    struct st_rtp_session *session = create(shard, config);
    int err = open_lines(session, config);
    if (!err && !has_answer(session))
        err = -EMSGSIZE;
    if (!err && !session->is_waiting)
        err = start_lines(session, config);
    if (err) {
        st_rtp_session_close(session, ST_INGEST_END_ERROR);
        return err;
    }
    follow_hold(session);
    session->is_told = true;
    ST_INFO(&session->log, "RTP session %s begins: %s, route %s/%s", session->id, config->dialect,
            session->tenant, session->route);
    *ret_session = session;
    return 0;
}

/* ---- changes ---- */

int st_rtp_session_update(struct st_rtp_session *session, const struct st_rtp_sdp *offer,
                          const struct st_rtp_session_line *lines)
{
    int err = 0;
    for (unsigned i = 0; i < offer->media_count && !err; i++)
        if (session->lines[i].stream && !session->lines[i].has_stopped)
            err = line_change(&session->lines[i], &offer->media[i], &lines[i]);
    if (err)
        return err;
    keep_offer(session, offer);
    session->version++;
    follow_hold(session);
    return 0;
}

int st_rtp_session_extend(struct st_rtp_session *session,
                          const struct st_rtp_session_config *config)
{
    int err = 0;
    for (unsigned i = 0; i < session->offer->media_count && !err; i++) {
        struct rtp_line *line = &session->lines[i];
        if (line->stream || !is_wanted(session, &session->offer->media[i], &config->lines[i]))
            continue;
        err = line_open(line, &session->offer->media[i], &config->lines[i]);
        if (!err && !session->is_waiting)
            err = line_start(line, config);
        if (err)
            line_close(line);
    }
    follow_hold(session);
    return err;
}

void session_heard(struct st_rtp_session *session)
{
    void (*heard)(void *user) = session->heard;
    if (!session->is_waiting || session->is_closing || !heard)
        return;
    session->heard = NULL;
    heard(session->user);
}

int st_rtp_session_join(struct st_rtp_session *session, const struct st_rtp_session_config *config)
{
    struct st_ingest_start start = *config->start;
    struct st_rtp_session_config with = *config;
    int64_t now_us = st_loop_now_us();
    if (!session->is_waiting)
        return 0;
    session->is_waiting = false;
    start.replaces = true;
    with.start = &start;
    for (unsigned i = 0; i < session->offer->media_count; i++)
        session->lines[i].base_us = now_us - session->lines[i].origin_us;
    int err = start_lines(session, &with);
    follow_hold(session);
    return err;
}

void st_rtp_session_hold(struct st_rtp_session *session, bool is_held)
{
    for (unsigned i = 0; i < session->offer->media_count; i++)
        if (session->lines[i].stream)
            line_hold(&session->lines[i], is_held);
    follow_hold(session);
}

void st_rtp_session_parties(struct st_rtp_session *session, const struct st_ingest_parties *parties)
{
    for (unsigned i = 0; i < session->offer->media_count; i++)
        if (line_tell_parties(&session->lines[i], parties))
            return;
}

/* ---- end ---- */

void session_flush(struct st_rtp_session *session)
{
    session->is_closing = true;
    for (unsigned i = 0; i < ST_RTP_SDP_MEDIA_MAX; i++)
        if (session->lines[i].stream && !session->lines[i].has_stopped)
            st_media_stream_flush(session->lines[i].stream);
}

static unsigned count_going(const struct st_rtp_session *session)
{
    unsigned count = 0;
    for (unsigned i = 0; i < ST_RTP_SDP_MEDIA_MAX; i++)
        count += session->lines[i].stream && !session->lines[i].has_stopped;
    return count;
}

/* Its lines go together; whether more may come of the call the last of them says. */
void st_rtp_session_close(struct st_rtp_session *session, enum st_ingest_end end)
{
    session_flush(session);
    for (unsigned i = 0; i < ST_RTP_SDP_MEDIA_MAX; i++) {
        bool is_over = end == ST_INGEST_END_STOPPED || end == ST_INGEST_END_CLOSED;
        bool is_together = is_over && count_going(session) > 1;
        line_stop(&session->lines[i], is_together ? ST_INGEST_END_TOGETHER : end);
    }
    free_session(session);
}

void session_end_for(struct st_rtp_session *session, const char *reason, enum st_ingest_end end)
{
    void (*ended)(void *user, const char *why) = session->ended;
    void *user = session->user;
    ST_INFO(&session->log, "RTP session %s ends: %s", session->id, reason);
    st_rtp_session_close(session, end);
    if (ended)
        ended(user, reason);
}

void session_line_ended(struct st_rtp_session *session, const char *reason, enum st_ingest_end end)
{
    if (session->is_closing)
        return;
    for (unsigned i = 0; i < ST_RTP_SDP_MEDIA_MAX; i++)
        if (session->lines[i].stream && !session->lines[i].has_stopped)
            return;
    session_end_for(session, reason, end);
}

bool session_is_silent(const struct st_rtp_session *session)
{
    int64_t latest_us = 0;
    for (unsigned i = 0; i < ST_RTP_SDP_MEDIA_MAX; i++) {
        struct st_media_stream_stats stats;
        const struct rtp_line *line = &session->lines[i];
        if (!line->stream || line->has_stopped)
            continue;
        if (line->is_held)
            return false;
        st_media_stream_stats(line->stream, &stats);
        latest_us = stats.alive_us > latest_us ? stats.alive_us : latest_us;
    }
    return st_loop_now_us() - latest_us >= session->timeout_us;
}

/* ---- what it says ---- */

const char *st_rtp_session_id(const struct st_rtp_session *session)
{
    return session->id;
}

const char *st_rtp_session_call_id(const struct st_rtp_session *session)
{
    return session->call_id;
}

ssize_t st_rtp_session_answer(const struct st_rtp_session *session, char *out, size_t out_bytes)
{
    struct st_rtp_sdp_choice choices[ST_RTP_SDP_MEDIA_MAX] = {0};
    for (unsigned i = 0; i < session->offer->media_count; i++) {
        const struct rtp_line *line = &session->lines[i];
        bool is_ended = session->version > 0 && session->offer->media[i].port == 0;
        if (!line->stream || is_ended)
            continue;
        choices[i].port = st_media_stream_port(line->stream);
        choices[i].is_muxed = session->offer->media[i].is_muxed;
        choices[i].is_stereo = line->channel_mask == 3;
        choices[i].crypto = line->is_secure ? &line->ours : NULL;
    }
    struct st_rtp_sdp_answer answer = {
        .offer = session->offer,
        .choices = choices,
        .address = session->shard->rtp_address,
        .session = session->number,
        .version = session->version,
    };
    return st_rtp_sdp_write(&answer, out, out_bytes);
}
