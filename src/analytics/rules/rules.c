#include "rules_compiler.h"
#include "script_set.h"
#include "semantic.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct st_rules_compiler {
    const struct st_rule_book *book;
    struct st_rules *rules;
    struct st_problems *problems;
    struct st_phrase_pattern *patterns; /* beside rules->listeners */
    const struct st_rule_texts **texts; /* where each pattern is written */
    size_t pattern_cap;
    struct reference {
        uint32_t from, to; /* categories */
        int line;
    } * references;
    size_t reference_count;
    bool is_broken;
};

/* ---- problems ---- */

static void refuse(struct st_rules_compiler *compiler, uint32_t category, int line,
                   const char *what)
{
    const struct st_rule_category *written = compiler->rules->categories[category].written;
    char name[ST_PROBLEMS_SHOWN_MAX];
    compiler->is_broken = true;
    st_problems_name(compiler->problems, written->file);
    st_problems_add(compiler->problems, line, "category '%s'%s",
                    st_problems_shown(written->name, name), what);
}

/* ---- nodes ---- */

void st_rule_list_add(struct st_rule_list *list, uint32_t item)
{
    if (list->count == list->cap) {
        list->cap = 2 * list->cap + 8;
        list->items = st_mem_realloc(list->items, list->cap * sizeof(list->items[0]));
    }
    list->items[list->count++] = item;
}

static uint32_t add_nodes(struct st_rules *rules, size_t count)
{
    uint32_t first = rules->node_count;
    if (first + count > rules->node_cap) {
        rules->node_cap = 2 * (uint32_t)(first + count) + 16;
        rules->nodes = st_mem_realloc(rules->nodes, rules->node_cap * sizeof(rules->nodes[0]));
    }
    rules->node_count += (uint32_t)count;
    return first;
}

static void add_leaf(struct st_rules_compiler *compiler, uint32_t at)
{
    struct st_rules *rules = compiler->rules;
    struct st_rule_node *node = &rules->nodes[at];
    const struct st_rule_range *range = &node->rule->range;
    if (node->kind->sort == ST_RULE_MEASURING)
        st_rule_list_add(&rules->measuring, at);
    if (node->kind->sort == ST_RULE_KNOWING)
        st_rule_list_add(&rules->knowing, at);
    if (node->kind->sort != ST_RULE_HEARING)
        return;
    if (node->is_negated && range->type == ST_RANGE_TIMES && range->until != INT64_MAX) {
        st_rule_list_add(&rules->deadlines, at);
        rules->categories[node->category].can_be_refuted = true;
    }
    node->kind->compile(compiler, node->rule, at);
}

static void add_rule(struct st_rules_compiler *compiler, uint32_t at, const struct st_rule *rule,
                     const struct st_rule_node *like, bool is_inner)
{
    struct st_rules *rules = compiler->rules;
    bool is_absence = rule->is_absent && !is_inner;
    struct st_rule_node node = *like;
    node.rule = rule;
    node.kind = is_absence ? &st_rule_kind_not : rule->kind;
    node.first = node.count = 0;
    struct st_rule_node below = node;
    below.is_negated ^= node.kind == &st_rule_kind_not;
    if (is_absence || rule->rule_count > 0) {
        node.count = is_absence ? 1 : (uint32_t)rule->rule_count;
        node.first = add_nodes(rules, node.count);
    }
    rules->nodes[at] = node;
    for (uint32_t i = 0; i < node.count; i++)
        add_rule(compiler, node.first + i, is_absence ? rule : &rule->rules[i], &below, is_absence);
    if (node.count == 0)
        add_leaf(compiler, at);
}

static void add_category(struct st_rules_compiler *compiler, uint32_t index)
{
    struct st_rules *rules = compiler->rules;
    struct st_rule_compiled_category *category = &rules->categories[index];
    const struct st_rule_category *written = category->written;
    category->first = category->root = add_nodes(rules, 1);
    struct st_rule_node root = {
        .kind = &st_rule_kind_all, .category = index, .count = (uint32_t)written->rule_count};
    root.first = add_nodes(rules, root.count);
    rules->nodes[category->root] = root;
    for (uint32_t i = 0; i < root.count; i++) {
        struct st_rule_node like = {.category = index, .number = (uint16_t)(i + 1)};
        add_rule(compiler, root.first + i, &written->rules[i], &like, false);
    }
    category->end = rules->node_count;
    rules->has_provisional |= written->is_provisional;
    for (uint32_t i = category->first; i < category->end; i++)
        rules->nodes[i].is_kept = category->end - category->first > 2;
}

/* ---- for kinds ---- */

static void add_pattern(struct st_rules_compiler *compiler, const struct st_rule_listener *listener,
                        const struct st_rule_phrases *phrases, bool is_exclusion)
{
    struct st_rules *rules = compiler->rules;
    const struct st_rule_texts *texts = is_exclusion ? &phrases->except : &phrases->any;
    if (rules->listener_count == compiler->pattern_cap) {
        size_t cap = compiler->pattern_cap = 2 * compiler->pattern_cap + 64;
        rules->listeners = st_mem_realloc(rules->listeners, cap * sizeof(rules->listeners[0]));
        compiler->patterns =
            st_mem_realloc(compiler->patterns, cap * sizeof(compiler->patterns[0]));
        compiler->texts = st_mem_realloc(compiler->texts, cap * sizeof(compiler->texts[0]));
    }
    compiler->texts[rules->listener_count] = texts;
    compiler->patterns[rules->listener_count] = (struct st_phrase_pattern){
        .text = texts->items[listener->target],
        .bytes = strlen(texts->items[listener->target]),
        .group = 2 * listener->node + listener->slot,
        .is_exclusion = is_exclusion,
        .is_verbatim = phrases->is_verbatim,
    };
    rules->listeners[rules->listener_count++] = *listener;
}

void st_rules_listen(struct st_rules_compiler *compiler, uint32_t node, uint16_t slot,
                     enum st_role role, const struct st_rule_phrases *phrases)
{
    struct st_rule_listener listener = {.node = node, .slot = slot, .role = role};
    for (listener.target = 0; listener.target < phrases->any.count; listener.target++)
        add_pattern(compiler, &listener, phrases, false);
    for (listener.target = 0; listener.target < phrases->except.count; listener.target++)
        add_pattern(compiler, &listener, phrases, true);
}

static const char *name_at(const void *from, unsigned i)
{
    const struct st_rules *rules = from;
    return i < rules->category_count ? rules->categories[i].written->name : NULL;
}

void st_rules_follow(struct st_rules_compiler *compiler, uint32_t node, const char *category,
                     int line)
{
    struct st_rules *rules = compiler->rules;
    uint32_t from = rules->nodes[node].category, to = 0;
    while (to < rules->category_count && strcmp(rules->categories[to].written->name, category) != 0)
        to++;
    for (size_t i = 0; i < compiler->book->broken_count; i++)
        if (strcmp(compiler->book->broken[i], category) == 0) {
            compiler->is_broken = true;
            return;
        }
    if (to == rules->category_count) {
        char what[200], shown[ST_PROBLEMS_SHOWN_MAX], meant_shown[ST_PROBLEMS_SHOWN_MAX];
        const char *meant = st_problems_closest(category, name_at, rules);
        snprintf(what, sizeof(what), ", rule %u: there is no category '%s'%s%s%s",
                 rules->nodes[node].number, st_problems_shown(category, shown),
                 meant ? ", did you mean '" : "",
                 meant ? st_problems_shown(meant, meant_shown) : "", meant ? "'?" : "");
        refuse(compiler, from, line, what);
        return;
    }
    st_rule_list_add(&rules->categories[to].followers, node);
    compiler->references = st_mem_realloc(
        compiler->references, (compiler->reference_count + 1) * sizeof(compiler->references[0]));
    compiler->references[compiler->reference_count++] = (struct reference){from, to, line};
}

/* ---- references ---- */

enum mark { MARK_NEW, MARK_OPEN, MARK_DONE };

struct ordering {
    struct st_rules_compiler *compiler;
    uint8_t *marks;
    uint16_t *heights; /* how many are built on one another below it */
    uint32_t *path;
    size_t depth, done;
};

static void refuse_circle(struct ordering *ordering, uint32_t to, int line)
{
    const struct st_rules *rules = ordering->compiler->rules;
    char what[512] = ": refers to itself: ", name[ST_PROBLEMS_SHOWN_MAX];
    size_t len = strlen(what), i = 0;
    while (ordering->path[i] != to)
        i++;
    for (; i < ordering->depth && len < sizeof(what); i++)
        len += (size_t)snprintf(
            what + len, sizeof(what) - len, "%s → ",
            st_problems_shown(rules->categories[ordering->path[i]].written->name, name));
    if (len < sizeof(what))
        snprintf(what + len, sizeof(what) - len, "%s",
                 st_problems_shown(rules->categories[to].written->name, name));
    refuse(ordering->compiler, ordering->path[ordering->depth - 1], line, what);
}

static void visit(struct ordering *ordering, uint32_t category)
{
    struct st_rules_compiler *compiler = ordering->compiler;
    ordering->marks[category] = MARK_OPEN;
    ordering->path[ordering->depth++] = category;
    for (size_t i = 0; i < compiler->reference_count; i++) {
        const struct reference *reference = &compiler->references[i];
        if (reference->from != category)
            continue;
        if (ordering->marks[reference->to] == MARK_NEW)
            visit(ordering, reference->to);
        else if (ordering->marks[reference->to] == MARK_OPEN)
            refuse_circle(ordering, reference->to, reference->line);
        uint16_t height = (uint16_t)(ordering->heights[reference->to] + 1);
        if (height == ST_RULE_REFERENCES_MAX)
            refuse(compiler, category, reference->line,
                   ": too many categories build on one another");
        if (height > ordering->heights[category])
            ordering->heights[category] = height;
    }
    ordering->depth--;
    ordering->marks[category] = MARK_DONE;
    compiler->rules->order[ordering->done++] = category;
}

static void put_in_order(struct st_rules_compiler *compiler)
{
    struct st_rules *rules = compiler->rules;
    size_t count = rules->category_count + 1;
    struct ordering ordering = {
        .compiler = compiler,
        .marks = st_mem_alloc(count),
        .heights = st_mem_alloc_array(count, sizeof(ordering.heights[0])),
        .path = st_mem_alloc_array(count, sizeof(ordering.path[0])),
    };
    rules->order = st_mem_alloc_array(count, sizeof(rules->order[0]));
    for (uint32_t i = 0; i < rules->category_count; i++)
        if (ordering.marks[i] == MARK_NEW)
            visit(&ordering, i);
    free(ordering.marks);
    free(ordering.heights);
    free(ordering.path);
}

/* ---- phrases ---- */

static void refuse_pattern(struct st_rules_compiler *compiler,
                           const struct st_phrase_problem *problem)
{
    const struct st_rules *rules = compiler->rules;
    const struct st_rule_listener *listener = &rules->listeners[problem->pattern];
    const struct st_rule_node *node = &rules->nodes[listener->node];
    char what[300], shown[ST_PROBLEMS_SHOWN_MAX];
    snprintf(what, sizeof(what), ", rule %u: the phrase '%s' %s", node->number,
             st_problems_shown(compiler->texts[problem->pattern]->items[listener->target], shown),
             problem->text);
    refuse(compiler, node->category, compiler->texts[problem->pattern]->lines[listener->target],
           what);
}

/* A set tells of one bad phrase at a time: that one is told and made harmless until none is left.
 */
static void compile_phrases(struct st_rules_compiler *compiler)
{
    struct st_rules *rules = compiler->rules;
    struct st_phrase_problem problem;
    int err;
    while ((err = st_phrase_set_create(&rules->phrases, compiler->patterns, rules->listener_count,
                                       &problem)) < 0) {
        refuse_pattern(compiler, &problem);
        if (err != -EINVAL || st_problems_is_full(compiler->problems))
            return;
        compiler->patterns[problem.pattern].text = "x";
        compiler->patterns[problem.pattern].bytes = 1;
    }
}

/* ---- life ---- */

int64_t st_rules_deadline_us(const struct st_rule_node *node)
{
    int64_t delay_us = node->kind->delay_us ? node->kind->delay_us(node->rule) : 0;
    return node->rule->range.until + delay_us;
}

static int compare_deadlines(const void *left, const void *right, void *user)
{
    const struct st_rules *rules = user;
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    int64_t a_us = st_rules_deadline_us(&rules->nodes[a]),
            b_us = st_rules_deadline_us(&rules->nodes[b]);
    return a_us != b_us ? (a_us < b_us ? -1 : 1) : a < b ? -1 : a > b;
}

static void destroy(struct st_rules *rules)
{
    for (size_t i = 0; i < rules->category_count; i++) {
        st_rule_category_unref(rules->categories[i].written);
        free(rules->categories[i].followers.items);
    }
    st_phrase_set_unref(rules->phrases);
    st_script_set_unref(rules->scripts);
    st_semantic_set_destroy(rules->semantic);
    free(rules->categories);
    free(rules->nodes);
    free(rules->listeners);
    free(rules->deadlines.items);
    free(rules->measuring.items);
    free(rules->knowing.items);
    free(rules->order);
    free(rules);
}

static struct st_rules *take_categories(const struct st_rule_book *book)
{
    struct st_rules *rules = st_mem_alloc(sizeof(*rules));
    atomic_init(&rules->refs, 1);
    rules->category_count = book ? book->count : 0;
    rules->categories = st_mem_alloc_array(rules->category_count + 1, sizeof(rules->categories[0]));
    for (size_t i = 0; i < rules->category_count; i++)
        rules->categories[i].written = st_rule_category_ref(book->categories[i]);
    return rules;
}

int st_rules_compile(struct st_rules **ret_rules, const struct st_rule_book *book,
                     struct st_problems *problems)
{
    struct st_rules *rules = take_categories(book);
    struct st_rules_compiler compiler = {.book = book, .rules = rules, .problems = problems};
    for (uint32_t i = 0; i < rules->category_count; i++)
        add_category(&compiler, i);
    put_in_order(&compiler);
    compile_phrases(&compiler);
    if (book && book->scripts->count > 0 &&
        st_script_set_create(&rules->scripts, book->scripts, problems) < 0)
        compiler.is_broken = true;
    if (rules->deadlines.count > 1)
        qsort_r(rules->deadlines.items, rules->deadlines.count, sizeof(uint32_t), compare_deadlines,
                rules);
    free(compiler.patterns);
    free(compiler.texts);
    free(compiler.references);
    if (compiler.is_broken) {
        destroy(rules);
        return -EINVAL;
    }
    *ret_rules = rules;
    return 0;
}

struct st_rules *st_rules_ref(struct st_rules *rules)
{
    atomic_fetch_add_explicit(&rules->refs, 1, memory_order_relaxed);
    return rules;
}

void st_rules_unref(struct st_rules *rules)
{
    if (rules && atomic_fetch_sub_explicit(&rules->refs, 1, memory_order_acq_rel) == 1)
        destroy(rules);
}

size_t st_rules_count(const struct st_rules *rules)
{
    return rules->category_count;
}

struct st_script_set *st_rules_scripts(const struct st_rules *rules)
{
    return rules ? rules->scripts : NULL;
}
