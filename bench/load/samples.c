#include "samples.h"

#include <stdlib.h>

void samples_add(struct samples *samples, double value)
{
    if (samples->count == samples->cap) {
        samples->cap = samples->cap ? samples->cap * 2 : 4096;
        samples->values = realloc(samples->values, samples->cap * sizeof(*samples->values));
    }
    samples->values[samples->count++] = (float)value;
}

static int compare(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

double samples_percentile(struct samples *samples, double percent)
{
    if (samples->count == 0)
        return 0;
    qsort(samples->values, samples->count, sizeof(*samples->values), compare);
    size_t at = (size_t)((double)samples->count * percent / 100);
    return (double)samples->values[at < samples->count ? at : samples->count - 1];
}
