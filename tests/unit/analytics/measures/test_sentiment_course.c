#include "run.h"

#include "sidetone/sentiment.h"

#include <math.h>
#include <string.h>

static const int64_t second_us = 1000000;

START_TEST(the_first_segment_is_the_mean)
{
    struct st_sentiment_course course;
    st_sentiment_course_init(&course);
    ck_assert_double_eq(course.rolling, 0);
    st_sentiment_course_put(&course, -0.6, 7, 5 * second_us);
    ck_assert_double_eq_tol(course.rolling, -0.6, 1e-12);
}
END_TEST

START_TEST(hostile_times_are_survived)
{
    struct st_sentiment_course course;
    st_sentiment_course_init(&course);
    st_sentiment_course_put(&course, -0.6, 7, INT64_MIN);
    st_sentiment_course_put(&course, 0.5, 3, INT64_MAX);
    ck_assert_double_eq_tol(course.rolling, 0.5, 1e-12);
    st_sentiment_course_put(&course, 0.5, 3, 0);
    ck_assert_double_eq_tol(course.rolling, 0.5, 1e-12);
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

/* Says `words` with that compound every five seconds. */
static void say(struct st_sentiment_course *course, double compound, unsigned times, size_t words,
                char *shifts)
{
    for (unsigned i = 0; i < times; i++)
        strcat(shifts, (const char *[]){".", "n", "r", "p"}[st_sentiment_course_put(
                           course, compound, words, course->last_us + 5 * second_us)]);
}

START_TEST(shifts_have_hysteresis)
{
    static const struct {
        double compounds[6];
        const char *shifts;
    } courses[] = {
        {{-0.6, -0.6, -0.6, -0.6, -0.6, -0.6}, "n....."},
        {{-0.6, -0.1, -0.1, -0.1, -0.1, -0.1}, "n....."}, /* less negative is not recovered */
        {{-0.6, 0.4, 0.4, 0.4, 0.4, 0.4}, "n.r..."},
        {{-0.4, 0.6, 0.9, 0.9, 0.9, 0.9}, "nrp..."},
        {{0.4, 0.2, 0.1, 0.4, 0.4, 0.9}, "p....."},
        {{0.4, -0.6, 0.9, 0.9, 0.9, 0.9}, "p..p.."},
        {{0.4, -1, -1, -1, -1, -1}, "pn...."},
        {{0.2, -0.2, 0.2, -0.2, 0.2, -0.2}, "......"},
    };
    for (size_t i = 0; i < sizeof(courses) / sizeof(courses[0]); i++) {
        struct st_sentiment_course course;
        char shifts[16] = "";
        st_sentiment_course_init(&course);
        for (unsigned k = 0; k < 6; k++)
            say(&course, courses[i].compounds[k], 1, 12, shifts);
        ck_assert_str_eq(shifts, courses[i].shifts);
    }
}
END_TEST

START_TEST(a_few_words_shift_nothing)
{
    struct st_sentiment_course course;
    char shifts[16] = "";
    st_sentiment_course_init(&course);
    say(&course, -0.9, 3, 4, shifts);
    ck_assert_str_eq(shifts, "...");
    say(&course, -0.9, 1, 4, shifts);
    ck_assert_str_eq(shifts, "...n");
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
        the_first_segment_is_the_mean, hostile_times_are_survived, words_weigh,
        a_minute_halves_the_weight,    shifts_have_hysteresis,     a_few_words_shift_nothing,
        time_does_not_run_backwards};
    return run_tests("sentiment_course", tests, sizeof(tests) / sizeof(tests[0]));
}
