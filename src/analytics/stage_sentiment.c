#include "stage.h"

#include "sidetone/mem.h"
#include "sidetone/sentiment.h"

#include <stdlib.h>

struct state {
    const struct st_stage_view *view;
    struct st_sentiment_course courses[ST_CHANNELS_MAX];
};

static void *create(const struct st_stage_view *view)
{
    if (!view->settings->lexicon)
        return NULL;
    struct state *state = st_mem_alloc(sizeof(*state));
    state->view = view;
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        st_sentiment_course_init(&state->courses[i]);
    return state;
}

static size_t count_words(const char *text)
{
    size_t words = 0;
    for (bool was_space = true; *text; text++) {
        bool is_space = *text == ' ';
        words += was_space && !is_space;
        was_space = is_space;
    }
    return words;
}

static void final(void *user, const struct st_stage_input *input, st_finding_fn emit,
                  void *emit_user)
{
    struct state *state = user;
    const struct st_segment *segment = input->segment;
    struct st_sentiment_course *course = &state->courses[input->channel];
    if (!state->view->settings->lexicon)
        return;
    double compound = st_sentiment_score(state->view->settings->lexicon, segment->text).compound;
    st_sentiment_course_put(course, compound, count_words(segment->text), segment->end_us);
    struct st_sentiment_finding sentiment = {
        .compound = compound,
        .label = st_sentiment_label(compound),
        .rolling = course->rolling,
        .trend = course->trend,
    };
    struct st_finding finding = {
        .type = ST_FINDING_SENTIMENT,
        .channel = input->channel,
        .role = input->role,
        .segment_id = segment->id,
        .start_us = segment->start_us,
        .end_us = segment->end_us,
        .sentiment = &sentiment,
    };
    emit(emit_user, &finding);
}

const struct st_stage_ops st_stage_sentiment = {
    .name = "sentiment",
    .create = create,
    .destroy = free,
    .final = final,
};
