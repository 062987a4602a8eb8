#include "text/statements.h"

#include "run.h"

#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char heard[4096];
static unsigned count;

static void on_sentence(void *user, const struct st_statement *sentence)
{
    const struct st_segment *segment = user;
    size_t used = strlen(heard);
    snprintf(heard + used, sizeof(heard) - used, "%s%.*s%s", used > 0 ? " / " : "",
             (int)sentence->bytes, sentence->text, sentence->is_question ? " (?)" : "");
    count++;
    ck_assert(sentence->text >= segment->text);
    ck_assert_uint_le((size_t)(sentence->text - segment->text) + sentence->bytes,
                      strlen(segment->text));
    ck_assert_uint_lt(sentence->begin_chars, sentence->end_chars);
    ck_assert_int_le(sentence->start_us, sentence->end_us);
}

static const char *split(const char *text)
{
    struct st_segment segment = {.is_final = true, .text = text, .end_us = 1000000};
    heard[0] = '\0';
    count = 0;
    st_statements_split(&segment, on_sentence, &segment);
    return heard;
}

static const struct {
    const char *text, *sentences;
} texts[] = {
    {"", ""},
    {"  \t\n ", ""},
    {"yes", "yes"},
    {"I lost my card. Can you block it?", "I lost my card. / Can you block it? (?)"},
    {"Hi Sarah. Okay, well, so I was charged twice!", "Hi Sarah. / I was charged twice!"},
    {"Dr. Patel is in. Call at 9 a.m. and ask.", "Dr. Patel is in. / Call at 9 a.m. and ask."},
    {"He said \"No way!\" Then he left.", "He said \"No way!\" / Then he left."},
    {"the internet is down since monday and i need it for work so can you send someone",
     "the internet is down since monday / i need it for work / can you send someone (?)"},
    {"okay thank you", "okay thank you"},
    {"okay i have reset your password", "i have reset your password"},
    {"can you hear me", "can you hear me (?)"},
    {"what is your name", "what is your name (?)"},
    {"Yes. No. Maybe.", "Yes. / No. / Maybe."},
    {"[NAME] lost [NAME]'s card. It is gone.", "[NAME] lost [NAME]'s card. / It is gone."},
    {"... !!! ???", "... / !!! / ??? (?)"},
};

START_TEST(texts_are_split_where_sentences_end)
{
    ck_assert_str_eq(split(texts[_i].text), texts[_i].sentences);
}
END_TEST

START_TEST(a_pause_ends_a_sentence)
{
    struct st_word words[] = {{"i", 0, 100000, 1},           {"lost", 100000, 300000, 1},
                              {"it", 300000, 400000, 1},     {"my", 2000000, 2100000, 1},
                              {"card", 2100000, 2300000, 1}, {"yes", 2300000, 2400000, 1}};
    struct st_segment segment = {.is_final = true,
                                 .text = "i lost it my card yes",
                                 .end_us = 2400000,
                                 .word_times = ST_WORD_TIMES_MEASURED,
                                 .words = words,
                                 .word_count = 6};
    heard[0] = '\0';
    st_statements_split(&segment, on_sentence, &segment);
    ck_assert_str_eq(heard, "i lost it / my card yes");
}
END_TEST

static void check_place(void *user, const struct st_statement *sentence)
{
    unsigned *seen = user;
    if ((*seen)++ == 0)
        return;
    ck_assert_uint_eq(sentence->begin_chars, 16); /* code points, the opener cut */
    ck_assert_uint_eq(sentence->end_chars, 29);
    ck_assert_int_eq(sentence->start_us, 3000000);
    ck_assert_int_eq(sentence->end_us, 6000000);
    ck_assert_uint_eq(sentence->words, 3);
}

START_TEST(a_sentence_knows_its_place)
{
    struct st_word words[7];
    for (int i = 0; i < 7; i++)
        words[i] = (struct st_word){"", i * 1000000, i * 1000000 + 1000000, 1};
    struct st_segment segment = {.text = "Caf\xc3\xa9 closed. Ok it isn't open",
                                 .end_us = 7000000,
                                 .word_times = ST_WORD_TIMES_MEASURED,
                                 .words = words,
                                 .word_count = 6};
    unsigned seen = 0;
    st_statements_split(&segment, check_place, &seen);
    ck_assert_uint_eq(seen, 2);
}
END_TEST

START_TEST(a_million_characters_cost_a_bounded_number_of_sentences)
{
    char *text = malloc(1000001);
    for (size_t i = 0; i < 1000000; i++)
        text[i] = "word. "[i % 6];
    text[1000000] = '\0';
    split(text);
    ck_assert_uint_eq(count, ST_STATEMENTS_MAX);
    memset(text, 'x', 1000000);
    split(text);
    ck_assert_uint_eq(count, 0); /* one word longer than any sentence */
    for (size_t i = 0; i < 1000000; i++)
        text[i] = i % 3 == 2 ? ' ' : 'y';
    split(text);
    ck_assert_uint_eq(count, ST_STATEMENTS_MAX);
    free(text);
}
END_TEST

static void ignore(void *user, const struct st_statement *sentence)
{
    (void)user;
    ck_assert_int_le(sentence->start_us, sentence->end_us);
}

START_TEST(hostile_times_are_borne)
{
    struct st_word words[] = {{"", 500, -500, 1}, {"", INT64_MAX, INT64_MIN, 1}, {"", -1, -2, 1}};
    struct st_segment segment = {.text = "one two three.",
                                 .start_us = INT64_MAX,
                                 .end_us = INT64_MIN,
                                 .word_times = ST_WORD_TIMES_MEASURED,
                                 .words = words,
                                 .word_count = 3};
    st_statements_split(&segment, ignore, NULL);
    segment.text = "\x80 \x81\x82";
    st_statements_split(&segment, ignore, NULL);
    segment.text = "one two three.";
    segment.word_count = 2; /* fewer than there are: not believed */
    segment.start_us = 9000;
    segment.end_us = 1000;
    st_statements_split(&segment, ignore, NULL);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_loop_test(tcase, texts_are_split_where_sentences_end, 0,
                        sizeof(texts) / sizeof(texts[0]));
    tcase_add_test(tcase, a_pause_ends_a_sentence);
    tcase_add_test(tcase, a_sentence_knows_its_place);
    tcase_add_test(tcase, a_million_characters_cost_a_bounded_number_of_sentences);
    tcase_add_test(tcase, hostile_times_are_borne);
    return run_case("statements", tcase);
}
