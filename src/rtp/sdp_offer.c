#include "sidetone/rtp_offer.h"

#include "sdp_out.h"

#include <errno.h>
#include <string.h>

static void put_line(struct sdp_out *out, const struct st_rtp_offer_line *line)
{
    const struct st_rtp_format event = {ST_RTP_CODEC_EVENT, line->format.clock_hz, 1};
    sdp_put(out, "m=audio %u %s %u", line->port, line->crypto ? "RTP/SAVP" : "RTP/AVP",
            line->payload_type);
    if (line->event_type)
        sdp_put(out, " %u", line->event_type);
    sdp_put(out, "\r\n");
    if (line->address)
        sdp_put(out, "c=IN %s %s\r\n", strchr(line->address, ':') ? "IP6" : "IP4", line->address);
    sdp_put_payload(out, line->payload_type, &line->format, false);
    if (line->event_type)
        sdp_put_payload(out, line->event_type, &event, false);
    if (line->ptime_ms > 0)
        sdp_put(out, "a=ptime:%u\r\n", line->ptime_ms);
    if (line->label)
        sdp_put(out, "a=label:%s\r\n", line->label);
    if (line->is_muxed)
        sdp_put(out, "a=rtcp-mux\r\n");
    if (line->crypto)
        sdp_put_crypto(out, line->crypto);
    sdp_put(out, "a=%s\r\n", line->is_inactive ? "inactive" : "sendonly");
}

ssize_t st_rtp_offer_write(const struct st_rtp_offer *offer, char *text, size_t text_bytes)
{
    struct sdp_out out = {.at = text, .room = text_bytes};
    sdp_put_session(&out, offer->address, offer->session, offer->version);
    for (unsigned i = 0; i < offer->count; i++)
        put_line(&out, &offer->lines[i]);
    return out.is_short ? -ENOBUFS : out.at - text;
}
