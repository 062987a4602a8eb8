/*
 * The engine of realtime transcription before a connection: its configuration, its address, what
 * its ends mean, and the message that sets a session up.
 */
#ifndef SIDETONE_STT_OPENAI_SETUP_H
#define SIDETONE_STT_OPENAI_SETUP_H

#include "sidetone/engine.h"
#include "sidetone/json_writer.h"

struct st_engine {
    const struct st_config_remote_engine *remote;
    const char *url, *model;
    char *authorization; /* the header; NULL: no key */
    double threshold;
    int64_t padding_us, silence_us; /* around speech */
    bool is_beta;                   /* old names */
    bool always_pcm;
};

/* As in st_engine_ops. */
int st_openai_load(struct st_engine **ret_engine, const struct st_config_engines *config,
                   const struct st_config_remote_engine *remote, char *ret_why, size_t why_bytes);
void st_openai_unload(struct st_engine *engine);
void st_openai_describe(const struct st_engine *engine, char *out, size_t out_bytes);
extern const struct st_engine_end st_openai_ends[];

/* Where a stream connects, into an empty writer; ends with a NUL. */
void st_openai_make_url(struct st_json_writer *url, const struct st_engine *engine);

/* openai_session.c: session.update, or its older name, into an empty writer. */
void st_openai_make_update(struct st_json_writer *json, const struct st_engine *engine,
                           const struct st_engine_stream_config *config);
/* Telephone audio goes as mu-law. */
bool st_openai_is_mulaw(const struct st_engine *engine, uint32_t rate_hz);

#endif
