/*
 * Access tokens: signed JWTs (HS256, RFC 7519) with scopes.
 *
 * `scope` is a space-separated list of `calls:read`, `calls:ingest`, `alerts:write`, `rules:write`,
 * `admin` (which includes the others). `agent`, `call` and `tenant` claims, where present, narrow a
 * token to one of each; `exp` is required, `nbf` is kept to, and an `aud` must be "sidetone".
 * Header fields other than `alg` and `typ` are refused, and so are empty, overlong or unknown
 * claims of the names above.
 */
#ifndef SIDETONE_TOKEN_H
#define SIDETONE_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum st_scope {
    ST_SCOPE_CALLS_READ = 1,
    ST_SCOPE_CALLS_INGEST = 2,
    ST_SCOPE_ADMIN = 4,
    ST_SCOPE_ALERTS_WRITE = 8,
    ST_SCOPE_RULES_WRITE = 16,
};

struct st_claims {
    char subject[64]; /* who; may be empty */
    unsigned scopes;  /* enum st_scope bits; admin sets all */
    char agent[64];   /* empty: any */
    char call[128];   /* empty: any */
    char tenant[64];  /* empty: any */
    int64_t expires_unix_s;
};

/* Returns a token (free it) in *ret_token; -EINVAL when a claim makes no sense or the secret is
 * shorter than 32 bytes. */
int st_token_sign(char **ret_token, const struct st_claims *claims, const char *secret,
                  int64_t now_unix_s);

/* 0; -EBADMSG when it is no token or a claim makes no sense, -EPROTO when header, signature or
 * audience are wrong (or the secret is shorter than 32 bytes), -ETIMEDOUT when it has expired or is
 * not valid yet (60 s of clock skew are allowed). *ret_claims is written only on success. */
int st_token_verify(struct st_claims *ret_claims, const char *token, size_t bytes,
                    const char *secret, int64_t now_unix_s);

/* "calls:read admin" to bits; -EINVAL for an unknown word. */
int st_scope_parse(const char *text);
/* Of one scope, by its place from 0; NULL past the last. */
const char *st_scope_name(size_t i, unsigned *ret_bit);

#endif
