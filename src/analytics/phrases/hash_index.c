#include "hash_index.h"

#include "sidetone/mem.h"

#include <stdlib.h>

enum { SLOTS_MIN = 16 };

void st_hash_index_fini(struct st_hash_index *index)
{
    free(index->slots);
    *index = (struct st_hash_index){0};
}

static void place_number(struct st_hash_index *index, uint32_t hash, uint32_t number)
{
    uint32_t place = hash;
    while (index->slots[place & index->mask].number != 0)
        place++;
    index->slots[place & index->mask] = (struct st_hash_slot){.hash = hash, .number = number};
}

static void grow(struct st_hash_index *index)
{
    struct st_hash_slot *old = index->slots;
    uint32_t old_len = old ? index->mask + 1 : 0;
    uint32_t len = old ? 2 * old_len : SLOTS_MIN;
    index->slots = st_mem_alloc_array(len, sizeof(*index->slots));
    index->mask = len - 1;
    for (uint32_t i = 0; i < old_len; i++)
        if (old[i].number != 0)
            place_number(index, old[i].hash, old[i].number);
    free(old);
}

void st_hash_index_put(struct st_hash_index *index, uint32_t hash, uint32_t number)
{
    if (!index->slots || 2 * (index->count + 1) > index->mask + 1)
        grow(index);
    place_number(index, hash, number);
    index->count++;
}

size_t st_hash_index_bytes(const struct st_hash_index *index)
{
    return index->slots ? ((size_t)index->mask + 1) * sizeof(*index->slots) : 0;
}
