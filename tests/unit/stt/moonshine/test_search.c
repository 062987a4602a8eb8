#include "moonshine/search.h"

#include "run.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A language of letters: what follows depends on the last letter alone, as a table of
 * probabilities says. Id 0 begins, 1 ends. */
enum { LETTERS = 8, BEGIN = 0, END = 1 };

struct language {
    float next[LETTERS][LETTERS];
    float scores[ST_SEARCH_BEAM_MAX * LETTERS];
    int64_t last[ST_SEARCH_BEAM_MAX];
    size_t rows, steps;
    int fails_at;
};

static int step(void *user, const int64_t *ids, const size_t *parents, size_t rows,
                const float **ret_scores)
{
    struct language *language = user;
    ck_assert_uint_le(rows, ST_SEARCH_BEAM_MAX);
    for (size_t i = 0; i < rows; i++)
        ck_assert(language->steps == 0 || parents[i] < language->rows);
    if (language->fails_at > 0 && (int)language->steps + 1 == language->fails_at)
        return -EIO;
    language->rows = rows;
    language->steps++;
    for (size_t i = 0; i < rows; i++)
        for (size_t k = 0; k < LETTERS; k++)
            language->scores[i * LETTERS + k] = 5 + logf(language->next[ids[i]][k] + 1e-9F);
    *ret_scores = language->scores;
    return 0;
}

static int run(struct language *language, size_t beam, size_t tokens_max,
               struct st_search_result *result)
{
    struct st_search_scorer scorer = {step, language, LETTERS};
    struct st_search_options options = {
        .begin = BEGIN, .end = END, .beam = beam, .tokens_max = tokens_max};
    return st_search_run(&scorer, &options, result);
}

static void expect(const struct st_search_result *result, const char *digits)
{
    ck_assert_uint_eq(result->count, strlen(digits));
    for (size_t i = 0; i < result->count; i++)
        ck_assert_int_eq(result->tokens[i], digits[i] - '0');
}

/* 2 looks best at first, but what follows it does not; 3 then 4 is likelier as a whole. */
static struct language tempting(void)
{
    struct language language = {.next = {
                                    [BEGIN] = {[2] = 0.55F, [3] = 0.45F},
                                    [2] = {[5] = 0.4F, [6] = 0.3F, [7] = 0.3F},
                                    [3] = {[4] = 1.0F},
                                    [4] = {[END] = 1.0F},
                                    [5] = {[END] = 1.0F},
                                    [6] = {[END] = 1.0F},
                                    [7] = {[END] = 1.0F},
                                }};
    return language;
}

START_TEST(greedy_takes_the_best_next_token)
{
    struct language language = tempting();
    struct st_search_result result;
    ck_assert_int_eq(run(&language, 1, 10, &result), 0);
    expect(&result, "251");
    ck_assert(!result.is_capped);
}
END_TEST

START_TEST(a_beam_finds_the_likelier_whole)
{
    for (size_t beam = 2; beam <= ST_SEARCH_BEAM_MAX; beam++) {
        struct language language = tempting();
        struct st_search_result result;
        ck_assert_int_eq(run(&language, beam, 10, &result), 0);
        expect(&result, "341");
        ck_assert(fabs(result.score - log(0.45)) < 1e-3);
        ck_assert(fabs(result.log_probs[0] - log(0.45)) < 1e-3);
    }
}
END_TEST

START_TEST(rows_tell_where_a_token_was_scored)
{
    struct language language = tempting();
    struct st_search_result result;
    ck_assert_int_eq(run(&language, 2, 10, &result), 0);
    ck_assert_uint_eq(result.rows[0], 0);
    ck_assert_uint_eq(result.rows[1], 2); /* step 2 has rows 1 (after 2) and 2 (after 3) */
    ck_assert_uint_ge(result.rows[2], 3);
}
END_TEST

START_TEST(the_limit_is_kept_and_told)
{
    struct language language = {.next = {[BEGIN] = {[2] = 1},
                                         [2] = {[3] = 1},
                                         [3] = {[4] = 1},
                                         [4] = {[5] = 1},
                                         [5] = {[6] = 1},
                                         [6] = {[7] = 1}}};
    struct st_search_result result;
    ck_assert_int_eq(run(&language, 2, 4, &result), 0);
    ck_assert_uint_eq(result.count, 4);
    ck_assert(result.is_capped);
}
END_TEST

/* 2 follows itself for ever; the ban lets the sentence end. */
START_TEST(a_loop_is_left)
{
    for (size_t beam = 1; beam <= 2; beam++) {
        struct language language = {
            .next = {[BEGIN] = {[2] = 1}, [2] = {[2] = 0.9F, [3] = 0.1F}, [3] = {[END] = 1}}};
        struct st_search_result result;
        ck_assert_int_eq(run(&language, beam, 60, &result), 0);
        ck_assert(!result.is_capped);
        ck_assert(!st_search_is_loop(result.tokens, result.count));
        if (beam == 1)
            expect(&result, "222231");
    }
}
END_TEST

START_TEST(loops_are_recognised)
{
    static const struct {
        const char *digits;
        bool is_loop;
    } rows[] = {
        {"22222", true},  {"2222", false},       {"232323", true},
        {"23232", false}, {"4532453245", false}, {"453245324532", true},
        {"92222", false}, {"", false},           {"234567234567234567", true},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t tokens[32];
        size_t count = strlen(rows[i].digits);
        for (size_t k = 0; k < count; k++)
            tokens[k] = rows[i].digits[k];
        ck_assert_msg(st_search_is_loop(tokens, count) == rows[i].is_loop, "%s", rows[i].digits);
    }
}
END_TEST

START_TEST(a_failing_scorer_ends_the_search)
{
    struct language language = tempting();
    struct st_search_result result;
    language.fails_at = 2;
    ck_assert_int_eq(run(&language, 2, 10, &result), -EIO);
}
END_TEST

START_TEST(a_cancelled_search_ends)
{
    struct language language = tempting();
    struct st_search_result result;
    atomic_bool is_cancelled = true;
    struct st_search_scorer scorer = {step, &language, LETTERS};
    struct st_search_options options = {
        .begin = BEGIN, .end = END, .beam = 1, .tokens_max = 9, .is_cancelled = &is_cancelled};
    ck_assert_int_eq(st_search_run(&scorer, &options, &result), -ECANCELED);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, greedy_takes_the_best_next_token);
    tcase_add_test(tcase, a_beam_finds_the_likelier_whole);
    tcase_add_test(tcase, rows_tell_where_a_token_was_scored);
    tcase_add_test(tcase, the_limit_is_kept_and_told);
    tcase_add_test(tcase, a_loop_is_left);
    tcase_add_test(tcase, loops_are_recognised);
    tcase_add_test(tcase, a_failing_scorer_ends_the_search);
    tcase_add_test(tcase, a_cancelled_search_ends);
    return run_case("search", tcase);
}
