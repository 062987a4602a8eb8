#include "sidetone/rtp_payload.h"

#include <errno.h>
#include <opus.h>
#include <strings.h>

enum {
    CLOCK_MAX_HZ = 48000,
    HIDDEN_FIRST = 64, /* with the marker bit, RTCP's types (RFC 5761) */
    HIDDEN_LAST = 95,
    OPUS_CLOCK_HZ = 48000,
    OPUS_SPAN_MAX_TICKS = 5760, /* 120 ms */
    OPUS_DTX_BYTES = 2,         /* no more: the encoder has stopped sending sound */
};

static const char *const names[ST_RTP_CODECS] = {
    [ST_RTP_CODEC_NONE] = "",     [ST_RTP_CODEC_PCMU] = "PCMU",
    [ST_RTP_CODEC_PCMA] = "PCMA", [ST_RTP_CODEC_L16] = "L16",
    [ST_RTP_CODEC_G722] = "G722", [ST_RTP_CODEC_OPUS] = "opus",
    [ST_RTP_CODEC_NOISE] = "CN",  [ST_RTP_CODEC_EVENT] = "telephone-event",
};

static const struct {
    uint8_t payload_type;
    struct st_rtp_format format;
} statics[] = {
    {0, {ST_RTP_CODEC_PCMU, 8000, 1}},   {8, {ST_RTP_CODEC_PCMA, 8000, 1}},
    {9, {ST_RTP_CODEC_G722, 8000, 1}},   {10, {ST_RTP_CODEC_L16, 44100, 2}},
    {11, {ST_RTP_CODEC_L16, 44100, 1}},  {13, {ST_RTP_CODEC_NOISE, 8000, 1}},
    {19, {ST_RTP_CODEC_NOISE, 8000, 1}},
};

const char *st_rtp_codec_name(enum st_rtp_codec codec)
{
    return names[codec];
}

static bool is_valid(const struct st_rtp_format *format)
{
    switch (format->codec) {
    case ST_RTP_CODEC_PCMU:
    case ST_RTP_CODEC_PCMA:
    case ST_RTP_CODEC_G722:
        return format->clock_hz == 8000 && format->channels == 1;
    case ST_RTP_CODEC_OPUS:
        return format->clock_hz == OPUS_CLOCK_HZ && format->channels <= 2;
    case ST_RTP_CODEC_L16:
        return format->clock_hz >= 8000 && format->channels <= 2;
    default:
        return format->clock_hz >= 8000 && format->channels == 1;
    }
}

int st_rtp_format_find(struct st_rtp_format *ret_format, const char *name, uint32_t clock_hz,
                       unsigned channels)
{
    if (channels > 2 || clock_hz > CLOCK_MAX_HZ)
        return -ENOTSUP;
    for (uint8_t codec = ST_RTP_CODEC_PCMU; codec < ST_RTP_CODECS; codec++) {
        struct st_rtp_format format = {codec, (uint16_t)clock_hz, channels == 2 ? 2 : 1};
        if (strcasecmp(names[codec], name) != 0)
            continue;
        if (!is_valid(&format))
            return -ENOTSUP;
        *ret_format = format;
        return 0;
    }
    return -ENOTSUP;
}

int st_rtp_format_static(struct st_rtp_format *ret_format, unsigned payload_type)
{
    for (size_t i = 0; i < sizeof(statics) / sizeof(*statics); i++)
        if (statics[i].payload_type == payload_type) {
            *ret_format = statics[i].format;
            return 0;
        }
    return -ENOTSUP;
}

int st_rtp_payloads_add(struct st_rtp_payloads *payloads, unsigned payload_type,
                        const struct st_rtp_format *format)
{
    if (payload_type >= ST_RTP_PAYLOAD_TYPES ||
        (payload_type >= HIDDEN_FIRST && payload_type <= HIDDEN_LAST))
        return -EINVAL;
    unsigned i = 0;
    while (i < payloads->count && payloads->list[i].type != payload_type)
        i++;
    if (i == ST_RTP_PAYLOADS_MAX)
        return -ENOBUFS;
    payloads->list[i].type = (uint8_t)payload_type;
    payloads->list[i].format = *format;
    payloads->count += i == payloads->count;
    return 0;
}

const struct st_rtp_format *st_rtp_payloads_find(const struct st_rtp_payloads *payloads,
                                                 unsigned payload_type)
{
    static const struct st_rtp_format none;
    for (unsigned i = 0; i < payloads->count; i++)
        if (payloads->list[i].type == payload_type)
            return &payloads->list[i].format;
    return &none;
}

bool st_rtp_format_is_same(const struct st_rtp_format *a, const struct st_rtp_format *b)
{
    return a->codec == b->codec && a->clock_hz == b->clock_hz && a->channels == b->channels;
}

bool st_rtp_payloads_are_same(const struct st_rtp_payloads *a, const struct st_rtp_payloads *b)
{
    for (unsigned i = 0; i < ST_RTP_PAYLOAD_TYPES; i++)
        if (!st_rtp_format_is_same(st_rtp_payloads_find(a, i), st_rtp_payloads_find(b, i)))
            return false;
    return a->side == b->side;
}

static bool describe_opus(const struct st_rtp_packet *packet, struct st_rtp_arrival *arrival)
{
    if (packet->bytes == 0)
        return false;
    if (packet->bytes <= OPUS_DTX_BYTES) {
        arrival->kind = ST_RTP_NOISE;
        return true;
    }
    int ticks =
        opus_packet_get_nb_samples(packet->payload, (opus_int32)packet->bytes, OPUS_CLOCK_HZ);
    arrival->span_ticks = ticks > 0 ? (uint32_t)ticks : 0;
    return ticks > 0 && ticks <= OPUS_SPAN_MAX_TICKS;
}

bool st_rtp_payloads_describe(const struct st_rtp_payloads *payloads,
                              struct st_rtp_arrival *arrival)
{
    const struct st_rtp_packet *packet = arrival->packet;
    const struct st_rtp_format *format = st_rtp_payloads_find(payloads, packet->payload_type);
    arrival->kind = ST_RTP_AUDIO;
    arrival->clock_hz = format->clock_hz;
    arrival->span_ticks = 0;
    switch (format->codec) {
    case ST_RTP_CODEC_PCMU:
    case ST_RTP_CODEC_PCMA:
    case ST_RTP_CODEC_G722:
        arrival->span_ticks = (uint32_t)packet->bytes;
        break;
    case ST_RTP_CODEC_L16:
        arrival->span_ticks = (uint32_t)(packet->bytes / 2 / format->channels);
        break;
    case ST_RTP_CODEC_OPUS:
        return describe_opus(packet, arrival);
    case ST_RTP_CODEC_NOISE:
        arrival->kind = ST_RTP_NOISE;
        return true;
    case ST_RTP_CODEC_EVENT:
        arrival->kind = ST_RTP_EVENT;
        return true;
    default:
        return false;
    }
    return arrival->span_ticks > 0;
}
