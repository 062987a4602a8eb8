#include "sidetone/rtp_rtcp.h"

#include "sidetone/reader.h"
#include "sidetone/rtp_receiver.h"
#include "wire.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

enum {
    VERSION = 2,
    PADDING_BIT = 0x20,
    COUNT_MASK = 0x1f,
    HEADER_BYTES = 4,
    SSRC_BYTES = 4,
    SENDER_BYTES = 20,
    BLOCK_BYTES = 24,
    SDES_CNAME = 1,
};

static const int64_t unix_epoch_s = 2208988800; /* of the clock that begins in 1900 */

/* ---- reading ---- */

/* A packet's own size; 0: not a packet. */
static size_t packet_bytes(const uint8_t *at, size_t left)
{
    if (left < HEADER_BYTES || at[0] >> 6 != VERSION)
        return 0;
    size_t bytes = HEADER_BYTES + 4 * ((size_t)at[2] << 8 | at[3]);
    return bytes <= left ? bytes : 0;
}

/* Only the last packet may be padded, in whole words. */
static bool strip_padding(const uint8_t *at, bool is_last, size_t *bytes)
{
    if (!(at[0] & PADDING_BIT))
        return true;
    size_t padding = at[*bytes - 1];
    if (!is_last || padding == 0 || padding % 4 != 0 || padding > *bytes - HEADER_BYTES)
        return false;
    *bytes -= padding;
    return true;
}

static bool read_cname(struct st_rtp_rtcp_packet *packet, struct st_reader *reader)
{
    for (uint8_t type; (type = st_reader_u8(reader)) != 0;) {
        size_t bytes = st_reader_u8(reader);
        const uint8_t *text = st_reader_bytes(reader, bytes);
        if (!text)
            return false;
        if (type == SDES_CNAME && !packet->cname) {
            packet->cname = (const char *)text;
            packet->cname_bytes = bytes;
        }
    }
    return !reader->is_short;
}

static bool read_body(struct st_rtp_rtcp_packet *packet)
{
    struct st_reader reader;
    size_t wanted = 0;
    st_reader_init(&reader, packet->body, packet->bytes);
    bool is_empty =
        packet->count == 0 && (packet->type == ST_RTP_RTCP_SDES || packet->type == ST_RTP_RTCP_BYE);
    if (packet->bytes >= SSRC_BYTES && !is_empty)
        packet->ssrc = st_reader_u32be(&reader);
    switch (packet->type) {
    case ST_RTP_RTCP_SR:
        packet->ntp = (uint64_t)st_reader_u32be(&reader) << 32;
        packet->ntp |= st_reader_u32be(&reader);
        packet->timestamp = st_reader_u32be(&reader);
        packet->packets = st_reader_u32be(&reader);
        packet->octets = st_reader_u32be(&reader);
        wanted = SSRC_BYTES + SENDER_BYTES + (size_t)packet->count * BLOCK_BYTES;
        break;
    case ST_RTP_RTCP_RR:
        wanted = SSRC_BYTES + (size_t)packet->count * BLOCK_BYTES;
        break;
    case ST_RTP_RTCP_BYE:
        wanted = (size_t)packet->count * SSRC_BYTES;
        break;
    case ST_RTP_RTCP_SDES:
        return packet->count == 0 || (packet->bytes >= SSRC_BYTES && read_cname(packet, &reader));
    default:
        break;
    }
    return packet->bytes >= wanted;
}

/* Bytes of the packet, padding included; 0: it is broken. */
static size_t read_packet(const uint8_t *at, size_t left, struct st_rtp_rtcp_packet *ret_packet)
{
    size_t all = packet_bytes(at, left), bytes = all;
    if (all == 0 || !strip_padding(at, all == left, &bytes))
        return 0;
    struct st_rtp_rtcp_packet packet = {
        .type = at[1],
        .count = at[0] & COUNT_MASK,
        .body = at + HEADER_BYTES,
        .bytes = bytes - HEADER_BYTES,
    };
    if (!read_body(&packet))
        return 0;
    *ret_packet = packet;
    return all;
}

int st_rtp_rtcp_open(struct st_rtp_rtcp_walk *walk, const void *data, size_t bytes)
{
    struct st_rtp_rtcp_packet packet;
    const uint8_t *at = data;
    if (bytes == 0)
        return -EBADMSG;
    for (size_t done = 0, n; done < bytes; done += n) {
        n = read_packet(at + done, bytes - done, &packet);
        if (n == 0)
            return -EBADMSG;
    }
    *walk = (struct st_rtp_rtcp_walk){at, at + bytes};
    return 0;
}

bool st_rtp_rtcp_next(struct st_rtp_rtcp_walk *walk, struct st_rtp_rtcp_packet *ret_packet)
{
    if (walk->at == walk->end)
        return false;
    walk->at += read_packet(walk->at, (size_t)(walk->end - walk->at), ret_packet);
    return true;
}

static int32_t signed_24(uint32_t value)
{
    return value & 0x800000 ? (int32_t)value - 0x1000000 : (int32_t)value;
}

struct st_rtp_rtcp_block st_rtp_rtcp_block(const struct st_rtp_rtcp_packet *packet, unsigned index)
{
    struct st_reader reader;
    struct st_rtp_rtcp_block block = {0};
    assert(index < packet->count);
    assert(packet->type == ST_RTP_RTCP_SR || packet->type == ST_RTP_RTCP_RR);
    st_reader_init(&reader, packet->body, packet->bytes);
    st_reader_skip(&reader, SSRC_BYTES + (packet->type == ST_RTP_RTCP_SR ? SENDER_BYTES : 0));
    st_reader_skip(&reader, (size_t)index * BLOCK_BYTES);
    block.ssrc = st_reader_u32be(&reader);
    uint32_t loss = st_reader_u32be(&reader);
    block.fraction_lost = (uint8_t)(loss >> 24);
    block.lost = signed_24(loss & 0xffffff);
    block.highest = st_reader_u32be(&reader);
    block.jitter_ticks = st_reader_u32be(&reader);
    block.last_sr = st_reader_u32be(&reader);
    block.delay = st_reader_u32be(&reader);
    return block;
}

bool st_rtp_rtcp_ends(const struct st_rtp_rtcp_packet *packet, uint32_t ssrc)
{
    struct st_reader reader;
    st_reader_init(&reader, packet->body, packet->bytes);
    for (unsigned i = 0; packet->type == ST_RTP_RTCP_BYE && i < packet->count; i++)
        if (st_reader_u32be(&reader) == ssrc)
            return true;
    return false;
}

/* ---- writing ---- */

static uint8_t *put_header(uint8_t *at, unsigned type, unsigned count, size_t body_bytes)
{
    at = wire_put_u8(at, VERSION << 6 | count);
    at = wire_put_u8(at, type);
    return wire_put_u16(at, (unsigned)(body_bytes / 4));
}

static uint8_t *put_block(uint8_t *at, const struct st_rtp_rtcp_block *block)
{
    at = wire_put_u32(at, block->ssrc);
    at =
        wire_put_u32(at, (uint32_t)block->fraction_lost << 24 | ((uint32_t)block->lost & 0xffffff));
    at = wire_put_u32(at, block->highest);
    at = wire_put_u32(at, block->jitter_ticks);
    at = wire_put_u32(at, block->last_sr);
    return wire_put_u32(at, block->delay);
}

static uint8_t *put_sender(uint8_t *at, const struct st_rtp_rtcp_sender *sender)
{
    at = wire_put_u32(at, (uint32_t)(sender->ntp >> 32));
    at = wire_put_u32(at, (uint32_t)sender->ntp);
    at = wire_put_u32(at, sender->timestamp);
    at = wire_put_u32(at, sender->packets);
    return wire_put_u32(at, sender->octets);
}

static uint8_t *put_cname(uint8_t *at, uint32_t ssrc, const char *cname, size_t body_bytes)
{
    size_t bytes = strlen(cname), item = SSRC_BYTES + 2 + bytes;
    at = put_header(at, ST_RTP_RTCP_SDES, 1, body_bytes);
    at = wire_put_u32(at, ssrc);
    at = wire_put_u8(at, SDES_CNAME);
    at = wire_put_u8(at, (unsigned)bytes);
    memcpy(at, cname, bytes);
    memset(at + bytes, 0, body_bytes - item);
    return at + bytes + (body_bytes - item);
}

ssize_t st_rtp_rtcp_write(const struct st_rtp_rtcp_report *report, void *out, size_t out_bytes)
{
    size_t cname = strlen(report->cname);
    if (report->count > ST_RTP_RTCP_BLOCKS_MAX || cname > ST_RTP_RTCP_CNAME_MAX)
        return -EINVAL;
    size_t blocks = SSRC_BYTES + (size_t)report->count * BLOCK_BYTES;
    blocks += report->sender ? SENDER_BYTES : 0;
    /* The list of items ends with at least one zero, at a whole word. */
    size_t chunk = (SSRC_BYTES + 2 + cname + 4) / 4 * 4;
    size_t bye = report->is_last ? HEADER_BYTES + SSRC_BYTES : 0;
    size_t all = HEADER_BYTES + blocks + HEADER_BYTES + chunk + bye;
    if (all > out_bytes)
        return -ENOBUFS;
    unsigned type = report->sender ? ST_RTP_RTCP_SR : ST_RTP_RTCP_RR;
    uint8_t *at = wire_put_u32(put_header(out, type, report->count, blocks), report->ssrc);
    if (report->sender)
        at = put_sender(at, report->sender);
    for (unsigned i = 0; i < report->count; i++)
        at = put_block(at, &report->blocks[i]);
    at = put_cname(at, report->ssrc, report->cname, chunk);
    if (report->is_last)
        wire_put_u32(put_header(at, ST_RTP_RTCP_BYE, 1, SSRC_BYTES), report->ssrc);
    return (ssize_t)all;
}

struct st_rtp_rtcp_block st_rtp_rtcp_describe(const struct st_rtp_reception *reception,
                                              uint64_t sr_ntp, int64_t delay_us)
{
    uint64_t delay = delay_us > 0 ? (uint64_t)delay_us / 1000000 * 65536 +
                                        (uint64_t)delay_us % 1000000 * 65536 / 1000000
                                  : 0;
    return (struct st_rtp_rtcp_block){
        .ssrc = reception->ssrc,
        .fraction_lost = reception->fraction_lost,
        .lost = reception->lost,
        .highest = reception->highest,
        .jitter_ticks = reception->jitter_ticks,
        .last_sr = (uint32_t)(sr_ntp >> 16),
        .delay = sr_ntp == 0          ? 0
                 : delay > UINT32_MAX ? UINT32_MAX
                                      : (uint32_t)delay,
    };
}

int64_t st_rtp_rtcp_unix_us(uint64_t ntp)
{
    int64_t fraction_us = (int64_t)((ntp & UINT32_MAX) * 1000000 >> 32);
    return ntp == 0 ? 0 : ((int64_t)(ntp >> 32) - unix_epoch_s) * 1000000 + fraction_us;
}

uint64_t st_rtp_rtcp_ntp(int64_t unix_us)
{
    uint64_t seconds = (uint64_t)(unix_us / 1000000 + unix_epoch_s);
    uint64_t fraction = ((uint64_t)(unix_us % 1000000) << 32) / 1000000;
    return seconds << 32 | fraction;
}
