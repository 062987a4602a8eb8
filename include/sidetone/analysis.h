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
#include "sidetone/pii.h"
#include "sidetone/segment.h"
#include "sidetone/transcript_format.h"

#include <stdbool.h>
#include <stdint.h>

struct st_audio_second;
struct st_call_facts;
struct st_profanity_list;
struct st_issue_model;
struct st_rules;
struct st_sentiment_lexicon;
struct st_summary;

enum { ST_VECTOR_LEN = 384 }; /* numbers that stand for what a sentence means; of length 1 */

/* What analyses have in common is compiled before: shared by reference, immutable. The rest is for
 * one call. */
struct st_analysis_settings {
    struct st_pii_settings privacy; /* by the call's route; all zero: off */
    struct st_rules *rules;
    const struct st_sentiment_lexicon *lexicon; /* NULL: no sentiment */
    struct st_profanity_list *profanity;        /* NULL: not listened for */
    struct st_transcript_format format;         /* as at the beginning of the call */
    const struct st_issue_model *issues;        /* NULL: no issues, outcomes, action items */
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

/* What a sentence of a final means; `text` is normalised, `user` that of the events. Returns 1 with
 * ret_vector (ST_VECTOR_LEN numbers) filled, 0 when st_analysis_put_vector will bring the answer,
 * or a negative errno: the sentence goes without. Whenever answers come, the same findings follow.
 */
typedef int (*st_ask_vector_fn)(void *user, uint64_t ticket, const char *text, float *ret_vector);

/* Before the first segment; without it no sentence has a meaning. */
void st_analysis_set_ask(struct st_analysis *analysis, st_ask_vector_fn ask);

/* From now on; stages whose settings changed begin anew. */
void st_analysis_set_settings(struct st_analysis *analysis,
                              const struct st_analysis_settings *settings);
void st_analysis_set_facts(struct st_analysis *analysis, const struct st_call_facts *facts);

/* Partial or final. Unsure and empty finals are shown and not analysed. */
void st_analysis_put_segment(struct st_analysis *analysis, unsigned channel,
                             const struct st_segment *segment);

/* The answer to a question; NULL: there will be none. False: too late, the sentence has gone
 * without; nothing happens. */
bool st_analysis_put_vector(struct st_analysis *analysis, uint64_t ticket, const float *vector);
bool st_analysis_is_waiting(const struct st_analysis *analysis); /* for an answer */
/* Once per channel and second of media, in order; seconds may be missing. Calls without audio have
 * none. */
void st_analysis_put_audio(struct st_analysis *analysis, unsigned channel,
                           const struct st_audio_second *second);

/* The platform paused the call or goes on with it, at that time of media. */
void st_analysis_set_paused(struct st_analysis *analysis, bool is_paused, int64_t media_us);

/* Media time goes on although nobody speaks: about once a second, never backwards. */
void st_analysis_tick(struct st_analysis *analysis, int64_t media_us);

/* What the call is about, as far as it has come. Borrowed until the analysis is touched again. */
const struct st_summary *st_analysis_summary(struct st_analysis *analysis, int64_t media_us);

/* The call is over: what waited is decided, answers still missing are given up, and the summary is
 * told last. No segments afterwards. */
void st_analysis_finish(struct st_analysis *analysis, int64_t media_us);

#endif
