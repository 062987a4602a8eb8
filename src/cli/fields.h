/* Members of JSON objects that came from elsewhere: what is missing or of another type is nothing.
 */
#ifndef SIDETONE_CLI_FIELDS_H
#define SIDETONE_CLI_FIELDS_H

#include <jansson.h>
#include <stdint.h>

const char *st_fields_text(const json_t *object, const char *key); /* borrowed; "" */
int64_t st_fields_number(const json_t *object, const char *key);   /* 0 */

#endif
