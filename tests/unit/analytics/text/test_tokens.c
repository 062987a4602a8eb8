#include "run.h"
#include "text/lexemes.h"
#include "text/shown.h"
#include "text/tokens.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct st_tokens tokens;

static void read_segment(const struct st_segment *segment)
{
    st_tokens_read(&tokens, segment);
}

static void read_text(const char *text)
{
    struct st_segment segment = {.text = text, .start_us = 1000000, .end_us = 2000000};
    read_segment(&segment);
}

/* Folded words with signs for their marks. */
static const char *listed(void)
{
    static char line[4096];
    line[0] = '\0';
    for (size_t i = 0; i < tokens.count; i++) {
        const struct st_token *token = &tokens.items[i];
        size_t used = strlen(line);
        snprintf(line + used, sizeof(line) - used, "%s%.*s%s%s%s%s", i > 0 ? " " : "", token->bytes,
                 st_token_text(&tokens, i), token->marks & ST_TOKEN_HIDDEN ? "#" : "",
                 token->marks & ST_TOKEN_COMMA ? "," : "", token->marks & ST_TOKEN_ASKS ? "?" : "",
                 token->marks & ST_TOKEN_ENDS ? "|" : "");
    }
    return line;
}

START_TEST(words_are_folded_and_sentences_end)
{
    read_text("Well, WHAT's that? It costs 3.50 at A.M. sharp! So");
    ck_assert_str_eq(listed(), "well, what's that?| it costs 3 50 at a m sharp| so");
    ck_assert(tokens.is_punctuated);
    read_text("yes");
    ck_assert(!tokens.is_punctuated);
    read_text("He said \"no.\" Then (yes?)");
    ck_assert_str_eq(listed(), "he said no| then yes?|");
    read_text("at nine a.m. we go");
    ck_assert_str_eq(listed(), "at nine a m we go");
    read_text("");
    ck_assert_uint_eq(tokens.count, 0);
    st_tokens_fini(&tokens);
}
END_TEST

START_TEST(what_was_hidden_is_one_word_that_equals_none)
{
    read_text("I am [NAME:kdm1], card [CREDIT_DEBIT_NUMBER]. [not this] [A");
    ck_assert_str_eq(listed(), "i am #, card #| not this a");
    ck_assert_uint_eq(tokens.items[2].bytes, 0);
    ck_assert_uint_eq(tokens.items[2].end - tokens.items[2].begin, strlen("[NAME:kdm1]"));
    st_tokens_fini(&tokens);
}
END_TEST

START_TEST(times_are_the_engines_where_its_words_are_the_texts)
{
    struct st_word words[] = {{"Two-part", 5000000, 5400000, 1}, {"words.", 5500000, 5300000, 1}};
    struct st_segment segment = {.text = "Two-part  words.",
                                 .start_us = 5000000,
                                 .end_us = 6000000,
                                 .words = words,
                                 .word_count = 2};
    read_segment(&segment);
    ck_assert(tokens.has_times);
    ck_assert_int_eq(tokens.items[0].end_us, 5400000);
    ck_assert_int_eq(tokens.items[1].start_us, 5500000);
    ck_assert_int_eq(tokens.items[1].end_us, 5500000);
    words[1].text = "word";
    segment.text = "Two-part word more";
    read_segment(&segment);
    ck_assert(!tokens.has_times);
    ck_assert_int_eq(tokens.items[0].start_us, 5000000);
    ck_assert_int_eq(tokens.items[2].end_us, 6000000);
    st_tokens_fini(&tokens);
}
END_TEST

START_TEST(hostile_times_are_made_sense_of)
{
    struct st_segment segment = {.text = "a b", .start_us = INT64_MAX, .end_us = INT64_MIN};
    read_segment(&segment);
    for (size_t i = 0; i < tokens.count; i++)
        ck_assert(tokens.items[i].start_us >= 0 &&
                  tokens.items[i].end_us >= tokens.items[i].start_us);
    st_tokens_fini(&tokens);
}
END_TEST

START_TEST(length_is_bounded)
{
    size_t bytes = 1000000;
    char *text = malloc(bytes + 1);
    for (size_t i = 0; i < bytes; i++)
        text[i] = i % 2 ? ' ' : 'x';
    text[bytes] = '\0';
    read_text(text);
    ck_assert_uint_eq(tokens.count, ST_TOKENS_MAX);
    memset(text, '[', bytes);
    read_text(text);
    ck_assert_uint_eq(tokens.count, 0);
    read_text("short");
    ck_assert_uint_lt(tokens.cap, 100);
    free(text);
    st_tokens_fini(&tokens);
}
END_TEST

START_TEST(words_are_compared_whole)
{
    read_text("thank you now");
    ck_assert(st_token_is(&tokens, 0, "thank") && !st_token_is(&tokens, 0, "than"));
    ck_assert(st_token_is_any(&tokens, 2, "then now") && !st_token_is_any(&tokens, 2, "no know"));
    ck_assert(st_tokens_are(&tokens, 0, 3, "thank you"));
    ck_assert(!st_tokens_are(&tokens, 1, 2, "you now"));
    ck_assert_uint_eq(st_token_hash("ab", 2), st_token_hash_more(st_token_hash("a", 1), 'b'));
    st_tokens_fini(&tokens);
}
END_TEST

START_TEST(the_small_words_are_in_order_and_found)
{
    for (size_t i = 0; st_lexeme_at(i); i++) {
        const char *word = st_lexeme_at(i), *next = st_lexeme_at(i + 1);
        ck_assert_msg(!next || strcmp(word, next) < 0, "%s", word);
        ck_assert_uint_ne(st_lexeme_classes(word, strlen(word)), 0);
    }
    ck_assert(st_lexeme_classes("what", 4) & ST_LEXEME_WH);
    ck_assert(!(st_lexeme_classes("can't", 5) & ST_LEXEME_WH));
    ck_assert_uint_eq(st_lexeme_classes("refund", 6), 0);
    ck_assert_uint_eq(st_lexeme_classes("", 0), 0);
}
END_TEST

START_TEST(places_move_with_what_is_shown)
{
    /* "so um the ten dollars" → "so the $10" */
    const struct st_shown_edit edits[] = {{3, 6, 3, 3}, {10, 21, 7, 10}};
    const struct st_shown shown = {.text = "so the $10", .edits = edits, .count = 2};
    struct st_shown_place place = st_shown_find(&shown, 0, 2);
    ck_assert(place.begin == 0 && place.end == 2);
    place = st_shown_find(&shown, 6, 9);
    ck_assert(place.begin == 3 && place.end == 6);
    place = st_shown_find(&shown, 3, 5); /* the filler itself */
    ck_assert(place.begin == 3 && place.end == 3);
    place = st_shown_find(&shown, 10, 13); /* half of an edit is all of it */
    ck_assert(place.begin == 7 && place.end == 10);
    place = st_shown_find(&shown, 0, 21);
    ck_assert(place.begin == 0 && place.end == 10);
    const struct st_shown plain = {.text = "\xc3\xa9t\xc3\xa9 ok"};
    place = st_shown_find(&plain, 6, 8);
    ck_assert(place.begin_char == 4 && place.end_char == 6);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {words_are_folded_and_sentences_end,
                            what_was_hidden_is_one_word_that_equals_none,
                            times_are_the_engines_where_its_words_are_the_texts,
                            hostile_times_are_made_sense_of,
                            length_is_bounded,
                            words_are_compared_whole,
                            the_small_words_are_in_order_and_found,
                            places_move_with_what_is_shown};
    return run_tests("tokens", tests, sizeof(tests) / sizeof(tests[0]));
}
