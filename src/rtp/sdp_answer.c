#include "sidetone/rtp_sdp.h"

#include "sdp_out.h"

#include <errno.h>

/* One payload type may be named twice in an offer: the table has it once. */
static bool is_answered(const struct st_rtp_payloads *payloads,
                        const struct st_rtp_sdp_media *media, unsigned index)
{
    uint8_t type = media->payloads[index].payload_type;
    for (unsigned i = 0; i < index; i++)
        if (media->payloads[i].payload_type == type)
            return false;
    return st_rtp_payloads_find(payloads, type)->codec != ST_RTP_CODEC_NONE;
}

static void put_accepted(struct sdp_out *out, const struct st_rtp_sdp_media *media,
                         const struct st_rtp_sdp_choice *choice)
{
    struct st_rtp_payloads payloads;
    st_rtp_sdp_payloads(media, &payloads);
    sdp_put(out, "m=%s %u %s", media->kind, choice->port, media->protocol);
    for (unsigned i = 0; i < media->payload_count; i++)
        if (is_answered(&payloads, media, i))
            sdp_put(out, " %u", media->payloads[i].payload_type);
    sdp_put(out, "\r\n");
    for (unsigned i = 0; i < media->payload_count; i++)
        if (is_answered(&payloads, media, i))
            sdp_put_payload(out, media->payloads[i].payload_type, &media->payloads[i].format,
                            choice->is_stereo);
    if (media->ptime_ms > 0)
        sdp_put(out, "a=ptime:%u\r\n", media->ptime_ms);
    if (media->label[0])
        sdp_put(out, "a=label:%s\r\n", media->label);
    if (choice->is_muxed && media->is_muxed)
        sdp_put(out, "a=rtcp-mux\r\n");
    if (choice->crypto)
        sdp_put_crypto(out, choice->crypto);
    sdp_put(out, "a=%s\r\n", st_rtp_sdp_is_sent(media) ? "recvonly" : "inactive");
}

static void put_refused(struct sdp_out *out, const struct st_rtp_sdp_media *media)
{
    sdp_put(out, "m=%s 0 %s %s\r\n", media->kind[0] ? media->kind : "audio",
            media->protocol[0] ? media->protocol : "RTP/AVP",
            media->formats[0] ? media->formats : "0");
    if (media->label[0])
        sdp_put(out, "a=label:%s\r\n", media->label);
}

ssize_t st_rtp_sdp_write(const struct st_rtp_sdp_answer *answer, char *text, size_t text_bytes)
{
    struct sdp_out out = {.at = text, .room = text_bytes};
    sdp_put_session(&out, answer->address, answer->session, answer->version);
    for (unsigned i = 0; i < answer->offer->media_count; i++) {
        const struct st_rtp_sdp_media *media = &answer->offer->media[i];
        if (answer->choices[i].port != 0 && st_rtp_sdp_is_usable(media))
            put_accepted(&out, media, &answer->choices[i]);
        else
            put_refused(&out, media);
    }
    return out.is_short ? -ENOBUFS : out.at - text;
}
