/*
 * A stage of the analysis: one file ending in one `static const struct st_stage_ops`, listed in
 * analysis.c in the order in which they see a segment.
 */
#ifndef SIDETONE_ANALYTICS_STAGE_H
#define SIDETONE_ANALYTICS_STAGE_H

#include "text/shown.h"
#include "text/statements.h"
#include "text/tokens.h"

#include "sidetone/analysis.h"
#include "sidetone/characteristics.h"
#include "sidetone/sentiment.h"

/* What a stage may know of the call; later stages read what earlier ones have counted. */
struct st_stage_view {
    const struct st_analysis_settings *settings;
    const struct st_call_facts *facts;
    int64_t media_us;                             /* how far the call has come */
    const struct st_sentiment_history *sentiment; /* NULL: no lexicon */
    const struct st_characteristics *characteristics;
};

struct st_stage_input {
    unsigned channel; /* < ST_CHANNELS_MAX */
    enum st_role role;
    const struct st_segment *segment; /* cleared */
    const struct st_tokens *tokens;   /* its words; finals only */
    const struct st_shown *shown;     /* what everybody else sees of it; finals only */
};

/* A sentence of a final segment, once its meaning is known or known to stay unknown. */
struct st_stage_statement {
    unsigned channel; /* < ST_CHANNELS_MAX */
    enum st_role role;
    uint64_t segment_id;
    struct st_statement sentence;
    const float *vector; /* ST_VECTOR_LEN numbers; NULL: unknown */
};

struct st_stage_ops {
    const char *name;

    /* NULL: the settings do not ask for this stage, which is then left out. The view is valid as
     * long as the state. */
    void *(*create)(const struct st_stage_view *view);
    void (*destroy)(void *state);

    /* Optional: shows later stages what they may read; after every create. */
    void (*publish)(void *state, struct st_stage_view *view);

    /* Optional: settings have changed. Without it the stage keeps what it began with. */
    void (*reset)(void *state);

    /* Each is optional. Finals that are neither unsure nor empty; partials; a second of audio; the
     * platform's pauses; time; the end. */
    void (*final)(void *state, const struct st_stage_input *input, st_finding_fn emit, void *user);
    void (*partial)(void *state, const struct st_stage_input *input, st_finding_fn emit,
                    void *user);
    /* The sentences of finals, in order; those whose meaning is asked for come a little later than
     * their segment, and all of them before the end. */
    void (*sentence)(void *state, const struct st_stage_statement *input, st_finding_fn emit,
                     void *user);
    /* Finals that are unsure or empty: their partials have come to nothing. */
    void (*dropped)(void *state, const struct st_stage_input *input, st_finding_fn emit,
                    void *user);
    void (*audio)(void *state, unsigned channel, const struct st_audio_second *second);
    void (*paused)(void *state, bool is_paused, int64_t media_us);
    /* What any stage has found, before it is told. */
    void (*found)(void *state, const struct st_finding *finding);
    void (*tick)(void *state, st_finding_fn emit, void *user);
    void (*finish)(void *state, st_finding_fn emit, void *user);
};

extern const struct st_stage_ops st_stage_categories;
extern const struct st_stage_ops st_stage_issues;
extern const struct st_stage_ops st_stage_characteristics;
extern const struct st_stage_ops st_stage_language;
extern const struct st_stage_ops st_stage_profanity;
extern const struct st_stage_ops st_stage_questions;
extern const struct st_stage_ops st_stage_scripts;
extern const struct st_stage_ops st_stage_sentiment;
extern const struct st_stage_ops st_stage_topics;

#endif
