/* What the receiver's files share. */
#ifndef SIDETONE_RTP_RECEIVER_INTERNAL_H
#define SIDETONE_RTP_RECEIVER_INTERNAL_H

#include "sidetone/rtp_receiver.h"

/* Of the source in use. */
int64_t receiver_lost(const struct st_rtp_receiver *receiver);

/* Ticks of an RTP clock to the nearest microsecond; a negative number as well. */
static inline int64_t receiver_ticks_to_us(int64_t ticks, uint32_t clock_hz)
{
    int64_t seconds = ticks / clock_hz, rest = ticks % clock_hz;
    if (rest < 0) {
        seconds--;
        rest += clock_hz;
    }
    return seconds * 1000000 + (rest * 1000000 + clock_hz / 2) / clock_hz;
}

#endif
