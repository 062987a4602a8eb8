/*
 * A call whose audio comes as RTP: an offer answered by ports, a stream and a leg per line of it.
 *
 * The offer comes from signalling (SIPREC) or is made up of a request's members (bare RTP); here
 * it does not matter which. Each line that is used is a leg of the call, admitted like any other;
 * its channels go on independently. A session ends when every line has ended, when nothing at all
 * came for the time-out, or when its owner closes it. All on the session's loop.
 */
#ifndef SIDETONE_RTP_SESSION_H
#define SIDETONE_RTP_SESSION_H

#include "sidetone/call.h"
#include "sidetone/media.h"
#include "sidetone/rtp_sdp.h"

struct st_json_writer;
struct st_rtp_session;

enum { ST_RTP_SESSION_ID_BYTES = 24, ST_RTP_SESSION_SDP_BYTES = 8192 };

/* What becomes of a line of the offer. One of zeroes is refused. */
struct st_rtp_session_line {
    unsigned channel_mask; /* bit per channel: one, or both, which takes a payload of two */
    enum st_role roles[ST_CHANNELS_MAX]; /* by channel; unknown: the call decides */
    struct st_media_source source;       /* who may send it */
    bool is_shared;                      /* on a port with other streams */
};

/* Who may send what a line announces: from its addresses, in that mode. */
void st_rtp_session_source(struct st_media_source *ret_source, const struct st_rtp_sdp_media *media,
                           enum st_media_source_mode mode);

struct st_rtp_session_config {
    unsigned loop_index; /* the caller's loop */
    const char *dialect; /* how calls are said to have come: "rtp", "siprec"; static */
    const struct st_config_tenant *tenant; /* of the settings in force */
    const struct st_config_route *route;
    const struct st_claims *claims;      /* NULL: no token was needed */
    const struct st_ingest_start *start; /* whose call it is; what is said of audio is ignored */
    const struct st_rtp_sdp *offer;      /* borrowed, as all of these */
    const struct st_rtp_session_line *lines; /* one for each of the offer's */
    int64_t timeout_us;                      /* 0: as configured */
    int64_t reorder_us;                      /* 0: as configured */
    /* Its signalling says when it ends: a BYE of RTCP ends none of its lines. */
    bool outlives_bye;
    /* Optional: another session of the call goes on for now, whose place this one is to take. It
     * joins the call by st_rtp_session_join, for which this asks once, when its sound begins to
     * come; nothing may be closed from within. */
    void (*heard)(void *user);
    /* Optional. The session has ended by itself, and is gone when this returns. */
    void (*ended)(void *user, const char *reason);
    void *user;
};

/* -ENOSYS: RTP is off; -EINVAL: no usable line, or a source that its mode needs is not there;
 * -ENOBUFS: no ports; -EALREADY: a shared source has a stream; -EAFNOSUPPORT: a source of the other
 * kind of IP; -EPROTONOSUPPORT: SRTP's library lacks the suite; -EMSGSIZE: the answer would be too
 * large; -EBUSY, -EEXIST, -EACCES, -ENOTSUP: as starts of calls have it; else what the system says
 * of the ports. */
int st_rtp_session_open(struct st_rtp_session **ret_session, struct st_call_service *service,
                        const struct st_rtp_session_config *config);

const char *st_rtp_session_id(const struct st_rtp_session *session);
const char *st_rtp_session_call_id(const struct st_rtp_session *session);
/* The answer to the latest offer. Characters, with a NUL behind them; -ENOBUFS. */
ssize_t st_rtp_session_answer(const struct st_rtp_session *session, char *out, size_t out_bytes);
/* As GET /v1/rtp/{id} gives it. */
void st_rtp_session_write(const struct st_rtp_session *session, struct st_json_writer *json);

/* Another offer of the same dialog: lines keep their places; their addresses, payload types, keys
 * and directions may change. Lines that are new to it need _extend as well. A held line's clock
 * goes on. -ENOTSUP: a line comes without a key that is required, or with one that cannot be used;
 * -EAFNOSUPPORT; the session stays. */
int st_rtp_session_update(struct st_rtp_session *session, const struct st_rtp_sdp *offer,
                          const struct st_rtp_session_line *lines);
/* After an update: lines that are wanted and have no stream yet get one, and a leg. */
int st_rtp_session_extend(struct st_rtp_session *session,
                          const struct st_rtp_session_config *config);
void st_rtp_session_hold(struct st_rtp_session *session, bool is_held); /* all its lines */

/* Of one that waits: takes the channels of its lines from whoever carries them. Errors as of open;
 * it is to be closed then. 0 as well when it does not wait. */
int st_rtp_session_join(struct st_rtp_session *session, const struct st_rtp_session_config *config);

/* The call was handed on to somebody else. */
void st_rtp_session_parties(struct st_rtp_session *session,
                            const struct st_ingest_parties *parties);

/* What is on its way comes out first. `ended` is not called. */
void st_rtp_session_close(struct st_rtp_session *session, enum st_ingest_end end);

/* ---- sessions of all loops ---- */

/* As a config, but the loop and what is looked up there. All of it is borrowed until `done`. */
struct st_rtp_session_request {
    const char *dialect;        /* static */
    const char *tenant, *route; /* names; "": the defaults */
    const struct st_claims *claims;
    const struct st_ingest_start *start;
    const struct st_rtp_sdp *offer;
    const struct st_rtp_session_line *lines;
    int64_t timeout_us, reorder_us; /* 0: as configured */
    /* The session is open: on its loop, before `done`. */
    void (*opened)(void *user, const struct st_rtp_session *session);
    /* On the loop that asked. As st_rtp_session_open; -ENOENT: no such tenant or route for these
     * claims; -ECANCELED while shutting down. */
    void (*done)(void *user, int result);
    void *user;
};

/* Opens it where its call lives, if it does, else on that loop, and where ports are left. One
 * stream alone, for channel 0, takes the channel of its role, or one that is free, of a call that
 * goes on. */
void st_rtp_session_ask_for(struct st_call_service *service, unsigned loop_index,
                            const struct st_rtp_session_request *request);

enum st_rtp_session_command {
    ST_RTP_SESSION_LOOK,
    ST_RTP_SESSION_HOLD,
    ST_RTP_SESSION_RESUME,
    ST_RTP_SESSION_CLOSE, /* once it was written */
};

struct st_rtp_session_query {
    char id[ST_RTP_SESSION_ID_BYTES];      /* "": all; a command needs it */
    char tenant[64], call[128], agent[64]; /* whose; "": any */
    enum st_rtp_session_command command;
};

/* `done` on that loop, as st_call_query; one session per item, as JSON. */
void st_rtp_session_ask(struct st_call_service *service, unsigned loop_index,
                        const struct st_rtp_session_query *query,
                        void (*done)(void *user, struct st_buf *const *states, size_t count),
                        void *user);

#endif
