#include "sidetone/json_scan.h"

#include "json_number.h"

#include "sidetone/utf8.h"

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <math.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum {
    DEPTH_MAX = 32,
    /* So many characters without an exponent stay below the largest double. */
    SAFE_REAL_CHARS = 300,
};

void st_scan_init(struct st_scan *scan, const char *text, size_t bytes)
{
    *scan = (struct st_scan){.at = text, .end = text + bytes, .expects_first = true};
}

static bool fail(struct st_scan *scan)
{
    scan->err = -EBADMSG;
    scan->at = scan->end;
    return false;
}

static inline void skip_space(struct st_scan *scan)
{
    while (scan->at < scan->end && (uint8_t)*scan->at <= ' ' &&
           (*scan->at == ' ' || *scan->at == '\n' || *scan->at == '\t' || *scan->at == '\r'))
        scan->at++;
}

static enum st_scan_type type_of(char c)
{
    switch (c) {
    case '{':
        return ST_SCAN_OBJECT;
    case '[':
        return ST_SCAN_ARRAY;
    case '"':
        return ST_SCAN_STRING;
    case 't':
    case 'f':
        return ST_SCAN_BOOL;
    case 'n':
        return ST_SCAN_NULL;
    default:
        return c == '-' || (c >= '0' && c <= '9') ? ST_SCAN_NUMBER : ST_SCAN_NONE;
    }
}

enum st_scan_type st_scan_peek(struct st_scan *scan)
{
    skip_space(scan);
    enum st_scan_type type = scan->at < scan->end ? type_of(*scan->at) : ST_SCAN_NONE;
    bool is_container = type == ST_SCAN_OBJECT || type == ST_SCAN_ARRAY;
    if (scan->depth == 0 && !(is_container && scan->expects_first))
        type = ST_SCAN_NONE;
    if (type == ST_SCAN_NONE)
        fail(scan);
    return type;
}

/* ---- containers ---- */

static bool enter(struct st_scan *scan, enum st_scan_type type)
{
    if (st_scan_peek(scan) != type || scan->depth == DEPTH_MAX)
        return fail(scan);
    scan->at++;
    scan->depth++;
    scan->expects_first = true;
    return true;
}

/* Past the comma to the next item, or past the end of the container. */
static bool next_item(struct st_scan *scan, char closing)
{
    if (scan->err)
        return false;
    assert(scan->depth > 0);
    skip_space(scan);
    if (scan->at == scan->end)
        return fail(scan);
    bool is_first = scan->expects_first;
    scan->expects_first = false;
    if (*scan->at == closing) {
        scan->at++;
        scan->depth--;
        return false;
    }
    if (!is_first && *scan->at++ != ',')
        return fail(scan);
    skip_space(scan);
    return true;
}

bool st_scan_enter_object(struct st_scan *scan)
{
    return enter(scan, ST_SCAN_OBJECT);
}

bool st_scan_enter_array(struct st_scan *scan)
{
    return enter(scan, ST_SCAN_ARRAY);
}

bool st_scan_next_element(struct st_scan *scan)
{
    return next_item(scan, ']');
}

/* ---- strings ---- */

#ifdef __SSE2__
enum { BLOCK = 16 };

/* Bytes before the first control character, quote, backslash or byte above 0x7f (which, being
 * negative, is below a space too); BLOCK when there is none. */
static inline unsigned plain_bytes(const char *at)
{
    __m128i block = _mm_loadu_si128((const __m128i *)(const void *)at);
    __m128i special = _mm_or_si128(_mm_cmplt_epi8(block, _mm_set1_epi8(' ')),
                                   _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8('"')),
                                                _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'))));
    return (unsigned)__builtin_ctz((unsigned)_mm_movemask_epi8(special) | 1u << BLOCK);
}
#else
enum { BLOCK = 8 };

/* As above, by marking such bytes in their highest bit. Borrows may mark bytes above the first
 * one too, so only the lowest mark counts. */
static inline unsigned plain_bytes(const char *at)
{
    const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
    uint64_t word;
    memcpy(&word, at, sizeof(word));
    word = le64toh(word);
    uint64_t quotes = word ^ ones * '"', slashes = word ^ ones * '\\';
    uint64_t special = ((word - ones * ' ') | (quotes - ones) | (slashes - ones) | word) & highs;
    return special ? (unsigned)__builtin_ctzll(special) / 8 : BLOCK;
}
#endif

static bool is_plain(uint8_t c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

static const char *plain_end(const char *at, const char *end)
{
    for (; end - at >= BLOCK; at += BLOCK) {
        unsigned plain = plain_bytes(at);
        if (plain < BLOCK)
            return at + plain;
    }
    while (at < end && is_plain((uint8_t)*at))
        at++;
    return at;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The four digits of \uXXXX at `at`, or -1. */
static int32_t read_hex4(const char *at, const char *end)
{
    int32_t value = 0;
    if (end - at < 6 || at[0] != '\\' || at[1] != 'u')
        return -1;
    for (int i = 2; i < 6; i++) {
        int digit = hex_value(at[i]);
        if (digit < 0)
            return -1;
        value = value << 4 | digit;
    }
    return value;
}

static size_t read_unicode_escape(const char *at, const char *end, uint32_t *ret_char)
{
    int32_t high = read_hex4(at, end);
    if (high <= 0 || (high >= 0xdc00 && high <= 0xdfff))
        return 0;
    if (high < 0xd800 || high > 0xdbff) {
        *ret_char = (uint32_t)high;
        return 6;
    }
    int32_t low = read_hex4(at + 6, end);
    if (low < 0xdc00 || low > 0xdfff)
        return 0;
    *ret_char = 0x10000 + ((uint32_t)(high - 0xd800) << 10) + (uint32_t)(low - 0xdc00);
    return 12;
}

/* Characters that the escape at `at` (a backslash) takes; 0 when it is not allowed. */
static size_t read_escape(const char *at, const char *end, uint32_t *ret_char)
{
    static const char names[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    if (end - at < 2)
        return 0;
    if (at[1] == 'u')
        return read_unicode_escape(at, end, ret_char);
    const char *name = memchr(names, at[1], sizeof(names) - 1);
    if (!name)
        return 0;
    *ret_char = (uint8_t)meanings[name - names];
    return 2;
}

/* The string at scan->at, a quote. */
static bool read_string(struct st_scan *scan, struct st_slice *ret_text)
{
    const char *begin = scan->at + 1, *at = begin;
    bool has_escapes = false;
    for (;;) {
        size_t bytes;
        uint32_t unused;
        at = plain_end(at, scan->end);
        if (at == scan->end)
            return fail(scan);
        if (*at == '"')
            break;
        if (*at == '\\') {
            has_escapes = true;
            bytes = read_escape(at, scan->end, &unused);
        } else {
            bytes = st_utf8_sequence((const uint8_t *)at, (size_t)(scan->end - at));
        }
        if (bytes == 0)
            return fail(scan);
        at += bytes;
    }
    scan->at = at + 1;
    ret_text->data = begin;
    ret_text->len = (size_t)(at - begin);
    ret_text->has_escapes = has_escapes;
    return true;
}

bool st_scan_string(struct st_scan *scan, struct st_slice *ret_text)
{
    return st_scan_peek(scan) == ST_SCAN_STRING ? read_string(scan, ret_text) : fail(scan);
}

bool st_scan_next_member(struct st_scan *scan, struct st_slice *ret_key)
{
    if (!next_item(scan, '}'))
        return false;
    if (scan->at == scan->end || *scan->at != '"' || !read_string(scan, ret_key))
        return fail(scan);
    skip_space(scan);
    if (scan->at == scan->end || *scan->at != ':')
        return fail(scan);
    scan->at++;
    return true;
}

static size_t put_utf8(uint32_t c, uint8_t out[4])
{
    if (c < 0x80) {
        out[0] = (uint8_t)c;
        return 1;
    }
    size_t more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const uint8_t leads[] = {0, 0xc0, 0xe0, 0xf0};
    out[0] = (uint8_t)(leads[more] | c >> (6 * more));
    for (size_t i = 1; i <= more; i++)
        out[i] = (uint8_t)(0x80 | (c >> (6 * (more - i)) & 0x3f));
    return more + 1;
}

size_t st_scan_unescape(struct st_slice slice, char *out, size_t out_bytes)
{
    const char *at = slice.data, *end = at + slice.len;
    size_t len = 0;
    while (at < end) {
        uint8_t encoded[4];
        const void *from = at;
        size_t used = 1, bytes = 1;
        if (*at == '\\') {
            uint32_t c = 0;
            used = read_escape(at, end, &c);
            assert(used > 0);
            bytes = put_utf8(c, encoded);
            from = encoded;
        } else if ((uint8_t)*at >= 0x80) {
            used = bytes = st_utf8_sequence((const uint8_t *)at, (size_t)(end - at));
            assert(used > 0);
        }
        if (len + bytes >= out_bytes)
            break;
        memcpy(out + len, from, bytes);
        len += bytes;
        at += used;
    }
    out[len] = '\0';
    return len;
}

bool st_slice_is_escaped(struct st_slice slice, const char *text)
{
    char plain[128];
    size_t bytes = strlen(text);
    assert(bytes < sizeof(plain) - 4);
    size_t got = st_scan_unescape(slice, plain, sizeof(plain));
    return got == bytes && memcmp(plain, text, bytes) == 0;
}

/* ---- numbers ---- */

struct number {
    const char *begin;
    const char *end;
    bool is_real;
    bool has_exponent;
};

static bool is_digit(const struct st_scan *scan)
{
    return scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9';
}

static bool skip_digits(struct st_scan *scan)
{
    if (!is_digit(scan))
        return fail(scan);
    while (is_digit(scan))
        scan->at++;
    return true;
}

static bool take_if(struct st_scan *scan, char a, char b)
{
    if (scan->at == scan->end || (*scan->at != a && *scan->at != b))
        return false;
    scan->at++;
    return true;
}

/* By grammar alone. */
static bool read_number(struct st_scan *scan, struct number *ret_number)
{
    struct number number = {.begin = scan->at};
    take_if(scan, '-', '-');
    bool is_zero = take_if(scan, '0', '0');
    if (is_zero ? is_digit(scan) : !skip_digits(scan))
        return fail(scan);
    if (take_if(scan, '.', '.')) {
        number.is_real = true;
        if (!skip_digits(scan))
            return false;
    }
    if (take_if(scan, 'e', 'E')) {
        number.is_real = number.has_exponent = true;
        take_if(scan, '+', '-');
        if (!skip_digits(scan))
            return false;
    }
    number.end = scan->at;
    *ret_number = number;
    return true;
}

bool st_scan_number(struct st_scan *scan, double *ret_value)
{
    struct number number;
    if (st_scan_peek(scan) != ST_SCAN_NUMBER || !read_number(scan, &number))
        return fail(scan);
    int64_t whole = 0;
    double value;
    if (number.is_real) {
        value = st_json_number_real(number.begin, number.end);
    } else {
        if (!st_json_number_int(number.begin, number.end, &whole))
            return fail(scan);
        value = (double)whole;
    }
    if (isinf(value))
        return fail(scan);
    *ret_value = value;
    return true;
}

static bool skip_number(struct st_scan *scan)
{
    struct number number;
    int64_t whole;
    if (!read_number(scan, &number))
        return false;
    if (!number.is_real)
        return st_json_number_int(number.begin, number.end, &whole) || fail(scan);
    bool is_safe = !number.has_exponent && number.end - number.begin <= SAFE_REAL_CHARS;
    return is_safe || !isinf(st_json_number_real(number.begin, number.end)) || fail(scan);
}

bool st_scan_int(struct st_scan *scan, int64_t *ret_value)
{
    struct number number;
    struct st_slice text;
    enum st_scan_type type = st_scan_peek(scan);
    if (type == ST_SCAN_NUMBER && read_number(scan, &number))
        return st_json_number_int(number.begin, number.end, ret_value) || fail(scan);
    if (type == ST_SCAN_STRING && read_string(scan, &text))
        return st_json_number_int(text.data, text.data + text.len, ret_value) || fail(scan);
    return fail(scan);
}

/* ---- the rest ---- */

static bool read_word(struct st_scan *scan, const char *word)
{
    size_t bytes = strlen(word);
    if ((size_t)(scan->end - scan->at) < bytes || memcmp(scan->at, word, bytes) != 0)
        return fail(scan);
    scan->at += bytes;
    return true;
}

bool st_scan_bool(struct st_scan *scan, bool *ret_value)
{
    if (st_scan_peek(scan) != ST_SCAN_BOOL)
        return fail(scan);
    bool value = *scan->at == 't';
    if (!read_word(scan, value ? "true" : "false"))
        return false;
    *ret_value = value;
    return true;
}

/* No deeper than DEPTH_MAX, since entering counts. */
static bool skip_container(struct st_scan *scan, enum st_scan_type type)
{
    struct st_slice key;
    if (!enter(scan, type))
        return false;
    while (type == ST_SCAN_OBJECT ? st_scan_next_member(scan, &key) : st_scan_next_element(scan))
        st_scan_skip(scan);
    return !scan->err;
}

bool st_scan_skip(struct st_scan *scan)
{
    struct st_slice text;
    bool value;
    enum st_scan_type type = st_scan_peek(scan);
    switch (type) {
    case ST_SCAN_OBJECT:
    case ST_SCAN_ARRAY:
        return skip_container(scan, type);
    case ST_SCAN_STRING:
        return read_string(scan, &text);
    case ST_SCAN_NUMBER:
        return skip_number(scan);
    case ST_SCAN_BOOL:
        return st_scan_bool(scan, &value);
    case ST_SCAN_NULL:
        return read_word(scan, "null");
    case ST_SCAN_NONE:
        break;
    }
    return false;
}

int st_scan_finish(struct st_scan *scan)
{
    skip_space(scan);
    if (scan->at != scan->end || scan->depth != 0 || scan->expects_first)
        fail(scan);
    return scan->err;
}
