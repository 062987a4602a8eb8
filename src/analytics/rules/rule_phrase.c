/* phrase: something is said. */
#include "rule_phrases.h"
#include "rules_compiler.h"

#include "sidetone/mem.h"

static void read(struct st_rule_reader *reader, const struct st_node *value, struct st_rule *rule)
{
    char text[ST_RULE_PHRASES_SHOWN];
    rule->params = st_mem_alloc(sizeof(struct st_rule_phrases));
    st_rule_phrases_read(reader, value, rule->params);
    st_rule_set_text(rule, "%s", st_rule_phrases_text(rule->params, text));
}

static void write(const struct st_rule *rule, struct st_json_writer *json)
{
    st_rule_phrases_write(rule->params, json);
}

static void free_params(void *params)
{
    st_rule_phrases_free(params);
}

static void compile(struct st_rules_compiler *compiler, const struct st_rule *rule, uint32_t node)
{
    st_rules_listen(compiler, node, 0, rule->role, rule->params);
}

static const char *text_of(const struct st_rule *rule, uint32_t target)
{
    const struct st_rule_phrases *phrases = rule->params;
    return target < phrases->any.count ? phrases->any.items[target] : rule->text;
}

const struct st_rule_kind st_rule_kind_phrase = {
    .key = "phrase",
    .sort = ST_RULE_HEARING,
    .takes = ST_RULE_TAKES_ROLE | ST_RULE_TAKES_RANGE | ST_RULE_TAKES_ABSENT,
    .read = read,
    .write = write,
    .free = free_params,
    .compile = compile,
    .text_of = text_of,
};
