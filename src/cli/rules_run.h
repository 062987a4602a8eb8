/* Rules over a recorded call, by the same analysis that live calls go through. */
#ifndef SIDETONE_CLI_RULES_RUN_H
#define SIDETONE_CLI_RULES_RUN_H

#include "rules_call.h"

struct st_analysis_settings;
struct st_embedder;

/* The matches that stand, as events `category.matched` in order; a new reference. */
json_t *st_rules_run(const struct st_analysis_settings *settings, const struct st_rules_call *call,
                     struct st_embedder *embedder); /* NULL: no rules by meaning */

#endif
