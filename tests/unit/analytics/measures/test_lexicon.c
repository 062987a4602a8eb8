#include "measures/lexicon.h"
#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char why[200];

static int create(struct st_sentiment_lexicon **ret_lexicon, const char *text)
{
    why[0] = '\0';
    return st_sentiment_lexicon_create(ret_lexicon, text, strlen(text), why, sizeof(why));
}

static double valence_of(const struct st_sentiment_lexicon *lexicon, const char *word)
{
    double valence;
    return st_lexicon_find(lexicon, word, strlen(word), &valence) ? valence : 99;
}

START_TEST(words_have_their_values)
{
    struct st_sentiment_lexicon *lexicon;
    ck_assert_int_eq(create(&lexicon, "good\t1.9\t0.9\t[2, 1]\r\n\n:)\t+2\n  sad  \t -2.1 \n"
                                      "zero\t.0\ntwo words\t1\nsad\t-3\tx\nlast\t-0.5"),
                     0);
    ck_assert_double_eq(valence_of(lexicon, "good"), 1.9);
    ck_assert_double_eq(valence_of(lexicon, ":)"), 2);
    ck_assert_double_eq(valence_of(lexicon, "sad  "), -2.1);
    ck_assert_double_eq(valence_of(lexicon, "sad"), -3);
    ck_assert_double_eq(valence_of(lexicon, "zero"), 0);
    ck_assert_double_eq(valence_of(lexicon, "two words"), 1);
    ck_assert_double_eq(valence_of(lexicon, "last"), -0.5);
    ck_assert_double_eq(valence_of(lexicon, "goo"), 99);
    ck_assert_double_eq(valence_of(lexicon, ""), 99);
    st_sentiment_lexicon_destroy(lexicon);
    st_sentiment_lexicon_destroy(NULL);
}
END_TEST

START_TEST(a_bad_line_is_named)
{
    static const struct {
        const char *text, *why;
    } rows[] = {
        {"", "line 1: the lexicon is empty"},
        {"\n\n", "line 1: the lexicon is empty"},
        {"good 1.9", "line 1: no word and value separated by a tab"},
        {"a\t1\n\t2\n", "line 2: no word and value separated by a tab"},
        {"a\t1\n\nb\tx\n", "line 3: the value is not a number"},
        {"a\t", "line 1: no word and value separated by a tab"},
        {"a\t\t1", "line 1: the value is not a number"},
        {"a\t1.2.3", "line 1: the value is not a number"},
        {"a\t-", "line 1: the value is not a number"},
        {"a\tnan", "line 1: the value is not a number"},
        {"a\t1e5", "line 1: the value is not a number"},
        {"a\t1234567890123456", "line 1: the value is not a number"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct st_sentiment_lexicon *lexicon = NULL;
        ck_assert_int_eq(create(&lexicon, rows[i].text), -EBADMSG);
        ck_assert_str_eq(why, rows[i].why);
        ck_assert_ptr_null(lexicon);
    }
}
END_TEST

START_TEST(many_words_are_found_again)
{
    enum { COUNT = 20000 };
    char *text = calloc(COUNT, 32), word[16];
    struct st_sentiment_lexicon *lexicon;
    size_t used = 0;
    for (int i = 0; i < COUNT; i++)
        used += (size_t)snprintf(text + used, 32, "word%d\t%d\n", i, i - COUNT / 2);
    ck_assert_int_eq(create(&lexicon, text), 0);
    free(text);
    for (int i = 0; i < COUNT; i++) {
        snprintf(word, sizeof(word), "word%d", i);
        ck_assert_double_eq(valence_of(lexicon, word), i - COUNT / 2);
    }
    st_sentiment_lexicon_destroy(lexicon);
}
END_TEST

START_TEST(a_huge_file_is_refused)
{
    size_t bytes = 5 * 1024 * 1024;
    char *text = calloc(1, bytes);
    struct st_sentiment_lexicon *lexicon;
    ck_assert_int_eq(st_sentiment_lexicon_create(&lexicon, text, bytes, why, sizeof(why)),
                     -EBADMSG);
    ck_assert_str_eq(why, "larger than 4 MiB");
    free(text);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {words_have_their_values, a_bad_line_is_named,
                            many_words_are_found_again, a_huge_file_is_refused};
    return run_tests("lexicon", tests, sizeof(tests) / sizeof(tests[0]));
}
