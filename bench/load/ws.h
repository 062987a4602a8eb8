/*
 * A WebSocket connection of the load program, client or server, over the poller.
 *
 * Whole messages only (nobody here fragments); what does not fit into the socket is kept and sent
 * when there is room.
 */
#ifndef BENCH_WS_H
#define BENCH_WS_H

#include "poller.h"

#include <stddef.h>
#include <stdint.h>

enum ws_opcode {
    WS_TEXT = 1,
    WS_BINARY = 2,
    WS_CLOSE = 8,
    WS_PING = 9,
    WS_PONG = 10,
};

enum { WS_REQUEST_BYTES = 512 };

struct ws;

struct ws_events {
    void (*open)(struct ws *ws);
    void (*message)(struct ws *ws, enum ws_opcode opcode, const uint8_t *data, size_t bytes);
    void (*closed)(struct ws *ws, const char *why);
};

struct ws {
    struct poller_source source;
    struct ssl_st *tls;             /* NULL: none; of servers alone */
    char request[WS_REQUEST_BYTES]; /* its first line, of servers alone */
    const struct ws_events *events;
    void *user;
    bool is_server;
    bool is_open; /* handshake done */
    bool sent_close;
    unsigned close_code; /* of the peer; 0: none came */
    uint64_t blocked;    /* messages that did not fit into the socket at once */
    uint8_t *in;
    size_t in_bytes, in_cap;
    uint8_t *out;
    size_t out_bytes, out_cap;
};

/* `fd` is connected and non-blocking; the poller owns it from here on. ws->tls may be set. */
void ws_start_server(struct ws *ws, int fd, const struct ws_events *events, void *user);

struct ws_request {
    const char *path;
    uint16_t port;
    const char *token; /* NULL: none */
};
void ws_start_client(struct ws *ws, int fd, const struct ws_request *request,
                     const struct ws_events *events, void *user);

void ws_send(struct ws *ws, enum ws_opcode opcode, const void *data, size_t bytes);
bool ws_is_alive(const struct ws *ws);

#endif
