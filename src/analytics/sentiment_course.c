#include "sidetone/sentiment.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { WINDOW_US = 60000000, WINDOW_LEN = 64 };

static const double half_life_us = 60e6;
static const double flat_within = 0.1;

_Static_assert(sizeof(((struct st_sentiment_course *)0)->window) /
                       sizeof(((struct st_sentiment_course *)0)->window[0]) ==
                   WINDOW_LEN,
               "the ring is as long as the header says");

void st_sentiment_course_init(struct st_sentiment_course *course)
{
    memset(course, 0, sizeof(*course));
    course->trend = ST_TREND_FLAT;
}

static void put_rolling(struct st_sentiment_course *course, double compound, double words,
                        int64_t end_us)
{
    double age_us = course->weight > 0 ? (double)(end_us - course->last_us) : 0;
    double kept = course->weight * exp2(-age_us / half_life_us);
    course->weight = kept + words;
    course->rolling = (course->rolling * kept + compound * words) / course->weight;
}

static void put_window(struct st_sentiment_course *course, double sum, double words, int64_t end_us)
{
    if (course->window_count == WINDOW_LEN) {
        /* More segments than places within a minute: the newest two become one. */
        unsigned newest = (course->window_first + WINDOW_LEN - 1) % WINDOW_LEN;
        course->window[newest].end_us = end_us;
        course->window[newest].sum += (float)sum;
        course->window[newest].words += (float)words;
        return;
    }
    unsigned place = (course->window_first + course->window_count++) % WINDOW_LEN;
    course->window[place].end_us = end_us;
    course->window[place].sum = (float)sum;
    course->window[place].words = (float)words;
}

static void expire_window(struct st_sentiment_course *course, int64_t now_us)
{
    while (course->window_count > 0 &&
           course->window[course->window_first].end_us <= now_us - WINDOW_US) {
        course->earlier_sum += (double)course->window[course->window_first].sum;
        course->earlier_words += (double)course->window[course->window_first].words;
        course->window_first = (course->window_first + 1) % WINDOW_LEN;
        course->window_count--;
    }
    course->recent_sum = course->recent_words = 0;
    for (unsigned i = 0; i < course->window_count; i++) {
        unsigned place = (course->window_first + i) % WINDOW_LEN;
        course->recent_sum += (double)course->window[place].sum;
        course->recent_words += (double)course->window[place].words;
    }
}

static enum st_trend trend_of(const struct st_sentiment_course *course)
{
    if (course->recent_words <= 0 || course->earlier_words <= 0)
        return ST_TREND_FLAT;
    double rise =
        course->recent_sum / course->recent_words - course->earlier_sum / course->earlier_words;
    if (fabs(rise) <= flat_within)
        return ST_TREND_FLAT;
    return rise > 0 ? ST_TREND_UP : ST_TREND_DOWN;
}

void st_sentiment_course_put(struct st_sentiment_course *course, double compound, size_t words,
                             int64_t end_us)
{
    if (words == 0)
        return;
    bool is_first = course->weight <= 0;
    if (!is_first && end_us < course->last_us)
        end_us = course->last_us;
    put_rolling(course, compound, (double)words, end_us);
    course->last_us = end_us;
    expire_window(course, end_us);
    put_window(course, compound * (double)words, (double)words, end_us);
    expire_window(course, end_us);
    course->trend = trend_of(course);
}
