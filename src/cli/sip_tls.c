#include "sip_tls.h"

#include "sidetone/loop.h"
#include "sidetone/mem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

struct st_sip_tls {
    SSL_CTX *context;
    SSL *ssl;
};

static int refuse(char *why, size_t why_bytes, const char *what, const char *file)
{
    snprintf(why, why_bytes, "%s: %s", file, what);
    return -EBADMSG;
}

static int trust(SSL_CTX *context, const struct st_sip_tls_config *config, char *why,
                 size_t why_bytes)
{
    SSL_CTX_set_verify(context, config->is_insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
    if (!config->ca_file) {
        SSL_CTX_set_default_verify_paths(context);
        return 0;
    }
    if (SSL_CTX_load_verify_locations(context, config->ca_file, NULL) == 1)
        return 0;
    return refuse(why, why_bytes, "no certificates that could be trusted in it", config->ca_file);
}

static int name_ourselves(SSL_CTX *context, const struct st_sip_tls_config *config, char *why,
                          size_t why_bytes)
{
    const char *key = config->key_file ? config->key_file : config->certificate_file;
    if (!config->certificate_file)
        return 0;
    if (SSL_CTX_use_certificate_chain_file(context, config->certificate_file) != 1)
        return refuse(why, why_bytes, "no certificate in it", config->certificate_file);
    if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1)
        return refuse(why, why_bytes, "no key in it that fits the certificate", key);
    return 0;
}

static bool expect_name(SSL *ssl, const char *host)
{
    struct in6_addr any;
    X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
    if (inet_pton(AF_INET, host, &any) == 1 || inet_pton(AF_INET6, host, &any) == 1)
        return X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1;
    return SSL_set_tlsext_host_name(ssl, host) == 1 &&
           X509_VERIFY_PARAM_set1_host(param, host, 0) == 1;
}

static bool wait_for(int fd, int wanted, int64_t until_us)
{
    int64_t left_ms = (until_us - st_loop_now_us()) / 1000;
    struct pollfd poll_fd = {fd, wanted == SSL_ERROR_WANT_WRITE ? POLLOUT : POLLIN, 0};
    bool is_waiting = wanted == SSL_ERROR_WANT_WRITE || wanted == SSL_ERROR_WANT_READ;
    return is_waiting && left_ms > 0 && poll(&poll_fd, 1, (int)left_ms) > 0;
}

static int shake_hands(SSL *ssl, int fd, int64_t until_us, char *why, size_t why_bytes)
{
    int ret;
    do {
        ERR_clear_error();
        ret = SSL_connect(ssl);
    } while (ret != 1 && wait_for(fd, SSL_get_error(ssl, ret), until_us));
    if (ret == 1)
        return 0;
    long verdict = SSL_get_verify_result(ssl);
    if (verdict != X509_V_OK)
        snprintf(why, why_bytes, "certificate not trusted: %s",
                 X509_verify_cert_error_string(verdict));
    else
        snprintf(why, why_bytes, "TLS failed: is this a TLS port, and does it want a certificate?");
    return -EPROTO;
}

int st_sip_tls_open(struct st_sip_tls **ret_tls, int fd, const struct st_sip_tls_config *config,
                    int64_t until_us, char *ret_why, size_t why_bytes)
{
    struct st_sip_tls *tls = st_mem_alloc(sizeof(*tls));
    signal(SIGPIPE, SIG_IGN); /* OpenSSL writes without MSG_NOSIGNAL */
    tls->context = SSL_CTX_new(TLS_client_method());
    int err = tls->context ? 0 : -ENOMEM;
    err = err ? err : trust(tls->context, config, ret_why, why_bytes);
    err = err ? err : name_ourselves(tls->context, config, ret_why, why_bytes);
    if (!err) {
        SSL_CTX_set_min_proto_version(tls->context, TLS1_2_VERSION);
        SSL_CTX_set_mode(tls->context, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
        tls->ssl = SSL_new(tls->context);
        bool is_set = tls->ssl && SSL_set_fd(tls->ssl, fd) == 1;
        err = is_set && expect_name(tls->ssl, config->host) ? 0 : -ENOMEM;
    }
    err = err ? err : shake_hands(tls->ssl, fd, until_us, ret_why, why_bytes);
    ERR_clear_error();
    if (err) {
        st_sip_tls_close(tls);
        return err;
    }
    *ret_tls = tls;
    return 0;
}

void st_sip_tls_close(struct st_sip_tls *tls)
{
    if (!tls)
        return;
    if (tls->ssl && SSL_is_init_finished(tls->ssl))
        SSL_shutdown(tls->ssl);
    ERR_clear_error();
    SSL_free(tls->ssl);
    SSL_CTX_free(tls->context);
    free(tls);
}

static ssize_t result_of(struct st_sip_tls *tls, int ret)
{
    int error = ret > 0 ? SSL_ERROR_NONE : SSL_get_error(tls->ssl, ret);
    ERR_clear_error();
    switch (error) {
    case SSL_ERROR_NONE:
        return ret;
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        return -EAGAIN;
    case SSL_ERROR_ZERO_RETURN:
        return 0;
    default:
        return -EPROTO;
    }
}

ssize_t st_sip_tls_read(struct st_sip_tls *tls, void *data, size_t bytes)
{
    return result_of(tls, SSL_read(tls->ssl, data, bytes > INT_MAX ? INT_MAX : (int)bytes));
}

ssize_t st_sip_tls_write(struct st_sip_tls *tls, const void *data, size_t bytes)
{
    return result_of(tls, SSL_write(tls->ssl, data, bytes > INT_MAX ? INT_MAX : (int)bytes));
}
