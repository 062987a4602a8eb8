#include "spread.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct st_spread spread;

static void teardown(void)
{
    st_spread_fini(&spread);
}

static struct st_segment spread_text(const char *text)
{
    struct st_segment segment = {.start_us = 1000, .end_us = 2000, .text = text};
    st_spread_words(&spread, &segment);
    return segment;
}

START_TEST(longer_words_take_longer)
{
    struct st_segment segment = spread_text("  I want\nit. ");
    ck_assert_int_eq(segment.word_times, ST_WORD_TIMES_ESTIMATED);
    ck_assert_uint_eq(segment.word_count, 3);
    ck_assert_str_eq(segment.words[0].text, "I");
    ck_assert_str_eq(segment.words[1].text, "want");
    ck_assert_str_eq(segment.words[2].text, "it.");
    ck_assert_int_eq(segment.words[0].start_us, 1000);
    ck_assert_int_eq(segment.words[0].end_us, 1125);
    ck_assert_int_eq(segment.words[1].end_us, 1625);
    ck_assert_int_eq(segment.words[2].end_us, 2000);
    ck_assert_float_eq(segment.words[1].confidence, ST_CONFIDENCE_ABSENT);
}
END_TEST

START_TEST(nothing_and_too_much_get_no_words)
{
    char *many = malloc(4 * ST_SPREAD_WORDS_MAX);
    ck_assert_uint_eq(spread_text("").word_count, 0);
    ck_assert_int_eq(spread_text(" \n").word_times, ST_WORD_TIMES_NONE);
    for (int i = 0; i < 2 * ST_SPREAD_WORDS_MAX; i++)
        many[i] = i % 2 ? ' ' : 'a';
    many[2 * ST_SPREAD_WORDS_MAX] = '\0';
    ck_assert_uint_eq(spread_text(many).word_count, ST_SPREAD_WORDS_MAX);
    memcpy(many + 2 * ST_SPREAD_WORDS_MAX, "b", 2);
    ck_assert_uint_eq(spread_text(many).word_count, 0);
    free(many);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("spread");
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, NULL, teardown);
    tcase_add_test(tcase, longer_words_take_longer);
    tcase_add_test(tcase, nothing_and_too_much_get_no_words);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
