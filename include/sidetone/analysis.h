/*
 * Everything that is derived from one call: its segments and measures in, findings out.
 *
 * Live calls and files run the same stages. The privacy stage comes first and decides what the
 * others, and everybody else, see of a segment. Pure: no I/O, no clock; the time is an argument.
 * One thread at a time.
 */
#ifndef SIDETONE_ANALYSIS_H
#define SIDETONE_ANALYSIS_H

#include "sidetone/finding.h"
#include "sidetone/segment.h"

#include <stdbool.h>
#include <stdint.h>

struct st_audio_second;
struct st_call_facts;
struct st_rules;
struct st_sentiment_lexicon;

/* What analyses have in common, compiled before: shared by reference, immutable. */
struct st_analysis_settings {
    struct st_rules *rules;
    const struct st_sentiment_lexicon *lexicon; /* NULL: no sentiment */
    int64_t silence_us;                         /* from when on it is told; 0: 10 s */
};

/* Borrowed arguments; neither may call back into the analysis. */
struct st_analysis_events {
    /* What may be shown of a segment, before the findings in it. */
    void (*segment)(void *user, unsigned channel, const struct st_cleared_segment *segment);
    st_finding_fn finding;
};

struct st_analysis;

/* Settings are copied and references taken; they and `facts` outlive the analysis or are replaced.
 * Never fails. */
struct st_analysis *st_analysis_create(const struct st_analysis_settings *settings,
                                       const struct st_call_facts *facts,
                                       const struct st_analysis_events *events, void *user);
void st_analysis_destroy(struct st_analysis *analysis); /* NULL is fine */

/* From now on; stages whose settings changed begin anew. */
void st_analysis_set_settings(struct st_analysis *analysis,
                              const struct st_analysis_settings *settings);
void st_analysis_set_facts(struct st_analysis *analysis, const struct st_call_facts *facts);

/* Partial or final. Unsure and empty finals are shown and not analysed. */
void st_analysis_put_segment(struct st_analysis *analysis, unsigned channel,
                             const struct st_segment *segment);

/* Once per channel and second of media, in order; seconds may be missing. Calls without audio have
 * none. */
void st_analysis_put_audio(struct st_analysis *analysis, unsigned channel,
                           const struct st_audio_second *second);

/* The platform paused the call or goes on with it, at that time of media. */
void st_analysis_set_paused(struct st_analysis *analysis, bool is_paused, int64_t media_us);

/* Media time goes on although nobody speaks: about once a second, never backwards. */
void st_analysis_tick(struct st_analysis *analysis, int64_t media_us);

/* The call is over: what waited is decided. No segments afterwards. */
void st_analysis_finish(struct st_analysis *analysis, int64_t media_us);

#endif
