#include "matcher_parts.h"

#include "sidetone/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { SEQUENCES_GROW_BY = 4 };

/* ---- life ---- */

struct st_category_matcher *st_category_matcher_create(struct st_rules *rules)
{
    struct st_category_matcher *matcher = st_mem_alloc(sizeof(*matcher));
    matcher->rules = st_rules_ref(rules);
    matcher->stream = st_phrase_stream_create(rules->phrases);
    matcher->truths = st_mem_alloc(rules->node_count + 1);
    return matcher;
}

static void drop_sequence(struct st_category_matcher *matcher, size_t index)
{
    st_rule_sequence_destroy(matcher->sequences[index]);
    matcher->sequence_count--;
    memmove(&matcher->sequences[index], &matcher->sequences[index + 1],
            (matcher->sequence_count - index) * sizeof(matcher->sequences[0]));
}

void st_category_matcher_destroy(struct st_category_matcher *matcher)
{
    if (!matcher)
        return;
    while (matcher->sequence_count > 0)
        drop_sequence(matcher, 0);
    for (size_t i = 0; i < matcher->provisional_count; i++)
        st_rule_category_unref(matcher->provisionals[i].written);
    kept_fini(&matcher->kept);
    kept_fini(&matcher->pending);
    st_phrase_stream_destroy(matcher->stream);
    st_rules_unref(matcher->rules);
    free(matcher->sequences);
    free(matcher->provisionals);
    free(matcher->truths);
    free(matcher);
}

void st_category_matcher_set_emit(struct st_category_matcher *matcher, st_category_fn emit,
                                  void *user)
{
    matcher->emit = emit;
    matcher->emit_user = user;
}

void st_category_matcher_set_view(struct st_category_matcher *matcher,
                                  const struct st_category_view *view)
{
    matcher->view = *view;
    if (view->known_us > matcher->known_us)
        matcher->known_us = media_clamp(view->known_us);
}

size_t st_category_matcher_bytes(const struct st_category_matcher *matcher)
{
    size_t sequences = 0;
    for (size_t i = 0; i < matcher->sequence_count; i++)
        sequences += st_rule_sequence_bytes(matcher->sequences[i]);
    return sizeof(*matcher) + matcher->rules->node_count +
           (matcher->kept.cap + matcher->pending.cap) * sizeof(struct kept_hit) + sequences +
           (matcher->provisionals ? PROVISIONAL_MAX * sizeof(struct provisional) : 0) +
           matcher->sequence_cap * sizeof(matcher->sequences[0]) +
           st_phrase_stream_bytes(matcher->stream);
}

/* ---- what is heard ---- */

static struct st_rule_sequence *find_sequence(struct st_category_matcher *matcher, uint32_t node)
{
    for (size_t i = 0; i < matcher->sequence_count; i++)
        if (matcher->sequences[i]->node == node)
            return matcher->sequences[i];
    if (matcher->sequence_count == SEQUENCES_MAX)
        drop_sequence(matcher, 0);
    if (matcher->sequence_count == matcher->sequence_cap) {
        matcher->sequence_cap += SEQUENCES_GROW_BY;
        matcher->sequences = st_mem_realloc(matcher->sequences,
                                            matcher->sequence_cap * sizeof(matcher->sequences[0]));
    }
    return matcher->sequences[matcher->sequence_count++] = st_rule_sequence_create(node);
}

struct sequence_report {
    struct st_category_matcher *matcher;
    uint32_t node;
};

static void on_sequence(void *user, const struct st_rule_hit *hit)
{
    struct sequence_report *report = user;
    judge_hit(report->matcher, report->node, hit);
}

static void hear(struct st_category_matcher *matcher, const struct st_rule_listener *listener,
                 const struct st_rule_hit *hit)
{
    const struct st_rule_node *node = &matcher->rules->nodes[listener->node];
    if (node->kind != &st_rule_kind_sequence) {
        judge_hit(matcher, listener->node, hit);
        return;
    }
    struct sequence_report report = {matcher, listener->node};
    st_rule_sequence_put(find_sequence(matcher, listener->node), node->rule, listener->slot, hit,
                         on_sequence, &report);
}

/* NULL when it is somebody else's words. */
static const struct st_rule_listener *listener_of(const struct st_category_matcher *matcher,
                                                  const struct st_phrase_hit *found,
                                                  struct st_rule_hit *ret_hit)
{
    const struct st_rule_listener *listener = &matcher->rules->listeners[found->pattern];
    if (listener->role != ST_ROLE_UNKNOWN && listener->role != matcher->role)
        return NULL;
    *ret_hit = (struct st_rule_hit){
        .words = found->words,
        .target = listener->target,
        .channel = found->channel,
        .role = matcher->role,
        .segment_id = matcher->segment->id,
        .start_us = media_clamp(found->start_us),
        .end_us = media_clamp(found->end_us),
    };
    return listener;
}

static void on_final_phrase(void *user, const struct st_phrase_hit *found)
{
    struct st_category_matcher *matcher = user;
    struct st_rule_hit hit;
    const struct st_rule_listener *listener = listener_of(matcher, found, &hit);
    if (listener)
        hear(matcher, listener, &hit);
}

static void on_partial_phrase(void *user, const struct st_phrase_hit *found)
{
    struct st_category_matcher *matcher = user;
    struct st_rule_hit hit;
    const struct st_rule_listener *listener = listener_of(matcher, found, &hit);
    if (listener && matcher->rules->nodes[listener->node].kind != &st_rule_kind_sequence)
        provisional_hit(matcher, listener->node, &hit);
}

/* ---- time ---- */

static void advance_sequences(struct st_category_matcher *matcher, int64_t known_us)
{
    for (size_t i = matcher->sequence_count; i-- > 0;) {
        struct st_rule_sequence *sequence = matcher->sequences[i];
        struct sequence_report report = {matcher, sequence->node};
        st_rule_sequence_advance(sequence, matcher->rules->nodes[sequence->node].rule, known_us,
                                 on_sequence, &report);
        if (st_rule_sequence_is_empty(sequence))
            drop_sequence(matcher, i);
    }
}

/* Hits whose range was open: the call has become longer. */
static void settle_pending(struct st_category_matcher *matcher)
{
    for (size_t i = 0; i < matcher->pending.count;) {
        struct kept_hit item = matcher->pending.items[i];
        const struct st_rule *rule = matcher->rules->nodes[item.node].rule;
        enum st_range_answer answer =
            st_rule_range_test(&rule->range, item.hit.start_us, media_clamp(matcher->view.media_us),
                               matcher->is_ended);
        if (answer == ST_RANGE_OPEN) {
            i++;
            continue;
        }
        item.hit.words = item.words;
        kept_remove(&matcher->pending, i);
        if (answer == ST_RANGE_YES)
            judge_accept(matcher, item.node, &item.hit);
    }
}

static void deny(struct st_category_matcher *matcher, uint32_t node)
{
    struct cause cause = {.node = ST_RULE_NONE};
    if (matcher->truths[node] & TRUTH_UNSEEN || truth_get(matcher, node) != ST_TRUTH_OPEN)
        return;
    truth_set(matcher, node, ST_TRUTH_NO);
    judge_category(matcher, matcher->rules->nodes[node].category, &cause);
}

static void pass_deadlines(struct st_category_matcher *matcher)
{
    const struct st_rule_list *deadlines = &matcher->rules->deadlines;
    for (; matcher->deadlines_passed < deadlines->count; matcher->deadlines_passed++) {
        uint32_t node = deadlines->items[matcher->deadlines_passed];
        if (st_rules_deadline_us(&matcher->rules->nodes[node]) > matcher->known_us)
            return;
        deny(matcher, node);
    }
}

void st_category_matcher_advance(struct st_category_matcher *matcher)
{
    provisional_sweep(matcher);
    measure_facts(matcher);
    advance_sequences(matcher, matcher->known_us);
    settle_pending(matcher);
    measure_totals(matcher);
    pass_deadlines(matcher);
}

static void finish_category(struct st_category_matcher *matcher, uint32_t index)
{
    const struct st_rule_compiled_category *category = &matcher->rules->categories[index];
    for (uint32_t i = category->first; i < category->end; i++) {
        const struct st_rule_node *node = &matcher->rules->nodes[i];
        if (node->kind->sort == ST_RULE_MEASURING)
            measure_last(matcher, i);
        else if (node->kind->sort == ST_RULE_HEARING && !(matcher->truths[i] & TRUTH_UNSEEN) &&
                 truth_get(matcher, i) == ST_TRUTH_OPEN)
            truth_set(matcher, i, ST_TRUTH_NO);
    }
    judge_category(matcher, index, &(struct cause){.node = ST_RULE_NONE});
}

void st_category_matcher_finish(struct st_category_matcher *matcher)
{
    if (matcher->is_ended)
        return;
    st_category_matcher_advance(matcher);
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        provisional_withdraw(matcher, i, UINT64_MAX, ST_WITHDRAWN_ENDED);
    matcher->is_ended = true;
    advance_sequences(matcher, 2 * MEDIA_MAX_US);
    settle_pending(matcher);
    for (size_t i = 0; i < matcher->rules->category_count; i++)
        finish_category(matcher, matcher->rules->order[i]);
}

/* ---- segments ---- */

static void begin_segment(struct st_category_matcher *matcher, unsigned channel, enum st_role role,
                          const struct st_segment *segment)
{
    assert(channel < ST_CHANNELS_MAX);
    matcher->role = role;
    matcher->segment = segment;
    provisional_sweep(matcher);
}

void st_category_matcher_put_final(struct st_category_matcher *matcher, unsigned channel,
                                   enum st_role role, const struct st_segment *segment)
{
    begin_segment(matcher, channel, role, segment);
    measure_facts(matcher);
    st_phrase_stream_put_final(matcher->stream, channel, segment, on_final_phrase, matcher);
    matcher->segment = NULL;
    provisional_withdraw(matcher, channel, segment->id, ST_WITHDRAWN_FINAL);
    measure_windows(matcher, role, media_clamp(segment->end_us));
    st_category_matcher_advance(matcher);
}

void st_category_matcher_put_partial(struct st_category_matcher *matcher, unsigned channel,
                                     enum st_role role, const struct st_segment *segment)
{
    if (!matcher->rules->has_provisional)
        return;
    begin_segment(matcher, channel, role, segment);
    provisional_begin(matcher, channel);
    st_phrase_stream_put_partial(matcher->stream, channel, segment, on_partial_phrase, matcher);
    matcher->segment = NULL;
    provisional_end(matcher, channel, segment->id);
}

void st_category_matcher_drop(struct st_category_matcher *matcher, unsigned channel,
                              uint64_t segment_id)
{
    provisional_withdraw(matcher, channel, segment_id, ST_WITHDRAWN_FINAL);
}
