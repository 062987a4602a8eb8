/* From what nodes hold to what categories do. */
#include "matcher_parts.h"

enum st_truth judge_node(const struct st_category_matcher *matcher, uint32_t index,
                         const struct cause *cause, bool *ret_has_news)
{
    const struct st_rule_node *node = &matcher->rules->nodes[index];
    enum st_truth truths[ST_RULE_RULES_MAX];
    bool has_news = false;
    if (node->count == 0) {
        *ret_has_news = cause->node == index;
        return truth_get(matcher, index);
    }
    for (uint32_t i = 0; i < node->count; i++) {
        bool is_new;
        truths[i] = judge_node(matcher, node->first + i, cause, &is_new);
        has_news |= is_new && truths[i] == ST_TRUTH_YES;
    }
    *ret_has_news = has_news && node->kind != &st_rule_kind_not;
    return node->kind->combine(truths, node->count);
}

static void remember_standing(struct st_category_matcher *matcher, uint32_t category,
                              uint64_t match_id)
{
    if (!matcher->rules->categories[category].can_be_refuted)
        return;
    if (matcher->standing_count == STANDING_MAX) {
        matcher->standing_count--;
        for (size_t i = 0; i < matcher->standing_count; i++)
            matcher->standing[i] = matcher->standing[i + 1];
    }
    matcher->standing[matcher->standing_count++] = (struct standing){category, match_id};
}

static void match(struct st_category_matcher *matcher, uint32_t index, const struct cause *cause)
{
    const struct st_rule_compiled_category *category = &matcher->rules->categories[index];
    char words[ST_RULE_WORDS_BYTES];
    struct st_rule_hit hit;
    if (!report_is_wanted(matcher, index))
        return;
    uint64_t match_id = cause->hit ? provisional_confirm(matcher, index, cause->hit) : 0;
    if (match_id == 0)
        match_id = ++matcher->last_match_id;
    matcher->truths[category->root] |= TRUTH_MATCHED;
    report_match(matcher, ST_FINDING_CATEGORY, index, match_id, cause, &hit);
    remember_standing(matcher, index, match_id);
    if (category->followers.count == 0)
        return;
    st_rule_words_copy(words, hit.words); /* where it was, others may take its place */
    hit.words = words;
    for (size_t i = 0; i < category->followers.count; i++)
        judge_accept(matcher, category->followers.items[i], &hit);
}

static void refute(struct st_category_matcher *matcher, uint32_t category)
{
    size_t kept = 0;
    for (size_t i = 0; i < matcher->standing_count; i++) {
        struct standing standing = matcher->standing[i];
        if (standing.category != category) {
            matcher->standing[kept++] = standing;
            continue;
        }
        struct provisional withdrawn = {.written = matcher->rules->categories[category].written,
                                        .match_id = standing.match_id,
                                        .start_us = matcher->view.media_us,
                                        .end_us = matcher->view.media_us};
        report_withdrawn(matcher, &withdrawn, ST_WITHDRAWN_REFUTED);
    }
    matcher->standing_count = kept;
}

void judge_category(struct st_category_matcher *matcher, uint32_t category,
                    const struct cause *cause)
{
    uint32_t root = matcher->rules->categories[category].root;
    bool has_news;
    enum st_truth before = truth_get(matcher, root);
    enum st_truth now = judge_node(matcher, root, cause, &has_news);
    truth_set(matcher, root, now);
    if (now == ST_TRUTH_YES && (before != ST_TRUTH_YES || has_news))
        match(matcher, category, cause);
    else if (now != ST_TRUTH_YES && cause->is_refutation)
        refute(matcher, category);
}

void judge_accept(struct st_category_matcher *matcher, uint32_t node, const struct st_rule_hit *hit)
{
    const struct st_rule_node *compiled = &matcher->rules->nodes[node];
    struct cause cause = {
        .node = node, .hit = hit, .is_refutation = truth_get(matcher, node) == ST_TRUTH_NO};
    truth_set(matcher, node, ST_TRUTH_YES);
    if (compiled->is_kept)
        kept_set(&matcher->kept, node, hit);
    judge_category(matcher, compiled->category, &cause);
}

void judge_hit(struct st_category_matcher *matcher, uint32_t node, const struct st_rule_hit *hit)
{
    const struct st_rule *rule = matcher->rules->nodes[node].rule;
    switch (st_rule_range_test(&rule->range, hit->start_us, media_clamp(matcher->view.media_us),
                               matcher->is_ended)) {
    case ST_RANGE_YES:
        judge_accept(matcher, node, hit);
        break;
    case ST_RANGE_OPEN:
        kept_append(&matcher->pending, node, hit, PENDING_MAX);
        break;
    case ST_RANGE_NO:
        break;
    }
}
