/* The closed word classes of VADER: degree adverbs, negations, and idioms with a valence. */
#ifndef SIDETONE_ANALYTICS_VADER_WORDS_H
#define SIDETONE_ANALYTICS_VADER_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* How much a degree adverb adds to the strength of a positive word; 0 when it is none. */
double st_vader_degree(const char *word);

bool st_vader_is_negation(const char *word);

/* Whether `words` words from `word(user, i)` are an idiom; its valence replaces theirs. */
struct st_vader_idiom {
    const char *words[3]; /* unused ones NULL */
    double valence;
};
extern const struct st_vader_idiom st_vader_idioms[]; /* ends with words[0] NULL */

/* Degree adverbs of two words: how much they add, whatever the sign of what follows. */
extern const struct st_vader_idiom st_vader_degree_pairs[];

#endif
