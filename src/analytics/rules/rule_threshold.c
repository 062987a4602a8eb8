#include "rule_threshold.h"

#include "sidetone/call_facts.h"
#include "sidetone/json_writer.h"
#include "sidetone/mem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { KEYS_SHOWN_BYTES = 200 };

static const char window_key[] = "over_s";

struct offer {
    const struct st_rule_metric *metrics;
    bool takes_window;
};

static const char *key_at(const void *from, unsigned i)
{
    const struct offer *offer = from;
    unsigned count = 0;
    while (offer->metrics[count].key)
        count++;
    if (i < count)
        return offer->metrics[i].key;
    return i == count && offer->takes_window ? window_key : NULL;
}

static void list_keys(const struct offer *offer, char *out, size_t bytes)
{
    size_t len = 0;
    out[0] = '\0';
    for (unsigned i = 0; offer->metrics[i].key && len < bytes; i++)
        len += (size_t)snprintf(out + len, bytes - len, "%s%s",
                                i == 0                      ? ""
                                : offer->metrics[i + 1].key ? ", "
                                                            : " or ",
                                offer->metrics[i].key);
}

void st_rule_window_read(struct st_rule_reader *reader, const struct st_node *value,
                         const struct st_rule *rule, int64_t *ret_window_us)
{
    enum st_range_type type = rule->range.type;
    if (!st_rule_read_seconds(reader, value, ret_window_us))
        return;
    if (*ret_window_us < 1000000)
        st_rule_reader_refuse(reader, value->line, "'over_s' must be at least 1");
    if (type == ST_RANGE_LAST || type == ST_RANGE_SHARES)
        st_rule_reader_refuse(reader, value->line,
                              "'over_s' goes with a range in seconds from the start, or with none");
}

static void read_member(struct st_rule_reader *reader, const struct st_node *member,
                        const struct offer *offer, struct st_rule *rule)
{
    struct st_rule_threshold *threshold = rule->params;
    const struct st_rule_metric *metric = offer->metrics;
    char shown[ST_PROBLEMS_SHOWN_MAX];
    if (offer->takes_window && strcmp(member->key, window_key) == 0) {
        st_rule_window_read(reader, member, rule, &threshold->window_us);
        return;
    }
    while (metric->key && strcmp(metric->key, member->key) != 0)
        metric++;
    if (!metric->key) {
        const char *meant = st_problems_closest(member->key, key_at, offer);
        st_rule_reader_refuse(reader, member->line, "unknown key '%s' in '%s'%s%s%s",
                              st_problems_shown(member->key, shown), rule->kind->key,
                              meant ? ", did you mean '" : "", meant ? meant : "",
                              meant ? "'?" : "");
        return;
    }
    if (threshold->metric)
        st_rule_reader_refuse(reader, member->line,
                              "'%s' and '%s' are two rules: each has an entry of its own",
                              threshold->metric->key, metric->key);
    threshold->metric = metric;
    st_rule_read_number(reader, member, metric->min, metric->max, &threshold->limit);
}

void st_rule_threshold_read(struct st_rule_reader *reader, const struct st_node *value,
                            struct st_rule *rule, const struct st_rule_metric *metrics,
                            bool takes_window)
{
    struct st_rule_threshold *threshold = rule->params = st_mem_alloc(sizeof(*threshold));
    struct offer offer = {metrics, takes_window};
    char keys[KEYS_SHOWN_BYTES], limit[32];
    list_keys(&offer, keys, sizeof(keys));
    if (value->type != ST_NODE_SECTION) {
        st_rule_reader_refuse(reader, value->line, "'%s' must be a section with %s",
                              rule->kind->key, keys);
        return;
    }
    bool was_broken = reader->is_broken;
    reader->is_broken = false;
    for (size_t i = 0; i < value->count; i++)
        read_member(reader, &value->nodes[i], &offer, rule);
    if (!threshold->metric && !reader->is_broken)
        st_rule_reader_refuse(reader, value->line, "'%s' needs %s", rule->kind->key, keys);
    reader->is_broken |= was_broken;
    if (threshold->metric)
        st_rule_set_text(rule, "%s%s%s", threshold->metric->text[0],
                         st_rule_number_text(threshold->limit, limit), threshold->metric->text[1]);
}

void st_rule_threshold_write(const struct st_rule *rule, struct st_json_writer *json)
{
    const struct st_rule_threshold *threshold = rule->params;
    st_json_begin_object(json);
    st_json_key(json, threshold->metric->key);
    st_rule_number_write(json, threshold->limit);
    if (threshold->window_us > 0) {
        st_json_key(json, window_key);
        st_rule_seconds_write(json, threshold->window_us);
    }
    st_json_end_object(json);
}

int64_t st_rule_threshold_window_us(const struct st_rule *rule)
{
    return ((const struct st_rule_threshold *)rule->params)->window_us;
}

enum st_truth st_rule_threshold_judge(const struct st_rule_threshold *threshold, double value,
                                      bool is_over)
{
    const struct st_rule_metric *metric = threshold->metric;
    if (isnan(value))
        return is_over ? ST_TRUTH_NO : ST_TRUTH_OPEN;
    if (metric->is_growing && value > threshold->limit)
        return metric->is_below ? ST_TRUTH_NO : ST_TRUTH_YES;
    if (!is_over)
        return ST_TRUTH_OPEN;
    bool holds = metric->is_below ? value < threshold->limit : value > threshold->limit;
    return holds ? ST_TRUTH_YES : ST_TRUTH_NO;
}

/* The better of what was found so far and this. */
static void take(struct st_rule_measured *best, enum st_truth truth, double value, unsigned channel,
                 enum st_role role)
{
    bool is_better = truth == ST_TRUTH_YES ? best->truth != ST_TRUTH_YES
                                           : truth == ST_TRUTH_OPEN && best->truth == ST_TRUTH_NO;
    if (is_better)
        *best = (struct st_rule_measured){truth, value, channel, role};
}

void st_rule_threshold_measure(const struct st_rule *rule, const struct st_rule_view *view,
                               struct st_rule_measured *ret)
{
    const struct st_rule_threshold *threshold = rule->params;
    const struct st_rule_metric *metric = threshold->metric;
    struct st_characteristics_window window;
    ret->truth = ST_TRUTH_NO;
    if (!view->characteristics) {
        ret->truth = view->is_over ? ST_TRUTH_NO : ST_TRUTH_OPEN;
        return;
    }
    st_characteristics_measure(view->characteristics, view->from_us, view->until_us, &window);
    if (!metric->is_of_channel) {
        double value = metric->value(&window, NULL);
        take(ret, st_rule_threshold_judge(threshold, value, view->is_over), value, 0, rule->role);
        return;
    }
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++) {
        enum st_role role = view->facts->roles[i];
        if (!st_rule_is_for(rule, role))
            continue;
        double value = metric->value(&window, &window.channels[i]);
        take(ret, st_rule_threshold_judge(threshold, value, view->is_over), value, i, role);
    }
}
