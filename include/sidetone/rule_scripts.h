/*
 * The scripts of a book by name, as rules.h has its categories: put, looked at, written.
 */
#ifndef SIDETONE_RULE_SCRIPTS_H
#define SIDETONE_RULE_SCRIPTS_H

#include "sidetone/rules.h"

/* Reads one script from a document of its own and puts it in the place of the one of that name, or
 * behind the others. `name` in the document may be absent and must not be another one. On -EINVAL
 * the book is as it was. */
int st_rule_book_put_script(struct st_rule_book *book, const char *name, const char *text,
                            size_t bytes, struct st_problems *problems);

/* Borrowed until the book changes; NULL past the last. */
const char *st_rule_book_script_name(const struct st_rule_book *book, size_t index);

/* False when there is none of that name. The version is a fingerprint of its canonical JSON. */
bool st_rule_book_find_script(const struct st_rule_book *book, const char *name,
                              const char **ret_name, const char **ret_version);

/* In canonical form, as st_rule_book_write. -ENOENT. */
int st_rule_book_write_script(const struct st_rule_book *book, const char *name,
                              struct st_json_writer *json);

#endif
