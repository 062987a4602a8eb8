#include "core_dumps.h"

#include "run.h"

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
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, they_are_forbidden_and_allowed);
    return run_case("core_dumps", tcase);
}
