/* Deepgram's engine before a connection: its configuration, its address, and what its ends mean. */
#ifndef SIDETONE_STT_DEEPGRAM_SETUP_H
#define SIDETONE_STT_DEEPGRAM_SETUP_H

#include "sidetone/engine.h"
#include "sidetone/json_writer.h"

struct st_engine {
    const struct st_config_remote_engine *remote;
    const char *url, *model;
    char *authorization; /* the header */
};

/* As in st_engine_ops. */
int st_deepgram_load(struct st_engine **ret_engine, const struct st_config_engines *config,
                     const struct st_config_remote_engine *remote, char *ret_why, size_t why_bytes);
void st_deepgram_unload(struct st_engine *engine);
void st_deepgram_describe(const struct st_engine *engine, char *out, size_t out_bytes);
unsigned st_deepgram_findings(const struct st_engine *engine, const char *language);
extern const struct st_engine_end st_deepgram_ends[];

/* Where a stream connects, into an empty writer; ends with a NUL. */
void st_deepgram_make_url(struct st_json_writer *url, const struct st_engine *engine,
                          const struct st_engine_stream_config *config);

#endif
