/* Memory that is freed all at once. */
#ifndef SIDETONE_TRANSCRIPT_ARENA_H
#define SIDETONE_TRANSCRIPT_ARENA_H

#include <stddef.h>

struct st_arena_block;

struct st_arena {
    struct st_arena_block *blocks; /* the newest first */
};

/* Not zeroed, aligned for anything; NULL when there is no memory. */
void *st_arena_get(struct st_arena *arena, size_t bytes);
void st_arena_fini(struct st_arena *arena);

#endif
