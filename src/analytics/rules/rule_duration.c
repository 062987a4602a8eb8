/* duration: how long the call has lasted. */
#include "rule_threshold.h"

static const struct st_rule_metric metrics[] = {
    {"above_s", {"longer than ", " s"}, 0, 86400, false, true, false, NULL},
    {"below_s", {"shorter than ", " s"}, 0, 86400, true, true, false, NULL},
    {.key = NULL},
};

static void read(struct st_rule_reader *reader, const struct st_node *value, struct st_rule *rule)
{
    st_rule_threshold_read(reader, value, rule, metrics, false);
}

static void measure(const struct st_rule *rule, const struct st_rule_view *view,
                    struct st_rule_measured *ret)
{
    ret->value = (double)view->until_us / 1e6;
    ret->truth = st_rule_threshold_judge(rule->params, ret->value, view->is_over);
}

const struct st_rule_kind st_rule_kind_duration = {
    .key = "duration",
    .sort = ST_RULE_MEASURING,
    .takes = ST_RULE_TAKES_ABSENT,
    .read = read,
    .write = st_rule_threshold_write,
    .measure = measure,
};
