#include "arena.h"

#include "sidetone/mem.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>

enum { BLOCK_BYTES = 64 * 1024 };

struct st_arena_block {
    struct st_arena_block *next;
    size_t used, bytes;
    alignas(max_align_t) unsigned char data[];
};

static struct st_arena_block *add_block(struct st_arena *arena, size_t bytes)
{
    size_t room = bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES;
    struct st_arena_block *block = st_mem_try_alloc(sizeof(*block) + room);
    if (!block)
        return NULL;
    block->bytes = room;
    block->next = arena->blocks;
    arena->blocks = block;
    return block;
}

void *st_arena_get(struct st_arena *arena, size_t bytes)
{
    size_t align = alignof(max_align_t);
    if (bytes > SIZE_MAX / 2)
        return NULL;
    bytes = (bytes + align - 1) / align * align;
    struct st_arena_block *block = arena->blocks;
    if (!block || block->bytes - block->used < bytes)
        block = add_block(arena, bytes);
    if (!block)
        return NULL;
    void *memory = block->data + block->used;
    block->used += bytes;
    return memory;
}

void st_arena_fini(struct st_arena *arena)
{
    struct st_arena_block *next;
    for (struct st_arena_block *block = arena->blocks; block; block = next) {
        next = block->next;
        free(block);
    }
    arena->blocks = NULL;
}
