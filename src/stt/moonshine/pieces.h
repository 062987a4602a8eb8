/*
 * Text to tokens, split as the model learned to write it: single characters at first, then again
 * and again the two neighbours are joined whose common piece stands first in the vocabulary.
 *
 * Const after creation; any thread.
 */
#ifndef SIDETONE_STT_MOONSHINE_PIECES_H
#define SIDETONE_STT_MOONSHINE_PIECES_H

#include "tokenizer.h"

enum { ST_PIECES_TEXT_BYTES_MAX = 128 };

struct st_pieces;

/* The tokenizer is borrowed. Takes 128 kB. */
void st_pieces_create(struct st_pieces **ret_pieces, const struct st_tokenizer *tokenizer);
void st_pieces_destroy(struct st_pieces *pieces); /* NULL is fine */
const struct st_tokenizer *st_pieces_tokenizer(const struct st_pieces *pieces);

/* The tokens of `text` as it is written after a space: its first one starts a word. Returns their
 * number, or -ENOBUFS when it is too long or takes more than `max` of them. */
int st_pieces_split(const struct st_pieces *pieces, const char *text, int64_t *ret_ids, size_t max);

#endif
