#include "input.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    NUMBER_BYTES = 64,
    EXPLAIN_BYTES_MAX = 16 << 20, /* beyond it a syntax error is not looked at twice */
    SIGNS_MAX = 4,
};

void input_init(struct input *input, struct st_transcript_build *build, const char *text,
                const char *begin, const char *end)
{
    *input =
        (struct input){.build = build, .text = text, .begin = begin, .end = end, .place = begin};
    st_scan_init(&input->scan, begin, (size_t)(end - begin));
}

static unsigned line_of(const struct input *input, const char *place)
{
    unsigned line = 1;
    for (const char *at = input->text; at < place; at++)
        line += *at == '\n';
    return line;
}

/* True when it complained about the JSON itself. */
static bool fail_syntax(struct input *input)
{
    size_t bytes = (size_t)(input->end - input->begin);
    json_error_t error;
    if (bytes > EXPLAIN_BYTES_MAX)
        return false;
    json_t *json = json_loadb(input->begin, bytes, 0, &error);
    json_decref(json);
    if (json)
        return false;
    int before = (int)line_of(input, input->begin) - 1;
    st_build_fail(input->build, -EBADMSG, "line %d, column %d: not valid JSON: %s",
                  error.line > 0 ? error.line + before : before + 1, error.column, error.text);
    return true;
}

bool input_fail(struct input *input, const char *what)
{
    input->scan.err = -EBADMSG;
    if (!input->build->err && !fail_syntax(input))
        st_build_fail(input->build, -EBADMSG, "line %u: %s", line_of(input, input->place), what);
    return false;
}

static bool fail_type(struct input *input, const char *name, const char *type)
{
    char what[160];
    snprintf(what, sizeof(what), "%s is not %s", name, type);
    return input_fail(input, what);
}

static void note_place(struct input *input)
{
    if (input->scan.err)
        return;
    st_scan_peek(&input->scan); /* past the space before it */
    if (!input->scan.err)
        input->place = input->scan.at;
}

bool input_finish(struct input *input)
{
    if (input->build->err)
        return false;
    if (st_scan_finish(&input->scan) == 0)
        return true;
    return input_fail(input, "it cannot be read from here on");
}

enum st_scan_type input_peek(struct input *input)
{
    return input->scan.err ? ST_SCAN_NONE : st_scan_peek(&input->scan);
}

bool input_enter_object(struct input *input, const char *name)
{
    note_place(input);
    return st_scan_enter_object(&input->scan) || fail_type(input, name, "an object");
}

bool input_enter_array(struct input *input, const char *name)
{
    note_place(input);
    return st_scan_enter_array(&input->scan) || fail_type(input, name, "a list");
}

bool input_member(struct input *input, struct st_slice *ret_key)
{
    return !input->build->err && st_scan_next_member(&input->scan, ret_key);
}

bool input_element(struct input *input)
{
    return !input->build->err && st_scan_next_element(&input->scan);
}

bool input_skip(struct input *input)
{
    note_place(input);
    return st_scan_skip(&input->scan) || input_fail(input, "this cannot be read");
}

bool input_text(struct input *input, const char *name, const char **ret_text)
{
    struct st_slice slice;
    note_place(input);
    if (input_peek(input) == ST_SCAN_NULL) {
        *ret_text = "";
        return st_scan_skip(&input->scan);
    }
    if (!st_scan_string(&input->scan, &slice))
        return fail_type(input, name, "a text");
    char *text = st_build_text(input->build, slice.len + 1);
    if (!text)
        return false;
    st_scan_unescape(slice, text, slice.len + 1);
    *ret_text = text;
    return true;
}

bool input_whole(struct input *input, const char *name, int64_t *ret_value)
{
    note_place(input);
    return st_scan_int(&input->scan, ret_value) || fail_type(input, name, "a whole number");
}

static bool read_number(struct input *input, double *ret_value)
{
    struct st_slice slice;
    char text[NUMBER_BYTES], *end;
    if (input_peek(input) != ST_SCAN_STRING)
        return st_scan_number(&input->scan, ret_value);
    if (!st_scan_string(&input->scan, &slice) || slice.len == 0 || slice.len >= sizeof(text))
        return false;
    st_scan_unescape(slice, text, sizeof(text));
    *ret_value = strtod(text, &end);
    return *end == '\0';
}

bool input_number(struct input *input, const char *name, double *ret_value)
{
    note_place(input);
    return read_number(input, ret_value) || fail_type(input, name, "a number");
}

bool input_confidence(struct input *input, const char *name, float *ret_confidence)
{
    double value = (double)ST_CONFIDENCE_ABSENT;
    note_place(input);
    if (input_peek(input) == ST_SCAN_NULL) {
        *ret_confidence = ST_CONFIDENCE_ABSENT;
        return st_scan_skip(&input->scan);
    }
    if (!read_number(input, &value) || !(value >= 0 && value <= 1))
        return fail_type(input, name, "a number from 0 to 1");
    *ret_confidence = (float)value;
    return true;
}

bool input_bool(struct input *input, const char *name, bool *ret_value)
{
    note_place(input);
    return st_scan_bool(&input->scan, ret_value) || fail_type(input, name, "true or false");
}

bool input_ms(struct input *input, const char *name, int64_t *ret_us)
{
    double ms;
    note_place(input);
    if (!read_number(input, &ms) || !(ms >= 0 && ms * 1000 <= (double)ST_TRANSCRIPT_LENGTH_MAX_US))
        return fail_type(input, name, "a time in milliseconds within 48 hours");
    *ret_us = (int64_t)ms * 1000;
    return true;
}

bool input_has(const char *text, size_t bytes, const struct input_sign *signs, size_t count)
{
    bool is_found[SIGNS_MAX] = {false};
    struct st_scan scan;
    struct st_slice key;
    size_t found = 0;
    st_scan_init(&scan, text, bytes);
    if (!st_scan_enter_object(&scan))
        return false;
    while (found < count && st_scan_next_member(&scan, &key)) {
        enum st_scan_type type = st_scan_peek(&scan);
        for (size_t i = 0; i < count; i++)
            if (!is_found[i] && type == signs[i].type && st_slice_is(key, signs[i].key)) {
                is_found[i] = true;
                found++;
            }
        st_scan_skip(&scan);
    }
    return found == count;
}
