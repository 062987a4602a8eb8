#include "run.h"

#include "sidetone/sentiment.h"

#include <math.h>

static const int64_t second_us = 1000000;

START_TEST(the_first_segment_is_the_mean)
{
    struct st_sentiment_course course;
    st_sentiment_course_init(&course);
    ck_assert_double_eq(course.rolling, 0);
    st_sentiment_course_put(&course, -0.6, 7, 5 * second_us);
    ck_assert_double_eq_tol(course.rolling, -0.6, 1e-12);
    ck_assert_int_eq(course.trend, ST_TREND_FLAT);
}
END_TEST

START_TEST(words_weigh)
{
    struct st_sentiment_course course;
    st_sentiment_course_init(&course);
    st_sentiment_course_put(&course, 0.8, 1, second_us);
    st_sentiment_course_put(&course, -0.4, 3, second_us);
    ck_assert_double_eq_tol(course.rolling, (0.8 - 1.2) / 4, 1e-12);
    st_sentiment_course_put(&course, 1, 0, second_us);
    ck_assert_double_eq_tol(course.rolling, (0.8 - 1.2) / 4, 1e-12);
}
END_TEST

START_TEST(a_minute_halves_the_weight)
{
    struct st_sentiment_course course;
    st_sentiment_course_init(&course);
    st_sentiment_course_put(&course, 1, 10, 0);
    st_sentiment_course_put(&course, 0, 10, 60 * second_us);
    ck_assert_double_eq_tol(course.rolling, 5.0 / 15, 1e-12);
    st_sentiment_course_put(&course, 0, 10, 180 * second_us);
    ck_assert_double_eq_tol(course.rolling, 1.25 / (15 / 4.0 + 10), 1e-12);
}
END_TEST

START_TEST(the_last_minute_is_held_against_all_before)
{
    struct st_sentiment_course course;
    st_sentiment_course_init(&course);
    st_sentiment_course_put(&course, 0.5, 10, 0);
    st_sentiment_course_put(&course, -0.5, 10, 59 * second_us);
    ck_assert_int_eq(course.trend, ST_TREND_FLAT);
    st_sentiment_course_put(&course, -0.5, 10, 61 * second_us);
    ck_assert_int_eq(course.trend, ST_TREND_DOWN);
    st_sentiment_course_put(&course, 0.9, 40, 130 * second_us);
    ck_assert_int_eq(course.trend, ST_TREND_UP);
}
END_TEST

START_TEST(a_small_change_is_flat)
{
    struct st_sentiment_course course;
    st_sentiment_course_init(&course);
    st_sentiment_course_put(&course, 0.5, 10, 0);
    st_sentiment_course_put(&course, 0.59, 10, 70 * second_us);
    ck_assert_int_eq(course.trend, ST_TREND_FLAT);
    st_sentiment_course_init(&course);
    st_sentiment_course_put(&course, 0.5, 10, 0);
    st_sentiment_course_put(&course, 0.61, 10, 70 * second_us);
    ck_assert_int_eq(course.trend, ST_TREND_UP);
}
END_TEST

START_TEST(more_segments_than_places_are_all_counted)
{
    struct st_sentiment_course course;
    st_sentiment_course_init(&course);
    for (int i = 0; i < 1000; i++)
        st_sentiment_course_put(&course, 0.25, 4, i * second_us / 20);
    ck_assert_double_eq_tol(course.recent_words, 4000, 1e-3);
    ck_assert_double_eq_tol(course.rolling, 0.25, 1e-9);
    for (int i = 0; i < 1000; i++)
        st_sentiment_course_put(&course, -0.25, 4, 200 * second_us + i * second_us);
    ck_assert_double_eq_tol(course.recent_words + course.earlier_words, 8000, 1e-3);
    ck_assert_double_eq_tol(course.recent_words, 240, 1e-3);
}
END_TEST

START_TEST(time_does_not_run_backwards)
{
    struct st_sentiment_course course;
    st_sentiment_course_init(&course);
    st_sentiment_course_put(&course, 1, 10, 600 * second_us);
    st_sentiment_course_put(&course, -1, 10, 0);
    ck_assert_double_eq_tol(course.rolling, 0, 1e-12);
    ck_assert_int_eq(course.last_us, 600 * second_us);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        the_first_segment_is_the_mean, words_weigh,
        a_minute_halves_the_weight,    the_last_minute_is_held_against_all_before,
        a_small_change_is_flat,        more_segments_than_places_are_all_counted,
        time_does_not_run_backwards};
    return run_tests("sentiment_course", tests, sizeof(tests) / sizeof(tests[0]));
}
