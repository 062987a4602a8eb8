/*
 * Memory, with one decision about running out of it.
 *
 * Small allocations of a size we chose end the process when they fail: no caller checks them.
 * Sizes chosen by a peer go through a limit first and then through st_mem_try_alloc, whose
 * result must be checked. Everything here is released with free().
 */
#ifndef SIDETONE_MEM_H
#define SIDETONE_MEM_H

#include <stddef.h>

/* Zeroed memory; never NULL. */
void *st_mem_alloc(size_t bytes);

/* Zeroed memory for `count` elements; never NULL; a product that overflows ends the process. */
void *st_mem_alloc_array(size_t count, size_t bytes);

/* Zeroed memory, or NULL. For sizes that a peer, a file or a user chose. */
void *st_mem_try_alloc(size_t bytes);

/* As realloc, but never NULL; new bytes are not zeroed. */
void *st_mem_realloc(void *memory, size_t bytes);

/* A copy of `text`; NULL gives NULL, otherwise never NULL. */
char *st_mem_strdup(const char *text);
char *st_mem_strndup(const char *text, size_t len);

/* free(), wiped first. NULL is fine. */
void st_mem_free_secret(char *text);

#endif
