#include "wire.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static int choose_protocol(SSL *tls, const unsigned char **out, unsigned char *out_bytes,
                           const unsigned char *in, unsigned in_bytes, void *user)
{
    const char *alpn = user;
    int found = SSL_select_next_proto((unsigned char **)out, out_bytes, (const unsigned char *)alpn,
                                      (unsigned)strlen(alpn), in, in_bytes);
    return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

SSL_CTX *wire_load_tls(const char *certificate, const char *key, const char *alpn)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (!context || SSL_CTX_use_certificate_chain_file(context, certificate) != 1 ||
        SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1) {
        ERR_print_errors_fp(stderr);
        exit(1);
    }
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (alpn)
        SSL_CTX_set_alpn_select_cb(context, choose_protocol, (void *)(uintptr_t)alpn);
    return context;
}

SSL *wire_start_tls(SSL_CTX *context, int fd)
{
    SSL *tls = SSL_new(context);
    SSL_set_fd(tls, fd);
    SSL_set_accept_state(tls);
    return tls;
}

static ssize_t judge(SSL *tls, int done)
{
    if (done > 0)
        return done;
    int error = SSL_get_error(tls, done);
    ERR_clear_error();
    if (error == SSL_ERROR_ZERO_RETURN)
        return 0;
    errno = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? EAGAIN : ECONNRESET;
    return -1;
}

ssize_t wire_send(int fd, SSL *tls, const void *data, size_t bytes)
{
    return tls ? judge(tls, SSL_write(tls, data, (int)bytes))
               : send(fd, data, bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
}

ssize_t wire_receive(int fd, SSL *tls, void *out, size_t bytes)
{
    return tls ? judge(tls, SSL_read(tls, out, (int)bytes)) : recv(fd, out, bytes, MSG_DONTWAIT);
}
