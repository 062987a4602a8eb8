/* any, all, not: rules made of rules. */
#include "rule_reader.h"

#include <string.h>

static bool is_too_deep(struct st_rule_reader *reader, const struct st_node *value)
{
    if (reader->depth < ST_RULE_DEPTH_MAX)
        return false;
    st_rule_reader_refuse(reader, value->line, "compositions are nested more than %d deep",
                          (int)ST_RULE_DEPTH_MAX);
    return true;
}

static void read_several(struct st_rule_reader *reader, const struct st_node *value,
                         struct st_rule *rule)
{
    if (is_too_deep(reader, value))
        return;
    reader->depth++;
    st_rule_read_list(reader, value, &rule->rules, &rule->rule_count);
    reader->depth--;
    st_rule_set_text(rule, "%s of %zu rules", rule->kind->key, rule->rule_count);
}

static void write_several(const struct st_rule *rule, struct st_json_writer *json)
{
    st_rule_list_write(rule->rules, rule->rule_count, json);
}

/* One rule, as if it were a list of one. */
static void read_one(struct st_rule_reader *reader, const struct st_node *value,
                     struct st_rule *rule)
{
    struct st_node list = {
        .type = ST_NODE_LIST, .line = value->line, .key = value->key, .nodes = value, .count = 1};
    if (is_too_deep(reader, value))
        return;
    reader->depth++;
    st_rule_read_list(reader, &list, &rule->rules, &rule->rule_count);
    reader->depth--;
    st_rule_set_text(rule, "not: %s",
                     rule->rule_count && rule->rules[0].text ? rule->rules[0].text : "?");
}

static void write_one(const struct st_rule *rule, struct st_json_writer *json)
{
    st_rule_write(&rule->rules[0], json);
}

static enum st_truth combine_any(const enum st_truth *truths, size_t count)
{
    enum st_truth truth = ST_TRUTH_NO;
    for (size_t i = 0; i < count; i++) {
        if (truths[i] == ST_TRUTH_YES)
            return ST_TRUTH_YES;
        if (truths[i] == ST_TRUTH_OPEN)
            truth = ST_TRUTH_OPEN;
    }
    return truth;
}

static enum st_truth combine_all(const enum st_truth *truths, size_t count)
{
    enum st_truth truth = ST_TRUTH_YES;
    for (size_t i = 0; i < count; i++) {
        if (truths[i] == ST_TRUTH_NO)
            return ST_TRUTH_NO;
        if (truths[i] == ST_TRUTH_OPEN)
            truth = ST_TRUTH_OPEN;
    }
    return truth;
}

static enum st_truth combine_not(const enum st_truth *truths, size_t count)
{
    (void)count;
    return truths[0] == ST_TRUTH_OPEN  ? ST_TRUTH_OPEN
           : truths[0] == ST_TRUTH_YES ? ST_TRUTH_NO
                                       : ST_TRUTH_YES;
}

const struct st_rule_kind st_rule_kind_any = {
    .key = "any",
    .sort = ST_RULE_COMPOSING,
    .takes = ST_RULE_TAKES_ABSENT,
    .read = read_several,
    .write = write_several,
    .combine = combine_any,
};

const struct st_rule_kind st_rule_kind_all = {
    .key = "all",
    .sort = ST_RULE_COMPOSING,
    .takes = ST_RULE_TAKES_ABSENT,
    .read = read_several,
    .write = write_several,
    .combine = combine_all,
};

const struct st_rule_kind st_rule_kind_not = {
    .key = "not",
    .sort = ST_RULE_COMPOSING,
    .read = read_one,
    .write = write_one,
    .combine = combine_not,
};
