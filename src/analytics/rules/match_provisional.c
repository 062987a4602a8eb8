/* Matches in unfinished segments: told once, and later confirmed or withdrawn. */
#include "matcher_parts.h"

#include "sidetone/mem.h"

#include <stdlib.h>
#include <string.h>

static struct provisional *find(struct st_category_matcher *matcher, uint32_t category,
                                unsigned channel, uint64_t segment_id)
{
    for (size_t i = 0; i < matcher->provisional_count; i++) {
        struct provisional *at = &matcher->provisionals[i];
        if (at->category == category && at->channel == channel && at->segment_id == segment_id)
            return at;
    }
    return NULL;
}

static void drop(struct st_category_matcher *matcher, size_t index)
{
    struct st_rule_category *written = matcher->provisionals[index].written;
    matcher->provisional_count--;
    memmove(&matcher->provisionals[index], &matcher->provisionals[index + 1],
            (matcher->provisional_count - index) * sizeof(matcher->provisionals[0]));
    st_rule_category_unref(written);
    if (matcher->provisional_count > 0)
        return;
    free(matcher->provisionals);
    matcher->provisionals = NULL;
}

static void withdraw(struct st_category_matcher *matcher, size_t index, enum st_withdrawn reason)
{
    report_withdrawn(matcher, &matcher->provisionals[index], reason);
    drop(matcher, index);
}

static void raise(struct st_category_matcher *matcher, uint32_t index, const struct cause *cause)
{
    struct st_rule_category *written = matcher->rules->categories[index].written;
    const struct st_rule_hit *hit = cause->hit;
    struct st_rule_hit reported;
    if (matcher->provisional_count == PROVISIONAL_MAX)
        return; /* the final will tell */
    if (!matcher->provisionals)
        matcher->provisionals =
            st_mem_alloc_array(PROVISIONAL_MAX, sizeof(matcher->provisionals[0]));
    struct provisional *made = &matcher->provisionals[matcher->provisional_count++];
    *made = (struct provisional){
        .written = st_rule_category_ref(written),
        .category = index,
        .channel = hit->channel,
        .role = hit->role,
        .segment_id = hit->segment_id,
        .match_id = ++matcher->last_match_id,
        .start_us = hit->start_us,
        .end_us = hit->end_us,
        .is_seen = true,
    };
    report_match(matcher, ST_FINDING_CATEGORY_PROVISIONAL, index, made->match_id, cause, &reported);
}

void provisional_hit(struct st_category_matcher *matcher, uint32_t node,
                     const struct st_rule_hit *hit)
{
    const struct st_rules *rules = matcher->rules;
    uint32_t category = rules->nodes[node].category;
    struct cause cause = {.node = node, .hit = hit};
    bool has_news;
    if (!rules->categories[category].written->is_provisional ||
        !report_is_wanted(matcher, category) ||
        st_rule_range_test(&rules->nodes[node].rule->range, hit->start_us,
                           media_clamp(matcher->view.media_us), false) != ST_RANGE_YES)
        return;
    enum st_truth before = truth_get(matcher, node);
    truth_set(matcher, node, ST_TRUTH_YES);
    enum st_truth truth = judge_node(matcher, rules->categories[category].root, &cause, &has_news);
    struct provisional *known = find(matcher, category, hit->channel, hit->segment_id);
    if (truth == ST_TRUTH_YES && has_news && known)
        known->is_seen = true;
    else if (truth == ST_TRUTH_YES && has_news)
        raise(matcher, category, &cause);
    truth_set(matcher, node, before);
}

void provisional_begin(struct st_category_matcher *matcher, unsigned channel)
{
    for (size_t i = 0; i < matcher->provisional_count; i++)
        if (matcher->provisionals[i].channel == channel)
            matcher->provisionals[i].is_seen = false;
}

void provisional_end(struct st_category_matcher *matcher, unsigned channel, uint64_t segment_id)
{
    for (size_t i = matcher->provisional_count; i-- > 0;) {
        const struct provisional *at = &matcher->provisionals[i];
        if (at->channel == channel && at->segment_id <= segment_id && !at->is_seen)
            withdraw(matcher, i, ST_WITHDRAWN_CHANGED);
    }
}

uint64_t provisional_confirm(struct st_category_matcher *matcher, uint32_t category,
                             const struct st_rule_hit *hit)
{
    struct provisional *known = find(matcher, category, hit->channel, hit->segment_id);
    if (!known || !matcher->segment || matcher->segment->id != hit->segment_id)
        return 0;
    uint64_t match_id = known->match_id;
    drop(matcher, (size_t)(known - matcher->provisionals));
    return match_id;
}

void provisional_withdraw(struct st_category_matcher *matcher, unsigned channel,
                          uint64_t segment_id, enum st_withdrawn reason)
{
    for (size_t i = matcher->provisional_count; i-- > 0;)
        if (matcher->provisionals[i].channel == channel &&
            matcher->provisionals[i].segment_id <= segment_id)
            withdraw(matcher, i, reason);
}

void provisional_sweep(struct st_category_matcher *matcher)
{
    for (size_t i = matcher->provisional_count; i-- > 0;)
        if (matcher->provisionals[i].category == ST_RULE_NONE)
            withdraw(matcher, i, ST_WITHDRAWN_RULES);
}
