/* Reading and writing a non-blocking socket, with TLS or without. */
#ifndef BENCH_WIRE_H
#define BENCH_WIRE_H

#include <stddef.h>
#include <sys/types.h>

struct ssl_st;

/* A server's side, its handshake done by the first reads. `alpn` NULL: none. */
struct ssl_ctx_st *wire_load_tls(const char *certificate, const char *key, const char *alpn);
struct ssl_st *wire_start_tls(struct ssl_ctx_st *context, int fd);

/* As send and recv: -1 with EAGAIN when it must wait. `tls` may be NULL. */
ssize_t wire_send(int fd, struct ssl_st *tls, const void *data, size_t bytes);
ssize_t wire_receive(int fd, struct ssl_st *tls, void *out, size_t bytes);

#endif
