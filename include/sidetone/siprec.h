/*
 * SIPREC (RFC 7866, 7865): a session recording server without sockets, clock or threads.
 *
 * Messages and the time go in; messages to send go out by `send`. What they mean for calls goes to
 * a sink, which owns the media: it is asked for local ports before an offer is answered, and may
 * answer later. A session is one SIP dialog; it carries one or two of its call's channels, so a
 * call may have two sessions (vendors that record each leg apart). A dialog that comes for legs
 * which another has been recording for a while, from the same place or with the same people, takes
 * its place: their SRC has left the other one, or lost it. The other one goes on until the new one
 * is acknowledged, so that it stays when that one is refused. Everything that peers can make
 * grow has a bound. One server belongs to one thread; the sink may be told of things anywhere
 * within a function of the server that takes the time.
 */
#ifndef SIDETONE_SIPREC_H
#define SIDETONE_SIPREC_H

#include "sidetone/frame.h"
#include "sidetone/rtp_sdp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ST_SIPREC_MESSAGE_MAX = 65536, /* larger ones are answered by 513 */
    ST_SIPREC_ATTRIBUTES_MAX = 12,
    ST_SIPREC_CALL_ID_MAX = 128,
    ST_SIPREC_TICK_US = 50000, /* how often tick is wanted */
};

/* ---- peers ---- */

enum st_siprec_transport {
    ST_SIPREC_UDP,
    ST_SIPREC_TCP,
    ST_SIPREC_TLS,
    ST_SIPREC_TRANSPORTS,
};

const char *st_siprec_transport_name(enum st_siprec_transport transport); /* "udp", … */
/* -EINVAL when it is none of them. */
int st_siprec_transport_find(const char *name);

struct st_siprec_peer {
    enum st_siprec_transport transport;
    char address[ST_RTP_SDP_ADDRESS_MAX]; /* numeric */
    uint16_t port;
    /* Of a connection, never used again; of datagrams whatever tells apart the sockets that they
     * came by: what goes back to the peer has the same. */
    uint64_t connection;
};

/* ---- what is told ---- */

struct st_siprec_attribute {
    const char *key;
    const char *value;
};

/* How the role of a stream was found, best first. */
enum st_siprec_source {
    ST_SIPREC_BY_RULE,        /* configured */
    ST_SIPREC_BY_EXTENSION,   /* what a vendor says beside the standard */
    ST_SIPREC_BY_ASSOCIATION, /* participants and what they send */
    ST_SIPREC_BY_LABEL,
    ST_SIPREC_BY_ORDER, /* of the m-lines */
};

struct st_siprec_stream {
    unsigned line;    /* m-line of the offer; what identifies the stream within its session */
    unsigned channel; /* of the call: 0 agent, 1 customer; settled when the stream begins */
    enum st_role role;
    enum st_siprec_source source;
    const struct st_rtp_sdp_media *media; /* as offered: payload types, label, direction, hold */
    /* Where their packets come from, numeric: the offer's, else that of the signalling. "" while
     * held and there is none. */
    char address[ST_RTP_SDP_ADDRESS_MAX];
    const struct st_rtp_srtp_crypto *crypto;     /* of their packets; NULL: plain */
    const struct st_rtp_srtp_crypto *our_crypto; /* of what we send (RTCP); NULL: plain */
    const char *aor;                             /* of who speaks; each "" when unknown */
    const char *name;
};

struct st_siprec_session {
    uint64_t id;
    const char *call_id; /* the call's; two sessions may share it */
    /* Of that call; 0: none. It ends, as any may before, once this one is acknowledged: `ended` of
     * it says that this one has its place. */
    uint64_t replaces;
    /* The call is named by more than this dialog: another one may go on with it after a goodbye. */
    bool is_named;
    const char *stream_id; /* of this session among the call's: the dialog's Call-ID */
    const char *user;      /* of the Request-URI; "" */
    const char *caller;    /* the customer's address; "" when unknown */
    const char *agent_id;  /* likewise */
    const char *agent_name;
    bool is_mapping_suspect; /* the sources of roles contradict each other */
    /* The offer, no larger than its lines: the first of them, all that can be used. */
    const struct st_rtp_sdp *sdp;
    unsigned stream_count;
    struct st_siprec_stream streams[ST_CHANNELS_MAX];
    unsigned attribute_count;
    struct st_siprec_attribute attributes[ST_SIPREC_ATTRIBUTES_MAX];
};

enum st_siprec_end {
    ST_SIPREC_END_BYE,       /* the peer said so */
    ST_SIPREC_END_CANCELLED, /* before it was answered */
    ST_SIPREC_END_EXPIRED,   /* its session timer ran out */
    ST_SIPREC_END_NO_ACK,    /* our answer was never acknowledged */
    ST_SIPREC_END_LOST,      /* the peer no longer knows the session, or does not answer */
    ST_SIPREC_END_MEDIA,     /* st_siprec_end: no media came */
    ST_SIPREC_END_STOPPED,   /* st_siprec_end: by the call or its operator */
    ST_SIPREC_END_REFUSED,   /* st_siprec_answer gave an error, or never came */
    ST_SIPREC_END_REPLACED,  /* another dialog of the same session goes on with the call */
};

const char *st_siprec_end_name(enum st_siprec_end end); /* "bye", … */

struct st_siprec_sink {
    /* A session begins, or an offer changes it (hold, address, codecs, a further leg). Answered
     * once by st_siprec_answer, from within or later; a session that ended meanwhile is not to be
     * answered any more. Pointers are borrowed for the call. */
    void (*offer)(void *user, const struct st_siprec_session *session, bool is_new);
    /* Who takes part changed, without an offer. */
    void (*changed)(void *user, const struct st_siprec_session *session);
    /* Once for each session that was offered. Release its ports after a short drain. */
    void (*ended)(void *user, uint64_t session, enum st_siprec_end end);
};

/* ---- set-up ---- */

/* Roles by configuration: the first rule that fits a stream counts. Texts may have * for anything;
 * they are compared regardless of case; NULL fits all. */
struct st_siprec_role_rule {
    const char *label;
    const char *aor;
    const char *header; /* "Name: value" of the INVITE */
    enum st_role role;
};

struct st_siprec_user {
    const char *name;
    const char *password;
};

enum st_siprec_srtp {
    ST_SIPREC_SRTP_OFFERED,     /* where RTP/SAVP is offered */
    ST_SIPREC_SRTP_BEST_EFFORT, /* also where keys come with RTP/AVP */
    ST_SIPREC_SRTP_REQUIRED,    /* no plain stream is taken */
};

struct st_siprec_config {
    const char *host;                     /* in Contact: what peers reach us by */
    uint16_t ports[ST_SIPREC_TRANSPORTS]; /* of our listeners; 0: none */
    const char *realm;
    const struct st_siprec_user *users; /* none: no digest authentication */
    size_t user_count;
    const char *const *allowed; /* addresses or prefixes (10.0.0.0/8); none: any source */
    size_t allowed_count;
    const struct st_siprec_role_rule *rules;
    size_t rule_count;
    enum st_role caller_role; /* of who called; unknown: customer */
    enum st_siprec_srtp srtp;
    const char *const *call_id_headers; /* further headers that name the call, best first */
    size_t call_id_header_count;
    size_t sessions_max;     /* 0: 1000 */
    unsigned requests_per_s; /* of one source outside of sessions; 0: 50 */
    unsigned expires_s;      /* 0: 1800; session timer we ask for */
    const uint8_t *secret;   /* 32 bytes for nonces; NULL: random */
    const struct st_siprec_sink *sink;
    void *sink_user;
    /* Bytes are borrowed for the call. 0; -ENOTCONN: of a connection that is gone or closing. */
    int (*send)(void *user, const struct st_siprec_peer *peer, const void *data, size_t bytes);
    /* Optional. Makes a connection, for a request of ours within a session whose own is gone: to
     * the address and port that its Contact or first proxy names, at an address that is allowed or
     * the session's own, never by another transport. Also for the answer to an INVITE: to its
     * address, at the port that its Via names. Gives its number at once; what is sent by it
     * waits until it is open, and a link stands for it until it is closed, also when it never
     * opens. 0: none is to be had. Whom TLS trusts there is the owner's to know: siprec_server.h.
     * Each request tries once. One that reaches nobody is given up: a refresh is tried again later,
     * as long as the session's timer runs; a goodbye is not. */
    uint64_t (*connect)(void *user, const struct st_siprec_peer *peer);
    void *user; /* passed to send and connect */
};

struct st_siprec;

/* Copies what it keeps. -EINVAL: an address of the allow-list is none. */
int st_siprec_create(struct st_siprec **ret_siprec, const struct st_siprec_config *config);
void st_siprec_destroy(struct st_siprec *siprec); /* nobody is told; NULL is fine */

/* ---- in ---- */

/* One datagram. */
void st_siprec_datagram(struct st_siprec *siprec, const struct st_siprec_peer *peer,
                        const void *data, size_t bytes, int64_t now_us);

/* Whether a source is allowed; counted when it is not. */
bool st_siprec_allows(struct st_siprec *siprec, const char *address);

/* A connection's bytes, in any pieces. */
struct st_siprec_link;
/* -EACCES: its source is not allowed: close it. */
int st_siprec_link_open(struct st_siprec_link **ret_link, struct st_siprec *siprec,
                        const struct st_siprec_peer *peer);
/* 0, or the reason to close it once what was sent has left: -EMSGSIZE, -EBADMSG. */
int st_siprec_link_put(struct st_siprec_link *link, const void *data, size_t bytes, int64_t now_us);
/* Half a message has been there for longer than one may take: close it. */
bool st_siprec_link_is_stuck(const struct st_siprec_link *link, int64_t now_us);
/* Its sessions live on; requests of ours by it that wait for an answer go another way. NULL is
 * fine. */
void st_siprec_link_close(struct st_siprec_link *link);

/* Every ST_SIPREC_TICK_US or so. */
void st_siprec_tick(struct st_siprec *siprec, int64_t now_us);

/* ---- from the sink's owner ---- */

struct st_siprec_answer {
    /* 0; -EBUSY: full or draining (503); -ENOTSUP: no such media (488); -EEXIST: the call has
     * these channels (486); -EACCES (403); others: 500. */
    int err;
    const char *sdp;                 /* NULL: written from the rest; else ours as it is */
    const char *address;             /* ours, numeric */
    uint16_t ports[ST_CHANNELS_MAX]; /* by index of the session's streams; 0: refused */
    bool is_muxed[ST_CHANNELS_MAX];  /* RTCP on the same port, where offered */
};

/* -ENOENT when no offer of that session waits. */
int st_siprec_answer(struct st_siprec *siprec, uint64_t session,
                     const struct st_siprec_answer *answer, int64_t now_us);

/* Says goodbye; the sink's `ended` follows at once. -ENOENT. */
int st_siprec_end(struct st_siprec *siprec, uint64_t session, enum st_siprec_end end,
                  int64_t now_us);

/* New sessions and health probes get 503. */
void st_siprec_drain(struct st_siprec *siprec);

struct st_siprec_counts {
    uint64_t messages;
    uint64_t malformed;
    uint64_t truncated; /* shorter than their Content-Length: fragments that UDP lost */
    uint64_t oversized;
    uint64_t foreign;          /* from sources that are not allowed */
    uint64_t unauthenticated;  /* challenged or refused */
    uint64_t limited;          /* by the rate of their source */
    uint64_t full;             /* refused with 503 */
    uint64_t retransmitted;    /* requests that came again */
    uint64_t metadata_refused; /* documents with a DOCTYPE, too deep, too large, broken */
    uint64_t suspect;          /* sessions whose roles are in doubt */
    uint64_t sessions;         /* begun */
};

void st_siprec_counts(const struct st_siprec *siprec, struct st_siprec_counts *ret_counts);
size_t st_siprec_live(const struct st_siprec *siprec); /* sessions */
/* Bytes held for messages, transactions and sessions, about. */
size_t st_siprec_held_bytes(const struct st_siprec *siprec);

#endif
