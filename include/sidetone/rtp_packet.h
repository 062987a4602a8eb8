/*
 * One RTP packet (RFC 3550), read and written. Pure; knows nothing of streams.
 */
#ifndef SIDETONE_RTP_PACKET_H
#define SIDETONE_RTP_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { ST_RTP_HEADER_BYTES = 12, ST_RTP_PAYLOAD_TYPES = 128 };

struct st_rtp_packet {
    uint8_t payload_type; /* 0-127 */
    bool has_marker;
    uint16_t sequence;
    uint32_t timestamp;
    uint32_t ssrc;
    const uint8_t
        *payload; /* borrowed from the datagram; contributors, extension and padding off */
    size_t bytes; /* of the payload; may be 0 */
};

/* Whether a datagram of a port that carries both is RTCP (RFC 5761). */
bool st_rtp_packet_is_rtcp(const void *data, size_t bytes);

/* 0, or -EBADMSG: another version, or a length that leaves the datagram. */
int st_rtp_packet_parse(struct st_rtp_packet *ret_packet, const void *data, size_t bytes);

/* Without contributors, extension or padding. Bytes written; -ENOBUFS when `out` is too small;
 * -EINVAL for a payload type above 127. */
ssize_t st_rtp_packet_write(const struct st_rtp_packet *packet, void *out, size_t out_bytes);

#endif
