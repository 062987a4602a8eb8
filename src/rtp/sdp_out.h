/* What writers of SDP have in common: text into a buffer, and one failure at the end. */
#ifndef SIDETONE_RTP_SDP_OUT_H
#define SIDETONE_RTP_SDP_OUT_H

#include "sidetone/rtp_sdp.h"

struct sdp_out {
    char *at;
    size_t room;
    bool is_short;
};

__attribute__((format(printf, 2, 3))) void sdp_put(struct sdp_out *out, const char *format, ...);

void sdp_put_session(struct sdp_out *out, const char *address, uint64_t session, uint64_t version);
/* rtpmap and fmtp. is_stereo: Opus is wanted in two channels. */
void sdp_put_payload(struct sdp_out *out, unsigned payload_type, const struct st_rtp_format *format,
                     bool is_stereo);
void sdp_put_crypto(struct sdp_out *out, const struct st_rtp_srtp_crypto *crypto);

#endif
