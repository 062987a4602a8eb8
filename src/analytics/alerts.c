#include "sidetone/alerts.h"

#include "sidetone/config.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { CLEARED_KEPT_MAX = 50, EVIDENCE_BYTES_MAX = 256 };

struct st_alerts {
    st_alert_fn emit;
    void *user;
    struct st_alert **alerts; /* oldest first */
    size_t count, cap;
    uint64_t last_id, last_cleared;
    bool has_ended;
    struct st_alert_counts counts;
};

/* ---- names ---- */

static const char *const verb_names[ST_ALERT_VERBS] = {
    [ST_ALERT_ACKNOWLEDGE] = "acknowledge",
    [ST_ALERT_SNOOZE] = "snooze",
    [ST_ALERT_ASSIGN] = "assign",
    [ST_ALERT_CLEAR] = "clear",
};

int st_alert_state_parse(const char *name)
{
    for (int i = 0; i < ST_ALERT_STATES; i++)
        if (strcmp(st_alert_state_name((enum st_alert_state)i), name) == 0)
            return i;
    return -EINVAL;
}

const char *st_alert_verb_name(enum st_alert_verb verb)
{
    return verb_names[verb];
}

int st_alert_verb_parse(const char *name)
{
    for (int i = 0; i < ST_ALERT_VERBS; i++)
        if (strcmp(verb_names[i], name) == 0)
            return i;
    return -EINVAL;
}

/* ---- the policy of a category ---- */

struct policy {
    int64_t dedupe_us, cool_down_us, escalate_within_us, escalate_after_us;
    uint32_t escalate_count;
};

static int64_t given_s(uint32_t own, uint32_t common)
{
    return own == ST_CONFIG_INHERIT ? common : own;
}

static struct policy policy_of(const struct st_config_alerts *config, const char *category)
{
    static const struct st_config_alert_category inherits = {
        NULL,
        ST_CONFIG_INHERIT,
        ST_CONFIG_INHERIT,
        ST_CONFIG_INHERIT,
        ST_CONFIG_INHERIT,
        ST_CONFIG_INHERIT,
    };
    const struct st_config_alert_category *own = &inherits;
    for (unsigned i = 0; i < config->category_count; i++)
        if (strcmp(config->categories[i].name, category) == 0)
            own = &config->categories[i];
    return (struct policy){
        .dedupe_us = given_s(own->dedupe_s, config->dedupe_s) * 1000000,
        .cool_down_us = given_s(own->cool_down_s, config->cool_down_s) * 1000000,
        .escalate_count = (uint32_t)given_s(own->escalate_count, config->escalate_count),
        .escalate_within_us = given_s(own->escalate_within_s, config->escalate_within_s) * 1000000,
        .escalate_after_us = given_s(own->escalate_after_s, config->escalate_after_s) * 1000000,
    };
}

/* ---- alerts ---- */

static void copy_name(char *out, const char *name)
{
    size_t bytes = strlen(name);
    if (bytes >= ST_ALERT_NAME_BYTES)
        bytes = ST_ALERT_NAME_BYTES - 1;
    memcpy(out, name, bytes);
    out[bytes] = '\0';
}

/* Whole characters. */
static void set_evidence(char **text, const char *value)
{
    size_t bytes = strlen(value);
    if (bytes > EVIDENCE_BYTES_MAX)
        for (bytes = EVIDENCE_BYTES_MAX; bytes > 0 && ((unsigned char)value[bytes] & 0xc0) == 0x80;)
            bytes--;
    char *copy = st_mem_strndup(value, bytes);
    free(*text);
    *text = copy;
}

static void take_evidence(struct st_alert *alert, const struct st_alert_trigger *trigger)
{
    set_evidence(&alert->rule, trigger->rule);
    set_evidence(&alert->words, trigger->words);
    alert->channel = trigger->channel;
    alert->role = trigger->role;
    alert->segment_id = trigger->segment_id;
    alert->start_us = trigger->start_us;
    alert->end_us = trigger->end_us;
}

static void free_alert(struct st_alert *alert)
{
    for (unsigned i = 0; i < alert->history_count; i++)
        free(alert->history[i].note);
    free(alert->history);
    free(alert->recent_us);
    free(alert->category);
    free(alert->rule);
    free(alert->words);
    free(alert);
}

static void remember(struct st_alert *alert, const struct st_alert_step *step)
{
    unsigned n = alert->history_count;
    if (n == ST_ALERT_HISTORY_MAX) {
        free(alert->history[1].note);
        memmove(&alert->history[1], &alert->history[2], (n - 2) * sizeof(alert->history[0]));
        n--;
    } else {
        alert->history = st_mem_realloc(alert->history, (n + 1) * sizeof(alert->history[0]));
    }
    alert->history[n] = *step;
    alert->history[n].note = st_mem_strdup(step->note);
    alert->history_count = n + 1;
}

static void tell(struct st_alerts *alerts, struct st_alert *alert, struct st_alert_step *step)
{
    static char no_note[] = "";
    if (!step->note)
        step->note = no_note;
    step->severity = alert->severity;
    alerts->counts.changes[step->change]++;
    if (step->change != ST_ALERT_CHANGE_REPEATED)
        remember(alert, step);
    alerts->emit(alerts->user, alert, step);
}

static void tell_policy(struct st_alerts *alerts, struct st_alert *alert,
                        enum st_alert_change change, const char *reason,
                        const struct st_alert_time *time)
{
    struct st_alert_step step = {
        .change = change, .at_unix_ms = time->unix_ms, .reason = reason, .by = ST_ALERT_BY_POLICY};
    tell(alerts, alert, &step);
}

struct st_alerts *st_alerts_create(st_alert_fn emit, void *user)
{
    struct st_alerts *alerts = st_mem_alloc(sizeof(*alerts));
    alerts->emit = emit;
    alerts->user = user;
    return alerts;
}

void st_alerts_destroy(struct st_alerts *alerts)
{
    if (!alerts)
        return;
    for (size_t i = 0; i < alerts->count; i++)
        free_alert(alerts->alerts[i]);
    free(alerts->alerts);
    free(alerts);
}

size_t st_alerts_count(const struct st_alerts *alerts)
{
    return alerts->count;
}

const struct st_alert *st_alerts_at(const struct st_alerts *alerts, size_t i)
{
    return alerts->alerts[i];
}

const struct st_alert *st_alerts_find(const struct st_alerts *alerts, uint64_t id)
{
    for (size_t i = 0; i < alerts->count; i++)
        if (alerts->alerts[i]->id == id)
            return alerts->alerts[i];
    return NULL;
}

const struct st_alert_counts *st_alerts_counts(const struct st_alerts *alerts)
{
    return &alerts->counts;
}

/* ---- changes ---- */

static void set_state(struct st_alerts *alerts, struct st_alert *alert, enum st_alert_state state,
                      const struct st_alert_time *time)
{
    if (state == ST_ALERT_CLEARED) {
        alerts->counts.open--;
        alert->cleared_us = time->media_us;
        alert->cleared_order = ++alerts->last_cleared;
    }
    alert->state = state;
    alert->until_unix_ms = 0;
    alert->unheeded_us = time->now_us;
}

/* The one that was cleared first, whenever it was raised. */
static void drop_one_cleared(struct st_alerts *alerts)
{
    size_t first = alerts->count;
    for (size_t i = 0; i < alerts->count; i++) {
        const struct st_alert *alert = alerts->alerts[i];
        if (alert->state == ST_ALERT_CLEARED &&
            (first == alerts->count || alert->cleared_order < alerts->alerts[first]->cleared_order))
            first = i;
    }
    free_alert(alerts->alerts[first]);
    alerts->count--;
    memmove(&alerts->alerts[first], &alerts->alerts[first + 1],
            (alerts->count - first) * sizeof(alerts->alerts[0]));
}

static void clear(struct st_alerts *alerts, struct st_alert *alert, struct st_alert_step *step,
                  const struct st_alert_time *time)
{
    set_state(alerts, alert, ST_ALERT_CLEARED, time);
    tell(alerts, alert, step);
    if (alerts->count - alerts->counts.open > CLEARED_KEPT_MAX)
        drop_one_cleared(alerts);
}

static void clear_by_policy(struct st_alerts *alerts, struct st_alert *alert, const char *reason,
                            const struct st_alert_time *time)
{
    struct st_alert_step step = {.change = ST_ALERT_CHANGE_CLEARED,
                                 .at_unix_ms = time->unix_ms,
                                 .reason = reason,
                                 .by = ST_ALERT_BY_POLICY};
    clear(alerts, alert, &step, time);
}

static void escalate(struct st_alerts *alerts, struct st_alert *alert, const char *reason,
                     const struct st_alert_time *time)
{
    if (alert->severity == ST_SEVERITY_CRITICAL)
        return;
    alert->severity++;
    set_state(alerts, alert, ST_ALERT_RAISED, time);
    tell_policy(alerts, alert, ST_ALERT_CHANGE_ESCALATED, reason, time);
}

/* ---- matches ---- */

/* Times of hostile segments may lie anywhere. */
static bool is_within(int64_t from_us, int64_t to_us, int64_t window_us)
{
    int64_t passed_us;
    return to_us <= from_us ||
           (!__builtin_sub_overflow(to_us, from_us, &passed_us) && passed_us <= window_us);
}

/* Whether as many matches as it takes lie within the window, this one included; those that brought
 * an escalation about do not count for the next. */
static bool has_repeated_enough(struct st_alert *alert, const struct policy *policy, int64_t at_us)
{
    unsigned wanted = policy->escalate_count;
    if (wanted < 2)
        return false;
    if (!alert->recent_us || alert->recent_count > wanted) {
        free(alert->recent_us);
        alert->recent_us = st_mem_alloc_array(ST_CONFIG_ESCALATE_COUNT_MAX, sizeof(int64_t));
        alert->recent_count = alert->recent_at = 0;
    }
    alert->recent_us[alert->recent_at] = at_us;
    alert->recent_at = (alert->recent_at + 1) % ST_CONFIG_ESCALATE_COUNT_MAX;
    if (alert->recent_count < wanted)
        alert->recent_count++;
    if (alert->recent_count < wanted)
        return false;
    unsigned first =
        (alert->recent_at + ST_CONFIG_ESCALATE_COUNT_MAX - wanted) % ST_CONFIG_ESCALATE_COUNT_MAX;
    if (!is_within(alert->recent_us[first], at_us, policy->escalate_within_us))
        return false;
    alert->recent_count = 0;
    return true;
}

static void repeat(struct st_alerts *alerts, struct st_alert *alert, const struct policy *policy,
                   const struct st_alert_trigger *trigger, const struct st_alert_time *time)
{
    alert->count++;
    if (trigger->severity > alert->severity)
        alert->severity = trigger->severity;
    take_evidence(alert, trigger);
    bool is_enough = has_repeated_enough(alert, policy, trigger->end_us);
    tell_policy(alerts, alert, ST_ALERT_CHANGE_REPEATED, "matched", time);
    if (is_enough && alert->state != ST_ALERT_SNOOZED)
        escalate(alerts, alert, "repeated", time);
}

/* The open alert that gives way to one of that severity; NULL: none does. */
static struct st_alert *find_displaced(const struct st_alerts *alerts, enum st_severity severity)
{
    struct st_alert *least = NULL;
    for (size_t i = 0; i < alerts->count; i++) {
        struct st_alert *alert = alerts->alerts[i];
        if (alert->state != ST_ALERT_CLEARED && (!least || alert->severity < least->severity))
            least = alert;
    }
    return least && least->severity < severity ? least : NULL;
}

static bool make_room(struct st_alerts *alerts, const struct st_config_alerts *config,
                      enum st_severity severity, const struct st_alert_time *time)
{
    if (alerts->counts.open < config->open_max)
        return true;
    struct st_alert *displaced = find_displaced(alerts, severity);
    if (!displaced)
        return false;
    clear_by_policy(alerts, displaced, "displaced", time);
    return true;
}

static void raise(struct st_alerts *alerts, const struct policy *policy,
                  const struct st_alert_trigger *trigger, const struct st_alert_time *time)
{
    struct st_alert *alert = st_mem_alloc(sizeof(*alert));
    alert->id = ++alerts->last_id;
    alert->severity = trigger->severity;
    alert->count = 1;
    alert->category = st_mem_strdup(trigger->category);
    alert->first_us = trigger->start_us;
    alert->raised_unix_ms = time->unix_ms;
    alert->unheeded_us = time->now_us;
    take_evidence(alert, trigger);
    has_repeated_enough(alert, policy, trigger->end_us);
    if (alerts->count == alerts->cap) {
        alerts->cap = alerts->cap * 2 + 4;
        alerts->alerts = st_mem_realloc(alerts->alerts, alerts->cap * sizeof(alerts->alerts[0]));
    }
    alerts->alerts[alerts->count++] = alert;
    alerts->counts.open++;
    tell_policy(alerts, alert, ST_ALERT_CHANGE_RAISED, "matched", time);
}

static struct st_alert *find_latest(const struct st_alerts *alerts, const char *category)
{
    for (size_t i = alerts->count; i > 0; i--)
        if (strcmp(alerts->alerts[i - 1]->category, category) == 0)
            return alerts->alerts[i - 1];
    return NULL;
}

void st_alerts_put(struct st_alerts *alerts, const struct st_config_alerts *config,
                   const struct st_alert_trigger *trigger, const struct st_alert_time *time)
{
    if (trigger->severity == ST_SEVERITY_NONE || alerts->has_ended)
        return;
    struct policy policy = policy_of(config, trigger->category);
    struct st_alert *latest = find_latest(alerts, trigger->category);
    bool is_open = latest && latest->state != ST_ALERT_CLEARED;
    if (is_open && policy.dedupe_us > 0 &&
        is_within(latest->end_us, trigger->end_us, policy.dedupe_us))
        repeat(alerts, latest, &policy, trigger, time);
    else if (latest && latest->is_resting && policy.cool_down_us > 0 &&
             is_within(latest->cleared_us, trigger->end_us, policy.cool_down_us))
        alerts->counts.suppressed_resting++;
    else if (make_room(alerts, config, trigger->severity, time))
        raise(alerts, &policy, trigger, time);
    else
        alerts->counts.suppressed_full++;
}

/* ---- time ---- */

void st_alerts_tick(struct st_alerts *alerts, const struct st_config_alerts *config,
                    const struct st_alert_time *time)
{
    if (alerts->has_ended || alerts->counts.open == 0)
        return;
    for (size_t i = 0; i < alerts->count; i++) {
        struct st_alert *alert = alerts->alerts[i];
        int64_t after_us = policy_of(config, alert->category).escalate_after_us;
        if (alert->state == ST_ALERT_SNOOZED && time->unix_ms >= alert->until_unix_ms) {
            set_state(alerts, alert, ST_ALERT_RAISED, time);
            tell_policy(alerts, alert, ST_ALERT_CHANGE_REOPENED, "snooze_over", time);
        } else if (alert->state == ST_ALERT_RAISED && after_us > 0 &&
                   time->now_us - alert->unheeded_us >= after_us) {
            escalate(alerts, alert, "unacknowledged", time);
        }
    }
}

void st_alerts_end(struct st_alerts *alerts, const struct st_config_alerts *config,
                   const struct st_alert_time *time)
{
    alerts->has_ended = true;
    for (size_t i = 0; i < alerts->count && !config->keep_at_end;) {
        struct st_alert *alert = alerts->alerts[i];
        size_t before = alerts->count;
        if (alert->state == ST_ALERT_RAISED || alert->state == ST_ALERT_SNOOZED)
            clear_by_policy(alerts, alert, "call_ended", time);
        if (alerts->count == before)
            i++;
    }
}

/* ---- what people do ---- */

static struct st_alert_step step_of(const struct st_alert_command *command,
                                    enum st_alert_change change, const struct st_alert_time *time)
{
    struct st_alert_step step = {.change = change,
                                 .at_unix_ms = time->unix_ms,
                                 .reason = "person",
                                 .note = (char *)command->note};
    copy_name(step.by, command->by);
    return step;
}

static int acknowledge(struct st_alerts *alerts, struct st_alert *alert,
                       const struct st_alert_command *command, const struct st_alert_time *time)
{
    if (alert->state == ST_ALERT_ACKNOWLEDGED)
        return 0;
    set_state(alerts, alert, ST_ALERT_ACKNOWLEDGED, time);
    struct st_alert_step step = step_of(command, ST_ALERT_CHANGE_ACKNOWLEDGED, time);
    tell(alerts, alert, &step);
    return 1;
}

static int snooze(struct st_alerts *alerts, struct st_alert *alert,
                  const struct st_alert_command *command, const struct st_alert_time *time)
{
    int64_t left_ms = command->until_unix_ms - time->unix_ms;
    if (alert->state == ST_ALERT_SNOOZED && alert->until_unix_ms == command->until_unix_ms)
        return 0;
    if (alerts->has_ended || left_ms <= 0 || left_ms > (int64_t)ST_ALERT_SNOOZE_MAX_S * 1000)
        return -EINVAL;
    set_state(alerts, alert, ST_ALERT_SNOOZED, time);
    alert->until_unix_ms = command->until_unix_ms;
    struct st_alert_step step = step_of(command, ST_ALERT_CHANGE_SNOOZED, time);
    tell(alerts, alert, &step);
    return 1;
}

static int assign(struct st_alerts *alerts, struct st_alert *alert,
                  const struct st_alert_command *command, const struct st_alert_time *time)
{
    if (strcmp(alert->assigned, command->person) == 0)
        return 0;
    copy_name(alert->assigned, command->person);
    struct st_alert_step step = step_of(command, ST_ALERT_CHANGE_ASSIGNED, time);
    tell(alerts, alert, &step);
    return 1;
}

static int clear_by_person(struct st_alerts *alerts, struct st_alert *alert,
                           const struct st_alert_command *command, const struct st_alert_time *time)
{
    struct st_alert_step step = step_of(command, ST_ALERT_CHANGE_CLEARED, time);
    alert->is_resting = true;
    clear(alerts, alert, &step, time);
    return 1;
}

int st_alerts_command(struct st_alerts *alerts, const struct st_alert_command *command,
                      const struct st_alert_time *time)
{
    static int (*const verbs[ST_ALERT_VERBS])(struct st_alerts * alerts, struct st_alert * alert,
                                              const struct st_alert_command *command,
                                              const struct st_alert_time *time) = {
        [ST_ALERT_ACKNOWLEDGE] = acknowledge,
        [ST_ALERT_SNOOZE] = snooze,
        [ST_ALERT_ASSIGN] = assign,
        [ST_ALERT_CLEAR] = clear_by_person,
    };
    struct st_alert *alert = (struct st_alert *)st_alerts_find(alerts, command->alert_id);
    if (!alert)
        return -ENOENT;
    if (alert->state == ST_ALERT_CLEARED)
        return command->verb == ST_ALERT_CLEAR ? 0 : -EALREADY;
    return verbs[command->verb](alerts, alert, command, time);
}
