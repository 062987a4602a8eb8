#include "guard.h"

#include "run.h"

enum { MS_US = 1000, SECOND_US = 1000 * MS_US };

static struct st_guard *make(uint32_t streams, uint32_t opens_per_s)
{
    struct st_guard_limits limits = {.streams = streams, .opens_per_s = opens_per_s};
    return st_guard_create(&limits);
}

static const struct st_guard_ask one = {.places = 1, .may_wait = true};
static const struct st_guard_ask elsewhere = {.places = 1, .has_other = true, .may_wait = true};

START_TEST(without_limits_everybody_enters)
{
    struct st_guard *guard = make(0, 0);
    struct st_guard_pass pass = {0};
    for (int i = 0; i < 1000; i++)
        ck_assert_int_eq(st_guard_enter(guard, &pass, &one, SECOND_US), 0);
    st_guard_leave(guard, 1000);
    st_guard_destroy(guard);
    ck_assert_int_eq(st_guard_enter(NULL, &pass, &one, 0), 0);
    st_guard_leave(NULL, 1);
    st_guard_drop(NULL, &pass);
    st_guard_succeeded(NULL);
    st_guard_failed(NULL, ST_TROUBLE_LOST, 0, 0);
    st_guard_destroy(NULL);
}
END_TEST

START_TEST(places_are_given_in_the_order_they_were_asked_for)
{
    struct st_guard *guard = make(2, 0);
    struct st_guard_pass first = {0}, second = {0}, third = {0}, fourth = {0};
    ck_assert_int_eq(st_guard_enter(guard, &first, &one, SECOND_US), 0);
    ck_assert_int_eq(st_guard_enter(guard, &second, &one, SECOND_US), 0);
    ck_assert_int_gt(st_guard_enter(guard, &third, &one, SECOND_US), 0);
    ck_assert_int_gt(st_guard_enter(guard, &fourth, &one, SECOND_US), 0);
    ck_assert_int_gt(st_guard_enter(guard, &third, &one, SECOND_US), 0); /* stays where it is */
    st_guard_leave(guard, 1);
    ck_assert_int_gt(st_guard_enter(guard, &fourth, &one, SECOND_US), 0);
    ck_assert_int_eq(st_guard_enter(guard, &third, &one, SECOND_US), 0);
    st_guard_leave(guard, 1);
    ck_assert_int_eq(st_guard_enter(guard, &fourth, &one, SECOND_US), 0);
    st_guard_leave(guard, 2);
    st_guard_destroy(guard);
}
END_TEST

START_TEST(who_gives_up_waiting_does_not_hold_up_others)
{
    struct st_guard *guard = make(1, 0);
    struct st_guard_pass first = {0}, second = {0}, third = {0};
    ck_assert_int_eq(st_guard_enter(guard, &first, &one, SECOND_US), 0);
    ck_assert_int_gt(st_guard_enter(guard, &second, &one, SECOND_US), 0);
    ck_assert_int_gt(st_guard_enter(guard, &third, &one, SECOND_US), 0);
    st_guard_drop(guard, &second);
    st_guard_drop(guard, &second);
    st_guard_leave(guard, 1);
    ck_assert_int_eq(st_guard_enter(guard, &third, &one, SECOND_US), 0);
    st_guard_leave(guard, 1);
    st_guard_destroy(guard);
}
END_TEST

START_TEST(both_places_of_a_call_are_had_at_once_or_not_at_all)
{
    const struct st_guard_ask two = {.places = 2, .may_wait = true};
    struct st_guard *guard = make(3, 0);
    struct st_guard_pass first = {0}, second = {0}, third = {0};
    ck_assert_int_eq(st_guard_enter(guard, &first, &two, SECOND_US), 0);
    ck_assert_int_gt(st_guard_enter(guard, &second, &two, SECOND_US), 0);
    ck_assert_int_gt(st_guard_enter(guard, &third, &one, SECOND_US), 0); /* not past the second */
    st_guard_leave(guard, 2);
    ck_assert_int_eq(st_guard_enter(guard, &second, &two, SECOND_US), 0);
    ck_assert_int_eq(st_guard_enter(guard, &third, &one, SECOND_US), 0);
    st_guard_leave(guard, 3);
    st_guard_destroy(guard);
}
END_TEST

START_TEST(more_places_than_there_are_is_all_of_them)
{
    const struct st_guard_ask two = {.places = 2, .may_wait = true};
    struct st_guard *guard = make(1, 0);
    struct st_guard_pass first = {0}, second = {0};
    ck_assert_int_eq(st_guard_enter(guard, &first, &two, SECOND_US), 0);
    ck_assert_int_gt(st_guard_enter(guard, &second, &two, SECOND_US), 0);
    st_guard_leave(guard, 2);
    ck_assert_int_eq(st_guard_enter(guard, &second, &two, SECOND_US), 0);
    st_guard_leave(guard, 2);
    st_guard_destroy(guard);
}
END_TEST

START_TEST(streams_are_opened_no_faster_than_allowed)
{
    struct st_guard *guard = make(0, 10);
    struct st_guard_pass passes[30] = {{0}};
    int64_t now_us = SECOND_US;
    unsigned entered = 0;
    for (; now_us < 2 * SECOND_US; now_us += 10 * MS_US)
        for (unsigned i = entered; i < 30; i++)
            if (st_guard_enter(guard, &passes[i], &one, now_us) == 0) {
                ck_assert_uint_eq(i, entered);
                entered++;
            }
    ck_assert_uint_eq(entered, 10);
    for (unsigned i = entered; i < 30; i++)
        st_guard_drop(guard, &passes[i]);
    st_guard_leave(guard, entered);
    st_guard_destroy(guard);
}
END_TEST

static void go_wrong(struct st_guard *guard, unsigned times, int64_t now_us)
{
    for (unsigned i = 0; i < times; i++)
        st_guard_failed(guard, ST_TROUBLE_LOST, 0, now_us + i * MS_US);
}

static int64_t ask(struct st_guard *guard, int64_t now_us)
{
    struct st_guard_pass pass = {0};
    int64_t wait_us = st_guard_enter(guard, &pass, &elsewhere, now_us);
    st_guard_drop(guard, &pass);
    if (wait_us == 0)
        st_guard_leave(guard, 1);
    return wait_us;
}

START_TEST(five_failures_in_a_row_are_a_rest)
{
    struct st_guard *guard = make(0, 0);
    go_wrong(guard, 4, SECOND_US);
    ck_assert_int_eq(ask(guard, 2 * SECOND_US), 0);
    go_wrong(guard, 1, 40 * SECOND_US); /* the others are long ago */
    ck_assert_int_eq(ask(guard, 41 * SECOND_US), 0);
    go_wrong(guard, 4, 42 * SECOND_US);
    ck_assert_int_gt(ask(guard, 43 * SECOND_US), 8 * SECOND_US);
    st_guard_destroy(guard);
}
END_TEST

START_TEST(after_a_rest_one_stream_tries)
{
    struct st_guard *guard = make(0, 0);
    go_wrong(guard, 5, SECOND_US);
    ck_assert_int_eq(ask(guard, 12 * SECOND_US), 0);
    ck_assert_int_gt(ask(guard, 12 * SECOND_US), 0); /* the other waits for its outcome */
    st_guard_succeeded(guard);
    ck_assert_int_eq(ask(guard, 12 * SECOND_US), 0);
    ck_assert_int_eq(ask(guard, 12 * SECOND_US), 0);
    st_guard_destroy(guard);
}
END_TEST

START_TEST(rests_become_longer_up_to_five_minutes)
{
    struct st_guard *guard = make(0, 0);
    int64_t now_us = SECOND_US, waits_s[7];
    go_wrong(guard, 5, now_us);
    for (int i = 0; i < 7; i++) {
        int64_t wait_us = ask(guard, now_us);
        waits_s[i] = (wait_us + SECOND_US / 2) / SECOND_US;
        now_us += wait_us;
        ck_assert_int_eq(ask(guard, now_us), 0);
        go_wrong(guard, 1, now_us);
    }
    const int64_t expected_s[7] = {10, 20, 40, 80, 160, 300, 300};
    ck_assert_mem_eq(waits_s, expected_s, sizeof(waits_s));
    st_guard_succeeded(guard);
    go_wrong(guard, 5, now_us);
    ck_assert_int_le(ask(guard, now_us + SECOND_US), 10 * SECOND_US);
    st_guard_destroy(guard);
}
END_TEST

START_TEST(who_has_nowhere_else_to_go_tries_all_the_same_now_and_then)
{
    struct st_guard *guard = make(0, 0);
    struct st_guard_pass pass = {0}, other = {0};
    go_wrong(guard, 5, SECOND_US);
    ck_assert_int_eq(st_guard_enter(guard, &pass, &one, 2 * SECOND_US), 0);
    ck_assert_int_eq(st_guard_enter(guard, &other, &one, 2 * SECOND_US), 500 * MS_US);
    go_wrong(guard, 1, 2 * SECOND_US + MS_US);
    ck_assert_int_eq(st_guard_enter(guard, &other, &one, 2500 * MS_US), 0);
    st_guard_leave(guard, 2);
    st_guard_destroy(guard);
}
END_TEST

START_TEST(a_throttling_engine_is_left_alone_as_long_as_it_says)
{
    struct st_guard *guard = make(0, 0);
    st_guard_failed(guard, ST_TROUBLE_THROTTLED, 0, SECOND_US);
    ck_assert_int_eq(ask(guard, SECOND_US), SECOND_US);
    st_guard_failed(guard, ST_TROUBLE_THROTTLED, 7 * SECOND_US, SECOND_US);
    ck_assert_int_eq(ask(guard, 2 * SECOND_US), 6 * SECOND_US);
    st_guard_failed(guard, ST_TROUBLE_THROTTLED, 3600 * (int64_t)SECOND_US, 2 * SECOND_US);
    ck_assert_int_eq(ask(guard, 2 * SECOND_US), 60 * SECOND_US);
    for (int i = 0; i < 20; i++)
        st_guard_failed(guard, ST_TROUBLE_THROTTLED, 0, 2 * SECOND_US);
    ck_assert_int_eq(ask(guard, 62 * SECOND_US), 0); /* a quota is no failure */
    st_guard_destroy(guard);
}
END_TEST

START_TEST(what_says_nothing_about_the_engine_does_not_count)
{
    struct st_guard *guard = make(0, 0);
    for (int i = 0; i < 20; i++) {
        st_guard_failed(guard, ST_TROUBLE_UNSUITED, 0, SECOND_US);
        st_guard_failed(guard, ST_TROUBLE_EXPIRED, 0, SECOND_US);
    }
    ck_assert_int_eq(ask(guard, SECOND_US), 0);
    st_guard_destroy(guard);
}
END_TEST

START_TEST(retries_are_rationed)
{
    const struct st_guard_ask retry = {.places = 1, .is_retry = true};
    struct st_guard *guard = make(0, 0);
    struct st_guard_pass pass = {0};
    unsigned entered = 0;
    while (st_guard_enter(guard, &pass, &retry, SECOND_US) == 0)
        entered++;
    ck_assert_uint_eq(entered, 20);
    ck_assert_int_eq(st_guard_enter(guard, &pass, &retry, SECOND_US), 100 * MS_US);
    ck_assert_int_eq(st_guard_enter(guard, &pass, &one, SECOND_US), 0); /* it was never tried */
    ck_assert_int_eq(st_guard_enter(guard, &pass, &retry, SECOND_US + 100 * MS_US), 0);
    st_guard_leave(guard, 22);
    st_guard_destroy(guard);
}
END_TEST

/* ---- what is told of it ---- */

START_TEST(it_reports_what_was_counted)
{
    struct st_guard *guard = make(3, 0);
    struct st_guard_pass pass = {0}, second = {0};
    const struct st_guard_ask two = {.places = 2, .may_wait = true};
    struct st_guard_report report;
    st_guard_enter(guard, &pass, &two, SECOND_US);
    st_guard_enter(guard, &second, &two, SECOND_US);
    st_guard_succeeded(guard);
    st_guard_renewed(guard);
    st_guard_passed_over(guard);
    st_guard_passed_over(guard);
    st_guard_heard(guard, 5 * SECOND_US);
    st_guard_heard(guard, SECOND_US);
    st_guard_troubled(guard, ST_TROUBLE_SERVER, "HTTP 503", 1000);
    st_guard_troubled(guard, ST_TROUBLE_REFUSED, "HTTP 401", 2000);
    st_guard_report(guard, SECOND_US, &report);
    ck_assert_int_eq(report.state, ST_GUARD_WELL);
    ck_assert_uint_eq(report.streams, 2);
    ck_assert_uint_eq(report.streams_most, 2);
    ck_assert_uint_eq(report.streams_max, 3);
    ck_assert_uint_eq(report.waiting, 1);
    ck_assert_uint_eq(report.opens, 2);
    ck_assert_uint_eq(report.answered, 1);
    ck_assert_uint_eq(report.renewed, 1);
    ck_assert_uint_eq(report.passed_over, 2);
    ck_assert_int_eq(report.audio_us, 6 * SECOND_US);
    ck_assert_uint_eq(report.troubles[ST_TROUBLE_SERVER], 1);
    ck_assert_uint_eq(report.troubles[ST_TROUBLE_LOST], 0);
    ck_assert_int_eq(report.last_trouble, ST_TROUBLE_REFUSED);
    ck_assert_int_eq(report.last_unix_ms, 2000);
    ck_assert_str_eq(report.last_why, "HTTP 401");
    st_guard_drop(guard, &second);
    st_guard_leave(guard, 2);
    st_guard_report(guard, SECOND_US, &report);
    ck_assert_uint_eq(report.streams + report.waiting, 0);
    ck_assert_uint_eq(report.streams_most, 2);
    st_guard_destroy(guard);
    st_guard_report(NULL, 0, &report);
    ck_assert_uint_eq(report.opens, 0);
}
END_TEST

START_TEST(its_state_is_what_keeps_calls_waiting)
{
    struct st_guard *guard = make(0, 0);
    struct st_guard_report report;
    st_guard_failed(guard, ST_TROUBLE_THROTTLED, 3 * SECOND_US, SECOND_US);
    st_guard_report(guard, SECOND_US, &report);
    ck_assert_str_eq(st_guard_state_name(report.state), "throttled");
    ck_assert_int_eq(report.wait_us, 3 * SECOND_US);
    st_guard_report(guard, 4 * SECOND_US, &report);
    ck_assert_str_eq(st_guard_state_name(report.state), "well");
    ck_assert_int_eq(report.wait_us, 0);
    for (int i = 0; i < 5; i++)
        st_guard_failed(guard, ST_TROUBLE_LOST, 0, 5 * SECOND_US);
    st_guard_report(guard, 6 * SECOND_US, &report);
    ck_assert_str_eq(st_guard_state_name(report.state), "resting");
    ck_assert_int_eq(report.wait_us, 9 * SECOND_US);
    st_guard_report(guard, 15 * SECOND_US, &report);
    ck_assert_str_eq(st_guard_state_name(report.state), "probing");
    st_guard_succeeded(guard);
    st_guard_report(guard, 15 * SECOND_US, &report);
    ck_assert_str_eq(st_guard_state_name(report.state), "well");
    st_guard_destroy(guard);
}
END_TEST

START_TEST(one_that_only_counts_keeps_nobody_waiting)
{
    const struct st_guard_limits limits = {.counts_only = true};
    const struct st_guard_ask retry = {.places = 1, .is_retry = true};
    struct st_guard *guard = st_guard_create(&limits);
    struct st_guard_pass pass = {0};
    struct st_guard_report report;
    for (int i = 0; i < 100; i++) {
        ck_assert_int_eq(st_guard_enter(guard, &pass, &retry, SECOND_US), 0);
        st_guard_failed(guard, i % 2 ? ST_TROUBLE_LOST : ST_TROUBLE_THROTTLED, 0, SECOND_US);
    }
    st_guard_report(guard, SECOND_US, &report);
    ck_assert_uint_eq(report.streams, 100);
    ck_assert_int_eq(report.state, ST_GUARD_WELL);
    st_guard_leave(guard, 100);
    st_guard_destroy(guard);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, without_limits_everybody_enters);
    tcase_add_test(tcase, places_are_given_in_the_order_they_were_asked_for);
    tcase_add_test(tcase, who_gives_up_waiting_does_not_hold_up_others);
    tcase_add_test(tcase, both_places_of_a_call_are_had_at_once_or_not_at_all);
    tcase_add_test(tcase, more_places_than_there_are_is_all_of_them);
    tcase_add_test(tcase, streams_are_opened_no_faster_than_allowed);
    tcase_add_test(tcase, five_failures_in_a_row_are_a_rest);
    tcase_add_test(tcase, after_a_rest_one_stream_tries);
    tcase_add_test(tcase, rests_become_longer_up_to_five_minutes);
    tcase_add_test(tcase, who_has_nowhere_else_to_go_tries_all_the_same_now_and_then);
    tcase_add_test(tcase, a_throttling_engine_is_left_alone_as_long_as_it_says);
    tcase_add_test(tcase, what_says_nothing_about_the_engine_does_not_count);
    tcase_add_test(tcase, retries_are_rationed);
    tcase_add_test(tcase, it_reports_what_was_counted);
    tcase_add_test(tcase, its_state_is_what_keeps_calls_waiting);
    tcase_add_test(tcase, one_that_only_counts_keeps_nobody_waiting);
    return run_case("guard", tcase);
}
