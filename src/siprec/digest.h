/*
 * Digest authentication of requests (RFC 3261, 22; RFC 8760): MD5 and SHA-256.
 *
 * A nonce is the time at which it was made and a number, with a code over both, the source's
 * address and the Call-ID: it proves itself, expires, and is of no use to anybody else or for
 * another call. It lets in once: the latest that did are remembered, as many as there is room for.
 * The URI that is answered for has to be the request's: their parameters, headers, and the case of
 * hosts do not count, since vendors and proxies change those, nor does a port that is the usual
 * one.
 */
#ifndef SIDETONE_SIPREC_DIGEST_H
#define SIDETONE_SIPREC_DIGEST_H

#include "message.h"

enum { DIGEST_SECRET_BYTES = 32, DIGEST_NONCE_MAX = 64, DIGEST_SPENT_MAX = 4096 };

struct digest_realm {
    uint8_t secret[DIGEST_SECRET_BYTES];
    char *realm;
    struct st_siprec_user *users;
    size_t user_count;
    uint64_t spent[DIGEST_SPENT_MAX]; /* of each place the latest; 0: none */
};

enum digest_verdict {
    DIGEST_ACCEPTED,
    DIGEST_MISSING,   /* nothing for our realm: challenge */
    DIGEST_STALE,     /* right, but too old or used before: challenge and say so */
    DIGEST_REFUSED,   /* wrong: challenge again */
    DIGEST_ELSEWHERE, /* right for another URI than the request's: challenge again */
};

enum digest_verdict digest_check(struct digest_realm *realm, const struct sip_message *request,
                                 const struct st_siprec_peer *peer, int64_t now_us);
/* Adds a challenge for each algorithm, the better one first. */
void digest_challenge(const struct digest_realm *realm, const struct sip_message *request,
                      const struct st_siprec_peer *peer, bool is_stale, int64_t now_us,
                      osip_message_t *reply);

#endif
