#include "sidetone/alerts.h"
#include "sidetone/config.h"

#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct st_alerts *alerts;
static struct st_config_alerts policy;
static struct st_alert_time now;
static char told[65536]; /* one change a word: raised#1:high*1 */

static void on_change(void *user, const struct st_alert *alert, const struct st_alert_step *step)
{
    size_t used = strlen(told);
    ck_assert_ptr_eq(user, &policy);
    ck_assert_int_eq(step->at_unix_ms, now.unix_ms);
    ck_assert_int_eq(step->severity, alert->severity);
    snprintf(told + used, sizeof(told) - used, "%s%s#%d:%s*%d", used > 0 ? " " : "",
             st_alert_change_name(step->change), (int)alert->id, st_severity_name(alert->severity),
             (int)alert->count);
    if (strcmp(step->by, ST_ALERT_BY_POLICY) != 0 || strcmp(step->reason, "matched") != 0) {
        used = strlen(told);
        snprintf(told + used, sizeof(told) - used, "(%s,%s)", step->by, step->reason);
    }
}

static void setup(void)
{
    policy = (struct st_config_alerts){.dedupe_s = 60, .escalate_within_s = 120, .open_max = 50};
    now = (struct st_alert_time){.media_us = 0, .now_us = 5000000, .unix_ms = 1700000000000};
    alerts = st_alerts_create(on_change, &policy);
    told[0] = '\0';
}

static void teardown(void)
{
    st_alerts_destroy(alerts);
}

static void pass_s(int64_t s)
{
    now.media_us += s * 1000000;
    now.now_us += s * 1000000;
    now.unix_ms += s * 1000;
}

static void match_as(const char *category, enum st_severity severity)
{
    struct st_alert_trigger trigger = {.category = category,
                                       .severity = severity,
                                       .rule = "a rule",
                                       .words = "some words",
                                       .channel = 1,
                                       .role = ST_ROLE_CUSTOMER,
                                       .segment_id = 7,
                                       .start_us = now.media_us - 500000,
                                       .end_us = now.media_us};
    st_alerts_put(alerts, &policy, &trigger, &now);
}

static void match(const char *category)
{
    match_as(category, ST_SEVERITY_MEDIUM);
}

static void tick(void)
{
    st_alerts_tick(alerts, &policy, &now);
}

static int command(enum st_alert_verb verb, uint64_t id, const char *person, int64_t for_s)
{
    struct st_alert_command one = {.alert_id = id,
                                   .verb = verb,
                                   .by = "maria",
                                   .note = "looked at it",
                                   .until_unix_ms = now.unix_ms + for_s * 1000};
    snprintf(one.person, sizeof(one.person), "%s", person);
    return st_alerts_command(alerts, &one, &now);
}

static void expect(const char *changes)
{
    ck_assert_str_eq(told, changes);
    told[0] = '\0';
}

static const struct st_alert *alert_of(uint64_t id)
{
    const struct st_alert *alert = st_alerts_find(alerts, id);
    ck_assert_ptr_nonnull(alert);
    return alert;
}

/* ---- matches ---- */

START_TEST(a_match_with_a_severity_raises_an_alert)
{
    pass_s(10);
    match_as("quiet", ST_SEVERITY_NONE);
    expect("");
    match("refund");
    expect("raised#1:medium*1");
    const struct st_alert *alert = alert_of(1);
    ck_assert_int_eq(alert->state, ST_ALERT_RAISED);
    ck_assert_str_eq(alert->category, "refund");
    ck_assert_str_eq(alert->rule, "a rule");
    ck_assert_str_eq(alert->words, "some words");
    ck_assert_int_eq(alert->first_us, 9500000);
    ck_assert_int_eq(alert->end_us, 10000000);
    ck_assert_uint_eq(alert->segment_id, 7);
    ck_assert_int_eq(alert->raised_unix_ms, now.unix_ms);
    ck_assert_uint_eq(alert->history_count, 1);
    ck_assert_str_eq(alert->history[0].by, "policy");
    ck_assert_uint_eq(st_alerts_counts(alerts)->open, 1);
}
END_TEST

START_TEST(a_repetition_counts_and_a_later_match_is_an_alert_of_its_own)
{
    match("refund");
    pass_s(60);
    match("refund");
    pass_s(60);
    match("refund");
    match("other");
    pass_s(61);
    match("refund");
    expect("raised#1:medium*1 repeated#1:medium*2 repeated#1:medium*3 raised#2:medium*1 "
           "raised#3:medium*1");
    ck_assert_uint_eq(alert_of(1)->history_count, 1);
    ck_assert_int_eq(alert_of(1)->first_us, -500000);
    ck_assert_int_eq(alert_of(1)->end_us, 120000000);
}
END_TEST

START_TEST(without_a_window_each_match_is_an_alert)
{
    policy.dedupe_s = 0;
    match("refund");
    match("refund");
    expect("raised#1:medium*1 raised#2:medium*1");
}
END_TEST

START_TEST(a_match_of_a_higher_severity_lifts_its_alert)
{
    match("refund");
    match_as("refund", ST_SEVERITY_HIGH);
    match_as("refund", ST_SEVERITY_LOW);
    expect("raised#1:medium*1 repeated#1:high*2 repeated#1:high*3");
}
END_TEST

START_TEST(a_category_may_have_a_policy_of_its_own)
{
    struct st_config_alert_category own[] = {{(char *)(uintptr_t) "refund", 5, ST_CONFIG_INHERIT, 2,
                                              ST_CONFIG_INHERIT, ST_CONFIG_INHERIT}};
    policy.categories = own;
    policy.category_count = 1;
    match("other");
    match("refund");
    pass_s(6);
    match("refund");
    match("other");
    expect("raised#1:medium*1 raised#2:medium*1 raised#3:medium*1 repeated#1:medium*2");
    match("refund");
    expect("repeated#3:medium*2 escalated#3:high*2(policy,repeated)");
}
END_TEST

START_TEST(a_cleared_category_rests)
{
    policy.cool_down_s = 30;
    match("refund");
    ck_assert_int_eq(command(ST_ALERT_CLEAR, 1, "", 0), 1);
    pass_s(30);
    match("refund");
    expect("raised#1:medium*1 cleared#1:medium*1(maria,person)");
    ck_assert_uint_eq(st_alerts_counts(alerts)->suppressed_resting, 1);
    pass_s(1);
    match("refund");
    expect("raised#2:medium*1");
    ck_assert_uint_eq(st_alerts_counts(alerts)->open, 1);
}
END_TEST

START_TEST(evidence_is_cut_between_characters)
{
    char words[600];
    struct st_alert_trigger trigger = {
        .category = "long", .severity = ST_SEVERITY_LOW, .rule = "", .words = words};
    for (size_t i = 0; i < 299; i++)
        memcpy(words + 2 * i, "\xc3\xa9", 2);
    words[598] = '\0';
    st_alerts_put(alerts, &policy, &trigger, &now);
    ck_assert_uint_eq(strlen(alert_of(1)->words), 256);
    memmove(words + 1, words, 598);
    words[0] = 'x';
    st_alerts_put(alerts, &policy, &trigger, &now);
    ck_assert_uint_eq(strlen(alert_of(1)->words), 255);
}
END_TEST

START_TEST(times_that_make_no_sense_do_no_harm)
{
    static const int64_t times[] = {INT64_MIN, INT64_MAX, 0, INT64_MAX, INT64_MIN, -1};
    policy.escalate_count = 2;
    policy.cool_down_s = 10;
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        struct st_alert_trigger trigger = {.category = "odd",
                                           .severity = ST_SEVERITY_LOW,
                                           .rule = "",
                                           .words = "",
                                           .start_us = times[i],
                                           .end_us = times[i]};
        st_alerts_put(alerts, &policy, &trigger, &now);
        command(ST_ALERT_CLEAR, i, "", 0);
    }
    ck_assert_uint_ge(st_alerts_count(alerts), 1);
}
END_TEST

/* ---- escalation ---- */

START_TEST(repetition_escalates_step_by_step_up_to_critical)
{
    policy.escalate_count = 3;
    policy.escalate_within_s = 20;
    for (int i = 0; i < 9; i++) {
        match("refund");
        pass_s(10);
    }
    expect("raised#1:medium*1 repeated#1:medium*2 repeated#1:medium*3 "
           "escalated#1:high*3(policy,repeated) repeated#1:high*4 repeated#1:high*5 "
           "repeated#1:high*6 escalated#1:critical*6(policy,repeated) repeated#1:critical*7 "
           "repeated#1:critical*8 repeated#1:critical*9");
}
END_TEST

START_TEST(matches_that_lie_too_far_apart_do_not_escalate)
{
    policy.escalate_count = 3;
    policy.escalate_within_s = 20;
    for (int i = 0; i < 6; i++) {
        match("refund");
        pass_s(11);
    }
    ck_assert_ptr_null(strstr(told, "escalated"));
    match("refund");
    pass_s(9);
    match("refund");
    ck_assert_ptr_nonnull(strstr(told, "escalated#1:high*8"));
}
END_TEST

START_TEST(an_acknowledged_alert_that_escalates_is_open_again)
{
    policy.escalate_count = 2;
    match("refund");
    ck_assert_int_eq(command(ST_ALERT_ACKNOWLEDGE, 1, "", 0), 1);
    match("refund");
    ck_assert_int_eq(alert_of(1)->state, ST_ALERT_RAISED);
    expect("raised#1:medium*1 acknowledged#1:medium*1(maria,person) repeated#1:medium*2 "
           "escalated#1:high*2(policy,repeated)");
}
END_TEST

START_TEST(a_snoozed_alert_only_counts)
{
    policy.escalate_count = 2;
    policy.escalate_after_s = 5;
    match("refund");
    ck_assert_int_eq(command(ST_ALERT_SNOOZE, 1, "", 60), 1);
    told[0] = '\0';
    pass_s(30);
    match("refund");
    match("refund");
    tick();
    expect("repeated#1:medium*2 repeated#1:medium*3");
    ck_assert_int_eq(alert_of(1)->state, ST_ALERT_SNOOZED);
}
END_TEST

START_TEST(what_nobody_heeds_escalates)
{
    policy.escalate_after_s = 30;
    match("refund");
    pass_s(29);
    tick();
    expect("raised#1:medium*1");
    pass_s(1);
    tick();
    tick();
    expect("escalated#1:high*1(policy,unacknowledged)");
    pass_s(30);
    tick();
    expect("escalated#1:critical*1(policy,unacknowledged)");
    pass_s(300);
    tick();
    expect("");
    match("other");
    command(ST_ALERT_ACKNOWLEDGE, 2, "", 0);
    told[0] = '\0';
    pass_s(300);
    tick();
    expect("");
}
END_TEST

/* ---- people ---- */

START_TEST(a_snooze_ends_by_the_wall_clock)
{
    match("refund");
    ck_assert_int_eq(command(ST_ALERT_SNOOZE, 1, "", 60), 1);
    ck_assert_int_eq(alert_of(1)->until_unix_ms, now.unix_ms + 60000);
    ck_assert_int_eq(command(ST_ALERT_SNOOZE, 1, "", 60), 0);
    now.unix_ms += 59999;
    tick();
    expect("raised#1:medium*1 snoozed#1:medium*1(maria,person)");
    now.unix_ms += 1;
    tick();
    expect("reopened#1:medium*1(policy,snooze_over)");
    ck_assert_int_eq(alert_of(1)->state, ST_ALERT_RAISED);
    ck_assert_int_eq(alert_of(1)->until_unix_ms, 0);
}
END_TEST

START_TEST(commands_are_idempotent)
{
    match("refund");
    ck_assert_int_eq(command(ST_ALERT_ACKNOWLEDGE, 1, "", 0), 1);
    ck_assert_int_eq(command(ST_ALERT_ACKNOWLEDGE, 1, "", 0), 0);
    ck_assert_int_eq(command(ST_ALERT_ASSIGN, 1, "joe", 0), 1);
    ck_assert_int_eq(command(ST_ALERT_ASSIGN, 1, "joe", 0), 0);
    ck_assert_str_eq(alert_of(1)->assigned, "joe");
    ck_assert_int_eq(command(ST_ALERT_ASSIGN, 1, "", 0), 1);
    ck_assert_str_eq(alert_of(1)->assigned, "");
    ck_assert_int_eq(command(ST_ALERT_CLEAR, 1, "", 0), 1);
    ck_assert_int_eq(command(ST_ALERT_CLEAR, 1, "", 0), 0);
    expect("raised#1:medium*1 acknowledged#1:medium*1(maria,person) "
           "assigned#1:medium*1(maria,person) assigned#1:medium*1(maria,person) "
           "cleared#1:medium*1(maria,person)");
    const struct st_alert *alert = alert_of(1);
    ck_assert_uint_eq(alert->history_count, 5);
    ck_assert_str_eq(alert->history[1].by, "maria");
    ck_assert_str_eq(alert->history[1].note, "looked at it");
}
END_TEST

START_TEST(what_cannot_be_done_is_refused)
{
    match("refund");
    ck_assert_int_eq(command(ST_ALERT_ACKNOWLEDGE, 2, "", 0), -ENOENT);
    ck_assert_int_eq(command(ST_ALERT_ACKNOWLEDGE, 0, "", 0), -ENOENT);
    ck_assert_int_eq(command(ST_ALERT_SNOOZE, 1, "", 0), -EINVAL);
    ck_assert_int_eq(command(ST_ALERT_SNOOZE, 1, "", -5), -EINVAL);
    ck_assert_int_eq(command(ST_ALERT_SNOOZE, 1, "", ST_ALERT_SNOOZE_MAX_S + 1), -EINVAL);
    ck_assert_int_eq(command(ST_ALERT_CLEAR, 1, "", 0), 1);
    ck_assert_int_eq(command(ST_ALERT_ACKNOWLEDGE, 1, "", 0), -EALREADY);
    ck_assert_int_eq(command(ST_ALERT_SNOOZE, 1, "", 60), -EALREADY);
    ck_assert_int_eq(command(ST_ALERT_ASSIGN, 1, "joe", 0), -EALREADY);
}
END_TEST

START_TEST(history_is_bounded_and_keeps_its_beginning)
{
    match("refund");
    for (int i = 0; i < 50; i++)
        ck_assert_int_eq(command(ST_ALERT_ASSIGN, 1, i % 2 ? "joe" : "ann", 0), 1);
    const struct st_alert *alert = alert_of(1);
    ck_assert_uint_eq(alert->history_count, ST_ALERT_HISTORY_MAX);
    ck_assert_int_eq(alert->history[0].change, ST_ALERT_CHANGE_RAISED);
    ck_assert_int_eq(alert->history[1].change, ST_ALERT_CHANGE_ASSIGNED);
    ck_assert_uint_eq(st_alerts_counts(alerts)->changes[ST_ALERT_CHANGE_ASSIGNED], 50);
}
END_TEST

/* ---- bounds and the end ---- */

START_TEST(the_mildest_gives_way_when_there_are_too_many)
{
    policy.open_max = 2;
    match_as("a", ST_SEVERITY_MEDIUM);
    match_as("b", ST_SEVERITY_LOW);
    match_as("c", ST_SEVERITY_LOW);
    ck_assert_uint_eq(st_alerts_counts(alerts)->suppressed_full, 1);
    match_as("d", ST_SEVERITY_HIGH);
    match_as("a", ST_SEVERITY_MEDIUM);
    match_as("e", ST_SEVERITY_HIGH);
    match_as("f", ST_SEVERITY_HIGH);
    expect("raised#1:medium*1 raised#2:low*1 cleared#2:low*1(policy,displaced) raised#3:high*1 "
           "repeated#1:medium*2 cleared#1:medium*2(policy,displaced) raised#4:high*1");
    ck_assert_uint_eq(st_alerts_counts(alerts)->suppressed_full, 2);
    ck_assert_uint_eq(st_alerts_counts(alerts)->open, 2);
}
END_TEST

START_TEST(what_is_kept_is_bounded)
{
    policy.dedupe_s = 0;
    policy.open_max = 3;
    match("first");
    for (unsigned i = 0; i < 1000; i++) {
        match("refund");
        if (i >= 900)
            command(ST_ALERT_CLEAR, st_alerts_at(alerts, st_alerts_count(alerts) - 1)->id, "", 0);
    }
    ck_assert_uint_le(st_alerts_count(alerts), 53);
    ck_assert_int_eq(command(ST_ALERT_CLEAR, 1, "", 0), 1);
    ck_assert_ptr_nonnull(st_alerts_find(alerts, 1));
    ck_assert_int_eq(command(ST_ALERT_CLEAR, 1, "", 0), 0);
}
END_TEST

START_TEST(the_end_clears_what_nobody_acknowledged)
{
    match("a");
    match("b");
    match("c");
    command(ST_ALERT_ACKNOWLEDGE, 2, "", 0);
    command(ST_ALERT_SNOOZE, 3, "", 60);
    told[0] = '\0';
    st_alerts_end(alerts, &policy, &now);
    expect("cleared#1:medium*1(policy,call_ended) cleared#3:medium*1(policy,call_ended)");
    match("d");
    pass_s(100);
    tick();
    expect("");
    ck_assert_int_eq(command(ST_ALERT_SNOOZE, 2, "", 60), -EINVAL);
    ck_assert_int_eq(command(ST_ALERT_CLEAR, 2, "", 0), 1);
    expect("cleared#2:medium*1(maria,person)");
    ck_assert_uint_eq(st_alerts_counts(alerts)->open, 0);
}
END_TEST

START_TEST(the_end_may_leave_everything_open)
{
    policy.keep_at_end = true;
    match("a");
    st_alerts_end(alerts, &policy, &now);
    ck_assert_int_eq(alert_of(1)->state, ST_ALERT_RAISED);
    ck_assert_int_eq(command(ST_ALERT_ACKNOWLEDGE, 1, "", 0), 1);
}
END_TEST

START_TEST(an_end_with_many_alerts_clears_them_all)
{
    policy.dedupe_s = 0;
    policy.open_max = 1000;
    for (int i = 0; i < 1000; i++)
        match("a");
    st_alerts_end(alerts, &policy, &now);
    ck_assert_uint_eq(st_alerts_counts(alerts)->open, 0);
    ck_assert_uint_eq(st_alerts_counts(alerts)->changes[ST_ALERT_CHANGE_CLEARED], 1000);
    ck_assert_uint_eq(st_alerts_count(alerts), 50);
    st_alerts_destroy(NULL);
}
END_TEST

START_TEST(names)
{
    for (int i = 0; i < ST_ALERT_STATES; i++)
        ck_assert_int_eq(st_alert_state_parse(st_alert_state_name((enum st_alert_state)i)), i);
    for (int i = 0; i < ST_ALERT_VERBS; i++)
        ck_assert_int_eq(st_alert_verb_parse(st_alert_verb_name((enum st_alert_verb)i)), i);
    ck_assert_int_eq(st_alert_state_parse("open"), -EINVAL);
    ck_assert_int_eq(st_alert_verb_parse(""), -EINVAL);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_match_with_a_severity_raises_an_alert);
    tcase_add_test(tcase, a_repetition_counts_and_a_later_match_is_an_alert_of_its_own);
    tcase_add_test(tcase, without_a_window_each_match_is_an_alert);
    tcase_add_test(tcase, a_match_of_a_higher_severity_lifts_its_alert);
    tcase_add_test(tcase, a_category_may_have_a_policy_of_its_own);
    tcase_add_test(tcase, a_cleared_category_rests);
    tcase_add_test(tcase, evidence_is_cut_between_characters);
    tcase_add_test(tcase, times_that_make_no_sense_do_no_harm);
    tcase_add_test(tcase, repetition_escalates_step_by_step_up_to_critical);
    tcase_add_test(tcase, matches_that_lie_too_far_apart_do_not_escalate);
    tcase_add_test(tcase, an_acknowledged_alert_that_escalates_is_open_again);
    tcase_add_test(tcase, a_snoozed_alert_only_counts);
    tcase_add_test(tcase, what_nobody_heeds_escalates);
    tcase_add_test(tcase, a_snooze_ends_by_the_wall_clock);
    tcase_add_test(tcase, commands_are_idempotent);
    tcase_add_test(tcase, what_cannot_be_done_is_refused);
    tcase_add_test(tcase, history_is_bounded_and_keeps_its_beginning);
    tcase_add_test(tcase, the_mildest_gives_way_when_there_are_too_many);
    tcase_add_test(tcase, what_is_kept_is_bounded);
    tcase_add_test(tcase, the_end_clears_what_nobody_acknowledged);
    tcase_add_test(tcase, the_end_may_leave_everything_open);
    tcase_add_test(tcase, an_end_with_many_alerts_clears_them_all);
    tcase_add_test(tcase, names);
    return run_case("alerts", tcase);
}
