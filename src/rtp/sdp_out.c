#include "sdp_out.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void sdp_put(struct sdp_out *out, const char *format, ...)
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

void sdp_put_session(struct sdp_out *out, const char *address, uint64_t session, uint64_t version)
{
    const char *family = strchr(address, ':') ? "IP6" : "IP4";
    sdp_put(out, "v=0\r\no=sidetone %" PRIu64 " %" PRIu64 " IN %s %s\r\ns=-\r\n", session, version,
            family, address);
    sdp_put(out, "c=IN %s %s\r\nt=0 0\r\n", family, address);
}

void sdp_put_payload(struct sdp_out *out, unsigned payload_type, const struct st_rtp_format *format,
                     bool is_stereo)
{
    bool is_opus = format->codec == ST_RTP_CODEC_OPUS;
    sdp_put(out, "a=rtpmap:%u %s/%u%s\r\n", payload_type, st_rtp_codec_name(format->codec),
            format->clock_hz, is_opus || format->channels == 2 ? "/2" : "");
    if (is_opus)
        sdp_put(out, "a=fmtp:%u useinbandfec=1;stereo=%d;maxplaybackrate=16000\r\n", payload_type,
                is_stereo);
    if (format->codec == ST_RTP_CODEC_EVENT)
        sdp_put(out, "a=fmtp:%u 0-15\r\n", payload_type);
}

void sdp_put_crypto(struct sdp_out *out, const struct st_rtp_srtp_crypto *crypto)
{
    char text[ST_RTP_SRTP_TEXT_MAX];
    st_rtp_srtp_write(crypto, text);
    sdp_put(out, "a=crypto:%s\r\n", text);
    explicit_bzero(text, sizeof(text));
}
