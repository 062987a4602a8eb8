#include "pace.h"
#include "run.h"

START_TEST(frames_are_due_every_20_ms)
{
    struct st_pace pace;
    st_pace_init(&pace, 1, 1000);
    ck_assert_uint_eq(st_pace_due(&pace, 999), 0);
    ck_assert_uint_eq(st_pace_due(&pace, 1000), 1);
    ck_assert_uint_eq(st_pace_due(&pace, 20999), 1);
    ck_assert_uint_eq(st_pace_due(&pace, 21000), 2);
    ck_assert_int_eq(st_pace_due_us(&pace, 3), 61000);
}
END_TEST

START_TEST(due_times_and_counts_agree_at_any_speed)
{
    static const double speeds[] = {1, 1.5, 3, 7.7, 50};
    for (size_t i = 0; i < 5; i++) {
        struct st_pace pace;
        st_pace_init(&pace, speeds[i], 123456789);
        for (uint64_t frame = 0; frame < 1000000; frame += 997) {
            int64_t due_us = st_pace_due_us(&pace, frame);
            ck_assert_uint_eq(st_pace_due(&pace, due_us), frame + 1);
            ck_assert_uint_eq(st_pace_due(&pace, due_us - 1), frame);
        }
    }
}
END_TEST

START_TEST(an_hour_does_not_drift)
{
    struct st_pace pace;
    st_pace_init(&pace, 1, 0);
    ck_assert_int_eq(st_pace_due_us(&pace, 3600 * 50), 3600000000LL);
    st_pace_init(&pace, 50, 0);
    ck_assert_int_eq(st_pace_due_us(&pace, 3600 * 50), 72000000LL);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {frames_are_due_every_20_ms, due_times_and_counts_agree_at_any_speed,
                            an_hour_does_not_drift};
    return run_tests("pace", tests, sizeof(tests) / sizeof(tests[0]));
}
