/*
 * Appends JSON to a growing buffer, commas and escapes included.
 *
 * Keys are trusted (string literals, written as they are); values are not: strings are escaped,
 * bytes that are not UTF-8 become U+FFFD. The buffer is kept between uses, so a writer that
 * lives with its thread allocates nothing once it is warm. One thread at a time.
 */
#ifndef SIDETONE_JSON_WRITER_H
#define SIDETONE_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct st_json_writer {
    char *data; /* not NUL-terminated */
    size_t len; /* bytes written */
    size_t cap; /* bytes allocated */
    bool needs_comma;
    bool is_secret; /* its memory is wiped before it is given back */
};

void st_json_init(struct st_json_writer *json); /* allocates nothing yet */
void st_json_init_secret(struct st_json_writer *json);
void st_json_fini(struct st_json_writer *json);
void st_json_reset(struct st_json_writer *json); /* empty again; memory kept */

void st_json_begin_object(struct st_json_writer *json);
void st_json_end_object(struct st_json_writer *json);
void st_json_begin_array(struct st_json_writer *json);
void st_json_end_array(struct st_json_writer *json);
void st_json_key_n(struct st_json_writer *json, const char *key, size_t bytes);

/* A key that is not trusted: escaped like a string. */
void st_json_key_escaped(struct st_json_writer *json, const char *key);

void st_json_string(struct st_json_writer *json, const char *text); /* NULL writes null */
void st_json_string_n(struct st_json_writer *json, const char *text, size_t bytes);
void st_json_int(struct st_json_writer *json, int64_t value);
void st_json_real(struct st_json_writer *json, double value, int decimals); /* 0..6; NaN: null */
void st_json_bool(struct st_json_writer *json, bool value);
void st_json_null(struct st_json_writer *json);

/* Appends a finished JSON value (already valid) as it is. */
void st_json_raw(struct st_json_writer *json, const char *text, size_t bytes);

/* Appends bytes as they are, outside of any JSON: the writer as a plain buffer. */
void st_json_append(struct st_json_writer *json, const char *text, size_t bytes);
static inline void st_json_append_text(struct st_json_writer *json, const char *text)
{
    st_json_append(json, text, strlen(text));
}

/* Here, so that the length of a key that is a literal is known when compiling. */
static inline void st_json_key(struct st_json_writer *json, const char *key)
{
    st_json_key_n(json, key, strlen(key));
}

/* Key and value in one. */

static inline void st_json_set_string(struct st_json_writer *json, const char *key,
                                      const char *text)
{
    st_json_key(json, key);
    st_json_string(json, text);
}

static inline void st_json_set_int(struct st_json_writer *json, const char *key, int64_t value)
{
    st_json_key(json, key);
    st_json_int(json, value);
}

static inline void st_json_set_real(struct st_json_writer *json, const char *key, double value,
                                    int decimals)
{
    st_json_key(json, key);
    st_json_real(json, value, decimals);
}

static inline void st_json_set_bool(struct st_json_writer *json, const char *key, bool value)
{
    st_json_key(json, key);
    st_json_bool(json, value);
}

#endif
