#include "rules/matcher.h"
#include "stage.h"

#include "sidetone/mem.h"

#include <stdlib.h>

struct state {
    const struct st_stage_view *view;
    struct st_category_matcher *matcher;
    st_finding_fn emit; /* while a stage is called */
    void *emit_user;
};

static void on_match(void *user, enum st_finding_type type, const struct st_category_match *match)
{
    const struct state *state = user;
    struct st_finding finding = {
        .type = type,
        .channel = match->channel,
        .role = match->role,
        .segment_id = match->segment_id,
        .start_us = match->start_us,
        .end_us = match->end_us,
        .category = match,
    };
    state->emit(state->emit_user, &finding);
}

static void *create(const struct st_stage_view *view)
{
    struct state *state = st_mem_alloc(sizeof(*state));
    state->view = view;
    state->matcher = st_category_matcher_create(view->settings->rules);
    st_category_matcher_set_emit(state->matcher, on_match, state);
    return state;
}

static void destroy(void *user)
{
    struct state *state = user;
    st_category_matcher_destroy(state->matcher);
    free(state);
}

static void reset(void *user)
{
    struct state *state = user;
    st_category_matcher_set_rules(state->matcher, state->view->settings->rules);
}

static void look(struct state *state, st_finding_fn emit, void *emit_user)
{
    const struct st_stage_view *view = state->view;
    struct st_category_view now = {
        .facts = view->facts,
        .characteristics = view->characteristics,
        .sentiment = view->sentiment,
        .media_us = view->media_us,
        .known_us = view->characteristics ? st_characteristics_known_us(view->characteristics)
                                          : view->media_us,
    };
    state->emit = emit;
    state->emit_user = emit_user;
    st_category_matcher_set_view(state->matcher, &now);
}

static void final(void *user, const struct st_stage_input *input, st_finding_fn emit,
                  void *emit_user)
{
    struct state *state = user;
    look(state, emit, emit_user);
    st_category_matcher_put_final(state->matcher, input->channel, input->role, input->segment);
}

static void partial(void *user, const struct st_stage_input *input, st_finding_fn emit,
                    void *emit_user)
{
    struct state *state = user;
    look(state, emit, emit_user);
    st_category_matcher_put_partial(state->matcher, input->channel, input->role, input->segment);
}

static void dropped(void *user, const struct st_stage_input *input, st_finding_fn emit,
                    void *emit_user)
{
    struct state *state = user;
    look(state, emit, emit_user);
    st_category_matcher_drop(state->matcher, input->channel, input->segment->id);
}

static void sentence(void *user, const struct st_stage_statement *input, st_finding_fn emit,
                     void *emit_user)
{
    struct state *state = user;
    struct st_category_sentence said = {
        .text = input->sentence.text,
        .bytes = input->sentence.bytes,
        .channel = input->channel,
        .role = input->role,
        .segment_id = input->segment_id,
        .start_us = input->sentence.start_us,
        .end_us = input->sentence.end_us,
    };
    if (!input->vector)
        return;
    look(state, emit, emit_user);
    st_category_matcher_put_meaning(state->matcher, &said, input->vector);
}

static void tick(void *user, st_finding_fn emit, void *emit_user)
{
    struct state *state = user;
    look(state, emit, emit_user);
    st_category_matcher_advance(state->matcher);
}

static void finish(void *user, st_finding_fn emit, void *emit_user)
{
    struct state *state = user;
    look(state, emit, emit_user);
    st_category_matcher_finish(state->matcher);
}

const struct st_stage_ops st_stage_categories = {
    .name = "categories",
    .create = create,
    .destroy = destroy,
    .reset = reset,
    .final = final,
    .partial = partial,
    .dropped = dropped,
    .sentence = sentence,
    .tick = tick,
    .finish = finish,
};
