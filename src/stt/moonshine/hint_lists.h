/*
 * Hints prepared once for everybody who has the same list of them.
 *
 * A route's calls all bring the same words. The lists used last are kept, so that a call neither
 * waits for its own nor holds a copy; lists of calls that still run live until those end.
 */
#ifndef SIDETONE_STT_MOONSHINE_HINT_LISTS_H
#define SIDETONE_STT_MOONSHINE_HINT_LISTS_H

#include "hints.h"

enum { ST_HINT_LISTS_KEPT = 16 };

struct st_hint_lists;

/* The tokenizer is borrowed. Any thread from here on. */
void st_hint_lists_create(struct st_hint_lists **ret_lists, const struct st_tokenizer *tokenizer);
void st_hint_lists_destroy(struct st_hint_lists *lists); /* NULL is fine */

/* A reference: the caller's. NULL without texts. The same list, in the same order, gives the same
 * hints. The first one to bring a list makes them: 500 names take 2 to 3 ms. */
struct st_hints *st_hint_lists_get(struct st_hint_lists *lists, const char *const *texts,
                                   size_t count);

#endif
