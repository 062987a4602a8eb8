/*
 * Alerts of one call: what is worth a person's attention, and what people did about it.
 *
 * A match of a category with a severity raises an alert; a match within `dedupe_s` of the last one
 * raises the open alert's count instead, a later one is an alert of its own. After somebody has
 * cleared an alert its category rests for `cool_down_s`. An alert goes up one severity after
 * `escalate_count` matches within `escalate_within_s` (and again after as many more), and after
 * every `escalate_after_s` in which nobody has acknowledged or snoozed it. One that was
 * acknowledged and goes up is open again. Matches of a snoozed alert are counted, and that is all.
 * At the end of the call the policy clears what nobody has acknowledged.
 *
 * At most `open_max` alerts are open: with so many, a new one displaces the oldest one of the
 * lowest severity if that is lower than its own, and is suppressed (and counted) otherwise. The
 * last 50 cleared ones are kept. An alert takes about half a kilobyte, and what people write.
 *
 * Pure: the policy and the time are arguments, so that a changed policy holds at once. Windows of
 * matches are media time, the same live and from a file. One thread at a time.
 */
#ifndef SIDETONE_ALERTS_H
#define SIDETONE_ALERTS_H

#include "sidetone/alert.h"

#include <stddef.h>
#include <stdint.h>

struct st_config_alerts;

/* Of states, by the words of st_alert_state_name; or -EINVAL. */
int st_alert_state_parse(const char *name);

struct st_alert_time {
    int64_t media_us;
    int64_t now_us;  /* monotonic */
    int64_t unix_ms; /* wall clock, for people */
};

/* A category match or a threshold that was crossed. Borrowed. */
struct st_alert_trigger {
    const char *category;
    enum st_severity severity; /* of none nothing becomes */
    const char *rule;
    const char *words; /* "" when nobody's words are the reason */
    unsigned channel;
    enum st_role role;
    uint64_t segment_id;
    int64_t start_us; /* media time */
    int64_t end_us;
};

/* Borrowed arguments; may not call back into the alerts. */
typedef void (*st_alert_fn)(void *user, const struct st_alert *alert,
                            const struct st_alert_step *step);

struct st_alerts;

struct st_alerts *st_alerts_create(st_alert_fn emit, void *user);
void st_alerts_destroy(struct st_alerts *alerts); /* NULL is fine */

void st_alerts_put(struct st_alerts *alerts, const struct st_config_alerts *policy,
                   const struct st_alert_trigger *trigger, const struct st_alert_time *time);

/* About once a second: what waiting brings about. */
void st_alerts_tick(struct st_alerts *alerts, const struct st_config_alerts *policy,
                    const struct st_alert_time *time);

/* The call is over: nothing is raised and nothing waits from now on; people may still act. */
void st_alerts_end(struct st_alerts *alerts, const struct st_config_alerts *policy,
                   const struct st_alert_time *time);

/* ---- what people do ---- */

enum st_alert_verb {
    ST_ALERT_ACKNOWLEDGE,
    ST_ALERT_SNOOZE,
    ST_ALERT_ASSIGN,
    ST_ALERT_CLEAR,
    ST_ALERT_VERBS,
};

/* "acknowledge", "snooze", "assign", "clear". */
const char *st_alert_verb_name(enum st_alert_verb verb);
int st_alert_verb_parse(const char *name); /* or -EINVAL */

struct st_alert_command {
    uint64_t alert_id;
    enum st_alert_verb verb;
    char by[ST_ALERT_NAME_BYTES];
    int64_t until_unix_ms;            /* snooze */
    char person[ST_ALERT_NAME_BYTES]; /* assign; "": to nobody */
    char note[ST_ALERT_NOTE_BYTES];   /* "": none */
};

/* 1 when it changed something, 0 when it was so already, -ENOENT when there is no such alert (any
 * more), -EALREADY when it has been cleared, -EINVAL for a snooze that ends before it begins or
 * after ST_ALERT_SNOOZE_MAX_S, or one of an ended call. */
int st_alerts_command(struct st_alerts *alerts, const struct st_alert_command *command,
                      const struct st_alert_time *time);

/* ---- what there is; borrowed until the next change ---- */

size_t st_alerts_count(const struct st_alerts *alerts);
const struct st_alert *st_alerts_at(const struct st_alerts *alerts, size_t i); /* oldest first */
const struct st_alert *st_alerts_find(const struct st_alerts *alerts, uint64_t id); /* or NULL */
const struct st_alert_counts *st_alerts_counts(const struct st_alerts *alerts);

#endif
