#include "phrase_set.h"

#include "hash_index.h"
#include "phrase_compiled.h"
#include "phrase_text.h"
#include "phrase_ways.h"

#include "sidetone/mem.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EDGES_MAX = 2000000 };

/* Ends of the ways to say a part, or the chain up to it. */
struct numbers {
    uint32_t *items;
    size_t count, cap;
};

struct compiler {
    struct st_phrase_set *set;
    struct st_phrase_text text;
    struct numbers nodes, links, next_links;
};

static void add_number(struct numbers *numbers, uint32_t number)
{
    if (numbers->count == numbers->cap) {
        numbers->cap = 2 * numbers->cap + 16;
        numbers->items = st_mem_realloc(numbers->items, numbers->cap * sizeof(uint32_t));
    }
    numbers->items[numbers->count++] = number;
}

static int compare_numbers(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return a < b ? -1 : a > b;
}

static void drop_doubles(struct numbers *numbers)
{
    size_t kept = 0;
    if (numbers->count > 1)
        qsort(numbers->items, numbers->count, sizeof(uint32_t), compare_numbers);
    for (size_t i = 0; i < numbers->count; i++)
        if (kept == 0 || numbers->items[i] != numbers->items[kept - 1])
            numbers->items[kept++] = numbers->items[i];
    numbers->count = kept;
}

/* Links from all that end the parts so far to this part. */
static const char *add_part(struct compiler *compiler, const struct st_phrase_part *part)
{
    struct numbers *nodes = &compiler->nodes, *next = &compiler->next_links;
    struct numbers links = compiler->links;
    struct st_phrase_graph *graph = compiler->set->graph;
    nodes->count = next->count = 0;
    for (uint32_t i = 0; i < part->count; i++)
        add_number(nodes, st_phrase_ways_add(graph, &compiler->text,
                                             compiler->text.ways[part->first + i]));
    drop_doubles(nodes);
    if (nodes->count * links.count > ST_PHRASE_PATHS_MAX)
        return "has more than 4096 ways to be said";
    for (size_t i = 0; i < links.count; i++)
        for (size_t k = 0; k < nodes->count; k++)
            add_number(next,
                       st_phrase_graph_add_link(graph, links.items[i], part->gap, nodes->items[k]));
    compiler->links = *next;
    *next = links;
    return NULL;
}

static const char *add_pattern(struct compiler *compiler, const struct st_phrase_pattern *pattern,
                               uint32_t index)
{
    struct st_phrase_set *set = compiler->set;
    struct st_phrase_text *text = &compiler->text;
    const char *problem = st_phrase_text_read(text, pattern);
    compiler->links.count = 0;
    add_number(&compiler->links, 0);
    for (size_t i = 0; i < text->part_count && !problem; i++)
        problem = add_part(compiler, &text->parts[i]);
    for (size_t i = 0; i < compiler->links.count && !problem; i++) {
        uint32_t link = compiler->links.items[i];
        uint64_t key = (uint64_t)pattern->group << 1 | pattern->is_exclusion;
        st_phrase_graph_add_end(set->graph, link, index, key);
        if (st_phrase_graph_span(set->graph, link) > set->span)
            set->span = st_phrase_graph_span(set->graph, link);
    }
    return problem;
}

/* ---- the set ---- */

static uint32_t add_word(struct st_phrase_graph *graph, const char *word, size_t bytes)
{
    return st_phrase_graph_add_symbol(graph, ST_PHRASE_WORD, word, bytes);
}

static void add_reading(struct st_phrase_graph *graph, const char *said, uint32_t *ret_symbols)
{
    size_t count = 0;
    for (size_t bytes; *said != '\0'; said += bytes + (said[bytes] == ' ')) {
        bytes = strcspn(said, " ");
        assert(count < ST_CONTRACTION_WORDS_MAX);
        ret_symbols[count++] = add_word(graph, said, bytes);
    }
}

static void add_contractions(struct st_phrase_set *set)
{
    set->readings = st_mem_alloc_array(st_contraction_count, sizeof(*set->readings));
    for (size_t i = 0; i < st_contraction_count; i++) {
        const char *word = st_contractions[i].word;
        uint32_t symbol = add_word(set->graph, word, strlen(word));
        assert(symbol == i + 1);
    }
    for (size_t i = 0; i < st_contraction_count; i++)
        for (size_t k = 0; k < ST_CONTRACTION_READINGS_MAX; k++)
            if (st_contractions[i].readings[k])
                add_reading(set->graph, st_contractions[i].readings[k], set->readings[i][k]);
}

static bool has_group(const struct st_hash_index *groups, const struct st_phrase_pattern *patterns,
                      uint32_t group)
{
    uint32_t hash = st_hash_pair(0, group), place = hash, known;
    while ((known = st_hash_index_next(groups, hash, &place)) != 0)
        if (patterns[known - 1].group == group)
            return true;
    return false;
}

static uint64_t identify(const struct st_phrase_pattern *pattern)
{
    uint64_t hash = 0xcbf29ce484222325ULL ^ pattern->is_verbatim;
    for (size_t i = 0; i < pattern->bytes; i++)
        hash = (hash ^ (uint8_t)pattern->text[i]) * 0x100000001b3ULL;
    return hash;
}

static void describe_patterns(struct st_phrase_set *set, const struct st_phrase_pattern *patterns)
{
    struct st_hash_index groups = {0}; /* that have exclusions */
    for (size_t i = 0; i < set->count; i++)
        if (patterns[i].is_exclusion && !has_group(&groups, patterns, patterns[i].group))
            st_hash_index_put(&groups, st_hash_pair(0, patterns[i].group), (uint32_t)i + 1);
    for (size_t i = 0; i < set->count; i++)
        set->infos[i] = (struct st_phrase_info){
            .identity = identify(&patterns[i]),
            .group = patterns[i].group,
            .is_exclusion = patterns[i].is_exclusion,
            .is_excludable = has_group(&groups, patterns, patterns[i].group),
        };
    st_hash_index_fini(&groups);
}

static void destroy(struct st_phrase_set *set)
{
    st_phrase_graph_destroy(set->graph);
    free(set->infos);
    free(set->readings);
    free(set);
}

static int add_patterns(struct st_phrase_set *set, const struct st_phrase_pattern *patterns,
                        struct st_phrase_problem *ret_problem)
{
    struct compiler compiler = {.set = set};
    const char *problem = NULL;
    bool is_too_large = false;
    for (size_t i = 0; i < set->count && !problem; i++) {
        problem = add_pattern(&compiler, &patterns[i], (uint32_t)i);
        is_too_large = !problem && st_phrase_graph_edge_count(set->graph) > EDGES_MAX;
        if (is_too_large)
            problem = "makes the set of phrases too large";
        ret_problem->pattern = i;
    }
    if (problem)
        snprintf(ret_problem->text, sizeof(ret_problem->text), "%s", problem);
    st_phrase_text_fini(&compiler.text);
    free(compiler.nodes.items);
    free(compiler.links.items);
    free(compiler.next_links.items);
    return !problem ? 0 : is_too_large ? -ENOBUFS : -EINVAL;
}

int st_phrase_set_create(struct st_phrase_set **ret_set, const struct st_phrase_pattern *patterns,
                         size_t count, struct st_phrase_problem *ret_problem)
{
    struct st_phrase_set *set = st_mem_alloc(sizeof(*set));
    atomic_init(&set->refs, 1);
    set->graph = st_phrase_graph_create();
    set->infos = st_mem_alloc_array(count + 1, sizeof(*set->infos));
    set->count = count;
    add_contractions(set);
    describe_patterns(set, patterns);
    int err = add_patterns(set, patterns, ret_problem);
    if (err < 0) {
        destroy(set);
        return err;
    }
    st_phrase_graph_finish(set->graph);
    *ret_set = set;
    return 0;
}

struct st_phrase_set *st_phrase_set_ref(struct st_phrase_set *set)
{
    atomic_fetch_add_explicit(&set->refs, 1, memory_order_relaxed);
    return set;
}

void st_phrase_set_unref(struct st_phrase_set *set)
{
    if (set && atomic_fetch_sub_explicit(&set->refs, 1, memory_order_acq_rel) == 1)
        destroy(set);
}

size_t st_phrase_set_bytes(const struct st_phrase_set *set)
{
    return sizeof(*set) + set->count * sizeof(*set->infos) +
           st_contraction_count * sizeof(*set->readings) + st_phrase_graph_bytes(set->graph);
}
