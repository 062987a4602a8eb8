/* The calls that a view follows, as far as it shows them: fed with snapshots and events. */
#ifndef SIDETONE_CLI_TAIL_MODEL_H
#define SIDETONE_CLI_TAIL_MODEL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ST_TAIL_CHANNELS = 2, ST_TAIL_CALLS_MAX = 1000 };

struct st_tail_channel {
    char role[16]; /* as given: not to be trusted */
    bool has_sentiment;
    double rolling;
    char trend; /* '+' up, '-' down, '=' flat */
    bool has_talk;
    double talk_share; /* 0…1 of the talk of both */
    char *partial;     /* NULL: nobody is speaking */
    int64_t partial_id;
    int64_t partial_start_ms;
    unsigned line_troubles; /* as st_quality_words_troubles has them */
    bool is_line_news;      /* they changed with the latest of the call */
};

struct st_tail_call {
    char *call_id;
    struct st_tail_channel channels[ST_TAIL_CHANNELS];
    int64_t media_ms;
    int64_t lag_ms;
    uint64_t alerts;
    bool is_paused;
    bool is_degraded;
    bool is_in_doubt;   /* who is the agent */
    bool is_doubt_news; /* since the latest of the call */
};

/* Calls that have not ended, in the order in which they were first seen. */
struct st_tail_model {
    struct st_tail_call *calls;
    size_t count;
    size_t seen; /* calls ever */
};

void st_tail_model_fini(struct st_tail_model *model);

/* NULL when it is not followed. Valid until the next snapshot or event. */
struct st_tail_call *st_tail_model_find(const struct st_tail_model *model, const char *call_id);

/* A call state; one that has ended is not followed. */
void st_tail_model_snapshot(struct st_tail_model *model, const json_t *state);
void st_tail_model_event(struct st_tail_model *model, const json_t *event);

/* Nobody is speaking as far as is known: the connection was cut. */
void st_tail_model_drop_partials(struct st_tail_model *model);

#endif
