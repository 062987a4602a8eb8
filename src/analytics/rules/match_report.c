/* Matches as others see them: what they rest on, and the finding. */
#include "matcher_parts.h"

#include "sidetone/call_facts.h"

#include <string.h>
#include <strings.h>

struct gathering {
    const struct st_category_matcher *matcher;
    const struct cause *cause;
    struct st_category_evidence items[EVIDENCE_MAX];
    size_t count;
    const struct st_category_evidence *chief; /* of the cause */
};

static bool is_language(const char *wanted, const char *spoken)
{
    size_t bytes = strlen(wanted);
    return strncasecmp(wanted, spoken, bytes) == 0 &&
           (spoken[bytes] == '\0' || spoken[bytes] == '-');
}

bool report_is_wanted(const struct st_category_matcher *matcher, uint32_t category)
{
    const struct st_rule_compiled_category *compiled = &matcher->rules->categories[category];
    const struct st_rule_category *written = compiled->written;
    if (written->is_once && matcher->truths[compiled->root] & TRUTH_MATCHED)
        return false;
    return !written->language[0] || is_language(written->language, matcher->view.facts->language);
}

/* ---- evidence ---- */

static struct st_category_evidence *add(struct gathering *gathering,
                                        const struct st_rule_node *node)
{
    /* More than there is room for: the last place is overwritten, which a match can do without. */
    size_t at = gathering->count < EVIDENCE_MAX ? gathering->count++ : EVIDENCE_MAX - 1;
    struct st_category_evidence *evidence = &gathering->items[at];
    *evidence = (struct st_category_evidence){.rule = node->number,
                                              .kind = node->rule->kind->key,
                                              .text = node->rule->text,
                                              .words = "",
                                              .role = node->rule->role};
    return evidence;
}

static void add_absence(struct gathering *gathering, const struct st_rule_node *node)
{
    const struct st_rule *rule =
        node->rule->kind == &st_rule_kind_not ? &node->rule->rules[0] : node->rule;
    struct st_category_evidence *evidence = add(gathering, node);
    int64_t media_us = media_clamp(gathering->matcher->view.media_us);
    evidence->kind = rule->kind->key;
    evidence->text = rule->text;
    evidence->is_absent = true;
    st_rule_range_resolve(&rule->range, media_us, &evidence->start_us, &evidence->end_us);
    if (evidence->end_us > media_us)
        evidence->end_us = media_us;
    if (evidence->start_us > evidence->end_us)
        evidence->start_us = evidence->end_us;
}

static void add_leaf(struct gathering *gathering, const struct st_rule_node *node, uint32_t index)
{
    bool is_cause = index == gathering->cause->node;
    const struct st_rule_hit *hit =
        is_cause ? gathering->cause->hit : kept_find(&gathering->matcher->kept, index);
    struct st_category_evidence *evidence = add(gathering, node);
    if (is_cause)
        gathering->chief = evidence;
    if (!hit)
        return;
    evidence->text = st_rule_text(node->rule, hit->target);
    evidence->words = hit->words;
    evidence->channel = hit->channel;
    evidence->role = hit->role;
    evidence->segment_id = hit->segment_id;
    evidence->start_us = hit->start_us;
    evidence->end_us = hit->end_us;
    evidence->has_score = hit->has_score;
    evidence->score = hit->score;
}

static void gather(struct gathering *gathering, uint32_t index)
{
    const struct st_rule_node *node = &gathering->matcher->rules->nodes[index];
    bool has_news;
    if (node->count == 0) {
        add_leaf(gathering, node, index);
        return;
    }
    if (node->kind == &st_rule_kind_not) {
        add_absence(gathering, node);
        return;
    }
    for (uint32_t i = 0; i < node->count; i++)
        if (judge_node(gathering->matcher, node->first + i, gathering->cause, &has_news) ==
            ST_TRUTH_YES)
            gather(gathering, node->first + i);
}

/* What a match is reported for: its cause, else what happened last. */
static const struct st_category_evidence *chief_of(const struct gathering *gathering)
{
    const struct st_category_evidence *chief = gathering->chief;
    if (chief)
        return chief;
    chief = &gathering->items[0];
    for (size_t i = 1; i < gathering->count; i++)
        if (gathering->items[i].end_us > chief->end_us)
            chief = &gathering->items[i];
    return chief;
}

/* ---- findings ---- */

void report_match(struct st_category_matcher *matcher, enum st_finding_type type, uint32_t category,
                  uint64_t match_id, const struct cause *cause, struct st_rule_hit *ret_hit)
{
    const struct st_rule_compiled_category *compiled = &matcher->rules->categories[category];
    struct gathering gathering = {.matcher = matcher, .cause = cause};
    gather(&gathering, compiled->root);
    const struct st_category_evidence *chief = chief_of(&gathering);
    struct st_category_match match = {
        .category = compiled->written->name,
        .severity = compiled->written->severity,
        .is_topic = compiled->written->is_topic,
        .rule = chief->text,
        .words = chief->words,
        .role = chief->role,
        .channel = chief->channel,
        .segment_id = chief->segment_id,
        .start_us = chief->start_us,
        .end_us = chief->end_us,
        .match_id = match_id,
        .rule_version = compiled->written->version,
        .evidence = gathering.items,
        .evidence_count = gathering.count,
    };
    *ret_hit = (struct st_rule_hit){.words = chief->words,
                                    .channel = chief->channel,
                                    .role = chief->role,
                                    .segment_id = chief->segment_id,
                                    .start_us = chief->start_us,
                                    .end_us = chief->end_us};
    matcher->emit(matcher->emit_user, type, &match);
}

void report_withdrawn(struct st_category_matcher *matcher, const struct provisional *provisional,
                      enum st_withdrawn reason)
{
    struct st_category_match match = {
        .category = provisional->written->name,
        .severity = provisional->written->severity,
        .rule = "",
        .words = "",
        .role = provisional->role,
        .channel = provisional->channel,
        .segment_id = provisional->segment_id,
        .start_us = provisional->start_us,
        .end_us = provisional->end_us,
        .match_id = provisional->match_id,
        .rule_version = provisional->written->version,
        .reason = reason,
    };
    matcher->emit(matcher->emit_user, ST_FINDING_CATEGORY_WITHDRAWN, &match);
}
