/* A server with a recorder as its sink and its way out, and messages to put into it. */
#ifndef SIDETONE_TEST_SIPREC_RIG_H
#define SIDETONE_TEST_SIPREC_RIG_H

#include "sidetone/siprec.h"

enum { RIG_SENT_MAX = 64, RIG_TEXT_MAX = 131072 };

struct rig_told {
    unsigned offers, changes, ends;
    bool is_new;
    uint64_t id, replaces;
    enum st_siprec_end end;
    char call_id[160], stream_id[160], user[64], caller[128], agent_id[128], agent_name[128];
    bool is_suspect, is_named;
    unsigned stream_count;
    struct st_siprec_stream streams[ST_CHANNELS_MAX];
    struct st_rtp_sdp_media media[ST_CHANNELS_MAX];
    struct st_rtp_srtp_crypto crypto[ST_CHANNELS_MAX];
    char aor[ST_CHANNELS_MAX][128], name[ST_CHANNELS_MAX][128];
};

struct rig {
    struct st_siprec *siprec;
    struct st_siprec_config config; /* changed before rig_start */
    struct st_siprec_peer peer;     /* of what is put */
    int64_t now_us;
    bool waits; /* the sink answers later, by rig_answer */
    int err;    /* what it answers */
    struct rig_told told;
    unsigned sent; /* messages, all of them */
    struct st_siprec_peer sent_to;
    uint64_t gone; /* connections up to this one */
    unsigned dials;
    bool is_unreachable; /* no connection can be made */
    struct st_siprec_peer dialled;
    char texts[RIG_SENT_MAX][8192]; /* the latest, round */
};

extern struct rig rig;

void rig_set_up(void); /* udp from 192.0.2.1:5060; everybody is allowed */
void rig_start(void);
void rig_tear_down(void);

/* One datagram, or over the peer's connection when its transport has such. */
void rig_put(const char *text);
/* That connection, and all before it, is gone. */
void rig_hang_up(uint64_t connection);
/* Lines ended by LF become lines of CR LF, and Content-Length is added. Borrowed until the next. */
const char *rig_message(const char *head, const char *body);
/* An INVITE with two legs; `extra` header lines, each ended by LF. */
const char *rig_invite(const char *call_id, unsigned cseq, const char *extra, const char *body);
extern const char rig_two_legs[]; /* an SDP */

/* A request within the dialog that the latest 200 began. */
const char *rig_in_dialog(const char *method, unsigned cseq, const char *extra, const char *body);
/* From rig_set_up to the ACK of a session "one". */
void rig_call_up(const char *extra, const char *body);
void rig_answer(void);
/* The answer to our latest request: "200 OK", with further header lines behind it if need be. */
void rig_respond(const char *status);
void rig_respond_with(const char *status, const char *sdp);
void rig_pass(int64_t us); /* ticks meanwhile */

const char *rig_sent(unsigned back); /* 0: the latest */
int rig_status(void);                /* of the latest; 0 when it was a request */
/* The value of a header of the latest message; "" without. Borrowed until the next. */
const char *rig_header(const char *name);
const char *rig_body(void);

/* A file of the vectors, as rig_message would have it. */
const char *rig_vector(const char *name);

#endif
