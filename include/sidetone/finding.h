/* What analytics derives from segments. */
#ifndef SIDETONE_FINDING_H
#define SIDETONE_FINDING_H

#include "sidetone/frame.h"

#include <stddef.h>
#include <stdint.h>

enum st_severity {
    ST_SEVERITY_NONE, /* a category that raises no alert */
    ST_SEVERITY_LOW,
    ST_SEVERITY_MEDIUM,
    ST_SEVERITY_HIGH,
    ST_SEVERITY_CRITICAL,
};

/* "none" … "critical". */
static inline const char *st_severity_name(enum st_severity severity)
{
    static const char *const names[] = {"none", "low", "medium", "high", "critical"};
    return names[severity];
}

/* A category that matched. Pointers are borrowed for the duration of the callback. */
struct st_category_match {
    const char *category;
    enum st_severity severity;
    const char *rule;    /* the phrase as configured */
    const char *words;   /* as spoken; from one segment or joined across several */
    enum st_role role;   /* whose words */
    unsigned channel;    /* whose words */
    uint64_t segment_id; /* the segment in which the match ended */
    int64_t start_us;    /* media time */
    int64_t end_us;
};

enum st_trend {
    ST_TREND_FLAT,
    ST_TREND_UP,
    ST_TREND_DOWN,
};

enum st_sentiment_label {
    ST_SENTIMENT_NEUTRAL,
    ST_SENTIMENT_POSITIVE,
    ST_SENTIMENT_NEGATIVE,
    ST_SENTIMENT_MIXED,
};

static inline const char *st_trend_name(enum st_trend trend)
{
    return trend == ST_TREND_UP ? "up" : trend == ST_TREND_DOWN ? "down" : "flat";
}

static inline const char *st_sentiment_label_name(enum st_sentiment_label label)
{
    static const char *const names[] = {"neutral", "positive", "negative", "mixed"};
    return names[label];
}

struct st_sentiment_finding {
    double compound; /* of the segment, VADER's −1…1 */
    enum st_sentiment_label label;
    double rolling; /* of the channel, −1…1 */
    enum st_trend trend;
};

struct st_pii_finding;

enum st_finding_type {
    ST_FINDING_PII,
    ST_FINDING_CATEGORY,
    ST_FINDING_SENTIMENT,
    ST_FINDING_TYPES,
};

/* Pointers are borrowed for the duration of the callback. */
struct st_finding {
    enum st_finding_type type;
    unsigned channel; /* whose words; of findings about the whole call 0 */
    enum st_role role;
    uint64_t segment_id; /* 0: of no one segment */
    int64_t start_us;    /* media time */
    int64_t end_us;
    union {
        const struct st_pii_finding *pii; /* pii_entity.h */
        const struct st_category_match *category;
        const struct st_sentiment_finding *sentiment;
    };
};

typedef void (*st_finding_fn)(void *user, const struct st_finding *finding);

#endif
