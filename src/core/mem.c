#include "sidetone/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void die(size_t bytes)
{
    fprintf(stderr, "sidetone: out of memory (%zu bytes)\n", bytes);
    abort();
}

void *st_mem_alloc(size_t bytes)
{
    void *memory = calloc(1, bytes);
    if (!memory)
        die(bytes);
    return memory;
}

void *st_mem_alloc_array(size_t count, size_t bytes)
{
    void *memory = calloc(count, bytes);
    if (!memory)
        die(bytes);
    return memory;
}

void *st_mem_try_alloc(size_t bytes)
{
    return calloc(1, bytes);
}

void *st_mem_realloc(void *memory, size_t bytes)
{
    void *grown = realloc(memory, bytes);
    if (!grown)
        die(bytes);
    return grown;
}

char *st_mem_strdup(const char *text)
{
    return text ? st_mem_strndup(text, strlen(text)) : NULL;
}

char *st_mem_strndup(const char *text, size_t len)
{
    if (!text)
        return NULL;
    char *copy = st_mem_alloc(len + 1);
    memcpy(copy, text, len);
    return copy;
}

void st_mem_free_secret(char *text)
{
    if (text)
        explicit_bzero(text, strlen(text));
    free(text);
}
