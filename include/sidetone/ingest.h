/*
 * Dialects: what platforms speak when they stream a call in.
 *
 * A dialect is one file ending in one `const struct st_dialect_ops`, listed in
 * src/ingest/dialects.c. It turns messages into start, media, transcript, dtmf, mark, pause,
 * resume, hold and stop, and hands back messages to send. It touches no socket, clock or engine,
 * keeps nothing beyond its own state, and never blocks. Unknown messages are ignored and counted; a
 * broken one ends this connection with the dialect's own error and nothing else. All on the
 * connection's loop thread.
 */
#ifndef SIDETONE_INGEST_H
#define SIDETONE_INGEST_H

#include "sidetone/codec.h"
#include "sidetone/frame.h"
#include "sidetone/segment.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct st_media_quality;
struct st_config_tenant;
struct st_config_route;

enum { ST_INGEST_ATTRIBUTES_MAX = 32, ST_INGEST_HEADERS_MAX = 4 };

struct st_attribute {
    const char *key;
    const char *value;
};

struct st_ingest_channel {
    enum st_role role; /* ST_ROLE_UNKNOWN: the call decides by configuration */
};

/* A call begins, or a further leg of one joins it. Pointers are borrowed for the call. */
struct st_ingest_start {
    const char *call_id;   /* the platform's id of the call; never empty, ≤ 128 bytes */
    const char *stream_id; /* of this stream within the call; may be "" */
    const char *agent_id;  /* each "" when unknown */
    const char *agent_name;
    const char *queue;
    const char *caller;   /* customer's number or address */
    const char *language; /* "" : the route's */
    enum st_codec codec;  /* of audio, as is rate_hz */
    uint32_t rate_hz;     /* 0: each piece of media says its own */
    /* Bit per channel whose audio this stream carries: both, one when legs come separately, or none
     * when it brings a transcript alone. */
    unsigned channel_mask;
    unsigned coming_mask; /* those that others of the same call bring at once, as far as is known */
    unsigned told_mask;   /* bit per channel whose transcript this stream brings */
    /* The platform's transcript is the call's: no engine listens to this stream's audio. Otherwise
     * transcripts count only for channels that no engine listens to. */
    bool is_told;
    bool replaces; /* it takes over from connections that carry the same: they are stale */
    struct st_ingest_channel channels[ST_CHANNELS_MAX];
    const struct st_attribute *attributes;
    size_t attribute_count;
};

/* Encoded audio of one channel, or of two interleaved. */
struct st_ingest_media {
    unsigned channel;    /* of a mono piece; ignored when interleaved */
    bool is_interleaved; /* channel 0 and 1 alternate by sample */
    const uint8_t *payload;
    size_t bytes;
    int64_t position_us; /* since this stream began, or ST_TIMELINE_APPEND (-1) */
    uint32_t rate_hz;    /* 0: as start said; else it may change from one to the next */
};

/* What the platform's own recogniser heard. */
struct st_ingest_transcript {
    unsigned channel;
    /* The id is the utterance's: partials and their final share it, and no other utterance of this
     * stream has it. Times are of the platform's clock: differences count. */
    struct st_segment segment;
    bool is_since_start;   /* that clock began with this stream, at 0 */
    const char *sentiment; /* as the platform judged it; NULL: it did not */
};

/* Who takes part; "" is as before, and an agent who comes brings the name. Attributes that the call
 * has already stay as they are. */
struct st_ingest_parties {
    const char *agent_id, *agent_name;
    const char *caller;
    const struct st_attribute *attributes;
    size_t attribute_count;
};

enum st_ingest_end {
    ST_INGEST_END_STOPPED,  /* the platform said so */
    ST_INGEST_END_TOGETHER, /* stopped, and the call's other streams right behind it */
    ST_INGEST_END_CLOSED, /* it closed the connection in order: as LOST, and stopped if nobody comes
                           */
    ST_INGEST_END_LOST,   /* the connection ended without it: a grace period follows */
    ST_INGEST_END_ERROR,  /* the dialect gave up on a broken peer */
};

/* What a dialect may call from within create, receive and lost; implemented by the call room. */
struct st_ingest_sink {
    /* 0; -EEXIST when that call already has this stream; -EBUSY when admission refuses (full,
     * draining); -EACCES when the token is for another call; -ENOTSUP when the route's engine does
     * not know the language. Again, for the same call, when the connection brings more than it
     * began with. */
    int (*start)(void *user, const struct st_ingest_start *start);
    /* After a start that gave 0. */
    void (*media)(void *user, const struct st_ingest_media *media);
    void (*transcript)(void *user, const struct st_ingest_transcript *transcript);
    /* position_us as in media; append: at the channel's clock. digit: 0-9, A-D, * or #.
     * duration_us 0: unknown. */
    void (*dtmf)(void *user, unsigned channel, char digit, int64_t position_us,
                 int64_t duration_us);
    void (*mark)(void *user, const char *name);
    void (*pause)(void *user); /* audio until resume is not to be analysed; the clock runs on */
    void (*resume)(void *user);
    /* Nothing comes on this stream for now. A call is paused while that is so of all its streams.
     */
    void (*hold)(void *user, bool is_held);
    /* How the channel's audio comes, by RTP; last: nothing follows, stop is next. */
    void (*quality)(void *user, unsigned channel, const struct st_media_quality *quality,
                    bool is_last);
    /* The call was handed on to somebody else. */
    void (*parties)(void *user, const struct st_ingest_parties *parties);
    void (*stop)(void *user, enum st_ingest_end end);
    /* Queues one WebSocket message to the platform; bytes are copied. */
    void (*send)(void *user, const void *data, size_t bytes, bool is_binary);
    /* Optional: a message was ignored because its kind or its stream is unknown; for counting. */
    void (*ignored)(void *user);
};

/* The upgrade request, for dialects that authenticate by it. */
struct st_ingest_request {
    const char *path; /* raw path and query, as received */
    void *user;       /* passed to header */
    /* Borrowed value of a request header by lower-case name, or NULL. */
    const char *(*header)(void *user, const char *name);
};

/* Why a connection must be closed: a WebSocket close code and a text for the peer. */
struct st_ingest_close {
    uint16_t code;
    char reason[120];
};

struct st_dialect; /* each dialect's own state */

struct st_dialect_config {
    const struct st_config_tenant *tenant;
    const struct st_config_route *route;
    const char *public_url; /* base URL under which platforms reach us; "" when not configured */
    const char *query;      /* of the upgrade's URL, as received; "" */
    const char *const *headers; /* values of ops->headers, NULL where absent; borrowed by create */
    const struct st_ingest_sink *sink;
    void *user; /* passed to the sink */
};

struct st_dialect_ops {
    const char *name;        /* the word in /v1/ingest/<name> and `--as` */
    const char *subprotocol; /* offered back when the client asks for it; NULL: none */

    /* true: a bearer token with calls:ingest is needed as well as authorize. */
    bool needs_token;
    /* true: one is needed where authorize gives -ENOENT; it may stand in the URL's query as
     * access_token, because the platform has its own in the header. */
    bool takes_token;
    /* Headers of the upgrade request that create wants to see, in lower case, NULL-terminated, at
     * most ST_INGEST_HEADERS_MAX; NULL: none. */
    const char *const *headers;

    /* Optional. The platform's native proof. 0, or an HTTP status to refuse with (401, 403);
     * -ENOENT when nothing is configured to check it by: refused with 403 unless in dev mode or
     * with takes_token. */
    int (*authorize)(const struct st_dialect_config *config,
                     const struct st_ingest_request *request);

    /* Mandatory. */
    int (*create)(struct st_dialect **ret_dialect, const struct st_dialect_config *config);
    void (*destroy)(struct st_dialect *dialect); /* NULL is fine */

    /* Mandatory. One whole WebSocket message. 0, or -EPROTO with *ret_close filled: the
     * connection ends, stop has been called if the call had started. 1: the dialogue is
     * complete, close normally. */
    int (*receive)(struct st_dialect *dialect, const void *data, size_t bytes, bool is_binary,
                   struct st_ingest_close *ret_close);

    /* Mandatory. After a start that gave 0 the call refused this stream all the same (it lives on
     * another thread, which answers later), with what start would have given. Tells the peer and
     * fills *ret_close; nothing is passed to the sink but send. */
    void (*refused)(struct st_dialect *dialect, int err, struct st_ingest_close *ret_close);

    /* Optional. The platform closed the connection, with that code; lost follows. */
    void (*closed)(struct st_dialect *dialect, uint16_t ws_code);

    /* Mandatory. The connection ended; calls stop unless it was called already. */
    void (*lost)(struct st_dialect *dialect);
};

/* NULL-terminated. */
extern const struct st_dialect_ops *const st_dialects[];
const struct st_dialect_ops *st_dialect_find(const char *name);

#endif
