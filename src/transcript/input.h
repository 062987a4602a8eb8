/*
 * JSON as readers want it: values with the names that people know them by, texts into the
 * transcript's memory, and every complaint with the line it is about.
 *
 * Errors are sticky, as those of json_scan.h: loops end, and the reader checks once.
 */
#ifndef SIDETONE_TRANSCRIPT_INPUT_H
#define SIDETONE_TRANSCRIPT_INPUT_H

#include "build.h"

#include "sidetone/json_scan.h"

struct input {
    struct st_transcript_build *build;
    struct st_scan scan;
    const char *text;        /* of the file, for line numbers */
    const char *begin, *end; /* of this JSON value's text */
    const char *place;       /* of the value read last */
};

/* [begin, end) of a file that starts at `text`. */
void input_init(struct input *input, struct st_transcript_build *build, const char *text,
                const char *begin, const char *end);
/* True when the whole text was one valid value. */
bool input_finish(struct input *input);

/* Complains about the value read last; always false. */
bool input_fail(struct input *input, const char *what);

bool input_enter_object(struct input *input, const char *name);
bool input_enter_array(struct input *input, const char *name);
bool input_member(struct input *input, struct st_slice *ret_key);
bool input_element(struct input *input);
bool input_skip(struct input *input);
enum st_scan_type input_peek(struct input *input);

/* A string; null and nothing else gives "". In the transcript's memory. */
bool input_text(struct input *input, const char *name, const char **ret_text);
/* A whole number, or a string of one. */
bool input_whole(struct input *input, const char *name, int64_t *ret_value);
/* Any number, or a string of one. */
bool input_number(struct input *input, const char *name, double *ret_value);
/* 0…1, or null for none. */
bool input_confidence(struct input *input, const char *name, float *ret_confidence);
bool input_bool(struct input *input, const char *name, bool *ret_value);
/* Milliseconds within a call. */
bool input_ms(struct input *input, const char *name, int64_t *ret_us);

/* The members of a JSON text's outermost object that a reader is known by. */
struct input_sign {
    const char *key;
    enum st_scan_type type;
};
/* True when it has all of them, as far as the text goes. */
bool input_has(const char *text, size_t bytes, const struct input_sign *signs, size_t count);

#endif
