/*
 * The recogniser's vocabulary: token ids back to bytes.
 *
 * The file is a list of entries, each a length (one byte, or two from 128 up) and that many bytes.
 * U+2581 stands for a space and begins a word; ids 3…258 are single raw bytes; `<<ST_n>>` entries
 * are marks without text. Const after opening; any thread.
 */
#ifndef SIDETONE_STT_MOONSHINE_TOKENIZER_H
#define SIDETONE_STT_MOONSHINE_TOKENIZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ST_TOKEN_BEGIN = 1, ST_TOKEN_END = 2, ST_TOKENIZER_VOCABULARY = 32768 };

struct st_tokenizer;

/* The bytes are copied. -EBADMSG unless they are exactly one vocabulary. */
int st_tokenizer_parse(struct st_tokenizer **ret_tokenizer, const void *data, size_t bytes);
int st_tokenizer_open(struct st_tokenizer **ret_tokenizer, const char *path);
void st_tokenizer_destroy(struct st_tokenizer *tokenizer); /* NULL is fine */

bool st_tokenizer_starts_word(const struct st_tokenizer *tokenizer, int64_t id);

/* Writes the token's bytes as they are, which alone may be invalid UTF-8; nothing for marks and
 * unknown ids. Returns bytes written, never more than `bytes`. */
size_t st_tokenizer_bytes(const struct st_tokenizer *tokenizer, int64_t id, char *out,
                          size_t bytes);

#endif
