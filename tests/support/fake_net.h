/*
 * Requests, streams and WebSockets without a network, for tests of who answers them. What the room
 * under test opens, sends and closes is kept; what the peer does is said by the test.
 *
 * Link it as a source: it comes in the place of the real one.
 */
#ifndef FAKE_NET_H
#define FAKE_NET_H

#include "sidetone/net.h"

enum { FAKE_TEXT_BYTES = 1 << 18, FAKE_LISTENERS_MAX = 2, FAKE_HEADERS_MAX = 4 };

struct st_listener {
    struct st_listener_config config;
    bool is_closed;
};

struct st_net {
    struct st_listener listeners[FAKE_LISTENERS_MAX];
    unsigned count;
    int listen_result; /* of the next listen */
};

struct st_http_stream {
    const struct st_http_stream_events *events;
    void *user;
    char text[FAKE_TEXT_BYTES];
    size_t text_bytes;
    size_t queued_bytes;
    bool is_closing;
};

struct st_http_exchange {
    const char *method, *path, *query; /* NULL: "GET", "/", "" */
    const char *target;
    const char *said; /* the body; NULL: none */
    struct {
        const char *name, *value;
    } headers[FAKE_HEADERS_MAX];
    bool is_gone; /* the client; a stream cannot be opened */
    /* The answer. */
    unsigned answers;
    int status;
    char content_type[64], lines[2048];
    char body[FAKE_TEXT_BYTES];
    size_t body_bytes;
    struct st_http_stream *stream;
};

struct st_ws {
    struct st_ws_accept accept;
    char text[FAKE_TEXT_BYTES]; /* messages sent, a line each */
    size_t text_bytes;
    size_t queued_bytes, queue_max;
    bool is_closing;
    uint16_t code;
    char reason[128];
};

/* To the listener number `listener` of that net. */
void fake_net_request(struct st_net *net, unsigned listener, struct st_http_exchange *exchange);
/* A status, or 0 with *ret_ws open. */
int fake_net_upgrade(struct st_net *net, unsigned listener, struct st_http_exchange *exchange,
                     struct st_ws **ret_ws);

void fake_ws_say(struct st_ws *ws, const char *text);
void fake_ws_say_binary(struct st_ws *ws, const void *data, size_t bytes);
const char *fake_ws_take(struct st_ws *ws); /* what was sent since the last time */
void fake_ws_drain(struct st_ws *ws);
void fake_ws_gone(struct st_ws *ws); /* frees it */

const char *fake_stream_take(struct st_http_stream *stream);
void fake_stream_gone(struct st_http_stream *stream); /* frees it */

#endif
