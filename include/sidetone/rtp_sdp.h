/*
 * SDP (RFC 8866) as far as one-way audio needs it: a tolerant reader of offers, and the answer.
 *
 * What real senders leave out or get wrong is read as what they mean: no c= or t= line, no v= at
 * all, any line ending, attributes in any case, static payload types without an rtpmap, unknown
 * codecs, lines and attributes. Every m-line is kept in its order, audio or not, because an answer
 * has to name each. Nothing is borrowed from the text. Pure.
 */
#ifndef SIDETONE_RTP_SDP_H
#define SIDETONE_RTP_SDP_H

#include "sidetone/rtp_payload.h"
#include "sidetone/rtp_srtp.h"

enum {
    ST_RTP_SDP_BYTES_MAX = 65536,
    ST_RTP_SDP_MEDIA_MAX = 8,
    ST_RTP_SDP_PAYLOADS_MAX = ST_RTP_PAYLOADS_MAX, /* of a line; more are passed over */
    ST_RTP_SDP_CRYPTOS_MAX = 2, /* of a line that we know; more are passed over */
    ST_RTP_SDP_ADDRESS_MAX = 64,
    ST_RTP_SDP_WORD_MAX = 64, /* longer labels are cut off */
    ST_RTP_SDP_NAME_MAX = 24, /* longer kinds, protocols and formats are cut off */
};

enum st_rtp_sdp_direction {
    ST_RTP_SDP_SENDRECV,
    ST_RTP_SDP_SENDONLY,
    ST_RTP_SDP_RECVONLY,
    ST_RTP_SDP_INACTIVE,
};

struct st_rtp_sdp_payload {
    uint8_t payload_type;
    struct st_rtp_format format; /* ST_RTP_CODEC_NONE: not one of ours */
};

struct st_rtp_sdp_media {
    char kind[ST_RTP_SDP_NAME_MAX];       /* "audio" */
    char protocol[ST_RTP_SDP_NAME_MAX];   /* "RTP/AVP" */
    char formats[ST_RTP_SDP_NAME_MAX];    /* the first, as written */
    bool is_audio;                        /* over RTP/AVP, RTP/SAVP, or those with F */
    bool is_secure;                       /* SAVP */
    uint16_t port;                        /* 0: refused or ended */
    char address[ST_RTP_SDP_ADDRESS_MAX]; /* of the line or of the session; "" when neither has */
    bool is_held;                         /* not sent: inactive, recvonly, no address, port 0 */
    uint16_t rtcp_port;                   /* 0: the next port, or the same when muxed */
    char rtcp_address[ST_RTP_SDP_ADDRESS_MAX]; /* "": that of the audio */
    bool is_muxed;
    enum st_rtp_sdp_direction direction;
    char label[ST_RTP_SDP_WORD_MAX];
    char cname[ST_RTP_SDP_WORD_MAX]; /* of the first a=ssrc that has one */
    unsigned ptime_ms;               /* 0: not said */
    unsigned payload_count;
    struct st_rtp_sdp_payload payloads[ST_RTP_SDP_PAYLOADS_MAX];
    unsigned crypto_count;
    struct st_rtp_srtp_crypto cryptos[ST_RTP_SDP_CRYPTOS_MAX];
};

struct st_rtp_sdp {
    unsigned media_count;
    struct st_rtp_sdp_media media[ST_RTP_SDP_MEDIA_MAX];
};

/* 0, also without any m-line; -EMSGSIZE; -ENOBUFS: too many m-lines; -EBADMSG: a NUL in it. */
int st_rtp_sdp_parse(struct st_rtp_sdp *ret_sdp, const char *text, size_t bytes);

/* Whether its direction is one in which audio comes to us. */
bool st_rtp_sdp_is_sent(const struct st_rtp_sdp_media *media);

/* A copy that takes no more room than its lines. */
struct st_rtp_sdp *st_rtp_sdp_copy(const struct st_rtp_sdp *sdp);
void st_rtp_sdp_free(struct st_rtp_sdp *copy); /* NULL is fine; keys are wiped */

/* Whether the line offers audio that we can decode; with a secure profile, a key that we know. */
bool st_rtp_sdp_is_usable(const struct st_rtp_sdp_media *media);

/* The table for the line's packets: what is offered and ours. */
void st_rtp_sdp_payloads(const struct st_rtp_sdp_media *media,
                         struct st_rtp_payloads *ret_payloads);

/* How an m-line is answered. */
struct st_rtp_sdp_choice {
    uint16_t port;                           /* ours; 0: refused */
    bool is_muxed;                           /* only where offered */
    bool is_stereo;                          /* both channels of Opus are wanted */
    const struct st_rtp_srtp_crypto *crypto; /* our key, with tag and suite of the offered one */
};

struct st_rtp_sdp_answer {
    const struct st_rtp_sdp *offer;
    const struct st_rtp_sdp_choice *choices; /* one for each of its lines */
    const char *address;                     /* ours, numeric */
    uint64_t session;
    uint64_t version; /* counts up with each answer of a dialog */
};

/* recvonly, or inactive where nothing will be sent; all payload types that are offered and ours.
 * Characters written, with a NUL behind them; -ENOBUFS. */
ssize_t st_rtp_sdp_write(const struct st_rtp_sdp_answer *answer, char *out, size_t out_bytes);

#endif
