/* JSON on standard output, for people and programs. */
#ifndef SIDETONE_CLI_JSON_OUT_H
#define SIDETONE_CLI_JSON_OUT_H

#include <jansson.h>

/* Indented; what a terminal might obey is written as escapes. */
void st_json_out(const json_t *value);

#endif
