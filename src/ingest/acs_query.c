#include "acs_query.h"

#include "sidetone/utf8.h"

#include <string.h>

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The character at *at, which moves behind it; -1 for a broken escape or a control character. */
static int next_character(const char **at, const char *end)
{
    int c = (unsigned char)*(*at)++;
    if (c == '+')
        return ' ';
    if (c != '%')
        return c >= 0x20 && c != 0x7f ? c : -1;
    if (end - *at < 2 || digit_of((*at)[0]) < 0 || digit_of((*at)[1]) < 0)
        return -1;
    c = digit_of((*at)[0]) * 16 + digit_of((*at)[1]);
    *at += 2;
    return c >= 0x20 && c != 0x7f ? c : -1;
}

/* NULL when it is broken or not UTF-8. The NUL takes the place of the = or & behind it. */
static const char *decode(struct st_dialect_text *text, const char *at, const char *end)
{
    char *begin = text->memory + text->used;
    size_t len = 0;
    while (at < end) {
        int c = next_character(&at, end);
        if (c < 0)
            return NULL;
        begin[len++] = (char)c;
    }
    if (st_utf8_valid_bytes(begin, len) < len)
        return NULL;
    begin[len] = '\0';
    text->used += len + 1;
    return begin;
}

void st_acs_query_read(const char *query, struct st_dialect_text *text,
                       struct st_dialect_attributes *attributes, struct st_ingest_start *start)
{
    while (*query) {
        const char *end = query + strcspn(query, "&");
        const char *equals = memchr(query, '=', (size_t)(end - query));
        const char *name = equals && equals > query ? decode(text, query, equals) : NULL;
        const char *value = name ? decode(text, equals + 1, end) : NULL;
        if (value && strcmp(name, "access_token") != 0)
            st_dialect_parameter(start, attributes, name, value);
        query = end + (*end == '&');
    }
}
