/* The answer to a challenge of digest authentication (RFC 7616; SIP: RFC 3261 and 8760), for those
 * who give it and for those who check it. */
#ifndef SIDETONE_DIGEST_AUTH_H
#define SIDETONE_DIGEST_AUTH_H

#include <stdbool.h>

enum { ST_DIGEST_AUTH_HEX_MAX = 65 };

struct st_digest_auth {
    const char *name, *realm, *password, *nonce;
    const char *count, *cnonce,
        *qop; /* qop NULL: none was asked for, and the others are not used */
    const char *method, *uri;
};

/* In hex, with a NUL. is_sha256: else MD5. */
void st_digest_auth_response(const struct st_digest_auth *parts, bool is_sha256,
                             char ret_hex[ST_DIGEST_AUTH_HEX_MAX]);

#endif
