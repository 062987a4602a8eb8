/* TLS of wires: OpenSSL between two memory BIOs, as under HTTP/2. */
#include "wire_private.h"

#include <errno.h>
#include <openssl/err.h>
#include <string.h>

enum { READ_BYTES = 16384 };

static int load_context(const struct st_wire_listener *listener, const SSL_METHOD *method,
                        SSL_CTX **ret_tls)
{
    SSL_CTX *tls = SSL_CTX_new(method);
    if (!tls)
        return -ENOMEM;
    st_server_tls_tune(tls);
    int err = st_server_tls_load(tls, listener->certificate_file, listener->key_file);
    if (!err && listener->client_ca_file) {
        SSL_CTX_set_verify(tls, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
        if (SSL_CTX_load_verify_locations(tls, listener->client_ca_file, NULL) != 1)
            err = -EBADMSG;
    }
    ERR_clear_error();
    if (err) {
        SSL_CTX_free(tls);
        return err;
    }
    *ret_tls = tls;
    return 0;
}

int wire_tls_load(struct st_wire_listener *listener, SSL_CTX **ret_tls, SSL_CTX **ret_dial_tls)
{
    SSL_CTX *tls = NULL, *dial_tls = NULL;
    int err = load_context(listener, TLS_server_method(), &tls);
    if (!err && listener->client_ca_file) {
        SSL_CTX_set_client_CA_list(tls, SSL_load_client_CA_file(listener->client_ca_file));
        err = load_context(listener, TLS_client_method(), &dial_tls);
    }
    ERR_clear_error();
    if (err) {
        SSL_CTX_free(tls);
        return err;
    }
    SSL_CTX_set_session_id_context(tls, (const unsigned char *)"wire", 4);
    *ret_tls = tls;
    *ret_dial_tls = dial_tls;
    return 0;
}

static void move_out(struct st_wire *wire)
{
    BIO *out = SSL_get_wbio(wire->ssl);
    char *data;
    long bytes = BIO_get_mem_data(out, &data);
    if (bytes <= 0)
        return;
    st_h2_bytes_put(&wire->out, data, (size_t)bytes);
    (void)BIO_reset(out);
}

static void shake_hands(struct st_wire *wire)
{
    ERR_clear_error();
    int done = SSL_do_handshake(wire->ssl);
    int reason = SSL_get_error(wire->ssl, done);
    move_out(wire);
    if (done == 1) {
        wire_open(wire);
        return;
    }
    if (reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE)
        return;
    ST_DEBUG(&wire->listener->log, "%s: TLS could not be agreed on", wire->peer.address);
    wire->state = WIRE_DRAINING; /* the alert says why */
}

int wire_tls_start(struct st_wire *wire)
{
    BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
    wire->ssl = SSL_new(wire->dial ? wire->listener->dial_tls : wire->listener->tls);
    if (!wire->ssl || !in || !out) {
        BIO_free(in);
        BIO_free(out);
        return -ENOMEM;
    }
    SSL_set_bio(wire->ssl, in, out);
    if (!wire->dial) {
        SSL_set_accept_state(wire->ssl);
        return 0;
    }
    SSL_set_connect_state(wire->ssl);
    shake_hands(wire);
    wire_flush(wire);
    return wire->state == WIRE_CLOSING ? -ECONNRESET : 0;
}

/* All that is whole. False when it is no TLS: nothing can be read any more. */
static bool read_records(struct st_wire *wire)
{
    uint8_t plain[READ_BYTES];
    while (wire->state == WIRE_OPEN) {
        ERR_clear_error();
        int got = SSL_read(wire->ssl, plain, sizeof(plain));
        if (got <= 0)
            return SSL_get_error(wire->ssl, got) != SSL_ERROR_SSL;
        wire_received(wire, plain, (size_t)got);
    }
    return true;
}

void wire_tls_on_bytes(struct st_wire *wire, const void *data, size_t bytes)
{
    BIO_write(SSL_get_rbio(wire->ssl), data, (int)bytes);
    if (wire->state == WIRE_GREETING)
        shake_hands(wire);
    bool is_intact = read_records(wire);
    ERR_clear_error();
    if (wire->state == WIRE_CLOSING)
        return;
    move_out(wire);
    bool is_over = !is_intact || (SSL_get_shutdown(wire->ssl) & SSL_RECEIVED_SHUTDOWN);
    if (is_over && wire->state == WIRE_OPEN)
        st_wire_close(wire);
    else
        wire_flush(wire);
}

/* It takes one record at a time. */
int wire_tls_write(struct st_wire *wire, const void *data, size_t bytes)
{
    const char *at = data;
    int written = 1;
    ERR_clear_error();
    while (bytes > 0 && written > 0) {
        written = SSL_write(wire->ssl, at, (int)bytes);
        if (written > 0) {
            at += written;
            bytes -= (size_t)written;
        }
    }
    ERR_clear_error();
    move_out(wire);
    return written > 0 ? 0 : -EPROTO;
}

void wire_tls_goodbye(struct st_wire *wire)
{
    if (!wire->ssl || !SSL_is_init_finished(wire->ssl))
        return;
    ERR_clear_error();
    SSL_shutdown(wire->ssl);
    ERR_clear_error();
    move_out(wire);
}
