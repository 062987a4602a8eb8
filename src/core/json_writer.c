#include "sidetone/json_writer.h"

#include "sidetone/mem.h"
#include "sidetone/utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_BYTES = 24 }; /* of the longest number, sign and point included */

static const char hex_digits[] = "0123456789abcdef";
static const char digit_pairs[] = "00010203040506070809101112131415161718192021222324"
                                  "25262728293031323334353637383940414243444546474849"
                                  "50515253545556575859606162636465666768697071727374"
                                  "75767778798081828384858687888990919293949596979899";

void st_json_init(struct st_json_writer *json)
{
    memset(json, 0, sizeof(*json));
}

void st_json_init_secret(struct st_json_writer *json)
{
    st_json_init(json);
    json->is_secret = true;
}

static void release(struct st_json_writer *json)
{
    if (json->is_secret && json->data)
        explicit_bzero(json->data, json->cap);
    free(json->data);
}

void st_json_fini(struct st_json_writer *json)
{
    release(json);
    memset(json, 0, sizeof(*json));
}

void st_json_reset(struct st_json_writer *json)
{
    json->len = 0;
    json->needs_comma = false;
}

static void grow(struct st_json_writer *json, size_t cap)
{
    if (json->is_secret) {
        char *data = st_mem_alloc(cap);
        if (json->len > 0)
            memcpy(data, json->data, json->len);
        release(json);
        json->data = data;
    } else {
        json->data = st_mem_realloc(json->data, cap);
    }
    json->cap = cap;
}

static char *reserve(struct st_json_writer *json, size_t bytes)
{
    if (json->len + bytes > json->cap)
        grow(json, (json->len + bytes) * 2 + 256);
    return json->data + json->len;
}

static void put(struct st_json_writer *json, const char *text, size_t bytes)
{
    if (bytes > 0)
        memcpy(reserve(json, bytes), text, bytes);
    json->len += bytes;
}

/* Where a value of up to `bytes` goes, its comma written; end_value tells where it ended. */
static char *begin_value(struct st_json_writer *json, size_t bytes)
{
    char *out = reserve(json, bytes + 1);
    if (json->needs_comma)
        *out++ = ',';
    json->needs_comma = true;
    return out;
}

static void end_value(struct st_json_writer *json, const char *end)
{
    json->len = (size_t)(end - json->data);
}

static void put_value(struct st_json_writer *json, const char *text, size_t bytes)
{
    char *out = begin_value(json, bytes);
    memcpy(out, text, bytes);
    end_value(json, out + bytes);
}

static void open_scope(struct st_json_writer *json, char bracket)
{
    put_value(json, &bracket, 1);
    json->needs_comma = false;
}

static void close_scope(struct st_json_writer *json, char bracket)
{
    put(json, &bracket, 1);
    json->needs_comma = true;
}

void st_json_begin_object(struct st_json_writer *json)
{
    open_scope(json, '{');
}

void st_json_end_object(struct st_json_writer *json)
{
    close_scope(json, '}');
}

void st_json_begin_array(struct st_json_writer *json)
{
    open_scope(json, '[');
}

void st_json_end_array(struct st_json_writer *json)
{
    close_scope(json, ']');
}

void st_json_key_n(struct st_json_writer *json, const char *key, size_t bytes)
{
    char *out = begin_value(json, bytes + 3);
    *out++ = '"';
    memcpy(out, key, bytes);
    out += bytes;
    *out++ = '"';
    *out++ = ':';
    end_value(json, out);
    json->needs_comma = false;
}

static void put_escaped(struct st_json_writer *json, uint8_t c)
{
    switch (c) {
    case '"':
        put(json, "\\\"", 2);
        break;
    case '\\':
        put(json, "\\\\", 2);
        break;
    case '\n':
        put(json, "\\n", 2);
        break;
    case '\r':
        put(json, "\\r", 2);
        break;
    case '\t':
        put(json, "\\t", 2);
        break;
    default: {
        char escape[6] = {'\\', 'u', '0', '0', hex_digits[c >> 4], hex_digits[c & 15]};
        put(json, escape, sizeof(escape));
    }
    }
}

/* Eight bytes at once: ASCII without control characters, quotes and backslashes. */
static bool are_plain(const uint8_t *in)
{
    const uint64_t ones = 0x0101010101010101u, high_bits = 0x8080808080808080u;
    uint64_t word;
    memcpy(&word, in, sizeof(word));
    uint64_t quotes = word ^ ones * '"', backslashes = word ^ ones * '\\';
    uint64_t found = word | (word - ones * 0x20) | (quotes - ones) | (backslashes - ones);
    return (found & high_bits) == 0;
}

/* How many bytes can be written as they are. */
static size_t count_plain(const uint8_t *in, size_t bytes)
{
    size_t i = 0;
    while (i < bytes) {
        if (bytes - i >= 8 && are_plain(in + i)) {
            i += 8;
            continue;
        }
        uint8_t c = in[i];
        size_t sequence = c < 0x80 ? 1 : st_utf8_sequence(in + i, bytes - i);
        if (sequence == 0 || c < 0x20 || c == '"' || c == '\\')
            break;
        i += sequence;
    }
    return i;
}

void st_json_string_n(struct st_json_writer *json, const char *text, size_t bytes)
{
    const uint8_t *in = (const uint8_t *)text;
    size_t plain = count_plain(in, bytes);
    char *out = begin_value(json, plain + 2);
    *out++ = '"';
    if (plain > 0)
        memcpy(out, text, plain);
    end_value(json, out + plain);
    for (size_t i = plain; i < bytes; i += plain) {
        if (in[i] >= 0x80)
            put(json, "\xef\xbf\xbd", 3);
        else
            put_escaped(json, in[i]);
        i++;
        plain = count_plain(in + i, bytes - i);
        put(json, text + i, plain);
    }
    put(json, "\"", 1);
}

void st_json_key_escaped(struct st_json_writer *json, const char *key)
{
    st_json_string_n(json, key, strlen(key));
    put(json, ":", 1);
    json->needs_comma = false;
}

void st_json_string(struct st_json_writer *json, const char *text)
{
    if (text)
        st_json_string_n(json, text, strlen(text));
    else
        st_json_null(json);
}

/* Backwards from `end`, two digits at a time; returns where they begin. */
static char *write_digits(char *end, uint64_t value)
{
    for (; value >= 100; value /= 100) {
        end -= 2;
        memcpy(end, digit_pairs + value % 100 * 2, 2);
    }
    if (value < 10) {
        *--end = (char)('0' + value);
        return end;
    }
    end -= 2;
    memcpy(end, digit_pairs + value * 2, 2);
    return end;
}

void st_json_int(struct st_json_writer *json, int64_t value)
{
    char text[NUMBER_BYTES], *end = text + sizeof(text);
    char *begin = write_digits(end, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
    if (value < 0)
        *--begin = '-';
    put_value(json, begin, (size_t)(end - begin));
}

void st_json_real(struct st_json_writer *json, double value, int decimals)
{
    static const uint64_t scales[] = {1, 10, 100, 1000, 10000, 100000, 1000000};
    uint64_t scale = scales[decimals];
    char text[NUMBER_BYTES], *end = text + sizeof(text), *begin = end;
    if (!isfinite(value) || fabs(value) * (double)scale > 9e15) {
        st_json_null(json);
        return;
    }
    uint64_t fixed = (uint64_t)(fabs(value) * (double)scale + 0.5);
    if (decimals > 0) {
        begin = write_digits(end, fixed % scale);
        while (end - begin < decimals)
            *--begin = '0';
        *--begin = '.';
    }
    begin = write_digits(begin, fixed / scale);
    if (value < 0 && fixed > 0)
        *--begin = '-';
    put_value(json, begin, (size_t)(end - begin));
}

void st_json_bool(struct st_json_writer *json, bool value)
{
    put_value(json, value ? "true" : "false", value ? 4 : 5);
}

void st_json_null(struct st_json_writer *json)
{
    put_value(json, "null", 4);
}

void st_json_raw(struct st_json_writer *json, const char *text, size_t bytes)
{
    put_value(json, text, bytes);
}

void st_json_append(struct st_json_writer *json, const char *text, size_t bytes)
{
    put(json, text, bytes);
}
