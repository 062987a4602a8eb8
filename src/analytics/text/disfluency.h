/* Words that add nothing and that are left out of a shown transcript when asked for. */
#ifndef SIDETONE_ANALYTICS_DISFLUENCY_H
#define SIDETONE_ANALYTICS_DISFLUENCY_H

#include "tokens.h"

/* Whether the word is a filler, or is said again at once. */
bool st_disfluency_at(const struct st_tokens *tokens, size_t index);

#endif
