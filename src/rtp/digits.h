/*
 * The digit under way: told when it is over, because only then is known how long it was pressed.
 * It is over when its sender says so, when the next one begins, or when nothing more is heard of
 * it.
 */
#ifndef SIDETONE_RTP_DIGITS_H
#define SIDETONE_RTP_DIGITS_H

#include "sidetone/rtp_dtmf.h"
#include "sidetone/rtp_stream.h"

struct digits {
    void (*told)(void *user, const struct st_rtp_digit *digit); /* NULL: not wanted */
    void *user;
    struct st_rtp_dtmf dtmf;
    char under_way; /* 0: none */
    int64_t position_us, began_us;
};

/* A packet of a telephone-event payload type, that clock, and the media time of its timestamp. One
 * that arrived before the latest was heard already. */
void digits_put(struct digits *digits, const struct st_rtp_packet *packet, uint32_t clock_hz,
                int64_t position_us, int64_t now_us);
void digits_tick(struct digits *digits, int64_t now_us);
/* Nothing more will come. */
void digits_flush(struct digits *digits);

#endif
