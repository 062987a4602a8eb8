/* semantic: something is said that means much the same as the examples. */
#include "rule_examples.h"
#include "rules_compiler.h"
#include "semantic.h"

#include "sidetone/embedder.h"
#include "sidetone/json_writer.h"
#include "sidetone/mem.h"

#include <stdio.h>
#include <string.h>

enum {
    EXAMPLE_BYTES_MAX = 300,
    NAME_BYTES_MAX = ST_RULE_NAME_BYTES_MAX,
    ANSWER_US = 2000000, /* what a sentence means is known a little after the sentence */
};

static const char *const widths[] = {"strict", "normal", "wide", NULL};

/* ---- reading ---- */

static void read_like(struct st_rule_reader *reader, const struct st_node *value, void *into)
{
    struct st_semantic_rule *params = into;
    st_rule_read_texts(reader, value, ST_SEMANTIC_EXAMPLES_MAX, EXAMPLE_BYTES_MAX, &params->like);
}

static void read_unlike(struct st_rule_reader *reader, const struct st_node *value, void *into)
{
    struct st_semantic_rule *params = into;
    st_rule_read_texts(reader, value, ST_SEMANTIC_EXAMPLES_MAX, EXAMPLE_BYTES_MAX, &params->unlike);
}

static void read_overlaps(struct st_rule_reader *reader, const struct st_node *value, void *into)
{
    struct st_semantic_rule *params = into;
    st_rule_read_texts(reader, value, ST_SEMANTIC_EXAMPLES_MAX, NAME_BYTES_MAX, &params->overlaps);
}

static void read_match(struct st_rule_reader *reader, const struct st_node *value, void *into)
{
    unsigned place;
    if (st_rule_read_word(reader, value, widths, &place))
        ((struct st_semantic_rule *)into)->width = (enum st_semantic_width)place;
}

static void read_examples(struct st_rule_reader *reader, const struct st_node *value, void *into)
{
    struct st_semantic_rule *params = into;
    st_rule_read_texts(reader, value, ST_RULE_EXAMPLES_MAX, ST_RULE_EXAMPLE_BYTES_MAX,
                       &params->examples);
}

static const struct st_rule_key keys[] = {
    {"like", read_like},         {"examples", read_examples}, {"unlike", read_unlike},
    {"overlaps", read_overlaps}, {"match", read_match},       {NULL, NULL},
};

static void set_text(struct st_rule *rule)
{
    const struct st_semantic_rule *params = rule->params;
    const struct st_rule_texts *like =
        params->examples.count > 0 ? &params->examples : &params->like;
    char shown[ST_PROBLEMS_SHOWN_MAX];
    const char *first = like->count > 0 ? st_problems_shown(like->items[0], shown) : "";
    if (like->count > 1)
        st_rule_set_text(rule, "like '%s' and %zu more", first, like->count - 1);
    else
        st_rule_set_text(rule, "like '%s'", first);
}

static void read_section(struct st_rule_reader *reader, const struct st_node *value,
                         struct st_semantic_rule *params)
{
    if (!st_rule_read_section(reader, value, "'semantic'", keys, params))
        return;
    const struct st_node *examples = st_node_find(value, "examples");
    if (examples && st_node_find(value, "like"))
        st_rule_reader_refuse(reader, examples->line,
                              "give 'like' or 'examples', not both: both are what it is about");
    else if (examples)
        st_rule_examples_cut(&params->examples, &params->like);
    else if (!st_node_find(value, "like"))
        st_rule_reader_refuse(reader, value->line,
                              "'semantic' needs 'like': 5 to 10 sentences that mean it");
}

static struct st_semantic_rule *begin(struct st_rule *rule)
{
    struct st_semantic_rule *params = rule->params = st_mem_alloc(sizeof(*params));
    params->width = ST_SEMANTIC_NORMAL;
    return params;
}

static void read(struct st_rule_reader *reader, const struct st_node *value, struct st_rule *rule)
{
    struct st_semantic_rule *params = begin(rule);
    if (value->type != ST_NODE_SECTION)
        read_like(reader, value, params);
    else
        read_section(reader, value, params);
    set_text(rule);
}

void st_rule_read_examples(struct st_rule_reader *reader, const struct st_node *value,
                           struct st_rule *rule)
{
    struct st_semantic_rule *params = begin(rule);
    rule->kind = &st_rule_kind_semantic;
    read_examples(reader, value, params);
    st_rule_examples_cut(&params->examples, &params->like);
    set_text(rule);
}

static void write_texts(struct st_json_writer *json, const char *key,
                        const struct st_rule_texts *texts)
{
    if (texts->count == 0)
        return;
    st_json_key(json, key);
    st_rule_texts_write(texts, json);
}

static void write(const struct st_rule *rule, struct st_json_writer *json)
{
    const struct st_semantic_rule *params = rule->params;
    st_json_begin_object(json);
    if (params->examples.count > 0)
        write_texts(json, "examples", &params->examples);
    else
        write_texts(json, "like", &params->like);
    write_texts(json, "unlike", &params->unlike);
    write_texts(json, "overlaps", &params->overlaps);
    st_json_set_string(json, "match", widths[params->width]);
    st_json_end_object(json);
}

static void free_params(void *user)
{
    struct st_semantic_rule *params = user;
    st_rule_texts_free(&params->examples);
    st_rule_texts_free(&params->like);
    st_rule_texts_free(&params->unlike);
    st_rule_texts_free(&params->overlaps);
}

/* ---- listening ---- */

/* What it listens for is learned later, for all rules together. */
static void compile(struct st_rules_compiler *compiler, const struct st_rule *rule, uint32_t node)
{
    (void)compiler;
    (void)rule;
    (void)node;
}

static const char *text_of(const struct st_rule *rule, uint32_t target)
{
    const struct st_semantic_rule *params = rule->params;
    return target < params->like.count ? params->like.items[target] : rule->text;
}

static int64_t delay_us(const struct st_rule *rule)
{
    (void)rule;
    return ANSWER_US;
}

const struct st_rule_kind st_rule_kind_semantic = {
    .key = "semantic",
    .sort = ST_RULE_HEARING,
    .takes = ST_RULE_TAKES_ROLE | ST_RULE_TAKES_RANGE | ST_RULE_TAKES_ABSENT,
    .read = read,
    .write = write,
    .free = free_params,
    .compile = compile,
    .text_of = text_of,
    .delay_us = delay_us,
};

/* ---- of all rules ---- */

void st_rules_learn(struct st_rules *rules, struct st_embedder *embedder)
{
    st_semantic_set_destroy(rules->semantic);
    rules->semantic = st_semantic_set_create(rules, embedder);
}

/* `place` is what a note begins with. */
static void tell_about(const struct st_rules *rules, const struct st_rule_node *node,
                       const char *place, st_problem_fn tell, void *user)
{
    const struct st_semantic_rule *params = node->rule->params;
    char text[512];
    if (!rules->semantic) {
        snprintf(text, sizeof(text), "%srule %u: matches nothing without the embedding model",
                 place, node->number);
        tell(user, text);
    }
    if (params->like.count < ST_SEMANTIC_EXAMPLES_GOOD) {
        snprintf(text, sizeof(text),
                 "%srule %u: learns from %zu sentence%s; 5 to 10 find much more", place,
                 node->number, params->like.count, params->like.count == 1 ? "" : "s");
        tell(user, text);
    }
}

size_t st_rules_notes(const struct st_rules *rules, st_problem_fn tell, void *user)
{
    size_t count = 0;
    for (uint32_t i = 0; i < rules->node_count; i++) {
        const struct st_rule_node *node = &rules->nodes[i];
        const struct st_rule_category *category = rules->categories[node->category].written;
        char place[400], name[ST_PROBLEMS_SHOWN_MAX];
        if (node->kind != &st_rule_kind_semantic)
            continue;
        count++;
        snprintf(place, sizeof(place), "%s:%d: category '%s', ", category->file, node->rule->line,
                 st_problems_shown(category->name, name));
        tell_about(rules, node, place, tell, user);
    }
    return count;
}

void st_rules_notes_on(const struct st_rules *rules, const char *name, st_problem_fn tell,
                       void *user)
{
    size_t i = 0;
    while (i < rules->category_count && strcmp(rules->categories[i].written->name, name) != 0)
        i++;
    if (i == rules->category_count)
        return;
    for (uint32_t k = rules->categories[i].first; k < rules->categories[i].end; k++)
        if (rules->nodes[k].kind == &st_rule_kind_semantic)
            tell_about(rules, &rules->nodes[k], "", tell, user);
}
