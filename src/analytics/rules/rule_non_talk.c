/* non_talk: nobody says anything; the longest stretch of it, all of it, or its share. */
#include "rule_threshold.h"

#include <math.h>

static double longest_s(const struct st_characteristics_window *window,
                        const struct st_characteristics_channel *channel)
{
    (void)channel;
    return (double)window->non_talk_longest_us / 1e6;
}

static double total_s(const struct st_characteristics_window *window,
                      const struct st_characteristics_channel *channel)
{
    (void)channel;
    return (double)window->non_talk_us / 1e6;
}

static double share_pct(const struct st_characteristics_window *window,
                        const struct st_characteristics_channel *channel)
{
    int64_t length_us = window->until_us - window->from_us;
    (void)channel;
    return length_us > 0 ? 100.0 * (double)window->non_talk_us / (double)length_us : NAN;
}

static const struct st_rule_metric metrics[] = {
    {"longest_above_s", {"silence of more than ", " s"}, 2, 86400, false, true, false, longest_s},
    {"longest_below_s", {"no silence of ", " s"}, 2, 86400, true, true, false, longest_s},
    {"total_above_s", {"more than ", " s of silence"}, 2, 86400, false, true, false, total_s},
    {"share_above_pct", {"more than ", " % silence"}, 0, 100, false, false, false, share_pct},
    {"share_below_pct", {"less than ", " % silence"}, 0, 100, true, false, false, share_pct},
    {.key = NULL},
};

static void read(struct st_rule_reader *reader, const struct st_node *value, struct st_rule *rule)
{
    st_rule_threshold_read(reader, value, rule, metrics, false);
}

const struct st_rule_kind st_rule_kind_non_talk = {
    .key = "non_talk",
    .sort = ST_RULE_MEASURING,
    .takes = ST_RULE_TAKES_RANGE | ST_RULE_TAKES_ABSENT,
    .read = read,
    .write = st_rule_threshold_write,
    .measure = st_rule_threshold_measure,
};
