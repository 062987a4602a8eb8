#include "sidetone/utf8.h"

#include "run.h"

static void expect_plain(const char *text, const char *expected)
{
    char out[64];
    strcpy(out, text);
    st_utf8_make_plain(out);
    ck_assert_str_eq(out, expected);
}

START_TEST(what_is_plain_stays)
{
    expect_plain("", "");
    expect_plain("Zu viele Anfragen \xc3\xbc, \xe2\x82\xac, \xf0\x9f\x98\x80",
                 "Zu viele Anfragen \xc3\xbc, \xe2\x82\xac, \xf0\x9f\x98\x80");
}
END_TEST

START_TEST(controls_and_half_characters_do_not)
{
    expect_plain("a\nb\x7f"
                 "c\x1b[2J",
                 "a?b?c?[2J");
    expect_plain("a\xc2\x9b"
                 "b",
                 "a??b"); /* C1 */
    expect_plain("cut \xe2\x82", "cut ??");
    expect_plain("\xff\xc3(", "?"
                              "?(");
    expect_plain("\xed\xa0\x80", "???"); /* a surrogate */
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("plain");
    tcase_add_test(tcase, what_is_plain_stays);
    tcase_add_test(tcase, controls_and_half_characters_do_not);
    return run_case("utf8", tcase);
}
