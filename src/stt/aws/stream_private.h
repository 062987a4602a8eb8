/* One stream, and what its files share. */
#ifndef SIDETONE_STT_AWS_STREAM_PRIVATE_H
#define SIDETONE_STT_AWS_STREAM_PRIVATE_H

#include "engine_private.h"
#include "event_stream.h"
#include "reply.h"
#include "request.h"
#include "tracks.h"

#include "../rebase.h"

enum {
    ST_AWS_FRAME_BYTES = 16384,
    ST_AWS_BODY_BYTES = 2048,
};

struct st_engine_stream {
    struct st_engine_stream_config config;
    struct st_engine *engine;
    const char *language; /* as the service has it; NULL: it finds out */
    char language_text[24];
    char *call_id;
    enum st_role roles[ST_ENGINE_CHANNELS_MAX];
    struct st_aws_request request;
    unsigned generation; /* of the keys */
    bool has_begun;      /* target was given: what is sent can be signed */
    bool is_finishing;
    bool has_failed;
    int64_t given_us; /* audio of the session's */
    int64_t sent_us;  /* with the silence of ours */
    struct st_rebase clock;
    int64_t told_lag_us;
    struct st_event_reader reader;
    struct st_aws_reply reply;
    struct st_aws_track tracks[ST_ENGINE_CHANNELS_MAX];
    unsigned telling; /* the channel whose result is being told */
    struct st_word *words;
    size_t words_cap;
    unsigned status; /* of the response; 0: none yet */
    char error_type[80];
    int64_t ahead_ms; /* of AWS's clock, when it said so */
    bool has_clock;
    char body[ST_AWS_BODY_BYTES]; /* of a refusal */
    size_t body_bytes;
    uint8_t frame[ST_AWS_FRAME_BYTES];
};

/* Milliseconds of AWS's clock. */
int64_t st_aws_stream_unix_ms(const struct st_engine_stream *stream);
int64_t st_aws_stream_us(const struct st_engine_stream *stream, size_t samples);
/* Once: nothing is said after it. */
void st_aws_stream_fail(struct st_engine_stream *stream, enum st_engine_trouble trouble,
                        const char *what);

/* ---- stream_events.c ---- */

/* The first event of Call Analytics: who speaks on which channel. */
void st_aws_stream_send_configuration(struct st_engine_stream *stream);
/* -EINVAL when there is none, or more than an event may have. */
int st_aws_stream_send_audio(struct st_engine_stream *stream, const struct st_frame *frames);
void st_aws_stream_send_end(struct st_engine_stream *stream);

/* ---- stream_results.c ---- */

/* An event of results; others are passed over. */
int st_aws_stream_take_event(struct st_engine_stream *stream,
                             const struct st_event_message *message);

/* ---- stream_refusals.c ---- */

void st_aws_stream_take_exception(struct st_engine_stream *stream,
                                  const struct st_event_message *message);

#endif
