/* Tells of the silences of one call when they have lasted long enough, and when they are over. */
#ifndef SIDETONE_ANALYTICS_SILENCE_H
#define SIDETONE_ANALYTICS_SILENCE_H

#include "talk.h"

struct st_silence {
    uint32_t least_ms;
    uint32_t done_ms; /* earlier ones have been told */
    bool is_told;     /* one that is not over */
    uint32_t told_ms; /* its start */
    int64_t guessed_ms;
};

struct st_silence_event {
    uint32_t start_ms, end_ms;
    struct st_silence_finding finding;
};

typedef void (*st_silence_fn)(void *user, const struct st_silence_event *event);

/* After anything that may have moved what is known. */
void st_silence_look(struct st_silence *silence, const struct st_characteristics *spoken,
                     st_silence_fn emit, void *user);

/* Time in silences that look like holds of which the platform has not told. */
int64_t st_silence_guessed_us(const struct st_silence *silence,
                              const struct st_characteristics *spoken);

#endif
