#include "core/watchdog.h"

#include "run.h"

static struct st_watchdog watchdog;

static void setup(void)
{
    st_watchdog_init(&watchdog, 1000000, 500);
}

static void teardown(void)
{
}

START_TEST(waiting_is_not_holding)
{
    struct st_watchdog_turn turn = st_watchdog_end_turn(&watchdog, 6000000, 500 + 4999000);
    ck_assert_int_eq(turn.held_us, 1000);
    ck_assert(!turn.is_held);
    ck_assert(!turn.is_worth_a_line);
}
END_TEST

START_TEST(ten_milliseconds_are_fine_and_more_is_not)
{
    ck_assert(!st_watchdog_end_turn(&watchdog, 1010000, 500).is_held);
    struct st_watchdog_turn turn = st_watchdog_end_turn(&watchdog, 1020001, 500);
    ck_assert(turn.is_held);
    ck_assert(turn.is_worth_a_line);
    ck_assert_int_eq(turn.held_us, 10001);
}
END_TEST

START_TEST(one_line_a_second_says_how_many_were_left_out)
{
    int64_t now_us = 1000000;
    ck_assert(st_watchdog_end_turn(&watchdog, now_us += 20000, 500).is_worth_a_line);
    for (int i = 0; i < 3; i++) {
        struct st_watchdog_turn turn = st_watchdog_end_turn(&watchdog, now_us += 20000, 500);
        ck_assert(turn.is_held);
        ck_assert(!turn.is_worth_a_line);
    }
    struct st_watchdog_turn turn = st_watchdog_end_turn(&watchdog, now_us += 1000000, 500);
    ck_assert(turn.is_worth_a_line);
    ck_assert_uint_eq(turn.unreported, 3);
    turn = st_watchdog_end_turn(&watchdog, now_us + 1000000, 500);
    ck_assert_uint_eq(turn.unreported, 0);
}
END_TEST

START_TEST(the_longest_piece_belongs_to_its_turn)
{
    st_watchdog_note(&watchdog, 300);
    st_watchdog_note(&watchdog, 900);
    st_watchdog_note(&watchdog, 200);
    ck_assert_int_eq(st_watchdog_end_turn(&watchdog, 1002000, 500).longest_us, 900);
    ck_assert_int_eq(st_watchdog_end_turn(&watchdog, 1003000, 500).longest_us, 0);
}
END_TEST

START_TEST(clocks_that_disagree_by_a_little_give_nothing_negative)
{
    ck_assert_int_eq(st_watchdog_end_turn(&watchdog, 1000100, 700).held_us, 0);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, waiting_is_not_holding);
    tcase_add_test(tcase, ten_milliseconds_are_fine_and_more_is_not);
    tcase_add_test(tcase, one_line_a_second_says_how_many_were_left_out);
    tcase_add_test(tcase, the_longest_piece_belongs_to_its_turn);
    tcase_add_test(tcase, clocks_that_disagree_by_a_little_give_nothing_negative);
    return run_case("watchdog", tcase);
}
