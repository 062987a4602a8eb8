/* interruption: how often, or for how long, somebody interrupts; `role` is who does. */
#include "rule_threshold.h"

static double count(const struct st_characteristics_window *window,
                    const struct st_characteristics_channel *channel)
{
    (void)window;
    return channel->interruptions;
}

static double total_s(const struct st_characteristics_window *window,
                      const struct st_characteristics_channel *channel)
{
    (void)window;
    return (double)channel->interruption_us / 1e6;
}

static const struct st_rule_metric metrics[] = {
    {"total_above_s", {"more than ", " s of interruptions"}, 0, 86400, false, true, true, total_s},
    {"total_below_s", {"less than ", " s of interruptions"}, 0, 86400, true, true, true, total_s},
    {"count_above", {"more than ", " interruptions"}, 0, 10000, false, true, true, count},
    {"count_below", {"less than ", " interruptions"}, 0, 10000, true, true, true, count},
    {.key = NULL},
};

static void read(struct st_rule_reader *reader, const struct st_node *value, struct st_rule *rule)
{
    st_rule_threshold_read(reader, value, rule, metrics, false);
}

const struct st_rule_kind st_rule_kind_interruption = {
    .key = "interruption",
    .sort = ST_RULE_MEASURING,
    .takes = ST_RULE_TAKES_ROLE | ST_RULE_TAKES_RANGE | ST_RULE_TAKES_ABSENT,
    .read = read,
    .write = st_rule_threshold_write,
    .measure = st_rule_threshold_measure,
};
