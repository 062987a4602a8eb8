/*
 * Words to the numbers that an embedding model reads: BERT's uncased WordPiece.
 *
 * Control characters vanish, accents are stripped, everything is lower case, punctuation marks and
 * Chinese characters stand alone; each word is then cut into the longest pieces that the vocabulary
 * has. The vocabulary is immutable and shared between threads.
 */
#ifndef SIDETONE_ANALYTICS_WORDPIECE_H
#define SIDETONE_ANALYTICS_WORDPIECE_H

#include <stddef.h>
#include <stdint.h>

enum { ST_WORDPIECE_TOKENS_MAX = 256, ST_WORDPIECE_WORD_CHARS_MAX = 100 };

struct st_wordpiece;

/* A vocabulary: one piece a line, its number the number of its line from 0. -EBADMSG with the
 * reason when it is no such thing. */
int st_wordpiece_create(struct st_wordpiece **ret_wordpiece, const char *text, size_t bytes,
                        char *ret_why, size_t why_bytes);
void st_wordpiece_destroy(struct st_wordpiece *wordpiece); /* NULL is fine */

/* Any text; what is not UTF-8 is skipped. Returns how many tokens were written, between a first and
 * a last that mark the ends; what goes beyond the maximum is cut. */
size_t st_wordpiece_encode(const struct st_wordpiece *wordpiece, const char *text, size_t bytes,
                           int64_t ret_tokens[ST_WORDPIECE_TOKENS_MAX]);

#endif
