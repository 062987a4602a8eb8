#include "run.h"

#include "sidetone/sentiment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* lexicon.txt is a lexicon of our own; sentiment.tsv holds what the published implementation says
 * with it: compound, positive, neutral, negative, text. */
static struct st_sentiment_lexicon *load_lexicon(void)
{
    char text[4096], why[200];
    struct st_sentiment_lexicon *lexicon = NULL;
    FILE *file = fopen(ST_VECTORS "/lexicon.txt", "rb");
    ck_assert_ptr_nonnull(file);
    size_t bytes = fread(text, 1, sizeof(text), file);
    fclose(file);
    ck_assert_msg(st_sentiment_lexicon_create(&lexicon, text, bytes, why, sizeof(why)) == 0, "%s",
                  why);
    return lexicon;
}

static void expect_scores(const struct st_sentiment_lexicon *lexicon, const char *line)
{
    char got[64];
    const char *text = line;
    for (int tabs = 0; tabs < 4; tabs++)
        text = strchr(text, '\t') + 1;
    struct st_sentiment_scores scores = st_sentiment_score(lexicon, text);
    int len = snprintf(got, sizeof(got), "%.4f\t%.3f\t%.3f\t%.3f\t", scores.compound + 0.0,
                       scores.positive, scores.neutral, scores.negative);
    ck_assert_msg(strncmp(got, line, (size_t)len) == 0, "%s: %s", line, got);
}

START_TEST(scores_are_those_of_the_published_implementation)
{
    struct st_sentiment_lexicon *lexicon = load_lexicon();
    FILE *file = fopen(ST_VECTORS "/sentiment.tsv", "rb");
    char line[512];
    unsigned lines = 0;
    ck_assert_ptr_nonnull(file);
    for (; fgets(line, sizeof(line), file); lines++) {
        line[strcspn(line, "\n")] = '\0';
        expect_scores(lexicon, line);
    }
    fclose(file);
    ck_assert_uint_gt(lines, 60);
    st_sentiment_lexicon_destroy(lexicon);
}
END_TEST

START_TEST(labels_follow_the_paper)
{
    ck_assert_int_eq(st_sentiment_label(0.05), ST_SENTIMENT_POSITIVE);
    ck_assert_int_eq(st_sentiment_label(0.0499), ST_SENTIMENT_NEUTRAL);
    ck_assert_int_eq(st_sentiment_label(-0.0499), ST_SENTIMENT_NEUTRAL);
    ck_assert_int_eq(st_sentiment_label(-0.05), ST_SENTIMENT_NEGATIVE);
}
END_TEST

START_TEST(any_text_is_scored)
{
    struct st_sentiment_lexicon *lexicon = load_lexicon();
    unsigned seed = 5;
    char text[80];
    for (int round = 0; round < 20000; round++) {
        size_t len = (size_t)rand_r(&seed) % sizeof(text);
        for (size_t i = 0; i < len; i++)
            text[i] = rand_r(&seed) % 4 == 0 ? ' ' : (char)(1 + rand_r(&seed) % 255);
        text[len < sizeof(text) ? len : len - 1] = '\0';
        struct st_sentiment_scores scores = st_sentiment_score(lexicon, text);
        ck_assert(scores.compound >= -1 && scores.compound <= 1);
        ck_assert(scores.positive >= 0 && scores.neutral >= 0 && scores.negative >= 0);
    }
    st_sentiment_lexicon_destroy(lexicon);
}
END_TEST

START_TEST(a_very_long_text_is_read_up_to_a_limit)
{
    struct st_sentiment_lexicon *lexicon = load_lexicon();
    enum { BYTES = 1000000 };
    char *text = malloc(BYTES + 1);
    for (size_t i = 0; i < BYTES; i += 5)
        memcpy(text + i, i % 10 == 0 ? "glad " : "but  ", 5);
    text[BYTES] = '\0';
    ck_assert_double_gt(st_sentiment_score(lexicon, text).compound, 0.9);
    memset(text, 'x', BYTES);
    ck_assert_double_eq(st_sentiment_score(lexicon, text).neutral, 1);
    free(text);
    st_sentiment_lexicon_destroy(lexicon);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {scores_are_those_of_the_published_implementation,
                            labels_follow_the_paper, any_text_is_scored,
                            a_very_long_text_is_read_up_to_a_limit};
    return run_tests("sentiment", tests, sizeof(tests) / sizeof(tests[0]));
}
