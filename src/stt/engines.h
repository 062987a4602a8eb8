/* The engines of this build. */
#ifndef SIDETONE_STT_ENGINES_H
#define SIDETONE_STT_ENGINES_H

#include "sidetone/stt.h"

extern const struct st_engine_ops st_aws_ops;
extern const struct st_engine_ops st_aws_call_analytics_ops;
extern const struct st_engine_ops st_pocketsphinx_ops;
extern const struct st_engine_ops st_vosk_ops;
extern const struct st_engine_ops st_deepgram_ops;
extern const struct st_engine_ops st_assemblyai_ops;
extern const struct st_engine_ops st_openai_ops;
extern const struct st_engine_ops st_azure_ops;

#endif
