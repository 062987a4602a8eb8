/* What people see of RTP sessions, and the question that visits every loop for it. */
#include "rtp_session.h"

#include "sidetone/buf.h"
#include "sidetone/json_writer.h"
#include "sidetone/loop.h"
#include "sidetone/mem.h"
#include "sidetone/rtp_quality.h"

#include <stdlib.h>
#include <string.h>

static void put_drops(struct st_json_writer *json, const struct st_media_stream_stats *stats)
{
    st_json_key(json, "dropped");
    st_json_begin_object(json);
    for (int i = 0; i < ST_MEDIA_DROPS; i++)
        if (stats->dropped[i] > 0)
            st_json_set_int(json, st_media_drop_name((enum st_media_drop)i),
                            (int64_t)stats->dropped[i]);
    st_json_end_object(json);
}

static void put_counts(struct st_json_writer *json, const struct st_media_stream_stats *stats)
{
    const struct st_rtp_stream_stats *rtp = &stats->rtp;
    st_json_set_int(json, "received", (int64_t)rtp->counts.received);
    st_json_set_int(json, "lost", rtp->counts.lost);
    st_json_set_int(json, "late", (int64_t)rtp->late);
    st_json_set_int(json, "duplicates", (int64_t)rtp->counts.duplicates);
    st_json_set_int(json, "reordered", (int64_t)rtp->counts.reordered);
    st_json_set_int(json, "foreign", (int64_t)rtp->counts.foreign);
    st_json_set_int(json, "sources", rtp->counts.sources);
    st_json_set_int(json, "undecodable", (int64_t)rtp->undecodable);
    st_json_set_int(json, "concealed_ms", rtp->concealed_us / 1000);
    st_json_set_int(json, "silence_ms", rtp->silence_us / 1000);
    st_json_set_int(json, "corrected_ms", rtp->corrected_us / 1000);
    st_json_set_int(json, "clock_ppm", rtp->ppm);
    st_json_set_int(json, "jitter_us", rtp->counts.jitter_us);
}

static void put_line(struct st_json_writer *json, const struct rtp_line *line,
                     const struct st_rtp_sdp_media *media)
{
    struct st_media_stream_stats stats;
    char from[ST_UDP_TEXT_MAX];
    uint16_t port = st_media_stream_port(line->stream);
    st_media_stream_stats(line->stream, &stats);
    st_json_begin_object(json);
    st_json_key(json, "channels");
    st_json_begin_array(json);
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        if (line->channel_mask >> i & 1)
            st_json_int(json, i);
    st_json_end_array(json);
    st_json_set_int(json, "port", port);
    st_json_set_int(json, "rtcp_port", media->is_muxed ? port : port + 1);
    st_json_set_string(json, "source", st_media_source_mode_name(line->mode));
    st_json_set_bool(json, "is_secure", line->is_secure);
    st_json_set_bool(json, "is_held", line->is_held);
    st_json_set_bool(json, "has_ended", line->has_stopped);
    if (!st_udp_address_is_none(&stats.from)) {
        st_udp_address_write(&stats.from, from);
        st_json_set_string(json, "from", from);
        st_json_set_int(json, "from_port", stats.from.port);
    }
    put_counts(json, &stats);
    st_json_set_int(json, "digits", (int64_t)line->digits);
    put_drops(json, &stats);
    st_json_end_object(json);
}

void st_rtp_session_write(const struct st_rtp_session *session, struct st_json_writer *json)
{
    st_json_begin_object(json);
    st_json_set_string(json, "id", session->id);
    st_json_set_string(json, "call_id", session->call_id);
    st_json_set_string(json, "tenant", session->tenant);
    st_json_set_string(json, "route", session->route);
    st_json_set_int(json, "age_ms", (st_loop_now_us() - session->origin_us) / 1000);
    st_json_set_int(json, "timeout_ms", session->timeout_us / 1000);
    st_json_set_bool(json, "is_held", session->is_paused);
    st_json_key(json, "streams");
    st_json_begin_array(json);
    for (unsigned i = 0; i < session->offer->media_count; i++)
        if (session->lines[i].stream)
            put_line(json, &session->lines[i], &session->offer->media[i]);
    st_json_end_array(json);
    st_json_end_object(json);
}

/* ---- across loops ---- */

struct gathering {
    struct tour tour; /* first */
    struct st_rtp_session_query query;
    struct st_buf **states; /* own references */
    size_t count, cap;
    void (*done)(void *user, struct st_buf *const *states, size_t count);
    void *user;
};

static bool is_meant(const struct st_rtp_session_query *query, const struct st_rtp_session *session)
{
    return (!query->id[0] || strcmp(query->id, session->id) == 0) &&
           (!query->tenant[0] || strcmp(query->tenant, session->tenant) == 0) &&
           (!query->call[0] || strcmp(query->call, session->call_id) == 0);
}

static void add(struct gathering *gathering, const struct st_rtp_session *session,
                struct st_json_writer *json)
{
    if (gathering->count == gathering->cap) {
        gathering->cap = gathering->cap * 2 + 8;
        gathering->states =
            st_mem_realloc(gathering->states, gathering->cap * sizeof(gathering->states[0]));
    }
    st_json_reset(json);
    st_rtp_session_write(session, json);
    gathering->states[gathering->count++] = st_buf_copy(json->data, json->len);
}

static void end_by_request(struct st_rtp_session *session)
{
    void (*ended)(void *user, const char *reason) = session->ended;
    void *user = session->user;
    st_rtp_session_close(session, ST_INGEST_END_STOPPED);
    if (ended)
        ended(user, "deleted");
}

static void take_command(struct gathering *gathering, struct st_rtp_session *session,
                         struct st_json_writer *json)
{
    enum st_rtp_session_command command = gathering->query.command;
    if (command == ST_RTP_SESSION_HOLD || command == ST_RTP_SESSION_RESUME)
        st_rtp_session_hold(session, command == ST_RTP_SESSION_HOLD);
    if (command == ST_RTP_SESSION_CLOSE)
        session_flush(session);
    add(gathering, session, json);
    if (command == ST_RTP_SESSION_CLOSE)
        end_by_request(session);
}

static void visit(struct tour *tour, struct call_shard *shard)
{
    struct gathering *gathering = (struct gathering *)tour;
    struct st_rtp_session *next;
    for (struct st_rtp_session *at = shard->rtp_sessions; at; at = next) {
        next = at->next;
        if (is_meant(&gathering->query, at))
            take_command(gathering, at, &shard->json);
    }
}

static void finish(struct tour *tour)
{
    struct gathering *gathering = (struct gathering *)tour;
    gathering->done(gathering->user, gathering->states, gathering->count);
    for (size_t i = 0; i < gathering->count; i++)
        st_buf_unref(gathering->states[i]);
    free(gathering->states);
    free(gathering);
}

void st_rtp_session_ask(struct st_call_service *service, unsigned loop_index,
                        const struct st_rtp_session_query *query,
                        void (*done)(void *user, struct st_buf *const *states, size_t count),
                        void *user)
{
    struct gathering *gathering = st_mem_alloc(sizeof(*gathering));
    gathering->tour =
        (struct tour){.service = service, .home = loop_index, .visit = visit, .finish = finish};
    gathering->query = *query;
    gathering->done = done;
    gathering->user = user;
    tour_start(&gathering->tour);
}
