/* Random bytes that nobody can guess. Without any there is no secret: the process ends. */
#ifndef SIDETONE_RANDOM_H
#define SIDETONE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

enum { ST_RANDOM_BYTES_MAX = 256 };

void st_random_fill(void *out, size_t bytes);
uint64_t st_random_u64(void);

#endif
