/*
 * An alert of a call, and what happened to it, as values. alerts.h says how they come about.
 */
#ifndef SIDETONE_ALERT_H
#define SIDETONE_ALERT_H

#include "sidetone/finding.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    ST_ALERT_NAME_BYTES = 129, /* who: a token's subject, an assigned person; with the NUL */
    ST_ALERT_NOTE_CHARS_MAX = 200,
    ST_ALERT_NOTE_BYTES = ST_ALERT_NOTE_CHARS_MAX * 4 + 1,
    ST_ALERT_SNOOZE_MAX_S = 86400,
    ST_ALERT_HISTORY_MAX = 32,
};

/* Whose doing a change is when it is nobody's. */
#define ST_ALERT_BY_POLICY "policy"

enum st_alert_state {
    ST_ALERT_RAISED,
    ST_ALERT_ACKNOWLEDGED,
    ST_ALERT_SNOOZED,
    ST_ALERT_CLEARED,
    ST_ALERT_STATES,
};

enum st_alert_change {
    ST_ALERT_CHANGE_RAISED,
    ST_ALERT_CHANGE_REPEATED,
    ST_ALERT_CHANGE_ESCALATED,
    ST_ALERT_CHANGE_ACKNOWLEDGED,
    ST_ALERT_CHANGE_SNOOZED,
    ST_ALERT_CHANGE_REOPENED, /* its snooze is over */
    ST_ALERT_CHANGE_ASSIGNED,
    ST_ALERT_CHANGE_CLEARED,
    ST_ALERT_CHANGES,
};

/* "raised", "acknowledged", "snoozed", "cleared". */
static inline const char *st_alert_state_name(enum st_alert_state state)
{
    static const char *const names[] = {"raised", "acknowledged", "snoozed", "cleared"};
    return names[state];
}

/* What the event's type ends in: "raised" … "cleared". */
static inline const char *st_alert_change_name(enum st_alert_change change)
{
    static const char *const names[] = {"raised",  "repeated", "escalated", "acknowledged",
                                        "snoozed", "reopened", "assigned",  "cleared"};
    return names[change];
}

/* What happened to an alert. */
struct st_alert_step {
    enum st_alert_change change;
    int64_t at_unix_ms;
    const char *reason; /* static: "matched", "repeated", "unacknowledged", "snooze_over", "person",
                           "displaced", "call_ended" */
    char by[ST_ALERT_NAME_BYTES];
    enum st_severity severity; /* from then on */
    char *note;                /* "": none */
};

struct st_alert {
    uint64_t id; /* from 1, unique in the call */
    enum st_alert_state state;
    enum st_severity severity; /* never sinks */
    uint64_t count;            /* matches */
    char *category;
    /* The latest match; cut to 256 bytes. */
    char *rule;
    char *words;
    unsigned channel;
    enum st_role role;
    uint64_t segment_id;
    int64_t start_us;
    int64_t end_us;
    int64_t first_us; /* where the first match began */
    int64_t raised_unix_ms;
    int64_t until_unix_ms; /* while snoozed; else 0 */
    char assigned[ST_ALERT_NAME_BYTES];
    /* Oldest first, without repetitions; when full, the first stays and the second goes. */
    struct st_alert_step *history;
    unsigned history_count;
    /* internal from here on */
    int64_t unheeded_us; /* since when nobody has done anything about it */
    int64_t cleared_us;  /* media time */
    uint64_t cleared_order;
    bool is_resting;    /* the cool-down applies */
    int64_t *recent_us; /* the last matches that count for an escalation, a ring */
    unsigned recent_count, recent_at;
};

struct st_alert_counts {
    uint64_t changes[ST_ALERT_CHANGES];
    uint64_t suppressed_resting; /* matches in a cool-down */
    uint64_t suppressed_full;    /* matches while too many were open */
    unsigned open;               /* not cleared */
};

#endif
