/* UTF-8 as RFC 3629 has it. */
#ifndef SIDETONE_UTF8_H
#define SIDETONE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Bytes in the multi-byte sequence at text (bytes > 0), 0 when it is not one (overlong,
 * surrogate, cut off). */
static inline size_t st_utf8_sequence(const uint8_t *text, size_t bytes)
{
    uint8_t lead = text[0];
    size_t len = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || len > bytes)
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    if ((lead == 0xe0 && text[1] < 0xa0) || (lead == 0xed && text[1] > 0x9f) ||
        (lead == 0xf0 && text[1] < 0x90) || (lead == 0xf4 && text[1] > 0x8f))
        return 0;
    return len;
}

/* Bytes at the beginning of text that are UTF-8: all of them, or up to the first mistake. */
static inline size_t st_utf8_valid_bytes(const char *text, size_t bytes)
{
    const uint8_t *at = (const uint8_t *)text;
    size_t i = 0;
    while (i < bytes) {
        size_t len = at[i] < 0x80 ? 1 : st_utf8_sequence(at + i, bytes - i);
        if (len == 0)
            break;
        i += len;
    }
    return i;
}

/* For a reader's terminal: controls and bytes that are not UTF-8 become '?', in place. */
static inline void st_utf8_make_plain(char *text)
{
    for (uint8_t *at = (uint8_t *)text; *at;) {
        size_t len = *at < 0x80 ? 1 : st_utf8_sequence(at, strlen((const char *)at));
        bool is_control = *at < 0x20 || *at == 0x7f || (*at == 0xc2 && len == 2 && at[1] < 0xa0);
        if (len == 0 || is_control)
            memset(at, '?', len = len ? len : 1);
        at += len;
    }
}

#endif
