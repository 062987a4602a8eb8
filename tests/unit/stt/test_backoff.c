#include "backoff.h"

#include "run.h"

START_TEST(waits_double_within_bounds_and_are_spread)
{
    struct st_backoff backoff;
    st_backoff_init(&backoff, 1);
    int64_t middle_us = 250000;
    for (int i = 0; i < 12; i++) {
        int64_t wait_us = st_backoff_next_us(&backoff);
        ck_assert_int_ge(wait_us, 250000);
        ck_assert_int_le(wait_us, 10000000);
        ck_assert_int_ge(wait_us, middle_us * 3 / 4);
        ck_assert_int_le(wait_us, middle_us * 5 / 4);
        middle_us = middle_us * 2 < 10000000 ? middle_us * 2 : 10000000;
    }
    st_backoff_reset(&backoff);
    ck_assert_int_le(st_backoff_next_us(&backoff), 312500);
}
END_TEST

START_TEST(two_sessions_do_not_march_in_step)
{
    struct st_backoff a, b;
    st_backoff_init(&a, 1);
    st_backoff_init(&b, 77);
    int same = 0;
    for (int i = 0; i < 10; i++)
        same += st_backoff_next_us(&a) == st_backoff_next_us(&b);
    ck_assert_int_le(same, 5); /* some fall on the bounds */
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, waits_double_within_bounds_and_are_spread);
    tcase_add_test(tcase, two_sessions_do_not_march_in_step);
    return run_case("backoff", tcase);
}
