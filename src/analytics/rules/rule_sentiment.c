/*
 * sentiment: what share of somebody's sentences has a label, how they sound on the whole (−1 to 1),
 * or where that goes. `label` alone means half of them or more, as Amazon has it.
 */
#include "rule_threshold.h"

#include "sidetone/call_facts.h"
#include "sidetone/json_writer.h"
#include "sidetone/mem.h"
#include "sidetone/sentiment.h"

#include <math.h>
#include <stdlib.h>

static const double share_usual_pct = 50;

enum measure_of { OF_NOTHING, OF_LABEL, OF_SCORE, OF_TREND };

struct params {
    enum measure_of of;
    enum st_sentiment_label label;
    double share_pct; /* so much or more */
    bool has_share;
    bool is_below;
    double score;
    enum st_trend trend;
    int64_t window_us;
    const struct st_rule *rule; /* while it is read */
};

/* ---- reading ---- */

static void choose(struct st_rule_reader *reader, const struct st_node *value,
                   struct params *params, enum measure_of of)
{
    if (params->of != OF_NOTHING)
        st_rule_reader_refuse(reader, value->line,
                              "'sentiment' takes one of label, score_above, score_below and trend");
    params->of = of;
}

static void read_label(struct st_rule_reader *reader, const struct st_node *value, void *into)
{
    static const char *const words[] = {"neutral", "positive", "negative", "mixed", NULL};
    struct params *params = into;
    unsigned place;
    choose(reader, value, params, OF_LABEL);
    if (st_rule_read_word(reader, value, words, &place))
        params->label = (enum st_sentiment_label)place;
}

static void read_share(struct st_rule_reader *reader, const struct st_node *value, void *into)
{
    struct params *params = into;
    params->has_share = st_rule_read_number(reader, value, 1, 100, &params->share_pct);
}

static void read_above(struct st_rule_reader *reader, const struct st_node *value, void *into)
{
    struct params *params = into;
    choose(reader, value, params, OF_SCORE);
    st_rule_read_number(reader, value, -1, 1, &params->score);
}

static void read_below(struct st_rule_reader *reader, const struct st_node *value, void *into)
{
    struct params *params = into;
    params->is_below = true;
    read_above(reader, value, into);
}

static void read_trend(struct st_rule_reader *reader, const struct st_node *value, void *into)
{
    static const char *const words[] = {"flat", "up", "down", NULL};
    struct params *params = into;
    unsigned place;
    choose(reader, value, params, OF_TREND);
    if (st_rule_read_word(reader, value, words, &place))
        params->trend = (enum st_trend)place;
}

static void read_window(struct st_rule_reader *reader, const struct st_node *value, void *into)
{
    struct params *params = into;
    st_rule_window_read(reader, value, params->rule, &params->window_us);
}

static const struct st_rule_key keys[] = {
    {"label", read_label},
    {"share_pct", read_share},
    {"score_above", read_above},
    {"score_below", read_below},
    {"trend", read_trend},
    {"over_s", read_window},
    {NULL, NULL},
};

static void set_text(struct st_rule *rule)
{
    const struct params *params = rule->params;
    char number[32];
    if (params->of == OF_LABEL)
        st_rule_set_text(rule, "%s in %s %% or more", st_sentiment_label_name(params->label),
                         st_rule_number_text(params->share_pct, number));
    else if (params->of == OF_TREND)
        st_rule_set_text(rule, "sentiment goes %s", st_trend_name(params->trend));
    else
        st_rule_set_text(rule, "sentiment %s %s", params->is_below ? "below" : "above",
                         st_rule_number_text(params->score, number));
}

static void read(struct st_rule_reader *reader, const struct st_node *value, struct st_rule *rule)
{
    struct params *params = rule->params = st_mem_alloc(sizeof(*params));
    params->share_pct = share_usual_pct;
    params->rule = rule;
    if (!st_rule_read_section(reader, value, "'sentiment'", keys, params))
        return;
    params->rule = NULL;
    if (params->of == OF_NOTHING)
        st_rule_reader_refuse(reader, value->line,
                              "'sentiment' needs label, score_above, score_below or trend");
    if (params->has_share && params->of != OF_LABEL)
        st_rule_reader_refuse(reader, value->line, "'share_pct' goes with 'label'");
    set_text(rule);
}

static void write(const struct st_rule *rule, struct st_json_writer *json)
{
    const struct params *params = rule->params;
    st_json_begin_object(json);
    if (params->of == OF_LABEL) {
        st_json_set_string(json, "label", st_sentiment_label_name(params->label));
        st_json_key(json, "share_pct");
        st_rule_number_write(json, params->share_pct);
    } else if (params->of == OF_TREND) {
        st_json_set_string(json, "trend", st_trend_name(params->trend));
    } else {
        st_json_key(json, params->is_below ? "score_below" : "score_above");
        st_rule_number_write(json, params->score);
    }
    if (params->window_us > 0) {
        st_json_key(json, "over_s");
        st_rule_seconds_write(json, params->window_us);
    }
    st_json_end_object(json);
}

/* ---- measuring ---- */

static bool holds(const struct params *params, const struct st_sentiment_channel *channel,
                  double *ret_value)
{
    uint32_t total = st_sentiment_total(channel);
    if (total == 0)
        return false;
    switch (params->of) {
    case OF_LABEL:
        *ret_value = 100.0 * channel->segments[params->label] / total;
        return *ret_value >= params->share_pct;
    case OF_TREND:
        *ret_value = channel->rise;
        return channel->trend == params->trend;
    default:
        *ret_value = channel->mean;
        return params->is_below ? channel->mean < params->score : channel->mean > params->score;
    }
}

static void measure(const struct st_rule *rule, const struct st_rule_view *view,
                    struct st_rule_measured *ret)
{
    struct st_sentiment_window window;
    ret->truth = view->is_over ? ST_TRUTH_NO : ST_TRUTH_OPEN;
    if (!view->is_over || !view->sentiment)
        return;
    st_sentiment_history_measure(view->sentiment, view->from_us, view->until_us, &window);
    for (unsigned i = 0; i < ST_CHANNELS_MAX && ret->truth != ST_TRUTH_YES; i++) {
        double value;
        if (!st_rule_is_for(rule, view->facts->roles[i]) ||
            !holds(rule->params, &window.channels[i], &value))
            continue;
        *ret = (struct st_rule_measured){ST_TRUTH_YES, value, i, view->facts->roles[i]};
    }
}

static int64_t window_us(const struct st_rule *rule)
{
    return ((const struct params *)rule->params)->window_us;
}

const struct st_rule_kind st_rule_kind_sentiment = {
    .key = "sentiment",
    .sort = ST_RULE_MEASURING,
    .takes = ST_RULE_TAKES_ROLE | ST_RULE_TAKES_RANGE | ST_RULE_TAKES_ABSENT,
    .read = read,
    .write = write,
    .measure = measure,
    .window_us = window_us,
};
