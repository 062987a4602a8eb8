#include "sidetone/rtp_packet.h"

#include "sidetone/reader.h"
#include "wire.h"

#include <errno.h>
#include <string.h>

enum {
    VERSION = 2,
    PADDING_BIT = 0x20,
    EXTENSION_BIT = 0x10,
    CONTRIBUTORS_MASK = 0x0f,
    MARKER_BIT = 0x80,
    RTCP_TYPE_FIRST = 192,
    RTCP_TYPE_LAST = 223,
};

bool st_rtp_packet_is_rtcp(const void *data, size_t bytes)
{
    const uint8_t *at = data;
    return bytes >= 2 && at[0] >> 6 == VERSION && at[1] >= RTCP_TYPE_FIRST &&
           at[1] <= RTCP_TYPE_LAST;
}

static void skip_extension(struct st_reader *reader)
{
    st_reader_skip(reader, 2);
    size_t words = st_reader_u16be(reader);
    st_reader_skip(reader, words * 4);
}

/* The last octet counts the padding, itself included. */
static int strip_padding(struct st_rtp_packet *packet)
{
    size_t padding = packet->bytes > 0 ? packet->payload[packet->bytes - 1] : 0;
    if (padding == 0 || padding > packet->bytes)
        return -EBADMSG;
    packet->bytes -= padding;
    return 0;
}

int st_rtp_packet_parse(struct st_rtp_packet *ret_packet, const void *data, size_t bytes)
{
    struct st_reader reader;
    st_reader_init(&reader, data, bytes);
    unsigned flags = st_reader_u8(&reader), type = st_reader_u8(&reader);
    struct st_rtp_packet packet = {
        .payload_type = type & ~(unsigned)MARKER_BIT,
        .has_marker = (type & MARKER_BIT) != 0,
    };
    packet.sequence = st_reader_u16be(&reader);
    packet.timestamp = st_reader_u32be(&reader);
    packet.ssrc = st_reader_u32be(&reader);
    st_reader_skip(&reader, (flags & CONTRIBUTORS_MASK) * sizeof(packet.ssrc));
    if (flags & EXTENSION_BIT)
        skip_extension(&reader);
    packet.bytes = st_reader_left(&reader);
    packet.payload = st_reader_bytes(&reader, packet.bytes);
    if (reader.is_short || flags >> 6 != VERSION)
        return -EBADMSG;
    if (flags & PADDING_BIT && strip_padding(&packet))
        return -EBADMSG;
    *ret_packet = packet;
    return 0;
}

ssize_t st_rtp_packet_write(const struct st_rtp_packet *packet, void *out, size_t out_bytes)
{
    if (packet->payload_type >= ST_RTP_PAYLOAD_TYPES)
        return -EINVAL;
    if (out_bytes < ST_RTP_HEADER_BYTES || packet->bytes > out_bytes - ST_RTP_HEADER_BYTES)
        return -ENOBUFS;
    uint8_t *at = wire_put_u8(out, VERSION << 6);
    at = wire_put_u8(at, packet->payload_type | (packet->has_marker ? MARKER_BIT : 0));
    at = wire_put_u16(at, packet->sequence);
    at = wire_put_u32(at, packet->timestamp);
    at = wire_put_u32(at, packet->ssrc);
    if (packet->bytes > 0)
        memcpy(at, packet->payload, packet->bytes);
    return (ssize_t)(ST_RTP_HEADER_BYTES + packet->bytes);
}
