#include "automaton.h"
#include "run.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

START_TEST(words_are_numbered_once)
{
    struct st_automaton *automaton = st_automaton_create();
    ck_assert_uint_eq(st_automaton_find_word(automaton, "a", 1), 0);
    for (uint32_t round = 0; round < 2; round++)
        for (uint32_t i = 0; i < 5000; i++) {
            char text[16];
            size_t bytes = (size_t)snprintf(text, sizeof(text), "w%u", i);
            ck_assert_uint_eq(st_automaton_add_word(automaton, text, bytes), i + 1);
        }
    ck_assert_uint_eq(st_automaton_find_word(automaton, "w77", 3), 78);
    ck_assert_uint_eq(st_automaton_find_word(automaton, "w77x", 4), 0);
    ck_assert_uint_eq(st_automaton_find_word(automaton, "", 0), 0);
    st_automaton_destroy(automaton);
}
END_TEST

START_TEST(a_known_sequence_keeps_its_value)
{
    struct st_automaton *automaton = st_automaton_create();
    const uint32_t words[] = {1, 2, 3};
    uint32_t *value = st_automaton_add(automaton, words, 3);
    ck_assert_uint_eq(*value, 0);
    *value = 9;
    ck_assert_uint_eq(*st_automaton_add(automaton, words, 2), 0);
    ck_assert_uint_eq(*st_automaton_add(automaton, words, 3), 9);
    st_automaton_destroy(automaton);
}
END_TEST

enum { SEQUENCES = 60, STREAM = 4000, LEN_MAX = 5, ALPHABET = 3 };

struct sequence {
    uint32_t words[LEN_MAX];
    size_t count;
};

static bool ends_here(const struct sequence *sequence, const uint32_t *stream, size_t len)
{
    return sequence->count <= len && memcmp(sequence->words, stream + len - sequence->count,
                                            sequence->count * sizeof(uint32_t)) == 0;
}

static bool is_reported(const struct st_automaton *automaton, uint32_t state, uint32_t value)
{
    for (uint32_t node = st_automaton_first(automaton, state); node != 0;
         node = st_automaton_next(automaton, node))
        if (st_automaton_value(automaton, node) == value)
            return true;
    return false;
}

static uint32_t *add(struct st_automaton *automaton, struct sequence *sequence, unsigned *seed)
{
    sequence->count = 1 + (size_t)rand_r(seed) % LEN_MAX;
    for (size_t i = 0; i < sequence->count; i++)
        sequence->words[i] = 1 + (uint32_t)rand_r(seed) % ALPHABET;
    return st_automaton_add(automaton, sequence->words, sequence->count);
}

START_TEST(it_finds_exactly_what_a_plain_search_finds)
{
    unsigned seed = 3;
    for (int round = 0; round < 20; round++) {
        struct sequence sequences[SEQUENCES];
        uint32_t stream[STREAM], state = 0, values[SEQUENCES];
        struct st_automaton *automaton = st_automaton_create();
        for (uint32_t i = 0; i < SEQUENCES; i++) {
            uint32_t *value = add(automaton, &sequences[i], &seed);
            *value = values[i] = *value != 0 ? *value : i + 1;
        }
        st_automaton_build(automaton);
        for (size_t at = 0; at < STREAM; at++) {
            stream[at] = (uint32_t)rand_r(&seed) % (ALPHABET + 1);
            state = st_automaton_step(automaton, state, stream[at]);
            for (uint32_t i = 0; i < SEQUENCES; i++)
                ck_assert_int_eq(is_reported(automaton, state, values[i]),
                                 ends_here(&sequences[i], stream, at + 1));
        }
        st_automaton_destroy(automaton);
    }
}
END_TEST

START_TEST(longer_sequences_come_first)
{
    struct st_automaton *automaton = st_automaton_create();
    const uint32_t words[] = {1, 2, 3};
    for (uint32_t skip = 0; skip < 3; skip++)
        *st_automaton_add(automaton, words + skip, 3 - skip) = skip + 1;
    st_automaton_build(automaton);
    uint32_t state = 0;
    for (size_t i = 0; i < 3; i++)
        state = st_automaton_step(automaton, state, words[i]);
    uint32_t node = st_automaton_first(automaton, state);
    for (uint32_t expected = 1; expected <= 3; expected++) {
        ck_assert_uint_eq(st_automaton_value(automaton, node), expected);
        node = st_automaton_next(automaton, node);
    }
    ck_assert_uint_eq(node, 0);
    st_automaton_destroy(automaton);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {words_are_numbered_once, a_known_sequence_keeps_its_value,
                            it_finds_exactly_what_a_plain_search_finds,
                            longer_sequences_come_first};
    return run_tests("automaton", tests, sizeof(tests) / sizeof(tests[0]));
}
