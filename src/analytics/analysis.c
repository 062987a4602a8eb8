#include "stage.h"

#include "sidetone/call_facts.h"
#include "sidetone/mem.h"
#include "sidetone/rules.h"

#include <assert.h>
#include <stdlib.h>

static const struct st_stage_ops *const stages[] = {
    &st_stage_sentiment,
    &st_stage_characteristics,
    &st_stage_categories,
};

enum { STAGES = sizeof(stages) / sizeof(stages[0]) };

struct st_analysis {
    struct st_analysis_settings settings;
    struct st_stage_view view;
    struct st_analysis_events events;
    void *user;
    void *states[STAGES]; /* NULL: not asked for */
};

static void keep_settings(struct st_analysis *analysis, const struct st_analysis_settings *settings)
{
    analysis->settings = *settings;
    analysis->settings.rules = st_rules_ref(settings->rules);
}

static void create_stage(struct st_analysis *analysis, unsigned i)
{
    analysis->states[i] = stages[i]->create(&analysis->view);
    if (analysis->states[i] && stages[i]->publish)
        stages[i]->publish(analysis->states[i], &analysis->view);
}

struct st_analysis *st_analysis_create(const struct st_analysis_settings *settings,
                                       const struct st_call_facts *facts,
                                       const struct st_analysis_events *events, void *user)
{
    struct st_analysis *analysis = st_mem_alloc(sizeof(*analysis));
    keep_settings(analysis, settings);
    analysis->view = (struct st_stage_view){.settings = &analysis->settings, .facts = facts};
    analysis->events = *events;
    analysis->user = user;
    for (unsigned i = 0; i < STAGES; i++)
        create_stage(analysis, i);
    return analysis;
}

void st_analysis_destroy(struct st_analysis *analysis)
{
    if (!analysis)
        return;
    for (unsigned i = 0; i < STAGES; i++)
        if (analysis->states[i])
            stages[i]->destroy(analysis->states[i]);
    st_rules_unref(analysis->settings.rules);
    free(analysis);
}

void st_analysis_set_settings(struct st_analysis *analysis,
                              const struct st_analysis_settings *settings)
{
    struct st_rules *old = analysis->settings.rules;
    keep_settings(analysis, settings);
    for (unsigned i = 0; i < STAGES; i++)
        if (!analysis->states[i])
            create_stage(analysis, i);
        else if (stages[i]->reset)
            stages[i]->reset(analysis->states[i]);
    st_rules_unref(old);
}

void st_analysis_set_facts(struct st_analysis *analysis, const struct st_call_facts *facts)
{
    analysis->view.facts = facts;
}

static void analyse(struct st_analysis *analysis, const struct st_stage_input *input)
{
    for (unsigned i = 0; i < STAGES; i++) {
        const struct st_stage_ops *ops = stages[i];
        if (!analysis->states[i])
            continue;
        if (input->segment->is_final && ops->final)
            ops->final(analysis->states[i], input, analysis->events.finding, analysis->user);
        else if (!input->segment->is_final && ops->partial)
            ops->partial(analysis->states[i], input, analysis->events.finding, analysis->user);
    }
}

static void drop(struct st_analysis *analysis, const struct st_stage_input *input)
{
    for (unsigned i = 0; i < STAGES; i++)
        if (analysis->states[i] && stages[i]->dropped)
            stages[i]->dropped(analysis->states[i], input, analysis->events.finding,
                               analysis->user);
}

void st_analysis_put_segment(struct st_analysis *analysis, unsigned channel,
                             const struct st_segment *segment)
{
    assert(channel < ST_CHANNELS_MAX);
    struct st_cleared_segment cleared = {.segment = *segment};
    if (segment->end_us > analysis->view.media_us)
        analysis->view.media_us = segment->end_us;
    analysis->events.segment(analysis->user, channel, &cleared);
    struct st_stage_input input = {.channel = channel,
                                   .role = analysis->view.facts->roles[channel],
                                   .segment = &cleared.segment};
    if (segment->is_final && (segment->is_unsure || segment->text[0] == '\0'))
        drop(analysis, &input);
    else
        analyse(analysis, &input);
}

void st_analysis_put_audio(struct st_analysis *analysis, unsigned channel,
                           const struct st_audio_second *second)
{
    assert(channel < ST_CHANNELS_MAX);
    for (unsigned i = 0; i < STAGES; i++)
        if (analysis->states[i] && stages[i]->audio)
            stages[i]->audio(analysis->states[i], channel, second);
}

void st_analysis_set_paused(struct st_analysis *analysis, bool is_paused, int64_t media_us)
{
    for (unsigned i = 0; i < STAGES; i++)
        if (analysis->states[i] && stages[i]->paused)
            stages[i]->paused(analysis->states[i], is_paused, media_us);
}

void st_analysis_tick(struct st_analysis *analysis, int64_t media_us)
{
    if (media_us > analysis->view.media_us)
        analysis->view.media_us = media_us;
    for (unsigned i = 0; i < STAGES; i++)
        if (analysis->states[i] && stages[i]->tick)
            stages[i]->tick(analysis->states[i], analysis->events.finding, analysis->user);
}

void st_analysis_finish(struct st_analysis *analysis, int64_t media_us)
{
    st_analysis_tick(analysis, media_us);
    for (unsigned i = 0; i < STAGES; i++)
        if (analysis->states[i] && stages[i]->finish)
            stages[i]->finish(analysis->states[i], analysis->events.finding, analysis->user);
}
