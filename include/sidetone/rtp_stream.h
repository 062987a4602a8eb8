/*
 * One RTP stream from datagrams to sound: what the other modules of this room do, joined.
 *
 * Datagrams and the time go in; out come samples and silence that lie end to end in media time,
 * and digits. A datagram that does not belong is counted by its reason and changes nothing. The
 * caller has checked where it came from and taken off any encryption. Nothing is allocated for a
 * packet once the pool and the decoders of the codecs in use are there. One thread.
 */
#ifndef SIDETONE_RTP_STREAM_H
#define SIDETONE_RTP_STREAM_H

#include "sidetone/rtp_payload.h"
#include "sidetone/rtp_rtcp.h"

struct st_pool;

enum st_rtp_sound_kind {
    ST_RTP_SOUND_RECEIVED,
    ST_RTP_SOUND_CONCEALED,
    ST_RTP_SOUND_SILENCE,
};

struct st_rtp_sound {
    enum st_rtp_sound_kind kind;
    const int16_t *samples; /* borrowed for the call; NULL: silence */
    uint64_t count;
    uint32_t rate_hz;    /* may change from one to the next */
    int64_t position_us; /* media time of the first sample: where the one before ended */
};

struct st_rtp_digit {
    char key;            /* 0-9 * # A-D */
    int64_t position_us; /* where it began, in media time */
    int64_t duration_us; /* as its sender says; 0: it does not */
};

struct st_rtp_stream_config {
    const struct st_rtp_payloads *payloads; /* copied */
    struct st_pool *pool;                   /* of ST_RTP_REORDER_BLOCK_BYTES; outlives the stream */
    int64_t origin_us;                      /* monotonic time of media time 0 */
    int64_t start_us;                       /* media time that the channel has come to */
    int64_t reorder_us;                     /* 0: 80 ms */
    void (*sound)(void *user, const struct st_rtp_sound *sound);
    /* When it is over. NULL: not wanted. */
    void (*digit)(void *user, const struct st_rtp_digit *digit);
    /* A packet is late, as it comes or after it has waited. NULL: not wanted. */
    void (*late)(void *user);
    void *user;
};

struct st_rtp_stream_stats {
    struct st_rtp_counts counts;
    uint64_t malformed;
    uint64_t unknown_type; /* payload types that were not negotiated, or payloads not of theirs */
    uint64_t oversized;
    uint64_t late;        /* came, but their time had gone on */
    uint64_t undecodable; /* replaced by silence */
    uint64_t bursts;      /* runs of packets that were missing */
    int64_t concealed_us;
    int64_t silence_us;   /* of loss beyond what is concealed, and of what was never sent */
    int64_t corrected_us; /* media time added for the sender's clock; negative: left out */
    int32_t ppm;          /* positive: the sender's clock is slow */
    int64_t heard_us;     /* monotonic time of the latest packet that counted; 0: none */
};

struct st_rtp_stream;

void st_rtp_stream_create(struct st_rtp_stream **ret_stream,
                          const struct st_rtp_stream_config *config);
/* What is held is dropped: flush first at the end of a call. NULL is fine. */
void st_rtp_stream_destroy(struct st_rtp_stream *stream);

/* A packet will be put soon (prefetch.h): in steps 1 and 2 that is fetched which the step before
 * has brought the address of. */
void st_rtp_stream_prefetch(const struct st_rtp_stream *stream, unsigned step);
/* One RTP datagram. 0: it counts, or waits to; -EBADMSG; -ENOTSUP: payload type; -EMSGSIZE;
 * -EALREADY: duplicate; -ETIME: late. A packet of another source waits, and is counted as foreign
 * until that has proved itself. */
int st_rtp_stream_put(struct st_rtp_stream *stream, const void *data, size_t bytes, int64_t now_us);

/* One RTCP datagram from the signalled address. 0; 1: the source in use says that it ends;
 * -EBADMSG. */
int st_rtp_stream_put_rtcp(struct st_rtp_stream *stream, const void *data, size_t bytes,
                           int64_t now_us);

/* Every few milliseconds, after all datagrams that have arrived were put. false: nothing waits, so
 * that without a datagram 20 ms will do. */
bool st_rtp_stream_tick(struct st_rtp_stream *stream, int64_t now_us);
void st_rtp_stream_flush(struct st_rtp_stream *stream);

/* Signalling said again what comes. Another table first lets out what waits; after one, or from
 * elsewhere, another source may follow at once. The same from the same place changes nothing. */
void st_rtp_stream_renegotiate(struct st_rtp_stream *stream, const struct st_rtp_payloads *payloads,
                               bool is_from_elsewhere);

/* Our block for a receiver report; false: nothing was received yet. */
bool st_rtp_stream_report(struct st_rtp_stream *stream, int64_t now_us,
                          struct st_rtp_rtcp_block *ret_block);
/* Whose packets count now; false: nobody has proved itself. */
bool st_rtp_stream_source(const struct st_rtp_stream *stream, uint32_t *ret_ssrc);
void st_rtp_stream_stats(const struct st_rtp_stream *stream, struct st_rtp_stream_stats *ret_stats);

#endif
