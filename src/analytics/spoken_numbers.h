/*
 * Numbers in words, where the words around them say what they are: amounts of money, percentages,
 * times of day, dates. English. A number that goes on on either side is left alone.
 */
#ifndef SIDETONE_ANALYTICS_SPOKEN_NUMBERS_H
#define SIDETONE_ANALYTICS_SPOKEN_NUMBERS_H

#include "tokens.h"

enum { ST_SPOKEN_NUMBER_BYTES = 48 };

/* How many tokens from `index` on make one, written in digits into `out`; 0 when none does. */
size_t st_spoken_number(const struct st_tokens *tokens, size_t index,
                        char out[ST_SPOKEN_NUMBER_BYTES]);

/* "one", "twenty-two", "hundred", "7", and so on. */
bool st_spoken_is_number(const struct st_tokens *tokens, size_t index);

#endif
