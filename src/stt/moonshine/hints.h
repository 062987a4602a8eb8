/*
 * Words and names that a call is expected to have, as a trie of tokens that hypotheses walk.
 *
 * Every token by which a hypothesis gets on in a hint earns a bonus: a small one for the first,
 * which many words begin with, the full one for those that follow. What was earned is given back
 * when the hypothesis leaves before the hint is complete, and also when the word only begins like
 * one: "Kia" in "Kiang". So a hint helps words that are nearly heard and adds nothing by itself.
 *
 * A hypothesis stands in one place at a time; that another hint may have begun within the one it
 * walks is known by links between places (Aho and Corasick), so a step costs the same whatever
 * hints there are. Immutable and shared: any thread.
 */
#ifndef SIDETONE_STT_MOONSHINE_HINTS_H
#define SIDETONE_STT_MOONSHINE_HINTS_H

#include "pieces.h"

enum {
    ST_HINTS_MAX = 500,        /* those behind them are left out, */
    ST_HINTS_TOKENS_MAX = 48,  /* as are longer ones, */
    ST_HINTS_NODES_MAX = 32768 /* and what does not fit: about 48 bytes each */
};

struct st_hints;

/* Where a hypothesis stands, and what it has earned. Zeroed at its beginning. */
struct st_hint_walk {
    uint32_t node;
    double bonus; /* in log-probability */
};

void st_hints_create(struct st_hints **ret_hints, const struct st_pieces *pieces,
                     const char *const *texts, size_t count);
struct st_hints *st_hints_ref(struct st_hints *hints);
void st_hints_unref(struct st_hints *hints); /* NULL is fine */

/* Appends a token; the end mark settles what is unfinished. */
void st_hints_step(const struct st_hints *hints, struct st_hint_walk *walk, int64_t token);

/* The tokens that would go on from a place, rising; and the place whose tokens would go on as well,
 * which ends at 0, the beginning. */
size_t st_hints_expected(const struct st_hints *hints, uint32_t node, const uint16_t **ret_tokens);
uint32_t st_hints_back(const struct st_hints *hints, uint32_t node);

/* What the hints that go on from a place may still earn; and what would be kept of the bonus if the
 * word ended here. */
double st_hints_ahead(const struct st_hints *hints, uint32_t node);
double st_hints_settled(const struct st_hints *hints, const struct st_hint_walk *walk);

#endif
