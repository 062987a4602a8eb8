/*
 * A segment that outlives the call it came in: a copy, or one joined from pieces.
 *
 * One of zeroes is ready; memory is kept between segments.
 */
#ifndef SIDETONE_STT_KEPT_H
#define SIDETONE_STT_KEPT_H

#include "sidetone/segment.h"

#include <stdbool.h>
#include <stddef.h>

enum { ST_KEPT_LANGUAGE_BYTES = 16 };

struct st_kept {
    struct st_segment segment; /* id and is_final are the owner's to set */
    char language[ST_KEPT_LANGUAGE_BYTES];
    char *text;
    size_t text_len;
    size_t text_cap;
    struct st_word *words;
    size_t words_cap;
    char *word_texts;
    size_t word_texts_len;
    size_t word_texts_cap;
    bool is_used;   /* something was put since the reset */
    bool has_holes; /* a piece had a text and no words: the whole has none */
};

void st_kept_fini(struct st_kept *kept);
void st_kept_reset(struct st_kept *kept);

/* Joins a piece to what is there, with a blank between texts; the language is that of the first
 * that has one, the confidence the mean by words. */
void st_kept_put(struct st_kept *kept, const struct st_segment *piece);

#endif
