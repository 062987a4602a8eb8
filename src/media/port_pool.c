#include "port_pool.h"

#include "sidetone/mem.h"
#include "sidetone/random.h"

#include <assert.h>
#include <stdlib.h>

void port_pool_init(struct port_pool *pool, uint16_t first, unsigned pairs, int64_t quarantine_us)
{
    *pool = (struct port_pool){.first = first, .pairs = pairs, .quarantine_us = quarantine_us};
    pool->free_from_us = st_mem_alloc_array(pairs, sizeof(*pool->free_from_us));
    pool->seed = st_random_u64();
}

void port_pool_fini(struct port_pool *pool)
{
    free(pool->free_from_us);
    *pool = (struct port_pool){0};
}

static unsigned step(struct port_pool *pool)
{
    pool->seed = pool->seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(pool->seed >> 33) % pool->pairs;
}

uint16_t port_pool_take(struct port_pool *pool, int64_t now_us)
{
    if (pool->pairs == 0)
        return 0;
    unsigned start = step(pool);
    for (unsigned i = 0; i < pool->pairs; i++) {
        unsigned pair = (start + i) % pool->pairs;
        if (pool->free_from_us[pair] > now_us)
            continue;
        pool->free_from_us[pair] = INT64_MAX;
        return (uint16_t)(pool->first + 2 * pair);
    }
    return 0;
}

void port_pool_put(struct port_pool *pool, uint16_t port, int64_t now_us)
{
    unsigned pair = (unsigned)(port - pool->first) / 2;
    assert(pair < pool->pairs && pool->free_from_us[pair] == INT64_MAX);
    pool->free_from_us[pair] = now_us + pool->quarantine_us;
}
