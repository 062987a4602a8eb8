#include "engine_hearing.h"

#include "run.h"

enum { MS_US = 1000 };

static struct st_engine_hearing hearing;

/* Frames 1 … are sent at 100 ms each. */
static void send(int frames)
{
    st_engine_hearing_init(&hearing);
    for (int i = 1; i <= frames; i++)
        st_engine_hearing_sent(&hearing, (int64_t)i * ST_FRAME_US, (int64_t)i * 100 * MS_US);
}

static void hear(bool is_final, int64_t start_ms, int64_t end_ms, int64_t now_ms)
{
    struct st_segment segment = {
        .is_final = is_final, .start_us = start_ms * MS_US, .end_us = end_ms * MS_US, .text = "so"};
    st_engine_hearing_heard(&hearing, 0, &segment, now_ms * MS_US);
}

START_TEST(text_is_held_against_when_its_last_word_was_sent)
{
    send(10);
    hear(true, 0, 60, 350); /* the third frame, sent at 300 */
    hear(true, 60, 61, 450);
    hear(true, 0, 10000, 1100); /* beyond: the last */
    ck_assert_uint_eq(hearing.finals.count, 3);
    ck_assert_int_eq(hearing.finals.us[0], 50 * MS_US);
    ck_assert_int_eq(hearing.finals.us[1], 50 * MS_US);
    ck_assert_int_eq(hearing.finals.us[2], 100 * MS_US);
    st_engine_hearing_fini(&hearing);
}
END_TEST

START_TEST(a_final_is_over_with_its_last_word)
{
    struct st_word words[] = {{"so", 0, 20 * MS_US, 1}, {"far", 20 * MS_US, 40 * MS_US, 1}};
    struct st_segment segment = {
        .is_final = true, .end_us = 200 * MS_US, .text = "so far", .words = words, .word_count = 2};
    send(10);
    st_engine_hearing_heard(&hearing, 1, &segment, 1000 * MS_US);
    ck_assert_int_eq(hearing.finals.us[0], 800 * MS_US);
    st_engine_hearing_fini(&hearing);
}
END_TEST

START_TEST(partials_count_when_there_is_more_in_them)
{
    send(10);
    hear(false, 40, 60, 420);
    hear(false, 40, 60, 500);
    hear(false, 40, 100, 520);
    hear(true, 40, 100, 620);
    ck_assert_uint_eq(hearing.partials.count, 2);
    ck_assert_int_eq(hearing.partials.us[0], 120 * MS_US);
    ck_assert_int_eq(hearing.partials.us[1], 20 * MS_US);
    ck_assert_uint_eq(hearing.finals.count, 1);
    ck_assert_int_eq(hearing.first_us, 120 * MS_US); /* its audio began with the third frame */
    st_engine_hearing_fini(&hearing);
}
END_TEST

START_TEST(text_that_is_withdrawn_is_none)
{
    struct st_segment segment = {.is_final = true, .text = ""};
    send(1);
    st_engine_hearing_heard(&hearing, 0, &segment, 0);
    ck_assert_uint_eq(hearing.finals.count, 0);
    ck_assert_int_eq(hearing.first_us, -1);
    st_engine_hearing_fini(&hearing);
}
END_TEST

START_TEST(percentiles_are_of_what_was_measured)
{
    struct st_delays delays = {0};
    ck_assert_int_eq(st_delays_percentile(&delays, 50), 0);
    for (int i = 100; i > 0; i--)
        st_delays_add(&delays, i);
    st_delays_sort(&delays);
    ck_assert_int_eq(st_delays_percentile(&delays, 0), 1);
    ck_assert_int_eq(st_delays_percentile(&delays, 50), 50);
    ck_assert_int_eq(st_delays_percentile(&delays, 95), 95);
    ck_assert_int_eq(st_delays_percentile(&delays, 99), 99);
    ck_assert_int_eq(st_delays_percentile(&delays, 100), 100);
    st_delays_fini(&delays);
    st_delays_add(&delays, 7);
    ck_assert_int_eq(st_delays_percentile(&delays, 50), 7);
    ck_assert_int_eq(st_delays_percentile(&delays, 99), 7);
    st_delays_fini(&delays);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, text_is_held_against_when_its_last_word_was_sent);
    tcase_add_test(tcase, a_final_is_over_with_its_last_word);
    tcase_add_test(tcase, partials_count_when_there_is_more_in_them);
    tcase_add_test(tcase, text_that_is_withdrawn_is_none);
    tcase_add_test(tcase, percentiles_are_of_what_was_measured);
    return run_case("engine_hearing", tcase);
}
