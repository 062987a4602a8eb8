#include "hints.h"

#include "hint_forms.h"
#include "sidetone/mem.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Measured: bench/README.md, "Hints". */
static const double first_bonus = 1.5, bonus = 3.0;

enum { ROOT = 0 };

struct node {
    uint32_t parent, back;
    uint32_t first_edge, edge_count;
    uint16_t token, depth;
    bool is_end; /* a hint is complete here */
    float full;  /* earned on the way here */
    float safe;  /* of it, what is kept whatever comes next */
    float whole; /* of it, what is kept when the word ends here */
    float most;  /* that the longest hint through here earns */
};

struct st_hints {
    atomic_uint refs;
    uint32_t node_count;
    struct node *nodes; /* children behind their parents, by rising tokens */
    uint16_t *tokens;   /* of the edges */
    uint32_t *targets;
    uint8_t is_boundary[ST_TOKENIZER_VOCABULARY / 8]; /* the word before such a token is over */
};

struct sequence {
    uint16_t tokens[ST_HINTS_TOKENS_MAX];
    size_t count;
};

/* ---- what a token does to the word before it ---- */

static bool ends_word(const struct st_tokenizer *tokenizer, int64_t token)
{
    char text[64];
    if (st_tokenizer_starts_word(tokenizer, token))
        return true;
    size_t bytes = st_tokenizer_bytes(tokenizer, token, text, sizeof(text));
    if (bytes == 0)
        return true;
    uint8_t first = (uint8_t)text[0];
    return first < 0x80 && !((first | 0x20) >= 'a' && (first | 0x20) <= 'z') &&
           !(first >= '0' && first <= '9');
}

static void mark_boundaries(struct st_hints *hints, const struct st_tokenizer *tokenizer)
{
    for (int64_t token = 0; token < ST_TOKENIZER_VOCABULARY; token++)
        if (ends_word(tokenizer, token))
            hints->is_boundary[token / 8] |= (uint8_t)(1U << token % 8);
}

static bool is_boundary(const struct st_hints *hints, int64_t token)
{
    return hints->is_boundary[token / 8] >> token % 8 & 1;
}

/* ---- building ---- */

static int compare_sequences(const void *left, const void *right)
{
    const struct sequence *a = left, *b = right;
    for (size_t i = 0; i < a->count && i < b->count; i++)
        if (a->tokens[i] != b->tokens[i])
            return a->tokens[i] < b->tokens[i] ? -1 : 1;
    return a->count < b->count ? -1 : a->count > b->count;
}

static size_t add_sequences(const struct st_pieces *pieces, const char *hint,
                            struct sequence *sequences)
{
    struct st_hint_forms forms;
    size_t added = 0;
    st_hint_forms_make(&forms, hint);
    for (size_t i = 0; i < forms.count; i++) {
        int64_t ids[ST_HINTS_TOKENS_MAX];
        int count = st_pieces_split(pieces, forms.texts[i], ids, ST_HINTS_TOKENS_MAX);
        if (count <= 0)
            continue;
        struct sequence *sequence = &sequences[added++];
        sequence->count = (size_t)count;
        for (int k = 0; k < count; k++)
            sequence->tokens[k] = (uint16_t)ids[k];
    }
    return added;
}

static uint32_t add_node(struct st_hints *hints, uint32_t parent, uint16_t token)
{
    uint32_t at = hints->node_count++;
    const struct node *above = &hints->nodes[parent];
    hints->nodes[at] = (struct node){
        .parent = parent,
        .token = token,
        .depth = (uint16_t)(above->depth + 1),
        .full = above->full + (float)(parent == ROOT ? first_bonus : bonus),
    };
    return at;
}

static void add_nodes(struct st_hints *hints, const struct sequence *sequences, size_t count)
{
    uint32_t path[ST_HINTS_TOKENS_MAX + 1] = {ROOT};
    size_t held = 0; /* of the path */
    for (size_t i = 0; i < count; i++) {
        const struct sequence *sequence = &sequences[i];
        size_t same = 0;
        while (same < held && same < sequence->count &&
               hints->nodes[path[same + 1]].token == sequence->tokens[same])
            same++;
        if (hints->node_count + sequence->count - same > ST_HINTS_NODES_MAX)
            continue;
        for (held = same; held < sequence->count; held++)
            path[held + 1] = add_node(hints, path[held], sequence->tokens[held]);
        hints->nodes[path[held]].is_end = true;
    }
}

/* Sorted, so that children of a node come by rising tokens. */
static void add_hints(struct st_hints *hints, const struct st_pieces *pieces,
                      const char *const *texts, size_t count)
{
    struct sequence *sequences =
        st_mem_alloc_array(count * ST_HINT_FORMS_MAX + 1, sizeof(*sequences));
    size_t made = 0;
    for (size_t i = 0; i < count; i++)
        made += add_sequences(pieces, texts[i], sequences + made);
    qsort(sequences, made, sizeof(sequences[0]), compare_sequences);
    add_nodes(hints, sequences, made);
    free(sequences);
}

static void add_edges(struct st_hints *hints)
{
    for (uint32_t i = 1; i < hints->node_count; i++)
        hints->nodes[hints->nodes[i].parent].edge_count++;
    uint32_t edges = 0;
    for (uint32_t i = 0; i < hints->node_count; i++) {
        hints->nodes[i].first_edge = edges;
        edges += hints->nodes[i].edge_count;
        hints->nodes[i].edge_count = 0;
    }
    hints->tokens = st_mem_alloc_array(edges + 1, sizeof(hints->tokens[0]));
    hints->targets = st_mem_alloc_array(edges + 1, sizeof(hints->targets[0]));
    for (uint32_t i = 1; i < hints->node_count; i++) {
        struct node *parent = &hints->nodes[hints->nodes[i].parent];
        uint32_t edge = parent->first_edge + parent->edge_count++;
        hints->tokens[edge] = hints->nodes[i].token;
        hints->targets[edge] = i;
    }
}

/* ROOT when there is none: no edge leads there. */
static uint32_t find_child(const struct st_hints *hints, uint32_t node, int64_t token)
{
    size_t from = hints->nodes[node].first_edge, until = from + hints->nodes[node].edge_count;
    while (from < until) {
        size_t middle = from + (until - from) / 2;
        if (hints->tokens[middle] == token)
            return hints->targets[middle];
        if (hints->tokens[middle] < token)
            from = middle + 1;
        else
            until = middle;
    }
    return ROOT;
}

/* The child by `token` of the first of node, back(node), … that has one; *ret_via is that one. */
static uint32_t go_on(const struct st_hints *hints, uint32_t node, int64_t token, uint32_t *ret_via)
{
    uint32_t child;
    while ((child = find_child(hints, node, token)) == ROOT && node != ROOT)
        node = hints->nodes[node].back;
    *ret_via = node;
    return child;
}

static float larger(float a, float b)
{
    return a > b ? a : b;
}

/* Of nodes above and of shorter ones all is known by then. */
static void link_node(struct st_hints *hints, struct node *node)
{
    const struct node *parent = &hints->nodes[node->parent];
    uint32_t via;
    if (node->parent != ROOT)
        node->back = go_on(hints, parent->back, node->token, &via);
    const struct node *back = &hints->nodes[node->back];
    node->safe = larger(is_boundary(hints, node->token) ? parent->whole : parent->safe, back->safe);
    node->whole = larger(node->is_end ? node->full : node->safe, back->whole);
}

static void look_ahead(struct st_hints *hints)
{
    for (uint32_t i = hints->node_count - 1; i > 0; i--) {
        struct node *node = &hints->nodes[i], *parent = &hints->nodes[node->parent];
        node->most = larger(node->most, node->full);
        parent->most = larger(parent->most, node->most);
    }
}

static void link_nodes(struct st_hints *hints)
{
    for (unsigned depth = 1; depth <= ST_HINTS_TOKENS_MAX; depth++)
        for (uint32_t i = 1; i < hints->node_count; i++)
            if (hints->nodes[i].depth == depth)
                link_node(hints, &hints->nodes[i]);
}

void st_hints_create(struct st_hints **ret_hints, const struct st_pieces *pieces,
                     const char *const *texts, size_t count)
{
    struct st_hints *hints = st_mem_alloc(sizeof(*hints));
    atomic_init(&hints->refs, 1);
    mark_boundaries(hints, st_pieces_tokenizer(pieces));
    hints->nodes = st_mem_alloc_array(ST_HINTS_NODES_MAX, sizeof(hints->nodes[0]));
    hints->node_count = 1;
    add_hints(hints, pieces, texts, count < ST_HINTS_MAX ? count : ST_HINTS_MAX);
    hints->nodes = st_mem_realloc(hints->nodes, hints->node_count * sizeof(hints->nodes[0]));
    add_edges(hints);
    link_nodes(hints);
    look_ahead(hints);
    *ret_hints = hints;
}

/* ---- sharing ---- */

struct st_hints *st_hints_ref(struct st_hints *hints)
{
    atomic_fetch_add(&hints->refs, 1);
    return hints;
}

void st_hints_unref(struct st_hints *hints)
{
    if (!hints || atomic_fetch_sub(&hints->refs, 1) > 1)
        return;
    free(hints->nodes);
    free(hints->tokens);
    free(hints->targets);
    free(hints);
}

/* ---- walking ---- */

/* What a break leaves counts no token twice: when the hint that is gone on with began within the
 * one that was left, the larger of what both have earned. */
void st_hints_step(const struct st_hints *hints, struct st_hint_walk *walk, int64_t token)
{
    uint32_t via;
    const struct node *from = &hints->nodes[walk->node];
    uint32_t to = go_on(hints, walk->node, token, &via);
    float earned = hints->nodes[to].full;
    if (via != walk->node || to == ROOT) {
        float kept = is_boundary(hints, token) ? from->whole : from->safe;
        earned = via == ROOT ? kept + earned : larger(kept, earned);
    }
    walk->bonus += (double)earned - (double)from->full;
    walk->node = to;
}

size_t st_hints_expected(const struct st_hints *hints, uint32_t node, const uint16_t **ret_tokens)
{
    *ret_tokens = hints->tokens + hints->nodes[node].first_edge;
    return hints->nodes[node].edge_count;
}

uint32_t st_hints_back(const struct st_hints *hints, uint32_t node)
{
    return hints->nodes[node].back;
}

double st_hints_ahead(const struct st_hints *hints, uint32_t node)
{
    const struct node *at = &hints->nodes[node];
    return node == ROOT ? 0 : (double)at->most - (double)at->full;
}

double st_hints_settled(const struct st_hints *hints, const struct st_hint_walk *walk)
{
    const struct node *at = &hints->nodes[walk->node];
    return walk->bonus - (double)at->full + (double)at->whole;
}
