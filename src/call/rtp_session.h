/* What the files of an RTP session share. */
#ifndef SIDETONE_CALL_RTP_SESSION_H
#define SIDETONE_CALL_RTP_SESSION_H

#include "call_internal.h"

#include "sidetone/rtp_session.h"

/* One m-line that is used: a stream on a port, and the leg that its sound goes to. */
struct rtp_line {
    struct st_rtp_session *session;
    unsigned channel_mask;
    enum st_role roles[ST_CHANNELS_MAX];
    struct st_media_stream *stream; /* NULL: refused, or not opened yet */
    struct st_leg *leg;
    bool has_stopped, is_held, is_secure;
    uint64_t digits;
    int64_t origin_us; /* monotonic time of its stream's media time 0 */
    int64_t base_us;   /* where that came to before its leg joined the call */
    enum st_media_source_mode mode;
    struct st_rtp_srtp_crypto theirs, ours; /* is_secure */
};

struct st_rtp_session {
    struct st_rtp_session *next, **link;
    struct call_shard *shard;
    char id[ST_RTP_SESSION_ID_BYTES];
    struct st_log log;
    char *call_id, *tenant, *route, *agent_id;
    struct st_dialect_ops ops; /* of its legs */
    void (*heard)(void *user); /* NULL: it does not wait, or has asked */
    void (*ended)(void *user, const char *reason);
    void *user;
    int64_t origin_us, timeout_us, reorder_us;
    uint64_t number, version; /* of the answer */
    bool is_paused;           /* all its lines are held */
    bool is_waiting;          /* its lines have no legs yet */
    bool is_told;             /* its ports are known to somebody */
    bool outlives_bye;        /* as configured */
    enum st_config_rtp_srtp srtp;
    bool is_closing;          /* whatever its lines say now */
    struct st_rtp_sdp *offer; /* the latest */
    struct rtp_line lines[ST_RTP_SDP_MEDIA_MAX];
};

/* ---- rtp_session.c ---- */

/* What has arrived comes out; the session is to be closed next. */
void session_flush(struct st_rtp_session *session);
/* Its owner did not ask for it, and is told. */
void session_end_for(struct st_rtp_session *session, const char *reason, enum st_ingest_end end);
/* A line has ended: so does the session, when it was the last. */
void session_line_ended(struct st_rtp_session *session, const char *reason, enum st_ingest_end end);
/* Sound has come. */
void session_heard(struct st_rtp_session *session);
/* Whether nothing came on any line for the time-out. */
bool session_is_silent(const struct st_rtp_session *session);

/* The channels of lines whose legs are still to join the call. */
unsigned session_coming_mask(const struct st_rtp_session *session);

/* Whether it may come as it is offered: encrypted, where that is required. */
bool session_allows(const struct st_rtp_session *session, const struct st_rtp_sdp_media *media);

/* The key that the line's packets will be encrypted with; NULL: none. */
const struct st_rtp_srtp_crypto *session_key(const struct st_rtp_session *session,
                                             const struct st_rtp_sdp_media *media);

/* ---- rtp_line.c ---- */

/* Opens the stream alone. */
int line_open(struct rtp_line *line, const struct st_rtp_sdp_media *media,
              const struct st_rtp_session_line *wanted);
/* Its leg joins the call. */
int line_start(struct rtp_line *line, const struct st_rtp_session_config *config);
int line_change(struct rtp_line *line, const struct st_rtp_sdp_media *media,
                const struct st_rtp_session_line *wanted);
void line_hold(struct rtp_line *line, bool is_held);
/* True when there is a call to tell. */
bool line_tell_parties(struct rtp_line *line, const struct st_ingest_parties *parties);
/* The call goes on without it. */
void line_stop(struct rtp_line *line, enum st_ingest_end end);
void line_close(struct rtp_line *line);

extern const struct st_dialect_ops line_ops; /* without a name */

#endif
