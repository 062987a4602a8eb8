/* What the files of this room share. One thread. */
#ifndef SIDETONE_SIPREC_SERVER_H
#define SIDETONE_SIPREC_SERVER_H

#include "admission.h"
#include "digest.h"
#include "message.h"
#include "metadata.h"
#include "multipart.h"
#include "roles.h"
#include "transaction.h"

#include "sidetone/log.h"

enum {
    SESSION_BUCKETS = 1024,
    TAG_MAX = 24,
    TEXT_MAX = 256,
    OFFER_MAX = 16384, /* characters of our SDP */
    MIN_EXPIRES_S = 90,
    ANSWER_TIMEOUT_US = 10000000,
    RETRY_AFTER_S = 30,
    CALL_IDS_MAX = 12,
};

#define SIP_ALLOW "INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE, INFO"
#define SIP_ACCEPT                                                                                 \
    "application/sdp, application/rs-metadata+xml, application/rs-metadata, multipart/mixed"

/* ---- sessions ---- */

enum session_state {
    SESSION_STARTING, /* the sink has not answered its first offer */
    SESSION_ANSWERED, /* our 200 waits for its ACK */
    SESSION_OPEN,
    SESSION_CLOSING, /* our BYE waits for its answer; the sink has been told */
};

struct session_stream {
    bool is_there;
    unsigned line;
    unsigned channel;
    enum st_role role;
    enum st_siprec_source source;
    int participant;
    bool has_crypto;
    struct st_rtp_srtp_crypto our_crypto;
};

/* An offer as it came: the lines that there is room for, and the text of the others; borrowed. */
struct offer {
    struct st_rtp_sdp sdp;
    const char *more;
    size_t more_bytes;
};

/* A request that waits for what the sink says to it. */
struct session_pending {
    struct sip_message request; /* without its body; .sip NULL: none */
    bool is_answer;             /* it answers an offer of ours: nothing is said to it */
    struct st_siprec_peer peer, reply_to;
    /* what stays when it is refused */
    struct session_stream before[ST_CHANNELS_MAX];
    struct metadata *metadata_before; /* NULL: nothing was kept */
    bool was_suspect;
    uint8_t key[TRANSACTION_KEY_BYTES];
    struct st_rtp_sdp *sdp;
    char *refused; /* the answer to further lines; NULL: there are none */
    int64_t until_us;
};

/* A request of ours. */
struct session_request {
    struct sip_text text; /* NULL: none */
    const char *method;
    uint32_t cseq;
    char branch[TAG_MAX + 8];
    bool is_heard;   /* a provisional answer came */
    bool is_dialled; /* by a connection that was made for it */
    bool is_lost;    /* it reaches nobody */
    int64_t resend_us, interval_us, until_us;
};

struct session {
    struct session *next; /* in its bucket */
    uint64_t id;
    enum session_state state;
    bool is_gone;               /* to be freed when the walk over all is over */
    struct st_siprec_peer peer; /* where its latest request came from */
    /* the dialog */
    char *call_id;
    char *remote_tag;
    char local_tag[TAG_MAX];
    char *remote_uri, *local_uri; /* From and To of the INVITE, as written, without tags */
    char *target;                 /* their Contact */
    char *routes;                 /* header value; NULL: none */
    char *user;                   /* of the Request-URI */
    char *agent;                  /* their software */
    bool allows_update;
    uint32_t remote_cseq, local_cseq;
    uint32_t invite_cseq; /* of the latest INVITE that was taken */
    uint8_t invite_key[TRANSACTION_KEY_BYTES];
    int64_t ack_until_us;
    bool awaits_answer; /* with the ACK: the 200 made an offer */
    struct session_pending pending;
    struct session_request request;
    /* the session timer; 0: none */
    int64_t expires_us, refresh_us;
    uint32_t interval_s, least_s;
    bool is_refresher;
    int64_t heard_us; /* the peer, in this dialog */
    int64_t begun_us;
    int64_t probe_us; /* when it is to be asked whether it is there; 0: it is not */
    /* media */
    struct st_rtp_sdp *sdp; /* their latest offer that was answered; NULL: none yet */
    char *sdp_text;         /* our latest answer or offer; NULL: none yet */
    /* Of lines that it has no port for, as they were before; NULL: none. */
    char *ended_lines[ST_RTP_SDP_MEDIA_MAX];
    uint64_t sdp_version;
    struct session_stream streams[ST_CHANNELS_MAX];
    /* the call */
    char call[ST_SIPREC_CALL_ID_MAX + 1];
    bool is_named;        /* by more than the dialog */
    unsigned takeovers;   /* how often one session took another's place, up to this one */
    uint64_t predecessor; /* whose place it takes once it is acknowledged; 0: nobody's */
    struct metadata metadata;
    struct role_hints hints;
    bool *header_fits; /* of each rule, whether the INVITE has its header */
    bool is_suspect;
};

struct st_siprec {
    struct st_log log;
    char *host; /* ours, as URIs have it */
    uint16_t ports[ST_SIPREC_TRANSPORTS];
    struct digest_realm realm;
    struct admission admission;
    struct st_siprec_role_rule *rules;
    size_t rule_count;
    enum st_role caller_role;
    enum st_siprec_srtp srtp;
    char **call_id_headers;
    size_t call_id_header_count;
    size_t sessions_max;
    uint32_t expires_s;
    const struct st_siprec_sink *sink;
    void *sink_user;
    int (*send)(void *user, const struct st_siprec_peer *peer, const void *data, size_t bytes);
    uint64_t (*connect)(void *user, const struct st_siprec_peer *peer);
    void *user;
    bool is_draining;
    int64_t full_until_us; /* the sink had no room: that is said to probes as well */
    struct transactions transactions;
    struct session *buckets[SESSION_BUCKETS];
    size_t session_count;
    bool is_walking; /* sessions stay where they are */
    uint64_t next_session;
    int64_t warned_us;
    struct st_siprec_counts counts;
};

/* A request being handled. */
struct exchange {
    struct st_siprec *siprec;
    const struct sip_message *request;
    struct st_siprec_peer peer;      /* where it came from */
    struct st_siprec_peer reply_to;  /* where its answers go */
    struct transaction *transaction; /* NULL: not remembered */
    uint8_t key[TRANSACTION_KEY_BYTES];
    int64_t now_us;
};

/* ---- names.c ---- */

void siprec_random_tag(char *out); /* TAG_MAX */
/* A host as URIs have it, IPv6 in brackets; to be freed. */
char *siprec_host_text(const char *host);
/* A port as it is written; the usual one for NULL and for what is none. */
uint16_t siprec_port(const char *text, enum st_siprec_transport transport);

/* ---- requests.c ---- */

void siprec_receive(struct st_siprec *siprec, const struct st_siprec_peer *peer,
                    const struct sip_message *message, int64_t now_us);
/* A message that cannot be taken, by its head alone. */
void siprec_refuse(struct st_siprec *siprec, const struct st_siprec_peer *peer, const char *data,
                   size_t head_bytes, int status, int64_t now_us);

/* ---- reply.c ---- */

/* From here on its answer is kept for when the request comes again. False: there is no room. */
bool exchange_remember(struct exchange *exchange);
/* Begins an answer with what all of ours carry. */
osip_message_t *reply_begin(const struct exchange *exchange, int status, const char *to_tag);
void reply_send(const struct exchange *exchange, osip_message_t *take_reply);
/* An answer without more to say. */
void reply(const struct exchange *exchange, int status);
void reply_with(const struct exchange *exchange, int status, const char *header, const char *value);
/* A server that cannot take more now; `later` alone does not count it as full. */
void reply_busy(const struct exchange *exchange);
void reply_later(const struct exchange *exchange);
void reply_add_contact(const struct st_siprec *siprec, const struct st_siprec_peer *peer,
                       osip_message_t *sip);

/* ---- session.c ---- */

/* A dialog by the tags and Call-ID of a request in it; NULL without. */
struct session *session_find_dialog(struct st_siprec *siprec, const struct sip_message *request,
                                    bool is_response);
/* One that the same INVITE began, which came by another way. */
struct session *session_find_merged(struct st_siprec *siprec, const struct sip_message *request);
struct session *session_find(struct st_siprec *siprec, uint64_t id);
struct session *session_create(const struct exchange *exchange);
/* Takes it out of the table and frees it, at the end of a walk; the sink is not told. */
void session_destroy(struct st_siprec *siprec, struct session *session);
/* Tells the sink, once. The session is closing then: nothing can be asked of it any more. */
void session_tell_end(struct st_siprec *siprec, struct session *session, enum st_siprec_end end);
/* Where their requests come from may have moved on. */
void session_refresh_target(struct session *session, const struct exchange *exchange);
void session_drop_pending(struct session *session);
/* From here on until what waits is dropped, restoring makes it as it is now. */
void session_keep_before(struct session *session);
void session_restore(struct session *session);
/* Takes it, as their latest; its keys are not left lying about. */
void session_take_sdp(struct session *session, struct st_rtp_sdp *take_sdp);

/* ---- which_call.c ---- */

/* Those lines of an offer that a session would take, as a mask. */
struct wanted {
    const struct st_rtp_sdp *sdp;
    unsigned lines;
};

/* Chooses the call that a new session belongs to, and whose place it is to take. -EEXIST. */
int session_choose_call(struct st_siprec *siprec, struct session *session,
                        const struct sip_message *invite, const struct wanted *wanted);
unsigned session_channels(const struct session *session); /* as a mask */
/* Of other sessions of that call, but the one whose place it takes; *ret_other is one of them, or
 * NULL. */
unsigned session_channels_taken(const struct st_siprec *siprec, const struct session *session,
                                const char *call, const struct session **ret_other);

/* ---- takeover.c ---- */

/* Of that call's sessions the one whose place a new session takes; NULL: none. A leg alone may also
 * be the other leg of the call: `is_sure` asks that it is known to be the same. */
struct session *session_find_predecessor(struct st_siprec *siprec, const struct session *session,
                                         const char *call, const struct wanted *wanted,
                                         bool is_sure);
/* It is acknowledged: says goodbye to its predecessor, if there still is one. */
void session_take_over(struct st_siprec *siprec, struct session *session, int64_t now_us);

/* ---- streams.c ---- */

/* Gives the lines of an offer to streams, new lines to free channels. Returns how many streams
 * there are, or -EEXIST when the call has them already. */
int session_settle(struct st_siprec *siprec, struct session *session, const struct st_rtp_sdp *sdp,
                   const struct sip_message *invite);
/* The keys of a line that we would take; NULL: plain. */
const struct st_rtp_srtp_crypto *stream_crypto(const struct st_rtp_sdp_media *media,
                                               enum st_siprec_srtp srtp);

/* ---- describe.c: what the sink is told ---- */

void session_describe(const struct session *session, const struct st_rtp_sdp *sdp,
                      enum st_siprec_srtp srtp, struct st_siprec_session *ret_session);

/* ---- offer.c: what INVITE and UPDATE bring ---- */

/* 0, or the status to refuse with. */
int offer_read_bodies(const struct sip_message *request, struct sip_bodies *ret_bodies);
/* An offer, or the status to refuse with: 488 for one that is read and has nothing for us. */
int offer_read_sdp(const struct body_part *part, struct offer *ret_offer);
/* What refuses the lines that there is no room for; free() it. NULL: there are none. */
char *offer_refuse_lines(const struct offer *offer);
/* Metadata never fails a call. */
void offer_read_metadata(struct st_siprec *siprec, struct session *session,
                         const struct sip_bodies *bodies);
/* What a request requires that we do not know; NULL: nothing. */
const char *offer_unknown_option(const struct sip_message *request);
void offer_refuse(const struct exchange *exchange, int status);
int offer_status_of(int err);

/* ---- own_offer.c: what we offer ourselves ---- */

/* Our latest answer. */
void own_offer_take(struct session *session, char *take_text);
/* The offer, which is our latest SDP from here on; NULL: there is none. is_all: also what they hold
 * is asked for. Lines that they ended are in it in any case, with their ports, as held. */
const char *own_offer_write(struct session *session, bool is_all);
void own_offer_forget(struct session *session);

/* ---- invite.c, change.c: sessions that begin, and that go on differently ---- */

void handle_invite(struct exchange *exchange);
/* INVITE and UPDATE of a session. */
void handle_change(struct exchange *exchange, struct session *session);
/* What answers an offer of ours: an ACK, or a 200 of our INVITE. */
void handle_answer(const struct exchange *exchange, struct session *session);

/* ---- answer.c: offers that wait for the sink ---- */

bool session_keep_request(const struct exchange *exchange, struct session *session,
                          const struct offer *offer);
void session_ask_sink(struct st_siprec *siprec, struct session *session, bool is_new);
void session_answer(struct st_siprec *siprec, struct session *session,
                    const struct st_siprec_answer *answer, int64_t now_us);
/* What waits is refused; the session is as before, or has not begun. */
void session_refuse_pending(struct st_siprec *siprec, struct session *session, int status,
                            int64_t now_us);
/* An INVITE was answered by 200: its ACK is what comes next. */
void session_await_ack(const struct exchange *exchange, struct session *session);

/* ---- expiry.c: session timers (RFC 4028) ---- */

/* -EINVAL: an interval below ours, to be answered by 422. */
int expiry_check(const struct sip_message *request);
/* The request is accepted. */
void expiry_agree(const struct st_siprec *siprec, struct session *session,
                  const struct sip_message *request, int64_t now_us);
void expiry_add(const struct session *session, const struct sip_message *request,
                osip_message_t *reply_sip);
/* Our refresh was accepted, or asked for too little. */
void expiry_refreshed(struct session *session, const struct sip_message *response, int64_t now_us);
void expiry_too_brief(struct session *session, const struct sip_message *response, int64_t now_us);

/* ---- liveness.c: sessions of which nothing would be heard ---- */

void liveness_tick(struct st_siprec *siprec, struct session *session, int64_t now_us);

/* ---- hop.c: where our requests go ---- */

/* By datagrams, or by the connection that there is. */
struct st_siprec_peer hop_usual(const struct st_siprec *siprec, const struct session *session);
/* Where a connection would have to be made to. */
struct st_siprec_peer hop_anew(const struct st_siprec *siprec, const struct session *session);

/* ---- client.c: our requests ---- */

/* Tells the sink, sends BYE, and waits for its answer. */
void session_bye(struct st_siprec *siprec, struct session *session, enum st_siprec_end end,
                 int64_t now_us);
void session_refresh(struct st_siprec *siprec, struct session *session, int64_t now_us);
/* Whether the peer still knows the session. */
void session_probe(struct st_siprec *siprec, struct session *session, int64_t now_us);
/* An offer of ours is under way. */
bool session_is_offering(const struct session *session);
/* A connection is gone. */
void client_lose(struct st_siprec *siprec, uint64_t connection);
void client_receive(struct st_siprec *siprec, const struct sip_message *response, int64_t now_us);
/* False when the session is gone. */
bool client_tick(struct st_siprec *siprec, struct session *session, int64_t now_us);

#endif
