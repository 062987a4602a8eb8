#include "meaning/cue_set.h"

#include "run.h"

#include "run.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char *joined(const char *text)
{
    static char out[2 * ST_CUE_BYTES_MAX];
    struct st_cue_words words;
    st_cue_words_read(&words, text, strlen(text));
    out[0] = '\0';
    for (size_t i = 0; i < words.count; i++) {
        strcat(out, i > 0 ? " " : "");
        strcat(out, words.words[i]);
    }
    return out;
}

START_TEST(contractions_are_written_out)
{
    ck_assert_str_eq(joined("I'm sure they\xe2\x80\x99ve CAN'T won't."),
                     "i am sure they have can not will not");
    ck_assert_str_eq(joined("It's Bob's, let's see: what'd you'll we're don't cannot"),
                     "it is bob let us see what would you will we are do not can not");
    ck_assert_str_eq(joined(""), "");
}
END_TEST

static const struct {
    const char *pattern, *text;
    bool is_found;
} cases[] = {
    {"send", "please send it", true},
    {"send", "resend", false},
    {"send", "sender", false},
    {"fail*", "it failed", true},
    {"fail*", "it fell", false},
    {"i|we will send", "We'll send", true},
    {"i|we will send", "they'll send", false},
    {"i will ?also|then send", "i will send", true},
    {"i will ?also|then send", "i will then send", true},
    {"i will ?also|then send", "i will not send", false},
    {"call ... about", "i call you today about it", true},
    {"call ... about", "call about it", true},
    {"call ... about", "call a b c d about", true},
    {"call ... about", "call a b c d e about", false},
    {"^ hi", "hi there", true},
    {"^ hi", "oh hi there", false},
    {"bye $", "good bye", true},
    {"bye $", "bye for now", false},
    {"^ this is ... $", "this is ann lee", true},
    {"^ this is ... $", "this is one two three four five six", false},
    {"do not ?even work", "it doesn't work", false},
    {"does not ?even work", "it doesn't even work", true},
    {"\xc3\xa9t\xc3\xa9|ete", "\xc3\x89T\xc3\x89 ici", true},
};

START_TEST(a_pattern_finds_what_it_says)
{
    struct st_cue cue = {.group = 31, .pattern = cases[_i].pattern};
    struct st_cue_set *set = st_cue_set_create(&cue, 1);
    struct st_cue_words words;
    st_cue_words_read(&words, cases[_i].text, strlen(cases[_i].text));
    ck_assert_uint_eq(st_cue_set_find(set, &words), cases[_i].is_found ? 1U << 31 : 0);
    st_cue_set_destroy(set);
}
END_TEST

START_TEST(groups_are_told_apart)
{
    static const struct st_cue cues[] = {
        {0, "red"}, {1, "green"}, {0, "crimson"}, {2, "green apple"}, {3, "gr*"}};
    struct st_cue_set *set = st_cue_set_create(cues, 5);
    struct st_cue_words words;
    st_cue_words_read(&words, "a crimson and green thing", 25);
    ck_assert_uint_eq(st_cue_set_find(set, &words), 1 | 2 | 8);
    st_cue_words_read(&words, "", 0);
    ck_assert_uint_eq(st_cue_set_find(set, &words), 0);
    st_cue_set_destroy(set);
    st_cue_set_destroy(NULL);
}
END_TEST

START_TEST(long_texts_are_cut)
{
    char text[20000];
    struct st_cue_words words;
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = "word "[i % 5];
    st_cue_words_read(&words, text, sizeof(text));
    ck_assert_uint_eq(words.count, ST_CUE_WORDS_MAX);
    memset(text, 'a', 256);
    for (size_t i = 0; i < sizeof(text); i += 200)
        text[i] = ' ';
    st_cue_words_read(&words, text, sizeof(text));
    ck_assert_uint_le(words.used, ST_CUE_BYTES_MAX);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, contractions_are_written_out);
    tcase_add_loop_test(tcase, a_pattern_finds_what_it_says, 0, sizeof(cases) / sizeof(cases[0]));
    tcase_add_test(tcase, groups_are_told_apart);
    tcase_add_test(tcase, long_texts_are_cut);
    return run_case("cue_set", tcase);
}
