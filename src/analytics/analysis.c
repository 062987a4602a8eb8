#include "pii/pii_shown.h"
#include "stage.h"
#include "statement_queue.h"
#include "text/transcript_show.h"

#include "sidetone/call_facts.h"
#include "sidetone/mem.h"
#include "sidetone/profanity_list.h"
#include "sidetone/rules.h"
#include "sidetone/summary.h"

#include <assert.h>
#include <stdlib.h>

/* clang-format off */
static const struct st_stage_ops *const stages[] = {
    &st_stage_sentiment,
    &st_stage_characteristics,
    &st_stage_categories,
    &st_stage_language,
    &st_stage_profanity,
    &st_stage_questions,
    &st_stage_scripts,
    &st_stage_topics,
    &st_stage_issues,
};
/* clang-format on */

enum { STAGES = sizeof(stages) / sizeof(stages[0]) };

#define MEDIA_MAX_US ((int64_t)1 << 50) /* 35 years */

struct st_analysis {
    struct st_analysis_settings settings;
    struct st_stage_view view;
    struct st_pii *pii; /* NULL: off */
    struct st_analysis_events events;
    void *user;
    void *states[STAGES];            /* NULL: not asked for */
    struct st_transcript_show *show; /* NULL: as it is */
    struct st_statement_queue sentences;
    struct st_summary summary;
};

/* Every finding passes here. */
static void on_finding(void *user, const struct st_finding *finding)
{
    struct st_analysis *analysis = user;
    for (unsigned i = 0; i < STAGES; i++)
        if (analysis->states[i] && stages[i]->found)
            stages[i]->found(analysis->states[i], finding);
    st_summary_note(&analysis->summary, finding);
    analysis->events.finding(analysis->user, finding);
}

static void on_sentence(void *user, const struct st_stage_statement *sentence)
{
    struct st_analysis *analysis = user;
    for (unsigned i = 0; i < STAGES; i++)
        if (analysis->states[i] && stages[i]->sentence)
            stages[i]->sentence(analysis->states[i], sentence, on_finding, analysis);
}

static void keep_settings(struct st_analysis *analysis, const struct st_analysis_settings *settings)
{
    analysis->settings = *settings;
    analysis->settings.rules = st_rules_ref(settings->rules);
    if (settings->profanity)
        st_profanity_list_ref(settings->profanity);
}

static void drop_settings(const struct st_analysis_settings *settings)
{
    st_rules_unref(settings->rules);
    st_profanity_list_unref(settings->profanity);
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
    analysis->show = st_transcript_show_create(&settings->format);
    analysis->sentences =
        (struct st_statement_queue){.ask_user = user, .leaves = on_sentence, .user = analysis};
    analysis->pii = st_pii_create(&settings->privacy);
    for (unsigned i = 0; i < STAGES; i++)
        create_stage(analysis, i);
    return analysis;
}

void st_analysis_set_ask(struct st_analysis *analysis, st_ask_vector_fn ask)
{
    analysis->sentences.ask = ask;
}

void st_analysis_destroy(struct st_analysis *analysis)
{
    if (!analysis)
        return;
    for (unsigned i = 0; i < STAGES; i++)
        if (analysis->states[i])
            stages[i]->destroy(analysis->states[i]);
    drop_settings(&analysis->settings);
    st_transcript_show_destroy(analysis->show);
    st_statement_queue_fini(&analysis->sentences);
    st_summary_fini(&analysis->summary);
    st_pii_destroy(analysis->pii);
    free(analysis);
}

void st_analysis_set_settings(struct st_analysis *analysis,
                              const struct st_analysis_settings *settings)
{
    struct st_analysis_settings old = analysis->settings;
    keep_settings(analysis, settings);
    st_pii_set_settings(&analysis->pii, &settings->privacy);
    for (unsigned i = 0; i < STAGES; i++)
        if (!analysis->states[i])
            create_stage(analysis, i);
        else if (stages[i]->reset)
            stages[i]->reset(analysis->states[i]);
    drop_settings(&old);
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
            ops->final(analysis->states[i], input, on_finding, analysis);
        else if (!input->segment->is_final && ops->partial)
            ops->partial(analysis->states[i], input, on_finding, analysis);
    }
    if (input->segment->is_final)
        st_statement_queue_put(&analysis->sentences, input);
}

static void drop(struct st_analysis *analysis, const struct st_stage_input *input)
{
    for (unsigned i = 0; i < STAGES; i++)
        if (analysis->states[i] && stages[i]->dropped)
            stages[i]->dropped(analysis->states[i], input, on_finding, analysis);
}

static void tell_personal_data(struct st_analysis *analysis, unsigned channel,
                               const struct st_pii_clearing *clearing)
{
    const struct st_segment *segment = &clearing->cleared.segment;
    struct st_finding finding = {
        .type = ST_FINDING_PII,
        .channel = channel,
        .role = analysis->view.facts->roles[channel],
        .segment_id = segment->id,
        .start_us = segment->start_us,
        .end_us = segment->end_us,
        .pii = &clearing->finding,
    };
    if (clearing->finding.count > 0)
        on_finding(analysis, &finding);
}

/* What formatting changes, spans of personal data follow. What is needed for one segment alone is
 * given back with it: calls are many, and most of them are silent at any moment. */
static void show(struct st_analysis *analysis, unsigned channel, struct st_pii_clearing *clearing)
{
    const struct st_segment *segment = &clearing->cleared.segment;
    struct st_tokens tokens = {.items = NULL};
    struct st_shown shown;
    if (segment->is_final || analysis->show)
        st_tokens_read(&tokens, segment);
    const struct st_cleared_segment *seen = st_transcript_show_put(
        analysis->show, channel, &clearing->cleared, &tokens, analysis->settings.profanity, &shown);
    analysis->events.segment(analysis->user, channel, seen);
    st_pii_shown_move(clearing, &shown);
    tell_personal_data(analysis, channel, clearing);
    struct st_stage_input input = {.channel = channel,
                                   .role = analysis->view.facts->roles[channel],
                                   .segment = segment,
                                   .tokens = &tokens,
                                   .shown = &shown};
    if (segment->is_final && (segment->is_unsure || segment->text[0] == '\0'))
        drop(analysis, &input);
    else
        analyse(analysis, &input);
    st_transcript_show_forget(analysis->show);
    st_tokens_fini(&tokens);
}

/* Time does not go back, nor beyond what stages may calculate with. */
static void reach(struct st_analysis *analysis, int64_t media_us)
{
    if (media_us > MEDIA_MAX_US)
        media_us = MEDIA_MAX_US;
    if (media_us > analysis->view.media_us)
        analysis->view.media_us = media_us;
}

void st_analysis_put_segment(struct st_analysis *analysis, unsigned channel,
                             const struct st_segment *segment)
{
    struct st_pii_clearing clearing;
    assert(channel < ST_CHANNELS_MAX);
    reach(analysis, segment->end_us);
    st_pii_clear(analysis->pii, channel, segment, &clearing);
    show(analysis, channel, &clearing);
    st_pii_clearing_fini(&clearing);
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

bool st_analysis_put_vector(struct st_analysis *analysis, uint64_t ticket, const float *vector)
{
    return st_statement_queue_answer(&analysis->sentences, ticket, vector);
}

bool st_analysis_is_waiting(const struct st_analysis *analysis)
{
    return analysis->sentences.count > 0;
}

const struct st_summary *st_analysis_summary(struct st_analysis *analysis, int64_t media_us)
{
    st_summary_write(&analysis->summary, media_us);
    return &analysis->summary;
}

void st_analysis_tick(struct st_analysis *analysis, int64_t media_us)
{
    reach(analysis, media_us);
    for (unsigned i = 0; i < STAGES; i++)
        if (analysis->states[i] && stages[i]->tick)
            stages[i]->tick(analysis->states[i], on_finding, analysis);
}

static void tell_summary(struct st_analysis *analysis, int64_t media_us)
{
    struct st_finding finding = {
        .type = ST_FINDING_SUMMARY,
        .end_us = media_us,
        .summary = st_analysis_summary(analysis, media_us),
    };
    on_finding(analysis, &finding);
}

void st_analysis_finish(struct st_analysis *analysis, int64_t media_us)
{
    st_statement_queue_flush(&analysis->sentences);
    st_analysis_tick(analysis, media_us);
    for (unsigned i = 0; i < STAGES; i++)
        if (analysis->states[i] && stages[i]->finish)
            stages[i]->finish(analysis->states[i], on_finding, analysis);
    analysis->summary.is_over = true;
    tell_summary(analysis, media_us);
}
