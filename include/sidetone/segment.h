/* A stretch of one channel's transcript, as an engine gives it. */
#ifndef SIDETONE_SEGMENT_H
#define SIDETONE_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where word times come from. */
enum st_word_times {
    ST_WORD_TIMES_NONE,      /* no words */
    ST_WORD_TIMES_ESTIMATED, /* spread over the voiced part of the segment */
    ST_WORD_TIMES_MEASURED,  /* by the engine */
};

#define ST_CONFIDENCE_ABSENT (-1.0F)

struct st_word {
    const char *text; /* UTF-8, punctuation as the engine gave it */
    int64_t start_us; /* media time */
    int64_t end_us;
    float confidence; /* 0…1 or ST_CONFIDENCE_ABSENT */
};

/* All pointers are borrowed for the duration of the call it is passed to. */
struct st_segment {
    uint64_t id; /* unique on its channel; a partial and its final share it; rises */
    bool is_final;
    bool is_unsure; /* shown as unsure and kept out of alerts */
    int64_t start_us;
    int64_t end_us;
    const char *text;     /* valid UTF-8, never NULL; a final with "" withdraws its partials */
    float confidence;     /* 0…1 or ST_CONFIDENCE_ABSENT */
    const char *language; /* as the engine recognised it, such as "en-US"; NULL: it does not say */
    enum st_word_times word_times;
    const struct st_word *words; /* finals only */
    size_t word_count;
};

/* A segment that the privacy stage has let through: what it hides is gone from text and words. Only
 * pii.c makes one, and everything behind it takes this type alone. */
struct st_cleared_segment {
    struct st_segment segment;
};

#endif
