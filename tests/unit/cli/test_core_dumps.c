#include "core_dumps.h"

#include <check.h>
#include <sys/prctl.h>
#include <sys/resource.h>

START_TEST(they_are_forbidden_and_allowed)
{
    struct rlimit limit;
    core_dumps_forbid();
    ck_assert_int_eq(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 0);
    ck_assert_int_eq(getrlimit(RLIMIT_CORE, &limit), 0);
    ck_assert_uint_eq(limit.rlim_cur, 0);
    core_dumps_allow();
    ck_assert_int_eq(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 1);
    ck_assert_int_eq(getrlimit(RLIMIT_CORE, &limit), 0);
    ck_assert_uint_eq(limit.rlim_cur, limit.rlim_max);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core_dumps");
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, they_are_forbidden_and_allowed);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
