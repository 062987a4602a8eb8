/* loudness: 0 to 100, the mean of the seconds with speech or the loudest of them. */
#include "rule_threshold.h"

#include <math.h>

static double level(float loudness)
{
    return loudness > ST_LOUDNESS_NONE ? (double)loudness : NAN;
}

static double mean(const struct st_characteristics_window *window,
                   const struct st_characteristics_channel *channel)
{
    (void)window;
    return level(channel->loudness_mean);
}

static double peak(const struct st_characteristics_window *window,
                   const struct st_characteristics_channel *channel)
{
    (void)window;
    return level(channel->loudness_max);
}

static const struct st_rule_metric metrics[] = {
    {"above", {"louder than ", ""}, 0, 100, false, false, true, mean},
    {"below", {"less loud than ", ""}, 0, 100, true, false, true, mean},
    {"peak_above", {"a second louder than ", ""}, 0, 100, false, true, true, peak},
    {.key = NULL},
};

static void read(struct st_rule_reader *reader, const struct st_node *value, struct st_rule *rule)
{
    st_rule_threshold_read(reader, value, rule, metrics, true);
}

const struct st_rule_kind st_rule_kind_loudness = {
    .key = "loudness",
    .sort = ST_RULE_MEASURING,
    .takes = ST_RULE_TAKES_ROLE | ST_RULE_TAKES_RANGE | ST_RULE_TAKES_ABSENT,
    .read = read,
    .write = st_rule_threshold_write,
    .measure = st_rule_threshold_measure,
    .window_us = st_rule_threshold_window_us,
};
