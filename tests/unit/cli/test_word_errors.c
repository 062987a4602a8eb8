#include "word_errors.h"

#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void expect_words(const char *text, const char *expected)
{
    struct st_words words = {0};
    char joined[512] = "";
    st_words_add(&words, text);
    for (size_t i = 0; i < words.count; i++) {
        strcat(joined, i > 0 ? "|" : "");
        strcat(joined, words.words[i]);
    }
    ck_assert_str_eq(joined, expected);
    st_words_fini(&words);
}

START_TEST(case_and_punctuation_do_not_count)
{
    expect_words("", "");
    expect_words("Hello, World!", "hello|world");
    expect_words("  well-known\n\t(e-mail) ", "well|known|e|mail");
    expect_words("don't 'quote' it\xe2\x80\x99s o'", "don't|quote|it's|o");
    expect_words("ÉCOLE Straße 25,50 \xe2\x82\xac", "école|straße|25|50");
    expect_words("Ω\xf0\x9f\x98\x80no", "ω|no");
    expect_words("caf\x65\xcc\x81", "cafe\xcc\x81");
}
END_TEST

START_TEST(what_is_no_utf8_parts_words)
{
    expect_words("a\xff"
                 "b\xc3",
                 "a|b");
    expect_words("\xe2\x80", "");
}
END_TEST

START_TEST(a_word_without_end_is_cut)
{
    struct st_words words = {0};
    char text[5000];
    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    st_words_add(&words, text);
    ck_assert_uint_gt(words.count, 10);
    for (size_t i = 0; i < words.count; i++)
        ck_assert_uint_lt(strlen(words.words[i]), 256);
    st_words_fini(&words);
}
END_TEST

static const struct {
    const char *said, *heard, *errors;
    double rate;
} cases[] = {
    {"", "", "", 0},
    {"a b c", "a b c", "", 0},
    {"a b c d", "a x c d", "substituted b x 1;", 0.25},
    {"a b c d", "a c d", "missing b - 1;", 0.25},
    {"a b c d", "a b c d e", "added - e 4;", 0.25},
    {"a b", "", "missing a - 0;missing b - 1;", 1},
    {"", "a", "added - a 0;", 1},
    {"a", "x y z", "added - x 0;added - y 0;substituted a z 0;", 3},
    {"my bill now", "a phone bill", "added - a 0;substituted my phone 0;missing now - 2;", 1},
    {"speak to a manager", "speak to the manager now", "substituted a the 2;added - now 4;", 0.5},
};

START_TEST(the_fewest_errors_are_found)
{
    struct st_words said = {0}, heard = {0};
    struct st_word_errors errors;
    char found[256] = "";
    st_words_add(&said, cases[_i].said);
    st_words_add(&heard, cases[_i].heard);
    ck_assert_int_eq(st_word_errors_find(&errors, &said, &heard), 0);
    for (size_t i = 0; i < errors.count; i++) {
        const struct st_word_error *error = &errors.list[i];
        snprintf(found + strlen(found), sizeof(found) - strlen(found), "%s %s %s %zu;",
                 st_word_error_name(error->kind), error->said ? error->said : "-",
                 error->heard ? error->heard : "-", error->at);
    }
    ck_assert_str_eq(found, cases[_i].errors);
    ck_assert_double_eq_tol(st_word_errors_rate(&errors), cases[_i].rate, 1e-9);
    ck_assert_uint_eq(errors.counts[0] + errors.counts[1] + errors.counts[2], errors.count);
    st_word_errors_fini(&errors);
    st_words_fini(&said);
    st_words_fini(&heard);
}
END_TEST

START_TEST(too_many_words_are_refused)
{
    struct st_words words = {0};
    struct st_word_errors errors;
    for (int i = 0; i < 20000; i++)
        st_words_add(&words, "word");
    ck_assert_int_eq(st_word_errors_find(&errors, &words, &words), -ENOBUFS);
    st_words_fini(&words);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, case_and_punctuation_do_not_count);
    tcase_add_test(tcase, what_is_no_utf8_parts_words);
    tcase_add_test(tcase, a_word_without_end_is_cut);
    tcase_add_loop_test(tcase, the_fewest_errors_are_found, 0, sizeof(cases) / sizeof(cases[0]));
    tcase_add_test(tcase, too_many_words_are_refused);
    return run_case("word_errors", tcase);
}
