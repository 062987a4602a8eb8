/* What the text of a JSON number is worth. */
#ifndef SIDETONE_CORE_JSON_NUMBER_H
#define SIDETONE_CORE_JSON_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* An optional minus and digits, as many as fit; false: it is something else. */
bool st_json_number_int(const char *at, const char *end, int64_t *ret_value);
/* Of a number by JSON's grammar: the double that is nearest, or an infinity. */
double st_json_number_real(const char *begin, const char *end);

#endif
