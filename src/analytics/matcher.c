#include "rules.h"

#include "sidetone/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct hit {
    uint32_t rule;
    size_t words; /* offset in text */
    int64_t start_us;
    int64_t end_us;
    size_t order; /* as found */
};

struct st_category_matcher {
    struct st_rules *rules;
    void *states[ST_RULE_KINDS_MAX];
    /* of the segment being matched */
    struct hit *hits;
    size_t hit_count, hit_cap;
    char *text;
    size_t text_bytes, text_cap;
};

static void drop_rules(struct st_category_matcher *matcher)
{
    for (size_t i = 0; st_rule_kinds[i]; i++)
        st_rule_kinds[i]->state_destroy(matcher->states[i]);
    st_rules_unref(matcher->rules);
}

static void take_rules(struct st_category_matcher *matcher, struct st_rules *rules)
{
    matcher->rules = rules;
    for (size_t i = 0; st_rule_kinds[i]; i++)
        matcher->states[i] = st_rule_kinds[i]->state_create(rules, rules->compiled[i]);
}

int st_category_matcher_create(struct st_category_matcher **ret_matcher, struct st_rules *rules)
{
    struct st_category_matcher *matcher = st_mem_alloc(sizeof(*matcher));
    take_rules(matcher, st_rules_ref(rules));
    *ret_matcher = matcher;
    return 0;
}

void st_category_matcher_destroy(struct st_category_matcher *matcher)
{
    if (!matcher)
        return;
    drop_rules(matcher);
    free(matcher->hits);
    free(matcher->text);
    free(matcher);
}

void st_category_matcher_set_rules(struct st_category_matcher *matcher, struct st_rules *rules)
{
    st_rules_ref(rules);
    drop_rules(matcher);
    take_rules(matcher, rules);
}

static void on_hit(void *user, const struct st_rule_hit *hit)
{
    struct st_category_matcher *matcher = user;
    size_t bytes = strlen(hit->words) + 1;
    if (matcher->hit_count == matcher->hit_cap) {
        matcher->hit_cap = 2 * matcher->hit_cap + 8;
        matcher->hits = st_mem_realloc(matcher->hits, matcher->hit_cap * sizeof(*matcher->hits));
    }
    if (matcher->text_bytes + bytes > matcher->text_cap) {
        matcher->text_cap = 2 * (matcher->text_bytes + bytes);
        matcher->text = st_mem_realloc(matcher->text, matcher->text_cap);
    }
    memcpy(matcher->text + matcher->text_bytes, hit->words, bytes);
    matcher->hits[matcher->hit_count] = (struct hit){
        .rule = hit->rule,
        .words = matcher->text_bytes,
        .start_us = hit->start_us,
        .end_us = hit->end_us,
        .order = matcher->hit_count,
    };
    matcher->hit_count++;
    matcher->text_bytes += bytes;
}

static int compare_hits(const void *left, const void *right)
{
    const struct hit *a = left, *b = right;
    if (a->end_us != b->end_us)
        return a->end_us < b->end_us ? -1 : 1;
    if (a->start_us != b->start_us)
        return a->start_us < b->start_us ? -1 : 1;
    if (a->rule != b->rule)
        return a->rule < b->rule ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

void st_category_matcher_put(struct st_category_matcher *matcher, unsigned channel,
                             enum st_role role, const struct st_segment *segment,
                             st_category_fn emit, void *user)
{
    assert(channel < ST_CHANNELS_MAX);
    const struct st_rules *rules = matcher->rules;
    struct st_rule_input input = {.channel = channel, .role = role, .segment = segment};
    matcher->hit_count = matcher->text_bytes = 0;
    for (size_t i = 0; st_rule_kinds[i]; i++)
        st_rule_kinds[i]->put(matcher->states[i], &input, on_hit, matcher);
    if (matcher->hit_count > 1)
        qsort(matcher->hits, matcher->hit_count, sizeof(*matcher->hits), compare_hits);
    for (size_t i = 0; i < matcher->hit_count; i++) {
        const struct hit *hit = &matcher->hits[i];
        const struct st_rule *rule = &rules->rules[hit->rule];
        const struct st_rule_category *category = &rules->categories[rule->category];
        struct st_category_match match = {
            .category = category->name,
            .severity = category->severity,
            .rule = rule->text,
            .words = matcher->text + hit->words,
            .role = role,
            .channel = channel,
            .segment_id = segment->id,
            .start_us = hit->start_us,
            .end_us = hit->end_us,
        };
        emit(user, &match);
    }
}
