/*
 * Speech-to-text engines.
 *
 * An engine is one file (or a folder of its own) ending in one `const struct st_engine_ops`, listed
 * in src/stt/engines.c. It speaks its protocol or runs its model and nothing else: no sockets, no
 * timers, no retries. Waiting, pacing, reconnecting, replaying, fail-over and re-basing of time
 * live once, in the session (sidetone/stt.h). Embedded engines work on threads of their own and
 * answer on the session's loop.
 */
#ifndef SIDETONE_ENGINE_H
#define SIDETONE_ENGINE_H

#include "sidetone/frame.h"
#include "sidetone/segment.h"
#include "sidetone/vendor_finding.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct st_loop;
struct st_config_engines;
struct st_config_remote_engine;

struct st_engine;        /* loaded once per process: models, worker threads, addresses, keys */
struct st_engine_stream; /* one connection: one channel of one call, or both of them */

enum { ST_ENGINE_CHANNELS_MAX = 2 };

/* What ended a stream, and so what is tried next. */
enum st_engine_trouble {
    ST_TROUBLE_LOST,      /* could not connect, was cut, ended early */
    ST_TROUBLE_STALLED,   /* speech was not answered, or it falls behind */
    ST_TROUBLE_SERVER,    /* a failure of its own: HTTP 5xx and the like */
    ST_TROUBLE_THROTTLED, /* a quota or a rate limit */
    ST_TROUBLE_PROTOCOL,  /* it sent what makes no sense */
    ST_TROUBLE_REFUSED,   /* credentials or permissions: no retry until they change */
    ST_TROUBLE_UNSUITED,  /* this call's language, rate or options: no retry for this call */
    ST_TROUBLE_EXPIRED,   /* its session was as long as it may be: opened anew, nobody is told */
};

enum { ST_TROUBLES = ST_TROUBLE_EXPIRED + 1 };

const char *st_engine_trouble_name(enum st_engine_trouble trouble); /* "lost", "stalled", … */

/* What a stream tells its session; on the session's loop thread, also from within ops calls.
 * `channel` counts the stream's own channels. */
struct st_engine_sink {
    /* Times count the audio given since the stream began. Ids rise on each channel, and finals come
     * in order there. */
    void (*segment)(void *user, unsigned channel, const struct st_segment *segment);
    /* What the vendor found by itself; borrowed, times as of segments. */
    void (*finding)(void *user, unsigned channel, const struct st_vendor_finding *finding);
    /* Remote engines: a WebSocket message, or bytes of an HTTP/2 request; copied. */
    void (*send)(void *user, const void *data, size_t bytes, bool is_binary);
    /* HTTP/2: the request ends behind what was sent. */
    void (*end)(void *user);
    void (*done)(void *user); /* after finish: every final has been given */
    /* The stream is dead. `what` is fit for people and free of transcript text and keys. */
    void (*failed)(void *user, enum st_engine_trouble trouble, const char *what);
    /* How far behind real time recognition is, as often as that is known; 0 and more. */
    void (*lag)(void *user, int64_t lag_us);
    /* No later segment of the channel has speech from before this stream time: the session need not
     * keep that audio for a replay. Finals say so by themselves; this is for silence. Optional to
     * call. */
    void (*settled)(void *user, unsigned channel, int64_t until_us);
};

struct st_engine_stream_config {
    struct st_loop *loop;
    uint32_t rate_hz;  /* of the frames to come: what ops->rate_hz answered */
    unsigned channels; /* ops->channels_min … ops->channels_max */
    enum st_role roles[ST_ENGINE_CHANNELS_MAX];
    const char *call_id;      /* for the vendor's logs; may be "" */
    const char *language;     /* BCP 47, "en-US" */
    const char *const *hints; /* words and names to expect, UTF-8; borrowed until close */
    size_t hint_count;
    bool wants_partials;
    bool wants_findings; /* the vendor's own */
    const struct st_engine_sink *sink;
    void *user; /* passed to the sink */
};

/* Where a remote stream connects; all borrowed until its next call or close. */
struct st_engine_target {
    const char *url;            /* ws://, wss://; for HTTP/2 http:// (prior knowledge), https:// */
    const char *const *headers; /* "Name: value", NULL-terminated; NULL: none */
    const char *subprotocol;    /* WebSocket; NULL: none */
    const char *ca_file;        /* NULL: the system's certificates */
};

/* How a connection ended, or was never made. */
struct st_engine_closing {
    uint16_t ws_code;       /* 0: none came */
    uint16_t http_status;   /* of a refused upgrade, or of the HTTP/2 response; 0: none */
    uint32_t retry_after_s; /* 0: it did not say */
    const char *reason;     /* of the close frame, as the vendor wrote it; "" */
    const char *what;       /* for people */
};

/* A row of a table of ends: what a vendor means by one, and what to do about it. */
struct st_engine_end {
    uint16_t http_status; /* 0: any */
    uint16_t ws_code;     /* 0: any */
    const char *reason;   /* a part of the close frame's reason; NULL: any */
    enum st_engine_trouble trouble;
    const char *text;
};

enum st_engine_kind {
    ST_ENGINE_EMBEDDED,
    ST_ENGINE_REMOTE, /* over a WebSocket, or HTTP/2: one POST with both bodies streamed */
};

struct st_engine_ops {
    const char *name;  /* of its type: "deepgram" */
    const char *title; /* for people: "Deepgram live v1" */
    enum st_engine_kind kind;
    const char *quality; /* "good", "low": shown to users; NULL for remote ones */
    unsigned
        channels_min; /* 0: 1. Two channels in one stream come interleaved in time: a frame of */
    unsigned channels_max; /* 0: 1. each, of the same moment */
    int64_t chunk_us;      /* audio comes in frames of this length, at most 100 ms; 0: of 20 ms */
    int64_t stall_us;      /* its usual time to answer; 0: silence is fine */
    bool answers_speech_only; /* and nothing while nobody talks: only speech counts for stall_us */
    int64_t session_us;       /* as long as a stream may be; 0: for ever */
    int64_t
        keep_alive_us; /* without audio for so long, keep_alive is called; 0: it must have audio */
    unsigned pace_pct; /* of real time: audio comes no faster, 200 is twice as fast; 0: as fast as
                          it is taken, up to twenty times */
    int64_t pace_free_us; /* with pace_pct: but for so much at the beginning */

    /* Mandatory. May block (called before serving). *ret_engine on success. On failure returns a
     * negative errno and fills `ret_why` (what is missing, where, what to do). `remote` is its
     * entry in `engines.remote`, which outlives the engine; NULL for embedded engines. */
    int (*load)(struct st_engine **ret_engine, const struct st_config_engines *config,
                const struct st_config_remote_engine *remote, char *ret_why, size_t why_bytes);
    /* Every stream is closed by then. Joins worker threads. NULL is fine. */
    void (*unload)(struct st_engine *engine);

    /* Mandatory for embedded engines. What is installed, without loading it: 0 with a line like
     * that of `describe`, or a negative errno with what `load` would say is missing. May block. */
    int (*probe)(const struct st_config_engines *config, char *out, size_t out_bytes);

    /* Mandatory. A line for people: version, files, address; no keys. */
    void (*describe)(const struct st_engine *engine, char *out, size_t out_bytes);

    /* Mandatory. Rate at which frames are wanted for audio that arrived at `wire_hz`: 8000 or
     * 16000. 16000 must be taken too when it was answered with 8000. `engine` may be NULL: also
     * when it is not loaded. */
    uint32_t (*rate_hz)(const struct st_engine *engine, uint32_t wire_hz);

    /* Mandatory. A remote stream may call sink->send at once: its messages go out when the
     * connection is open. -EINVAL or -ENOTSUP: not with this call's language or rate. */
    int (*open)(struct st_engine_stream **ret_stream, struct st_engine *engine,
                const struct st_engine_stream_config *config);
    /* Remote engines, mandatory. 0 with where to connect; -EAGAIN while credentials are being got:
     * asked again soon; -EACCES when there are none, with `ret_why` filled. */
    int (*target)(struct st_engine_stream *stream, struct st_engine_target *ret_target,
                  char *ret_why, size_t why_bytes);
    /* Optional. What it finds by itself in a call of that language when a stream wants findings, as
     * bits 1 << ST_VENDOR_…; NULL: nothing. */
    unsigned (*findings)(const struct st_engine *engine, const char *language);
    /* Mandatory. One frame of each channel (frames[config.channels]), all of one length and time;
     * copied. Only the last before finish may be shorter than chunk_us. 0, or -EAGAIN when the
     * stream is full: the session keeps the frames and tries again on its next tick. Any other
     * error kills the stream. */
    int (*audio)(struct st_engine_stream *stream, const struct st_frame *frames);
    /* With keep_alive_us: nothing was sent for that long. */
    void (*keep_alive)(struct st_engine_stream *stream);
    /* Mandatory. No more audio comes; finals for all of it are given, then done. */
    void (*finish)(struct st_engine_stream *stream);
    /* Mandatory. Closes and frees; nothing is called after it. NULL is fine. */
    void (*close)(struct st_engine_stream *stream);

    /* Remote engines, mandatory. A whole WebSocket message, or a piece of the HTTP/2 response's
     * body as it comes. 0, or -EPROTO: the stream is given up. */
    int (*receive)(struct st_engine_stream *stream, const void *data, size_t bytes, bool is_binary);
    /* HTTP/2, mandatory. The response's head; 0, or the stream is given up. */
    int (*response)(struct st_engine_stream *stream, unsigned status,
                    const char *(*header)(const void *headers, const char *name),
                    const void *headers);
    /* Remote engines, optional. What the vendor means by an end: the first row that fits. The last
     * has no text. */
    const struct st_engine_end *ends;
    /* Instead of the table, where that cannot tell. May put a better text into `ret_what`. */
    enum st_engine_trouble (*closing)(struct st_engine_stream *stream,
                                      const struct st_engine_closing *closing, char *ret_what,
                                      size_t what_bytes);
};

/* 401 and 403 are REFUSED, 429 THROTTLED, 5xx SERVER, other 4xx UNSUITED; of close codes 1002, 1007
 * and 1009 are PROTOCOL; the rest is LOST. */
enum st_engine_trouble st_engine_closing_trouble(const struct st_engine_closing *closing);

/* What an end means: as the engine's `closing` or `ends` have it, else as
 * st_engine_closing_trouble. `ret_what` stays as it is where nothing better is known. */
enum st_engine_trouble st_engine_judge(const struct st_engine_ops *ops,
                                       struct st_engine_stream *stream,
                                       const struct st_engine_closing *closing, char *ret_what,
                                       size_t what_bytes);

/* NULL-terminated. */
extern const struct st_engine_ops *const st_engines[];
const struct st_engine_ops *st_engine_find(const char *type);

/* The address in a line of `describe`: scheme, host and port. "" when it names none. */
void st_engine_address(const char *description, char *out, size_t out_bytes);

#endif
