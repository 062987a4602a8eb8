/* Rules tried on calls one after another, and what came of it. */
#ifndef SIDETONE_CLI_RULES_TRY_H
#define SIDETONE_CLI_RULES_TRY_H

#include "rules_labels.h"
#include "rules_view.h"

#include "sidetone/analysis.h"

struct st_rules_try {
    const char *verb;
    struct st_analysis_settings settings;
    struct st_sentiment_lexicon *lexicon;
    struct st_embedder *embedder;
    struct st_rules_view view;
    bool is_json;
    json_t *calls; /* {"call_id", "duration_ms", "matches"} of each */
};

/* Loads rules, and the lexicon at `lexicon_path` (NULL: the installed one, if there is one). False
 * after saying what is wrong. Free it in any case. */
bool st_rules_try_init(struct st_rules_try *trial, char *const *paths, size_t count,
                       const char *lexicon_path);
void st_rules_try_fini(struct st_rules_try *trial);

/* Runs the rules over a call and shows what they find, unless it is for --json. False after saying
 * what is wrong with it; `name` is what it is called then. */
bool st_rules_try_call(struct st_rules_try *trial, json_t *state, const char *name);

/* What there is to say at the end. labels NULL: none. */
void st_rules_try_end(struct st_rules_try *trial, const struct st_rules_labels *labels);

#endif
