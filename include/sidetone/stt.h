/*
 * Speech-to-text: the session that keeps a call recognised, by one engine after another.
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
    /* It may be written to. The peer has accepted it (WebSocket), or is yet to respond (HTTP/2). */
    void (*open)(void *user, bool is_accepted);
    /* HTTP/2: the head of the response, once. 0, or it is given up. */
    int (*response)(void *user, unsigned status,
                    const char *(*header)(const void *headers, const char *name),
                    const void *headers);
    void (*message)(void *user, const void *data, size_t bytes, bool is_binary);
    /* Once; also for a failed connect. ws_code 1000: the peer closed normally. */
    void (*closed)(void *user, const struct st_engine_closing *closing);
};

struct st_stt_transport {
    /* The target is copied. */
    int (*connect)(void *transport, struct st_stt_socket **ret_socket,
                   const struct st_engine_target *target, const struct st_stt_socket_events *events,
                   void *user);
    /* Copied and sent, or queued. -ENOBUFS when its queue is full: slow down. HTTP/2: without bytes
     * it is the end of the request. */
    int (*send)(struct st_stt_socket *socket, const void *data, size_t bytes, bool is_binary);
    /* Nothing is called after it. Also called after `closed`, then it only releases. */
    void (*close)(struct st_stt_socket *socket);
};

/* ---- guard: what all calls of a process know of an engine; any thread ---- */

struct st_guard;

struct st_guard_limits {
    uint32_t streams;     /* at once; 0: no limit */
    uint32_t opens_per_s; /* 0: no limit */
    bool counts_only;     /* nobody waits, whatever happens */
};

struct st_guard *st_guard_create(const struct st_guard_limits *limits);
void st_guard_destroy(struct st_guard *guard); /* NULL is fine; no session uses it any more */

enum st_guard_state {
    ST_GUARD_WELL,
    ST_GUARD_THROTTLED, /* its quota is used up: no new stream for a while */
    ST_GUARD_RESTING,   /* it failed often: no new stream for a while */
    ST_GUARD_PROBING,   /* after a rest one stream at a time tries it */
};

const char *st_guard_state_name(enum st_guard_state state); /* "well", "throttled", … */

struct st_guard_report {
    enum st_guard_state state;
    int64_t wait_us; /* THROTTLED, RESTING: how long yet */
    uint32_t streams, streams_most;
    uint32_t streams_max; /* 0: no limit */
    uint32_t waiting;     /* calls in the line for a stream */
    uint64_t opens;       /* streams begun, those that never opened included */
    uint64_t answered;    /* of them */
    uint64_t renewed;     /* streams followed by another because a stream may not last longer */
    uint64_t passed_over; /* times that a call went to another engine of its list */
    uint64_t troubles[ST_TROUBLES];
    int64_t audio_us; /* given to it, of each channel, what was said again included */
    enum st_engine_trouble last_trouble;
    int64_t last_unix_ms; /* 0: there was no trouble */
    char last_why[160];   /* for people */
};

/* Since the guard was created. NULL as guard: all zeroes. */
void st_guard_report(struct st_guard *guard, int64_t now_us, struct st_guard_report *ret_report);

/* ---- session: a call's way to its engines ---- */

struct st_stt_session;

enum { ST_STT_ENGINES_MAX = 8 };

/* One of the engines a call may use; what it points to outlives the session. */
struct st_stt_engine {
    const char *name; /* as routes call it */
    const struct st_engine_ops *ops;
    struct st_engine *engine;
    struct st_guard *guard;   /* NULL: nothing is limited */
    int64_t stall_us;         /* 0: the engine's own */
    int64_t session_us;       /* 0: the engine's own */
    const char *const *hints; /* of this engine, besides the call's */
    size_t hint_count;
};

enum st_stt_state {
    ST_STT_STARTING, /* audio waits in the ring */
    ST_STT_RUNNING,
    ST_STT_DEGRADED, /* no engine hears it: audio waits, the next one is being opened */
    ST_STT_FINISHING,
    ST_STT_ENDED,
};

struct st_stt_news {
    const char *engine;             /* DEGRADED: that went away; RUNNING: that goes on */
    enum st_engine_trouble trouble; /* DEGRADED */
    const char *why;                /* for people */
};

/* `channel` is the call's. */
struct st_stt_session_events {
    /* Media times on the call's clock, in whole milliseconds; confidences in thousandths; ids
     * unique on the channel across streams and engines. */
    void (*segment)(void *user, unsigned channel, const struct st_segment *segment);
    /* What a vendor found; times and ids as of segments. Optional. */
    void (*finding)(void *user, unsigned channel, const char *engine,
                    const struct st_vendor_finding *finding);
    /* DEGRADED and back to RUNNING (recovered); RUNNING alone when an earlier engine of the list is
     * gone back to. What goes by unnoticed is not told: a stream that
     * is renewed, an engine that cannot serve the call while another can. */
    void (*state)(void *user, unsigned channel, enum st_stt_state state,
                  const struct st_stt_news *news);
    /* All finals have been given after finish (or were given up after the time-out). Once. */
    void (*done)(void *user);
    void (*lag)(void *user, unsigned channel, int64_t lag_us);
    /* This stretch of audio was never recognised: the ring was full, or it came too late. */
    void (*shed)(void *user, unsigned channel, int64_t from_us, int64_t until_us);
};

struct st_stt_session_config {
    struct st_loop *loop;
    const struct st_stt_engine *engines; /* in order of preference; copied */
    unsigned engine_count;               /* 1 … ST_STT_ENGINES_MAX */
    uint32_t wire_hz;                    /* rate the audio arrived at */
    const char *language;                /* copied, as are the next two */
    const char *call_id;                 /* for the vendors' logs; NULL: "" */
    const char *const *hints;            /* words and names to expect */
    size_t hint_count;
    enum st_role roles[ST_CHANNELS_MAX];
    unsigned coming_mask; /* channels that will be opened right away: an engine that hears both is
                             given one stream for them from the start */
    bool wants_partials;
    bool wants_findings; /* the vendors' own */
    int64_t ring_us;     /* 0: 30 s of audio held while no engine hears it */
    int64_t return_us; /* an earlier engine of the list that has been well for so long is gone back
                          to, in a pause; looked for as often; 0: never */
    int64_t finish_timeout_us; /* without progress; 0: 10 s, with embedded engines 60 s */
    const struct st_stt_transport *transport;
    void *transport_user;
    const struct st_stt_session_events *events;
    void *user; /* passed to the events */
};

/* Nothing is opened yet. */
struct st_stt_session *st_stt_session_create(const struct st_stt_session_config *config);
/* 8000 when every engine of the list takes that for audio of wire_hz, else 16000. */
uint32_t st_stt_session_rate_hz(const struct st_stt_session *session);
/* Audio of these channels comes; those that are open already stay. When no engine of the list can
 * serve the call at all (language, rate, options) this is an error, -EINVAL or -ENOTSUP; every
 * other trouble is met by the next engine, or by retries. */
int st_stt_session_open(struct st_stt_session *session, unsigned channel_mask);
/* Audio of that channel comes soon (prefetch.h). */
void st_stt_session_prefetch(const struct st_stt_session *session, unsigned channel);
/* A channel's frames, at rate_hz, follow one another without holes; the first sets its base time.
 * Never blocks, never fails: what does not fit pushes out the oldest and is reported by shed. */
void st_stt_session_audio(struct st_stt_session *session, unsigned channel,
                          const struct st_frame *frame);
void st_stt_session_finish(struct st_stt_session *session);
enum st_stt_state st_stt_session_state(const struct st_stt_session *session);
/* The engine in use, or the one used last; the first of the list before. */
const struct st_stt_engine *st_stt_session_engine(const struct st_stt_session *session);
/* The one a channel's segments come from. */
const struct st_stt_engine *st_stt_session_engine_of(const struct st_stt_session *session,
                                                     unsigned channel);
const char *st_stt_state_name(enum st_stt_state state);      /* "starting", "running", … */
void st_stt_session_destroy(struct st_stt_session *session); /* nothing is called after it */

#endif
