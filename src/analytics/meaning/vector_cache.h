/*
 * Vectors of texts seen lately. A fixed number of places, each text with a few it may stand in, the
 * least lately used given up first. Any thread.
 */
#ifndef SIDETONE_ANALYTICS_VECTOR_CACHE_H
#define SIDETONE_ANALYTICS_VECTOR_CACHE_H

#include <stdbool.h>
#include <stddef.h>

struct st_vector_cache;

/* For `count` vectors of `len` numbers each. */
struct st_vector_cache *st_vector_cache_create(size_t count, size_t len);
void st_vector_cache_destroy(struct st_vector_cache *cache); /* NULL is fine */

/* Letters' case and spaces at the ends do not matter. */
bool st_vector_cache_find(struct st_vector_cache *cache, const char *text, float *ret_vector);
void st_vector_cache_put(struct st_vector_cache *cache, const char *text, const float *vector);

#endif
