#include "rules/script_words.h"
#include "run.h"

#include <stdio.h>
#include <string.h>

static bool have_one_stem(const char *a, const char *b)
{
    size_t a_bytes = st_script_stem(a, strlen(a)), b_bytes = st_script_stem(b, strlen(b));
    return a_bytes == b_bytes && memcmp(a, b, a_bytes) == 0;
}

static bool is_near(const char *a, const char *b)
{
    bool forth = st_script_is_near(a, strlen(a), b, strlen(b));
    ck_assert(forth == st_script_is_near(b, strlen(b), a, strlen(a)));
    return forth;
}

static uint16_t find(const struct st_script_words *words, const char *word)
{
    return st_script_words_find(words, word, strlen(word));
}

START_TEST(endings_do_not_matter)
{
    static const char *const rows[][2] = {{"recorded", "recording"}, {"record", "records"},
                                          {"purpose", "purposes"},   {"company", "companies"},
                                          {"call", "calling"},       {"minute", "minutes"},
                                          {"save", "saving"},        {"policy", "policies"},
                                          {"time", "times"},         {"customer", "customer's"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ck_assert_msg(have_one_stem(rows[i][0], rows[i][1]), "%s", rows[i][0]);
    ck_assert(!have_one_stem("class", "clas"));
    ck_assert(!have_one_stem("red", "r"));
    ck_assert_uint_eq(st_script_stem("", 0), 0);
}
END_TEST

START_TEST(one_mistake_is_near)
{
    ck_assert(is_near("monitor", "monitor") && is_near("monitor", "moniter"));
    ck_assert(is_near("monitor", "monitr") && is_near("monitor", "mmonitor"));
    ck_assert(is_near("monitor", "omnitor") && is_near("", "a"));
    ck_assert(!is_near("monitor", "monater") && !is_near("monitor", "monit"));
    ck_assert(!is_near("abcd", "badc") && !is_near("ab", "cd"));
}
END_TEST

START_TEST(words_are_found_with_a_letter_wrong)
{
    struct st_script_words *words = st_script_words_create();
    uint16_t quality = st_script_words_add(words, "quality", 7);
    uint16_t card = st_script_words_add(words, "card", 4);
    ck_assert_uint_eq(quality, 1);
    ck_assert_uint_eq(card, 2);
    ck_assert_uint_eq(st_script_words_add(words, "qualities", 9), quality);
    ck_assert_uint_eq(find(words, "quality"), quality);
    ck_assert_uint_eq(find(words, "qualty"), quality);
    ck_assert_uint_eq(find(words, "qaulity"), quality);
    ck_assert_uint_eq(find(words, "equality"), quality);
    ck_assert_uint_eq(find(words, "quallity"), quality);
    ck_assert_uint_eq(find(words, "quantity"), ST_SCRIPT_NO_WORD);
    ck_assert_uint_eq(find(words, "car"), ST_SCRIPT_NO_WORD);
    ck_assert_uint_eq(find(words, "cart"), ST_SCRIPT_NO_WORD);
    ck_assert_uint_eq(find(words, ""), ST_SCRIPT_NO_WORD);
    st_script_words_destroy(words);
    st_script_words_destroy(NULL);
}
END_TEST

START_TEST(an_empty_set_finds_nothing)
{
    struct st_script_words *words = st_script_words_create();
    ck_assert_uint_eq(find(words, "anything"), ST_SCRIPT_NO_WORD);
    ck_assert_uint_eq(st_script_words_add(words, "", 0), ST_SCRIPT_NO_WORD);
    st_script_words_destroy(words);
}
END_TEST

START_TEST(many_words_are_told_apart)
{
    struct st_script_words *words = st_script_words_create();
    char word[20];
    for (int i = 0; i < ST_SCRIPT_WORDS_MAX; i++) {
        snprintf(word, sizeof(word), "%dx%dq", i * 7919 % 100003, i);
        ck_assert_uint_eq(st_script_words_add(words, word, strlen(word)), i + 1);
    }
    ck_assert_uint_eq(st_script_words_add(words, "onemore", 7), ST_SCRIPT_NO_WORD);
    for (int i = 0; i < ST_SCRIPT_WORDS_MAX; i += 97) {
        snprintf(word, sizeof(word), "%dx%dq", i * 7919 % 100003, i);
        ck_assert_uint_eq(find(words, word), i + 1);
    }
    st_script_words_destroy(words);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {endings_do_not_matter, one_mistake_is_near,
                            words_are_found_with_a_letter_wrong, an_empty_set_finds_nothing,
                            many_words_are_told_apart};
    return run_tests("script_words", tests, sizeof(tests) / sizeof(tests[0]));
}
