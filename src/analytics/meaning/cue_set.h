/*
 * Cues: short patterns of words, of which a sentence has some and lacks others. Issues are found by
 * them; back-channels and holds are in talk_cues.h, announcements of personal data in pii_cues.c.
 *
 *   word     that word        a|b     either       fail*   any word that begins so
 *   ?word    or nothing       ...     up to four words between      *ed  any that ends so
 *   ^ first  where the sentence begins             last $  where it ends
 *
 * Contractions are read in full: patterns say "i will" and find "I'll". Compiled once, then
 * immutable and shared between threads.
 */
#ifndef SIDETONE_ANALYTICS_CUE_SET_H
#define SIDETONE_ANALYTICS_CUE_SET_H

#include <stddef.h>
#include <stdint.h>

enum { ST_CUE_WORDS_MAX = 96, ST_CUE_BYTES_MAX = 1024, ST_CUE_GROUPS_MAX = 32 };

struct st_cue {
    unsigned group; /* < ST_CUE_GROUPS_MAX */
    const char *pattern;
};

/* A sentence's words: folded, contractions written out. */
struct st_cue_words {
    size_t count;
    size_t used;
    const char *words[ST_CUE_WORDS_MAX];
    char text[ST_CUE_BYTES_MAX]; /* NUL-terminated words, one behind the other */
};

/* What does not fit is left out. */
void st_cue_words_read(struct st_cue_words *words, const char *text, size_t bytes);

struct st_cue_set;

/* The patterns are borrowed for as long as the set lives; a pattern that makes no sense is a
 * mistake of ours and ends the process. */
struct st_cue_set *st_cue_set_create(const struct st_cue *cues, size_t count);
void st_cue_set_destroy(struct st_cue_set *set); /* NULL is fine */

/* Bits of the groups of which at least one pattern is found. */
uint32_t st_cue_set_find(const struct st_cue_set *set, const struct st_cue_words *words);

#endif
