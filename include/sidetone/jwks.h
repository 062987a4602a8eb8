/*
 * Tokens that others sign: JWTs (RS256) and the JSON Web Key Set (RFC 7517) with their keys.
 *
 * The set is a text that somebody keeps up to date; nothing is fetched. The token's header names a
 * key of it by `kid` and must say RS256; nothing else in the header chooses anything.
 */
#ifndef SIDETONE_JWKS_H
#define SIDETONE_JWKS_H

#include <stddef.h>
#include <stdint.h>

/* How many keys for RS256 a set has: type RSA, not for encryption, a `kid`, at least 2048 bits.
 * -EBADMSG when it is no set. */
int st_jwks_count(const char *jwks);

/* 0 when the token is signed by a key of the set, comes from `issuer`, is for `audience` (or has it
 * in its list) and is valid now, give or take 60 s; `exp` is required. -EBADMSG when it is no
 * token, -EPROTO when header, key, signature, issuer or audience are wrong, -ETIMEDOUT when it has
 * expired or is not valid yet. */
int st_jwks_verify(const char *jwks, const char *token, size_t bytes, const char *issuer,
                   const char *audience, int64_t now_unix_s);

#endif
