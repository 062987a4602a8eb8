/*
 * Every engine there is: those of this build, and those that the configuration has; what routes
 * want of them, and how they do.
 */
#ifndef SIDETONE_CLI_ENGINE_SURVEY_H
#define SIDETONE_CLI_ENGINE_SURVEY_H

#include "doctor_judge.h"
#include "engine_verdict.h"

#include <jansson.h>

struct st_config;
struct st_config_remote_engine;

struct st_engine_row {
    const char *name, *type;
    const struct st_engine_ops *ops;              /* NULL: there is no such type */
    const struct st_config_remote_engine *remote; /* NULL: embedded */
    enum st_doctor_need need;
    int err;         /* it is not installed, or cannot be loaded: `text` says what is missing */
    char text[1024]; /* what it is; no keys */
    char address[256];
    bool is_auto; /* what "auto" gives */
    bool is_tried;
    struct st_engine_trial trial; /* when it was */
    struct st_engine_verdict verdict;
};

struct st_engine_survey {
    const struct st_config *config;
    struct st_engine_row *rows; /* embedded ones first */
    size_t count;
};

/* Loads no model. Unless `is_offline` a stream is opened to every remote engine: seconds, and as
 * much audio. -errno when the network cannot be set up. */
int st_engine_survey_run(struct st_engine_survey *survey, const struct st_config *config,
                         bool is_offline);
void st_engine_survey_fini(struct st_engine_survey *survey);

bool st_engine_row_is_well(const struct st_engine_row *row);

/* Where routes name it: {tenant, route, language or null, place} each; owned by the caller. */
json_t *st_engine_row_routes(const struct st_engine_row *row, const struct st_config *config);

#endif
