#include "issue_model.h"

#include "issue_cues.h"
#include "meaning/prototypes.h"

#include "sidetone/embedder.h"
#include "sidetone/mem.h"

#include <stdlib.h>

/* Of issues, by cues alone and by cues and meaning; of outcomes and action items, what a sentence
 * is worth that only its meaning gives away. Found on calls that were written for tuning. */
static const double issue_weight = 0.6;
static const double issue_weight_with_meaning = 0.4;
static const double issue_meaning_weight = 0.6;
static const double issue_word_weight = 0.12; /* who explains something needs words for it */
static const double issue_step = 0.15;        /* lost with every sentence before */
static const double issue_step_with_meaning = 0.1;
static const double meaning_weight = 0.5;
static const double late_bonus_max = 0.5; /* outcomes and action items are agreed on late */
static const double late_half_us = 120e6;
static const double fires_at_points = 2;
static const double fires_at_likelihood = 0.6;
static const double meaning_alone = 1.5;
static const double logit_max = 3;
static const double issue_logit_max = 2;

enum { ASKED_WORDS_MIN = 4, ISSUE_WORDS_MAX = 15 };

/* ---- heads ---- */

/* Vectors of several lists, one behind the other. */
struct examples {
    float *vectors;
    size_t count;
};

static int add_list(struct examples *examples, struct st_embedder *embedder,
                    const char *const *sentences)
{
    for (; *sentences; sentences++) {
        size_t bytes = (examples->count + 1) * ST_VECTOR_LEN * sizeof(float);
        examples->vectors = st_mem_realloc(examples->vectors, bytes);
        float *vector = examples->vectors + examples->count * ST_VECTOR_LEN;
        int err = st_embedder_embed(embedder, *sentences, vector);
        if (err)
            return err;
        examples->count++;
    }
    return 0;
}

static int train(struct st_head *ret_head, struct st_embedder *embedder, const char *const *is,
                 const char *const *const *is_not)
{
    struct examples positives = {0}, negatives = {0};
    int err = add_list(&positives, embedder, is);
    for (; !err && *is_not; is_not++)
        err = add_list(&negatives, embedder, *is_not);
    if (!err)
        st_head_train(ret_head, positives.vectors, positives.count, negatives.vectors,
                      negatives.count);
    free(positives.vectors);
    free(negatives.vectors);
    return err;
}

static bool train_all(struct st_issue_model *model, struct st_embedder *embedder)
{
    const char *const *const no_issue[] = {st_prototypes_no_issue, NULL};
    const char *const *const no_outcome[] = {st_prototypes_action_item, st_prototypes_agent, NULL};
    const char *const *const no_action[] = {st_prototypes_outcome, st_prototypes_agent, NULL};
    struct st_head *heads = model->heads;
    return train(&heads[ST_ISSUE_ISSUE], embedder, st_prototypes_issue, no_issue) == 0 &&
           train(&heads[ST_ISSUE_OUTCOME], embedder, st_prototypes_outcome, no_outcome) == 0 &&
           train(&heads[ST_ISSUE_ACTION_ITEM], embedder, st_prototypes_action_item, no_action) == 0;
}

struct st_issue_model *st_issue_model_create(struct st_embedder *embedder)
{
    struct st_issue_model *model = st_mem_alloc(sizeof(*model));
    model->cues = st_issue_cues_create();
    model->has_heads = embedder && train_all(model, embedder);
    return model;
}

void st_issue_model_destroy(struct st_issue_model *model)
{
    if (!model)
        return;
    st_cue_set_destroy(model->cues);
    free(model);
}

/* ---- judging ---- */

struct judgement {
    const struct st_issue_model *model;
    const struct st_issue_sentence *sentence;
    struct st_issue_points points;
    bool has_meaning;
};

static double logit_of(const struct judgement *judgement, enum st_issue_kind kind, double most)
{
    double logit = st_head_logit(&judgement->model->heads[kind], judgement->sentence->vector);
    return logit > most ? most : logit < -most ? -most : logit;
}

static double late_bonus(int64_t media_us)
{
    double at_us = media_us > 0 ? (double)media_us : 0;
    return late_bonus_max * at_us / (at_us + late_half_us);
}

static double issue_score(const struct judgement *judgement)
{
    const struct st_issue_sentence *sentence = judgement->sentence;
    unsigned words = sentence->words < ISSUE_WORDS_MAX ? sentence->words : ISSUE_WORDS_MAX;
    unsigned before = judgement->points.is_another ? 0 : sentence->index;
    double points = judgement->points.of[ST_ISSUE_ISSUE];
    double score = issue_word_weight * words;
    if (sentence->role == ST_ROLE_AGENT)
        return 0;
    if (!judgement->has_meaning)
        return score + issue_weight * points - issue_step * before;
    return score + issue_weight_with_meaning * points - issue_step_with_meaning * before +
           issue_meaning_weight * logit_of(judgement, ST_ISSUE_ISSUE, issue_logit_max);
}

static bool has_cue(const struct judgement *judgement, enum st_issue_kind kind)
{
    return judgement->points.of[kind] >= fires_at_points;
}

/* Where cues say which kind it is, meaning does not say otherwise. */
static bool may_mean(const struct judgement *judgement, enum st_issue_kind kind)
{
    const struct st_issue_sentence *sentence = judgement->sentence;
    enum st_issue_kind other = kind == ST_ISSUE_OUTCOME ? ST_ISSUE_ACTION_ITEM : ST_ISSUE_OUTCOME;
    return judgement->has_meaning && !sentence->is_question && sentence->words >= ASKED_WORDS_MIN &&
           judgement->points.of[kind] >= 0 && !has_cue(judgement, other);
}

static double result_score(const struct judgement *judgement, enum st_issue_kind kind)
{
    bool fires = has_cue(judgement, kind);
    double score = fires ? judgement->points.of[kind] : meaning_alone;
    if (judgement->sentence->role == ST_ROLE_CUSTOMER)
        return 0;
    if (judgement->has_meaning) {
        double logit = logit_of(judgement, kind, logit_max);
        fires |= may_mean(judgement, kind) && st_head_likelihood(logit) >= fires_at_likelihood;
        score += meaning_weight * logit;
    }
    return fires ? score + late_bonus(judgement->sentence->media_us) : 0;
}

struct st_issue_verdict st_issue_model_judge(const struct st_issue_model *model,
                                             const struct st_issue_sentence *sentence)
{
    struct judgement judgement = {
        .model = model, .sentence = sentence, .has_meaning = model->has_heads && sentence->vector};
    if (model->cues)
        st_issue_cues_weigh(model->cues, sentence->text, sentence->bytes, sentence->is_question,
                            &judgement.points);
    struct st_issue_verdict best = {
        .kind = ST_ISSUE_ISSUE,
        .origin = judgement.has_meaning ? ST_ISSUE_BY_EMBEDDING : ST_ISSUE_BY_RULES,
        .score = issue_score(&judgement),
        .is_another = judgement.points.is_another,
    };
    for (enum st_issue_kind kind = ST_ISSUE_OUTCOME; kind < ST_ISSUE_KINDS; kind++) {
        double score = result_score(&judgement, kind);
        if (score > best.score) {
            best.kind = kind;
            best.score = score;
        }
    }
    return best;
}
