#include "sidetone/err.h"

#include "run.h"

#include <errno.h>
#include <uv.h>

START_TEST(every_code_has_a_text)
{
    ck_assert_str_eq(st_err_text(0), "success");
    ck_assert_str_eq(st_err_text(-EINVAL), "invalid argument");
    ck_assert_str_eq(st_err_text(EINVAL), "invalid argument");
    ck_assert_str_eq(st_err_text(UV_EAI_NONAME), "unknown node or service");
}
END_TEST

START_TEST(codes_that_libuv_does_not_know_have_the_systems_text)
{
    ck_assert_str_eq(st_err_text(-EBADMSG), "Bad message");
    ck_assert_str_eq(st_err_text(-ETIME), "Timer expired");
}
END_TEST

START_TEST(nonsense_has_a_text_without_a_leak)
{
    ck_assert_str_eq(st_err_text(-123456), "unknown error");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, every_code_has_a_text);
    tcase_add_test(tcase, codes_that_libuv_does_not_know_have_the_systems_text);
    tcase_add_test(tcase, nonsense_has_a_text_without_a_leak);
    return run_case("err", tcase);
}
