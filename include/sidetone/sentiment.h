/*
 * Sentiment of a segment by VADER (Hutto and Gilbert, ICWSM 2014), and its course over a call.
 *
 * The lexicon comes from the vaderSentiment package at install time and is shared, immutable,
 * between threads. Pure: no I/O after loading, no clock.
 */
#ifndef SIDETONE_SENTIMENT_H
#define SIDETONE_SENTIMENT_H

#include "sidetone/finding.h"
#include "sidetone/frame.h"

#include <stddef.h>
#include <stdint.h>

struct st_sentiment_lexicon;

/* Parses the text of vader_lexicon.txt. -EBADMSG with the line in `ret_why`. */
int st_sentiment_lexicon_create(struct st_sentiment_lexicon **ret_lexicon, const char *text,
                                size_t bytes, char *ret_why, size_t why_bytes);
void st_sentiment_lexicon_destroy(struct st_sentiment_lexicon *lexicon);

struct st_sentiment_scores {
    double compound; /* −1…1 */
    double positive; /* shares, which sum to 1; all 0 for a text without words */
    double neutral;
    double negative;
};

/* Any UTF-8 text. Rounded as the published implementation rounds (compound 4, shares 3). */
struct st_sentiment_scores st_sentiment_score(const struct st_sentiment_lexicon *lexicon,
                                              const char *text);

/* compound ≥ 0.05 positive, ≤ −0.05 negative, as the paper says. */
enum st_sentiment_label st_sentiment_label(double compound);

/* The course of one channel. Rolling: mean of segment scores weighted by words and by age
 * (half-life 60 s of media time). Trend: the last 60 s against all before, flat within ±0.1. */
struct st_sentiment_course {
    double rolling;
    enum st_trend trend;
    double weight; /* internal from here on */
    int64_t last_us;
    double recent_sum, recent_words;
    double earlier_sum, earlier_words;
    struct {
        int64_t end_us;
        float sum, words;
    } window[64];
    unsigned window_first, window_count;
};

void st_sentiment_course_init(struct st_sentiment_course *course);
void st_sentiment_course_put(struct st_sentiment_course *course, double compound, size_t words,
                             int64_t end_us);

#endif
