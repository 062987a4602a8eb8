/*
 * The automaton behind a set of phrases: a graph of words that all phrases share.
 *
 * A way from the root to a node is one way to say the beginning of some phrases. A node is known by
 * the edges that lead to it, so phrases that begin alike share their nodes however many spellings
 * their first words have, and the graph stays as large as the phrases are long: there is no product
 * of spellings. The graph is walked with a set of nodes, each with the word at which it began
 * (phrase_stream.c); a way that fails simply ends, so nothing has to be computed over the whole.
 *
 * A phrase with gaps is a chain of links. A link says: this node, within so many words after that
 * link. Phrases with the same first parts share their links.
 *
 * A graph of words rather than Vectorscan's automaton of bytes: a segment costs no more with
 * starts, and a set is compiled in a hundredth of the time, so that nothing needs a cache on disk
 * (bench/README.md).
 *
 * Added to by one thread, then finished, then immutable.
 */
#ifndef SIDETONE_ANALYTICS_PHRASE_GRAPH_H
#define SIDETONE_ANALYTICS_PHRASE_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ST_PHRASE_STEM_BYTES_MAX = 63,
    ST_PHRASE_SYMBOLS_MAX = 1 + 2 * ST_PHRASE_STEM_BYTES_MAX, /* of one spoken word */
};

/* A symbol is a number ≥ 1; with this bit it is a stem with a star. */
#define ST_PHRASE_STARRED 0x80000000U

enum st_phrase_kind { ST_PHRASE_WORD, ST_PHRASE_PREFIX, ST_PHRASE_SUFFIX, ST_PHRASE_KINDS };

/* Node and link 0 are the beginning of all phrases. */
struct st_phrase_edge {
    uint32_t from, symbol, to;
};

struct st_phrase_node {
    uint32_t link;     /* with which a chain begins here; 0: none */
    uint16_t words;    /* said at most on the way here */
    bool is_joined;    /* more than one edge leads here */
    bool is_continued; /* a link with an earlier one ends here */
};

struct st_phrase_link {
    uint32_t prev, node;
    uint32_t end;         /* first of the patterns that are complete; 0: none */
    uint8_t gap;          /* words between prev and this */
    uint8_t gap_after;    /* of its longest continuation; 0 words are a gap too */
    uint16_t words_after; /* of its longest continuation; 0: there is none */
};

struct st_phrase_end {
    uint32_t pattern, next;
};

struct st_phrase_graph;

struct st_phrase_graph *st_phrase_graph_create(void);
void st_phrase_graph_destroy(struct st_phrase_graph *graph); /* NULL is fine */

/* ---- building ---- */

/* A stem has at most ST_PHRASE_STEM_BYTES_MAX bytes. */
uint32_t st_phrase_graph_add_symbol(struct st_phrase_graph *graph, enum st_phrase_kind kind,
                                    const char *text, size_t bytes);
/* The node to which exactly these edges lead (`to` is not looked at); count ≥ 1. Sorts them. */
uint32_t st_phrase_graph_add_node(struct st_phrase_graph *graph, struct st_phrase_edge *edges,
                                  size_t count);
uint32_t st_phrase_graph_add_link(struct st_phrase_graph *graph, uint32_t prev, unsigned gap,
                                  uint32_t node);
/* False when the link already has a pattern with this key, which is the one that stays. */
bool st_phrase_graph_add_end(struct st_phrase_graph *graph, uint32_t link, uint32_t pattern,
                             uint64_t key);
size_t st_phrase_graph_edge_count(const struct st_phrase_graph *graph);
/* Words from the first to the last of the longest chain that ends in a link. */
size_t st_phrase_graph_span(const struct st_phrase_graph *graph, uint32_t link);
void st_phrase_graph_finish(struct st_phrase_graph *graph);

/* ---- walking ---- */

/* What a spoken word is. Returns how many symbols were written. */
size_t st_phrase_graph_find_symbols(const struct st_phrase_graph *graph, const char *text,
                                    size_t bytes, uint32_t ret_symbols[ST_PHRASE_SYMBOLS_MAX]);

/* The edges of one symbol: `*place` begins at st_phrase_graph_edge_place; returns the next node, 0
 * when there are no more. */
uint32_t st_phrase_graph_edge_place(const struct st_phrase_graph *graph, uint32_t from,
                                    uint32_t symbol);
uint32_t st_phrase_graph_next_edge(const struct st_phrase_graph *graph, uint32_t from,
                                   uint32_t symbol, uint32_t *place);
/* Likewise the links to `node` after `prev`. */
uint32_t st_phrase_graph_link_place(const struct st_phrase_graph *graph, uint32_t prev,
                                    uint32_t node);
uint32_t st_phrase_graph_next_link(const struct st_phrase_graph *graph, uint32_t prev,
                                   uint32_t node, uint32_t *place);

const struct st_phrase_node *st_phrase_graph_node(const struct st_phrase_graph *graph,
                                                  uint32_t node);
const struct st_phrase_link *st_phrase_graph_link(const struct st_phrase_graph *graph,
                                                  uint32_t link);
const struct st_phrase_end *st_phrase_graph_end(const struct st_phrase_graph *graph, uint32_t end);

size_t st_phrase_graph_bytes(const struct st_phrase_graph *graph); /* of memory */

#endif
