/* Times a kernel in batches by the process CPU clock and prints min, median and max per call. */
#ifndef BENCH_MICRO_H
#define BENCH_MICRO_H

#include "clock.h"

#include <stdio.h>
#include <stdlib.h>

enum { MICRO_BATCHES = 9 };

typedef void (*micro_fn)(void *user);

static inline int micro_compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Returns the median in nanoseconds per call. */
static inline double micro_run(const char *name, micro_fn kernel, void *user, int calls)
{
    double ns[MICRO_BATCHES];
    for (int i = 0; i < calls / 10 + 1; i++)
        kernel(user);
    for (int batch = 0; batch < MICRO_BATCHES; batch++) {
        uint64_t start = clock_cpu_ns();
        for (int i = 0; i < calls; i++)
            kernel(user);
        ns[batch] = (double)(clock_cpu_ns() - start) / calls;
    }
    qsort(ns, MICRO_BATCHES, sizeof(ns[0]), micro_compare);
    printf("%-44s min %8.1f  median %8.1f  max %8.1f ns\n", name, ns[0], ns[MICRO_BATCHES / 2],
           ns[MICRO_BATCHES - 1]);
    return ns[MICRO_BATCHES / 2];
}

static inline void micro_ratio(const char *name, double ours_ns, double theirs_ns, double bound)
{
    double ratio = ours_ns / theirs_ns;
    printf("%-44s %.3f (bound %.2f) %s\n", name, ratio, bound, ratio <= bound ? "ok" : "MISSED");
}

#endif
