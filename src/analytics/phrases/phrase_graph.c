#include "phrase_graph.h"

#include "hash_index.h"

#include "sidetone/mem.h"

#include <stdlib.h>
#include <string.h>

struct symbol {
    uint32_t at; /* in text */
    uint16_t bytes;
    uint8_t kind;
};

struct end_key {
    uint64_t key;
    uint32_t link;
};

/* What is known of a node while others are added. */
struct building {
    struct st_phrase_edge *edges; /* in order of their targets */
    size_t edge_count, edge_cap;
    size_t *first_edges; /* by node; the edges end where the next node's begin */
    struct st_hash_index nodes;
    struct st_hash_index ends;
    struct end_key *end_keys; /* by end */
    uint32_t *spans;          /* by link */
    uint32_t *last_ends;      /* by link */
};

struct st_phrase_graph {
    struct building building;

    struct symbol *symbols;
    uint32_t symbol_count, symbol_cap;
    char *text;
    size_t text_bytes, text_cap;
    struct st_hash_index kinds[ST_PHRASE_KINDS];
    uint64_t lengths[ST_PHRASE_KINDS]; /* bit n: there is a stem of n bytes */

    struct st_phrase_node *nodes;
    uint32_t node_count, node_cap;
    struct st_phrase_link *links;
    uint32_t link_count, link_cap;
    struct st_phrase_end *ends;
    uint32_t end_count, end_cap;
    struct st_phrase_edge *edges; /* open addressing by from and symbol; to 0: free */
    uint32_t edge_mask;
    struct st_hash_index continuations; /* links with an earlier one */
};

/* Room for one more element. */
static void *reserve(void *array, uint32_t count, uint32_t *cap, size_t bytes)
{
    if (count < *cap)
        return array;
    *cap = *cap > 0 ? 2 * *cap : 16;
    return st_mem_realloc(array, *cap * bytes);
}

struct st_phrase_graph *st_phrase_graph_create(void)
{
    struct st_phrase_graph *graph = st_mem_alloc(sizeof(*graph));
    struct building *building = &graph->building;
    graph->node_cap = graph->link_cap = graph->end_cap = 16;
    graph->nodes = st_mem_alloc_array(graph->node_cap, sizeof(*graph->nodes));
    graph->links = st_mem_alloc_array(graph->link_cap, sizeof(*graph->links));
    graph->ends = st_mem_alloc_array(graph->end_cap, sizeof(*graph->ends));
    building->first_edges = st_mem_alloc_array(graph->node_cap + 1, sizeof(size_t));
    building->spans = st_mem_alloc_array(graph->link_cap, sizeof(uint32_t));
    building->last_ends = st_mem_alloc_array(graph->link_cap, sizeof(uint32_t));
    building->end_keys = st_mem_alloc_array(graph->end_cap, sizeof(*building->end_keys));
    graph->node_count = graph->link_count = graph->end_count = 1;
    return graph;
}

static void finish_building(struct building *building)
{
    free(building->edges);
    free(building->first_edges);
    free(building->end_keys);
    free(building->spans);
    free(building->last_ends);
    st_hash_index_fini(&building->nodes);
    st_hash_index_fini(&building->ends);
    *building = (struct building){0};
}

void st_phrase_graph_destroy(struct st_phrase_graph *graph)
{
    if (!graph)
        return;
    finish_building(&graph->building);
    for (size_t i = 0; i < ST_PHRASE_KINDS; i++)
        st_hash_index_fini(&graph->kinds[i]);
    st_hash_index_fini(&graph->continuations);
    free(graph->symbols);
    free(graph->text);
    free(graph->nodes);
    free(graph->links);
    free(graph->ends);
    free(graph->edges);
    free(graph);
}

/* ---- symbols ---- */

static const uint32_t hash_begin = 2166136261U;

static uint32_t hash_byte(uint32_t hash, char byte)
{
    return (hash ^ (uint8_t)byte) * 16777619U;
}

static uint32_t hash_end(uint32_t hash)
{
    return hash ^ hash >> 15;
}

/* A suffix is hashed from its end, so that all suffixes of a word are hashed in one pass. */
static uint32_t hash_text(enum st_phrase_kind kind, const char *text, size_t bytes)
{
    uint32_t hash = hash_begin;
    for (size_t i = 0; i < bytes; i++)
        hash = hash_byte(hash, kind == ST_PHRASE_SUFFIX ? text[bytes - 1 - i] : text[i]);
    return hash_end(hash);
}

static uint32_t find_symbol(const struct st_phrase_graph *graph, enum st_phrase_kind kind,
                            uint32_t hash, const char *text, size_t bytes)
{
    uint32_t place = hash, number;
    while ((number = st_hash_index_next(&graph->kinds[kind], hash, &place)) != 0) {
        const struct symbol *symbol = &graph->symbols[number - 1];
        if (symbol->bytes == bytes && memcmp(graph->text + symbol->at, text, bytes) == 0)
            return kind == ST_PHRASE_WORD ? number : number | ST_PHRASE_STARRED;
    }
    return 0;
}

uint32_t st_phrase_graph_add_symbol(struct st_phrase_graph *graph, enum st_phrase_kind kind,
                                    const char *text, size_t bytes)
{
    uint32_t hash = hash_text(kind, text, bytes);
    uint32_t known = find_symbol(graph, kind, hash, text, bytes);
    if (known != 0)
        return known;
    graph->symbols =
        reserve(graph->symbols, graph->symbol_count, &graph->symbol_cap, sizeof(*graph->symbols));
    if (graph->text_bytes + bytes > graph->text_cap) {
        graph->text_cap = 2 * (graph->text_bytes + bytes);
        graph->text = st_mem_realloc(graph->text, graph->text_cap);
    }
    memcpy(graph->text + graph->text_bytes, text, bytes);
    graph->symbols[graph->symbol_count++] = (struct symbol){
        .at = (uint32_t)graph->text_bytes, .bytes = (uint16_t)bytes, .kind = (uint8_t)kind};
    graph->text_bytes += bytes;
    st_hash_index_put(&graph->kinds[kind], hash, graph->symbol_count);
    if (kind == ST_PHRASE_WORD)
        return graph->symbol_count;
    graph->lengths[kind] |= 1ULL << bytes;
    return graph->symbol_count | ST_PHRASE_STARRED;
}

static size_t find_stems(const struct st_phrase_graph *graph, enum st_phrase_kind kind,
                         const char *text, size_t bytes, uint32_t *ret_symbols)
{
    uint64_t lengths = graph->lengths[kind] >> 1;
    uint32_t hash = hash_begin;
    size_t count = 0;
    for (size_t i = 0; i < bytes && lengths != 0; i++, lengths >>= 1) {
        hash = hash_byte(hash, kind == ST_PHRASE_SUFFIX ? text[bytes - 1 - i] : text[i]);
        if ((lengths & 1) == 0)
            continue;
        const char *stem = kind == ST_PHRASE_SUFFIX ? text + bytes - 1 - i : text;
        uint32_t symbol = find_symbol(graph, kind, hash_end(hash), stem, i + 1);
        if (symbol != 0)
            ret_symbols[count++] = symbol;
    }
    return count;
}

size_t st_phrase_graph_find_symbols(const struct st_phrase_graph *graph, const char *text,
                                    size_t bytes, uint32_t ret_symbols[ST_PHRASE_SYMBOLS_MAX])
{
    size_t count = 0;
    uint32_t word =
        find_symbol(graph, ST_PHRASE_WORD, hash_text(ST_PHRASE_WORD, text, bytes), text, bytes);
    if (word != 0)
        ret_symbols[count++] = word;
    if (graph->lengths[ST_PHRASE_PREFIX] != 0)
        count += find_stems(graph, ST_PHRASE_PREFIX, text, bytes, ret_symbols + count);
    if (graph->lengths[ST_PHRASE_SUFFIX] != 0)
        count += find_stems(graph, ST_PHRASE_SUFFIX, text, bytes, ret_symbols + count);
    return count;
}

/* ---- nodes ---- */

static int compare_edges(const void *left, const void *right)
{
    const struct st_phrase_edge *a = left, *b = right;
    if (a->from != b->from)
        return a->from < b->from ? -1 : 1;
    return a->symbol < b->symbol ? -1 : a->symbol > b->symbol;
}

static size_t sort_edges(struct st_phrase_edge *edges, size_t count)
{
    size_t kept = 1;
    if (count > 1)
        qsort(edges, count, sizeof(*edges), compare_edges);
    for (size_t i = 1; i < count; i++)
        if (compare_edges(&edges[i], &edges[kept - 1]) != 0)
            edges[kept++] = edges[i];
    return kept;
}

static bool has_edges(const struct building *building, uint32_t node,
                      const struct st_phrase_edge *edges, size_t count)
{
    size_t first = building->first_edges[node];
    if (building->first_edges[node + 1] - first != count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (compare_edges(&building->edges[first + i], &edges[i]) != 0)
            return false;
    return true;
}

static void keep_edges(struct building *building, uint32_t node, const struct st_phrase_edge *edges,
                       size_t count)
{
    if (building->edge_count + count > building->edge_cap) {
        building->edge_cap = 2 * (building->edge_count + count);
        building->edges =
            st_mem_realloc(building->edges, building->edge_cap * sizeof(*building->edges));
    }
    building->first_edges[node] = building->edge_count;
    for (size_t i = 0; i < count; i++) {
        building->edges[building->edge_count] = edges[i];
        building->edges[building->edge_count++].to = node;
    }
    building->first_edges[node + 1] = building->edge_count;
}

uint32_t st_phrase_graph_add_node(struct st_phrase_graph *graph, struct st_phrase_edge *edges,
                                  size_t count)
{
    struct building *building = &graph->building;
    uint32_t hash = 0, known;
    count = sort_edges(edges, count);
    for (size_t i = 0; i < count; i++)
        hash = st_hash_pair(hash ^ edges[i].from, edges[i].symbol);
    for (uint32_t place = hash; (known = st_hash_index_next(&building->nodes, hash, &place)) != 0;)
        if (has_edges(building, known, edges, count))
            return known;
    if (graph->node_count == graph->node_cap) {
        graph->nodes =
            reserve(graph->nodes, graph->node_count, &graph->node_cap, sizeof(*graph->nodes));
        building->first_edges =
            st_mem_realloc(building->first_edges, (graph->node_cap + 1) * sizeof(size_t));
    }
    uint32_t number = graph->node_count++;
    keep_edges(building, number, edges, count);
    struct st_phrase_node node = {.is_joined = count > 1};
    for (size_t i = 0; i < count; i++)
        if (graph->nodes[edges[i].from].words >= node.words)
            node.words = (uint16_t)(graph->nodes[edges[i].from].words + 1);
    graph->nodes[number] = node;
    st_hash_index_put(&building->nodes, hash, number);
    return number;
}

size_t st_phrase_graph_edge_count(const struct st_phrase_graph *graph)
{
    return graph->building.edge_count;
}

/* ---- links ---- */

static uint32_t find_link(const struct st_phrase_graph *graph, uint32_t prev, unsigned gap,
                          uint32_t node)
{
    if (prev == 0)
        return graph->nodes[node].link;
    uint32_t place = st_phrase_graph_link_place(graph, prev, node), link;
    while ((link = st_phrase_graph_next_link(graph, prev, node, &place)) != 0)
        if (graph->links[link].gap == gap)
            return link;
    return 0;
}

static void hook_link(struct st_phrase_graph *graph, uint32_t number)
{
    const struct st_phrase_link *link = &graph->links[number];
    struct st_phrase_node *node = &graph->nodes[link->node];
    if (link->prev == 0) {
        node->link = number;
        return;
    }
    struct st_phrase_link *prev = &graph->links[link->prev];
    if (link->gap > prev->gap_after)
        prev->gap_after = link->gap;
    if (node->words > prev->words_after)
        prev->words_after = node->words;
    node->is_continued = true;
    st_hash_index_put(&graph->continuations, st_hash_pair(link->prev, link->node), number);
}

uint32_t st_phrase_graph_add_link(struct st_phrase_graph *graph, uint32_t prev, unsigned gap,
                                  uint32_t node)
{
    struct building *building = &graph->building;
    uint32_t known = find_link(graph, prev, gap, node);
    if (known != 0)
        return known;
    if (graph->link_count == graph->link_cap) {
        graph->links =
            reserve(graph->links, graph->link_count, &graph->link_cap, sizeof(*graph->links));
        building->spans = st_mem_realloc(building->spans, graph->link_cap * sizeof(uint32_t));
        building->last_ends =
            st_mem_realloc(building->last_ends, graph->link_cap * sizeof(uint32_t));
    }
    uint32_t number = graph->link_count++;
    graph->links[number] = (struct st_phrase_link){.prev = prev, .node = node, .gap = (uint8_t)gap};
    building->last_ends[number] = 0;
    building->spans[number] = building->spans[prev] + gap + graph->nodes[node].words;
    hook_link(graph, number);
    return number;
}

bool st_phrase_graph_add_end(struct st_phrase_graph *graph, uint32_t link, uint32_t pattern,
                             uint64_t key)
{
    struct building *building = &graph->building;
    uint32_t hash = st_hash_pair(st_hash_pair((uint32_t)(key >> 32), (uint32_t)key), link), known;
    for (uint32_t place = hash; (known = st_hash_index_next(&building->ends, hash, &place)) != 0;)
        if (building->end_keys[known].key == key && building->end_keys[known].link == link)
            return false;
    if (graph->end_count == graph->end_cap) {
        graph->ends = reserve(graph->ends, graph->end_count, &graph->end_cap, sizeof(*graph->ends));
        building->end_keys =
            st_mem_realloc(building->end_keys, graph->end_cap * sizeof(*building->end_keys));
    }
    uint32_t number = graph->end_count++;
    uint32_t *last = &building->last_ends[link];
    graph->ends[number] = (struct st_phrase_end){.pattern = pattern};
    *(*last != 0 ? &graph->ends[*last].next : &graph->links[link].end) = number;
    *last = number;
    building->end_keys[number] = (struct end_key){.key = key, .link = link};
    st_hash_index_put(&building->ends, hash, number);
    return true;
}

size_t st_phrase_graph_span(const struct st_phrase_graph *graph, uint32_t link)
{
    return graph->building.spans[link];
}

/* ---- finishing ---- */

static void place_edge(struct st_phrase_graph *graph, const struct st_phrase_edge *edge)
{
    uint32_t place = st_hash_pair(edge->from, edge->symbol);
    while (graph->edges[place & graph->edge_mask].to != 0)
        place++;
    graph->edges[place & graph->edge_mask] = *edge;
}

static void *trim(void *array, uint32_t count, uint32_t *cap, size_t bytes)
{
    *cap = count;
    return st_mem_realloc(array, count * bytes);
}

void st_phrase_graph_finish(struct st_phrase_graph *graph)
{
    size_t len = 16;
    while (len < 2 * graph->building.edge_count)
        len *= 2;
    graph->edges = st_mem_alloc_array(len, sizeof(*graph->edges));
    graph->edge_mask = (uint32_t)(len - 1);
    for (size_t i = 0; i < graph->building.edge_count; i++)
        place_edge(graph, &graph->building.edges[i]);
    finish_building(&graph->building);
    graph->nodes = trim(graph->nodes, graph->node_count, &graph->node_cap, sizeof(*graph->nodes));
    graph->links = trim(graph->links, graph->link_count, &graph->link_cap, sizeof(*graph->links));
    graph->ends = trim(graph->ends, graph->end_count, &graph->end_cap, sizeof(*graph->ends));
}

/* ---- walking ---- */

uint32_t st_phrase_graph_edge_place(const struct st_phrase_graph *graph, uint32_t from,
                                    uint32_t symbol)
{
    return st_hash_pair(from, symbol);
}

uint32_t st_phrase_graph_next_edge(const struct st_phrase_graph *graph, uint32_t from,
                                   uint32_t symbol, uint32_t *place)
{
    for (;;) {
        const struct st_phrase_edge *edge = &graph->edges[(*place)++ & graph->edge_mask];
        if (edge->to == 0 || (edge->from == from && edge->symbol == symbol))
            return edge->to;
    }
}

uint32_t st_phrase_graph_link_place(const struct st_phrase_graph *graph, uint32_t prev,
                                    uint32_t node)
{
    return st_hash_pair(prev, node);
}

uint32_t st_phrase_graph_next_link(const struct st_phrase_graph *graph, uint32_t prev,
                                   uint32_t node, uint32_t *place)
{
    uint32_t hash = st_hash_pair(prev, node), link;
    while ((link = st_hash_index_next(&graph->continuations, hash, place)) != 0)
        if (graph->links[link].prev == prev && graph->links[link].node == node)
            break;
    return link;
}

const struct st_phrase_node *st_phrase_graph_node(const struct st_phrase_graph *graph,
                                                  uint32_t node)
{
    return &graph->nodes[node];
}

const struct st_phrase_link *st_phrase_graph_link(const struct st_phrase_graph *graph,
                                                  uint32_t link)
{
    return &graph->links[link];
}

const struct st_phrase_end *st_phrase_graph_end(const struct st_phrase_graph *graph, uint32_t end)
{
    return &graph->ends[end];
}

size_t st_phrase_graph_bytes(const struct st_phrase_graph *graph)
{
    size_t bytes = sizeof(*graph) + graph->symbol_cap * sizeof(*graph->symbols) + graph->text_cap +
                   graph->node_cap * sizeof(*graph->nodes) +
                   graph->link_cap * sizeof(*graph->links) + graph->end_cap * sizeof(*graph->ends) +
                   ((size_t)graph->edge_mask + 1) * sizeof(*graph->edges) +
                   st_hash_index_bytes(&graph->continuations);
    for (size_t i = 0; i < ST_PHRASE_KINDS; i++)
        bytes += st_hash_index_bytes(&graph->kinds[i]);
    return bytes;
}
