/* A set of measured values and its percentiles. */
#ifndef BENCH_SAMPLES_H
#define BENCH_SAMPLES_H

#include <stddef.h>

struct samples {
    float *values;
    size_t count, cap;
};

void samples_add(struct samples *samples, double value);
double samples_percentile(struct samples *samples, double percent); /* sorts; 0 when empty */

#endif
