/* Other rules in the middle of a call: what has not changed goes on, what is new begins. */
#include "matcher_parts.h"

#include "sidetone/mem.h"

#include <stdlib.h>
#include <string.h>

struct swap {
    struct st_category_matcher *matcher;
    struct st_rules *from, *to;
    uint32_t *categories; /* old to new; ST_RULE_NONE: changed or gone */
    uint32_t *nodes;      /* likewise */
    uint8_t *truths;
};

static bool is_same(const struct st_rule_category *a, const struct st_rule_category *b)
{
    return a == b || (strcmp(a->version, b->version) == 0 && strcmp(a->name, b->name) == 0);
}

/* From `hint` on, round: most stand where they stood, or all are shifted by as much. */
static uint32_t find_same(const struct st_rules *rules, const struct st_rule_category *written,
                          uint32_t hint)
{
    for (size_t i = 0; i < rules->category_count; i++) {
        uint32_t at = (uint32_t)((hint + i) % rules->category_count);
        if (is_same(rules->categories[at].written, written))
            return at;
    }
    return ST_RULE_NONE;
}

/* It began before this category listened. */
static bool is_unseen(const struct st_rule_node *node, int64_t media_us)
{
    const struct st_rule_range *range = &node->rule->range;
    return node->is_negated && !(range->type == ST_RANGE_TIMES && range->from >= media_us);
}

static void begin_anew(struct swap *swap)
{
    int64_t media_us = media_clamp(swap->matcher->view.media_us);
    for (uint32_t i = 0; i < swap->to->node_count; i++) {
        const struct st_rule_node *node = &swap->to->nodes[i];
        if (node->kind->sort == ST_RULE_HEARING && media_us > 0 && is_unseen(node, media_us))
            swap->truths[i] = TRUTH_UNSEEN;
    }
}

static void carry_over(struct swap *swap)
{
    const struct st_category_matcher *matcher = swap->matcher;
    uint32_t hint = 0;
    for (uint32_t i = 0; i < swap->from->category_count; i++) {
        const struct st_rule_compiled_category *old = &swap->from->categories[i];
        uint32_t now = find_same(swap->to, old->written, hint);
        swap->categories[i] = now;
        hint = now == ST_RULE_NONE ? hint : now + 1;
        for (uint32_t k = old->first; k < old->end; k++)
            swap->nodes[k] = now == ST_RULE_NONE
                                 ? ST_RULE_NONE
                                 : swap->to->categories[now].first + (k - old->first);
        if (now == ST_RULE_NONE)
            continue;
        memcpy(&swap->truths[swap->to->categories[now].first], &matcher->truths[old->first],
               old->end - old->first);
    }
}

static void renumber(struct swap *swap)
{
    struct st_category_matcher *matcher = swap->matcher;
    size_t kept = 0;
    kept_renumber(&matcher->kept, swap->nodes);
    kept_renumber(&matcher->pending, swap->nodes);
    for (size_t i = 0; i < matcher->sequence_count; i++) {
        matcher->sequences[i]->node = swap->nodes[matcher->sequences[i]->node];
        if (matcher->sequences[i]->node == ST_RULE_NONE)
            st_rule_sequence_destroy(matcher->sequences[i]);
        else
            matcher->sequences[kept++] = matcher->sequences[i];
    }
    matcher->sequence_count = kept;
    kept = 0;
    for (size_t i = 0; i < matcher->standing_count; i++) {
        struct standing standing = matcher->standing[i];
        standing.category = swap->categories[standing.category];
        if (standing.category != ST_RULE_NONE)
            matcher->standing[kept++] = standing;
    }
    matcher->standing_count = kept;
    for (size_t i = 0; i < matcher->provisional_count; i++) {
        uint32_t *category = &matcher->provisionals[i].category;
        *category = *category == ST_RULE_NONE ? ST_RULE_NONE : swap->categories[*category];
    }
}

void st_category_matcher_set_rules(struct st_category_matcher *matcher, struct st_rules *rules)
{
    if (rules == matcher->rules)
        return;
    struct swap swap = {
        .matcher = matcher,
        .from = matcher->rules,
        .to = st_rules_ref(rules),
        .categories = st_mem_alloc_array(matcher->rules->category_count + 1, sizeof(uint32_t)),
        .nodes = st_mem_alloc_array(matcher->rules->node_count + 1, sizeof(uint32_t)),
        .truths = st_mem_alloc(rules->node_count + 1),
    };
    begin_anew(&swap);
    carry_over(&swap);
    renumber(&swap);
    free(matcher->truths);
    matcher->truths = swap.truths;
    matcher->rules = rules;
    matcher->known_facts = NULL;
    matcher->deadlines_passed = 0;
    st_phrase_stream_set_phrases(matcher->stream, rules->phrases);
    st_rules_unref(swap.from);
    free(swap.categories);
    free(swap.nodes);
}

void st_category_matcher_hear(struct st_category_matcher *matcher, const struct st_rules *rules,
                              uint32_t node, const struct st_rule_hit *hit)
{
    if (rules != matcher->rules) {
        uint32_t old = rules->nodes[node].category;
        uint32_t now = find_same(matcher->rules, rules->categories[old].written, old);
        if (now == ST_RULE_NONE)
            return;
        node = matcher->rules->categories[now].first + (node - rules->categories[old].first);
    }
    if (!matcher->is_ended)
        judge_hit(matcher, node, hit);
}
