/* What is sent: the marks in PCMU, or a voice in Opus, which no mark would survive. */
#ifndef BENCH_RTP_PACKETS_H
#define BENCH_RTP_PACKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PACKETS_PER_S = 50, PACKETS_HEADER_BYTES = 12, PACKETS_BYTES_MAX = 512 };

void packets_set_up(bool is_opus);

/* The RTP packet with frame `frame` of a stream, 20 ms, SSRC 0x10000 + stream; returns its bytes.
 * `out` holds PACKETS_BYTES_MAX, of which SRTP needs the last few. */
size_t packets_write(unsigned stream, uint64_t frame, uint8_t *out);

/* The key of every stream: 30 bytes, of AES_CM_128_HMAC_SHA1_80. */
static const uint8_t packets_key[30] = "this key is known to the world";

#endif
