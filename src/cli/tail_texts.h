/* What a line says of a finding in the text: questions, profanity, language. */
#ifndef SIDETONE_CLI_TAIL_TEXTS_H
#define SIDETONE_CLI_TAIL_TEXTS_H

#include "text.h"

#include <jansson.h>

/* Without a line's beginning and end. Of an event of one of these types. */
void st_tail_texts_add(const json_t *event, struct st_text *text);

#endif
