#include "semantic.h"

#include "meaning/head.h"
#include "meaning/prototypes.h"
#include "rules_compiler.h"

#include "sidetone/embedder.h"
#include "sidetone/mem.h"

#include <stdlib.h>
#include <string.h>

static const double everyday_above = 0.6;

struct meaning {
    uint32_t node;
    enum st_role role;
    double least; /* likelihood */
    struct st_head head;
    size_t first, count; /* of its examples among the set's vectors */
};

struct st_semantic_set {
    struct meaning *meanings;
    size_t count;
    float *examples;
};

/* ---- learning ---- */

/* A text of a rule, or of those that are said on every call. */
struct text {
    const char *text;
    uint32_t rule; /* of `rules` below; NONE: everybody's */
    bool is_counter;
};

#define NOBODYS UINT32_MAX

struct learner {
    const struct st_rules *rules;
    struct st_rule_list nodes; /* rules by meaning */
    struct text *texts;
    size_t text_count;
    float *vectors; /* of the texts */
    float *chosen;  /* the negatives of one rule, behind its positives */
    size_t chosen_count, positive_count;
};

static const struct st_semantic_rule *params_of(const struct learner *learner, uint32_t rule)
{
    return learner->rules->nodes[learner->nodes.items[rule]].rule->params;
}

static const struct st_rule_category *category_of(const struct learner *learner, uint32_t rule)
{
    const struct st_rules *rules = learner->rules;
    return rules->categories[rules->nodes[learner->nodes.items[rule]].category].written;
}

static void find_nodes(struct learner *learner)
{
    for (uint32_t i = 0; i < learner->rules->node_count; i++)
        if (learner->rules->nodes[i].kind == &st_rule_kind_semantic)
            st_rule_list_add(&learner->nodes, i);
}

static void add_text(struct learner *learner, const char *text, uint32_t rule, bool is_counter)
{
    size_t n = learner->text_count++;
    learner->texts = st_mem_realloc(learner->texts, (n + 1) * sizeof(learner->texts[0]));
    learner->texts[n] = (struct text){.text = text, .rule = rule, .is_counter = is_counter};
}

/* A rule's own examples come first among its texts, in their order. */
static void collect_texts(struct learner *learner)
{
    for (uint32_t rule = 0; rule < learner->nodes.count; rule++) {
        const struct st_semantic_rule *params = params_of(learner, rule);
        for (size_t i = 0; i < params->like.count; i++)
            add_text(learner, params->like.items[i], rule, false);
        for (size_t i = 0; i < params->unlike.count; i++)
            add_text(learner, params->unlike.items[i], rule, true);
    }
    for (const char *const *text = st_prototypes_everyday; *text; text++)
        add_text(learner, *text, NOBODYS, false);
}

static int embed_texts(struct learner *learner, struct st_embedder *embedder)
{
    learner->vectors =
        st_mem_alloc_array(learner->text_count, ST_VECTOR_LEN * sizeof(learner->vectors[0]));
    for (size_t i = 0; i < learner->text_count; i++) {
        int err = st_embedder_embed(embedder, learner->texts[i].text,
                                    learner->vectors + i * ST_VECTOR_LEN);
        if (err)
            return err;
    }
    return 0;
}

static bool names(const struct st_rule_texts *overlaps, const char *category)
{
    for (size_t i = 0; i < overlaps->count; i++)
        if (strcmp(overlaps->items[i], category) == 0)
            return true;
    return false;
}

/* Either says so of the other. */
static bool do_overlap(const struct learner *learner, uint32_t one, uint32_t other)
{
    return category_of(learner, one) == category_of(learner, other) ||
           names(&params_of(learner, one)->overlaps, category_of(learner, other)->name) ||
           names(&params_of(learner, other)->overlaps, category_of(learner, one)->name);
}

static bool speaks_against(const struct learner *learner, uint32_t rule, const struct text *text)
{
    if (text->rule == rule)
        return text->is_counter;
    return text->rule == NOBODYS || !do_overlap(learner, rule, text->rule);
}

/* Others' examples are many where there are many rules: of those only so many are taken, evenly. */
static bool is_others(const struct text *text, uint32_t rule)
{
    return text->rule != rule && text->rule != NOBODYS;
}

static void choose(struct learner *learner, size_t text)
{
    memcpy(learner->chosen + learner->chosen_count++ * ST_VECTOR_LEN,
           learner->vectors + text * ST_VECTOR_LEN, ST_VECTOR_LEN * sizeof(float));
}

static bool is_everyday(const struct learner *learner, size_t text)
{
    const float *vector = learner->vectors + text * ST_VECTOR_LEN;
    for (size_t i = 0; i < learner->text_count; i++)
        if (learner->texts[i].rule == NOBODYS &&
            st_vector_likeness(learner->vectors + i * ST_VECTOR_LEN, vector) > everyday_above)
            return true;
    return false;
}

/* Conversations hold much that is said in any of them, and says nothing of this one. */
static void choose_positives(struct learner *learner, uint32_t rule, size_t first)
{
    const struct st_semantic_rule *params = params_of(learner, rule);
    size_t count = params->like.count;
    learner->chosen_count = 0;
    for (size_t i = first; i < first + count && params->examples.count > 0; i++)
        if (!is_everyday(learner, i))
            choose(learner, i);
    if (learner->chosen_count == 0)
        for (size_t i = first; i < first + count; i++)
            choose(learner, i);
    learner->positive_count = learner->chosen_count;
}

static void choose_negatives(struct learner *learner, uint32_t rule)
{
    size_t others = 0, seen = 0, taken = 0;
    for (size_t i = 0; i < learner->text_count; i++)
        others += is_others(&learner->texts[i], rule) &&
                  speaks_against(learner, rule, &learner->texts[i]);
    size_t most = others < ST_SEMANTIC_NEGATIVES_MAX ? others : ST_SEMANTIC_NEGATIVES_MAX;
    for (size_t i = 0; i < learner->text_count; i++) {
        const struct text *text = &learner->texts[i];
        if (!speaks_against(learner, rule, text))
            continue;
        if (is_others(text, rule)) {
            if (taken * others > seen++ * most)
                continue;
            if (taken == most)
                continue;
            taken++;
        }
        choose(learner, i);
    }
}

static size_t first_text(const struct learner *learner, uint32_t rule)
{
    size_t i = 0;
    while (learner->texts[i].rule != rule)
        i++;
    return i;
}

static void learn_rule(struct learner *learner, uint32_t rule, struct meaning *ret_meaning)
{
    static const double least[] = {
        [ST_SEMANTIC_STRICT] = 0.7, [ST_SEMANTIC_NORMAL] = 0.6, [ST_SEMANTIC_WIDE] = 0.5};
    const struct st_semantic_rule *params = params_of(learner, rule);
    ret_meaning->node = learner->nodes.items[rule];
    ret_meaning->role = learner->rules->nodes[ret_meaning->node].rule->role;
    ret_meaning->least = least[params->width];
    ret_meaning->first = first_text(learner, rule);
    ret_meaning->count = params->like.count;
    choose_positives(learner, rule, ret_meaning->first);
    choose_negatives(learner, rule);
    size_t positives = learner->positive_count;
    st_head_train(&ret_meaning->head, learner->chosen, positives,
                  learner->chosen + positives * ST_VECTOR_LEN, learner->chosen_count - positives);
}

static struct st_semantic_set *learn(struct learner *learner)
{
    struct st_semantic_set *set = st_mem_alloc(sizeof(*set));
    learner->chosen =
        st_mem_alloc_array(learner->text_count, ST_VECTOR_LEN * sizeof(learner->chosen[0]));
    set->count = learner->nodes.count;
    set->meanings = st_mem_alloc_array(set->count, sizeof(set->meanings[0]));
    for (uint32_t rule = 0; rule < set->count; rule++)
        learn_rule(learner, rule, &set->meanings[rule]);
    set->examples = learner->vectors;
    learner->vectors = NULL;
    return set;
}

struct st_semantic_set *st_semantic_set_create(const struct st_rules *rules,
                                               struct st_embedder *embedder)
{
    struct learner learner = {.rules = rules};
    struct st_semantic_set *set = NULL;
    find_nodes(&learner);
    if (learner.nodes.count > 0) {
        collect_texts(&learner);
        if (embed_texts(&learner, embedder) == 0)
            set = learn(&learner);
    }
    free(learner.nodes.items);
    free(learner.texts);
    free(learner.vectors);
    free(learner.chosen);
    return set;
}

void st_semantic_set_destroy(struct st_semantic_set *set)
{
    if (!set)
        return;
    free(set->meanings);
    free(set->examples);
    free(set);
}

/* ---- matching ---- */

static uint32_t nearest_example(const struct st_semantic_set *set, const struct meaning *meaning,
                                const float *vector)
{
    uint32_t nearest = 0;
    double best = -2;
    for (uint32_t i = 0; i < meaning->count; i++) {
        const float *example = set->examples + (meaning->first + i) * ST_VECTOR_LEN;
        double likeness = st_vector_likeness(example, vector);
        if (likeness > best) {
            best = likeness;
            nearest = i;
        }
    }
    return nearest;
}

void st_semantic_set_match(const struct st_semantic_set *set, enum st_role role,
                           const float *vector, st_semantic_hit_fn hit, void *user)
{
    for (size_t i = 0; i < set->count; i++) {
        const struct meaning *meaning = &set->meanings[i];
        if (meaning->role != ST_ROLE_UNKNOWN && meaning->role != role)
            continue;
        struct st_semantic_hit found = {
            .node = meaning->node,
            .likelihood = st_head_likelihood(st_head_logit(&meaning->head, vector)),
        };
        if (found.likelihood < meaning->least)
            continue;
        found.example = nearest_example(set, meaning, vector);
        hit(user, &found);
    }
}
