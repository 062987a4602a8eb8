#include "allocations.h"

#include <stdlib.h>

static uint64_t count;

#ifdef HAS_ALLOCATOR_HOOKS
#include <sanitizer/allocator_interface.h>

static void on_malloc(const volatile void *memory, size_t bytes)
{
    count++;
}

static void on_free(const volatile void *memory)
{
}

void allocations_watch(void)
{
    __sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
}
#else
/* In the place of the C library's. */
#define SHOWN __attribute__((visibility("default")))
void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *memory, size_t bytes);

SHOWN void *malloc(size_t bytes)
{
    count++;
    return __libc_malloc(bytes);
}

SHOWN void *calloc(size_t number, size_t bytes)
{
    count++;
    return __libc_calloc(number, bytes);
}

SHOWN void *realloc(void *memory, size_t bytes)
{
    count++;
    return __libc_realloc(memory, bytes);
}

void allocations_watch(void)
{
}
#endif

uint64_t allocations_count(void)
{
    return count;
}
