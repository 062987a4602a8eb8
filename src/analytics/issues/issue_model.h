/* How a sentence is judged: shared by every call. */
#ifndef SIDETONE_ANALYTICS_ISSUE_MODEL_H
#define SIDETONE_ANALYTICS_ISSUE_MODEL_H

#include "meaning/cue_set.h"
#include "meaning/head.h"

#include "sidetone/issues.h"

#include <stdbool.h>

struct st_issue_model {
    struct st_cue_set *cues; /* NULL: meaning alone, for comparing */
    bool has_heads;
    struct st_head heads[ST_ISSUE_KINDS];
};

/* What a sentence is worth, before it is compared with others. */
struct st_issue_sentence {
    const char *text;
    size_t bytes;
    unsigned words;
    bool is_question;
    enum st_role role;
    unsigned index;      /* among its speaker's sentences, from 0 */
    int64_t media_us;    /* when it was said */
    const float *vector; /* NULL: what it means is not known */
};

struct st_issue_verdict {
    enum st_issue_kind kind;
    enum st_issue_origin origin;
    double score; /* ≤ 1: it says nothing of interest */
    bool is_another;
};

/* The kind that the sentence fits best. */
struct st_issue_verdict st_issue_model_judge(const struct st_issue_model *model,
                                             const struct st_issue_sentence *sentence);

#endif
