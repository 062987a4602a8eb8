/* category: another category has matched. */
#include "rules_compiler.h"

#include "sidetone/json_writer.h"

static void read(struct st_rule_reader *reader, const struct st_node *value, struct st_rule *rule)
{
    char *name = NULL, shown[ST_PROBLEMS_SHOWN_MAX];
    if (!st_rule_read_text(reader, value, ST_RULE_NAME_BYTES_MAX, &name))
        return;
    rule->params = name;
    st_rule_set_text(rule, "category %s", st_problems_shown(name, shown));
}

static void write(const struct st_rule *rule, struct st_json_writer *json)
{
    st_json_string(json, rule->params);
}

static void compile(struct st_rules_compiler *compiler, const struct st_rule *rule, uint32_t node)
{
    st_rules_follow(compiler, node, rule->params, rule->line);
}

const struct st_rule_kind st_rule_kind_category = {
    .key = "category",
    .sort = ST_RULE_HEARING,
    .takes = ST_RULE_TAKES_ABSENT,
    .read = read,
    .write = write,
    .compile = compile,
};
