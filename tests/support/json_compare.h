/* Does the scanner say of a text what jansson says of it? For tests and fuzzers. */
#ifndef SIDETONE_TESTS_JSON_COMPARE_H
#define SIDETONE_TESTS_JSON_COMPARE_H

#include <stdbool.h>
#include <stddef.h>

/* NULL when both accept or both refuse, and see the same values when they accept; otherwise what
 * differs. Texts nested deeper than 32 and NUL bytes (jansson passes over one behind a number or a
 * word) must be refused by the scanner alone. */
const char *json_compare(const char *text, size_t bytes);

#endif
