/* overlap: both talk at once. */
#include "rule_threshold.h"

#include <math.h>

static double total_s(const struct st_characteristics_window *window,
                      const struct st_characteristics_channel *channel)
{
    (void)channel;
    return (double)window->overlap_us / 1e6;
}

static double share_pct(const struct st_characteristics_window *window,
                        const struct st_characteristics_channel *channel)
{
    int64_t length_us = window->until_us - window->from_us;
    (void)channel;
    return length_us > 0 ? 100.0 * (double)window->overlap_us / (double)length_us : NAN;
}

static const struct st_rule_metric metrics[] = {
    {"total_above_s", {"more than ", " s of overlap"}, 0, 86400, false, true, false, total_s},
    {"total_below_s", {"less than ", " s of overlap"}, 0, 86400, true, true, false, total_s},
    {"share_above_pct", {"more than ", " % overlap"}, 0, 100, false, false, false, share_pct},
    {.key = NULL},
};

static void read(struct st_rule_reader *reader, const struct st_node *value, struct st_rule *rule)
{
    st_rule_threshold_read(reader, value, rule, metrics, false);
}

const struct st_rule_kind st_rule_kind_overlap = {
    .key = "overlap",
    .sort = ST_RULE_MEASURING,
    .takes = ST_RULE_TAKES_RANGE | ST_RULE_TAKES_ABSENT,
    .read = read,
    .write = st_rule_threshold_write,
    .measure = st_rule_threshold_measure,
};
