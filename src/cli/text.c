#include "text.h"

#include "sidetone/mem.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

static const char ellipsis[] = "\xe2\x80\xa6";
static const char replacement[] = "\xef\xbf\xbd";

void st_text_fini(struct st_text *text)
{
    free(text->data);
    memset(text, 0, sizeof(*text));
}

void st_text_reset(struct st_text *text)
{
    text->len = 0;
    if (text->data)
        text->data[0] = '\0';
}

void st_text_add_bytes(struct st_text *text, const char *trusted, size_t bytes)
{
    if (text->len + bytes + 1 > text->cap) {
        text->cap = 2 * (text->len + bytes) + 64;
        text->data = st_mem_realloc(text->data, text->cap);
    }
    memcpy(text->data + text->len, trusted, bytes);
    text->len += bytes;
    text->data[text->len] = '\0';
}

void st_text_add(struct st_text *text, const char *trusted)
{
    st_text_add_bytes(text, trusted, strlen(trusted));
}

void st_text_addf(struct st_text *text, const char *format, ...)
{
    char line[512];
    va_list args;
    va_start(args, format);
    int bytes = vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    if (bytes > 0)
        st_text_add_bytes(text, line,
                          (size_t)bytes < sizeof(line) ? (size_t)bytes : sizeof(line) - 1);
}

/* Reads one character (RFC 3629); bytes > 0. *ret_char is -1 for a byte that is not UTF-8. */
static size_t read_char(const char *data, size_t bytes, int32_t *ret_char)
{
    const uint8_t *at = (const uint8_t *)data;
    size_t len = at[0] < 0x80 ? 1 : at[0] < 0xc2 ? 0 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
    int32_t c = len == 1 ? at[0] : len == 2 ? at[0] & 0x1f : len == 3 ? at[0] & 0x0f : at[0] & 0x07;
    *ret_char = -1;
    if (len == 0 || len > bytes)
        return 1;
    for (size_t i = 1; i < len; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 1;
        c = c << 6 | (at[i] & 0x3f);
    }
    bool is_overlong = (len == 3 && c < 0x800) || (len == 4 && c < 0x10000);
    if (is_overlong || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 1;
    *ret_char = c;
    return len;
}

/* Controls of either kind, and characters that change the direction of what follows. */
static bool is_harmful(int32_t c)
{
    return (c < 0x20 && c >= 0) || (c >= 0x7f && c <= 0x9f) || c == 0x061c || c == 0x200e ||
           c == 0x200f || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) ||
           (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe007f);
}

static bool is_blank(int32_t c)
{
    return c == '\t' || c == '\n' || c == '\r' || c == 0x85 || c == 0x2028 || c == 0x2029;
}

struct piece {
    const char *data;
    size_t bytes;
    size_t columns;
};

static size_t columns_of(int32_t c)
{
    int columns = wcwidth((wchar_t)c);
    return columns < 0 ? 1 : (size_t)columns;
}

static struct piece clean_char(const char *data, int32_t c, size_t bytes)
{
    if (is_blank(c))
        return (struct piece){" ", 1, 1};
    if (c < 0 || is_harmful(c))
        return (struct piece){replacement, 3, 1};
    return (struct piece){data, bytes, columns_of(c)};
}

static size_t next_piece(const char *data, size_t bytes, struct piece *ret_piece)
{
    int32_t c;
    size_t used = read_char(data, bytes, &c);
    *ret_piece = clean_char(data, c, used);
    return used;
}

void st_text_add_clean(struct st_text *text, const char *foreign)
{
    st_text_add_clean_columns(text, foreign, SIZE_MAX, ST_TEXT_KEEP_START);
}

static size_t count_columns(const char *foreign, size_t bytes)
{
    size_t columns = 0;
    struct piece piece;
    for (size_t i = 0; i < bytes; columns += piece.columns)
        i += next_piece(foreign + i, bytes - i, &piece);
    return columns;
}

static size_t add_pieces(struct st_text *text, const char *foreign, size_t bytes, size_t columns)
{
    size_t used = 0;
    struct piece piece;
    for (size_t i = 0; i < bytes; used += piece.columns) {
        i += next_piece(foreign + i, bytes - i, &piece);
        if (piece.columns > columns - used)
            break;
        st_text_add_bytes(text, piece.data, piece.bytes);
    }
    return used;
}

size_t st_text_add_clean_columns(struct st_text *text, const char *foreign, size_t columns,
                                 enum st_text_keep keep)
{
    size_t bytes = strlen(foreign), total = count_columns(foreign, bytes);
    struct piece piece;
    if (total <= columns)
        return add_pieces(text, foreign, bytes, columns);
    if (columns == 0)
        return 0;
    if (keep == ST_TEXT_KEEP_START) {
        size_t used = add_pieces(text, foreign, bytes, columns - 1);
        st_text_add(text, ellipsis);
        return used + 1;
    }
    st_text_add(text, ellipsis);
    size_t skipped = 0, at = 0;
    for (; total - skipped > columns - 1; skipped += piece.columns)
        at += next_piece(foreign + at, bytes - at, &piece);
    return 1 + add_pieces(text, foreign + at, bytes - at, columns - 1);
}

void st_text_add_clean_json(struct st_text *text, const char *json, size_t bytes)
{
    for (size_t i = 0, used; i < bytes; i += used) {
        int32_t c;
        used = read_char(json + i, bytes - i, &c);
        if (c < 0)
            st_text_add(text, replacement);
        else if (!is_harmful(c))
            st_text_add_bytes(text, json + i, used);
        else if (c < 0x20)
            st_text_add(text, " "); /* between values; inside strings JSON has none */
        else if (c > 0xffff)
            st_text_addf(text, "\\u%04x\\u%04x", (unsigned)(0xd800 + ((c - 0x10000) >> 10)),
                         (unsigned)(0xdc00 + ((c - 0x10000) & 0x3ff)));
        else
            st_text_addf(text, "\\u%04x", (unsigned)c);
    }
}
