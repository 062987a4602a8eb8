/*
 * Puts the packets of one RTP stream back in order, and says what is missing between them.
 *
 * A packet that follows what came before is passed on at once, without a copy: an orderly stream
 * is not delayed. Behind a missing one, packets wait until it comes, or until the first of them
 * has waited for the bound; then its time has gone on, and it is late if it comes at all. What is
 * passed on therefore lies in order of its media time, without overlap, and each gap between is
 * told with it, as what was lost and what the sender left silent.
 *
 * While nothing comes at all (silence suppression, hold, a leg that is late) the clock goes on:
 * silence is passed on, always well behind the time that has really passed, so that audio which
 * then comes is never cut by it. Held packets live in blocks of a pool that all streams of a thread
 * share: nothing is allocated for a packet once the pool is warm.
 */
#ifndef SIDETONE_RTP_REORDER_H
#define SIDETONE_RTP_REORDER_H

#include "sidetone/rtp_receiver.h"

struct st_pool;

enum {
    ST_RTP_REORDER_SLOTS = 64,
    ST_RTP_REORDER_PAYLOAD_BYTES = 4032, /* larger payloads are not taken */
    ST_RTP_REORDER_BLOCK_BYTES = 4096,   /* of the pool's blocks */
    ST_RTP_REORDER_MIN_US = 60000,
    ST_RTP_REORDER_MAX_US = 120000,
};

/* A packet on its way to the decoder. */
struct st_rtp_unit {
    enum st_rtp_kind kind;
    uint8_t payload_type;
    bool is_splice; /* first media of a new source */
    uint64_t sequence;
    int64_t position_us; /* media time */
    int64_t span_us;
    const uint8_t *payload; /* borrowed for the time of the call */
    size_t bytes;
};

/* The media time between what was passed on before and what comes now; 0 where there is none. */
struct st_rtp_gap {
    int64_t position_us;
    int64_t lost_us;    /* first, of packets that never came in time */
    int64_t silence_us; /* then, of what was never sent */
    uint32_t lost_packets;
};

/* Without a unit: silence of a stream that sends nothing. unit->position_us is where the gap ends;
 * audio may be passed on shifted, when the sender's clock turned out to run behind. */
typedef void (*st_rtp_reorder_fn)(void *user, const struct st_rtp_gap *gap,
                                  const struct st_rtp_unit *unit);

struct st_rtp_reorder_config {
    struct st_pool *pool; /* of ST_RTP_REORDER_BLOCK_BYTES, outliving this */
    int64_t bound_us;     /* 0: 80 ms; kept within the limits above */
    int64_t start_us;     /* media time from which on gaps count */
    int64_t origin_us;    /* monotonic time of media time 0; 0: no clock before the first packet */
    st_rtp_reorder_fn pass;
    /* Optional. A packet is late, the one that is put or one that was held. */
    void (*refused)(void *user);
    void *user;
};

struct st_rtp_held;

struct st_rtp_reorder {
    struct st_pool *pool;
    int64_t bound_us;
    st_rtp_reorder_fn pass;
    void (*refused)(void *user);
    void *user;
    bool has_begun, has_origin;
    bool is_silent; /* what was passed on last was not audio */
    uint64_t next_sequence;
    int64_t next_us;  /* media time up to which all was passed on */
    int64_t shift_us; /* added to positions, see above */
    int64_t last_span_us;
    uint32_t owed_packets; /* lost before a packet that has no media time */
    bool owes_splice;      /* the new source began with such a packet */
    int64_t now_us;
    int64_t stale_since_us; /* packets of a time long gone keep coming; 0: they do not */
    int64_t heard_us;       /* arrival of the latest packet */
    int64_t heard_end_us;   /* media time where its media ended */
    unsigned held_count;
    struct st_rtp_held *held[ST_RTP_REORDER_SLOTS]; /* by sequence */
    uint64_t late;                                  /* packets whose time had gone on */
    uint64_t given_up; /* packets passed over; late ones are among them */
    uint64_t starved;  /* packets that the pool or the size had no room for */
};

void st_rtp_reorder_init(struct st_rtp_reorder *reorder,
                         const struct st_rtp_reorder_config *config);
void st_rtp_reorder_fini(struct st_rtp_reorder *reorder); /* what is held is dropped */

/* 0; -ETIME: its time has gone on; -EALREADY: it is held already; -EMSGSIZE: the payload is too
 * large. A splice first passes on all that is held. */
int st_rtp_reorder_put(struct st_rtp_reorder *reorder, const struct st_rtp_unit *unit,
                       int64_t now_us);

/* Every few milliseconds, after all packets that have arrived were put. */
void st_rtp_reorder_tick(struct st_rtp_reorder *reorder, int64_t now_us);

/* Passes on all that is held, as at the end of a stream. */
void st_rtp_reorder_flush(struct st_rtp_reorder *reorder);

#endif
