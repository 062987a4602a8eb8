/*
 * Events: immutable, numbered facts about a call, as values before they are encoded.
 *
 * proto/push.md and the JSON Schemas beside it say what subscribers see. Pointers are borrowed
 * for the duration of the call the event is passed to.
 */
#ifndef SIDETONE_EVENT_H
#define SIDETONE_EVENT_H

#include "sidetone/finding.h"
#include "sidetone/segment.h"

#include <stdint.h>

enum st_event_type {
    ST_EVENT_CALL_STARTED,
    ST_EVENT_CALL_UPDATED,
    ST_EVENT_CALL_DTMF,
    ST_EVENT_TRANSCRIPT_PARTIAL, /* carries no seq */
    ST_EVENT_TRANSCRIPT_FINAL,
    ST_EVENT_PII_DETECTED,
    ST_EVENT_CATEGORY_MATCHED,
    ST_EVENT_CATEGORY_PROVISIONAL,
    ST_EVENT_CATEGORY_WITHDRAWN,
    ST_EVENT_ALERT_RAISED,
    ST_EVENT_ALERT_REPEATED,
    ST_EVENT_ALERT_ESCALATED,
    ST_EVENT_ALERT_ACKNOWLEDGED,
    ST_EVENT_ALERT_SNOOZED,
    ST_EVENT_ALERT_REOPENED,
    ST_EVENT_ALERT_ASSIGNED,
    ST_EVENT_ALERT_CLEARED,
    ST_EVENT_SENTIMENT_UPDATED,
    ST_EVENT_ISSUE_DETECTED,
    ST_EVENT_SENTIMENT_SHIFTED,
    ST_EVENT_CHARACTERISTICS_UPDATED,
    ST_EVENT_SILENCE_DETECTED,
    ST_EVENT_QUESTION_UNANSWERED,
    ST_EVENT_QUESTION_ANSWERED,
    ST_EVENT_PROFANITY_DETECTED,
    ST_EVENT_LANGUAGE_SUSPECT,
    ST_EVENT_SCRIPT_UPDATED,
    ST_EVENT_TOPIC_DETECTED,
    ST_EVENT_STT_DEGRADED,
    ST_EVENT_STT_RECOVERED,
    ST_EVENT_CALL_SUMMARY,
    ST_EVENT_CALL_ENDED,
    ST_EVENT_TYPES,
};

/* In a set of types; also of ST_EVENT_TYPES. */
static inline uint64_t st_event_bit(unsigned type)
{
    return (uint64_t)1 << type;
}

struct st_alert;
struct st_alert_counts;
struct st_alert_step;
struct st_call_facts;
struct st_media_quality;
struct st_vendor_finding;

/* What the engine's vendor found by itself: of the event's type, in its words. */
struct st_event_vendor {
    const char *engine; /* by its name in the configuration */
    const struct st_vendor_finding *finding;
    const char *text; /* issues: what was said; "" where that is not shown */
    size_t bytes;
};

struct st_event {
    enum st_event_type type;
    uint64_t seq; /* from 1 per call without holes; 0: a partial */
    int64_t media_us;
    int64_t at_unix_ms;
    const struct st_call_facts *call;
    unsigned channel; /* where the type has one */
    enum st_role role;
    const struct st_event_vendor *vendor; /* NULL: it is our own */
    union {
        const struct st_cleared_segment *segment;
        const struct st_finding *finding;
        struct {
            const struct st_alert *alert;
            const struct st_alert_step *step;
        } alert; /* alert.… */
        struct {
            const char *engine;  /* that went away, or goes on */
            const char *trouble; /* degraded: its kind, "lost", "throttled", … */
            const char *reason;  /* degraded: why, for people */
        } stt;
        struct {
            unsigned changes; /* enum st_call_change bits: which of these to tell */
            bool is_paused;
            bool is_rate_suspect;
            int64_t lag_us;
            const struct st_media_quality *quality; /* of each channel */
        } updated;
        struct {
            int64_t start_us;
            int64_t duration_us; /* 0: unknown */
            char key;            /* 0: not to be told */
        } press;                 /* call.dtmf */
        struct {
            const char *reason; /* "stopped", "lost", "error", "shutdown" */
            int64_t duration_us;
            uint64_t segments;
            const struct st_alert_counts *alerts;
            int64_t shed_us; /* audio never recognised */
        } ended;
    };
};

#endif
