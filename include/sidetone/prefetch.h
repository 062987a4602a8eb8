/*
 * What is needed soon is brought into the processor's cache, while there is something else to do.
 *
 * With thousands of calls a packet finds nothing of its call in the cache: dozens of cache lines,
 * each waited for by itself, cost more than all computing. A batch of packets that are known
 * beforehand can have theirs fetched together.
 */
#ifndef SIDETONE_PREFETCH_H
#define SIDETONE_PREFETCH_H

#include <stddef.h>

enum { ST_CACHE_LINE_BYTES = 64 };

/* Changes nothing; any address will do. */
static inline void st_prefetch(const void *from, size_t bytes)
{
    for (size_t at = 0; at < bytes; at += ST_CACHE_LINE_BYTES)
        __builtin_prefetch((const char *)from + at, 1);
}

#endif
