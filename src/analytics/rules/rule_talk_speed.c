/* talk_speed: words per minute of talk. Less than 3 s of talk say nothing of it. */
#include "rule_threshold.h"

#include <math.h>

enum { TALK_MIN_US = 3000000 };

static double speed(const struct st_characteristics_window *window,
                    const struct st_characteristics_channel *channel)
{
    (void)window;
    return channel->talk_us >= TALK_MIN_US ? (double)channel->words_per_minute : NAN;
}

static const struct st_rule_metric metrics[] = {
    {"above_wpm", {"faster than ", " words a minute"}, 0, 1000, false, false, true, speed},
    {"below_wpm", {"slower than ", " words a minute"}, 0, 1000, true, false, true, speed},
    {.key = NULL},
};

static void read(struct st_rule_reader *reader, const struct st_node *value, struct st_rule *rule)
{
    st_rule_threshold_read(reader, value, rule, metrics, true);
}

const struct st_rule_kind st_rule_kind_talk_speed = {
    .key = "talk_speed",
    .sort = ST_RULE_MEASURING,
    .takes = ST_RULE_TAKES_ROLE | ST_RULE_TAKES_RANGE | ST_RULE_TAKES_ABSENT,
    .read = read,
    .write = st_rule_threshold_write,
    .measure = st_rule_threshold_measure,
    .window_us = st_rule_threshold_window_us,
};
