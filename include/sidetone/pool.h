/*
 * Fixed-size blocks for one thread: allocated when first needed, kept for reuse, bounded.
 */
#ifndef SIDETONE_POOL_H
#define SIDETONE_POOL_H

#include <stddef.h>

struct st_pool;

/* -EINVAL for a size or a number of 0, or a product that overflows. */
int st_pool_create(struct st_pool **ret_pool, size_t block_bytes, size_t blocks_max);
void st_pool_destroy(struct st_pool *pool); /* every block must be back; NULL is fine */

void *st_pool_get(struct st_pool *pool); /* contents undefined; NULL when blocks_max are out */
void st_pool_put(struct st_pool *pool, void *block); /* NULL is fine */

#endif
