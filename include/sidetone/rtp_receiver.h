/*
 * One RTP stream as it is received: whose packets count, in what order they were sent, and when
 * in the call their audio belongs (RFC 3550, 6.4 and A.1, A.3, A.8).
 *
 * A source is an SSRC with a sequence. A new one has to prove itself with two packets in sequence,
 * whatever comes from others between them; while the one in use goes on, it has to wait until that
 * has been silent, unless a change was announced by signalling. Packets held since the last one of
 * that are put again once it is confirmed, so no audio is lost.
 *
 * Positions are media time: they follow the sender's timestamps, and are joined on by the time of
 * arrival where timestamps tell nothing (new source, clock that was reset, codec of another
 * clock). They never run backwards but for packets out of order. Pure arithmetic over a struct; no
 * payload is kept. One thread at a time.
 */
#ifndef SIDETONE_RTP_RECEIVER_H
#define SIDETONE_RTP_RECEIVER_H

#include "sidetone/rtp_packet.h"

enum {
    ST_RTP_RECEIVER_WINDOW = 1024,  /* packets that may still come late or twice */
    ST_RTP_RECEIVER_CANDIDATES = 4, /* sources that may prove themselves at a time */
};

enum st_rtp_kind {
    ST_RTP_AUDIO,
    ST_RTP_NOISE, /* comfort noise: silence until the next audio */
    /* in the sequence, not in the media */
    ST_RTP_EVENT, /* telephone events */
    ST_RTP_OTHER, /* not negotiated, or empty: keep-alives and the like; keeps nobody waiting */
};

enum st_rtp_verdict {
    ST_RTP_ACCEPTED,
    ST_RTP_DUPLICATE,
    /* Of a source that may be a new one; what is held of an SSRC is in sequence. */
    ST_RTP_HELD,       /* forget what is held of its SSRC, keep this one */
    ST_RTP_HELD_NEXT,  /* goes on after what is held of its SSRC: keep it as well */
    ST_RTP_HELD_EVENT, /* the same of an event, which is to be heard now */
    ST_RTP_CONFIRMED,  /* put that again, in order and with its times, then this one; forget others
                        */
};

struct st_rtp_receiver_config {
    int64_t origin_us;  /* monotonic time of media time 0 */
    int64_t silence_us; /* of the old source before a new one may follow; 0: 200 ms */
};

struct st_rtp_arrival {
    const struct st_rtp_packet *packet;
    enum st_rtp_kind kind;
    uint32_t clock_hz;   /* of the payload type, never 0 */
    uint32_t span_ticks; /* of that clock; 0 unless audio */
    int64_t now_us;      /* monotonic time of arrival */
};

struct st_rtp_place {
    uint64_t sequence;   /* never wraps; jumps with a new source */
    int64_t position_us; /* media time */
    int64_t span_us;
    bool is_splice; /* first of a new source: nothing is missing before it */
    bool is_reordered;
};

struct st_rtp_counts {
    uint64_t received; /* each packet once, also late ones and those without media */
    uint64_t duplicates;
    uint64_t reordered; /* of those received */
    uint64_t foreign;   /* of sources that have not proved themselves, have to wait, or send events
                           alone */
    int64_t lost;       /* never came */
    uint32_t sources;   /* that were confirmed */
    uint32_t resplices; /* of one source's timestamps */
    uint32_t ptime_changes;
    uint32_t payload_changes; /* of audio */
    uint32_t jitter_us;       /* interarrival jitter of RFC 3550 */
};

/* Who might follow. */
struct st_rtp_candidate {
    bool is_some;
    bool is_contested; /* the source in use went on since */
    uint16_t next;
    uint32_t ssrc;
};

struct st_rtp_receiver {
    int64_t origin_us;
    int64_t silence_us;
    bool has_source;
    bool is_fresh;           /* its first packet is still to come */
    bool is_clock_fresh;     /* its first media is */
    uint16_t change_packets; /* of it, in which a change is still expected */
    uint32_t ssrc;
    /* sequence */
    uint16_t highest_wire;
    uint64_t highest;
    uint64_t first;
    uint64_t unique;  /* of this source */
    uint64_t arrived; /* of this source, duplicates as well */
    uint64_t seen[ST_RTP_RECEIVER_WINDOW / 64];
    /* the clock: the media packet with the highest sequence, and where counting began */
    bool has_media;
    uint8_t payload_type;
    uint32_t clock_hz;
    uint32_t timestamp;
    int64_t ticks; /* of it, since the splice */
    int64_t splice_us;
    int64_t position_us;
    int64_t span_us;
    uint64_t media_sequence;
    int64_t heard_us;        /* when it arrived */
    int64_t floor_us;        /* arrival less media time, at the least delay lately */
    int64_t behind_us;       /* how late media has been since then, */
    int64_t behind_since_us; /* for the clock may have stood still; 0: it is not */
    int64_t arrival_us;      /* of the latest packet accepted that keeps others waiting */
    /* jitter, in ticks × 16 */
    int64_t transit;
    uint32_t jitter;
    bool has_transit;
    struct st_rtp_candidate candidates[ST_RTP_RECEIVER_CANDIDATES]; /* the latest first */
    /* for reports */
    uint64_t expected_before;
    uint64_t arrived_before;
    int64_t lost_before; /* of earlier sources */
    struct st_rtp_counts counts;
};

void st_rtp_receiver_init(struct st_rtp_receiver *receiver,
                          const struct st_rtp_receiver_config *config);

/* *ret_place is written when accepted. A payload's kind, clock and span come from the table of
 * what was negotiated. */
enum st_rtp_verdict st_rtp_receiver_put(struct st_rtp_receiver *receiver,
                                        const struct st_rtp_arrival *arrival,
                                        struct st_rtp_place *ret_place);

/* Whether it is of the source in use, and near its latest: that may be put as ST_RTP_OTHER. */
bool st_rtp_receiver_has_near(const struct st_rtp_receiver *receiver,
                              const struct st_rtp_packet *packet);

/* Signalling said that the source may change (re-INVITE): the next one needs not wait for silence,
 * unless the one in use goes on for another five seconds or so. */
void st_rtp_receiver_expect_change(struct st_rtp_receiver *receiver);

/* Media time of a timestamp of the source in use; false when it is not near its clock. */
bool st_rtp_receiver_locate(const struct st_rtp_receiver *receiver, uint32_t timestamp,
                            int64_t *ret_position_us);

/* Media time of what arrives now, as far as is known; for what has no timestamp of the source. */
int64_t st_rtp_receiver_media_us(const struct st_rtp_receiver *receiver, int64_t now_us);

void st_rtp_receiver_counts(const struct st_rtp_receiver *receiver,
                            struct st_rtp_counts *ret_counts);

/* What a receiver report tells of the source in use. */
struct st_rtp_reception {
    uint32_t ssrc;
    uint8_t fraction_lost; /* of 256, since the last report */
    int32_t lost;          /* 24 bits, signed; duplicates count against it */
    uint32_t highest;      /* sequence, extended by its cycles */
    uint32_t jitter_ticks;
};

/* false when there is no source. Begins the next interval. */
bool st_rtp_receiver_report(struct st_rtp_receiver *receiver,
                            struct st_rtp_reception *ret_reception);

#endif
