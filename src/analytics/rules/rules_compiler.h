/*
 * Compiled rules: every rule of a set as one node of a table, what is listened for as one set of
 * phrases, and for each sort of news the list of nodes that wait for it.
 */
#ifndef SIDETONE_ANALYTICS_RULES_COMPILER_H
#define SIDETONE_ANALYTICS_RULES_COMPILER_H

#include "phrases/phrase_set.h"
#include "rule_phrases.h"
#include "rules.h"

struct st_semantic_set;

enum { ST_RULE_REFERENCES_MAX = 8 };

#define ST_RULE_NONE UINT32_MAX /* of nodes and categories */

struct st_rule_node {
    const struct st_rule
        *rule; /* NULL: the root of a category. A rule that is absent has two nodes */
    const struct st_rule_kind *kind;
    uint32_t category;
    uint32_t first, count; /* of a composition: its children are neighbours */
    uint16_t number;       /* of the rule in its category, from 1 */
    bool is_negated;       /* under an odd number of negations */
    bool is_kept;          /* others must hold as well: what hit it is remembered */
};

/* Whose a phrase is: a slot of a node. A sequence has two. */
struct st_rule_listener {
    uint32_t node;
    uint32_t target; /* its place in the rule */
    uint16_t slot;
    enum st_role role;
};

struct st_rule_list {
    uint32_t *items;
    size_t count, cap;
};

struct st_rule_compiled_category {
    struct st_rule_category *written; /* own reference */
    uint32_t root;
    uint32_t first, end;           /* its nodes */
    bool can_be_refuted;           /* has a negation that a late segment can break */
    struct st_rule_list followers; /* nodes of other categories that wait for a match */
};

struct st_rules {
    atomic_uint refs;
    struct st_rule_compiled_category *categories;
    size_t category_count;
    struct st_rule_node *nodes;
    uint32_t node_count, node_cap;
    struct st_phrase_set *phrases;
    struct st_rule_listener *listeners; /* by pattern */
    size_t listener_count;
    struct st_rule_list deadlines; /* hearing nodes whose range has an end, by it, that matter */
    struct st_rule_list measuring;
    struct st_rule_list knowing;
    uint32_t *order; /* categories, those that others build on first */
    bool has_provisional;
    struct st_script_set *scripts;    /* NULL: there are none */
    struct st_semantic_set *semantic; /* NULL: rules by meaning have learned nothing */
};

/* From when on it is known whether a hearing node was hit in its range. */
int64_t st_rules_deadline_us(const struct st_rule_node *node);

/* ---- for kinds ---- */

/* Hits of these phrases are this node's, through that slot. */
void st_rules_listen(struct st_rules_compiler *compiler, uint32_t node, uint16_t slot,
                     enum st_role role, const struct st_rule_phrases *phrases);
/* Matches of the category of that name are this node's hits. */
void st_rules_follow(struct st_rules_compiler *compiler, uint32_t node, const char *category,
                     int line);

void st_rule_list_add(struct st_rule_list *list, uint32_t item);

#endif
