#include "measures/felt.h"
#include "stage.h"

#include "sidetone/mem.h"

#include <stdlib.h>

struct state {
    const struct st_stage_view *view;
    struct st_sentiment_course courses[ST_CHANNELS_MAX];
    struct st_sentiment_history *history;
};

static void *create(const struct st_stage_view *view)
{
    if (!view->settings->lexicon)
        return NULL;
    struct state *state = st_mem_alloc(sizeof(*state));
    state->view = view;
    state->history = st_felt_create();
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        st_sentiment_course_init(&state->courses[i]);
    return state;
}

static void destroy(void *user)
{
    struct state *state = user;
    st_felt_destroy(state->history);
    free(state);
}

static void publish(void *user, struct st_stage_view *view)
{
    struct state *state = user;
    view->sentiment = state->history;
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
    const struct st_sentiment_lexicon *lexicon = state->view->settings->lexicon;
    struct st_sentiment_course *course = &state->courses[input->channel];
    if (!lexicon)
        return;
    struct st_sentiment_scores scores = st_sentiment_score(lexicon, segment->text);
    struct st_shift_finding shift = {.shift = st_sentiment_course_put(course, scores.compound,
                                                                      count_words(segment->text),
                                                                      segment->end_us),
                                     .rolling = course->rolling};
    st_felt_put(state->history, input->channel, segment, lexicon, &scores);
    struct st_sentiment_finding sentiment = {
        .compound = scores.compound,
        .label = st_sentiment_label_of(&scores),
        .rolling = course->rolling,
        .trend = st_felt_trend(state->history, input->channel, segment->end_us),
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
    if (shift.shift == ST_SHIFT_NONE)
        return;
    finding.type = ST_FINDING_SENTIMENT_SHIFT;
    finding.shift = &shift;
    emit(emit_user, &finding);
}

const struct st_stage_ops st_stage_sentiment = {
    .name = "sentiment",
    .create = create,
    .destroy = destroy,
    .publish = publish,
    .final = final,
};
