/* What Azure's speech service is told before a turn's audio, as Microsoft's SDKs say it. */
#ifndef SIDETONE_STT_AZURE_MESSAGE_H
#define SIDETONE_STT_AZURE_MESSAGE_H

#include "sidetone/engine.h"
#include "sidetone/json_writer.h"

enum { ST_AZURE_WAV_BYTES = 44 };

/* Bodies, into an empty writer. */
void st_azure_write_config(struct st_json_writer *json, uint32_t rate_hz);
/* One language; or `languages` that it may be, with commas between them, else NULL. */
void st_azure_write_context(struct st_json_writer *json, const char *language,
                            const char *languages, const struct st_engine_stream_config *config);

/* Of a file of 16-bit PCM without end. */
void st_azure_write_wav_header(uint8_t out[ST_AZURE_WAV_BYTES], uint32_t rate_hz);

#endif
