#include "turns.h"

#include "run.h"

START_TEST(who_comes_alone_does_not_wait)
{
    ck_assert_int_eq(st_turns_take(5000), 5000);
    ck_assert_int_eq(st_turns_take(7000), 7000);
}
END_TEST

START_TEST(who_comes_together_goes_one_after_another)
{
    ck_assert_int_eq(st_turns_take(5000), 5000);
    ck_assert_int_eq(st_turns_take(5000), 6000);
    ck_assert_int_eq(st_turns_take(5500), 7000);
    ck_assert_int_eq(st_turns_take(9000), 9000);
}
END_TEST

START_TEST(nobody_waits_for_more_than_a_second)
{
    for (int i = 0; i < 5000; i++)
        ck_assert_int_le(st_turns_take(5000), 1005000);
    ck_assert_int_eq(st_turns_take(5000), 1005000);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, who_comes_alone_does_not_wait);
    tcase_add_test(tcase, who_comes_together_goes_one_after_another);
    tcase_add_test(tcase, nobody_waits_for_more_than_a_second);
    return run_case("turns", tcase);
}
