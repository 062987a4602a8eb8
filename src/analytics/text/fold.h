/*
 * Words of a text, folded so that spellings of one word compare equal as bytes.
 *
 * Folding is NFKC with case folding; characters without meaning of their own (soft hyphen, joiners)
 * vanish. A word is a run of letters, marks and digits; apostrophes and hyphens between two of them
 * belong to it, in one spelling each. Scripts written without spaces give one word per character.
 */
#ifndef SIDETONE_ANALYTICS_FOLD_H
#define SIDETONE_ANALYTICS_FOLD_H

#include <stdbool.h>
#include <stddef.h>

enum { ST_FOLD_WORD_BYTES_MAX = 256 };

struct st_fold_word {
    size_t start; /* bytes of the source */
    size_t end;
    const char *text; /* folded; borrowed until the callback returns */
    size_t bytes;     /* 0: longer than ST_FOLD_WORD_BYTES_MAX, equal to no word */
};

typedef void (*st_fold_fn)(void *user, const struct st_fold_word *word);

/* Calls `emit` for each word in order. Bytes that are not UTF-8 separate words. */
void st_fold_words(const char *text, size_t bytes, st_fold_fn emit, void *user);

bool st_fold_is_utf8(const char *text, size_t bytes);

#endif
