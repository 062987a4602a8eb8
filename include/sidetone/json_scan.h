/*
 * Reads a JSON text in one pass, in place, without allocating.
 *
 * For the hot path: the caller walks the members it wants and skips the rest. What it accepts and
 * refuses is what jansson accepts and refuses by default (RFC 8259; one object or array; UTF-8,
 * paired surrogates, no \u0000; whole numbers of 64 bits, reals that fit a double; duplicate keys
 * allowed), with a depth limit of 32; a test compares both. Stricter in one thing: a NUL byte is
 * refused everywhere, where jansson passes over one behind a number. Errors are sticky: after
 * one, every call fails, so a reader checks once at the end with st_scan_finish. A struct st_scan
 * may be copied: the copy is a place to come back to.
 */
#ifndef SIDETONE_JSON_SCAN_H
#define SIDETONE_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A string inside the text, between its quotes. */
struct st_slice {
    const char *data;
    size_t len;       /* bytes */
    bool has_escapes; /* read with st_scan_unescape; otherwise usable as it is */
};

struct st_scan {
    const char *at;
    const char *end;
    int err; /* 0, or -EBADMSG */
    int depth;
    bool expects_first; /* just after an opening bracket, or before the text's one value */
};

enum st_scan_type {
    ST_SCAN_NONE, /* an error */
    ST_SCAN_OBJECT,
    ST_SCAN_ARRAY,
    ST_SCAN_STRING,
    ST_SCAN_NUMBER,
    ST_SCAN_BOOL,
    ST_SCAN_NULL,
};

void st_scan_init(struct st_scan *scan, const char *text, size_t bytes);

/* Type of the value about to be read. */
enum st_scan_type st_scan_peek(struct st_scan *scan);

/* Enter a container; then call next until it gives false (its end has then been consumed).
 * After next_member gave true, exactly one value must be read, entered or skipped. */
bool st_scan_enter_object(struct st_scan *scan);
bool st_scan_next_member(struct st_scan *scan, struct st_slice *ret_key);
bool st_scan_enter_array(struct st_scan *scan);
bool st_scan_next_element(struct st_scan *scan);

bool st_scan_string(struct st_scan *scan, struct st_slice *ret_text);
bool st_scan_number(struct st_scan *scan, double *ret_value);
bool st_scan_bool(struct st_scan *scan, bool *ret_value);
bool st_scan_skip(struct st_scan *scan); /* any value, checked all the same */

/* A whole number given as a JSON number or as a decimal string (platforms send both).
 * False and -EBADMSG for anything else, fractions included. */
bool st_scan_int(struct st_scan *scan, int64_t *ret_value);

/* 0 when the whole text was one valid value and nothing follows it, else -EBADMSG. */
int st_scan_finish(struct st_scan *scan);

bool st_slice_is_escaped(struct st_slice slice, const char *text);

/* text shorter than 120 bytes; escapes are resolved. Inline: of a literal little is left of it. */
static inline bool st_slice_is(struct st_slice slice, const char *text)
{
    size_t bytes = strlen(text);
    return slice.has_escapes ? st_slice_is_escaped(slice, text)
                             : slice.len == bytes && memcmp(slice.data, text, bytes) == 0;
}

/* Copies with escapes resolved and a NUL (out_bytes > 0); a text that does not fit is cut at a
 * character border. Returns bytes without the NUL. */
size_t st_scan_unescape(struct st_slice slice, char *out, size_t out_bytes);

#endif
