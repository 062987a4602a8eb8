/*
 * What is found by measuring a call: characteristics, silences, the course of sentiment. How each
 * figure is defined: sidetone/characteristics.h and sidetone/sentiment.h.
 */
#ifndef SIDETONE_MEASURES_H
#define SIDETONE_MEASURES_H

#include "sidetone/frame.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ST_LOUDNESS_NONE (-1.0F)

struct st_characteristics_channel {
    int64_t talk_us;
    int64_t monologue_us; /* the longest, as far as it lies in the window */
    int64_t interruption_us;
    uint32_t interruptions; /* of the other by this one, that began in the window; whole */
    uint32_t words;         /* a segment that the window cuts counts in proportion */
    uint32_t words_per_minute;
    uint32_t segments;   /* that began in the window */
    float loudness_mean; /* ST_LOUDNESS_NONE: no second in the window has any */
    float loudness_max;
};

struct st_characteristics_window {
    int64_t from_us; /* as asked for, within 0 … the call so far */
    int64_t until_us;
    int64_t known_us; /* of the whole call; where it is before until_us, non-talk may still grow */
    struct st_characteristics_channel channels[ST_CHANNELS_MAX];
    int64_t overlap_us;
    int64_t non_talk_us; /* parts in the window of stretches that are 2 s or more as a whole */
    int64_t non_talk_longest_us; /* the longest of these parts */
    uint32_t non_talks;          /* that began in the window */
};

struct st_measured_span {
    int64_t start_us;
    int64_t end_us;
    unsigned channel; /* an interruption: of the interrupter */
};

struct st_sentiment_score5 {
    bool is_known; /* false: nothing was said */
    double score;  /* −5…5, one decimal */
};

struct st_sentiment_quarters {
    int64_t edges_us[5];
    struct st_sentiment_score5 overall;
    struct st_sentiment_score5 quarters[4];
};

/* The newest that are kept one by one, at the end of a call. */
struct st_characteristics_details {
    const struct st_measured_span *non_talks;
    size_t non_talk_count;
    const struct st_measured_span *interruptions;
    size_t interruption_count;
    struct {
        int64_t from_us;
        const uint8_t *seconds; /* twice the loudness; above 200: none */
        size_t count;
    } loudness[ST_CHANNELS_MAX];
    const struct st_sentiment_quarters *sentiment; /* per channel; NULL: no lexicon */
};

struct st_characteristics_finding {
    struct st_characteristics_window window; /* the whole call so far */
    int64_t conversation_us;                 /* the end of the last word */
    int64_t hold_us;                         /* as the platform told */
    int64_t hold_guessed_us;
    int64_t response_us;                              /* negative: none yet */
    const struct st_characteristics_details *details; /* NULL: the call goes on */
};

enum st_silence_reason {
    ST_SILENCE_UNKNOWN,
    ST_SILENCE_HOLD,
    ST_SILENCE_MUSIC,
};

static inline const char *st_silence_reason_name(enum st_silence_reason reason)
{
    static const char *const names[] = {"unknown", "hold", "music"};
    return names[reason];
}

/* From start_us of its finding on. While it lasts, end_us is how long it is known to. */
struct st_silence_finding {
    bool is_over;
    enum st_silence_reason reason; /* may change until it is over */
};

enum st_sentiment_shift {
    ST_SHIFT_NONE,
    ST_SHIFT_TURNED_NEGATIVE,
    ST_SHIFT_RECOVERED,
    ST_SHIFT_TURNED_POSITIVE,
};

static inline const char *st_sentiment_shift_name(enum st_sentiment_shift shift)
{
    static const char *const names[] = {"none", "turned_negative", "recovered", "turned_positive"};
    return names[shift];
}

struct st_shift_finding {
    enum st_sentiment_shift shift;
    double rolling; /* of the channel, −1…1 */
};

#endif
