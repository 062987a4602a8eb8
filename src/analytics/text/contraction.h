/*
 * Short forms of English speech and what they stand for: "can't" is "can not", "gonna" is "going
 * to". Some stand for two things: "I'd" is "I would" or "I had". Possessives are not among them.
 */
#ifndef SIDETONE_ANALYTICS_CONTRACTION_H
#define SIDETONE_ANALYTICS_CONTRACTION_H

#include <stddef.h>

enum { ST_CONTRACTION_READINGS_MAX = 3, ST_CONTRACTION_WORDS_MAX = 3 };

/* All words are folded as fold.h does. */
struct st_contraction {
    const char *word;
    const char
        *readings[ST_CONTRACTION_READINGS_MAX]; /* words with a blank between; NULL: no more */
};

extern const struct st_contraction st_contractions[];
extern const size_t st_contraction_count;

#endif
