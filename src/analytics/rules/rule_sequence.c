#include "rule_sequence.h"

#include "rules_compiler.h"

#include "sidetone/json_writer.h"
#include "sidetone/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What was known may still be added to: recognition that lags is no reason to miss a pair. */
enum { LATE_US = 60000000 };

struct side {
    struct st_rule_phrases phrases;
    bool has_role;
    enum st_role role;
};

struct params {
    struct side first, second;
    bool is_given; /* the second one */
    bool is_without;
    int64_t within_us; /* 0: not given */
};

/* ---- reading ---- */

static void read_phrase(struct st_rule_reader *reader, const struct st_node *value, void *into)
{
    st_rule_phrases_read(reader, value, &((struct side *)into)->phrases);
}

static void read_role(struct st_rule_reader *reader, const struct st_node *value, void *into)
{
    struct side *side = into;
    side->has_role = st_rule_read_role(reader, value, &side->role);
}

static const struct st_rule_key side_keys[] = {
    {"phrase", read_phrase},
    {"role", read_role},
    {NULL, NULL},
};

static void read_side(struct st_rule_reader *reader, const struct st_node *value, struct side *side)
{
    char what[ST_PROBLEMS_SHOWN_MAX + 2];
    if (value->type != ST_NODE_SECTION) {
        st_rule_phrases_read(reader, value, &side->phrases);
        return;
    }
    snprintf(what, sizeof(what), "'%s'", value->key);
    st_rule_read_section(reader, value, what, side_keys, side);
    if (!st_node_find(value, "phrase"))
        st_rule_reader_refuse(reader, value->line, "%s needs 'phrase'", what);
}

static void read_first(struct st_rule_reader *reader, const struct st_node *value, void *into)
{
    read_side(reader, value, &((struct params *)into)->first);
}

static void read_second(struct st_rule_reader *reader, const struct st_node *value, void *into)
{
    struct params *params = into;
    if (params->is_given) {
        st_rule_reader_refuse(reader, value->line,
                              "'sequence' takes 'then' or 'without', not both");
        return;
    }
    params->is_given = true;
    params->is_without = strcmp(value->key, "without") == 0;
    read_side(reader, value, &params->second);
}

static void read_within(struct st_rule_reader *reader, const struct st_node *value, void *into)
{
    struct params *params = into;
    if (st_rule_read_seconds(reader, value, &params->within_us) && params->within_us == 0)
        st_rule_reader_refuse(reader, value->line, "'within_s' must be more than 0");
}

static const struct st_rule_key keys[] = {
    {"first", read_first},     {"then", read_second}, {"without", read_second},
    {"within_s", read_within}, {NULL, NULL},
};

static void set_text(struct st_rule *rule)
{
    const struct params *params = rule->params;
    char first[ST_RULE_PHRASES_SHOWN], second[ST_RULE_PHRASES_SHOWN], within[32];
    st_rule_set_text(rule, "%s %s %s within %s s",
                     st_rule_phrases_text(&params->first.phrases, first),
                     params->is_without ? "without" : "then",
                     st_rule_phrases_text(&params->second.phrases, second),
                     st_rule_number_text((double)params->within_us / 1e6, within));
}

static void read(struct st_rule_reader *reader, const struct st_node *value, struct st_rule *rule)
{
    struct params *params = rule->params = st_mem_alloc(sizeof(*params));
    if (!st_rule_read_section(reader, value, "'sequence'", keys, params))
        return;
    if (!st_node_find(value, "first"))
        st_rule_reader_refuse(reader, value->line, "'sequence' needs 'first'");
    if (!params->is_given)
        st_rule_reader_refuse(reader, value->line, "'sequence' needs 'then' or 'without'");
    if (!st_node_find(value, "within_s"))
        st_rule_reader_refuse(reader, value->line, "'sequence' needs 'within_s'");
    set_text(rule);
}

static void write_side(const struct side *side, struct st_json_writer *json)
{
    if (!side->has_role && side->phrases.except.count == 0 && !side->phrases.is_verbatim) {
        st_rule_phrases_write(&side->phrases, json);
        return;
    }
    st_json_begin_object(json);
    st_json_key(json, "phrase");
    st_rule_phrases_write(&side->phrases, json);
    if (side->has_role)
        st_json_set_string(json, "role",
                           side->role == ST_ROLE_UNKNOWN ? "any" : st_role_name(side->role));
    st_json_end_object(json);
}

static void write(const struct st_rule *rule, struct st_json_writer *json)
{
    const struct params *params = rule->params;
    st_json_begin_object(json);
    st_json_key(json, "first");
    write_side(&params->first, json);
    st_json_key(json, params->is_without ? "without" : "then");
    write_side(&params->second, json);
    st_json_key(json, "within_s");
    st_rule_seconds_write(json, params->within_us);
    st_json_end_object(json);
}

static void free_params(void *user)
{
    struct params *params = user;
    st_rule_phrases_free(&params->first.phrases);
    st_rule_phrases_free(&params->second.phrases);
}

static void listen_side(struct st_rules_compiler *compiler, const struct st_rule *rule,
                        uint32_t node, uint16_t slot, const struct side *side)
{
    st_rules_listen(compiler, node, slot, side->has_role ? side->role : rule->role, &side->phrases);
}

static void compile(struct st_rules_compiler *compiler, const struct st_rule *rule, uint32_t node)
{
    const struct params *params = rule->params;
    listen_side(compiler, rule, node, ST_RULE_SEQUENCE_FIRST, &params->first);
    listen_side(compiler, rule, node, ST_RULE_SEQUENCE_SECOND, &params->second);
}

static int64_t delay_us(const struct st_rule *rule)
{
    return ((const struct params *)rule->params)->within_us;
}

/* ---- matching ---- */

struct st_rule_sequence *st_rule_sequence_create(uint32_t node)
{
    struct st_rule_sequence *sequence = st_mem_alloc(sizeof(*sequence));
    sequence->node = node;
    return sequence;
}

void st_rule_sequence_destroy(struct st_rule_sequence *sequence)
{
    free(sequence->heard[0].items);
    free(sequence->heard[1].items);
    free(sequence);
}

size_t st_rule_sequence_bytes(const struct st_rule_sequence *sequence)
{
    return sizeof(*sequence) + (sequence->heard[0].cap + sequence->heard[1].cap) *
                                   sizeof(struct st_rule_sequence_heard);
}

static bool belongs(const struct params *params, const struct st_rule_hit *first,
                    const struct st_rule_hit *second)
{
    /* As differences: hostile times may be anything that fits. */
    return second->start_us >= first->end_us &&
           second->start_us - first->end_us <= params->within_us;
}

static struct st_rule_sequence_heard *keep(struct st_rule_sequence *sequence, unsigned slot,
                                           const struct st_rule_hit *hit)
{
    size_t *count = &sequence->heard[slot].count, *cap = &sequence->heard[slot].cap;
    struct st_rule_sequence_heard *items = sequence->heard[slot].items;
    if (*count == ST_RULE_SEQUENCE_KEPT)
        memmove(items, items + 1, --*count * sizeof(items[0]));
    if (*count == *cap) {
        *cap = 2 * *cap + (*cap == 0);
        items = sequence->heard[slot].items = st_mem_realloc(items, *cap * sizeof(items[0]));
    }
    struct st_rule_sequence_heard *kept = &items[(*count)++];
    kept->hit = *hit;
    kept->is_used = false;
    st_rule_words_copy(kept->words, hit->words);
    return kept;
}

static void report_pair(const struct st_rule_sequence_heard *first,
                        const struct st_rule_sequence_heard *second, st_rule_hit_fn report,
                        void *user)
{
    char words[2 * ST_RULE_WORDS_BYTES + 8];
    struct st_rule_hit hit = second->hit;
    snprintf(words, sizeof(words), "%s … %s", first->words, second->words);
    hit.words = words;
    hit.start_us = first->hit.start_us;
    report(user, &hit);
}

/* Of the firsts before a second the latest counts. */
static void pair_up(struct st_rule_sequence *sequence, const struct params *params,
                    struct st_rule_sequence_heard *second, st_rule_hit_fn report, void *user)
{
    struct st_rule_sequence_heard *best = NULL;
    for (size_t i = 0; i < sequence->heard[0].count; i++) {
        struct st_rule_sequence_heard *first = &sequence->heard[0].items[i];
        if (belongs(params, &first->hit, &second->hit) &&
            (!best || first->hit.end_us >= best->hit.end_us))
            best = first;
    }
    if (!best || second->is_used)
        return;
    second->is_used = true;
    report_pair(best, second, report, user);
}

/* What was asked for has come: nobody waits for it any more. */
static void answer(struct st_rule_sequence *sequence, const struct params *params)
{
    for (size_t i = 0; i < sequence->heard[0].count; i++)
        for (size_t k = 0; k < sequence->heard[1].count; k++)
            sequence->heard[0].items[i].is_used |=
                belongs(params, &sequence->heard[0].items[i].hit, &sequence->heard[1].items[k].hit);
}

void st_rule_sequence_put(struct st_rule_sequence *sequence, const struct st_rule *rule,
                          unsigned slot, const struct st_rule_hit *hit, st_rule_hit_fn report,
                          void *user)
{
    const struct params *params = rule->params;
    struct st_rule_sequence_heard *kept = keep(sequence, slot, hit);
    if (params->is_without)
        answer(sequence, params);
    else if (slot == ST_RULE_SEQUENCE_SECOND)
        pair_up(sequence, params, kept, report, user);
    else
        for (size_t i = 0; i < sequence->heard[1].count; i++)
            pair_up(sequence, params, &sequence->heard[1].items[i], report, user);
}

static void forget(struct st_rule_sequence *sequence, unsigned slot, int64_t until_us)
{
    struct st_rule_sequence_heard *items = sequence->heard[slot].items;
    size_t kept = 0;
    for (size_t i = 0; i < sequence->heard[slot].count; i++) {
        int64_t us = slot == ST_RULE_SEQUENCE_FIRST ? items[i].hit.end_us : items[i].hit.start_us;
        if (us >= until_us)
            items[kept++] = items[i];
    }
    sequence->heard[slot].count = kept;
}

void st_rule_sequence_advance(struct st_rule_sequence *sequence, const struct st_rule *rule,
                              int64_t known_us, st_rule_hit_fn report, void *user)
{
    const struct params *params = rule->params;
    int64_t decided_us = known_us - params->within_us;
    for (size_t i = 0; params->is_without && i < sequence->heard[0].count; i++) {
        struct st_rule_sequence_heard *first = &sequence->heard[0].items[i];
        if (first->is_used || first->hit.end_us >= decided_us)
            continue;
        first->is_used = true;
        struct st_rule_hit hit = first->hit;
        hit.words = first->words;
        report(user, &hit);
    }
    forget(sequence, ST_RULE_SEQUENCE_FIRST, decided_us - LATE_US);
    forget(sequence, ST_RULE_SEQUENCE_SECOND, known_us - LATE_US);
}

bool st_rule_sequence_is_empty(const struct st_rule_sequence *sequence)
{
    return sequence->heard[0].count == 0 && sequence->heard[1].count == 0;
}

const struct st_rule_kind st_rule_kind_sequence = {
    .key = "sequence",
    .sort = ST_RULE_HEARING,
    .takes = ST_RULE_TAKES_ROLE | ST_RULE_TAKES_RANGE | ST_RULE_TAKES_ABSENT,
    .read = read,
    .write = write,
    .free = free_params,
    .compile = compile,
    .delay_us = delay_us,
};
