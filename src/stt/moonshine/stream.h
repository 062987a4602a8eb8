/*
 * One channel inside the recogniser: audio in on the loop's thread, heard on one thread, decoded
 * on others, answered on the loop's.
 *
 * The last 20 s of audio lie in a ring, which serves the voice detector and the utterance that is
 * open. When a channel's finished utterances wait to be decoded, more of it is heard only while
 * they are short together: the ring then fills, audio() answers -EAGAIN, and lag has a bound.
 *
 * Everyone who holds a stream has a reference; what comes in after close is forgotten.
 */
#ifndef SIDETONE_STT_MOONSHINE_STREAM_H
#define SIDETONE_STT_MOONSHINE_STREAM_H

#include "hints.h"
#include "sidetone/stt.h"
#include "vad.h"
#include "workers.h"

struct st_hearing;

/* ---- the loop's thread ---- */

/* Takes the reference to `hints`, NULL for none; those of the config are not looked at. */
void st_stream_open(struct st_engine_stream **ret_stream, struct st_hearing *hearing,
                    struct st_workers *workers, const struct st_engine_stream_config *config,
                    struct st_hints *hints_take);
int st_stream_audio(struct st_engine_stream *stream, const struct st_frame *frame);
void st_stream_finish(struct st_engine_stream *stream);
void st_stream_close(struct st_engine_stream *stream);

/* ---- the hearing thread ---- */

enum st_stream_take {
    ST_STREAM_NOTHING,
    ST_STREAM_FRAME,
    ST_STREAM_SILENCE, /* a frame too, but so quiet that nobody needs to listen to it */
    ST_STREAM_END,     /* once, after the last frame */
    ST_STREAM_BLOCKED, /* answers could not be posted: try again soon */
};

uint32_t st_stream_rate_hz(const struct st_engine_stream *stream);
struct st_vad_state *st_stream_vad(struct st_engine_stream *stream);
/* Writes the next frame for the voice detector, ±1. */
enum st_stream_take st_stream_take_frame(struct st_engine_stream *stream, float *out);
/* The detector's answer for that frame. */
void st_stream_heard(struct st_engine_stream *stream, float probability);
void st_stream_heard_silence(struct st_engine_stream *stream);
void st_stream_end(struct st_engine_stream *stream);

/* ---- any thread ---- */

/* The stream is dead; `what` is static. */
void st_stream_fail(struct st_engine_stream *stream, int err, const char *what);
struct st_engine_stream *st_stream_ref(struct st_engine_stream *stream);
void st_stream_unref(struct st_engine_stream *stream);

extern const struct st_workers_ops st_stream_jobs;

#endif
