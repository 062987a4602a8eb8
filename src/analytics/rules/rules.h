/*
 * Rules as written, and what a kind of rule is.
 *
 * A kind is one file ending in one `static const struct st_rule_kind`, listed in rule_kinds.c under
 * the key by which documents call it. There are four sorts of kinds:
 *
 *   hearing    hits when something is heard: phrase, sequence, category
 *   measuring  holds or not, by what other stages have measured: interruption, sentiment, …
 *   knowing    holds or not, by what is known of the call: call
 *   composing  holds or not, by the rules in it: any, all, not
 *
 * Kinds do no I/O, read no clock, and keep nothing between calls; what must be remembered of one
 * call is in matcher.h.
 */
#ifndef SIDETONE_ANALYTICS_RULES_H
#define SIDETONE_ANALYTICS_RULES_H

#include "rule_range.h"

#include "sidetone/rules.h"

#include <stdatomic.h>
#include <stdint.h>

struct st_call_facts;
struct st_category_matcher;
struct st_rule;
struct st_rule_hit;
struct st_rule_measured;
struct st_rule_reader;
struct st_rule_view;
struct st_rules_compiler;

/* ---- rules as written ---- */

struct st_rule {
    const struct st_rule_kind *kind;
    int line;
    bool has_role;     /* of its own */
    enum st_role role; /* whose words or doings; unknown: anybody's */
    struct st_rule_range range;
    bool is_absent;        /* holds when it does not */
    void *params;          /* the kind's */
    char *text;            /* in short, for people */
    struct st_rule *rules; /* of a composition */
    size_t rule_count;
};

struct st_rule_category {
    atomic_uint refs; /* immutable once read */
    char *file;
    int line;
    char *name;
    char *description; /* "" */
    char *language;    /* "": any */
    enum st_severity severity;
    enum st_role role;
    bool is_provisional;
    bool is_once;
    bool is_topic;
    struct st_rule *rules;
    size_t rule_count;
    size_t target_count;
    char version[ST_RULE_VERSION_BYTES];
};

struct st_rule_category *st_rule_category_ref(struct st_rule_category *category);
void st_rule_category_unref(struct st_rule_category *category); /* NULL is fine */

/* NULL with problems told. `name`: what it must be called, or NULL. */
struct st_rule_category *st_rule_category_read(const struct st_node *node, const char *name,
                                               struct st_problems *problems);
void st_rule_category_write(const struct st_rule_category *category, struct st_json_writer *json);

struct st_script_book;

struct st_rule_book {
    struct st_rule_category **categories;
    size_t count;
    struct st_script_book *scripts; /* owned */
    char **broken; /* names of categories that could not be read: no echo of what was told */
    size_t broken_count;
};

/* ---- kinds ---- */

enum {
    ST_RULE_TAKES_ROLE = 1,
    ST_RULE_TAKES_RANGE = 2,
    ST_RULE_TAKES_ABSENT = 4,
};

enum st_truth {
    ST_TRUTH_OPEN, /* cannot be told yet */
    ST_TRUTH_NO,
    ST_TRUTH_YES,
};

enum st_rule_sort {
    ST_RULE_HEARING,
    ST_RULE_MEASURING,
    ST_RULE_KNOWING,
    ST_RULE_COMPOSING,
};

struct st_rule_kind {
    const char *key;
    enum st_rule_sort sort;
    unsigned takes; /* what may stand beside the key */

    /* Mandatory. Reads what stands behind the key into rule->params, or rule->rules, and sets
     * rule->text. Problems are told through the reader; what was made until then stays in the rule.
     */
    void (*read)(struct st_rule_reader *reader, const struct st_node *value, struct st_rule *rule);
    /* Mandatory. One JSON value, in canonical form. */
    void (*write)(const struct st_rule *rule, struct st_json_writer *json);
    void (*free)(
        void *params); /* NULL: params are freed as one piece of memory, or there are none */

    /* Hearing kinds. Says what to listen for: st_rules_listen, st_rules_follow. */
    void (*compile)(struct st_rules_compiler *compiler, const struct st_rule *rule, uint32_t node);
    /* Optional: the text of what hit, when that is not rule->text. */
    const char *(*text_of)(const struct st_rule *rule, uint32_t target);
    /* Optional: how much later than its beginning a hit may become known. */
    int64_t (*delay_us)(const struct st_rule *rule);

    /* Measuring and knowing kinds. */
    void (*measure)(const struct st_rule *rule, const struct st_rule_view *view,
                    struct st_rule_measured *ret);
    /* Measuring kinds: of what length the stretch of time is that is measured again and again; 0
     * (or without the function): everything in the range. */
    int64_t (*window_us)(const struct st_rule *rule);

    /* Composing kinds. */
    enum st_truth (*combine)(const enum st_truth *truths, size_t count);
};

/* NULL-terminated. */
extern const struct st_rule_kind *const st_rule_kinds[];

extern const struct st_rule_kind st_rule_kind_phrase;
extern const struct st_rule_kind st_rule_kind_sequence;
extern const struct st_rule_kind st_rule_kind_semantic;
extern const struct st_rule_kind st_rule_kind_category;
extern const struct st_rule_kind st_rule_kind_interruption;
extern const struct st_rule_kind st_rule_kind_non_talk;
extern const struct st_rule_kind st_rule_kind_overlap;
extern const struct st_rule_kind st_rule_kind_talk_speed;
extern const struct st_rule_kind st_rule_kind_loudness;
extern const struct st_rule_kind st_rule_kind_sentiment;
extern const struct st_rule_kind st_rule_kind_duration;
extern const struct st_rule_kind st_rule_kind_call;
extern const struct st_rule_kind st_rule_kind_any;
extern const struct st_rule_kind st_rule_kind_all;
extern const struct st_rule_kind st_rule_kind_not;

static inline bool st_rule_is_for(const struct st_rule *rule, enum st_role role)
{
    return rule->role == ST_ROLE_UNKNOWN || rule->role == role;
}

/* "phrase" … for messages and events; the text of what hit. */
static inline const char *st_rule_text(const struct st_rule *rule, uint32_t target)
{
    return rule->kind->text_of ? rule->kind->text_of(rule, target) : rule->text;
}

/* ---- what measuring and knowing kinds see ---- */

struct st_rule_view {
    const struct st_call_facts *facts;
    const struct st_characteristics *characteristics; /* NULL: there are none */
    const struct st_sentiment_history *sentiment;     /* NULL: there is none */
    int64_t from_us;                                  /* what is to be measured */
    int64_t until_us;
    bool is_over; /* nothing will be added to it */
};

struct st_rule_measured {
    enum st_truth truth; /* open only while it is not over */
    double value;
    unsigned channel; /* whose; of both 0 */
    enum st_role role;
};

#endif
