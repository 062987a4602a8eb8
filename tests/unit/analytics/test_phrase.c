#include "listen.h"
#include "run.h"

#include "sidetone/mem.h"

#include <stdlib.h>

static struct st_category_matcher *listen_for_phrases(char **phrases, unsigned count)
{
    struct st_config_category category = {.name = "x", .phrases = phrases, .phrase_count = count};
    return listen_for(&category, 1);
}

static struct st_category_matcher *listen_for_phrase(const char *phrase)
{
    char *phrases[] = {(char *)phrase};
    return listen_for_phrases(phrases, 1);
}

static const char *hear(struct st_category_matcher *matcher, const char *text, int64_t start_ms)
{
    return say(matcher, 0, ST_ROLE_CUSTOMER, text, start_ms);
}

START_TEST(whole_words_match_in_any_spelling)
{
    struct st_category_matcher *matcher = listen_for_phrase("Don't  call");
    ck_assert_str_eq(hear(matcher, "Please, DON'T... call!", 0),
                     "x/Don't  call [DON'T call] 800-2100");
    ck_assert_str_eq(hear(matcher, "don\u2019t caller", 100000), "");
    ck_assert_str_eq(hear(matcher, "xdon't call", 200000), "");
    ck_assert_str_eq(hear(matcher, "don't you call", 300000), "");
    ck_assert_str_eq(hear(matcher, "dont call", 400000), "");
    st_category_matcher_destroy(matcher);
}
END_TEST

START_TEST(times_are_estimated_by_character)
{
    struct st_category_matcher *matcher = listen_for_phrase("caf\u00e9 now");
    struct st_segment segment = {
        .text = "\u00e9\u00e9 caf\u00e9 now \u00e9", .start_us = 1000000, .end_us = 2300000};
    heard[0] = '\0';
    st_category_matcher_put(matcher, 0, ST_ROLE_AGENT, &segment, on_match, NULL);
    ck_assert_str_eq(heard, "x/caf\u00e9 now [caf\u00e9 now] 1300-2100");
    st_category_matcher_destroy(matcher);
}
END_TEST

START_TEST(times_come_from_the_words_when_there_are_any)
{
    struct st_category_matcher *matcher = listen_for_phrase("to a manager");
    const struct st_word words[] = {{"Speak", 10000, 20000, 1},
                                    {"to", 30000, 40000, 1},
                                    {"a", 50000, 60000, 1},
                                    {"Manager.", 70000, 80000, 1}};
    struct st_segment segment = {.text = "Speak to a Manager.",
                                 .end_us = 1000000,
                                 .word_times = ST_WORD_TIMES_MEASURED,
                                 .words = words,
                                 .word_count = 4};
    heard[0] = '\0';
    st_category_matcher_put(matcher, 0, ST_ROLE_AGENT, &segment, on_match, NULL);
    ck_assert_str_eq(heard, "x/to a manager [to a Manager] 30-80");
    st_category_matcher_destroy(matcher);
}
END_TEST

START_TEST(a_phrase_spans_segments_of_its_channel)
{
    struct st_category_matcher *matcher = listen_for_phrase("i want to speak to a manager");
    ck_assert_str_eq(hear(matcher, "Well, I want", 0), "");
    ck_assert_str_eq(say(matcher, 1, ST_ROLE_AGENT, "One moment.", 1300), "");
    ck_assert_str_eq(hear(matcher, "to", 3000), "");
    ck_assert_str_eq(hear(matcher, "", 3500), "");
    ck_assert_str_eq(hear(matcher, "Speak to a", 4000), "");
    ck_assert_str_eq(say(matcher, 1, ST_ROLE_AGENT, "manager", 5000), "");
    ck_assert_str_eq(hear(matcher, "Manager. Now!", 6000),
                     "x/i want to speak to a manager [I want to Speak to a Manager] 600-6700");
    ck_assert_str_eq(hear(matcher, "manager", 8000), "");
    st_category_matcher_destroy(matcher);
}
END_TEST

START_TEST(a_long_silence_ends_what_was_begun)
{
    struct st_category_matcher *matcher = listen_for_phrase("cancel it");
    ck_assert_str_eq(hear(matcher, "cancel", 0), "");
    ck_assert_str_ne(hear(matcher, "it", 10600), "");
    ck_assert_str_eq(hear(matcher, "cancel", 20000), "");
    ck_assert_str_eq(hear(matcher, "it", 30601), "");
    st_category_matcher_destroy(matcher);
}
END_TEST

START_TEST(one_phrase_does_not_match_twice_on_the_same_words)
{
    struct st_category_matcher *matcher = listen_for_phrase("no no");
    hear(matcher, "no no no", 0);
    ck_assert_uint_eq(heard_count, 1);
    hear(matcher, "no", 1000);
    ck_assert_uint_eq(heard_count, 1);
    hear(matcher, "no. no, no no no", 2000);
    ck_assert_uint_eq(heard_count, 2);
    st_category_matcher_destroy(matcher);
    matcher = listen_for_phrase("a b a b a");
    hear(matcher, "a b a b a b a b a b a", 0);
    ck_assert_uint_eq(heard_count, 2);
    hear(matcher, "b a b a a b a b a b a b a", 2000);
    ck_assert_uint_eq(heard_count, 1);
    st_category_matcher_destroy(matcher);
}
END_TEST

START_TEST(several_phrases_share_words)
{
    char *phrases[] = {"a manager", "Manager", "to a manager", "manager", "no", "no no"};
    struct st_category_matcher *matcher = listen_for_phrases(phrases, 6);
    ck_assert_str_eq(hear(matcher, "to a manager", 0), "x/to a manager [to a manager] 0-1200\n"
                                                       "x/a manager [a manager] 300-1200\n"
                                                       "x/Manager [manager] 500-1200");
    hear(matcher, "no no no", 2000);
    ck_assert_uint_eq(heard_count, 4);
    st_category_matcher_destroy(matcher);
}
END_TEST

START_TEST(many_phrases_all_match)
{
    enum { COUNT = 10000 };
    char **phrases = calloc(COUNT, sizeof(*phrases));
    for (unsigned i = 0; i < COUNT; i++) {
        phrases[i] = malloc(40);
        snprintf(phrases[i], 40, "call %u about %u", i, i * 7);
    }
    struct st_category_matcher *matcher = listen_for_phrases(phrases, COUNT);
    for (unsigned i = 0; i < COUNT; i += 97) {
        char text[80];
        snprintf(text, sizeof(text), "please call %u about %u about 7", i, i * 7);
        hear(matcher, text, 0);
        ck_assert_uint_eq(heard_count, 1);
    }
    st_category_matcher_destroy(matcher);
    for (unsigned i = 0; i < COUNT; i++)
        free(phrases[i]);
    free(phrases);
}
END_TEST

START_TEST(odd_text_is_survived)
{
    struct st_category_matcher *matcher = listen_for_phrase("a b");
    char *text = st_mem_alloc(100001);
    memset(text, 'x', 100000);
    hear(matcher, text, 0);
    for (size_t i = 0; i < 100000; i++)
        text[i] = i % 2 == 0 ? 'a' + (char)(i / 2 % 2) : ' ';
    hear(matcher, text, 0);
    ck_assert_uint_eq(heard_count, 25000);
    hear(matcher, "a\xff\xff b", 100000000);
    ck_assert_uint_eq(heard_count, 1);
    free(text);
    st_category_matcher_destroy(matcher);
}
END_TEST

START_TEST(a_word_of_invisible_characters_is_shown_folded)
{
    struct st_category_matcher *matcher = listen_for_phrase("manager");
    char text[8000] = "Man";
    for (size_t i = 0; i < 2000; i++)
        strcat(text, "\u200b");
    strcat(text, "ager");
    hear(matcher, text, 0);
    ck_assert_ptr_nonnull(strstr(heard, "[manager]"));
    st_category_matcher_destroy(matcher);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {whole_words_match_in_any_spelling,
                            times_are_estimated_by_character,
                            times_come_from_the_words_when_there_are_any,
                            a_phrase_spans_segments_of_its_channel,
                            a_long_silence_ends_what_was_begun,
                            one_phrase_does_not_match_twice_on_the_same_words,
                            several_phrases_share_words,
                            many_phrases_all_match,
                            odd_text_is_survived,
                            a_word_of_invisible_characters_is_shown_folded};
    return run_tests("phrase", tests, sizeof(tests) / sizeof(tests[0]));
}
