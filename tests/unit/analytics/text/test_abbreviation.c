#include "text/abbreviation.h"

#include "run.h"

#include <string.h>

START_TEST(a_full_stop_may_belong_to_its_word)
{
    static const char *const yes[] = {"Mr", "mrs", "DR", "Prof", "vs", "st", "J", "e.g", "U.S", ""};
    static const char *const no[] = {"Mister", "me", "dress", "stop", "done", "i.", "3.14"};
    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
        ck_assert_msg(st_abbreviation_is(yes[i], strlen(yes[i])), "%s", yes[i]);
    for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
        ck_assert_msg(!st_abbreviation_is(no[i], strlen(no[i])), "%s", no[i]);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {a_full_stop_may_belong_to_its_word};
    return run_tests("abbreviation", tests, 1);
}
