#include "search.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <string.h>

enum {
    PHRASE_MAX = 12,
    TOKEN_REPEATS = 5,
    PHRASE_REPEATS = 3,
    CHOICES = ST_SEARCH_BEAM_MAX + 2, /* per row: one for the end mark, one in case of a ban */
    CANDIDATES = ST_SEARCH_BEAM_MAX * CHOICES,
    ROWS_MAX = UINT16_MAX,
    UNLIKELY = 8, /* in log-probability, below the best: no hint is heard in that */
};

struct candidate {
    double score;             /* of the whole sequence */
    struct st_hint_walk walk; /* likewise */
    float log_prob;
    size_t parent;
    int64_t token;
};

struct search {
    const struct st_search_scorer *scorer;
    const struct st_search_options *options;
    struct st_search_result live[ST_SEARCH_BEAM_MAX], next[ST_SEARCH_BEAM_MAX];
    size_t live_count;
    struct st_search_result best; /* finished; count 0: none yet */
    size_t rows;                  /* scored before this step */
};

bool st_search_is_loop(const int64_t *tokens, size_t count)
{
    for (size_t period = 1; period <= PHRASE_MAX; period++) {
        size_t repeats = period == 1 ? TOKEN_REPEATS : PHRASE_REPEATS;
        if (count < period * repeats)
            continue;
        size_t same = 0, wanted = period * (repeats - 1);
        while (same < wanted && tokens[count - 1 - same] == tokens[count - 1 - same - period])
            same++;
        if (same == wanted)
            return true;
    }
    return false;
}

/* Indices of the `count` highest scores, best first. */
static void find_best(const float *scores, size_t vocabulary, size_t count, size_t *ret_best)
{
    size_t found = 0;
    float threshold = -INFINITY;
    ret_best[0] = 0;
    for (size_t i = 0; i < vocabulary; i++) {
        if (scores[i] <= threshold)
            continue;
        size_t at = found < count ? found++ : count - 1;
        for (; at > 0 && scores[ret_best[at - 1]] < scores[i]; at--)
            ret_best[at] = ret_best[at - 1];
        ret_best[at] = i;
        if (found == count)
            threshold = scores[ret_best[count - 1]];
    }
    for (; found < count; found++)
        ret_best[found] = ret_best[0];
}

/* Terms below e^-20 of the largest change nothing that matters and are not computed. */
static float log_sum_exp(const float *scores, size_t vocabulary, float largest)
{
    float sum = 0, floor = largest - 20.0F;
    for (size_t i = 0; i < vocabulary; i++)
        if (scores[i] > floor)
            sum += expf(scores[i] - largest);
    return largest + logf(sum);
}

static bool would_loop(const struct st_search_result *sequence, int64_t token)
{
    int64_t tokens[ST_SEARCH_TOKENS_MAX + 1];
    size_t kept = PHRASE_MAX * PHRASE_REPEATS;
    size_t from = sequence->count > kept ? sequence->count - kept : 0;
    size_t count = sequence->count - from;
    memcpy(tokens, sequence->tokens + from, count * sizeof(tokens[0]));
    tokens[count] = token;
    return st_search_is_loop(tokens, count + 1);
}

static double total(double score, const struct st_hint_walk *walk)
{
    return score + walk->bonus;
}

/* Best first; the worst of too many is dropped. */
struct candidates {
    struct candidate list[CANDIDATES];
    size_t count;
};

static void insert_candidate(struct candidates *candidates, const struct candidate *one)
{
    struct candidate *list = candidates->list;
    double its_total = total(one->score, &one->walk);
    size_t at = candidates->count;
    for (; at > 0 && total(list[at - 1].score, &list[at - 1].walk) < its_total; at--)
        if (at < CANDIDATES)
            list[at] = list[at - 1];
    if (at < CANDIDATES)
        list[at] = *one;
    if (candidates->count < CANDIDATES)
        candidates->count++;
}

static bool is_candidate(const struct candidates *candidates, size_t parent, size_t token)
{
    for (size_t i = 0; i < candidates->count; i++)
        if (candidates->list[i].parent == parent && candidates->list[i].token == (int64_t)token)
            return true;
    return false;
}

static void add_candidate(const struct search *search, size_t row, size_t token, float log_prob,
                          struct candidates *candidates)
{
    const struct st_search_result *sequence = &search->live[row];
    struct candidate one = {
        .score = sequence->score + log_prob,
        .walk = sequence->walk,
        .log_prob = log_prob,
        .parent = row,
        .token = (int64_t)token,
    };
    if (search->options->hints)
        st_hints_step(search->options->hints, &one.walk, one.token);
    insert_candidate(candidates, &one);
}

struct row {
    size_t index;
    const float *scores;
    float log_sum;
    float least; /* score of what is worth a look when a hint waits for it */
};

/* What hints wait for in one place, though it is not among the row's best. */
static void add_expected(const struct search *search, const struct row *row, uint32_t node,
                         struct candidates *candidates)
{
    const uint16_t *tokens;
    size_t count = st_hints_expected(search->options->hints, node, &tokens);
    for (size_t i = 0; i < count; i++) {
        size_t token = tokens[i];
        if (row->scores[token] < row->least || is_candidate(candidates, row->index, token) ||
            would_loop(&search->live[row->index], (int64_t)token))
            continue;
        add_candidate(search, row->index, token, row->scores[token] - row->log_sum, candidates);
    }
}

static void add_hinted(const struct search *search, const struct row *row,
                       struct candidates *candidates)
{
    const struct st_hints *hints = search->options->hints;
    uint32_t node = search->live[row->index].walk.node;
    for (; node != 0; node = st_hints_back(hints, node))
        add_expected(search, row, node, candidates);
    add_expected(search, row, 0, candidates);
}

static void add_row(const struct search *search, size_t index, const float *scores,
                    struct candidates *candidates)
{
    size_t vocabulary = search->scorer->vocabulary, choices = search->options->beam + 2;
    size_t best[CHOICES], taken = 0;
    find_best(scores, vocabulary, choices, best);
    struct row row = {
        .index = index,
        .scores = scores,
        .log_sum = log_sum_exp(scores, vocabulary, scores[best[0]]),
        .least = scores[best[0]] - UNLIKELY,
    };
    for (size_t i = 0; i < choices && taken < choices - 1; i++) {
        if (would_loop(&search->live[index], (int64_t)best[i]))
            continue;
        add_candidate(search, index, best[i], scores[best[i]] - row.log_sum, candidates);
        taken++;
    }
    if (search->options->hints)
        add_hinted(search, &row, candidates);
}

static void extend(struct search *search, const struct candidate *from,
                   struct st_search_result *ret_sequence)
{
    *ret_sequence = search->live[from->parent];
    size_t at = ret_sequence->count++;
    ret_sequence->tokens[at] = from->token;
    ret_sequence->log_probs[at] = from->log_prob;
    ret_sequence->rows[at] = (uint16_t)(search->rows + from->parent);
    ret_sequence->score = from->score;
    ret_sequence->walk = from->walk;
}

static double total_of(const struct st_search_result *sequence)
{
    return total(sequence->score, &sequence->walk);
}

static void finish(struct search *search, struct st_search_result *sequence, bool is_capped)
{
    if (search->options->hints && is_capped)
        st_hints_step(search->options->hints, &sequence->walk, search->options->end);
    if (search->best.count > 0 && total_of(&search->best) >= total_of(sequence))
        return;
    search->best = *sequence;
    search->best.is_capped = is_capped;
}

/* The best if no hint were to be completed. What a hint has earned so far may turn out to be
 * nothing: a place in the beam is kept for this one, or the words that were said would be gone by
 * then. Returns the number of candidates when there is none, or no need. */
static size_t find_sober(const struct search *search, const struct candidates *candidates)
{
    const struct st_hints *hints = search->options->hints;
    size_t best = candidates->count;
    double best_total = -INFINITY;
    for (size_t i = 0; hints && i < candidates->count; i++) {
        const struct candidate *one = &candidates->list[i];
        double its_total = one->score + st_hints_settled(hints, &one->walk);
        if (one->token == search->options->end || its_total <= best_total)
            continue;
        best = i;
        best_total = its_total;
    }
    return best;
}

/* An end mark counts only among the best `beam`; what goes on fills the beam. */
static size_t choose(struct search *search, const struct candidates *candidates,
                     size_t *ret_parents, int64_t *ret_ids)
{
    const struct st_search_options *options = search->options;
    size_t kept = 0, sober = find_sober(search, candidates);
    for (size_t i = 0; i < candidates->count && kept < options->beam; i++) {
        const struct candidate *one = &candidates->list[i];
        bool is_end = one->token == options->end;
        bool is_last_place = kept + 1 == options->beam && sober < candidates->count;
        if (is_end ? i >= options->beam : is_last_place && i < sober)
            continue;
        struct st_search_result *sequence = &search->next[kept];
        extend(search, one, sequence);
        if (is_end || sequence->count >= options->tokens_max) {
            finish(search, sequence, !is_end);
            continue;
        }
        ret_parents[kept] = one->parent;
        ret_ids[kept++] = one->token;
    }
    return kept;
}

/* A name takes more tokens than the words it may be mistaken for: while one is being written, what
 * it has yet to earn counts. */
static bool may_win(const struct search *search, const struct st_search_result *sequence)
{
    const struct st_hints *hints = search->options->hints;
    double ahead = hints ? st_hints_ahead(hints, sequence->walk.node) : 0;
    return total_of(sequence) + ahead >= total_of(&search->best);
}

static bool is_settled(const struct search *search)
{
    if (search->best.count == 0)
        return search->live_count == 0;
    for (size_t i = 0; i < search->live_count; i++)
        if (may_win(search, &search->live[i]))
            return false;
    return true;
}

int st_search_run(const struct st_search_scorer *scorer, const struct st_search_options *options,
                  struct st_search_result *ret_result)
{
    assert(options->beam >= 1 && options->beam <= ST_SEARCH_BEAM_MAX);
    assert(options->tokens_max >= 1 && options->tokens_max <= ST_SEARCH_TOKENS_MAX);
    struct search search = {.scorer = scorer, .options = options, .live_count = 1};
    size_t parents[ST_SEARCH_BEAM_MAX] = {0};
    int64_t ids[ST_SEARCH_BEAM_MAX] = {options->begin};
    while (!is_settled(&search)) {
        if (options->is_cancelled && atomic_load(options->is_cancelled))
            return -ECANCELED;
        const float *scores = NULL;
        int err = scorer->step(scorer->user, ids, parents, search.live_count, &scores);
        if (err)
            return err;
        struct candidates candidates = {.count = 0};
        for (size_t row = 0; row < search.live_count; row++)
            add_row(&search, row, scores + row * scorer->vocabulary, &candidates);
        size_t kept = choose(&search, &candidates, parents, ids);
        search.rows += search.live_count;
        memcpy(search.live, search.next, kept * sizeof(search.live[0]));
        search.live_count = kept;
    }
    *ret_result = search.best;
    return 0;
}
