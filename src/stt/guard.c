#include "guard.h"

#include "sidetone/mem.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    MS_US = 1000,
    SECOND_US = 1000 * MS_US,
    FAILURES = 5, /* within … */
    FAILURES_US = 30 * SECOND_US,
    REST_MIN_US = 10 * SECOND_US,
    REST_MAX_US = 300 * SECOND_US,
    PROBE_US = 20 * SECOND_US, /* by then a probe has been answered, or does not count */
    LAST_HOPE_US = 500 * MS_US,
    ASK_AGAIN_US = 100 * MS_US,
    THROTTLED_US = 1 * SECOND_US,
    THROTTLED_MAX_US = 60 * SECOND_US,
    RETRIES_MIN = 20, /* at once; more when more streams were open */
    RETRY_US = 100 * MS_US,
    RETURN_US = 200 * MS_US, /* between calls that come back */
};

struct st_guard {
    pthread_mutex_t mutex;
    struct st_guard_limits limits;
    unsigned streams, streams_most;
    struct st_guard_pass *first; /* in the line */
    int64_t next_open_us;        /* opens_per_s allows no stream before */
    int64_t throttled_until_us;
    int64_t retry_full_us; /* when the budget of retries is whole again */

    int64_t failures_us[FAILURES]; /* a ring */
    unsigned failure_count;
    bool is_resting;
    int64_t rest_us;
    int64_t rest_until_us;
    int64_t failed_us;      /* the last trouble; 0: none */
    int64_t next_return_us; /* no call comes back before */
    int64_t probed_us;      /* the probe that is out began; 0: none */

    struct st_guard_report counted; /* what only rises, and the last trouble */
    _Atomic(int64_t) audio_us;
};

const char *st_guard_state_name(enum st_guard_state state)
{
    static const char *const names[] = {"well", "throttled", "resting", "probing"};
    return names[state];
}

struct st_guard *st_guard_create(const struct st_guard_limits *limits)
{
    struct st_guard *guard = st_mem_alloc(sizeof(*guard));
    guard->limits = *limits;
    guard->rest_us = REST_MIN_US;
    if (pthread_mutex_init(&guard->mutex, NULL))
        abort();
    return guard;
}

void st_guard_destroy(struct st_guard *guard)
{
    if (!guard)
        return;
    assert(!guard->first);
    pthread_mutex_destroy(&guard->mutex);
    free(guard);
}

/* ---- each says how long to wait; 0: not at all ---- */

static int64_t wait_for_rest(const struct st_guard *guard, const struct st_guard_ask *ask,
                             int64_t now_us)
{
    if (!guard->is_resting)
        return 0;
    if (!ask->has_other)
        return guard->probed_us && now_us < guard->probed_us + LAST_HOPE_US
                   ? guard->probed_us + LAST_HOPE_US - now_us
                   : 0;
    if (now_us < guard->rest_until_us)
        return guard->rest_until_us - now_us;
    return guard->probed_us && now_us < guard->probed_us + PROBE_US ? ASK_AGAIN_US : 0;
}

/* Who wants more than there can ever be gets through when all of it is free. */
static int64_t wait_for_place(const struct st_guard *guard, unsigned places, unsigned ahead)
{
    unsigned most = guard->limits.streams;
    if (most == 0)
        return 0;
    return guard->streams + ahead + (places < most ? places : most) > most ? ASK_AGAIN_US : 0;
}

static int64_t wait_for_rate(const struct st_guard *guard, unsigned ahead, int64_t now_us)
{
    if (guard->limits.opens_per_s == 0)
        return 0;
    int64_t due_us = guard->next_open_us > now_us ? guard->next_open_us : now_us;
    due_us += (int64_t)ahead * SECOND_US / guard->limits.opens_per_s;
    return due_us - now_us;
}

static int64_t retry_cost_us(unsigned places)
{
    return (int64_t)places * RETRY_US;
}

static int64_t wait_for_retry(const struct st_guard *guard, const struct st_guard_ask *ask,
                              int64_t now_us)
{
    unsigned most = guard->streams_most > RETRIES_MIN ? guard->streams_most : RETRIES_MIN;
    int64_t full_us = guard->retry_full_us > now_us ? guard->retry_full_us : now_us;
    int64_t over_us = full_us + retry_cost_us(ask->places) - (now_us + retry_cost_us(most));
    return ask->is_retry && over_us > 0 ? over_us : 0;
}

static int64_t longer(int64_t a_us, int64_t b_us)
{
    return a_us > b_us ? a_us : b_us;
}

static int64_t wait_for_return(const struct st_guard *guard, const struct st_guard_ask *ask,
                               int64_t now_us)
{
    int64_t well_us = guard->failed_us ? guard->failed_us + ask->well_us : now_us;
    return ask->well_us ? longer(well_us, guard->next_return_us) - now_us : 0;
}

static int64_t wait_us(const struct st_guard *guard, const struct st_guard_ask *ask, unsigned ahead,
                       int64_t now_us)
{
    if (guard->limits.counts_only)
        return 0;
    int64_t us = wait_for_rest(guard, ask, now_us);
    us = longer(us, guard->throttled_until_us - now_us);
    us = longer(us, wait_for_place(guard, ask->places, ahead));
    us = longer(us, wait_for_rate(guard, ahead, now_us));
    us = longer(us, wait_for_retry(guard, ask, now_us));
    us = longer(us, wait_for_return(guard, ask, now_us));
    return us;
}

/* ---- the line ---- */

/* Places wanted by those who stand before it. */
static unsigned count_ahead(const struct st_guard *guard, const struct st_guard_pass *pass)
{
    unsigned ahead = 0;
    for (const struct st_guard_pass *at = guard->first; at && at != pass; at = at->next)
        ahead += at->places;
    return ahead;
}

static void join_line(struct st_guard *guard, struct st_guard_pass *pass, unsigned places)
{
    struct st_guard_pass **link = &guard->first;
    pass->places = places;
    if (pass->is_waiting)
        return;
    while (*link)
        link = &(*link)->next;
    pass->next = NULL;
    pass->is_waiting = true;
    *link = pass;
}

static void leave_line(struct st_guard *guard, struct st_guard_pass *pass)
{
    struct st_guard_pass **link = &guard->first;
    if (!pass->is_waiting)
        return;
    while (*link != pass)
        link = &(*link)->next;
    *link = pass->next;
    pass->is_waiting = false;
}

static void take(struct st_guard *guard, const struct st_guard_ask *ask, int64_t now_us)
{
    guard->streams += ask->places;
    guard->counted.opens += ask->places;
    if (guard->streams > guard->streams_most)
        guard->streams_most = guard->streams;
    if (guard->is_resting)
        guard->probed_us = now_us;
    if (guard->limits.opens_per_s)
        guard->next_open_us = longer(guard->next_open_us, now_us) +
                              (int64_t)ask->places * SECOND_US / guard->limits.opens_per_s;
    if (ask->well_us)
        guard->next_return_us = now_us + RETURN_US;
    if (ask->is_retry)
        guard->retry_full_us = longer(guard->retry_full_us, now_us) + retry_cost_us(ask->places);
}

int64_t st_guard_enter(struct st_guard *guard, struct st_guard_pass *pass,
                       const struct st_guard_ask *ask, int64_t now_us)
{
    if (!guard)
        return 0;
    pthread_mutex_lock(&guard->mutex);
    int64_t us = wait_us(guard, ask, count_ahead(guard, pass), now_us);
    if (us > 0 && ask->may_wait) {
        join_line(guard, pass, ask->places);
    } else if (us <= 0) {
        leave_line(guard, pass);
        take(guard, ask, now_us);
    }
    pthread_mutex_unlock(&guard->mutex);
    return us > 0 ? us : 0;
}

void st_guard_leave(struct st_guard *guard, unsigned places)
{
    if (!guard)
        return;
    pthread_mutex_lock(&guard->mutex);
    assert(guard->streams >= places);
    guard->streams -= places;
    pthread_mutex_unlock(&guard->mutex);
}

void st_guard_drop(struct st_guard *guard, struct st_guard_pass *pass)
{
    if (!guard)
        return;
    pthread_mutex_lock(&guard->mutex);
    leave_line(guard, pass);
    pthread_mutex_unlock(&guard->mutex);
}

/* ---- how it does ---- */

void st_guard_succeeded(struct st_guard *guard)
{
    if (!guard)
        return;
    pthread_mutex_lock(&guard->mutex);
    guard->counted.answered++;
    guard->is_resting = false;
    guard->probed_us = 0;
    guard->rest_us = REST_MIN_US;
    pthread_mutex_unlock(&guard->mutex);
}

static void rest(struct st_guard *guard, int64_t now_us)
{
    guard->rest_until_us = now_us + guard->rest_us;
    guard->rest_us = guard->rest_us * 2 < REST_MAX_US ? guard->rest_us * 2 : REST_MAX_US;
    guard->is_resting = true;
    guard->probed_us = 0;
    guard->failure_count = 0;
}

static void note_failure(struct st_guard *guard, int64_t now_us)
{
    if (guard->is_resting) {
        /* Streams that were open before fail late; only a probe's failure says anything new. */
        if (guard->probed_us && now_us >= guard->rest_until_us)
            rest(guard, now_us);
        return;
    }
    guard->failures_us[guard->failure_count++ % FAILURES] = now_us;
    if (guard->failure_count >= FAILURES &&
        now_us - guard->failures_us[guard->failure_count % FAILURES] <= FAILURES_US)
        rest(guard, now_us);
}

static int64_t bounded(int64_t us)
{
    if (us < THROTTLED_US)
        return THROTTLED_US;
    return us < THROTTLED_MAX_US ? us : THROTTLED_MAX_US;
}

void st_guard_failed(struct st_guard *guard, enum st_engine_trouble trouble, int64_t retry_after_us,
                     int64_t now_us)
{
    if (!guard || guard->limits.counts_only || trouble == ST_TROUBLE_EXPIRED ||
        trouble == ST_TROUBLE_UNSUITED)
        return;
    pthread_mutex_lock(&guard->mutex);
    guard->failed_us = now_us;
    if (trouble == ST_TROUBLE_THROTTLED || retry_after_us > 0)
        guard->throttled_until_us =
            longer(guard->throttled_until_us, now_us + bounded(retry_after_us));
    if (trouble != ST_TROUBLE_THROTTLED)
        note_failure(guard, now_us);
    pthread_mutex_unlock(&guard->mutex);
}

/* ---- what is only counted ---- */

void st_guard_heard(struct st_guard *guard, int64_t audio_us)
{
    if (guard)
        atomic_fetch_add_explicit(&guard->audio_us, audio_us, memory_order_relaxed);
}

static void count(struct st_guard *guard, uint64_t *counter)
{
    pthread_mutex_lock(&guard->mutex);
    ++*counter;
    pthread_mutex_unlock(&guard->mutex);
}

void st_guard_renewed(struct st_guard *guard)
{
    if (guard)
        count(guard, &guard->counted.renewed);
}

void st_guard_passed_over(struct st_guard *guard)
{
    if (guard)
        count(guard, &guard->counted.passed_over);
}

void st_guard_troubled(struct st_guard *guard, enum st_engine_trouble trouble, const char *why,
                       int64_t unix_ms)
{
    if (!guard)
        return;
    pthread_mutex_lock(&guard->mutex);
    struct st_guard_report *counted = &guard->counted;
    counted->troubles[trouble]++;
    counted->last_trouble = trouble;
    counted->last_unix_ms = unix_ms;
    snprintf(counted->last_why, sizeof(counted->last_why), "%s", why);
    pthread_mutex_unlock(&guard->mutex);
}

static enum st_guard_state state_of(const struct st_guard *guard, int64_t now_us,
                                    int64_t *ret_wait_us)
{
    bool is_throttled = guard->throttled_until_us > now_us;
    *ret_wait_us = 0;
    if (guard->is_resting && guard->rest_until_us <= now_us)
        return ST_GUARD_PROBING;
    if (!guard->is_resting && !is_throttled)
        return ST_GUARD_WELL;
    *ret_wait_us = (guard->is_resting ? guard->rest_until_us : guard->throttled_until_us) - now_us;
    return guard->is_resting ? ST_GUARD_RESTING : ST_GUARD_THROTTLED;
}

void st_guard_report(struct st_guard *guard, int64_t now_us, struct st_guard_report *ret_report)
{
    *ret_report = (struct st_guard_report){0};
    if (!guard)
        return;
    pthread_mutex_lock(&guard->mutex);
    *ret_report = guard->counted;
    ret_report->state = state_of(guard, now_us, &ret_report->wait_us);
    ret_report->streams = guard->streams;
    ret_report->streams_most = guard->streams_most;
    ret_report->streams_max = guard->limits.streams;
    for (const struct st_guard_pass *at = guard->first; at; at = at->next)
        ret_report->waiting++;
    pthread_mutex_unlock(&guard->mutex);
    ret_report->audio_us = atomic_load_explicit(&guard->audio_us, memory_order_relaxed);
}
