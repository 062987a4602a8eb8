/*
 * Numbers in words that are written in digits, where the words around them say what they are:
 * amounts of money, percentages, times of day, dates. English. A number that goes on on either side
 * is left alone.
 */
#ifndef SIDETONE_ANALYTICS_WRITTEN_NUMBER_H
#define SIDETONE_ANALYTICS_WRITTEN_NUMBER_H

#include "tokens.h"

enum { ST_WRITTEN_NUMBER_BYTES = 48 };

/* How many tokens from `index` on make one, written in digits into `out`; 0 when none does. */
size_t st_written_number_read(const struct st_tokens *tokens, size_t index,
                              char out[ST_WRITTEN_NUMBER_BYTES]);

/* "one", "twenty-two", "hundred", "7", and so on. */
bool st_written_number_is_word(const struct st_tokens *tokens, size_t index);

#endif
