/* What `sidetone engine test` found out, and how it is shown. Pure. */
#ifndef SIDETONE_CLI_ENGINE_RESULT_H
#define SIDETONE_CLI_ENGINE_RESULT_H

#include "engine_hearing.h"
#include "text.h"
#include "word_errors.h"

#include "sidetone/stt.h"
#include "sidetone/transcript.h"

#include <jansson.h>

/* What was said: of both channels together, or of each when every line begins with "agent:" or
 * "customer:". */
struct st_engine_reference {
    struct st_words words[ST_CHANNELS_MAX]; /* together: the first */
    bool is_by_role;
};

void st_engine_reference_read(struct st_engine_reference *ret_reference, const char *text);
void st_engine_reference_fini(struct st_engine_reference *reference);

struct st_engine_result {
    const char *file, *language;
    const struct st_stt_engine *engine;
    const struct st_guard_report *report; /* of its guard */
    const struct st_transcript_call *call;
    const struct st_engine_reference *reference; /* NULL: none */
    struct st_engine_hearing *hearing;           /* its delays are put in order */
    unsigned channel_mask;
    double speed; /* 0: as fast as the engine took it; there are no delays then */
    int64_t elapsed_us;
};

/* Owned by the caller. -ENOBUFS when there are too many words to be compared. */
int st_engine_result_json(const struct st_engine_result *result, json_t **ret_json);

/* What st_engine_result_json gave. */
void st_engine_result_text(const json_t *json, struct st_text *text);

#endif
