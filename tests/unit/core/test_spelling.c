#include "sidetone/spelling.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct st_spelling spelling;

/* Spoken words are a second long each, one after another; times are shown in tenths. */
static const char *spell(const char *text, const char *words)
{
    static char out[1024], copy[1024];
    struct st_word spoken[64];
    size_t count = 0, used = 0;
    char *rest = copy;
    snprintf(copy, sizeof(copy), "%s", words);
    for (char *word; (word = strsep(&rest, " ")) != NULL && *word; count++)
        spoken[count] = (struct st_word){.text = word,
                                         .start_us = (int64_t)count * 1000000,
                                         .end_us = (int64_t)(count + 1) * 1000000,
                                         .confidence = 1.0F / (float)(count + 1)};
    count = st_spelling_words(&spelling, text, spoken, count);
    out[0] = '\0';
    for (size_t i = 0; i < count; i++)
        used +=
            (size_t)snprintf(out + used, sizeof(out) - used, "%s%s %lld-%lld", i ? ", " : "",
                             spelling.words[i].text, (long long)spelling.words[i].start_us / 100000,
                             (long long)spelling.words[i].end_us / 100000);
    return out;
}

START_TEST(words_are_spelt_as_the_text_has_them)
{
    static const struct {
        const char *text, *spoken, *words;
    } rows[] = {
        {"Hello, everyone.", "hello everyone", "Hello, 0-10, everyone. 10-20"},
        {"I paid $25 today.", "i paid twenty five dollars today",
         "I 0-10, paid 10-20, $25 20-50, today. 50-60"},
        {"Call 555 0123 now", "call five five five oh one two three now",
         "Call 0-10, 555 10-45, 0123 45-80, now 80-90"},
        {"um okay", "okay", "um 0-0, okay 0-10"},
        {"okay", "um okay", "okay 10-20"},
        {"a - b", "a b", "a 0-10, - 10-10, b 10-20"},
        {"It's 3 o'clock", "it's three o'clock", "It's 0-10, 3 10-20, o'clock 20-30"},
        {"one two three four", "x", "one 0-2, two 2-5, three 5-7, four 7-10"},
        {"1", "a b c", "1 0-30"},
        {"", "a", ""},
        {"   ", "a", ""},
        {"a", "", ""},
        {"caf\xc3\xa9 ol\xc3\xa9!", "caf\xc3\xa9 ol\xc3\xa9",
         "caf\xc3\xa9 0-10, ol\xc3\xa9! 10-20"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ck_assert_str_eq(spell(rows[i].text, rows[i].spoken), rows[i].words);
}
END_TEST

START_TEST(confidence_is_that_of_the_least_certain)
{
    spell("$25 today", "twenty five dollars today");
    ck_assert_float_eq_tol(spelling.words[0].confidence, 1.0F / 3, 0.001F);
    ck_assert_float_eq_tol(spelling.words[1].confidence, 0.25F, 0.001F);
    spell("um okay", "okay");
    ck_assert(spelling.words[0].confidence < 0);
}
END_TEST

START_TEST(however_long_it_is)
{
    enum { LONG = 1100 };
    static char text[2 * LONG + 1];
    static struct st_word spoken[LONG];
    for (size_t i = 0; i < LONG; i++) {
        memcpy(text + 2 * i, "x ", 3);
        spoken[i] = (struct st_word){.text = i % 2 ? "x" : "y", .start_us = (int64_t)i};
    }
    ck_assert_uint_eq(st_spelling_words(&spelling, text, spoken, LONG), 0);
    ck_assert_uint_eq(st_spelling_words(&spelling, text, spoken, 1024), 1024);
    ck_assert_uint_eq(st_spelling_words(&spelling, "x", spoken, 1024), 1);
}
END_TEST

static struct st_segment spread_text(const char *text)
{
    struct st_segment segment = {.start_us = 1000, .end_us = 2000, .text = text};
    st_spelling_spread(&spelling, &segment);
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
    char many[2 * (1024 + 1)];
    ck_assert_uint_eq(spread_text("").word_count, 0);
    ck_assert_int_eq(spread_text(" \n").word_times, ST_WORD_TIMES_NONE);
    for (size_t i = 0; i < sizeof(many); i++)
        many[i] = i % 2 ? ' ' : 'a';
    many[2 * 1024] = '\0';
    ck_assert_uint_eq(spread_text(many).word_count, 1024);
    many[2 * 1024] = 'b';
    many[2 * 1024 + 1] = '\0';
    ck_assert_uint_eq(spread_text(many).word_count, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core/spelling");
    TCase *cases = tcase_create("spelling");
    tcase_add_test(cases, words_are_spelt_as_the_text_has_them);
    tcase_add_test(cases, confidence_is_that_of_the_least_certain);
    tcase_add_test(cases, however_long_it_is);
    tcase_add_test(cases, longer_words_take_longer);
    tcase_add_test(cases, nothing_and_too_much_get_no_words);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    st_spelling_fini(&spelling);
    return failed > 0;
}
