/* AssemblyAI's engine before a connection: its configuration, its address, and what its ends mean.
 */
#ifndef SIDETONE_STT_ASSEMBLYAI_SETUP_H
#define SIDETONE_STT_ASSEMBLYAI_SETUP_H

#include "sidetone/engine.h"
#include "sidetone/json_writer.h"

struct st_engine {
    const struct st_config_remote_engine *remote;
    const char *url;
    char *authorization; /* the header; NULL: no key */
    bool formats_turns;
};

/* As in st_engine_ops. */
int st_assemblyai_load(struct st_engine **ret_engine, const struct st_config_engines *config,
                       const struct st_config_remote_engine *remote, char *ret_why,
                       size_t why_bytes);
void st_assemblyai_unload(struct st_engine *engine);
void st_assemblyai_describe(const struct st_engine *engine, char *out, size_t out_bytes);
extern const struct st_engine_end st_assemblyai_ends[];

/* Does the model know the call's language, as far as that is known here? */
bool st_assemblyai_has_language(const struct st_engine *engine, const char *language);

/* Where a stream connects, into an empty writer; ends with a NUL. */
void st_assemblyai_make_url(struct st_json_writer *url, const struct st_engine *engine,
                            const struct st_engine_stream_config *config);

#endif
