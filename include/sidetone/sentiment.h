/*
 * Sentiment of a segment by VADER (Hutto and Gilbert, ICWSM 2014), and its course over a call.
 * What was said decides alone: loudness and speed are measured beside it (characteristics.h) and
 * change nothing here. Sarcasm is taken at its word.
 *
 * Quarters are those of Amazon Transcribe's post-call document: of each channel's own time, from 0
 * to the end of its last segment, edges at floor(last * i / 4) in ms. A quarter's score, and the
 * overall one, is the mean of +5, −5 and 0 over the sentences that begin in it that are positive,
 * negative and anything else, rounded to one decimal, halves away from zero. Amazon does not say
 * over what its mean goes; sentences are our choice (src/analytics/sentences.h).
 *
 * The trend of a channel compares the mean of segments, weighted by words, of the last 60 s with
 * that of all before; flat within ±0.1.
 *
 * The lexicon comes from the vaderSentiment package at install time and is shared, immutable,
 * between threads. Pure: no I/O after loading, no clock.
 */
#ifndef SIDETONE_SENTIMENT_H
#define SIDETONE_SENTIMENT_H

#include "sidetone/finding.h"
#include "sidetone/frame.h"
#include "sidetone/measures.h"

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

/* The same of a part of a text. */
struct st_sentiment_scores st_sentiment_score_part(const struct st_sentiment_lexicon *lexicon,
                                                   const char *text, size_t bytes);

/* compound ≥ 0.05 positive, ≤ −0.05 negative, as the paper says. */
enum st_sentiment_label st_sentiment_label(double compound);

/* As above, and mixed when positive and negative words are both plenty: each has a share of 0.15 or
 * more, and the smaller is at least half the greater. */
enum st_sentiment_label st_sentiment_label_of(const struct st_sentiment_scores *scores);

/* The course of one channel. Rolling: mean of segment scores weighted by words and by age
 * (half-life 60 s of media time). It turns negative or positive at ∓0.3 and no sooner than 12 words
 * are behind it, and is back within ∓0.05: a negative one has then recovered; that a positive one
 * is no longer so is not told. */
struct st_sentiment_course {
    double rolling;
    double weight; /* internal from here on */
    int64_t last_us;
    int mood;
};

void st_sentiment_course_init(struct st_sentiment_course *course);
enum st_sentiment_shift st_sentiment_course_put(struct st_sentiment_course *course, double compound,
                                                size_t words, int64_t end_us);

/* ---- what was felt when: one call's segments, for windows of time ---- */

struct st_sentiment_history;

enum { ST_SENTIMENT_LABELS = ST_SENTIMENT_MIXED + 1 };

struct st_sentiment_channel {
    uint32_t segments[ST_SENTIMENT_LABELS]; /* by label; of those that begin in the window */
    uint32_t words;
    double mean; /* of the segments' compounds, weighted by words; 0 without any */
    /* The mean of the segments in the later half of the window against that in the earlier; flat
     * within ±0.1, and when a half is empty. */
    enum st_trend trend;
    double rise; /* that difference */
};

struct st_sentiment_window {
    int64_t from_us; /* as asked for, within 0 … the call so far */
    int64_t until_us;
    struct st_sentiment_channel channels[ST_CHANNELS_MAX];
};

/* Of the segments that begin in [from_us, until_us) of media time; INT64_MAX stands for "so far".
 * Costs 0.1 µs and 3 ns per sentence in the window. Sentences are kept one by one for as long as a
 * channel has no more than 512 (about 40 minutes), 8 bytes each; older ones in at most 256 cells of
 * a minute (two, four, …) that count as a whole where their middle lies: 24 kB at most. */
void st_sentiment_history_measure(const struct st_sentiment_history *history, int64_t from_us,
                                  int64_t until_us, struct st_sentiment_window *ret_window);

/* Half of what a channel said was negative: 2 * segments[ST_SENTIMENT_NEGATIVE] >= total > 0. */
static inline uint32_t st_sentiment_total(const struct st_sentiment_channel *channel)
{
    uint32_t total = 0;
    for (unsigned i = 0; i < ST_SENTIMENT_LABELS; i++)
        total += channel->segments[i];
    return total;
}

#endif
