#include "media_internal.h"

#include "sidetone/random.h"

#include <stdio.h>

enum { REPORT_US = 5000000, REPORT_BYTES = 256 };

/* Half to one and a half of the interval, so that reports of many streams do not come together. */
static int64_t next_us(int64_t now_us)
{
    return now_us + REPORT_US / 2 + (int64_t)(st_random_u64() % REPORT_US);
}

void reports_init(struct st_media_stream *stream, int64_t now_us)
{
    stream->ssrc = (uint32_t)st_random_u64();
    snprintf(stream->cname, sizeof(stream->cname), "%016llx", (unsigned long long)st_random_u64());
    stream->report_us = next_us(now_us);
}

static void report(struct st_media_stream *stream, int64_t now_us, bool is_last)
{
    _Alignas(8) uint8_t data[REPORT_BYTES];
    struct st_rtp_rtcp_block block;
    bool has_block = st_rtp_stream_report(stream->rtp[0], now_us, &block);
    struct st_rtp_rtcp_report text = {
        .ssrc = stream->ssrc,
        .cname = stream->cname,
        .blocks = &block,
        .count = has_block,
        .is_last = is_last,
    };
    ssize_t written = st_rtp_rtcp_write(&text, data, sizeof(data));
    size_t bytes = written > 0 ? (size_t)written : 0;
    if (bytes == 0)
        return;
    if (stream->ours && st_rtp_srtp_protect_rtcp(stream->ours, data, &bytes, sizeof(data)))
        return;
    struct media_port *port = stream->port;
    bool is_muxed = stream->is_muxed || !port->rtcp;
    st_udp_send(is_muxed ? port->rtp : port->rtcp, &stream->source.signalled.rtcp, data, bytes);
    st_counter_add(stream->media->metrics.reports, 1);
    stream->has_reported = true;
}

/* Where encryption was agreed on, nothing goes out without. */
static bool may_report(const struct st_media_stream *stream)
{
    const struct st_udp_address *to = &stream->source.signalled.rtcp;
    return !st_udp_address_is_none(to) && to->port != 0 && (!stream->theirs || stream->ours);
}

void reports_tick(struct st_media_stream *stream, int64_t now_us)
{
    if (now_us < stream->report_us)
        return;
    stream->report_us = next_us(now_us);
    if (may_report(stream))
        report(stream, now_us, false);
}

void reports_say_bye(struct st_media_stream *stream, int64_t now_us)
{
    if (stream->has_reported && may_report(stream))
        report(stream, now_us, true);
}
