/*
 * Finds many sequences of words in one pass (Aho and Corasick, CACM 1975), over word numbers
 * instead of characters: the cost of a word does not depend on how many sequences there are.
 *
 * Built once, then immutable: any number of streams on any threads may walk it.
 */
#ifndef SIDETONE_ANALYTICS_AUTOMATON_H
#define SIDETONE_ANALYTICS_AUTOMATON_H

#include <stddef.h>
#include <stdint.h>

struct st_automaton;

struct st_automaton *st_automaton_create(void); /* never NULL */
void st_automaton_destroy(struct st_automaton *automaton);

/* The number of a word, from 1; added when it is new. Before build only. */
uint32_t st_automaton_add_word(struct st_automaton *automaton, const char *text, size_t bytes);
/* 0 for a word that no sequence contains. */
uint32_t st_automaton_find_word(const struct st_automaton *automaton, const char *text,
                                size_t bytes);

/* Adds a sequence and returns where its value is kept: 0 when it is new, otherwise what was stored
 * there before. The place is valid until the next add. count ≥ 1. Before build only. */
uint32_t *st_automaton_add(struct st_automaton *automaton, const uint32_t *words, size_t count);
void st_automaton_build(struct st_automaton *automaton);

/* One step of a stream that began at state 0. Returns the next state. */
uint32_t st_automaton_step(const struct st_automaton *automaton, uint32_t state, uint32_t word);

/* The sequences that end in `state`, longest first: each as a node, 0 after the last. */
uint32_t st_automaton_first(const struct st_automaton *automaton, uint32_t state);
uint32_t st_automaton_next(const struct st_automaton *automaton, uint32_t node);
uint32_t st_automaton_value(const struct st_automaton *automaton, uint32_t node);

#endif
