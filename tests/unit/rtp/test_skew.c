#include "sidetone/rtp_skew.h"

#include "run.h"

#include <stdlib.h>

enum { FRAME_US = 20000, S = 1000000 };

struct leg {
    struct st_rtp_skew skew;
    int64_t sent;     /* packets */
    int64_t media_us; /* corrected */
    int32_t ppm;      /* of its clock against ours */
    int64_t delay_us, jitter_us;
    bool reports;
};

static uint32_t seed;

static int64_t draw(int64_t below)
{
    seed = seed * 1664525 + 1013904223;
    return below ? (seed >> 8) % below : 0;
}

/* A clock that runs fast counts more media time than passes. */
static void run(struct leg *leg, int64_t seconds)
{
    int64_t until = leg->sent + seconds * 50;
    for (; leg->sent < until; leg->sent++) {
        int64_t position_us = leg->sent * FRAME_US;
        int64_t real_us = position_us - position_us / S * leg->ppm;
        int64_t arrival_us = real_us + leg->delay_us + draw(leg->jitter_us);
        st_rtp_skew_put(&leg->skew, position_us, arrival_us);
        leg->media_us = position_us + FRAME_US + leg->skew.corrected_us;
        if (leg->reports && leg->sent % 250 == 100)
            st_rtp_skew_report(&leg->skew, real_us + 1234567, position_us);
        if (leg->sent % 150 == 149) {
            int64_t due_us = st_rtp_skew_due_us(&leg->skew);
            ck_assert_int_le(due_us < 0 ? -due_us : due_us, ST_RTP_SKEW_STEP_MAX_US);
            st_rtp_skew_correct(&leg->skew, due_us);
        }
    }
}

/* How far the corrected media time lies from ours. */
static int64_t off_us(const struct leg *leg)
{
    int64_t position_us = leg->sent * FRAME_US;
    int64_t real_us = position_us - position_us / S * leg->ppm;
    return llabs(leg->media_us - real_us);
}

START_TEST(two_legs_stay_together_for_an_hour)
{
    static const int64_t jitters_us[] = {0, 5000, 60000};
    seed = (uint32_t)_i + 1;
    struct leg fast = {.ppm = 200, .delay_us = 30000, .jitter_us = jitters_us[_i % 3]};
    struct leg slow = {.ppm = -200, .delay_us = 80000, .jitter_us = jitters_us[_i % 3]};
    fast.reports = slow.reports = _i >= 3;
    for (int minute = 0; minute < 60; minute++) {
        run(&fast, 60);
        run(&slow, 60);
        ck_assert_int_lt(off_us(&fast), 25000);
        ck_assert_int_lt(off_us(&slow), 25000);
    }
    ck_assert_int_le(abs(st_rtp_skew_ppm(&fast.skew) + 200), 20);
    ck_assert_int_le(abs(st_rtp_skew_ppm(&slow.skew) - 200), 20);
}
END_TEST

START_TEST(a_true_clock_is_never_corrected)
{
    struct leg leg = {.delay_us = 40000, .jitter_us = 80000};
    run(&leg, 3600);
    ck_assert_int_eq(leg.skew.corrected_us, 0);
    ck_assert_int_eq(st_rtp_skew_ppm(&leg.skew), 0);
}
END_TEST

START_TEST(a_burst_of_delay_is_no_drift)
{
    struct leg leg = {.delay_us = 40000, .jitter_us = 2000};
    run(&leg, 120);
    leg.delay_us = 400000;
    run(&leg, 8);
    leg.delay_us = 40000;
    run(&leg, 120);
    ck_assert_int_eq(leg.skew.corrected_us, 0);
}
END_TEST

START_TEST(a_step_is_made_up_for_slowly)
{
    struct leg leg = {.delay_us = 40000};
    run(&leg, 100);
    leg.delay_us += 160000;
    run(&leg, 60);
    ck_assert_int_le(leg.skew.corrected_us, 160000);
    run(&leg, 200);
    ck_assert_int_ge(leg.skew.corrected_us, 155000);
    ck_assert_int_le(leg.skew.corrected_us, 160000);
}
END_TEST

START_TEST(corrections_never_run_faster_than_their_limit)
{
    struct leg leg = {.ppm = 20000};
    for (int i = 1; i < 60; i++) {
        run(&leg, 10);
        ck_assert_int_le(llabs(leg.skew.corrected_us), i * 10 * S / 1000);
    }
    ck_assert_int_le(st_rtp_skew_ppm(&leg.skew), -15000);
}
END_TEST

START_TEST(reports_that_disagree_are_not_believed)
{
    static const int64_t lies_us[] = {0, INT64_MAX, INT64_MIN, -1, 3600 * INT64_C(1000000), 5};
    struct leg leg = {.delay_us = 40000, .reports = true};
    run(&leg, 60);
    for (int i = 0; i < 300; i++) {
        st_rtp_skew_report(&leg.skew, lies_us[i % 6], i % 7 ? leg.sent * FRAME_US : lies_us[i % 5]);
        run(&leg, 2);
        ck_assert_int_le(llabs(st_rtp_skew_drift_us(&leg.skew)), 20000);
    }
}
END_TEST

START_TEST(nothing_is_known_before_anything_came)
{
    struct st_rtp_skew skew = {0};
    st_rtp_skew_report(&skew, 1, 2);
    ck_assert_int_eq(st_rtp_skew_due_us(&skew), 0);
    ck_assert_int_eq(st_rtp_skew_drift_us(&skew), 0);
    ck_assert_int_eq(st_rtp_skew_ppm(&skew), 0);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_loop_test(tcase, two_legs_stay_together_for_an_hour, 0, 6);
    tcase_add_test(tcase, a_true_clock_is_never_corrected);
    tcase_add_test(tcase, a_burst_of_delay_is_no_drift);
    tcase_add_test(tcase, a_step_is_made_up_for_slowly);
    tcase_add_test(tcase, corrections_never_run_faster_than_their_limit);
    tcase_add_test(tcase, reports_that_disagree_are_not_believed);
    tcase_add_test(tcase, nothing_is_known_before_anything_came);
    return run_case("skew", tcase);
}
