#include "reorder.h"

#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct st_reorder reorder;
static char passed[4096]; /* positions in ms */

static void on_piece(void *user, int64_t position_us, const uint8_t *payload, size_t bytes)
{
    ck_assert_uint_eq(bytes, 160);
    ck_assert_uint_eq(payload[0], (uint8_t)(position_us / 20000));
    size_t len = strlen(passed);
    snprintf(passed + len, sizeof(passed) - len, "%lld ", (long long)(position_us / 1000));
}

static void setup(void)
{
    passed[0] = '\0';
    st_reorder_init(&reorder, on_piece, NULL);
}

static void put(int position_ms)
{
    uint8_t payload[160] = {(uint8_t)(position_ms / 20)};
    st_reorder_put(&reorder, position_ms * 1000, (position_ms + 20) * 1000, payload,
                   sizeof(payload));
}

static void put_all(const int *positions_ms)
{
    for (; *positions_ms >= 0; positions_ms++)
        put(*positions_ms);
}

START_TEST(orderly_chunks_pass_at_once)
{
    put(0);
    ck_assert_str_eq(passed, "0 ");
    put(20);
    put(43); /* rounded by the platform */
    ck_assert_str_eq(passed, "0 20 43 ");
}
END_TEST

START_TEST(late_chunks_land_right)
{
    put_all((int[]){0, 40, 60, 20, 80, 160, 140, 120, 100, 180, -1});
    ck_assert_str_eq(passed, "0 20 40 60 80 100 120 140 160 180 ");
}
END_TEST

START_TEST(the_first_chunk_may_be_late_too)
{
    put_all((int[]){20, 40, 0, 60, -1});
    ck_assert_str_eq(passed, "0 20 40 60 ");
}
END_TEST

START_TEST(a_chunk_held_twice_passes_once)
{
    put_all((int[]){0, 40, 40, 20, -1});
    ck_assert_str_eq(passed, "0 20 40 ");
}
END_TEST

START_TEST(a_gap_is_real_when_the_slots_are_full)
{
    put_all((int[]){0, 500, 520, 540, 560, 580, -1});
    ck_assert_str_eq(passed, "0 ");
    put(600);
    ck_assert_str_eq(passed, "0 500 520 540 560 580 600 ");
}
END_TEST

START_TEST(with_full_slots_the_earliest_of_all_passes_first)
{
    put_all((int[]){0, 500, 540, 580, 620, 660, 460, -1});
    ck_assert_str_eq(passed, "0 460 ");
    put(700);
    ck_assert_str_eq(passed, "0 460 500 ");
    st_reorder_flush(&reorder);
    ck_assert_str_eq(passed, "0 460 500 540 580 620 660 700 ");
}
END_TEST

START_TEST(a_gap_is_real_when_the_stream_has_moved_on)
{
    put_all((int[]){0, 40, 80, -1});
    st_reorder_advance(&reorder, 139000);
    ck_assert_str_eq(passed, "0 ");
    st_reorder_advance(&reorder, 140000);
    ck_assert_str_eq(passed, "0 40 ");
    st_reorder_advance(&reorder, 1000000);
    ck_assert_str_eq(passed, "0 40 80 ");
}
END_TEST

START_TEST(what_comes_too_late_passes_all_the_same)
{
    put_all((int[]){0, 20, 40, 20, 60, -1});
    ck_assert_str_eq(passed, "0 20 40 20 60 ");
}
END_TEST

START_TEST(nothing_is_lost_however_chunks_are_shuffled)
{
    unsigned seed = 5;
    for (int round = 0; round < 300; round++) {
        int order[100];
        setup();
        for (int i = 0; i < 100; i++)
            order[i] = i * 20;
        /* Nobody moves further than four places. */
        for (int i = 0; i + 5 <= 100; i += 5)
            for (int k = 4; k > 0; k--) {
                int other = rand_r(&seed) % (k + 1), held = order[i + k];
                order[i + k] = order[i + other];
                order[i + other] = held;
            }
        for (int i = 0; i < 100; i++)
            put(order[i]);
        st_reorder_flush(&reorder);
        char *at = passed;
        for (int i = 0; i < 100; i++)
            ck_assert_int_eq(strtol(at, &at, 10), i * 20);
    }
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_test(tcase, orderly_chunks_pass_at_once);
    tcase_add_test(tcase, late_chunks_land_right);
    tcase_add_test(tcase, the_first_chunk_may_be_late_too);
    tcase_add_test(tcase, a_chunk_held_twice_passes_once);
    tcase_add_test(tcase, a_gap_is_real_when_the_slots_are_full);
    tcase_add_test(tcase, with_full_slots_the_earliest_of_all_passes_first);
    tcase_add_test(tcase, a_gap_is_real_when_the_stream_has_moved_on);
    tcase_add_test(tcase, what_comes_too_late_passes_all_the_same);
    tcase_add_test(tcase, nothing_is_lost_however_chunks_are_shuffled);
    return run_case("reorder", tcase);
}
