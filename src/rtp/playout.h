/*
 * Turns packets in order, and what is missing between them, into sound that lies end to end.
 *
 * Positions are kept in samples of the rate in use, counted from where that rate began, so that
 * nothing is lost to rounding. Corrections of the sender's clock are made in silence, in packets
 * that hold next to none, or, when they are overdue, wherever they fall.
 */
#ifndef SIDETONE_RTP_PLAYOUT_H
#define SIDETONE_RTP_PLAYOUT_H

#include "sidetone/rtp_reorder.h"
#include "sidetone/rtp_skew.h"
#include "sidetone/rtp_stream.h"

enum { PLAYOUT_DECODERS = 4 };

struct playout {
    void (*sound)(void *user, const struct st_rtp_sound *sound);
    void *user;
    const struct st_rtp_payloads *payloads;
    struct st_rtp_skew *skew;
    uint32_t rate_hz; /* of the decoder in use */
    int64_t base_us;  /* media time where that rate began */
    int64_t samples;  /* since then */
    int64_t correction_us;
    struct {
        uint8_t payload_type;
        struct st_rtp_format format;
        struct st_rtp_decoder *decoder;
    } decoders[PLAYOUT_DECODERS];
    unsigned next_decoder; /* to be replaced */
    struct st_rtp_decoder *current;
    uint64_t undecodable;
    uint64_t bursts;
    int64_t concealed_us;
    int64_t silence_us;
};

void playout_init(struct playout *playout, const struct st_rtp_stream_config *config,
                  const struct st_rtp_payloads *payloads, struct st_rtp_skew *skew);
void playout_fini(struct playout *playout);

/* As st_rtp_reorder_fn. */
void playout_pass(struct playout *playout, const struct st_rtp_gap *gap,
                  const struct st_rtp_unit *unit);

#endif
