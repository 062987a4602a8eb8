/*
 * What a rule set is made of, and what a kind of rule is.
 *
 * A kind is one file ending in one `static const struct st_rule_kind`, listed in rules.c. All rules
 * of a kind are compiled together into one immutable thing, shared by every call; what a kind must
 * remember of one call is its state. Kinds do no I/O and read no clock.
 */
#ifndef SIDETONE_ANALYTICS_RULES_H
#define SIDETONE_ANALYTICS_RULES_H

#include "sidetone/categories.h"

#include <stdatomic.h>

enum { ST_RULE_KINDS_MAX = 8 };

struct st_rule_kind;

struct st_rule_category {
    char *name;
    enum st_severity severity;
    enum st_role role; /* unknown: any */
};

struct st_rule {
    const struct st_rule_kind *kind;
    uint32_t category; /* index; rules are in order of their categories */
    char *text;        /* as configured */
    size_t bytes;
};

struct st_rules {
    atomic_uint refs;
    struct st_rule_category *categories;
    size_t category_count;
    struct st_rule *rules;
    size_t rule_count;
    void *compiled[ST_RULE_KINDS_MAX]; /* by the kind's place in st_rule_kinds */
};

/* Where an error message goes. */
struct st_rule_why {
    char *text;
    size_t bytes;
};

struct st_rule_input {
    unsigned channel; /* < ST_CHANNELS_MAX */
    enum st_role role;
    const struct st_segment *segment;
};

struct st_rule_hit {
    uint32_t rule;     /* index */
    const char *words; /* as spoken; borrowed until the callback returns */
    int64_t start_us;
    int64_t end_us;
};

typedef void (*st_rule_hit_fn)(void *user, const struct st_rule_hit *hit);

struct st_rule_kind {
    const char *name;

    /* Mandatory. Compiles the rules of this kind and leaves the others alone. -EINVAL with the
     * reason written by st_rules_refuse. */
    int (*compile)(void **ret_compiled, const struct st_rules *rules, struct st_rule_why *why);
    void (*free)(void *compiled); /* NULL is fine */

    /* Mandatory. One call's state; `rules` outlives it. */
    void *(*state_create)(const struct st_rules *rules, const void *compiled);
    void (*state_destroy)(void *state);

    /* Mandatory. A final segment. Hits come in any order; hits whose category is for another role
     * are the kind's to leave out. */
    void (*put)(void *state, const struct st_rule_input *input, st_rule_hit_fn hit, void *user);
};

/* NULL-terminated. */
extern const struct st_rule_kind *const st_rule_kinds[];

extern const struct st_rule_kind st_rule_kind_phrase;

/* Writes "category 'x', phrase 'y': problem" and returns -EINVAL. */
int st_rules_refuse(const struct st_rules *rules, const struct st_rule *rule, const char *problem,
                    struct st_rule_why *why);

static inline bool st_rules_is_for(const struct st_rules *rules, uint32_t rule, enum st_role role)
{
    enum st_role wanted = rules->categories[rules->rules[rule].category].role;
    return wanted == ST_ROLE_UNKNOWN || wanted == role;
}

#endif
