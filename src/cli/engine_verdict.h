/* What a trial of an engine means, and what to do about it. Pure. */
#ifndef SIDETONE_CLI_ENGINE_VERDICT_H
#define SIDETONE_CLI_ENGINE_VERDICT_H

#include "engine_trial.h"

enum st_engine_answer { ST_ENGINE_UNKNOWN, ST_ENGINE_NO, ST_ENGINE_YES };

struct st_engine_verdict {
    const char *state; /* a word: "ok", "installed", "unreachable", "refused", … */
    const char *fix;   /* NULL: nothing to do */
    enum st_engine_answer reachable, authorised;
};

struct st_engine_verdict st_engine_verdict_of_trial(const struct st_engine_trial *trial);

/* Of an engine that cannot be loaded, or is not installed. */
extern const struct st_engine_verdict st_engine_verdict_unusable, st_engine_verdict_missing;
/* Of one that was not tried, or is installed: without anything to do. */
extern const struct st_engine_verdict st_engine_verdict_not_tried, st_engine_verdict_installed;

#endif
