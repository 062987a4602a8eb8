/* What a test program's main function ends with: one suite of one case. */
#ifndef SIDETONE_TEST_RUN_H
#define SIDETONE_TEST_RUN_H

#include <check.h>

static inline int run_case(const char *name, TCase *tcase)
{
    Suite *suite = suite_create(name);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}

static inline int run_tests(const char *name, const TTest *const *tests, size_t count)
{
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 60);
    for (size_t i = 0; i < count; i++)
        tcase_add_test(tcase, tests[i]);
    return run_case(name, tcase);
}

#endif
