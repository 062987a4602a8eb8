/*
 * From a hash to the numbers (≥ 1) of things that have it. The things themselves, and whether they
 * are equal, are the caller's to know.
 */
#ifndef SIDETONE_ANALYTICS_HASH_INDEX_H
#define SIDETONE_ANALYTICS_HASH_INDEX_H

#include <stddef.h>
#include <stdint.h>

struct st_hash_slot {
    uint32_t hash, number; /* number 0: free */
};

struct st_hash_index {
    struct st_hash_slot *slots; /* open addressing, at most half full; NULL while empty */
    uint32_t mask;
    uint32_t count;
};

void st_hash_index_fini(struct st_hash_index *index);
void st_hash_index_put(struct st_hash_index *index, uint32_t hash, uint32_t number);
size_t st_hash_index_bytes(const struct st_hash_index *index);

/* The next number with this hash, 0 when there is none; `*place` begins as the hash. */
static inline uint32_t st_hash_index_next(const struct st_hash_index *index, uint32_t hash,
                                          uint32_t *place)
{
    if (!index->slots)
        return 0;
    for (;;) {
        const struct st_hash_slot *slot = &index->slots[(*place)++ & index->mask];
        if (slot->number == 0 || slot->hash == hash)
            return slot->number;
    }
}

static inline uint32_t st_hash_pair(uint32_t first, uint32_t second)
{
    uint64_t key = ((uint64_t)first << 32 | second) * 0x9e3779b97f4a7c15ULL;
    return (uint32_t)(key >> 32) ^ (uint32_t)(key >> 13);
}

#endif
