#include "measures/vader_words.h"
#include "run.h"

#include <string.h>

START_TEST(degrees_have_a_sign)
{
    static const char *const up[] = {"absolutely", "very", "so", "utterly", "most"};
    static const char *const down[] = {"almost", "barely", "kind-of", "sortof", "sorta"};
    static const char *const none[] = {"", "verily", "kind", "the", "Very"};
    for (size_t i = 0; i < 5; i++) {
        ck_assert_double_eq(st_vader_degree(up[i]), 0.293);
        ck_assert_double_eq(st_vader_degree(down[i]), -0.293);
        ck_assert_double_eq(st_vader_degree(none[i]), 0);
    }
}
END_TEST

START_TEST(negations_are_known)
{
    static const char *const yes[] = {"ain't", "without", "uh-uh", "despite", "mayn't", "aint"};
    static const char *const no[] = {"", "no", "knot", "can", "with"};
    for (size_t i = 0; i < 6; i++)
        ck_assert_msg(st_vader_is_negation(yes[i]), "%s", yes[i]);
    for (size_t i = 0; i < 5; i++)
        ck_assert_msg(!st_vader_is_negation(no[i]), "%s", no[i]);
}
END_TEST

START_TEST(idioms_have_two_or_three_words)
{
    for (const struct st_vader_idiom *idiom = st_vader_idioms; idiom->words[0]; idiom++)
        ck_assert_ptr_nonnull(idiom->words[1]);
    for (const struct st_vader_idiom *pair = st_vader_degree_pairs; pair->words[0]; pair++) {
        ck_assert_ptr_nonnull(pair->words[1]);
        ck_assert_ptr_null(pair->words[2]);
    }
}
END_TEST

int main(void)
{
    const TTest *tests[] = {degrees_have_a_sign, negations_are_known,
                            idioms_have_two_or_three_words};
    return run_tests("vader_words", tests, sizeof(tests) / sizeof(tests[0]));
}
