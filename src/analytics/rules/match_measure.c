/* Rules that hold by what other stages have measured, or by the facts of the call. */
#include "matcher_parts.h"

enum {
    MS_US = 1000,
    /* A silence or interruption that begins at the very end of a range is one when it has lasted
     * so long: before, nobody knows what belongs to the range. */
    SETTLED_US = 2000 * MS_US,
};

static bool ask(const struct st_category_matcher *matcher, const struct st_rule_node *node,
                int64_t from_us, int64_t until_us, bool is_over, struct st_rule_measured *ret)
{
    const struct st_category_view *view = &matcher->view;
    struct st_rule_view window = {
        .facts = view->facts,
        .characteristics = view->characteristics,
        .sentiment = view->sentiment,
        .from_us = from_us,
        .until_us = until_us,
        .is_over = is_over,
    };
    *ret = (struct st_rule_measured){.truth = ST_TRUTH_NO, .role = node->rule->role};
    node->kind->measure(node->rule, &window, ret);
    return ret->truth == ST_TRUTH_YES;
}

/* hit NULL: nothing happened that a match could be reported for. */
static void set_level(struct st_category_matcher *matcher, uint32_t node, enum st_truth truth,
                      const struct st_rule_hit *hit)
{
    const struct st_rule_node *compiled = &matcher->rules->nodes[node];
    struct cause cause = {.node = ST_RULE_NONE};
    if (truth_get(matcher, node) == truth)
        return;
    truth_set(matcher, node, truth);
    if (truth == ST_TRUTH_YES && hit) {
        cause.node = node;
        cause.hit = hit;
        if (compiled->is_kept)
            kept_set(&matcher->kept, node, hit);
    }
    judge_category(matcher, compiled->category, &cause);
}

void measure_facts(struct st_category_matcher *matcher)
{
    const struct st_rules *rules = matcher->rules;
    if (matcher->known_facts == matcher->view.facts)
        return;
    matcher->known_facts = matcher->view.facts;
    for (size_t i = 0; i < rules->knowing.count; i++) {
        uint32_t node = rules->knowing.items[i];
        struct st_rule_measured measured;
        ask(matcher, &rules->nodes[node], 0, 0, false, &measured);
        set_level(matcher, node, measured.truth, NULL);
    }
}

static void measure(struct st_category_matcher *matcher, uint32_t node, int64_t from_us,
                    int64_t until_us, bool is_over)
{
    struct st_rule_measured measured;
    ask(matcher, &matcher->rules->nodes[node], from_us, until_us, is_over, &measured);
    struct st_rule_hit hit = {.words = "",
                              .channel = measured.channel,
                              .role = measured.role,
                              .start_us = from_us,
                              .end_us = until_us,
                              .has_score = true,
                              .score = measured.value};
    set_level(matcher, node, measured.truth, &hit);
}

/* When a measure that can only grow passed its limit, to the millisecond: not when somebody looked.
 * `until_us`: it has by then. */
static int64_t passed_us(const struct st_category_matcher *matcher, uint32_t node, int64_t from_us,
                         int64_t until_us)
{
    struct st_rule_measured measured;
    int64_t open_ms = from_us / MS_US, passed_ms = (until_us + MS_US - 1) / MS_US;
    while (passed_ms - open_ms > 1) {
        int64_t mid_ms = open_ms + (passed_ms - open_ms) / 2;
        ask(matcher, &matcher->rules->nodes[node], from_us, mid_ms * MS_US, false, &measured);
        if (measured.truth == ST_TRUTH_OPEN)
            open_ms = mid_ms;
        else
            passed_ms = mid_ms;
    }
    return passed_ms * MS_US;
}

/* True when it is decided before the range is over. */
static bool measure_early(struct st_category_matcher *matcher, uint32_t node, int64_t from_us,
                          int64_t until_us)
{
    struct st_rule_measured measured;
    ask(matcher, &matcher->rules->nodes[node], from_us, until_us, false, &measured);
    if (measured.truth == ST_TRUTH_OPEN)
        return false;
    measure(matcher, node, from_us, passed_us(matcher, node, from_us, until_us), false);
    return true;
}

static bool is_windowed(const struct st_rule_node *node)
{
    return node->kind->window_us && node->kind->window_us(node->rule) > 0;
}

/* Everything in the range, which is over or has come to now. */
static void measure_total(struct st_category_matcher *matcher, uint32_t node, bool is_ended)
{
    const struct st_rule_range *range = &matcher->rules->nodes[node].rule->range;
    int64_t from_us, until_us, media_us = media_clamp(matcher->view.media_us);
    bool is_movable = range->type == ST_RANGE_LAST || range->type == ST_RANGE_SHARES;
    if (truth_get(matcher, node) != ST_TRUTH_OPEN || (is_movable && !is_ended))
        return;
    st_rule_range_resolve(range, media_us, &from_us, &until_us);
    if (until_us > media_us)
        until_us = media_us;
    if (from_us < until_us && measure_early(matcher, node, from_us, until_us))
        return;
    if (is_ended ||
        (from_us < until_us && st_rule_range_is_over(range, matcher->known_us - SETTLED_US)))
        measure(matcher, node, from_us, until_us, true);
}

void measure_totals(struct st_category_matcher *matcher)
{
    const struct st_rule_list *list = &matcher->rules->measuring;
    for (size_t i = 0; i < list->count; i++)
        if (!is_windowed(&matcher->rules->nodes[list->items[i]]))
            measure_total(matcher, list->items[i], false);
}

void measure_last(struct st_category_matcher *matcher, uint32_t node)
{
    if (!is_windowed(&matcher->rules->nodes[node]))
        measure_total(matcher, node, true);
    else if (truth_get(matcher, node) == ST_TRUTH_OPEN)
        truth_set(matcher, node, ST_TRUTH_NO);
}

void measure_windows(struct st_category_matcher *matcher, enum st_role role, int64_t end_us)
{
    const struct st_rules *rules = matcher->rules;
    for (size_t i = 0; i < rules->measuring.count; i++) {
        uint32_t node = rules->measuring.items[i];
        const struct st_rule *rule = rules->nodes[node].rule;
        if (!is_windowed(&rules->nodes[node]) || !st_rule_is_for(rule, role))
            continue;
        int64_t from_us = end_us - rules->nodes[node].kind->window_us(rule);
        if (from_us >= 0 && end_us > rule->range.from && from_us >= rule->range.from &&
            (rule->range.type == ST_RANGE_WHOLE || end_us <= rule->range.until))
            measure(matcher, node, from_us, end_us, true);
    }
}
