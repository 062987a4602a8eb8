/*
 * The words that scripts listen for, found also when recognition got one letter of them wrong.
 *
 * Words are known by their stems, which are their beginnings. For stems of five bytes and more
 * every spelling with one byte left out is kept as a hash: two words that differ by one insertion,
 * deletion, substitution or swap of neighbours share such a spelling, so that few candidates need
 * comparing.
 */
#ifndef SIDETONE_ANALYTICS_SCRIPT_WORDS_H
#define SIDETONE_ANALYTICS_SCRIPT_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct st_script_words;

enum { ST_SCRIPT_NO_WORD = 0, ST_SCRIPT_WORDS_MAX = 20000 };

struct st_script_words *st_script_words_create(void);
void st_script_words_destroy(struct st_script_words *words); /* NULL is fine */

/* Number of a folded word, from 1; the same for all words of its stem. ST_SCRIPT_NO_WORD when there
 * is no room. */
uint16_t st_script_words_add(struct st_script_words *words, const char *word, size_t bytes);

/* Or ST_SCRIPT_NO_WORD. */
uint16_t st_script_words_find(const struct st_script_words *words, const char *word, size_t bytes);

size_t st_script_words_count(const struct st_script_words *words);

/* How much of a folded word is its stem. */
size_t st_script_stem(const char *word, size_t bytes);

/* Whether one insertion, deletion, substitution or swap of neighbours at most makes one the other.
 */
bool st_script_is_near(const char *a, size_t a_bytes, const char *b, size_t b_bytes);

#endif
