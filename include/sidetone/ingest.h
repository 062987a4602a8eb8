/*
 * Dialects: what platforms speak when they stream a call in.
 *
 * A dialect is one file ending in one `const struct st_dialect_ops`, listed in
 * src/ingest/dialects.c. It turns messages into start, media, dtmf, mark, pause, resume and stop,
 * and hands back messages to send. It touches no socket, clock or engine, keeps nothing beyond its
 * own state, and never blocks. Unknown messages are ignored and counted; a broken one ends this
 * connection with the dialect's own error and nothing else. All on the connection's loop thread.
 */
#ifndef SIDETONE_INGEST_H
#define SIDETONE_INGEST_H

#include "sidetone/codec.h"
#include "sidetone/frame.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct st_config_tenant;
struct st_config_route;

enum { ST_INGEST_ATTRIBUTES_MAX = 32 };

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
    enum st_codec codec;
    uint32_t rate_hz;
    /* Bit per channel that this stream carries: both, or one when legs come separately. */
    unsigned channel_mask;
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
};

enum st_ingest_end {
    ST_INGEST_END_STOPPED, /* the platform said so */
    ST_INGEST_END_LOST,    /* the connection ended without it: a grace period follows */
    ST_INGEST_END_ERROR,   /* the dialect gave up on a broken peer */
};

/* What a dialect may call from within create, receive and lost; implemented by the call room. */
struct st_ingest_sink {
    /* 0; -EEXIST when that call already has this stream; -EBUSY when admission refuses (full,
     * draining); -EACCES when the token is for another call; -ENOTSUP when the route's engine does
     * not know the language. */
    int (*start)(void *user, const struct st_ingest_start *start);
    /* After a start that gave 0. */
    void (*media)(void *user, const struct st_ingest_media *media);
    /* position_us as in media; append: at the channel's clock. digit: 0-9, A-D, * or #. */
    void (*dtmf)(void *user, unsigned channel, char digit, int64_t position_us);
    void (*mark)(void *user, const char *name);
    void (*pause)(void *user); /* audio until resume is not to be analysed; the clock runs on */
    void (*resume)(void *user);
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
    const struct st_ingest_sink *sink;
    void *user; /* passed to the sink */
};

struct st_dialect_ops {
    const char *name;        /* the word in /v1/ingest/<name> and `--as` */
    const char *subprotocol; /* offered back when the client asks for it; NULL: none */

    /* true: a bearer token with calls:ingest is needed as well as authorize. */
    bool needs_token;

    /* Optional. The platform's native proof. 0, or an HTTP status to refuse with (401, 403);
     * -ENOENT when nothing is configured to check it by: refused with 403 unless in dev mode. */
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

    /* Mandatory. The connection ended; calls stop unless it was called already. */
    void (*lost)(struct st_dialect *dialect);
};

/* NULL-terminated. */
extern const struct st_dialect_ops *const st_dialects[];
const struct st_dialect_ops *st_dialect_find(const char *name);

#endif
