#include "doctor_look.h"

#include "run.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
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
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, this_machine_can_be_looked_at);
    return run_case("doctor_look", tcase);
}
