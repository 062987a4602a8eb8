/* The lexicon as scoring sees it. */
#ifndef SIDETONE_ANALYTICS_LEXICON_H
#define SIDETONE_ANALYTICS_LEXICON_H

#include "sidetone/sentiment.h"

#include <stdbool.h>

/* True with *ret_valence filled when the lower-case word is in the lexicon. */
bool st_lexicon_find(const struct st_sentiment_lexicon *lexicon, const char *word, size_t bytes,
                     double *ret_valence);

#endif
