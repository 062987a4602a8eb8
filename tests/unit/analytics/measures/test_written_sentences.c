#include "run.h"

#include "measures/written_sentences.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct st_written_sentence sentences[ST_WRITTEN_SENTENCES_MAX];

/* The sentences in brackets. */
static const char *split(const char *text)
{
    static char drawn[1000];
    struct st_segment segment = {.text = text, .start_us = 1000000, .end_us = 2000000};
    size_t count = st_written_sentences_split(&segment, sentences), used = 0;
    drawn[0] = '\0';
    for (size_t i = 0; i < count; i++)
        used += (size_t)snprintf(drawn + used, sizeof(drawn) - used, "[%.*s]",
                                 (int)sentences[i].bytes, sentences[i].text);
    return drawn;
}

START_TEST(punctuation_ends_a_sentence)
{
    ck_assert_str_eq(split("Hi there. How are you?  I said \"no!\" Yes"),
                     "[Hi there.][How are you?][I said \"no!\"][Yes]");
    ck_assert_str_eq(split(" all of one "), "[all of one]");
    ck_assert_str_eq(split("3.50 or 10:30 a.m. is fine... Yes."),
                     "[3.50 or 10:30 a.m. is fine... Yes.]");
    ck_assert_str_eq(split(""), "");
    ck_assert_str_eq(split(" \n\t"), "");
}
END_TEST

START_TEST(abbreviations_and_letters_do_not)
{
    ck_assert_str_eq(split("Dr. No lives in the U.S. now. MR. X is J. Smith."),
                     "[Dr. No lives in the U.S. now.][MR. X is J. Smith.]");
}
END_TEST

START_TEST(a_sentence_begins_with_its_first_word)
{
    const struct st_word words[] = {
        {"One", 100, 200, 1}, {"two.", 300, 400, 1}, {"Three.", 700, 800, 1}};
    struct st_segment segment = {
        .text = "One two. Three.", .start_us = 0, .end_us = 1500, .words = words, .word_count = 3};
    ck_assert_uint_eq(st_written_sentences_split(&segment, sentences), 2);
    ck_assert_int_eq(sentences[0].start_us, 100);
    ck_assert_int_eq(sentences[1].start_us, 700);
    segment.word_count = 2; /* not those of the text */
    ck_assert_uint_eq(st_written_sentences_split(&segment, sentences), 2);
    ck_assert_int_eq(sentences[0].start_us, 0);
    ck_assert_int_eq(sentences[1].start_us, 900);
    segment.end_us = -5;
    ck_assert_uint_eq(st_written_sentences_split(&segment, sentences), 2);
    ck_assert_int_eq(sentences[1].start_us, 0);
    segment.start_us = INT64_MIN;
    segment.end_us = INT64_MAX;
    ck_assert_uint_eq(st_written_sentences_split(&segment, sentences), 2);
    ck_assert_int_eq(sentences[0].start_us, INT64_MIN);
    ck_assert_int_gt(sentences[1].start_us, INT64_MIN);
}
END_TEST

START_TEST(the_last_one_has_the_rest)
{
    char *text = malloc(1000001);
    for (size_t i = 0; i < 1000000; i++)
        text[i] = "No. "[i % 4];
    text[1000000] = '\0';
    struct st_segment segment = {.text = text, .end_us = 1000000};
    ck_assert_uint_eq(st_written_sentences_split(&segment, sentences), ST_WRITTEN_SENTENCES_MAX);
    ck_assert_uint_gt(sentences[ST_WRITTEN_SENTENCES_MAX - 1].bytes, 900000);
    free(text);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {punctuation_ends_a_sentence, abbreviations_and_letters_do_not,
                            a_sentence_begins_with_its_first_word, the_last_one_has_the_rest};
    return run_tests("sentences", tests, sizeof(tests) / sizeof(tests[0]));
}
