#include "moonshine/loudness.h"

#include "run.h"

#include <stdlib.h>
#include <string.h>

enum { RATE = 8000, FRAME = RATE / 50 };

static int16_t audio[RATE];
static struct st_loudness loudness;

static void fill(size_t from, size_t until, int16_t amplitude)
{
    for (size_t i = from; i < until; i++)
        audio[i] = i % 2 ? amplitude : (int16_t)-amplitude;
}

START_TEST(loud_frames_stand_out)
{
    fill(0, RATE, 20);
    fill(10 * FRAME, 20 * FRAME, 4000);
    st_loudness_measure(&loudness, audio, RATE, RATE);
    ck_assert_uint_eq(loudness.count, 50);
    for (size_t i = 0; i < 50; i++)
        ck_assert_int_eq(loudness.is_loud[i], i >= 10 && i < 20);
}
END_TEST

START_TEST(a_stretch_is_narrowed_to_what_is_loud_in_it)
{
    int64_t start_us = 30000, end_us = 900000;
    fill(0, RATE, 20);
    fill(10 * FRAME, 20 * FRAME, 4000);
    st_loudness_measure(&loudness, audio, RATE, RATE);
    ck_assert(st_loudness_narrow(&loudness, &start_us, &end_us));
    ck_assert_int_eq(start_us, 200000);
    ck_assert_int_eq(end_us, 400000);
    start_us = 210000;
    end_us = 390000;
    ck_assert(st_loudness_narrow(&loudness, &start_us, &end_us));
    ck_assert_int_eq(start_us, 210000);
    ck_assert_int_eq(end_us, 390000);
    start_us = 500000;
    end_us = 700000;
    ck_assert(!st_loudness_narrow(&loudness, &start_us, &end_us));
    ck_assert_int_eq(start_us, 500000);
    ck_assert_int_eq(end_us, 700000);
}
END_TEST

START_TEST(silence_and_nothing_are_not_loud)
{
    memset(audio, 0, sizeof(audio));
    st_loudness_measure(&loudness, audio, RATE, RATE);
    for (size_t i = 0; i < loudness.count; i++)
        ck_assert(!loudness.is_loud[i]);
    st_loudness_measure(&loudness, audio, FRAME - 1, RATE);
    ck_assert_uint_eq(loudness.count, 0);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, loud_frames_stand_out);
    tcase_add_test(tcase, a_stretch_is_narrowed_to_what_is_loud_in_it);
    tcase_add_test(tcase, silence_and_nothing_are_not_loud);
    return run_case("loudness", tcase);
}
