#include "json_compare.h"

#include "sidetone/json_scan.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 32 };

static bool is_too_deep(const json_t *value, int depth)
{
    const char *key;
    json_t *item;
    size_t i;
    if (json_is_object(value) || json_is_array(value))
        depth++;
    if (depth > DEPTH_MAX)
        return true;
    json_object_foreach((json_t *)value, key, item) if (is_too_deep(item, depth)) return true;
    json_array_foreach(value, i, item) if (is_too_deep(item, depth)) return true;
    return false;
}

static bool same_value(struct st_scan *scan, const json_t *expected);

static bool same_text(struct st_slice slice, const char *text, size_t bytes)
{
    char *plain = malloc(slice.len + 1);
    size_t got = st_scan_unescape(slice, plain, slice.len + 1);
    bool is_same = got == bytes && memcmp(plain, text, bytes) == 0 && plain[got] == '\0';
    free(plain);
    return is_same && (slice.has_escapes || slice.len == bytes);
}

/* Of a key given twice jansson keeps the last value, so only objects without such keys are
 * compared by value. */
static bool same_object(struct st_scan *scan, const json_t *expected)
{
    struct st_scan counter = *scan;
    struct st_slice key;
    size_t members = 0;
    st_scan_enter_object(&counter);
    for (; st_scan_next_member(&counter, &key); members++)
        st_scan_skip(&counter);
    if (members < json_object_size(expected))
        return false;
    if (members > json_object_size(expected))
        return st_scan_skip(scan);
    st_scan_enter_object(scan);
    while (st_scan_next_member(scan, &key)) {
        char *name = malloc(key.len + 1);
        st_scan_unescape(key, name, key.len + 1);
        const json_t *item = json_object_get(expected, name);
        bool is_same = item && same_value(scan, item);
        free(name);
        if (!is_same)
            return false;
    }
    return true;
}

static bool same_array(struct st_scan *scan, const json_t *expected)
{
    size_t i = 0;
    st_scan_enter_array(scan);
    for (; st_scan_next_element(scan); i++)
        if (i >= json_array_size(expected) || !same_value(scan, json_array_get(expected, i)))
            return false;
    return i == json_array_size(expected);
}

static bool same_number(struct st_scan *scan, const json_t *expected)
{
    struct st_scan again = *scan;
    double real;
    int64_t whole;
    if (!st_scan_number(scan, &real) || real != json_number_value(expected))
        return false;
    bool is_int = st_scan_int(&again, &whole);
    return is_int == json_is_integer(expected) &&
           (!is_int || whole == json_integer_value(expected));
}

static bool same_value(struct st_scan *scan, const json_t *expected)
{
    struct st_slice slice;
    bool flag;
    switch (st_scan_peek(scan)) {
    case ST_SCAN_OBJECT:
        return json_is_object(expected) && same_object(scan, expected);
    case ST_SCAN_ARRAY:
        return json_is_array(expected) && same_array(scan, expected);
    case ST_SCAN_STRING:
        return json_is_string(expected) && st_scan_string(scan, &slice) &&
               same_text(slice, json_string_value(expected), json_string_length(expected));
    case ST_SCAN_NUMBER:
        return json_is_number(expected) && same_number(scan, expected);
    case ST_SCAN_BOOL:
        return json_is_boolean(expected) && st_scan_bool(scan, &flag) &&
               flag == json_is_true(expected);
    case ST_SCAN_NULL:
        return json_is_null(expected) && st_scan_skip(scan);
    case ST_SCAN_NONE:
        break;
    }
    return false;
}

const char *json_compare(const char *text, size_t bytes)
{
    struct st_scan scan;
    st_scan_init(&scan, text, bytes);
    bool skipped = st_scan_skip(&scan);
    bool is_accepted = st_scan_finish(&scan) == 0;
    if (is_accepted && !skipped)
        return "skip said false and finish said 0";

    json_error_t error;
    json_t *expected = json_loadb(text, bytes, 0, &error);
    bool is_expected = expected && !is_too_deep(expected, 0) && !memchr(text, '\0', bytes);
    const char *difference = NULL;
    if (is_accepted != is_expected) {
        difference = is_accepted ? "accepted what jansson refuses" : "refused what jansson accepts";
    } else if (is_accepted) {
        st_scan_init(&scan, text, bytes);
        if (!same_value(&scan, expected) || st_scan_finish(&scan) < 0)
            difference = "values differ";
    }
    json_decref(expected);
    return difference;
}
