#include "sidetone/rtp_sdp.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct out {
    char *at;
    size_t room;
    bool is_short;
};

__attribute__((format(printf, 2, 3))) static void put(struct out *out, const char *format, ...)
{
    va_list args;
    if (out->is_short)
        return;
    va_start(args, format);
    int chars = vsnprintf(out->at, out->room, format, args);
    va_end(args);
    out->is_short = chars < 0 || (size_t)chars >= out->room;
    if (!out->is_short) {
        out->at += chars;
        out->room -= (size_t)chars;
    }
}

/* One payload type may be named twice in an offer: the table has it once. */
static bool is_answered(const struct st_rtp_payloads *payloads,
                        const struct st_rtp_sdp_media *media, unsigned index)
{
    uint8_t type = media->payloads[index].payload_type;
    for (unsigned i = 0; i < index; i++)
        if (media->payloads[i].payload_type == type)
            return false;
    return payloads->formats[type].codec != ST_RTP_CODEC_NONE;
}

static void put_payload(struct out *out, const struct st_rtp_sdp_payload *payload, bool is_stereo)
{
    const struct st_rtp_format *format = &payload->format;
    bool is_opus = format->codec == ST_RTP_CODEC_OPUS;
    unsigned type = payload->payload_type;
    put(out, "a=rtpmap:%u %s/%" PRIu32 "%s\r\n", type, st_rtp_codec_name(format->codec),
        format->clock_hz, is_opus || format->channels == 2 ? "/2" : "");
    if (is_opus)
        put(out, "a=fmtp:%u useinbandfec=1;stereo=%d;maxplaybackrate=16000\r\n", type, is_stereo);
    if (format->codec == ST_RTP_CODEC_EVENT)
        put(out, "a=fmtp:%u 0-15\r\n", type);
}

static void put_accepted(struct out *out, const struct st_rtp_sdp_media *media,
                         const struct st_rtp_sdp_choice *choice)
{
    struct st_rtp_payloads payloads;
    char crypto[ST_RTP_SRTP_TEXT_MAX];
    st_rtp_sdp_payloads(media, &payloads);
    put(out, "m=%s %u %s", media->kind, choice->port, media->protocol);
    for (unsigned i = 0; i < media->payload_count; i++)
        if (is_answered(&payloads, media, i))
            put(out, " %u", media->payloads[i].payload_type);
    put(out, "\r\n");
    for (unsigned i = 0; i < media->payload_count; i++)
        if (is_answered(&payloads, media, i))
            put_payload(out, &media->payloads[i], choice->is_stereo);
    if (media->ptime_ms > 0)
        put(out, "a=ptime:%u\r\n", media->ptime_ms);
    if (media->label[0])
        put(out, "a=label:%s\r\n", media->label);
    if (choice->is_muxed && media->is_muxed)
        put(out, "a=rtcp-mux\r\n");
    if (choice->crypto) {
        st_rtp_srtp_write(choice->crypto, crypto);
        put(out, "a=crypto:%s\r\n", crypto);
        explicit_bzero(crypto, sizeof(crypto));
    }
    put(out, "a=%s\r\n", media->direction == ST_RTP_SDP_INACTIVE ? "inactive" : "recvonly");
}

static void put_refused(struct out *out, const struct st_rtp_sdp_media *media)
{
    put(out, "m=%s 0 %s %s\r\n", media->kind[0] ? media->kind : "audio",
        media->protocol[0] ? media->protocol : "RTP/AVP", media->formats[0] ? media->formats : "0");
    if (media->label[0])
        put(out, "a=label:%s\r\n", media->label);
}

ssize_t st_rtp_sdp_write(const struct st_rtp_sdp_answer *answer, char *text, size_t text_bytes)
{
    struct out out = {.at = text, .room = text_bytes};
    const char *family = strchr(answer->address, ':') ? "IP6" : "IP4";
    put(&out, "v=0\r\no=sidetone %" PRIu64 " %" PRIu64 " IN %s %s\r\ns=-\r\n", answer->session,
        answer->version, family, answer->address);
    put(&out, "c=IN %s %s\r\nt=0 0\r\n", family, answer->address);
    for (unsigned i = 0; i < answer->offer->media_count; i++) {
        const struct st_rtp_sdp_media *media = &answer->offer->media[i];
        if (answer->choices[i].port != 0 && st_rtp_sdp_is_usable(media))
            put_accepted(&out, media, &answer->choices[i]);
        else
            put_refused(&out, media);
    }
    return out.is_short ? -ENOBUFS : out.at - text;
}
