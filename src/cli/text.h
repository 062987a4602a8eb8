/*
 * Growing text for terminals.
 *
 * What others wrote (transcripts, names) is attacker-controlled: it enters through the `clean`
 * functions only, which let no control character, no change of writing direction and nothing that
 * is not UTF-8 through.
 */
#ifndef SIDETONE_CLI_TEXT_H
#define SIDETONE_CLI_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct st_text {
    char *data; /* NUL-terminated once something was added; NULL before */
    size_t len; /* bytes */
    size_t cap;
};

void st_text_fini(struct st_text *text);
void st_text_reset(struct st_text *text); /* empty again; memory kept */

void st_text_add(struct st_text *text, const char *trusted);
void st_text_add_bytes(struct st_text *text, const char *trusted, size_t bytes);
void st_text_addf(struct st_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void st_text_add_clean(struct st_text *text, const char *foreign);

/* At most `columns` of it: what does not fit is cut from the end, or from the start when the end is
 * what matters, and an ellipsis says so. Returns columns used. */
enum st_text_keep { ST_TEXT_KEEP_START, ST_TEXT_KEEP_END };
size_t st_text_add_clean_columns(struct st_text *text, const char *foreign, size_t columns,
                                 enum st_text_keep keep);

/* JSON as received, with what a terminal might obey written as \u escapes; it means the same. */
void st_text_add_clean_json(struct st_text *text, const char *json, size_t bytes);

#endif
