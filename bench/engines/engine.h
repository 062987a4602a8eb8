/*
 * Speech engines for measuring: servers of the vendors' protocols in processes of their own, which
 * hear the marks in the audio as words.
 */
#ifndef BENCH_ENGINE_H
#define BENCH_ENGINE_H

#include "../load/ws.h"
#include "listener.h"

#include <sys/types.h>

/* A connection of a WebSocket engine. */
struct engine_connection {
    struct ws ws;
    struct listener listener;
    bool is_listening;
};

/* What a kind of engine speaks: one constant table each. */
struct engine_dialect {
    const char *name;
    /* Of WebSocket engines. */
    void (*open)(struct engine_connection *connection);
    void (*message)(struct engine_connection *connection, enum ws_opcode opcode,
                    const uint8_t *data, size_t bytes);
    /* Of others. */
    void (*accept)(int fd, struct ssl_st *tls);
    void (*close_all)(void);
};

extern const struct engine_dialect vosk_dialect, deepgram_dialect, aws_dialect;
const struct engine_dialect *engine_find(const char *name); /* NULL: none */

struct engine_config {
    const struct engine_dialect *dialect;
    uint16_t port;
    const char *certificate; /* NULL: no TLS */
    const char *key;
};

/* A process of its own that runs until it is ended, or its parent is. */
pid_t engine_start(const struct engine_config *config, struct scene *scene, unsigned index);

/* For dialects. */
void engine_open_listener(struct listener *listener, unsigned channels, uint32_t rate_hz,
                          tell_fn tell, void *user);

#endif
