/* Base64 (RFC 4648), standard alphabet. */
#ifndef SIDETONE_BASE64_H
#define SIDETONE_BASE64_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define ST_BASE64_DECODED_MAX(chars) (((chars) + 3) / 4 * 3)
#define ST_BASE64_ENCODED_MAX(bytes) (((bytes) + 2) / 3 * 4 + 1)

/* Padding is optional but exact when present; white space and other characters are not allowed.
 * Left-over bits of the last character are ignored. `out` holds at least
 * ST_BASE64_DECODED_MAX(chars) and does not overlap. Returns bytes written or -EBADMSG. */
ssize_t st_base64_decode(const char *text, size_t chars, uint8_t *out);

/* Writes padded text and a NUL; returns characters without the NUL. */
size_t st_base64_encode(const uint8_t *data, size_t bytes, char *out);

#endif
