/*
 * SRTP and SRTCP of one direction of one stream, with keys from SDP (RFC 3711, 4568, 7714), on
 * libsrtp2.
 *
 * Packets that are forged, damaged or replayed are refused and counted, and change nothing. The
 * sender's rollover counter can be ahead of ours after a long loss, or when we came late: after
 * a row of refused packets the next value is tried, apart from what is in use. A key that is
 * replaced by signalling is still taken for a second.
 */
#ifndef SIDETONE_RTP_SRTP_H
#define SIDETONE_RTP_SRTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum st_rtp_srtp_suite {
    ST_RTP_SRTP_AES_CM_128_HMAC_SHA1_80,
    ST_RTP_SRTP_AES_CM_128_HMAC_SHA1_32,
    ST_RTP_SRTP_AEAD_AES_128_GCM,
    ST_RTP_SRTP_AEAD_AES_256_GCM,
    ST_RTP_SRTP_SUITES,
};

enum {
    ST_RTP_SRTP_KEY_MAX = 44, /* master key and salt */
    ST_RTP_SRTP_MKI_MAX = 8,
    ST_RTP_SRTP_TRAILER_MAX = 4 + 16 + ST_RTP_SRTP_MKI_MAX, /* what protecting adds */
    ST_RTP_SRTP_DATAGRAM_MAX = 4096,
    ST_RTP_SRTP_TEXT_MAX = 160,
};

struct st_rtp_srtp_crypto {
    uint32_t tag;
    enum st_rtp_srtp_suite suite;
    uint8_t key[ST_RTP_SRTP_KEY_MAX];
    uint8_t mki[ST_RTP_SRTP_MKI_MAX];
    uint8_t mki_bytes; /* 0: packets carry none */
};

const char *st_rtp_srtp_suite_name(enum st_rtp_srtp_suite suite);
size_t st_rtp_srtp_key_bytes(enum st_rtp_srtp_suite suite);

/* The value of an SDP crypto attribute. -EBADMSG; -ENOTSUP: a suite or a session parameter that
 * is not ours (unencrypted or unauthenticated streams among them). */
int st_rtp_srtp_parse(struct st_rtp_srtp_crypto *ret_crypto, const char *text, size_t chars);
/* The same as text with a NUL; `out` holds ST_RTP_SRTP_TEXT_MAX. Returns characters. */
size_t st_rtp_srtp_write(const struct st_rtp_srtp_crypto *crypto, char *out);

struct st_rtp_srtp;

struct st_rtp_srtp_counts {
    uint64_t accepted;
    uint64_t forged; /* or damaged */
    uint64_t replayed;
    uint32_t rollovers; /* recovered */
};

/* Starts the library, which takes some 15 ms and happens otherwise with the first session:
 * for a program whose loops must not wait. -ENOTSUP. From any thread, as often as one likes. */
int st_rtp_srtp_prepare(void);

/* -ENOTSUP when the library lacks the suite. */
int st_rtp_srtp_create(struct st_rtp_srtp **ret_srtp, const struct st_rtp_srtp_crypto *crypto,
                       bool is_inbound);
void st_rtp_srtp_destroy(struct st_rtp_srtp *srtp); /* NULL is fine; keys are wiped */

/* Signalling brought another key. The same one changes nothing. */
int st_rtp_srtp_rekey(struct st_rtp_srtp *srtp, const struct st_rtp_srtp_crypto *crypto,
                      int64_t now_us);

/* In place, in memory aligned to four bytes; `bytes` becomes the plain packet's. -EBADMSG: forged
 * or damaged; -EALREADY: replayed; both leave nothing usable. */
int st_rtp_srtp_unprotect(struct st_rtp_srtp *srtp, void *data, size_t *bytes, int64_t now_us);
int st_rtp_srtp_unprotect_rtcp(struct st_rtp_srtp *srtp, void *data, size_t *bytes, int64_t now_us);

/* The same the other way; `room` is at least ST_RTP_SRTP_TRAILER_MAX more than `bytes`. -ENOBUFS;
 * -EINVAL for what is no packet. */
int st_rtp_srtp_protect(struct st_rtp_srtp *srtp, void *data, size_t *bytes, size_t room);
int st_rtp_srtp_protect_rtcp(struct st_rtp_srtp *srtp, void *data, size_t *bytes, size_t room);

struct st_rtp_srtp_counts st_rtp_srtp_counts(const struct st_rtp_srtp *srtp);

#endif
