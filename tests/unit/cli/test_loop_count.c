#include "loop_count.h"

#include "run.h"

#include "sidetone/config.h"

#include <sched.h>

/* Of a machine's cores a container may have a few. */
START_TEST(cores_that_others_have_do_not_count)
{
    cpu_set_t all, one;
    struct st_config config = {.threads = 0};
    ck_assert_int_eq(sched_getaffinity(0, sizeof(all), &all), 0);
    ck_assert_uint_eq(loop_count_cores(), (unsigned)CPU_COUNT(&all));
    CPU_ZERO(&one);
    for (int i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; i++)
        if (CPU_ISSET(i, &all))
            CPU_SET(i, &one);
    ck_assert_int_eq(sched_setaffinity(0, sizeof(one), &one), 0);
    ck_assert_uint_eq(loop_count(&config), 1);
    ck_assert_int_eq(sched_setaffinity(0, sizeof(all), &all), 0);
}
END_TEST

START_TEST(the_configuration_decides_up_to_a_bound)
{
    struct st_config config = {.threads = 3};
    ck_assert_uint_eq(loop_count(&config), 3);
    config.threads = 1000;
    ck_assert_uint_eq(loop_count(&config), LOOP_COUNT_MAX);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        cores_that_others_have_do_not_count,
        the_configuration_decides_up_to_a_bound,
    };
    return run_tests("loop_count", tests, sizeof(tests) / sizeof(tests[0]));
}
