#include "spare_blocks.h"

#include "sidetone/mem.h"

#include <assert.h>
#include <stdlib.h>

enum {
    SIZES = 6,    /* of silence, and of either form, rate and law */
    SPARES = 160, /* a long utterance's: the next one allocates nothing */
    SPARES_PER_RING = 16,
};

struct shelf {
    uint32_t room;
    struct st_ring_block *first; /* NULL: any room may be had here */
    unsigned count;
};

static _Thread_local struct shelf shelves[SIZES];
static _Thread_local unsigned rings;

static struct shelf *find_shelf(uint32_t room)
{
    struct shelf *empty = NULL;
    for (unsigned i = 0; i < SIZES; i++)
        if (shelves[i].first && shelves[i].room == room)
            return &shelves[i];
        else if (!shelves[i].first)
            empty = &shelves[i];
    return empty;
}

static struct st_ring_block *take_first(struct shelf *shelf)
{
    struct st_ring_block *block = shelf->first;
    shelf->first = block->next;
    shelf->count--;
    return block;
}

void st_spare_blocks_join(void)
{
    rings++;
}

void st_spare_blocks_leave(void)
{
    assert(rings > 0);
    rings--;
    for (unsigned i = 0; i < SIZES && rings == 0; i++)
        while (shelves[i].first)
            free(take_first(&shelves[i]));
}

struct st_ring_block *st_spare_blocks_take(uint32_t room)
{
    struct shelf *shelf = find_shelf(room);
    if (shelf && shelf->first)
        return take_first(shelf);
    struct st_ring_block *block = st_mem_alloc(sizeof(*block) + room * sizeof(block->samples[0]));
    block->room = room;
    return block;
}

void st_spare_blocks_give(struct st_ring_block *block)
{
    struct shelf *shelf = find_shelf(block->room);
    if (!shelf || shelf->count >= SPARES + rings * SPARES_PER_RING) {
        free(block);
        return;
    }
    shelf->room = block->room;
    block->next = shelf->first;
    shelf->first = block;
    shelf->count++;
}

unsigned st_spare_blocks_count(uint32_t room)
{
    const struct shelf *shelf = find_shelf(room);
    return shelf ? shelf->count : 0;
}
