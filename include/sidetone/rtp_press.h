/*
 * One press of a key as telephone events (RFC 4733): updates while it lasts, its end three times,
 * and an event too long for one duration in segments. Pure; st_rtp_dtmf hears what this says.
 */
#ifndef SIDETONE_RTP_PRESS_H
#define SIDETONE_RTP_PRESS_H

#include <stdbool.h>
#include <stdint.h>

enum { ST_RTP_PRESS_BYTES = 4, ST_RTP_PRESS_ENDS = 3 };

struct st_rtp_press {
    uint8_t code;
    uint32_t all;     /* ticks that it lasts */
    uint32_t done;    /* of them */
    uint32_t segment; /* where the segment began */
    unsigned ends;
};

struct st_rtp_press_packet {
    uint8_t payload[ST_RTP_PRESS_BYTES];
    bool has_marker;
    uint32_t segment; /* ticks to add to the timestamp of the press */
};

/* -EINVAL: neither 0-9 * # A-D, or no duration. */
int st_rtp_press_begin(struct st_rtp_press *press, char digit, uint32_t ticks);

/* The next packet, `step` ticks after the one before; the ends come without a step between.
 * false: it is over. */
bool st_rtp_press_next(struct st_rtp_press *press, uint32_t step,
                       struct st_rtp_press_packet *ret_packet);
/* Whether all that is left are ends, to be sent at once. */
bool st_rtp_press_is_ending(const struct st_rtp_press *press);

#endif
