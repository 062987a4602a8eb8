#include "doctor_look.h"

#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

START_TEST(this_machine_can_be_looked_at)
{
    struct rlimit limit = {0};
    getrlimit(RLIMIT_NOFILE, &limit);
    ck_assert_uint_gt(st_doctor_look_files(), 0);
    ck_assert_uint_eq(st_doctor_look_files(), limit.rlim_max);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("doctor_look");
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, this_machine_can_be_looked_at);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
