#include "stage.h"

#include "sidetone/mem.h"
#include "sidetone/profanity.h"
#include "sidetone/profanity_list.h"

#include <stdlib.h>

struct state {
    const struct st_stage_view *view;
    uint32_t totals[ST_CHANNELS_MAX];
};

static void *create(const struct st_stage_view *view)
{
    if (!view->settings->profanity)
        return NULL;
    struct state *state = st_mem_alloc(sizeof(*state));
    state->view = view;
    return state;
}

static void add_span(struct st_profanity_finding *found, struct st_profanity_span *spans,
                     const struct st_stage_input *input, const struct st_token *token)
{
    found->count++;
    if (found->span_count == ST_PROFANITY_SPANS_MAX)
        return;
    struct st_shown_place place = st_shown_find(input->shown, token->begin, token->end);
    spans[found->span_count++] = (struct st_profanity_span){.begin_char = place.begin_char,
                                                            .end_char = place.end_char,
                                                            .start_us = token->start_us,
                                                            .end_us = token->end_us};
}

static void final(void *user, const struct st_stage_input *input, st_finding_fn emit,
                  void *emit_user)
{
    struct state *state = user;
    const struct st_profanity_list *list = state->view->settings->profanity;
    const struct st_tokens *tokens = input->tokens;
    struct st_profanity_span spans[ST_PROFANITY_SPANS_MAX];
    struct st_profanity_finding found = {.spans = spans};
    struct st_finding finding = {.type = ST_FINDING_PROFANITY,
                                 .channel = input->channel,
                                 .role = input->role,
                                 .segment_id = input->segment->id,
                                 .profanity = &found};
    for (size_t i = 0; i < tokens->count && list; i++) {
        const struct st_token *token = &tokens->items[i];
        if (!st_profanity_list_has(list, st_token_text(tokens, i), token->bytes))
            continue;
        if (found.count == 0)
            finding.start_us = finding.end_us = token->start_us;
        if (token->end_us > finding.end_us)
            finding.end_us = token->end_us;
        add_span(&found, spans, input, token);
    }
    if (found.count == 0)
        return;
    found.total = state->totals[input->channel] += found.count;
    emit(emit_user, &finding);
}

const struct st_stage_ops st_stage_profanity = {
    .name = "profanity",
    .create = create,
    .destroy = free,
    .final = final,
};
