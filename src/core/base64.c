#include "sidetone/base64.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Values have six bits, so one bit above them marks what is none of the alphabet: all values of a
 * text are or-ed together and judged once, and the loop has no branch. */
enum { BAD = 0x80 };

/* clang-format off */
static const uint8_t values[256] = {
    BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD,
    BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD,
    BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, 62, BAD, BAD, BAD, 63,
    52, 53, 54, 55, 56, 57, 58, 59, 60, 61, BAD, BAD, BAD, BAD, BAD, BAD,
    BAD, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
    15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, BAD, BAD, BAD, BAD, BAD,
    BAD, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
    41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, BAD, BAD, BAD, BAD, BAD,
    BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD,
    BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD,
    BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD,
    BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD,
    BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD,
    BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD,
    BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD,
    BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD,
};
/* clang-format on */

static inline uint32_t decode_group(const uint8_t *in, unsigned *seen)
{
    uint32_t a = values[in[0]], b = values[in[1]], c = values[in[2]], d = values[in[3]];
    *seen |= a | b | c | d;
    return a << 18 | b << 12 | c << 6 | d;
}

/* One or two bytes from the two or three characters of a last, short group. */
static unsigned decode_rest(const uint8_t *in, size_t chars, uint8_t *out)
{
    unsigned a = values[in[0]], b = values[in[1]];
    out[0] = (uint8_t)(a << 2 | b >> 4);
    if (chars == 2)
        return a | b;
    unsigned c = values[in[2]];
    out[1] = (uint8_t)(b << 4 | c >> 2);
    return a | b | c;
}

ssize_t st_base64_decode(const char *text, size_t chars, uint8_t *out)
{
    const uint8_t *in = (const uint8_t *)text;
    if (chars > 0 && chars % 4 == 0 && in[chars - 1] == '=')
        chars -= in[chars - 2] == '=' ? 2 : 1;
    size_t groups = chars / 4, rest = chars % 4;
    unsigned seen = rest == 1 ? BAD : 0;
    for (size_t i = 1; i < groups; i++, in += 4, out += 3) {
        uint32_t three = htobe32(decode_group(in, &seen) << 8);
        memcpy(out, &three, sizeof(three)); /* the fourth byte belongs to the next group */
    }
    if (groups > 0) {
        uint32_t three = htobe32(decode_group(in, &seen) << 8);
        memcpy(out, &three, 3);
        in += 4;
        out += 3;
    }
    if (rest > 1)
        seen |= decode_rest(in, rest, out);
    return seen & BAD ? -EBADMSG : (ssize_t)(groups * 3 + (rest > 1 ? rest - 1 : 0));
}

size_t st_base64_encode(const uint8_t *data, size_t bytes, char *out)
{
    char *at = out;
    for (; bytes >= 3; bytes -= 3, data += 3, at += 4) {
        uint32_t bits = (uint32_t)data[0] << 16 | (uint32_t)data[1] << 8 | data[2];
        at[0] = alphabet[bits >> 18];
        at[1] = alphabet[bits >> 12 & 63];
        at[2] = alphabet[bits >> 6 & 63];
        at[3] = alphabet[bits & 63];
    }
    if (bytes > 0) {
        uint32_t bits = (uint32_t)data[0] << 16 | (bytes > 1 ? (uint32_t)data[1] << 8 : 0);
        at[0] = alphabet[bits >> 18];
        at[1] = alphabet[bits >> 12 & 63];
        at[2] = bytes > 1 ? alphabet[bits >> 6 & 63] : '=';
        at[3] = '=';
        at += 4;
    }
    *at = '\0';
    return (size_t)(at - out);
}
