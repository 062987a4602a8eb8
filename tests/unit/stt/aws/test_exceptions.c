#include "exceptions.h"

#include "run.h"

#include <string.h>

static void expect_message(const char *json, const char *expected)
{
    char out[32];
    st_aws_exception_message(json, strlen(json), out, sizeof(out));
    ck_assert_str_eq(out, expected);
}

START_TEST(reads_the_message_of_an_exception)
{
    expect_message("{\"Message\":\"no\\nway\"}", "no?way");
    expect_message("{\"message\":\"x\",\"y\":[]}", "x");
    expect_message("{\"Message\":1}", "");
    expect_message("<html>", "");
    expect_message("", "");
    expect_message("{\"Message\":\"0123456789012345678901234567890123456789\"}",
                   "0123456789012345678901234567890");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, reads_the_message_of_an_exception);
    return run_case("exceptions", tcase);
}
