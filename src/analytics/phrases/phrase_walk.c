#include "phrase_walk.h"

#include "phrase_stream.h"
#include "text/fold.h"

#include "sidetone/mem.h"

#include <stdlib.h>
#include <string.h>

enum {
    BUDGET_SEGMENT = 65536,
    BUDGET_WORD = 64,
    NODE_STARRED_BIT = 31,
};

static const uint32_t starred = 1U << NODE_STARRED_BIT;

static void *reserve(void *array, uint32_t count, uint32_t *cap, size_t bytes)
{
    if (count <= *cap)
        return array;
    *cap = count + count / 2 + 4;
    return st_mem_realloc(array, *cap * bytes);
}

static void copy_actives(struct st_phrase_actives *actives, const struct st_phrase_actives *from)
{
    actives->items = reserve(actives->items, from->count, &actives->cap, sizeof(*actives->items));
    actives->count = from->count;
    actives->starred = from->starred;
    if (from->count > 0)
        memcpy(actives->items, from->items, from->count * sizeof(*from->items));
}

static void add_chain(struct st_phrase_chains *chains, struct st_phrase_chain chain)
{
    chains->items = reserve(chains->items, chains->count + 1, &chains->cap, sizeof(*chains->items));
    chains->items[chains->count++] = chain;
}

void st_phrase_walk_rest(struct st_phrase_walk *walk)
{
    free(walk->done.items);
    free(walk->spare.items);
    free(walk->middle[0].items);
    free(walk->middle[1].items);
    walk->done = (struct st_phrase_chains){0};
    walk->spare = walk->middle[0] = walk->middle[1] = (struct st_phrase_actives){0};
}

void st_phrase_walk_fini(struct st_phrase_walk *walk)
{
    st_phrase_walk_rest(walk);
    free(walk->active.items);
    free(walk->gaps.items);
    *walk = (struct st_phrase_walk){0};
}

void st_phrase_walk_copy(struct st_phrase_walk *walk, const struct st_phrase_walk *from)
{
    copy_actives(&walk->active, &from->active);
    walk->gaps.items =
        reserve(walk->gaps.items, from->gaps.count, &walk->gaps.cap, sizeof(*walk->gaps.items));
    walk->gaps.count = from->gaps.count;
    if (from->gaps.count > 0)
        memcpy(walk->gaps.items, from->gaps.items, from->gaps.count * sizeof(*from->gaps.items));
}

void st_phrase_walk_begin_segment(struct st_phrase_walk *walk)
{
    walk->budget = BUDGET_SEGMENT;
    walk->left_out = 0;
}

void st_phrase_walk_break(struct st_phrase_walk *walk)
{
    walk->active.count = walk->active.starred = 0;
    walk->gaps.count = 0;
}

bool st_phrase_walk_spend(struct st_phrase_walk *walk)
{
    if (walk->budget == 0) {
        walk->left_out++;
        return false;
    }
    walk->budget--;
    return true;
}

/* ---- words in order ---- */

/* One step over one word, or over a part of it. */
struct step {
    struct st_phrase_walk *walk;
    const struct st_phrase_graph *graph;
    uint32_t place;
};

static void add_active(struct step *step, struct st_phrase_actives *to, uint32_t node,
                       uint32_t start, bool is_starred)
{
    uint32_t count = is_starred ? to->starred : to->count - to->starred;
    if (count >= ST_PHRASE_ACTIVE_MAX) {
        step->walk->left_out++;
        return;
    }
    if (st_phrase_graph_node(step->graph, node)->is_joined)
        for (uint32_t i = 0; i < to->count; i++)
            if ((to->items[i].node & ~starred) == node && to->items[i].start == start)
                return;
    to->items = reserve(to->items, to->count + 1, &to->cap, sizeof(*to->items));
    to->items[to->count++] =
        (struct st_phrase_active){.node = node | (is_starred ? starred : 0), .start = start};
    to->starred += is_starred;
}

static void follow_symbol(struct step *step, struct st_phrase_active from, uint32_t symbol,
                          struct st_phrase_actives *to)
{
    uint32_t node = from.node & ~starred, next;
    bool is_starred = (from.node & starred) != 0 || (symbol & ST_PHRASE_STARRED) != 0;
    if (is_starred && !st_phrase_walk_spend(step->walk))
        return;
    uint32_t place = st_phrase_graph_edge_place(step->graph, node, symbol);
    while ((next = st_phrase_graph_next_edge(step->graph, node, symbol, &place)) != 0)
        add_active(step, to, next, from.start, is_starred);
}

static void follow(struct step *step, const struct st_phrase_actives *from, bool may_begin,
                   const uint32_t *symbols, size_t count, struct st_phrase_actives *to)
{
    for (size_t i = 0; i < count; i++) {
        for (uint32_t k = 0; k < from->count; k++)
            follow_symbol(step, from->items[k], symbols[i], to);
        if (may_begin)
            follow_symbol(step, (struct st_phrase_active){.start = step->place}, symbols[i], to);
    }
}

/* A word that is read as several: a phrase may go through it, but not begin or end inside. */
struct inside {
    struct step *step;
    const struct st_phrase_actives *from;
    unsigned at; /* which of walk->middle is filled next */
    bool is_begun;
};

static void follow_inside(struct inside *inside, const uint32_t *symbols, size_t count,
                          struct st_phrase_actives *last)
{
    struct st_phrase_actives *to = last ? last : &inside->step->walk->middle[inside->at];
    if (!last)
        to->count = to->starred = 0;
    follow(inside->step, inside->from, !inside->is_begun, symbols, count, to);
    inside->is_begun = true;
    inside->from = to;
    inside->at ^= 1;
}

static void follow_contraction(struct step *step, const struct st_phrase_set *set, uint32_t symbol)
{
    struct st_phrase_walk *walk = step->walk;
    for (size_t k = 0; k < ST_CONTRACTION_READINGS_MAX; k++) {
        const uint32_t *reading = set->readings[symbol - 1][k];
        struct inside inside = {.step = step, .from = &walk->active};
        for (size_t i = 0; i < ST_CONTRACTION_WORDS_MAX && reading[i] != 0; i++)
            follow_inside(&inside, &reading[i], 1, reading[i + 1] == 0 ? &walk->spare : NULL);
    }
}

/* "follow-up" as "follow up" and as "followup". */
static void follow_hyphens(struct step *step, const char *text, size_t bytes)
{
    struct st_phrase_walk *walk = step->walk;
    char joined[ST_FOLD_WORD_BYTES_MAX];
    uint32_t symbols[ST_PHRASE_SYMBOLS_MAX];
    struct inside inside = {.step = step, .from = &walk->active};
    size_t used = 0;
    for (const char *at = text, *end = text + bytes; at <= end;) {
        const char *hyphen = memchr(at, '-', (size_t)(end - at));
        size_t part = (size_t)((hyphen ? hyphen : end) - at);
        size_t count = st_phrase_graph_find_symbols(step->graph, at, part, symbols);
        follow_inside(&inside, symbols, count, hyphen ? NULL : &walk->spare);
        memcpy(joined + used, at, part);
        used += part;
        at += part + 1;
    }
    size_t count = st_phrase_graph_find_symbols(step->graph, joined, used, symbols);
    follow(step, &walk->active, true, symbols, count, &walk->spare);
}

/* ---- gaps ---- */

static void close_gaps(struct st_phrase_walk *walk, const struct st_phrase_graph *graph,
                       uint32_t end)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < walk->gaps.count; i++) {
        struct st_phrase_chain gap = walk->gaps.items[i];
        const struct st_phrase_link *link = st_phrase_graph_link(graph, gap.link);
        if (end - gap.end < (uint32_t)link->gap_after + link->words_after)
            walk->gaps.items[kept++] = gap;
    }
    walk->gaps.count = kept;
}

static void open_gaps(struct st_phrase_walk *walk, const struct st_phrase_graph *graph)
{
    for (uint32_t i = 0; i < walk->done.count; i++) {
        const struct st_phrase_chain *done = &walk->done.items[i];
        bool is_known = false;
        if (st_phrase_graph_link(graph, done->link)->words_after == 0)
            continue;
        for (uint32_t k = walk->gaps.count; k > 0 && walk->gaps.items[k - 1].end == done->end; k--)
            is_known |= walk->gaps.items[k - 1].link == done->link;
        if (is_known)
            continue;
        if (walk->gaps.count >= ST_PHRASE_GAPS_MAX)
            walk->left_out++;
        else
            add_chain(&walk->gaps, *done);
    }
}

static void continue_chains(struct step *step, uint32_t node, uint32_t start)
{
    struct st_phrase_walk *walk = step->walk;
    for (uint32_t i = 0; i < walk->gaps.count; i++) {
        const struct st_phrase_chain *gap = &walk->gaps.items[i];
        uint32_t between = start - gap->end, link;
        if (between > st_phrase_graph_link(step->graph, gap->link)->gap_after)
            continue; /* behind a start that lies before it, this is a large number */
        if (!st_phrase_walk_spend(walk))
            return;
        uint32_t place = st_phrase_graph_link_place(step->graph, gap->link, node);
        while ((link = st_phrase_graph_next_link(step->graph, gap->link, node, &place)) != 0)
            if (between <= st_phrase_graph_link(step->graph, link)->gap)
                add_chain(&walk->done, (struct st_phrase_chain){.link = link,
                                                                .start = gap->start,
                                                                .end = step->place + 1});
    }
}

/* ---- steps ---- */

static int compare_chains(const void *left, const void *right)
{
    const struct st_phrase_chain *a = left, *b = right;
    uint32_t long_a = a->end - a->start, long_b = b->end - b->start;
    if (long_a != long_b)
        return long_a < long_b ? -1 : 1;
    return a->link < b->link ? -1 : a->link > b->link;
}

static void complete(struct step *step)
{
    struct st_phrase_walk *walk = step->walk;
    for (uint32_t i = 0; i < walk->active.count; i++) {
        struct st_phrase_active active = walk->active.items[i];
        uint32_t number = active.node & ~starred;
        const struct st_phrase_node *node = st_phrase_graph_node(step->graph, number);
        if (node->link != 0)
            add_chain(&walk->done, (struct st_phrase_chain){.link = node->link,
                                                            .start = active.start,
                                                            .end = step->place + 1});
        if (node->is_continued && walk->gaps.count > 0)
            continue_chains(step, number, active.start);
    }
    if (walk->done.count > 1)
        qsort(walk->done.items, walk->done.count, sizeof(*walk->done.items), compare_chains);
}

static void read_word(struct step *step, const struct st_phrase_set *set, const char *text,
                      size_t bytes)
{
    struct st_phrase_walk *walk = step->walk;
    uint32_t symbols[ST_PHRASE_SYMBOLS_MAX];
    size_t count = st_phrase_graph_find_symbols(step->graph, text, bytes, symbols);
    follow(step, &walk->active, true, symbols, count, &walk->spare);
    if (count > 0 && symbols[0] <= st_contraction_count)
        follow_contraction(step, set, symbols[0]);
    if (memchr(text, '-', bytes))
        follow_hyphens(step, text, bytes);
}

void st_phrase_walk_step(struct st_phrase_walk *walk, const struct st_phrase_set *set,
                         const char *text, size_t bytes, uint32_t place)
{
    struct step step = {.walk = walk, .graph = set->graph, .place = place};
    struct st_phrase_actives last;
    walk->budget += BUDGET_WORD;
    walk->spare.count = walk->spare.starred = 0;
    walk->done.count = 0;
    if (bytes > 0)
        read_word(&step, set, text, bytes);
    last = walk->active;
    walk->active = walk->spare;
    walk->spare = last;
    if (walk->active.count > 0)
        complete(&step);
    if (walk->gaps.count > 0)
        close_gaps(walk, set->graph, place + 1);
    if (walk->done.count > 0)
        open_gaps(walk, set->graph);
}

size_t st_phrase_walk_bytes(const struct st_phrase_walk *walk)
{
    return (walk->active.cap + walk->spare.cap + walk->middle[0].cap + walk->middle[1].cap) *
               sizeof(struct st_phrase_active) +
           (walk->gaps.cap + walk->done.cap) * sizeof(struct st_phrase_chain);
}
