/*
 * SDP that says what will be sent: one m-line of one codec for each stream. Pure.
 */
#ifndef SIDETONE_RTP_OFFER_H
#define SIDETONE_RTP_OFFER_H

#include "sidetone/rtp_sdp.h"

struct st_rtp_offer_line {
    uint16_t port;       /* 0: the stream has ended */
    const char *address; /* NULL: that of the offer */
    uint8_t payload_type;
    struct st_rtp_format format;
    uint8_t event_type; /* 0: no telephone events */
    unsigned ptime_ms;  /* 0: not said */
    const char *label;  /* NULL: none */
    bool is_muxed;
    bool is_inactive;                        /* rather than sendonly */
    const struct st_rtp_srtp_crypto *crypto; /* NULL: plain */
};

struct st_rtp_offer {
    const struct st_rtp_offer_line *lines;
    unsigned count;
    const char *address; /* numeric */
    uint64_t session;
    uint64_t version; /* counts up with each offer of a dialog */
};

/* Characters written, with a NUL behind them; -ENOBUFS. */
ssize_t st_rtp_offer_write(const struct st_rtp_offer *offer, char *out, size_t out_bytes);

#endif
