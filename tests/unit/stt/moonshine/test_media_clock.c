#include "moonshine/media_clock.h"

#include <check.h>
#include <stdlib.h>

START_TEST(samples_follow_the_first_mark)
{
    struct st_media_clock clock;
    st_media_clock_init(&clock, 8000);
    st_media_clock_mark(&clock, 0, 500000);
    for (int64_t i = 1; i < 10; i++)
        st_media_clock_mark(&clock, i * 160, 500000 + i * 20000 + (i % 3) * 100);
    ck_assert_uint_eq(clock.count, 1);
    ck_assert_int_eq(st_media_clock_us(&clock, 8000), 1500000);
    ck_assert_int_eq(st_media_clock_us(&clock, 1), 500125);
}
END_TEST

START_TEST(a_jump_moves_only_what_follows)
{
    struct st_media_clock clock;
    st_media_clock_init(&clock, 16000);
    st_media_clock_mark(&clock, 0, 0);
    st_media_clock_mark(&clock, 16000, 5000000);
    ck_assert_int_eq(st_media_clock_us(&clock, 15999), 999937);
    ck_assert_int_eq(st_media_clock_us(&clock, 16000), 5000000);
    ck_assert_int_eq(st_media_clock_us(&clock, 32000), 6000000);
}
END_TEST

START_TEST(the_oldest_of_many_jumps_is_forgotten)
{
    struct st_media_clock clock;
    st_media_clock_init(&clock, 8000);
    for (int64_t i = 0; i < 50; i++)
        st_media_clock_mark(&clock, i * 8000, i * 3000000);
    ck_assert_uint_eq(clock.count, ST_MEDIA_CLOCK_ANCHORS);
    ck_assert_int_eq(st_media_clock_us(&clock, 49 * 8000), 49 * 3000000LL);
    ck_assert_int_eq(st_media_clock_us(&clock, 45 * 8000 + 4000), 45 * 3000000LL + 500000);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("media_clock");
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, samples_follow_the_first_mark);
    tcase_add_test(tcase, a_jump_moves_only_what_follows);
    tcase_add_test(tcase, the_oldest_of_many_jumps_is_forgotten);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
