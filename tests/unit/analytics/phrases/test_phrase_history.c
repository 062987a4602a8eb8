#include "phrases/phrase_history.h"
#include "run.h"

#include <stdlib.h>
#include <string.h>

static void put(struct st_phrase_history *history, unsigned seed)
{
    char text[64];
    size_t bytes = seed % sizeof(text);
    memset(text, 'a' + (int)(seed % 26), sizeof(text));
    st_phrase_history_put(history, text, bytes,
                          (struct st_phrase_spoken){.start_us = seed, .end_us = seed + 1});
}

static void check(const struct st_phrase_history *history, uint64_t number, unsigned seed)
{
    const char *text;
    const struct st_phrase_spoken *spoken = st_phrase_history_at(history, number, &text);
    ck_assert_int_eq(spoken->start_us, seed);
    ck_assert_uint_eq(spoken->bytes, seed % 64);
    for (size_t i = 0; i < spoken->bytes; i++)
        ck_assert_int_eq(text[i], 'a' + (int)(seed % 26));
}

START_TEST(the_last_words_are_known)
{
    struct st_phrase_history history;
    st_phrase_history_init(&history, 7);
    ck_assert_uint_eq(st_phrase_history_bytes(&history), 0);
    for (unsigned i = 0; i < 2000; i++) {
        put(&history, i * 7919);
        ck_assert_uint_eq(history.count, i + 1);
        ck_assert_uint_eq(st_phrase_history_oldest(&history), i < 7 ? 0 : i - 6);
        for (uint64_t k = st_phrase_history_oldest(&history); k <= i; k++)
            check(&history, k, (unsigned)k * 7919);
    }
    ck_assert_uint_lt(st_phrase_history_bytes(&history), 2000);
    st_phrase_history_fini(&history);
}
END_TEST

START_TEST(a_branch_leaves_its_trunk_alone)
{
    struct st_phrase_history trunk, branch;
    st_phrase_history_init(&trunk, 5);
    st_phrase_history_init(&branch, 5);
    for (unsigned i = 0; i < 50; i++) {
        put(&trunk, i);
        st_phrase_history_branch(&branch, &trunk);
        for (unsigned k = 0; k < i % 9; k++)
            put(&branch, 1000 + k);
        uint64_t first = branch.count > 5 ? branch.count - 5 : 0;
        for (uint64_t k = first; k < branch.count; k++)
            check(&branch, k, k <= i ? (unsigned)k : 1000 + (unsigned)(k - i - 1));
        check(&trunk, i, i);
        ck_assert_uint_eq(trunk.count, i + 1);
    }
    st_phrase_history_fini(&branch);
    st_phrase_history_fini(&trunk);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {the_last_words_are_known, a_branch_leaves_its_trunk_alone};
    return run_tests("phrase_history", tests, sizeof(tests) / sizeof(tests[0]));
}
