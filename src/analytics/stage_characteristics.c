#include "measures/felt.h"
#include "measures/silence.h"
#include "stage.h"

#include "sidetone/mem.h"

#include <stdlib.h>

enum {
    UPDATE_US = 5000000,
    TALK_STEP_US = 1000000,
    SILENCE_US = 10000000,
    SPANS_MAX = 200, /* of each kind, told at the end; the newest */
};

struct state {
    const struct st_stage_view *view;
    struct st_characteristics *spoken;
    struct st_silence silence;
    int64_t update_us; /* no earlier than that */
    int64_t told_talk_us;
    uint32_t told_interruptions;
};

struct emitter {
    st_finding_fn emit;
    void *user;
};

static void reset(void *user)
{
    struct state *state = user;
    int64_t silence_us = state->view->settings->silence_us;
    state->silence.least_ms = st_stretches_ms(silence_us > 0 ? silence_us : SILENCE_US);
}

static void *create(const struct st_stage_view *view)
{
    struct state *state = st_mem_alloc(sizeof(*state));
    state->view = view;
    state->spoken = st_characteristics_create();
    state->update_us = UPDATE_US;
    reset(state);
    return state;
}

static void destroy(void *user)
{
    struct state *state = user;
    st_characteristics_destroy(state->spoken);
    free(state);
}

static void publish(void *user, struct st_stage_view *view)
{
    struct state *state = user;
    view->characteristics = state->spoken;
}

/* ---- silences ---- */

static void on_silence(void *user, const struct st_silence_event *event)
{
    struct emitter *emitter = user;
    struct st_finding finding = {
        .type = ST_FINDING_SILENCE,
        .start_us = (int64_t)event->start_ms * 1000,
        .end_us = (int64_t)event->end_ms * 1000,
        .silence = &event->finding,
    };
    emitter->emit(emitter->user, &finding);
}

static void look(struct state *state, st_finding_fn emit, void *user)
{
    struct emitter emitter = {emit, user};
    st_silence_look(&state->silence, state->spoken, on_silence, &emitter);
}

/* ---- figures ---- */

static struct st_characteristics_finding measure(const struct state *state)
{
    struct st_characteristics_finding figures = {
        .conversation_us = st_characteristics_conversation_us(state->spoken),
        .hold_us = st_characteristics_hold_us(state->spoken),
        .hold_guessed_us = st_silence_guessed_us(&state->silence, state->spoken),
        .response_us = st_characteristics_response_us(state->spoken),
    };
    st_characteristics_measure(state->spoken, 0, INT64_MAX, &figures.window);
    return figures;
}

/* Silence alone is none: it is told of as such. */
static bool is_news(struct state *state, const struct st_characteristics_finding *figures)
{
    const struct st_characteristics_channel *of = figures->window.channels;
    int64_t talk_us = of[0].talk_us + of[1].talk_us;
    uint32_t interruptions = of[0].interruptions + of[1].interruptions;
    if (talk_us < state->told_talk_us + TALK_STEP_US && interruptions == state->told_interruptions)
        return false;
    state->told_talk_us = talk_us;
    state->told_interruptions = interruptions;
    return true;
}

static void tell(const struct st_characteristics_finding *figures, st_finding_fn emit, void *user)
{
    struct st_finding finding = {
        .type = ST_FINDING_CHARACTERISTICS,
        .end_us = figures->window.until_us,
        .characteristics = figures,
    };
    emit(user, &finding);
}

/* ---- at the end ---- */

struct spans {
    struct st_measured_span list[SPANS_MAX];
    size_t count;
};

static void add_span(void *user, const struct st_measured_span *span)
{
    struct spans *spans = user;
    size_t at = spans->count;
    if (at == SPANS_MAX) {
        for (size_t i = 1; i < SPANS_MAX; i++)
            spans->list[i - 1] = spans->list[i];
        spans->count = --at;
    }
    for (; at > 0 && spans->list[at - 1].start_us > span->start_us; at--)
        spans->list[at] = spans->list[at - 1];
    spans->list[at] = *span;
    spans->count++;
}

static void add_non_talks(const struct st_characteristics *spoken, struct spans *spans)
{
    struct st_talk_gap gap = {.end_ms = spoken->folded_ms};
    while (!gap.is_open && st_talk_next_gap(spoken, gap.end_ms, ST_TALK_NON_TALK_MS, &gap)) {
        struct st_measured_span span = {.start_us = (int64_t)gap.start_ms * 1000,
                                        .end_us = (int64_t)gap.end_ms * 1000};
        add_span(spans, &span);
    }
}

static void tell_all(struct state *state, st_finding_fn emit, void *user)
{
    const struct st_characteristics *spoken = state->spoken;
    struct spans *non_talks = st_mem_alloc(sizeof(*non_talks));
    struct spans *interruptions = st_mem_alloc(sizeof(*interruptions));
    struct st_sentiment_quarters quarters[ST_CHANNELS_MAX];
    struct st_characteristics_details details = {.sentiment =
                                                     state->view->sentiment ? quarters : NULL};
    add_non_talks(spoken, non_talks);
    st_talk_each_interruption(spoken, spoken->folded_ms, UINT32_MAX, add_span, interruptions);
    details.non_talks = non_talks->list;
    details.non_talk_count = non_talks->count;
    details.interruptions = interruptions->list;
    details.interruption_count = interruptions->count;
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++) {
        details.loudness[i].from_us = (int64_t)spoken->folded_ms * 1000;
        details.loudness[i].seconds = spoken->channels[i].seconds;
        details.loudness[i].count = spoken->channels[i].second_count;
        if (details.sentiment)
            st_felt_quarters(state->view->sentiment, i, &quarters[i]);
    }
    struct st_characteristics_finding figures = measure(state);
    figures.details = &details;
    tell(&figures, emit, user);
    free(non_talks);
    free(interruptions);
}

/* ---- what comes in ---- */

static void final(void *user, const struct st_stage_input *input, st_finding_fn emit,
                  void *emit_user)
{
    struct state *state = user;
    st_characteristics_put_final(state->spoken, input->channel, input->role, input->segment);
    st_characteristics_advance(state->spoken, state->view->media_us);
    look(state, emit, emit_user);
}

static void partial(void *user, const struct st_stage_input *input, st_finding_fn emit,
                    void *emit_user)
{
    struct state *state = user;
    (void)emit;
    (void)emit_user;
    st_characteristics_put_partial(state->spoken, input->channel, input->segment);
}

static void audio(void *user, unsigned channel, const struct st_audio_second *second)
{
    struct state *state = user;
    st_characteristics_put_audio(state->spoken, channel, second);
}

static void paused(void *user, bool is_paused, int64_t media_us)
{
    struct state *state = user;
    st_characteristics_set_paused(state->spoken, is_paused, media_us);
}

static void tick(void *user, st_finding_fn emit, void *emit_user)
{
    struct state *state = user;
    int64_t media_us = state->view->media_us;
    st_characteristics_advance(state->spoken, media_us);
    look(state, emit, emit_user);
    if (media_us < state->update_us)
        return;
    state->update_us = (media_us / UPDATE_US + 1) * UPDATE_US;
    struct st_characteristics_finding figures = measure(state);
    if (is_news(state, &figures))
        tell(&figures, emit, emit_user);
}

static void finish(void *user, st_finding_fn emit, void *emit_user)
{
    struct state *state = user;
    st_characteristics_end(state->spoken, state->view->media_us);
    look(state, emit, emit_user);
    tell_all(state, emit, emit_user);
}

const struct st_stage_ops st_stage_characteristics = {
    .name = "characteristics",
    .create = create,
    .destroy = destroy,
    .publish = publish,
    .reset = reset,
    .final = final,
    .partial = partial,
    .audio = audio,
    .paused = paused,
    .tick = tick,
    .finish = finish,
};
