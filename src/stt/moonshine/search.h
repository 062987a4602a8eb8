/*
 * Finds the token sequence for an utterance: beam search, greedy with a beam of one.
 *
 * No length penalty: measured, every one made results worse. A sequence that begins to repeat
 * itself is not cut off; the token that would go on repeating is forbidden, and the search goes
 * on without it.
 *
 * Hints make what leads to them likelier while sequences are compared, and no more than that: the
 * scores that are given back are the model's own.
 *
 * Knows nothing of models: a scorer says how likely each next token is.
 */
#ifndef SIDETONE_STT_MOONSHINE_SEARCH_H
#define SIDETONE_STT_MOONSHINE_SEARCH_H

#include "hints.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ST_SEARCH_TOKENS_MAX = 128, ST_SEARCH_BEAM_MAX = 4 };

struct st_search_scorer {
    /* Row i appends ids[i] to what row parents[i] of the previous call stood for. In the first
     * call there is one row and it begins. *ret_scores is `vocabulary` unnormalised
     * log-probabilities per row, valid until the next call. 0 or a negative errno. */
    int (*step)(void *user, const int64_t *ids, const size_t *parents, size_t rows,
                const float **ret_scores);
    void *user;
    size_t vocabulary; /* ≥ 8 */
};

struct st_search_options {
    int64_t begin, end;              /* marks around a sequence */
    size_t beam;                     /* 1 … BEAM_MAX */
    size_t tokens_max;               /* including the end mark; ≤ TOKENS_MAX */
    const atomic_bool *is_cancelled; /* NULL: never */
    const struct st_hints *hints;    /* NULL: none; for beams of two and more */
};

struct st_search_result {
    int64_t tokens[ST_SEARCH_TOKENS_MAX]; /* the end mark is the last, unless is_capped */
    float log_probs[ST_SEARCH_TOKENS_MAX];
    uint16_t rows[ST_SEARCH_TOKENS_MAX]; /* of all rows scored, counted from 0: this token's */
    size_t count;
    double score;             /* sum of log_probs */
    struct st_hint_walk walk; /* what hints added to it when sequences were compared */
    bool is_capped;
};

/* 0, -ECANCELED, or what the scorer failed with. */
int st_search_run(const struct st_search_scorer *scorer, const struct st_search_options *options,
                  struct st_search_result *ret_result);

/* True when the sequence ends in a loop: one token five times, or a phrase of up to twelve three
 * times. */
bool st_search_is_loop(const int64_t *tokens, size_t count);

#endif
