/*
 * Words and their times for a text that an engine gave without: split at white space, spread over
 * the span by their length in bytes (ST_WORD_TIMES_ESTIMATED).
 */
#ifndef SIDETONE_STT_SPREAD_H
#define SIDETONE_STT_SPREAD_H

#include "sidetone/segment.h"

enum { ST_SPREAD_WORDS_MAX = 1024 };

/* One of zeroes is ready; memory is kept. */
struct st_spread {
    struct st_word *words;
    size_t words_cap;
    char *text;
    size_t text_cap;
};

void st_spread_fini(struct st_spread *spread);

/* Gives the segment words for its text, between its times; none when there are too many. Borrowed
 * until the next call. */
void st_spread_words(struct st_spread *spread, struct st_segment *segment);

#endif
