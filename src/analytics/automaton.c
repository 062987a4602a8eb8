#include "automaton.h"

#include "sidetone/mem.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct node {
    uint32_t value; /* 0: no sequence ends here */
    uint32_t word;  /* on the edge from the parent */
    uint32_t parent;
    uint32_t fail;   /* the longest proper suffix that is a node */
    uint32_t output; /* the longest proper suffix that is a sequence; 0: none */
};

struct word {
    uint32_t hash;
    uint32_t at; /* in text */
    uint32_t bytes;
};

/* Tables with open addressing hold index + 1; 0 is a free place. */
struct table {
    uint32_t *slots;
    uint32_t mask;
};

struct st_automaton {
    struct node *nodes; /* nodes[0] is the root; parents come before their children */
    uint32_t node_count, node_cap;
    struct word *words;
    uint32_t word_count, word_cap;
    char *text;
    size_t text_bytes, text_cap;
    struct table edges; /* (parent, word) → node */
    struct table vocabulary;
};

static uint32_t hash_bytes(const char *text, size_t bytes)
{
    uint32_t hash = 2166136261U;
    for (size_t i = 0; i < bytes; i++)
        hash = (hash ^ (uint8_t)text[i]) * 16777619U;
    return hash ^ (hash >> 15);
}

static uint32_t hash_edge(uint32_t parent, uint32_t word)
{
    uint64_t key = ((uint64_t)parent << 32 | word) * 0x9e3779b97f4a7c15ULL;
    return (uint32_t)(key >> 32) ^ (uint32_t)(key >> 13);
}

static void table_init(struct table *table, uint32_t places)
{
    table->slots = st_mem_alloc_array(places, sizeof(*table->slots));
    table->mask = places - 1;
}

static void table_put(struct table *table, uint32_t hash, uint32_t index)
{
    uint32_t place = hash & table->mask;
    while (table->slots[place] != 0)
        place = (place + 1) & table->mask;
    table->slots[place] = index + 1;
}

struct st_automaton *st_automaton_create(void)
{
    struct st_automaton *automaton = st_mem_alloc(sizeof(*automaton));
    automaton->node_cap = automaton->word_cap = 64;
    automaton->nodes = st_mem_alloc_array(automaton->node_cap, sizeof(struct node));
    automaton->words = st_mem_alloc_array(automaton->word_cap, sizeof(struct word));
    automaton->node_count = 1;
    table_init(&automaton->edges, 2 * automaton->node_cap);
    table_init(&automaton->vocabulary, 2 * automaton->word_cap);
    return automaton;
}

void st_automaton_destroy(struct st_automaton *automaton)
{
    if (!automaton)
        return;
    free(automaton->nodes);
    free(automaton->words);
    free(automaton->text);
    free(automaton->edges.slots);
    free(automaton->vocabulary.slots);
    free(automaton);
}

static uint32_t find_word(const struct st_automaton *automaton, uint32_t hash, const char *text,
                          size_t bytes)
{
    const struct table *table = &automaton->vocabulary;
    for (uint32_t place = hash & table->mask; table->slots[place] != 0;
         place = (place + 1) & table->mask) {
        const struct word *word = &automaton->words[table->slots[place] - 1];
        if (word->hash == hash && word->bytes == bytes &&
            memcmp(automaton->text + word->at, text, bytes) == 0)
            return table->slots[place];
    }
    return 0;
}

uint32_t st_automaton_find_word(const struct st_automaton *automaton, const char *text,
                                size_t bytes)
{
    return bytes == 0 || automaton->word_count == 0
               ? 0
               : find_word(automaton, hash_bytes(text, bytes), text, bytes);
}

static void grow_words(struct st_automaton *automaton)
{
    automaton->word_cap *= 2;
    automaton->words = st_mem_realloc(automaton->words, automaton->word_cap * sizeof(struct word));
    free(automaton->vocabulary.slots);
    table_init(&automaton->vocabulary, 2 * automaton->word_cap);
    for (uint32_t i = 0; i < automaton->word_count; i++)
        table_put(&automaton->vocabulary, automaton->words[i].hash, i);
}

uint32_t st_automaton_add_word(struct st_automaton *automaton, const char *text, size_t bytes)
{
    uint32_t hash = hash_bytes(text, bytes);
    uint32_t number = automaton->word_count > 0 ? find_word(automaton, hash, text, bytes) : 0;
    if (number != 0)
        return number;
    if (automaton->word_count == automaton->word_cap)
        grow_words(automaton);
    if (automaton->text_bytes + bytes > automaton->text_cap) {
        automaton->text_cap = (automaton->text_bytes + bytes) * 2;
        automaton->text = st_mem_realloc(automaton->text, automaton->text_cap);
    }
    memcpy(automaton->text + automaton->text_bytes, text, bytes);
    automaton->words[automaton->word_count] = (struct word){
        .hash = hash, .at = (uint32_t)automaton->text_bytes, .bytes = (uint32_t)bytes};
    automaton->text_bytes += bytes;
    table_put(&automaton->vocabulary, hash, automaton->word_count);
    return ++automaton->word_count;
}

/* The node reached from `parent` over `word`; 0 when there is none (the root is nobody's child). */
static uint32_t find_child(const struct st_automaton *automaton, uint32_t parent, uint32_t word)
{
    const struct table *table = &automaton->edges;
    for (uint32_t place = hash_edge(parent, word) & table->mask; table->slots[place] != 0;
         place = (place + 1) & table->mask) {
        uint32_t child = table->slots[place] - 1;
        if (automaton->nodes[child].parent == parent && automaton->nodes[child].word == word)
            return child;
    }
    return 0;
}

static void grow_nodes(struct st_automaton *automaton)
{
    automaton->node_cap *= 2;
    automaton->nodes = st_mem_realloc(automaton->nodes, automaton->node_cap * sizeof(struct node));
    free(automaton->edges.slots);
    table_init(&automaton->edges, 2 * automaton->node_cap);
    for (uint32_t i = 1; i < automaton->node_count; i++)
        table_put(&automaton->edges,
                  hash_edge(automaton->nodes[i].parent, automaton->nodes[i].word), i);
}

static uint32_t add_child(struct st_automaton *automaton, uint32_t parent, uint32_t word)
{
    if (automaton->node_count == automaton->node_cap)
        grow_nodes(automaton);
    uint32_t child = automaton->node_count++;
    automaton->nodes[child] = (struct node){.word = word, .parent = parent};
    table_put(&automaton->edges, hash_edge(parent, word), child);
    return child;
}

uint32_t *st_automaton_add(struct st_automaton *automaton, const uint32_t *words, size_t count)
{
    uint32_t at = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t child = find_child(automaton, at, words[i]);
        at = child != 0 ? child : add_child(automaton, at, words[i]);
    }
    return &automaton->nodes[at].value;
}

static void link_node(struct st_automaton *automaton, uint32_t index)
{
    struct node *node = &automaton->nodes[index];
    if (node->parent != 0)
        node->fail = st_automaton_step(automaton, automaton->nodes[node->parent].fail, node->word);
    const struct node *fail = &automaton->nodes[node->fail];
    node->output = fail->value != 0 ? node->fail : fail->output;
}

/* Nodes by depth: a suffix is shorter, so its links are complete when they are needed. */
static uint32_t *order_by_depth(const struct st_automaton *automaton)
{
    uint32_t count = automaton->node_count;
    uint32_t *depth = st_mem_alloc_array(count, sizeof(*depth));
    uint32_t *order = st_mem_alloc_array(count, sizeof(*order));
    uint32_t depth_max = 0;
    for (uint32_t i = 1; i < count; i++) {
        depth[i] = depth[automaton->nodes[i].parent] + 1;
        depth_max = depth[i] > depth_max ? depth[i] : depth_max;
    }
    uint32_t *starts = st_mem_alloc_array(depth_max + 2, sizeof(*starts));
    for (uint32_t i = 0; i < count; i++)
        starts[depth[i] + 1]++;
    for (uint32_t i = 1; i <= depth_max + 1; i++)
        starts[i] += starts[i - 1];
    for (uint32_t i = 0; i < count; i++)
        order[starts[depth[i]]++] = i;
    free(starts);
    free(depth);
    return order;
}

void st_automaton_build(struct st_automaton *automaton)
{
    uint32_t *order = order_by_depth(automaton);
    for (uint32_t i = 1; i < automaton->node_count; i++)
        link_node(automaton, order[i]);
    free(order);
}

uint32_t st_automaton_step(const struct st_automaton *automaton, uint32_t state, uint32_t word)
{
    if (word == 0)
        return 0;
    for (;;) {
        uint32_t child = find_child(automaton, state, word);
        if (child != 0 || state == 0)
            return child;
        state = automaton->nodes[state].fail;
    }
}

uint32_t st_automaton_first(const struct st_automaton *automaton, uint32_t state)
{
    const struct node *node = &automaton->nodes[state];
    return node->value != 0 ? state : node->output;
}

uint32_t st_automaton_next(const struct st_automaton *automaton, uint32_t node)
{
    return automaton->nodes[node].output;
}

uint32_t st_automaton_value(const struct st_automaton *automaton, uint32_t node)
{
    return automaton->nodes[node].value;
}
