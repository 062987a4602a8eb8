#include "sidetone/pool.h"

#include "sidetone/mem.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

struct free_block {
    struct free_block *next;
};

struct st_pool {
    size_t block_bytes;
    size_t blocks_max;
    size_t blocks_out;
    struct free_block *free;
};

int st_pool_create(struct st_pool **ret_pool, size_t block_bytes, size_t blocks_max)
{
    if (block_bytes == 0 || blocks_max == 0 || block_bytes > SIZE_MAX / blocks_max)
        return -EINVAL;
    struct st_pool *pool = st_mem_alloc(sizeof(*pool));
    pool->block_bytes =
        block_bytes < sizeof(struct free_block) ? sizeof(struct free_block) : block_bytes;
    pool->blocks_max = blocks_max;
    *ret_pool = pool;
    return 0;
}

void st_pool_destroy(struct st_pool *pool)
{
    if (!pool)
        return;
    assert(pool->blocks_out == 0);
    for (struct free_block *block = pool->free, *next; block; block = next) {
        next = block->next;
        free(block);
    }
    free(pool);
}

void *st_pool_get(struct st_pool *pool)
{
    if (pool->blocks_out == pool->blocks_max)
        return NULL;
    pool->blocks_out++;
    struct free_block *block = pool->free;
    if (!block)
        return st_mem_realloc(NULL, pool->block_bytes);
    pool->free = block->next;
    return block;
}

void st_pool_put(struct st_pool *pool, void *block)
{
    if (!block)
        return;
    assert(pool->blocks_out > 0);
    struct free_block *first = block;
    first->next = pool->free;
    pool->free = first;
    pool->blocks_out--;
}
