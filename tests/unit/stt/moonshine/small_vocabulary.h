/* A vocabulary of the real size with a few entries that matter: ids are FIRST_PIECE + position. */
#ifndef SMALL_VOCABULARY_H
#define SMALL_VOCABULARY_H

#include "moonshine/tokenizer.h"

#include <stddef.h>
#include <stdint.h>

enum { FIRST_PIECE = 259, ROOM = 64 };

/* A leading or inner '_' stands for U+2581. */
struct st_tokenizer *small_vocabulary(const char *const *pieces, size_t count);

#endif
