#include "sidetone/sentiment.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

static const double half_life_us = 60e6;
static const double turned_at = 0.3;
static const double back_within = 0.05;
static const double weight_least = 12;

void st_sentiment_course_init(struct st_sentiment_course *course)
{
    memset(course, 0, sizeof(*course));
}

static void put_rolling(struct st_sentiment_course *course, double compound, double words,
                        int64_t end_us)
{
    /* As numbers with a point: hostile times may be anything that fits. */
    double age_us = course->weight > 0 ? (double)end_us - (double)course->last_us : 0;
    double kept = course->weight * exp2(-age_us / half_life_us);
    course->weight = kept + words;
    course->rolling = (course->rolling * kept + compound * words) / course->weight;
}

/* One step at a time: who was negative first recovers. */
static enum st_sentiment_shift shift_of(struct st_sentiment_course *course)
{
    double rolling = course->rolling;
    if (course->mood < 0 && rolling >= -back_within) {
        course->mood = 0;
        return ST_SHIFT_RECOVERED;
    }
    if (course->mood > 0 && rolling <= back_within)
        course->mood = 0;
    if (course->weight < weight_least || course->mood != 0 || fabs(rolling) < turned_at)
        return ST_SHIFT_NONE;
    course->mood = rolling > 0 ? 1 : -1;
    return rolling > 0 ? ST_SHIFT_TURNED_POSITIVE : ST_SHIFT_TURNED_NEGATIVE;
}

enum st_sentiment_shift st_sentiment_course_put(struct st_sentiment_course *course, double compound,
                                                size_t words, int64_t end_us)
{
    if (words == 0)
        return ST_SHIFT_NONE;
    if (course->weight > 0 && end_us < course->last_us)
        end_us = course->last_us;
    put_rolling(course, compound, (double)words, end_us);
    course->last_us = end_us;
    return shift_of(course);
}
