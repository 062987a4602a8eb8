#include "phrases/phrase_graph.h"
#include "run.h"

#include <string.h>

static uint32_t word(struct st_phrase_graph *graph, const char *text)
{
    return st_phrase_graph_add_symbol(graph, ST_PHRASE_WORD, text, strlen(text));
}

static uint32_t add_node(struct st_phrase_graph *graph, uint32_t from, const char *text)
{
    struct st_phrase_edge edge = {.from = from, .symbol = word(graph, text)};
    return st_phrase_graph_add_node(graph, &edge, 1);
}

START_TEST(symbols_are_words_and_stems)
{
    struct st_phrase_graph *graph = st_phrase_graph_create();
    uint32_t symbols[ST_PHRASE_SYMBOLS_MAX];
    uint32_t can = st_phrase_graph_add_symbol(graph, ST_PHRASE_PREFIX, "can", 3);
    uint32_t cancel = st_phrase_graph_add_symbol(graph, ST_PHRASE_PREFIX, "cancel", 6);
    uint32_t ell = st_phrase_graph_add_symbol(graph, ST_PHRASE_SUFFIX, "led", 3);
    uint32_t whole = word(graph, "cancelled");
    ck_assert_uint_eq(word(graph, "cancelled"), whole);
    ck_assert_uint_ne(word(graph, "can"), can);
    ck_assert((can & ST_PHRASE_STARRED) != 0 && (whole & ST_PHRASE_STARRED) == 0);
    st_phrase_graph_finish(graph);
    ck_assert_uint_eq(st_phrase_graph_find_symbols(graph, "cancelled", 9, symbols), 4);
    ck_assert_uint_eq(symbols[0], whole);
    ck_assert_uint_eq(symbols[1], can);
    ck_assert_uint_eq(symbols[2], cancel);
    ck_assert_uint_eq(symbols[3], ell);
    ck_assert_uint_eq(st_phrase_graph_find_symbols(graph, "cance", 5, symbols), 1);
    ck_assert_uint_eq(st_phrase_graph_find_symbols(graph, "le", 2, symbols), 0);
    ck_assert_uint_eq(st_phrase_graph_find_symbols(graph, "", 0, symbols), 0);
    st_phrase_graph_destroy(graph);
}
END_TEST

START_TEST(beginnings_are_shared)
{
    struct st_phrase_graph *graph = st_phrase_graph_create();
    uint32_t a = add_node(graph, 0, "a"), ab = add_node(graph, a, "b");
    ck_assert_uint_eq(add_node(graph, 0, "a"), a);
    ck_assert_uint_ne(add_node(graph, 0, "b"), ab);
    struct st_phrase_edge edges[] = {{.from = a, .symbol = word(graph, "b")},
                                     {.from = 0, .symbol = word(graph, "ab")},
                                     {.from = a, .symbol = word(graph, "b")}};
    uint32_t joined = st_phrase_graph_add_node(graph, edges, 3);
    ck_assert_uint_ne(joined, ab);
    struct st_phrase_edge turned[] = {edges[1], edges[0]};
    ck_assert_uint_eq(st_phrase_graph_add_node(graph, turned, 2), joined);
    uint32_t b = word(graph, "b"), place, found[3] = {0};
    st_phrase_graph_finish(graph);
    place = st_phrase_graph_edge_place(graph, a, b);
    for (size_t i = 0; i < 3; i++)
        found[i] = st_phrase_graph_next_edge(graph, a, b, &place);
    ck_assert(found[0] + found[1] == ab + joined && found[0] != found[1] && found[2] == 0);
    ck_assert(st_phrase_graph_node(graph, joined)->is_joined);
    ck_assert_uint_eq(st_phrase_graph_node(graph, joined)->words, 2);
    ck_assert(!st_phrase_graph_node(graph, ab)->is_joined);
    st_phrase_graph_destroy(graph);
}
END_TEST

START_TEST(chains_are_shared)
{
    struct st_phrase_graph *graph = st_phrase_graph_create();
    uint32_t a = add_node(graph, 0, "a"), b = add_node(graph, 0, "b");
    uint32_t first = st_phrase_graph_add_link(graph, 0, 0, a);
    uint32_t near = st_phrase_graph_add_link(graph, first, 2, b);
    uint32_t far = st_phrase_graph_add_link(graph, first, 9, b);
    ck_assert_uint_eq(st_phrase_graph_add_link(graph, 0, 0, a), first);
    ck_assert_uint_eq(st_phrase_graph_add_link(graph, first, 2, b), near);
    ck_assert_uint_ne(near, far);
    ck_assert_uint_eq(st_phrase_graph_span(graph, far), 11);
    ck_assert(st_phrase_graph_add_end(graph, near, 5, 1));
    ck_assert(!st_phrase_graph_add_end(graph, near, 6, 1));
    ck_assert(st_phrase_graph_add_end(graph, near, 7, 2));
    ck_assert(st_phrase_graph_add_end(graph, far, 8, 1));
    st_phrase_graph_finish(graph);
    const struct st_phrase_link *link = st_phrase_graph_link(graph, first);
    ck_assert_uint_eq(link->gap_after, 9);
    ck_assert_uint_eq(link->words_after, 1);
    ck_assert(st_phrase_graph_node(graph, b)->is_continued);
    const struct st_phrase_end *end =
        st_phrase_graph_end(graph, st_phrase_graph_link(graph, near)->end);
    ck_assert_uint_eq(end->pattern, 5);
    ck_assert_uint_eq(st_phrase_graph_end(graph, end->next)->pattern, 7);
    uint32_t place = st_phrase_graph_link_place(graph, first, b);
    ck_assert_uint_ne(st_phrase_graph_next_link(graph, first, b, &place), 0);
    ck_assert_uint_ne(st_phrase_graph_next_link(graph, first, b, &place), 0);
    ck_assert_uint_eq(st_phrase_graph_next_link(graph, first, b, &place), 0);
    st_phrase_graph_destroy(graph);
    st_phrase_graph_destroy(NULL);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {symbols_are_words_and_stems, beginnings_are_shared, chains_are_shared};
    return run_tests("phrase_graph", tests, sizeof(tests) / sizeof(tests[0]));
}
