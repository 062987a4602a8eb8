/* Fills what st_sentiment_history_measure reads, and sums it up by quarters. */
#ifndef SIDETONE_ANALYTICS_FELT_H
#define SIDETONE_ANALYTICS_FELT_H

#include "sidetone/measures.h"
#include "sidetone/segment.h"
#include "sidetone/sentiment.h"

struct st_sentiment_history *st_felt_create(void);
void st_felt_destroy(struct st_sentiment_history *history);

/* A final segment with its scores; `words` weigh. */
void st_felt_put(struct st_sentiment_history *history, unsigned channel,
                 const struct st_segment *segment, const struct st_sentiment_lexicon *lexicon,
                 const struct st_sentiment_scores *scores);

/* The last minute before `now_us` against all before it. */
enum st_trend st_felt_trend(const struct st_sentiment_history *history, unsigned channel,
                            int64_t now_us);

/* Over one channel's time, from 0 to the end of its last segment. */
void st_felt_quarters(const struct st_sentiment_history *history, unsigned channel,
                      struct st_sentiment_quarters *ret_quarters);

#endif
