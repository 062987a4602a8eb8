/*
 * RTCP (RFC 3550, 6): compound packets read, receiver reports written. Pure.
 *
 * A datagram is checked as a whole before any of it is handed out. What it says is not trusted:
 * the caller acts on it only from the signalled address, and for the source in use.
 */
#ifndef SIDETONE_RTP_RTCP_H
#define SIDETONE_RTP_RTCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct st_rtp_reception;

enum {
    ST_RTP_RTCP_SR = 200,
    ST_RTP_RTCP_RR = 201,
    ST_RTP_RTCP_SDES = 202,
    ST_RTP_RTCP_BYE = 203,
    ST_RTP_RTCP_BLOCKS_MAX = 31,
    ST_RTP_RTCP_CNAME_MAX = 255,
};

struct st_rtp_rtcp_packet {
    uint8_t type;
    uint8_t count; /* of blocks, chunks or sources; of others its meaning is theirs */
    uint32_t ssrc; /* whose packet it is; 0 when it names nobody */
    /* SR */
    uint64_t ntp; /* seconds since 1900, in 1/2^32 */
    uint32_t timestamp;
    uint32_t packets;
    uint32_t octets;
    /* SDES, of its first chunk; borrowed, not terminated, any bytes; NULL when it has none */
    const char *cname;
    size_t cname_bytes;
    const uint8_t *body; /* behind the header, without padding */
    size_t bytes;
};

struct st_rtp_rtcp_block {
    uint32_t ssrc;
    uint8_t fraction_lost; /* of 256 */
    int32_t lost;          /* 24 bits, signed */
    uint32_t highest;
    uint32_t jitter_ticks;
    uint32_t last_sr; /* middle 32 bits of its time; 0: none */
    uint32_t delay;   /* since then, 1/65536 s */
};

struct st_rtp_rtcp_walk {
    const uint8_t *at;
    const uint8_t *end;
};

/* 0, or -EBADMSG: nothing of the datagram counts. Packets of unknown types are fine. */
int st_rtp_rtcp_open(struct st_rtp_rtcp_walk *walk, const void *data, size_t bytes);
/* false at the end. */
bool st_rtp_rtcp_next(struct st_rtp_rtcp_walk *walk, struct st_rtp_rtcp_packet *ret_packet);

/* Of an SR or RR, index < count. */
struct st_rtp_rtcp_block st_rtp_rtcp_block(const struct st_rtp_rtcp_packet *packet, unsigned index);
/* Whether a BYE names this source. */
bool st_rtp_rtcp_ends(const struct st_rtp_rtcp_packet *packet, uint32_t ssrc);

struct st_rtp_rtcp_sender {
    uint64_t ntp; /* when this was true, as in the packet */
    uint32_t timestamp;
    uint32_t packets;
    uint32_t octets;
};

struct st_rtp_rtcp_report {
    uint32_t ssrc;     /* ours */
    const char *cname; /* at most ST_RTP_RTCP_CNAME_MAX bytes */
    const struct st_rtp_rtcp_block *blocks;
    unsigned count;                          /* at most ST_RTP_RTCP_BLOCKS_MAX */
    bool is_last;                            /* a BYE follows */
    const struct st_rtp_rtcp_sender *sender; /* NULL: a receiver report */
};

/* SR or RR, SDES with the CNAME, and BYE. Bytes written; -EINVAL beyond the limits; -ENOBUFS. */
ssize_t st_rtp_rtcp_write(const struct st_rtp_rtcp_report *report, void *out, size_t out_bytes);

/* What was received, as a block; sr_ntp 0: no sender report came; delay_us since it did. */
struct st_rtp_rtcp_block st_rtp_rtcp_describe(const struct st_rtp_reception *reception,
                                              uint64_t sr_ntp, int64_t delay_us);

/* Microseconds since 1970 of a sender report's time; 0 when it has none. */
int64_t st_rtp_rtcp_unix_us(uint64_t ntp);
uint64_t st_rtp_rtcp_ntp(int64_t unix_us); /* the other way */

#endif
