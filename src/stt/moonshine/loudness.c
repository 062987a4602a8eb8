#include "loudness.h"

#include <math.h>
#include <stdlib.h>

static const float above_floor_db = 9, silence_db = -55, floor_max_db = -35, floor_min_db = -75;
enum { FLOOR_PERCENT = 10 };

static float frame_db(const int16_t *samples, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (double)samples[i] * samples[i];
    float db = (float)(10 * log10(sum / (double)count / (32768.0 * 32768.0) + 1e-9));
    return db < floor_min_db ? floor_min_db : db;
}

static int compare(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return x < y ? -1 : x > y;
}

static float find_floor(const float *levels, size_t count)
{
    float sorted[ST_LOUDNESS_FRAMES_MAX];
    for (size_t i = 0; i < count; i++)
        sorted[i] = levels[i];
    qsort(sorted, count, sizeof(sorted[0]), compare);
    float floor_db = sorted[count * FLOOR_PERCENT / 100];
    return floor_db > floor_max_db ? floor_max_db : floor_db;
}

void st_loudness_measure(struct st_loudness *loudness, const int16_t *samples, size_t count,
                         uint32_t rate_hz)
{
    float levels[ST_LOUDNESS_FRAMES_MAX];
    size_t frame = rate_hz / (1000000 / ST_LOUDNESS_FRAME_US);
    loudness->count = count / frame;
    if (loudness->count > ST_LOUDNESS_FRAMES_MAX)
        loudness->count = ST_LOUDNESS_FRAMES_MAX;
    if (loudness->count == 0)
        return;
    for (size_t i = 0; i < loudness->count; i++)
        levels[i] = frame_db(samples + i * frame, frame);
    float floor_db = find_floor(levels, loudness->count);
    for (size_t i = 0; i < loudness->count; i++)
        loudness->is_loud[i] = levels[i] > floor_db + above_floor_db && levels[i] > silence_db;
}

bool st_loudness_narrow(const struct st_loudness *loudness, int64_t *start_us, int64_t *end_us)
{
    size_t first = (size_t)(*start_us / ST_LOUDNESS_FRAME_US);
    size_t last = (size_t)((*end_us + ST_LOUDNESS_FRAME_US - 1) / ST_LOUDNESS_FRAME_US);
    if (last > loudness->count)
        last = loudness->count;
    while (first < last && !loudness->is_loud[first])
        first++;
    while (last > first && !loudness->is_loud[last - 1])
        last--;
    if (first >= last)
        return false;
    int64_t from = (int64_t)first * ST_LOUDNESS_FRAME_US;
    int64_t until = (int64_t)last * ST_LOUDNESS_FRAME_US;
    if (from > *start_us)
        *start_us = from;
    if (until < *end_us)
        *end_us = until;
    return true;
}
