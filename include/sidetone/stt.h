/*
 * Speech-to-text: engines, and the session that keeps one going for a channel.
 *
 * An engine is one file (or a folder of its own) ending in one `static const struct
 * st_engine_ops`, listed in src/stt/engines.c. It speaks its protocol or runs its model and
 * nothing else; waiting, pacing, reconnecting, replaying and re-basing of time live once, in the
 * session. Embedded engines work on threads of their own and answer on the session's loop.
 */
#ifndef SIDETONE_STT_H
#define SIDETONE_STT_H

#include "sidetone/frame.h"
#include "sidetone/segment.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct st_loop;
struct st_config_engines;

/* ---- engines ---- */

struct st_engine;        /* loaded once per process: models, worker threads, addresses */
struct st_engine_stream; /* one channel of one call */

/* What a stream tells its session; on the session's loop thread, also from within ops calls. */
struct st_engine_sink {
    /* Times count the audio given since the stream began. Ids rise, finals come in order. */
    void (*segment)(void *user, const struct st_segment *segment);
    /* Remote engines: a WebSocket message to send; bytes are copied. */
    void (*send)(void *user, const void *data, size_t bytes, bool is_binary);
    void (*done)(void *user); /* after finish: every final has been given */
    /* The stream is dead. `what` is fit for people and free of transcript text. */
    void (*failed)(void *user, int err, const char *what);
    /* How far behind real time recognition is. Sent when it changes by more than 0.1 s. */
    void (*lag)(void *user, int64_t lag_us);
    /* No later segment has speech from before this stream time: the session need not keep that
     * audio for a replay. Finals say so by themselves; this is for silence. Optional to call. */
    void (*settled)(void *user, int64_t until_us);
};

struct st_engine_stream_config {
    struct st_loop *loop;
    uint32_t rate_hz; /* of the frames to come: what ops->rate_hz answered */
    const char *language;
    bool wants_partials;
    const struct st_engine_sink *sink;
    void *user; /* passed to the sink */
};

enum st_engine_kind {
    ST_ENGINE_EMBEDDED,
    ST_ENGINE_WEBSOCKET,
};

struct st_engine_ops {
    const char *name;
    enum st_engine_kind kind;
    const char *quality; /* "good", "low": shown to users; NULL for remote ones */
    int64_t chunk_us;    /* audio comes in frames of this length, at most 100 ms; 0: of 20 ms */
    int64_t stall_us;    /* reconnect when audio is not answered within it; 0: silence is fine */

    /* Mandatory. May block (called before serving). *ret_engine on success. On failure returns a
     * negative errno and fills `ret_why` (what is missing, where, what to do). */
    int (*load)(struct st_engine **ret_engine, const struct st_config_engines *config,
                char *ret_why, size_t why_bytes);
    /* Every stream is closed by then. Joins worker threads. NULL is fine. */
    void (*unload)(struct st_engine *engine);

    /* Mandatory for embedded engines. What is installed, without loading it: 0 with a line like
     * that of `describe`, or a negative errno with what `load` would say is missing. May block. */
    int (*probe)(const struct st_config_engines *config, char *out, size_t out_bytes);

    /* Mandatory. A line for people: version, files, address. */
    void (*describe)(const struct st_engine *engine, char *out, size_t out_bytes);

    /* Mandatory. Rate at which frames are wanted for audio that arrived at `wire_hz`. `engine` may
     * be NULL: also when it is not loaded. */
    uint32_t (*rate_hz)(const struct st_engine *engine, uint32_t wire_hz);

    /* WebSocket engines: where to connect, as ws:// or wss:// URL; borrowed. */
    const char *(*url)(const struct st_engine *engine);

    /* Mandatory. A WebSocket stream may call sink->send at once: its messages go out when the
     * socket is open. */
    int (*open)(struct st_engine_stream **ret_stream, struct st_engine *engine,
                const struct st_engine_stream_config *config);
    /* Mandatory. One frame; copied. Only the last before finish may be shorter than chunk_us.
     * 0, or -EAGAIN when the stream is full: the session keeps the frame in its ring and tries
     * again on its next tick. Any other error kills the stream. */
    int (*audio)(struct st_engine_stream *stream, const struct st_frame *frame);
    /* Mandatory. No more audio comes; finals for all of it are given, then done. */
    void (*finish)(struct st_engine_stream *stream);
    /* Mandatory. Closes and frees; nothing is called after it. NULL is fine. */
    void (*close)(struct st_engine_stream *stream);

    /* WebSocket engines: a whole message from the server. 0, or -EPROTO: the session reconnects. */
    int (*receive)(struct st_engine_stream *stream, const void *data, size_t bytes, bool is_binary);
};

/* NULL-terminated. */
extern const struct st_engine_ops *const st_engines[];
const struct st_engine_ops *st_engine_find(const char *name);

/* ---- transport, given by the call room over net ---- */

struct st_stt_socket;

struct st_stt_socket_events {
    void (*open)(void *user);
    void (*message)(void *user, const void *data, size_t bytes, bool is_binary);
    /* Once; also for a failed connect. err 0: the peer closed normally (1000). */
    void (*closed)(void *user, int err, const char *what);
};

struct st_stt_transport {
    int (*connect)(void *transport, struct st_stt_socket **ret_socket, struct st_loop *loop,
                   const char *url, const struct st_stt_socket_events *events, void *user);
    /* Copied and sent, or queued. -ENOBUFS when its queue is full: slow down. */
    int (*send)(struct st_stt_socket *socket, const void *data, size_t bytes, bool is_binary);
    /* Nothing is called after it. Also called after `closed`, then it only releases. */
    void (*close)(struct st_stt_socket *socket);
};

/* ---- session: one channel's way to its engine ---- */

struct st_stt_session;

enum st_stt_state {
    ST_STT_STARTING, /* audio waits in the ring */
    ST_STT_RUNNING,
    ST_STT_DEGRADED, /* the engine is away: audio waits, a retry is scheduled */
    ST_STT_FINISHING,
    ST_STT_ENDED,
};

struct st_stt_session_events {
    /* Media times on the call's clock, in whole milliseconds; confidences in thousandths; ids
     * unique on the channel across reconnects. */
    void (*segment)(void *user, const struct st_segment *segment);
    /* DEGRADED and back to RUNNING (recovered); `why` is fit for people. */
    void (*state)(void *user, enum st_stt_state state, const char *why);
    /* All finals have been given after finish (or were given up after the time-out). Once. */
    void (*done)(void *user);
    void (*lag)(void *user, int64_t lag_us);
    /* The ring was full and this stretch of audio was never recognised. */
    void (*shed)(void *user, int64_t from_us, int64_t until_us);
};

struct st_stt_session_config {
    struct st_loop *loop;
    const struct st_engine_ops *ops;
    struct st_engine *engine;
    uint32_t wire_hz; /* rate the audio arrived at; frames come at ops->rate_hz of it */
    const char *language;
    bool wants_partials;
    int64_t ring_us;           /* 0: 30 s of audio held while the engine is away */
    int64_t finish_timeout_us; /* without progress; 0: 10 s, with embedded engines 60 s */
    const struct st_stt_transport *transport;
    void *transport_user;
    const struct st_stt_session_events *events;
    void *user; /* passed to the events */
};

/* An engine that cannot serve this session at all (-EINVAL, -ENOTSUP: rate, language, address) is
 * an error here; every other trouble is met by DEGRADED and retries. */
int st_stt_session_create(struct st_stt_session **ret_session,
                          const struct st_stt_session_config *config);
uint32_t st_stt_session_rate_hz(const struct st_stt_session *session);
/* Frames follow one another without holes; the first sets the session's base time. Never blocks,
 * never fails: what does not fit pushes out the oldest and is reported by shed. */
void st_stt_session_audio(struct st_stt_session *session, const struct st_frame *frame);
void st_stt_session_finish(struct st_stt_session *session);
enum st_stt_state st_stt_session_state(const struct st_stt_session *session);
const char *st_stt_state_name(enum st_stt_state state);      /* "starting", "running", … */
void st_stt_session_destroy(struct st_stt_session *session); /* nothing is called after it */

#endif
