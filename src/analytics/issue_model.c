#include "issue_model.h"

#include "issue_cues.h"

#include "sidetone/mem.h"

#include <stdlib.h>

/* Found best on the labelled calls that were written for tuning; what others need is in the tests.
 */
static const double issue_weight = 0.75;
static const double issue_step = 0.15;    /* lost with every sentence before */
static const double late_bonus_max = 0.5; /* outcomes and action items are agreed on late */
static const double late_half_us = 120e6;
static const double fires_at = 2; /* points */

struct st_issue_model *st_issue_model_create(void)
{
    struct st_issue_model *model = st_mem_alloc(sizeof(*model));
    model->cues = st_issue_cues_create();
    return model;
}

void st_issue_model_destroy(struct st_issue_model *model)
{
    if (!model)
        return;
    st_cue_set_destroy(model->cues);
    free(model);
}

static double late_bonus(int64_t media_us)
{
    double at_us = media_us > 0 ? (double)media_us : 0;
    return late_bonus_max * at_us / (at_us + late_half_us);
}

static double issue_score(const struct st_issue_points *points,
                          const struct st_issue_sentence *sentence)
{
    if (sentence->role == ST_ROLE_AGENT)
        return 0;
    double step = points->is_another ? 0 : issue_step * sentence->index;
    return issue_weight * points->of[ST_ISSUE_ISSUE] - step;
}

static double result_score(const struct st_issue_points *points,
                           const struct st_issue_sentence *sentence, enum st_issue_kind kind)
{
    if (sentence->role == ST_ROLE_CUSTOMER || points->of[kind] < fires_at)
        return 0;
    return points->of[kind] + late_bonus(sentence->media_us);
}

struct st_issue_verdict st_issue_model_judge(const struct st_issue_model *model,
                                             const struct st_issue_sentence *sentence)
{
    struct st_issue_points points;
    st_issue_cues_weigh(model->cues, sentence->text, sentence->bytes, sentence->is_question,
                        &points);
    struct st_issue_verdict best = {.kind = ST_ISSUE_ISSUE,
                                    .origin = ST_ISSUE_BY_RULES,
                                    .score = issue_score(&points, sentence),
                                    .is_another = points.is_another};
    for (enum st_issue_kind kind = ST_ISSUE_OUTCOME; kind < ST_ISSUE_KINDS; kind++) {
        double score = result_score(&points, sentence, kind);
        if (score > best.score) {
            best.kind = kind;
            best.score = score;
        }
    }
    return best;
}
