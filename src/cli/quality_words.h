/* How a channel's audio came, as call states and `call.updated` have it, in words that need no
 * telephony. */
#ifndef SIDETONE_CLI_QUALITY_WORDS_H
#define SIDETONE_CLI_QUALITY_WORDS_H

#include "text.h"

#include <jansson.h>

/* What is wrong with it, as a set; 0: nothing. */
unsigned st_quality_words_troubles(const json_t *channel);

/* "poor line, 12.3 % lost; nothing is heard, while the other side speaks", or that it is fine. */
void st_quality_words_add_troubles(const json_t *channel, struct st_text *text);

/* "good, 0.4 % lost, jitter 1 ms", and what is wrong. */
void st_quality_words_add(const json_t *channel, struct st_text *text);

#endif
