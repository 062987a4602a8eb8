/* Azure's engine before a connection: its configuration, its address, and what its ends mean. */
#ifndef SIDETONE_STT_AZURE_SETUP_H
#define SIDETONE_STT_AZURE_SETUP_H

#include "sidetone/engine.h"
#include "sidetone/json_writer.h"

struct st_engine {
    const struct st_config_remote_engine *remote;
    char *url;
    char *authorization; /* the header */
};

/* As in st_engine_ops. */
int st_azure_load(struct st_engine **ret_engine, const struct st_config_engines *config,
                  const struct st_config_remote_engine *remote, char *ret_why, size_t why_bytes);
void st_azure_unload(struct st_engine *engine);
void st_azure_describe(const struct st_engine *engine, char *out, size_t out_bytes);
extern const struct st_engine_end st_azure_ends[];

/* The call's, unless the engine has one of its own. */
const char *st_azure_language(const struct st_engine *engine,
                              const struct st_engine_stream_config *config);
/* Of which it finds out which is spoken, with commas between them; NULL: it is told. */
const char *st_azure_languages(const struct st_engine *engine);
/* Where a stream connects, into an empty writer; ends with a NUL. */
void st_azure_make_url(struct st_json_writer *url, const struct st_engine *engine,
                       const struct st_engine_stream_config *config);

#endif
