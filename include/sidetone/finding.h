/* What analytics derives from segments. */
#ifndef SIDETONE_FINDING_H
#define SIDETONE_FINDING_H

#include "sidetone/frame.h"

#include <stdbool.h>
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

/* What a match rests on: one of the rules that held. */
struct st_category_evidence {
    unsigned rule;     /* from 1, as they stand in the category */
    const char *kind;  /* "phrase", … */
    const char *text;  /* the phrase as configured, or the rule in short */
    bool is_absent;    /* it held because it was not there, from start to end */
    const char *words; /* as spoken, perhaps cut; "" for what was not said */
    enum st_role role; /* whose; unknown: nobody's alone */
    unsigned channel;
    uint64_t segment_id; /* in which it ended; 0: of no one segment */
    int64_t start_us;    /* media time */
    int64_t end_us;
    bool has_score;
    double score; /* what was measured, or how sure */
};

/* Why a match does not stand. */
enum st_withdrawn {
    ST_WITHDRAWN_NOT,     /* it stands */
    ST_WITHDRAWN_CHANGED, /* provisional: a later partial says something else */
    ST_WITHDRAWN_FINAL,   /* provisional: the final does */
    ST_WITHDRAWN_RULES,   /* provisional: the category was changed */
    ST_WITHDRAWN_ENDED,   /* provisional: the call ended before it was final */
    ST_WITHDRAWN_REFUTED, /* it rested on an absence, and a late segment had it after all */
};

static inline const char *st_withdrawn_name(enum st_withdrawn withdrawn)
{
    static const char *const names[] = {"", "changed", "final", "rules", "ended", "refuted"};
    return names[withdrawn];
}

/* A category that matched, matches provisionally, or does not after all. Pointers are borrowed for
 * the duration of the callback. */
struct st_category_match {
    const char *category;
    enum st_severity severity;
    bool is_topic;     /* the category is a topic, see sidetone/topic.h */
    uint64_t match_id; /* from 1 in its call; a provisional match and what becomes of it share it */
    const char *rule_version; /* of the category: changes with what it says */
    enum st_withdrawn reason;
    const struct st_category_evidence *evidence; /* at least one, but of withdrawn ones none */
    size_t evidence_count;
    /* What made it match, as in the evidence; withdrawn: where it was thought to be. */
    const char *rule;    /* the phrase as configured, or the rule in short */
    const char *words;   /* as spoken; from one segment or joined across several */
    enum st_role role;   /* whose words */
    unsigned channel;    /* whose words */
    uint64_t segment_id; /* the segment in which the match ended; 0: none */
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

struct st_issue_finding;
struct st_summary;
struct st_shift_finding; /* these three: sidetone/measures.h */
struct st_characteristics_finding;
struct st_silence_finding;
struct st_language_finding;
struct st_profanity_finding;
struct st_question_finding;
struct st_script_finding;
struct st_topic_finding;

enum st_finding_type {
    ST_FINDING_CATEGORY,
    ST_FINDING_CATEGORY_PROVISIONAL,
    ST_FINDING_CATEGORY_WITHDRAWN,
    ST_FINDING_SENTIMENT,
    ST_FINDING_ISSUE,
    ST_FINDING_SUMMARY,
    ST_FINDING_SENTIMENT_SHIFT,
    ST_FINDING_CHARACTERISTICS,
    ST_FINDING_SILENCE,
    ST_FINDING_LANGUAGE,
    ST_FINDING_PROFANITY,
    ST_FINDING_QUESTION,
    ST_FINDING_SCRIPT,
    ST_FINDING_TOPIC,
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
        const struct st_category_match *category; /* of its three types */
        const struct st_sentiment_finding *sentiment;
        const struct st_issue_finding *issue;
        const struct st_summary *summary;
        const struct st_shift_finding *shift;
        const struct st_characteristics_finding *characteristics;
        const struct st_silence_finding *silence;
        const struct st_language_finding *language;
        const struct st_profanity_finding *profanity;
        const struct st_question_finding *question;
        const struct st_script_finding *script;
        const struct st_topic_finding *topic;
    };
};

typedef void (*st_finding_fn)(void *user, const struct st_finding *finding);

#endif
