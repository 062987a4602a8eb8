/* One rule: which kind it is, what stands beside the kind's key, and lists of rules. */
#include "rule_reader.h"

#include "sidetone/json_writer.h"
#include "sidetone/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void read_role(struct st_rule_reader *reader, const struct st_node *value, void *into)
{
    struct st_rule *rule = into;
    rule->has_role = st_rule_read_role(reader, value, &rule->role);
}

static void read_range(struct st_rule_reader *reader, const struct st_node *value, void *into)
{
    struct st_rule *rule = into;
    st_rule_range_read(reader, value, &rule->range);
}

static void read_absent(struct st_rule_reader *reader, const struct st_node *value, void *into)
{
    struct st_rule *rule = into;
    st_rule_read_bool(reader, value, &rule->is_absent);
}

static const struct {
    unsigned takes;
    struct st_rule_key key;
} beside[] = {
    {ST_RULE_TAKES_ROLE, {"role", read_role}},
    {ST_RULE_TAKES_RANGE, {"range", read_range}},
    {ST_RULE_TAKES_ABSENT, {"absent", read_absent}},
};

enum { BESIDE = sizeof(beside) / sizeof(beside[0]) };

static const struct st_rule_kind *find_kind(const char *key)
{
    for (size_t i = 0; st_rule_kinds[i]; i++)
        if (strcmp(st_rule_kinds[i]->key, key) == 0)
            return st_rule_kinds[i];
    return NULL;
}

/* What may stand in a rule of that kind, or in one of which we do not know yet (NULL). */
static const char *key_at(const void *from, unsigned i)
{
    const struct st_rule_kind *kind = from;
    unsigned place = 0;
    for (unsigned k = 0; k < BESIDE; k++)
        if ((!kind || kind->takes & beside[k].takes) && place++ == i)
            return beside[k].key.name;
    for (unsigned k = 0; !kind && st_rule_kinds[k]; k++)
        if (place++ == i)
            return st_rule_kinds[k]->key;
    return NULL;
}

static const char *write_known_keys(char *out, size_t bytes)
{
    size_t len = 0;
    for (size_t i = 0; st_rule_kinds[i] && len < bytes; i++)
        len += (size_t)snprintf(out + len, bytes - len, "%s%s",
                                i == 0                 ? ""
                                : st_rule_kinds[i + 1] ? ", "
                                                       : " or ",
                                st_rule_kinds[i]->key);
    return out;
}

static void refuse_key(struct st_rule_reader *reader, const struct st_node *member,
                       const struct st_rule_kind *kind)
{
    char shown[ST_PROBLEMS_SHOWN_MAX];
    const char *meant = st_problems_closest(member->key, key_at, kind);
    char known[300];
    bool is_elsewhere = false;
    for (unsigned i = 0; i < BESIDE; i++)
        is_elsewhere |= strcmp(beside[i].key.name, member->key) == 0;
    if (kind && is_elsewhere)
        st_rule_reader_refuse(reader, member->line, "a rule '%s' takes no '%s'", kind->key,
                              member->key);
    else if (kind || meant)
        st_rule_reader_refuse(
            reader, member->line, "unknown key '%s'%s%s%s", st_problems_shown(member->key, shown),
            meant ? ", did you mean '" : "", meant ? meant : "", meant ? "'?" : "");
    else
        st_rule_reader_refuse(reader, member->line, "unknown key '%s': a rule needs one of %s",
                              st_problems_shown(member->key, shown),
                              write_known_keys(known, sizeof(known)));
}

static void read_member(struct st_rule_reader *reader, const struct st_node *member,
                        struct st_rule *rule)
{
    for (unsigned i = 0; i < BESIDE; i++)
        if (strcmp(beside[i].key.name, member->key) == 0 &&
            (!rule->kind || rule->kind->takes & beside[i].takes)) {
            beside[i].key.read(reader, member, rule);
            return;
        }
    const struct st_rule_kind *kind = find_kind(member->key);
    if (!kind)
        refuse_key(reader, member, rule->kind);
    else if (kind != rule->kind)
        st_rule_reader_refuse(reader, member->line,
                              "'%s' and '%s' are two rules: each has an entry of its own",
                              rule->kind->key, kind->key);
}

static const struct st_rule_kind *kind_of(const struct st_node *node,
                                          const struct st_node **ret_value)
{
    for (size_t i = 0; i < node->count; i++) {
        const struct st_rule_kind *kind = find_kind(node->nodes[i].key);
        if (kind) {
            *ret_value = &node->nodes[i];
            return kind;
        }
    }
    return NULL;
}

void st_rule_read(struct st_rule_reader *reader, const struct st_node *node,
                  struct st_rule *ret_rule)
{
    const struct st_node *value = NULL;
    char known[300];
    *ret_rule = (struct st_rule){.line = node->line, .role = reader->category->role};
    if (++reader->node_count > ST_RULE_NODES_MAX) {
        if (reader->node_count == ST_RULE_NODES_MAX + 1)
            st_rule_reader_refuse(reader, node->line,
                                  "there are more than %d rules in it, those "
                                  "in compositions counted",
                                  (int)ST_RULE_NODES_MAX);
        return;
    }
    if (node->type != ST_NODE_SECTION) {
        st_rule_reader_refuse(reader, node->line,
                              "a rule must be a section with keys, such as 'phrase: …'");
        return;
    }
    ret_rule->kind = kind_of(node, &value);
    bool was_broken = reader->is_broken;
    reader->is_broken = false;
    for (size_t i = 0; i < node->count; i++)
        read_member(reader, &node->nodes[i], ret_rule);
    if (!ret_rule->kind && !reader->is_broken)
        st_rule_reader_refuse(reader, node->line, "a rule needs one of %s",
                              write_known_keys(known, sizeof(known)));
    reader->is_broken |= was_broken;
    if (ret_rule->kind)
        ret_rule->kind->read(reader, value, ret_rule);
}

void st_rule_read_list(struct st_rule_reader *reader, const struct st_node *node,
                       struct st_rule **ret_rules, size_t *ret_count)
{
    char above[sizeof(reader->where)];
    if (node->type != ST_NODE_LIST || node->count == 0) {
        st_rule_reader_refuse(reader, node->line, "'%s' must be a list of rules, at least one",
                              node->key ? node->key : "rules");
        return;
    }
    if (node->count > ST_RULE_RULES_MAX) {
        st_rule_reader_refuse(reader, node->line, "'%s' has more than %d rules", node->key,
                              (int)ST_RULE_RULES_MAX);
        return;
    }
    struct st_rule *rules = st_mem_alloc_array(node->count, sizeof(*rules));
    memcpy(above, reader->where, sizeof(above));
    for (size_t i = 0; i < node->count; i++) {
        snprintf(reader->where, sizeof(reader->where), "%.60s%s%zu", above[0] ? above : "rule ",
                 above[0] ? "." : "", i + 1);
        st_rule_read(reader, &node->nodes[i], &rules[i]);
    }
    memcpy(reader->where, above, sizeof(above));
    *ret_rules = rules;
    *ret_count = node->count;
}

void st_rule_list_free(struct st_rule *rules, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct st_rule *rule = &rules[i];
        st_rule_list_free(rule->rules, rule->rule_count);
        if (rule->kind && rule->kind->free && rule->params)
            rule->kind->free(rule->params);
        free(rule->params);
        free(rule->text);
    }
    free(rules);
}

void st_rule_write(const struct st_rule *rule, struct st_json_writer *json)
{
    st_json_begin_object(json);
    st_json_key(json, rule->kind->key);
    rule->kind->write(rule, json);
    if (rule->has_role)
        st_json_set_string(json, "role",
                           rule->role == ST_ROLE_UNKNOWN ? "any" : st_role_name(rule->role));
    if (rule->range.type != ST_RANGE_WHOLE) {
        st_json_key(json, "range");
        st_rule_range_write(&rule->range, json);
    }
    if (rule->is_absent)
        st_json_set_bool(json, "absent", true);
    st_json_end_object(json);
}

void st_rule_list_write(const struct st_rule *rules, size_t count, struct st_json_writer *json)
{
    st_json_begin_array(json);
    for (size_t i = 0; i < count; i++)
        st_rule_write(&rules[i], json);
    st_json_end_array(json);
}
