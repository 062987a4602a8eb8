#include "stage.h"

#include "issues/issue_model.h"
#include "issues/issue_slots.h"

#include "sidetone/mem.h"

#include <stdlib.h>

enum { INDEX_WORDS_MIN = 3 }; /* shorter ones do not count as sentences before */

struct state {
    const struct st_stage_view *view;
    struct st_issue_slots slots;
    unsigned sentences[ST_CHANNELS_MAX]; /* so far */
};

static void *create(const struct st_stage_view *view)
{
    if (!view->settings->issues)
        return NULL;
    struct state *state = st_mem_alloc(sizeof(*state));
    state->view = view;
    return state;
}

static void tell(const struct st_stage_statement *input, const struct st_issue_verdict *verdict,
                 struct st_issue_finding *issue, st_finding_fn emit, void *user)
{
    issue->kind = verdict->kind;
    issue->origin = verdict->origin;
    issue->score = verdict->score;
    issue->text = input->sentence.text;
    issue->bytes = input->sentence.bytes;
    issue->begin_chars = input->sentence.begin_chars;
    issue->end_chars = input->sentence.end_chars;
    struct st_finding finding = {
        .type = ST_FINDING_ISSUE,
        .channel = input->channel,
        .role = input->role,
        .segment_id = input->segment_id,
        .start_us = input->sentence.start_us,
        .end_us = input->sentence.end_us,
        .issue = issue,
    };
    emit(user, &finding);
}

static void put_sentence(void *user, const struct st_stage_statement *input, st_finding_fn emit,
                         void *emit_user)
{
    struct state *state = user;
    const struct st_statement *sentence = &input->sentence;
    if (!state->view->settings->issues)
        return;
    struct st_issue_sentence asked = {
        .text = sentence->text,
        .bytes = sentence->bytes,
        .words = sentence->words,
        .is_question = sentence->is_question,
        .role = input->role,
        .index = state->sentences[input->channel],
        .media_us = sentence->start_us,
        .vector = input->vector,
    };
    struct st_issue_verdict verdict = st_issue_model_judge(state->view->settings->issues, &asked);
    state->sentences[input->channel] += sentence->words >= INDEX_WORDS_MIN;
    struct st_issue_offer offer = {
        .kind = verdict.kind,
        .score = verdict.score,
        .is_another = verdict.is_another,
        .channel = input->channel,
        .segment_id = input->segment_id,
        .begin_chars = sentence->begin_chars,
    };
    struct st_issue_finding issue;
    if (st_issue_slots_offer(&state->slots, &offer, &issue.id, &issue.state))
        tell(input, &verdict, &issue, emit, emit_user);
}

const struct st_stage_ops st_stage_issues = {
    .name = "issues",
    .create = create,
    .destroy = free,
    .sentence = put_sentence,
};
