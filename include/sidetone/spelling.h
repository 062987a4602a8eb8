/*
 * Words as a text spells them, timed by words that are spelt otherwise.
 *
 * Some engines give a text for people ("I paid $25.") and words as they were spoken ("i", "paid",
 * "twenty", "five", "dollars"). What looks at words wants those of the text: each gets the times of
 * the spoken ones that it stands for, or its share of them.
 */
#ifndef SIDETONE_SPELLING_H
#define SIDETONE_SPELLING_H

#include "sidetone/segment.h"

#include <stddef.h>

/* One of zeroes is ready; its memory is kept from text to text. */
struct st_spelling {
    struct st_word *words;
    size_t words_cap;
    char *text;
    size_t text_cap;
};

void st_spelling_fini(struct st_spelling *spelling);

/* The words of the text, what blanks separate, valid until the next; how many there are. None when
 * `spoken` is empty or has more than 1,024, and no more than that. */
size_t st_spelling_words(struct st_spelling *spelling, const char *text,
                         const struct st_word *spoken, size_t count);

/* For a text that came without words: gives the segment its text's words, spread between its times
 * by their length in bytes (ST_WORD_TIMES_ESTIMATED), valid until the next; none when there are
 * more than 1,024. */
void st_spelling_spread(struct st_spelling *spelling, struct st_segment *segment);

#endif
