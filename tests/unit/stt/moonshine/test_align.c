#include "moonshine/align.h"

#include "run.h"

#include <stdlib.h>

enum { FRAMES = 40, TOKENS = 5 };

static float weights[TOKENS][FRAMES];
static const float *rows[TOKENS];
static size_t starts[TOKENS];

static void look_at(size_t token, size_t from, size_t until)
{
    rows[token] = weights[token];
    for (size_t i = 0; i < FRAMES; i++)
        weights[token][i] = i >= from && i < until ? 3 : -0.5F;
}

START_TEST(each_token_starts_where_it_looks)
{
    static const size_t edges[TOKENS + 1] = {0, 7, 11, 20, 33, FRAMES};
    for (size_t i = 0; i < TOKENS; i++)
        look_at(i, edges[i], edges[i + 1]);
    st_align_run(rows, TOKENS, FRAMES, starts);
    for (size_t i = 0; i < TOKENS; i++)
        ck_assert_uint_eq(starts[i], edges[i]);
}
END_TEST

START_TEST(starts_rise_whatever_the_weights)
{
    unsigned seed = 7;
    for (int round = 0; round < 500; round++) {
        for (size_t t = 0; t < TOKENS; t++) {
            rows[t] = weights[t];
            for (size_t i = 0; i < FRAMES; i++)
                weights[t][i] = (float)(rand_r(&seed) % 1000) / 250 - 2;
        }
        st_align_run(rows, TOKENS, FRAMES, starts);
        ck_assert_uint_eq(starts[0], 0);
        for (size_t t = 1; t < TOKENS; t++)
            ck_assert_uint_ge(starts[t], starts[t - 1]);
        ck_assert_uint_lt(starts[TOKENS - 1], FRAMES);
    }
}
END_TEST

START_TEST(more_tokens_than_frames_share_them)
{
    for (size_t i = 0; i < TOKENS; i++)
        look_at(i, 0, 1);
    st_align_run(rows, TOKENS, 2, starts);
    ck_assert_uint_le(starts[TOKENS - 1], 1);
    st_align_run(rows, TOKENS, 1, starts);
    ck_assert_uint_eq(starts[TOKENS - 1], 0);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, each_token_starts_where_it_looks);
    tcase_add_test(tcase, starts_rise_whatever_the_weights);
    tcase_add_test(tcase, more_tokens_than_frames_share_them);
    return run_case("align", tcase);
}
