/*
 * A listener's vhost in libwebsockets, and its certificate.
 */
#include "net_private.h"

#include "sidetone/err.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <unistd.h>

static int no_password(char *buf, int bytes, int is_writing, void *user)
{
    return 0;
}

int st_server_tls_load(SSL_CTX *tls, const char *certificate_file, const char *key_file)
{
    SSL_CTX_set_default_passwd_cb(tls, no_password);
    if (access(certificate_file, R_OK) != 0 || access(key_file, R_OK) != 0)
        return -errno;
    ERR_clear_error();
    if (SSL_CTX_use_certificate_chain_file(tls, certificate_file) != 1 ||
        SSL_CTX_use_PrivateKey_file(tls, key_file, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(tls) != 1)
        return -EBADMSG;
    return 0;
}

static int load_tls(SSL_CTX *tls, const struct st_listener_config *config)
{
    return st_server_tls_load(tls, config->certificate_file, config->key_file);
}

/* Tried on a context of its own first, so that a broken file never reaches a live one. */
int st_listener_check_tls(const struct st_listener *listener)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
    if (!tls)
        return -ENOMEM;
    int err = load_tls(tls, &listener->config);
    if (err) {
        unsigned long reason = ERR_get_error();
        ST_ERROR(&listener->net->log, "certificate %s with key %s cannot be used: %s",
                 listener->config.certificate_file, listener->config.key_file,
                 reason ? ERR_reason_error_string(reason) : st_err_text(err));
        ERR_clear_error();
    }
    SSL_CTX_free(tls);
    return err;
}

void st_listener_on_tls_context(struct st_listener *listener, struct ssl_ctx_st *tls)
{
    listener->tls = tls;
}

void st_server_tls_tune(SSL_CTX *tls)
{
    SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
    SSL_CTX_set_options(tls, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                 SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                              SSL_MODE_RELEASE_BUFFERS);
}

static void tune_tls(SSL_CTX *tls)
{
    st_server_tls_tune(tls);
    /* By the server's name libwebsockets would pick another listener's certificate. */
    SSL_CTX_set_tlsext_servername_callback(tls, NULL);
}

int st_listener_reload_tls(struct st_listener *listener)
{
    if (!listener->tls)
        return -EINVAL;
    int err = st_listener_check_tls(listener);
    return err ? err : load_tls(listener->tls, &listener->config);
}

int st_listener_create_vhost(struct st_listener *listener)
{
    struct st_net *net = listener->net;
    snprintf(listener->name, sizeof(listener->name), "listener-%p", (void *)listener);
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN_SERVER,
        .vhost_name = listener->name,
        .protocols = st_net_served_protocols,
        .alpn = "http/1.1",
        .ssl_cert_filepath = listener->config.certificate_file,
        .ssl_private_key_filepath = listener->config.key_file,
    };
    if (info.ssl_cert_filepath) {
        if (!net->no_client_tls)
            net->no_client_tls = SSL_CTX_new(TLS_client_method());
        info.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
        info.provided_client_ssl_ctx = net->no_client_tls;
    }
    net->opening = listener;
    listener->vhost = lws_create_vhost(net->context, &info);
    net->opening = NULL;
    if (!listener->vhost)
        return -EINVAL;
    if (!info.ssl_cert_filepath)
        return 0;
    if (!listener->tls)
        return -EINVAL;
    tune_tls(listener->tls);
    return 0;
}
