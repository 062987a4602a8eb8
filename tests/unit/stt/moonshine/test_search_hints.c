/* A search with hints, in a language of a few words whose probabilities stand in a table. */
#include "moonshine/search.h"

#include "small_vocabulary.h"

#include "run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What is said begins with _K or _T; "_K ar l" is a name, "_K ar" and "_T ar" are none. */
static const char *const entries[] = {"_K", "ar", "l", "_T", "_", "K", "a", "r", "ad"};
enum { K = FIRST_PIECE, AR, L, T, AD = FIRST_PIECE + 8, ROWS_MAX = 64 };

struct language {
    /* next[from][to], from and to counted from FIRST_PIECE; from 9 is the beginning, to 9 the end
     */
    float next[10][10];
    float *scores;
    size_t rows;
    double noise; /* added to every score: what a model has beside what matters */
};

static struct st_tokenizer *tokenizer;
static struct st_pieces *pieces;
static struct st_hints *hints;

static size_t position(int64_t id)
{
    return id >= FIRST_PIECE && id < FIRST_PIECE + 9 ? (size_t)(id - FIRST_PIECE) : 9;
}

static int step(void *user, const int64_t *ids, const size_t *parents, size_t rows,
                const float **ret_scores)
{
    struct language *language = user;
    for (size_t i = 0; i < rows; i++) {
        float *scores = language->scores + i * ST_TOKENIZER_VOCABULARY;
        for (size_t k = 0; k < ST_TOKENIZER_VOCABULARY; k++)
            scores[k] = (float)(-30 - language->noise * (double)(k % 7));
        const float *next = language->next[position(ids[i])];
        for (size_t k = 0; k < 9; k++)
            if (next[k] > 0)
                scores[FIRST_PIECE + k] = 3 + logf(next[k]);
        if (next[9] > 0)
            scores[ST_TOKEN_END] = 3 + logf(next[9]);
    }
    language->rows += rows;
    *ret_scores = language->scores;
    return 0;
}

static struct st_search_result search(struct language *language, size_t beam,
                                      const struct st_hints *with, size_t tokens_max)
{
    struct st_search_result result;
    language->scores =
        calloc(ST_SEARCH_BEAM_MAX * ST_TOKENIZER_VOCABULARY, sizeof(language->scores[0]));
    struct st_search_scorer scorer = {step, language, ST_TOKENIZER_VOCABULARY};
    struct st_search_options options = {.begin = ST_TOKEN_BEGIN,
                                        .end = ST_TOKEN_END,
                                        .beam = beam,
                                        .tokens_max = tokens_max,
                                        .hints = with};
    ck_assert_int_eq(st_search_run(&scorer, &options, &result), 0);
    free(language->scores);
    return result;
}

/* `likely` is the probability of "_T ar"; the name has the rest. */
static struct language two_ways(float likely)
{
    return (struct language){.next = {
                                 [9] = {[3] = likely, [0] = 1 - likely},
                                 [0] = {[1] = 1},
                                 [1] = {[9] = 0.5F, [2] = 0.5F},
                                 [2] = {[9] = 1},
                                 [3] = {[8] = 1},
                                 [8] = {[9] = 1},
                             }};
}

static void begin(void)
{
    tokenizer = small_vocabulary(entries, sizeof(entries) / sizeof(entries[0]));
    st_pieces_create(&pieces, tokenizer);
    st_hints_create(&hints, pieces, (const char *const[]){"Karl"}, 1);
}

static void end(void)
{
    st_hints_unref(hints);
    st_pieces_destroy(pieces);
    st_tokenizer_destroy(tokenizer);
}

static void expect(const struct st_search_result *result, size_t count, const int64_t *wanted)
{
    ck_assert_uint_eq(result->count, count);
    for (size_t i = 0; i < count; i++)
        ck_assert_int_eq(result->tokens[i], wanted[i]);
}

static const int64_t plain[] = {T, AD, ST_TOKEN_END};
static const int64_t name[] = {K, AR, L, ST_TOKEN_END};

START_TEST(a_name_that_is_nearly_heard_is_found)
{
    for (size_t beam = 2; beam <= ST_SEARCH_BEAM_MAX; beam++) {
        struct language language = two_ways(0.8F);
        struct st_search_result result = search(&language, beam, NULL, 10);
        expect(&result, 3, plain);
        result = search(&language, beam, hints, 10);
        expect(&result, 4, name);
        ck_assert_double_gt(result.walk.bonus, 0);
    }
}
END_TEST

/* What is given back is the model's opinion, not ours. */
START_TEST(scores_are_without_the_bonus)
{
    struct language language = two_ways(0.8F);
    struct st_search_result result = search(&language, 3, hints, 10);
    ck_assert(fabs(result.score - log(0.2 * 0.5)) < 1e-3);
    ck_assert(fabs((double)result.log_probs[0] - log(0.2)) < 1e-3);
}
END_TEST

START_TEST(a_name_that_is_not_heard_is_not_invented)
{
    struct language language = two_ways(0.9999F);
    struct st_search_result result = search(&language, 3, hints, 10);
    expect(&result, 3, plain);
    ck_assert(fabs(result.walk.bonus) < 1e-6);
}
END_TEST

/* "Kar" is likelier by what "_K" and "ar" have earned, until it ends without the "l". */
START_TEST(a_name_that_breaks_off_wins_nothing)
{
    struct language language = two_ways(0.6F);
    language.next[1][2] = 0;
    language.next[1][9] = 1;
    struct st_search_result result = search(&language, 3, hints, 10);
    expect(&result, 3, plain);
    result = search(&language, 3, hints, 2); /* nor when there is no room for its end */
    expect(&result, 2, plain);
    ck_assert(result.is_capped);
}
END_TEST

/* Both ways into a name look better than what was said, until they break off; by then what was said
 * must not have been pushed out. */
START_TEST(what_was_said_is_not_pushed_out)
{
    struct st_hints *two;
    st_hints_create(&two, pieces, (const char *const[]){"Karl", "Kadl"}, 2);
    struct language language = {.next = {
                                    [9] = {[3] = 0.6F, [0] = 0.4F},
                                    [0] = {[1] = 0.5F, [8] = 0.5F},
                                    [1] = {[9] = 1},
                                    [3] = {[6] = 1},
                                    [6] = {[9] = 1},
                                    [8] = {[9] = 1},
                                }};
    struct st_search_result result = search(&language, 2, two, 10);
    ck_assert_int_eq(result.tokens[0], T);
    st_hints_unref(two);
}
END_TEST

/* A name takes longer to write than what it may be mistaken for. */
START_TEST(a_name_is_not_given_up_while_it_is_written)
{
    struct st_hint_walk walk = {0};
    st_hints_step(hints, &walk, K);
    double first = walk.bonus;
    st_hints_step(hints, &walk, AR);
    double next = walk.bonus - first;
    struct language language = {.next = {
                                    [0] = {[1] = 1},
                                    [1] = {[2] = 1},
                                    [2] = {[9] = 1},
                                    [3] = {[9] = 1},
                                }};
    float rare = (float)exp(-first - 1.5 * next);
    language.next[9][0] = rare;
    language.next[9][3] = 1 - rare;
    struct st_search_result result = search(&language, 3, hints, 10);
    expect(&result, 4, name);
}
END_TEST

/* The name's first piece is the seventh of what the model thinks of: the beam looks at five. */
START_TEST(what_a_hint_waits_for_is_looked_at_among_many)
{
    struct language language = two_ways(0.3F);
    const float others[] = {0.08F, 0, 0, 0.1F, 0.1F, 0.1F, 0.1F, 0.1F, 0.1F};
    memcpy(language.next[9], others, sizeof(others));
    for (size_t from = 3; from < 9; from++)
        language.next[from][9] = 1;
    struct st_search_result result = search(&language, 3, hints, 10);
    expect(&result, 4, name);
    result = search(&language, 3, NULL, 10);
    ck_assert_int_ne(result.tokens[0], K);
}
END_TEST

/* The same rows are asked for and the same bits come back, whatever there is to confuse them. */
START_TEST(without_hints_nothing_is_different)
{
    struct st_hints *none;
    st_hints_create(&none, pieces, NULL, 0);
    for (unsigned round = 0; round < 200; round++) {
        struct language language = {.noise = (double)round / 50};
        srand(round);
        for (size_t from = 0; from < 10; from++)
            for (size_t to = 0; to < 10; to++)
                language.next[from][to] = (float)(rand() % 100) / 100;
        struct language same = language;
        size_t beam = 1 + round % ST_SEARCH_BEAM_MAX;
        struct st_search_result without = search(&language, beam, NULL, 20);
        struct st_search_result empty = search(&same, beam, none, 20);
        expect(&empty, without.count, without.tokens);
        ck_assert_mem_eq(empty.log_probs, without.log_probs, without.count * sizeof(float));
        ck_assert_mem_eq(empty.rows, without.rows, without.count * sizeof(uint16_t));
        ck_assert_mem_eq(&empty.score, &without.score, sizeof(double));
        ck_assert_uint_eq(language.rows, same.rows);
    }
    st_hints_unref(none);
}
END_TEST

START_TEST(a_hint_is_not_said_for_ever)
{
    struct language language = two_ways(0.5F);
    language.next[2][0] = 0.5F; /* after the name, the name again */
    language.next[2][9] = 0.5F;
    struct st_search_result result = search(&language, 3, hints, 100);
    ck_assert(!st_search_is_loop(result.tokens, result.count));
    ck_assert(!result.is_capped);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, a_name_that_is_nearly_heard_is_found);
    tcase_add_test(tcase, scores_are_without_the_bonus);
    tcase_add_test(tcase, a_name_that_is_not_heard_is_not_invented);
    tcase_add_test(tcase, a_name_that_breaks_off_wins_nothing);
    tcase_add_test(tcase, what_was_said_is_not_pushed_out);
    tcase_add_test(tcase, a_name_is_not_given_up_while_it_is_written);
    tcase_add_test(tcase, what_a_hint_waits_for_is_looked_at_among_many);
    tcase_add_test(tcase, without_hints_nothing_is_different);
    tcase_add_test(tcase, a_hint_is_not_said_for_ever);
    return run_case("search_hints", tcase);
}
