/*
 * For the tests of this folder: a served net on a thread of its own, and a blocking peer that
 * speaks (or breaks) HTTP and WebSocket byte by byte.
 */
#ifndef TEST_NET_PEER_H
#define TEST_NET_PEER_H

#include "sidetone/config.h"
#include "sidetone/loop.h"
#include "sidetone/net.h"

#include <check.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct host {
    struct st_config_limits limits;
    struct st_listener_config config;
    struct st_loop *loop;
    struct st_net_shared *shared;
    struct st_net *net;
    struct st_listener *listener;
    uint16_t port;
};

/* Small limits, long timeouts, no pings, loopback, no handlers: change them before host_start. */
void host_init(struct host *host);
void host_start(struct host *host);
/* On the loop's thread, waiting for it. */
void host_run(struct host *host, void (*run)(void *user), void *user);
void host_stop(struct host *host);

int peer_connect(uint16_t port);
int peer_connect_small(uint16_t port); /* with a small receive buffer */
void peer_send(int fd, const void *data, size_t bytes);
void peer_send_text(int fd, const char *text);
/* Everything until the end of the connection or until the text occurs; NUL-terminated. */
size_t peer_read_until(int fd, char *out, size_t out_bytes, const char *text);
size_t peer_read_all(int fd, char *out, size_t out_bytes);
void peer_read_exactly(int fd, void *out, size_t bytes);
bool peer_is_closed(int fd); /* waits for it; drops what comes before */

/* A request's answer, whole by its Content-Length; the status. */
int peer_request(int fd, const char *request, char *body, size_t body_bytes);

/* A WebSocket with the default handshake and further header lines. */
int peer_ws(uint16_t port, const char *lines);
void peer_ws_frame(int fd, uint8_t first, const void *data, size_t bytes);
/* The next frame from the server: its first byte. */
uint8_t peer_ws_read(int fd, uint8_t *out, size_t out_bytes, size_t *ret_bytes);
/* Reads frames until a close; its code, 1005 for an empty one, 1006 when the connection ends. */
uint16_t peer_ws_close_code(int fd);

/* A self-signed certificate for localhost, 127.0.0.1 and ::1, made for this run; paths. */
const char *tls_file(const char *name);
void tls_write(const char *cert_name, const char *key_name);

int run_suite(const char *name, void (*add)(TCase *tcase));

#endif
