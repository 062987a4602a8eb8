/* TLS under HTTP/2: OpenSSL between two memory BIOs. */
#include "h2_private.h"

#include "sidetone/mem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

enum { READ_BYTES = 16384 };

/* ---- what is trusted: a context per file of certificates ---- */

struct trust {
    struct st_net_node node;
    SSL_CTX *tls;
    char *ca_file; /* NULL: the system's */
};

int st_h2_tls_get(struct st_net *net, const char *ca_file, SSL_CTX **ret_trust)
{
    for (struct st_net_node *node = net->h2_tls.next; node != &net->h2_tls; node = node->next) {
        struct trust *trust = ST_NET_OWNER(node, struct trust, node);
        bool is_same = trust->ca_file == ca_file ||
                       (trust->ca_file && ca_file && strcmp(trust->ca_file, ca_file) == 0);
        if (is_same) {
            *ret_trust = trust->tls;
            return 0;
        }
    }
    SSL_CTX *tls = st_client_tls_create(net, ca_file);
    if (!tls)
        return -EBADMSG;
    SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, NULL);
    struct trust *trust = st_mem_alloc(sizeof(*trust));
    trust->tls = tls;
    trust->ca_file = st_mem_strdup(ca_file);
    st_net_list_add(&net->h2_tls, &trust->node);
    *ret_trust = tls;
    return 0;
}

void st_h2_tls_free(struct st_net *net)
{
    while (!st_net_list_is_empty(&net->h2_tls)) {
        struct trust *trust = ST_NET_OWNER(net->h2_tls.next, struct trust, node);
        st_net_list_remove(&trust->node);
        SSL_CTX_free(trust->tls);
        free(trust->ca_file);
        free(trust);
    }
    free(net->h2_read);
}

/* ---- a connection ---- */

static bool expect_name(struct st_h2 *h2)
{
    struct in6_addr any;
    X509_VERIFY_PARAM *param = SSL_get0_param(h2->ssl);
    const char *host = h2->url.host;
    if (inet_pton(AF_INET, host, &any) == 1 || inet_pton(AF_INET6, host, &any) == 1)
        return X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1;
    return SSL_set_tlsext_host_name(h2->ssl, host) == 1 &&
           X509_VERIFY_PARAM_set1_host(param, host, 0) == 1;
}

static bool set_up(struct st_h2 *h2)
{
    static const unsigned char protocols[] = {2, 'h', '2'};
    BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
    h2->ssl = SSL_new(h2->trust);
    if (!h2->ssl || !in || !out) {
        BIO_free(in);
        BIO_free(out);
        return false;
    }
    SSL_set_bio(h2->ssl, in, out);
    SSL_set_connect_state(h2->ssl);
    return expect_name(h2) && SSL_set_alpn_protos(h2->ssl, protocols, sizeof(protocols)) == 0;
}

static void move_out(struct st_h2 *h2)
{
    BIO *out = SSL_get_wbio(h2->ssl);
    char *data;
    long bytes = BIO_get_mem_data(out, &data);
    if (bytes <= 0)
        return;
    st_h2_bytes_put(&h2->out, data, (size_t)bytes);
    (void)BIO_reset(out);
}

static void explain(struct st_h2 *h2)
{
    long verdict = SSL_get_verify_result(h2->ssl);
    ERR_clear_error();
    if (verdict != X509_V_OK)
        st_h2_fail(h2, "certificate not trusted: %s", X509_verify_cert_error_string(verdict));
    else
        st_h2_fail(h2, "TLS failed: is this a TLS port? (%s port %u)", h2->peer, h2->url.port);
}

static void check_protocol(struct st_h2 *h2)
{
    const unsigned char *protocol;
    unsigned bytes;
    SSL_get0_alpn_selected(h2->ssl, &protocol, &bytes);
    if (bytes != 2 || memcmp(protocol, "h2", 2) != 0)
        st_h2_fail(h2, "what answers does not speak HTTP/2");
    else if (st_h2_session_start(h2) < 0)
        st_h2_fail(h2, "HTTP/2 cannot be set up");
}

static void shake_hands(struct st_h2 *h2)
{
    ERR_clear_error();
    int done = SSL_do_handshake(h2->ssl);
    int reason = SSL_get_error(h2->ssl, done);
    move_out(h2);
    if (done == 1)
        check_protocol(h2);
    else if (reason != SSL_ERROR_WANT_READ && reason != SSL_ERROR_WANT_WRITE)
        explain(h2);
    else
        st_h2_socket_flush(h2);
}

int st_h2_tls_start(struct st_h2 *h2)
{
    if (!h2->trust) {
        int err = st_h2_session_start(h2);
        if (!err)
            st_h2_pump(h2);
        return err;
    }
    if (!set_up(h2))
        return -ENOMEM;
    shake_hands(h2);
    return 0;
}

bool st_h2_tls_is_ready(const struct st_h2 *h2)
{
    return !h2->trust || (h2->ssl && SSL_is_init_finished(h2->ssl));
}

static int read_plain(struct st_h2 *h2, uint8_t *plain)
{
    ERR_clear_error();
    return SSL_read(h2->ssl, plain, READ_BYTES);
}

void st_h2_tls_on_bytes(struct st_h2 *h2, const uint8_t *data, size_t bytes)
{
    uint8_t plain[READ_BYTES];
    int got = 1;
    BIO_write(SSL_get_rbio(h2->ssl), data, (int)bytes);
    if (!SSL_is_init_finished(h2->ssl))
        shake_hands(h2);
    while (h2->state != ST_H2_CLOSING && SSL_is_init_finished(h2->ssl) &&
           (got = read_plain(h2, plain)) > 0)
        st_h2_session_on_bytes(h2, plain, (size_t)got);
    int reason = got > 0 ? SSL_ERROR_NONE : SSL_get_error(h2->ssl, got);
    ERR_clear_error();
    if (h2->state == ST_H2_CLOSING)
        return;
    move_out(h2);
    if (reason != SSL_ERROR_NONE && reason != SSL_ERROR_WANT_READ && reason != SSL_ERROR_WANT_WRITE)
        st_h2_fail(h2, "the connection was closed");
}

void st_h2_tls_write(struct st_h2 *h2, const uint8_t *data, size_t bytes)
{
    if (!h2->trust) {
        st_h2_bytes_put(&h2->out, data, bytes);
        return;
    }
    ERR_clear_error();
    if (SSL_write(h2->ssl, data, (int)bytes) > 0)
        move_out(h2);
    else
        st_h2_fail(h2, "TLS failed");
    ERR_clear_error();
}

void st_h2_tls_goodbye(struct st_h2 *h2)
{
    if (!h2->ssl || !SSL_is_init_finished(h2->ssl))
        return;
    ERR_clear_error();
    SSL_shutdown(h2->ssl);
    ERR_clear_error();
    move_out(h2);
}
