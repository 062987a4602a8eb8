/*
 * Rules that compare a measure with a limit: `kind: {metric: limit}`, for some with `over_s`.
 *
 * Without over_s everything in the range is measured (the whole call when there is none). What can
 * only grow is decided as soon as it is past its limit, everything else when the range is over.
 * With over_s the same is asked again at the end of every segment, of so long a time before it.
 */
#ifndef SIDETONE_ANALYTICS_RULE_THRESHOLD_H
#define SIDETONE_ANALYTICS_RULE_THRESHOLD_H

#include "rule_reader.h"

#include "sidetone/characteristics.h"

struct st_rule_metric {
    const char *key;     /* "total_above_s" */
    const char *text[2]; /* around the limit: "more than ", " s of interruptions" */
    double min, max;     /* of the limit */
    bool is_below;       /* holds below the limit, not above it */
    bool is_growing;     /* never falls as the call goes on */
    bool is_of_channel;  /* and not of the whole call */
    /* NAN: there is nothing to go by. `channel` NULL: of the whole call. */
    double (*value)(const struct st_characteristics_window *window,
                    const struct st_characteristics_channel *channel);
};

struct st_rule_threshold {
    const struct st_rule_metric *metric; /* NULL: none was given */
    double limit;
    int64_t window_us; /* 0: everything in the range */
};

/* `metrics` ends with one without a key. rule->params becomes a struct st_rule_threshold. */
void st_rule_threshold_read(struct st_rule_reader *reader, const struct st_node *value,
                            struct st_rule *rule, const struct st_rule_metric *metrics,
                            bool takes_window);
/* The window beside it; told when it cannot be together with the range. */
void st_rule_window_read(struct st_rule_reader *reader, const struct st_node *value,
                         const struct st_rule *rule, int64_t *ret_window_us);
void st_rule_threshold_write(const struct st_rule *rule, struct st_json_writer *json);
void st_rule_threshold_measure(const struct st_rule *rule, const struct st_rule_view *view,
                               struct st_rule_measured *ret);
int64_t st_rule_threshold_window_us(const struct st_rule *rule);

/* What a value says, now or when it is all there will be. */
enum st_truth st_rule_threshold_judge(const struct st_rule_threshold *threshold, double value,
                                      bool is_over);

#endif
