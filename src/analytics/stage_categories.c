#include "stage.h"

#include "sidetone/categories.h"
#include "sidetone/mem.h"

#include <stdlib.h>

struct state {
    const struct st_stage_view *view;
    struct st_category_matcher *matcher;
    st_finding_fn emit; /* while a segment is matched */
    void *emit_user;
};

static void *create(const struct st_stage_view *view)
{
    struct state *state = st_mem_alloc(sizeof(*state));
    state->view = view;
    st_category_matcher_create(&state->matcher, view->settings->rules);
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

static void on_match(void *user, const struct st_category_match *match)
{
    struct state *state = user;
    struct st_finding finding = {
        .type = ST_FINDING_CATEGORY,
        .channel = match->channel,
        .role = match->role,
        .segment_id = match->segment_id,
        .start_us = match->start_us,
        .end_us = match->end_us,
        .category = match,
    };
    state->emit(state->emit_user, &finding);
}

static void final(void *user, const struct st_stage_input *input, st_finding_fn emit,
                  void *emit_user)
{
    struct state *state = user;
    state->emit = emit;
    state->emit_user = emit_user;
    st_category_matcher_put(state->matcher, input->channel, input->role, input->segment, on_match,
                            state);
}

const struct st_stage_ops st_stage_categories = {
    .name = "categories",
    .create = create,
    .destroy = destroy,
    .reset = reset,
    .final = final,
};
