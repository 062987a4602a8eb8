/*
 * Speech-to-text: the session that keeps an engine going for a channel.
 *
 * Waiting, pacing, reconnecting, replaying and re-basing of time live here, once; engines
 * (sidetone/engine.h) speak their protocols or run their models and nothing else.
 */
#ifndef SIDETONE_STT_H
#define SIDETONE_STT_H

#include "sidetone/engine.h"

/* ---- transport, given by the call room over net ---- */

struct st_stt_socket;

struct st_stt_socket_events {
    void (*open)(void *user);
    /* HTTP/2: the head of the response, once. 0, or it is given up. */
    int (*response)(void *user, unsigned status,
                    const char *(*header)(const void *headers, const char *name),
                    const void *headers);
    void (*message)(void *user, const void *data, size_t bytes, bool is_binary);
    /* Once; also for a failed connect. ws_code 1000: the peer closed normally. */
    void (*closed)(void *user, const struct st_engine_closing *closing);
};

struct st_stt_transport {
    /* The target is copied. Its scheme decides: ws, wss: WebSocket; http, https: HTTP/2. */
    int (*connect)(void *transport, struct st_stt_socket **ret_socket, enum st_engine_kind kind,
                   const struct st_engine_target *target, const struct st_stt_socket_events *events,
                   void *user);
    /* Copied and sent, or queued. -ENOBUFS when its queue is full: slow down. */
    int (*send)(struct st_stt_socket *socket, const void *data, size_t bytes, bool is_binary);
    /* HTTP/2: the request ends behind what was sent. */
    void (*end)(struct st_stt_socket *socket);
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
