#include "run.h"

#include "measures/felt.h"

#include <stdio.h>
#include <string.h>

static struct st_sentiment_lexicon *lexicon;
static struct st_sentiment_history *history;

static void open(void)
{
    static const char text[] = "good\t1.9\nbad\t-2.5\n";
    char why[200];
    ck_assert_int_eq(st_sentiment_lexicon_create(&lexicon, text, strlen(text), why, sizeof(why)),
                     0);
    history = st_felt_create();
}

static void close(void)
{
    st_felt_destroy(history);
    st_felt_destroy(NULL);
    st_sentiment_lexicon_destroy(lexicon);
}

static void say(unsigned channel, const char *text, int64_t start_ms, int64_t end_ms)
{
    struct st_segment segment = {
        .text = text, .start_us = start_ms * 1000, .end_us = end_ms * 1000};
    struct st_sentiment_scores scores = st_sentiment_score(lexicon, text);
    st_felt_put(history, channel, &segment, lexicon, &scores);
}

static struct st_sentiment_window window_of(int64_t from_ms, int64_t until_ms)
{
    struct st_sentiment_window window;
    st_sentiment_history_measure(history, from_ms * 1000,
                                 until_ms == INT64_MAX ? INT64_MAX : until_ms * 1000, &window);
    return window;
}

START_TEST(a_window_counts_segments_by_label)
{
    open();
    say(0, "that is good", 1000, 2000);
    say(0, "that is bad", 5000, 6000);
    say(0, "good and bad", 9000, 9500);
    say(0, "so what", 10000, 11000);
    say(1, "bad bad bad", 4000, 4500);
    struct st_sentiment_window window = window_of(0, 11000);
    const struct st_sentiment_channel *agent = &window.channels[0];
    ck_assert_uint_eq(agent->segments[ST_SENTIMENT_POSITIVE], 1);
    ck_assert_uint_eq(agent->segments[ST_SENTIMENT_NEGATIVE], 1);
    ck_assert_uint_eq(agent->segments[ST_SENTIMENT_MIXED], 1);
    ck_assert_uint_eq(agent->segments[ST_SENTIMENT_NEUTRAL], 1);
    ck_assert_uint_eq(st_sentiment_total(agent), 4);
    ck_assert_uint_eq(st_sentiment_total(&window.channels[1]), 1);
    ck_assert_uint_eq(agent->words, 11);
    double mean = (st_sentiment_score(lexicon, "that is good").compound * 3 +
                   st_sentiment_score(lexicon, "that is bad").compound * 3 +
                   st_sentiment_score(lexicon, "good and bad").compound * 3) /
                  11;
    ck_assert_double_eq_tol(agent->mean, mean, 1e-6);
    window = window_of(5000, 9000);
    ck_assert_uint_eq(st_sentiment_total(&window.channels[0]), 1);
    window = window_of(9000, 5000);
    ck_assert_uint_eq(st_sentiment_total(&window.channels[0]), 0);
    ck_assert_int_eq(window.until_us, 9000000);
    window = window_of(0, INT64_MAX);
    ck_assert_int_eq(window.until_us, 11000000);
    close();
}
END_TEST

START_TEST(a_trend_compares_the_halves_of_a_window)
{
    open();
    say(1, "bad", 1000, 2000);
    say(1, "good", 7000, 8000);
    ck_assert_int_eq(window_of(0, 10000).channels[1].trend, ST_TREND_UP);
    ck_assert_double_gt(window_of(0, 10000).channels[1].rise, 0.9);
    ck_assert_int_eq(window_of(0, 20000).channels[1].trend, ST_TREND_FLAT);
    ck_assert_int_eq(st_felt_trend(history, 1, 8000000), ST_TREND_FLAT);
    say(1, "good", 65000, 66000);
    ck_assert_int_eq(st_felt_trend(history, 1, 66000000), ST_TREND_UP);
    say(1, "bad bad bad bad bad", 90000, 91000);
    ck_assert_int_eq(st_felt_trend(history, 1, 130000000), ST_TREND_DOWN);
    close();
}
END_TEST

/* −5/4 gives −1.3 and 20/7 gives 2.9, as in the document that Amazon has published. */
START_TEST(quarters_round_halves_away_from_zero)
{
    static const char *const quarters[] = {
        "Bad thing. Well now. And so. Then this.",
        "Good one. Good two. Good three. Good four. So five. So six. So seven.", "",
        "Good and bad. Hm well."};
    struct st_sentiment_quarters found;
    open();
    for (int i = 0; i < 4; i++)
        if (quarters[i][0])
            say(1, quarters[i], i * 20000, i * 20000 + 10000);
    say(1, "So.", 79000, 80003);
    st_felt_quarters(history, 1, &found);
    ck_assert_int_eq(found.edges_us[1], 20000000);
    ck_assert_int_eq(found.edges_us[2], 40001000);
    ck_assert_int_eq(found.edges_us[3], 60002000);
    ck_assert_int_eq(found.edges_us[4], 80003000);
    ck_assert_double_eq_tol(found.quarters[0].score, -1.3, 1e-9);
    ck_assert_double_eq_tol(found.quarters[1].score, 2.9, 1e-9);
    ck_assert(!found.quarters[3].is_known || found.quarters[3].score == 0);
    ck_assert_double_eq_tol(found.overall.score, (4 - 1) * 5 / 14.0, 0.05);
    st_felt_quarters(history, 0, &found);
    ck_assert(!found.overall.is_known && !found.quarters[0].is_known);
    ck_assert_int_eq(found.edges_us[4], 0);
    close();
}
END_TEST

START_TEST(a_quarter_without_a_sentence_has_no_score)
{
    struct st_sentiment_quarters found;
    open();
    say(0, "Good.", 0, 1000);
    say(0, "Bad.", 99000, 100000);
    st_felt_quarters(history, 0, &found);
    ck_assert_double_eq_tol(found.quarters[0].score, 5, 1e-9);
    ck_assert(!found.quarters[1].is_known && !found.quarters[2].is_known);
    ck_assert_double_eq_tol(found.quarters[3].score, -5, 1e-9);
    ck_assert(found.overall.is_known);
    ck_assert_double_eq_tol(found.overall.score, 0, 1e-9);
    close();
}
END_TEST

START_TEST(old_sentences_are_summed_up)
{
    struct st_sentiment_quarters found;
    open();
    for (int i = 0; i < 10000; i++)
        say(1, i < 5000 ? "It is good." : "It is bad.", i * 8000LL, i * 8000LL + 1000);
    struct st_sentiment_window window = window_of(0, INT64_MAX);
    ck_assert_uint_eq(window.channels[1].segments[ST_SENTIMENT_POSITIVE], 5000);
    ck_assert_uint_eq(window.channels[1].segments[ST_SENTIMENT_NEGATIVE], 5000);
    ck_assert_uint_eq(window.channels[1].words, 30000);
    ck_assert_int_eq(window.channels[1].trend, ST_TREND_DOWN);
    st_felt_quarters(history, 1, &found);
    ck_assert_double_eq_tol(found.overall.score, 0, 1e-9);
    ck_assert_double_eq_tol(found.quarters[0].score, 5, 1e-9);
    ck_assert_double_eq_tol(found.quarters[3].score, -5, 1e-9);
    close();
}
END_TEST

START_TEST(hostile_times_and_texts_are_kept_in_bounds)
{
    open();
    for (int i = 0; i < 3000; i++)
        say(i % 2 == 0, "good. bad. good? bad!", i % 5 == 0 ? INT64_MAX / 1000 : i * -7000000LL, 0);
    struct st_sentiment_window window = window_of(-5, INT64_MAX);
    ck_assert_uint_le(st_sentiment_total(&window.channels[0]), 1500);
    close();
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        a_window_counts_segments_by_label,    a_trend_compares_the_halves_of_a_window,
        quarters_round_halves_away_from_zero, a_quarter_without_a_sentence_has_no_score,
        old_sentences_are_summed_up,          hostile_times_and_texts_are_kept_in_bounds};
    return run_tests("felt", tests, sizeof(tests) / sizeof(tests[0]));
}
