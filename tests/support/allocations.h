/* Counts heap allocations of the whole process, those of libraries too. */
#ifndef SUPPORT_ALLOCATIONS_H
#define SUPPORT_ALLOCATIONS_H

#include <stdint.h>

void allocations_watch(void); /* once, first of all */
uint64_t allocations_count(void);

#endif
