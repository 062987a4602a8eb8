/* Adds one way to say a part of a phrase to the graph, with everything that counts as the same. */
#ifndef SIDETONE_ANALYTICS_PHRASE_WAYS_H
#define SIDETONE_ANALYTICS_PHRASE_WAYS_H

#include "phrase_graph.h"
#include "phrase_text.h"

/* Returns the node at which the way ends. `path` is not 0. */
uint32_t st_phrase_ways_add(struct st_phrase_graph *graph, const struct st_phrase_text *text,
                            uint32_t path);

#endif
