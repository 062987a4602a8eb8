/* What the files of both engines share. */
#ifndef SIDETONE_STT_AWS_ENGINE_PRIVATE_H
#define SIDETONE_STT_AWS_ENGINE_PRIVATE_H

#include "credentials.h"
#include "operation.h"
#include "parameters.h"

#include "sidetone/engine.h"

#include <stdatomic.h>

struct st_engine {
    const struct st_aws_operation *operation;
    struct st_aws_parameters parameters;
    struct st_aws_credentials *credentials;
    char region[64];
    char *base;               /* scheme and authority: "https://transcribestreaming.…" */
    const char *authority;    /* in base */
    const char *ca_file;      /* NULL: the system's certificates */
    _Atomic int64_t clock_ms; /* how far AWS's clock is ahead of ours, where it said so */
};

/* ---- stream.c ---- */

int st_aws_stream_open(struct st_engine_stream **ret_stream, struct st_engine *engine,
                       const struct st_engine_stream_config *config);
int st_aws_stream_target(struct st_engine_stream *stream, struct st_engine_target *ret_target,
                         char *ret_why, size_t why_bytes);
int st_aws_stream_audio(struct st_engine_stream *stream, const struct st_frame *frames);
void st_aws_stream_keep_alive(struct st_engine_stream *stream);
void st_aws_stream_finish(struct st_engine_stream *stream);
void st_aws_stream_close(struct st_engine_stream *stream);
int st_aws_stream_receive(struct st_engine_stream *stream, const void *data, size_t bytes,
                          bool is_binary);
int st_aws_stream_response(struct st_engine_stream *stream, unsigned status,
                           const char *(*header)(const void *headers, const char *name),
                           const void *headers);
enum st_engine_trouble st_aws_stream_closing(struct st_engine_stream *stream,
                                             const struct st_engine_closing *closing,
                                             char *ret_what, size_t what_bytes);

#endif
