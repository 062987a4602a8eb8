/*
 * RTP streams on the sockets of one loop: which datagrams are whose, and what must not get in.
 *
 * A stream has a pair of ports (RTP, RTCP) to itself, or shares one pair with others and is told
 * apart by its sender's address or by an SSRC that was signalled. A datagram goes through, in this
 * order: whose it is; whether its sender is who was signalled; how many come; SRTP; then the
 * stream itself. What fails is counted by its reason and does nothing else. Nothing is ever sent
 * to an address that was learned from a packet. A BYE counts when the audio stops as well: a plain
 * one may be forged, and any may only announce that its sender goes on with another SSRC.
 *
 * A port that was used rests before it is used again, so that late packets of one call do not get
 * into another. All on the loop's thread; a stream may be closed from within its own callbacks.
 */
#ifndef SIDETONE_MEDIA_H
#define SIDETONE_MEDIA_H

#include "sidetone/rtp_srtp.h"
#include "sidetone/rtp_stream.h"
#include "sidetone/udp.h"

struct st_media;

struct st_media_config {
    struct st_loop *loop;
    const char *address;   /* to bind, numeric; copied */
    uint16_t first_port;   /* even; pairs from here */
    unsigned pairs;        /* of ports */
    int64_t quarantine_us; /* a port rests after use */
    int64_t tick_us;       /* 0: ST_UDP_TICK_US */
};

void st_media_create(struct st_media **ret_media, const struct st_media_config *config);
/* Every stream is closed. NULL is fine. */
void st_media_destroy(struct st_media *media);

/* ---- who sends ---- */

enum st_media_source_mode {
    ST_MEDIA_SOURCE_STRICT, /* the signalled address and port */
    ST_MEDIA_SOURCE_IP,     /* the signalled address, any port */
    ST_MEDIA_SOURCE_LEARN,  /* who first proves itself as an RTP source, from then on */
    ST_MEDIA_SOURCE_OPEN,   /* anybody; for laboratories */
    ST_MEDIA_SOURCE_MODES,
};

/* "strict", "ip", "learn", "open". */
const char *st_media_source_mode_name(enum st_media_source_mode mode);

struct st_media_source {
    enum st_media_source_mode mode;
    struct st_udp_address rtp;  /* as signalled; none: unknown */
    struct st_udp_address rtcp; /* as signalled; none: no reports are sent */
    bool has_ssrc;              /* that too was signalled */
    uint32_t ssrc;
};

/* ---- streams ---- */

enum st_media_drop {
    ST_MEDIA_DROP_SOURCE, /* from elsewhere */
    ST_MEDIA_DROP_FLOOD,  /* more than four times as many as there should be */
    ST_MEDIA_DROP_FORGED, /* SRTP: or damaged */
    ST_MEDIA_DROP_REPLAYED,
    ST_MEDIA_DROP_MALFORMED,
    ST_MEDIA_DROP_PAYLOAD_TYPE, /* not negotiated */
    ST_MEDIA_DROP_TOO_LARGE,
    ST_MEDIA_DROP_DUPLICATE,
    ST_MEDIA_DROP_LATE,
    ST_MEDIA_DROP_NO_STREAM, /* nobody's, on a shared port */
    ST_MEDIA_DROPS,
};

const char *st_media_drop_name(enum st_media_drop drop); /* "source", … */

enum st_media_end {
    ST_MEDIA_END_BYE,     /* the sender said so */
    ST_MEDIA_END_TIMEOUT, /* nothing came for so long */
};

enum {
    ST_MEDIA_SIDES = 2,
    ST_MEDIA_PREFETCH_STEPS = 4,
};

struct st_media_stream_events {
    /* side: 0, or of a stereo stream 0 and 1. */
    void (*sound)(void *user, unsigned side, const struct st_rtp_sound *sound);
    void (*digit)(void *user, const struct st_rtp_digit *digit);
    /* Optional; a packet is on its way: what `sound` will touch may be fetched (prefetch.h), in
     * each step what the one before has brought the address of. */
    void (*prefetch)(void *user, unsigned step);
    /* Optional; every five seconds, to look at its statistics. */
    void (*look)(void *user);
    /* BYE once; timeout again for each such time. The stream stays until it is closed. */
    void (*ended)(void *user, enum st_media_end end);
};

struct st_media_stream_config {
    const struct st_rtp_payloads *payloads; /* copied */
    struct st_media_source source;
    const struct st_rtp_srtp_crypto *theirs; /* the key they send with; NULL: plain RTP */
    const struct st_rtp_srtp_crypto *ours;   /* the key of our reports; with theirs */
    bool is_stereo;     /* two channels, each for itself; otherwise they are mixed */
    bool is_muxed;      /* RTCP on the port of RTP */
    bool is_shared;     /* on a port with others; needs source.rtp with its port, or an SSRC */
    unsigned ptime_ms;  /* for the packet rate to expect; 0: unknown */
    int64_t origin_us;  /* monotonic time of media time 0 */
    int64_t start_us;   /* media time that the channel has come to */
    int64_t reorder_us; /* 0: as of st_rtp_stream */
    int64_t timeout_us; /* without anything from the sender; 0: never */
    bool outlives_bye;  /* signalling says when it ends: after a BYE others may send */
    const struct st_media_stream_events *events;
    void *user;
};

struct st_media_stream;

/* -ENOBUFS: no ports left; -EADDRNOTAVAIL and others: the address cannot be bound; -EINVAL:
 * a strict or shared source that was not signalled; -EAFNOSUPPORT: it is of IPv6 and we are not, or
 * the other way round; -EEXIST: it has a stream on every shared port; -ENOTSUP: SRTP's library
 * lacks the suite. */
int st_media_stream_open(struct st_media *media, struct st_media_stream **ret_stream,
                         const struct st_media_stream_config *config);
uint16_t st_media_stream_port(const struct st_media_stream *stream); /* RTCP: the next, or muxed */

/* What has arrived and what is still held comes out as sound; nothing follows. */
void st_media_stream_flush(struct st_media_stream *stream);
/* Tells the sender, where it said how; nothing is called back afterwards. NULL is fine. */
void st_media_stream_close(struct st_media_stream *stream);
/* The same for one whose port nobody has been told: the port need not rest. */
void st_media_stream_drop(struct st_media_stream *stream);

/* Signalling changed it, or only said it again; keys as in its config. -ENOTSUP: a key of another
 * suite that is not to be had; -EAFNOSUPPORT. */
int st_media_stream_renegotiate(struct st_media_stream *stream,
                                const struct st_rtp_payloads *payloads,
                                const struct st_media_source *source,
                                const struct st_rtp_srtp_crypto *theirs,
                                const struct st_rtp_srtp_crypto *ours);
/* On hold nothing is expected, so nothing times out; and senders say BYE when they are put on hold,
 * which ends nothing either. */
void st_media_stream_hold(struct st_media_stream *stream, bool is_held);

struct st_media_stream_stats {
    struct st_rtp_stream_stats rtp; /* of side 0, what is lost and late being the same for both */
    uint64_t dropped[ST_MEDIA_DROPS];
    uint32_t rollovers;         /* of SRTP, recovered */
    struct st_udp_address from; /* who was learned or spoke last; none: nobody yet */
    int64_t alive_us; /* the latest sign of life: RTP of the source in use, a report, signalling */
};

void st_media_stream_stats(const struct st_media_stream *stream,
                           struct st_media_stream_stats *ret_stats);

#endif
