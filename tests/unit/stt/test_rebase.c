#include "rebase.h"

#include "run.h"

static struct st_rebase rebase;

static void teardown(void)
{
    st_rebase_fini(&rebase);
    ck_assert_uint_eq(rebase.count, 0);
}

START_TEST(one_piece_is_a_shift)
{
    st_rebase_mark(&rebase, 0, 5000);
    st_rebase_mark(&rebase, 100, 5100);
    ck_assert_uint_eq(rebase.count, 1);
    ck_assert_int_eq(st_rebase_start_us(&rebase, 0), 5000);
    ck_assert_int_eq(st_rebase_end_us(&rebase, 250), 5250);
    ck_assert_int_eq(st_rebase_start_us(&rebase, -3), 5000);
}
END_TEST

START_TEST(a_hole_is_skipped_and_its_border_belongs_to_both)
{
    int64_t from_us, until_us;
    st_rebase_mark(&rebase, 0, 1000);
    st_rebase_mark(&rebase, 100, 2000);
    ck_assert_int_eq(st_rebase_end_us(&rebase, 100), 1100);
    ck_assert_int_eq(st_rebase_start_us(&rebase, 100), 2000);
    ck_assert_int_eq(st_rebase_end_us(&rebase, 101), 2001);
    st_rebase_span(&rebase, 0, 150, &from_us, &until_us);
    ck_assert_int_eq(from_us, 1000);
    ck_assert_int_eq(until_us, 1100);
    st_rebase_span(&rebase, 1, 150, &from_us, &until_us);
    ck_assert_int_eq(from_us, 2000);
    ck_assert_int_eq(until_us, 2050);
}
END_TEST

START_TEST(the_last_word_about_a_time_counts)
{
    st_rebase_mark(&rebase, 0, 1000);
    st_rebase_mark(&rebase, 100, 2000);
    st_rebase_mark(&rebase, 100, 3000);
    ck_assert_uint_eq(rebase.count, 2);
    ck_assert_int_eq(st_rebase_start_us(&rebase, 100), 3000);
    st_rebase_mark(&rebase, 100, 1100);
    ck_assert_uint_eq(rebase.count, 1);
}
END_TEST

START_TEST(the_oldest_of_too_many_pieces_is_forgotten)
{
    for (int64_t i = 0; i < 100; i++)
        st_rebase_mark(&rebase, i * 10, i * 1000);
    ck_assert_uint_eq(rebase.count, ST_REBASE_PIECES_MAX);
    ck_assert_int_eq(st_rebase_start_us(&rebase, 995), 99005);
    ck_assert_int_eq(st_rebase_start_us(&rebase, 685), 68005);
    ck_assert_int_eq(st_rebase_start_us(&rebase, 0), 68000);
    st_rebase_reset(&rebase);
    ck_assert_int_eq(st_rebase_start_us(&rebase, 5), 0);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, NULL, teardown);
    tcase_add_test(tcase, one_piece_is_a_shift);
    tcase_add_test(tcase, a_hole_is_skipped_and_its_border_belongs_to_both);
    tcase_add_test(tcase, the_last_word_about_a_time_counts);
    tcase_add_test(tcase, the_oldest_of_too_many_pieces_is_forgotten);
    return run_case("rebase", tcase);
}
