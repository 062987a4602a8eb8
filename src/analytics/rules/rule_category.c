/* A category as written: read, written, counted. */
#include "rule_reader.h"

#include "sidetone/json_writer.h"
#include "sidetone/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DESCRIPTION_BYTES_MAX = 1000, LANGUAGE_BYTES_MAX = 32 };

struct reading {
    struct st_rule_category *category;
    const struct st_node *rules, *phrases, *examples;
};

static struct st_rule_category *category_of(void *into)
{
    return ((struct reading *)into)->category;
}

static void read_name(struct st_rule_reader *reader, const struct st_node *value, void *into)
{
    (void)reader; /* read before everything else, because messages begin with it */
    (void)value;
    (void)into;
}

static void read_description(struct st_rule_reader *reader, const struct st_node *value, void *into)
{
    st_rule_read_text(reader, value, DESCRIPTION_BYTES_MAX, &category_of(into)->description);
}

static void read_language(struct st_rule_reader *reader, const struct st_node *value, void *into)
{
    st_rule_read_text(reader, value, LANGUAGE_BYTES_MAX, &category_of(into)->language);
}

static void read_severity(struct st_rule_reader *reader, const struct st_node *value, void *into)
{
    static const char *const words[] = {"none", "low", "medium", "high", "critical", NULL};
    unsigned place;
    if (st_rule_read_word(reader, value, words, &place))
        category_of(into)->severity = (enum st_severity)place;
}

static void read_role(struct st_rule_reader *reader, const struct st_node *value, void *into)
{
    st_rule_read_role(reader, value, &category_of(into)->role);
}

static void read_provisional(struct st_rule_reader *reader, const struct st_node *value, void *into)
{
    st_rule_read_bool(reader, value, &category_of(into)->is_provisional);
}

static void read_repeat(struct st_rule_reader *reader, const struct st_node *value, void *into)
{
    static const char *const words[] = {"always", "once", NULL};
    unsigned place;
    if (st_rule_read_word(reader, value, words, &place))
        category_of(into)->is_once = place == 1;
}

static void read_topic(struct st_rule_reader *reader, const struct st_node *value, void *into)
{
    st_rule_read_bool(reader, value, &category_of(into)->is_topic);
}

static void read_rules(struct st_rule_reader *reader, const struct st_node *value, void *into)
{
    (void)reader; /* once everything beside them is known */
    ((struct reading *)into)->rules = value;
}

static void read_phrases(struct st_rule_reader *reader, const struct st_node *value, void *into)
{
    (void)reader;
    ((struct reading *)into)->phrases = value;
}

static void read_examples(struct st_rule_reader *reader, const struct st_node *value, void *into)
{
    (void)reader;
    ((struct reading *)into)->examples = value;
}

static const struct st_rule_key keys[] = {
    {"name", read_name},         {"description", read_description},
    {"severity", read_severity}, {"role", read_role},
    {"language", read_language}, {"provisional", read_provisional},
    {"repeat", read_repeat},     {"topic", read_topic},
    {"rules", read_rules},       {"phrases", read_phrases},
    {"examples", read_examples}, {NULL, NULL},
};

/* `phrases` and `examples` in short are lists of rules with one rule. */
static void read_short(struct st_rule_reader *reader, const struct st_node *list,
                       struct st_rule_category *category)
{
    bool has_phrases = strcmp(list->key, "phrases") == 0;
    category->rules = st_mem_alloc(sizeof(*category->rules));
    category->rule_count = 1;
    category->rules[0] =
        (struct st_rule){.kind = &st_rule_kind_phrase, .line = list->line, .role = category->role};
    if (list->type != ST_NODE_LIST)
        st_rule_reader_refuse(reader, list->line, "'%s' must be a list", list->key);
    else if (has_phrases)
        st_rule_kind_phrase.read(reader, list, &category->rules[0]);
    else if (category->is_topic)
        st_rule_read_examples(reader, list, &category->rules[0]);
    else
        st_rule_reader_refuse(reader, list->line,
                              "'examples' are of a topic: add 'topic: true', or write a rule "
                              "'semantic'");
}

static void refuse_two(struct st_rule_reader *reader, const struct reading *reading)
{
    if (reading->phrases && reading->rules)
        st_rule_reader_refuse(reader, reading->phrases->line,
                              "give 'rules' or 'phrases', not both: a rule 'phrase' says the same");
    else
        st_rule_reader_refuse(reader, reading->examples->line,
                              "give 'examples' alone: beside other rules, a rule 'semantic' with "
                              "'examples' says the same");
}

static void read_all(struct st_rule_reader *reader, const struct st_node *node,
                     struct st_rule_category *category)
{
    struct reading reading = {.category = category};
    if (!st_rule_read_section(reader, node, "a category", keys, &reading))
        return;
    if (!!reading.rules + !!reading.phrases + !!reading.examples > 1)
        refuse_two(reader, &reading);
    else if (reading.rules)
        st_rule_read_list(reader, reading.rules, &category->rules, &category->rule_count);
    else if (reading.phrases || reading.examples)
        read_short(reader, reading.phrases ? reading.phrases : reading.examples, category);
    else
        st_rule_reader_refuse(reader, node->line, "needs 'rules' or 'phrases'");
}

static void set_version(struct st_rule_category *category)
{
    struct st_json_writer json;
    st_json_init(&json);
    st_rule_category_write(category, &json);
    st_rule_fingerprint(json.data, json.len, category->version);
    st_json_fini(&json);
}

struct st_rule_category *st_rule_category_read(const struct st_node *node, const char *name,
                                               struct st_problems *problems)
{
    struct st_rule_category *category = st_mem_alloc(sizeof(*category));
    struct st_rule_reader reader = {.problems = problems, .category = category};
    atomic_init(&category->refs, 1);
    category->line = node->line;
    category->file = st_mem_strdup(problems->names[problems->part]);
    category->description = st_mem_strdup("");
    category->language = st_mem_strdup("");
    if (node->type == ST_NODE_SECTION)
        st_rule_read_name(&reader, node, "category", name, &category->name);
    read_all(&reader, node, category);
    category->target_count = reader.target_count;
    if (reader.is_broken) {
        st_rule_category_unref(category);
        return NULL;
    }
    set_version(category);
    return category;
}

struct st_rule_category *st_rule_category_ref(struct st_rule_category *category)
{
    atomic_fetch_add_explicit(&category->refs, 1, memory_order_relaxed);
    return category;
}

void st_rule_category_unref(struct st_rule_category *category)
{
    if (!category || atomic_fetch_sub_explicit(&category->refs, 1, memory_order_acq_rel) != 1)
        return;
    st_rule_list_free(category->rules, category->rule_count);
    free(category->file);
    free(category->name);
    free(category->description);
    free(category->language);
    free(category);
}

void st_rule_category_write(const struct st_rule_category *category, struct st_json_writer *json)
{
    st_json_begin_object(json);
    st_json_set_string(json, "name", category->name);
    if (category->description[0])
        st_json_set_string(json, "description", category->description);
    st_json_set_string(json, "severity", st_severity_name(category->severity));
    if (category->role != ST_ROLE_UNKNOWN)
        st_json_set_string(json, "role", st_role_name(category->role));
    if (category->language[0])
        st_json_set_string(json, "language", category->language);
    if (category->is_provisional)
        st_json_set_bool(json, "provisional", true);
    if (category->is_once)
        st_json_set_string(json, "repeat", "once");
    if (category->is_topic)
        st_json_set_bool(json, "topic", true);
    st_json_key(json, "rules");
    st_rule_list_write(category->rules, category->rule_count, json);
    st_json_end_object(json);
}
