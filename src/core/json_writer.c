#include "sidetone/json_writer.h"

#include "sidetone/mem.h"
#include "utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char hex_digits[] = "0123456789abcdef";

void st_json_init(struct st_json_writer *json)
{
    memset(json, 0, sizeof(*json));
}

void st_json_fini(struct st_json_writer *json)
{
    free(json->data);
    memset(json, 0, sizeof(*json));
}

void st_json_reset(struct st_json_writer *json)
{
    json->len = 0;
    json->needs_comma = false;
}

static char *reserve(struct st_json_writer *json, size_t bytes)
{
    if (json->len + bytes > json->cap) {
        json->cap = (json->len + bytes) * 2 + 256;
        json->data = st_mem_realloc(json->data, json->cap);
    }
    return json->data + json->len;
}

static void put(struct st_json_writer *json, const char *text, size_t bytes)
{
    if (bytes > 0)
        memcpy(reserve(json, bytes), text, bytes);
    json->len += bytes;
}

static void put_char(struct st_json_writer *json, char c)
{
    *reserve(json, 1) = c;
    json->len++;
}

static void begin_value(struct st_json_writer *json)
{
    if (json->needs_comma)
        put_char(json, ',');
    json->needs_comma = true;
}

static void open_scope(struct st_json_writer *json, char bracket)
{
    begin_value(json);
    put_char(json, bracket);
    json->needs_comma = false;
}

static void close_scope(struct st_json_writer *json, char bracket)
{
    put_char(json, bracket);
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

void st_json_key(struct st_json_writer *json, const char *key)
{
    begin_value(json);
    put_char(json, '"');
    put(json, key, strlen(key));
    put(json, "\":", 2);
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

void st_json_string_n(struct st_json_writer *json, const char *text, size_t bytes)
{
    const uint8_t *in = (const uint8_t *)text;
    begin_value(json);
    put_char(json, '"');
    size_t plain = 0, i = 0;
    while (i < bytes) {
        uint8_t c = in[i];
        size_t sequence = c < 0x80 ? 1 : st_utf8_sequence(in + i, bytes - i);
        if (sequence > 1 || (c >= 0x20 && c < 0x80 && c != '"' && c != '\\')) {
            i += sequence;
            continue;
        }
        put(json, text + plain, i - plain);
        if (sequence == 0)
            put(json, "\xef\xbf\xbd", 3);
        else
            put_escaped(json, c);
        plain = ++i;
    }
    put(json, text + plain, bytes - plain);
    put_char(json, '"');
}

void st_json_key_escaped(struct st_json_writer *json, const char *key)
{
    st_json_string_n(json, key, strlen(key));
    put_char(json, ':');
    json->needs_comma = false;
}

void st_json_string(struct st_json_writer *json, const char *text)
{
    if (text)
        st_json_string_n(json, text, strlen(text));
    else
        st_json_null(json);
}

static void put_unsigned(struct st_json_writer *json, uint64_t value, int min_digits)
{
    char digits[20];
    int n = 0;
    do {
        digits[sizeof(digits) - 1 - (size_t)n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0 || n < min_digits);
    put(json, digits + sizeof(digits) - (size_t)n, (size_t)n);
}

void st_json_int(struct st_json_writer *json, int64_t value)
{
    begin_value(json);
    if (value < 0)
        put_char(json, '-');
    put_unsigned(json, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 1);
}

void st_json_real(struct st_json_writer *json, double value, int decimals)
{
    static const double scales[] = {1, 10, 100, 1e3, 1e4, 1e5, 1e6};
    double scale = scales[decimals];
    if (!isfinite(value) || fabs(value) * scale > 9e15) {
        st_json_null(json);
        return;
    }
    begin_value(json);
    uint64_t fixed = (uint64_t)(fabs(value) * scale + 0.5);
    if (value < 0 && fixed > 0)
        put_char(json, '-');
    put_unsigned(json, fixed / (uint64_t)scale, 1);
    if (decimals > 0) {
        put_char(json, '.');
        put_unsigned(json, fixed % (uint64_t)scale, decimals);
    }
}

void st_json_bool(struct st_json_writer *json, bool value)
{
    begin_value(json);
    put(json, value ? "true" : "false", value ? 4 : 5);
}

void st_json_null(struct st_json_writer *json)
{
    begin_value(json);
    put(json, "null", 4);
}

void st_json_raw(struct st_json_writer *json, const char *text, size_t bytes)
{
    begin_value(json);
    put(json, text, bytes);
}

void st_json_append(struct st_json_writer *json, const char *text, size_t bytes)
{
    put(json, text, bytes);
}

void st_json_set_string(struct st_json_writer *json, const char *key, const char *text)
{
    st_json_key(json, key);
    st_json_string(json, text);
}

void st_json_set_int(struct st_json_writer *json, const char *key, int64_t value)
{
    st_json_key(json, key);
    st_json_int(json, value);
}

void st_json_set_real(struct st_json_writer *json, const char *key, double value, int decimals)
{
    st_json_key(json, key);
    st_json_real(json, value, decimals);
}

void st_json_set_bool(struct st_json_writer *json, const char *key, bool value)
{
    st_json_key(json, key);
    st_json_bool(json, value);
}
