/*
 * What outgoing connections trust: a TLS context of our own per file of certificates, because
 * libwebsockets reads every certificate of the system at once, and mixes up what belongs to which
 * of its contexts.
 */
#include "net_private.h"

#include "sidetone/mem.h"

#include <dirent.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

struct st_client_host {
    struct st_net_node node;
    struct lws_vhost *vhost;
    char name[32]; /* libwebsockets keeps the pointer */
    SSL_CTX *tls;  /* NULL: plain */
    char *ca_file; /* NULL: the system's */
};

static bool is_same_file(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static struct st_client_host *find_host(struct st_net *net, bool is_tls, const char *ca_file)
{
    for (struct st_net_node *node = net->client_hosts.next; node != &net->client_hosts;
         node = node->next) {
        struct st_client_host *host = ST_NET_OWNER(node, struct st_client_host, node);
        if ((host->tls != NULL) == is_tls && is_same_file(host->ca_file, ca_file))
            return host;
    }
    return NULL;
}

/* 8 hexadecimal digits and a number: how a certificate is called by which OpenSSL finds it. */
static bool is_hashed_name(const char *name)
{
    return strspn(name, "0123456789abcdef") == 8 && name[8] == '.' && name[9] >= '0' &&
           name[9] <= '9';
}

static bool has_hashed_names(const char *folder)
{
    bool has = false;
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    while (dir && !has && (entry = readdir(dir)) != NULL)
        has = is_hashed_name(entry->d_name);
    if (dir)
        closedir(dir);
    return has;
}

/* From their directory one certificate is read when it is needed; the file with all of them would
 * hold the loop for tens of milliseconds. */
static int trust_system(SSL_CTX *tls)
{
    bool is_told_where =
        getenv(X509_get_default_cert_file_env()) || getenv(X509_get_default_cert_dir_env());
    return !is_told_where && has_hashed_names(X509_get_default_cert_dir())
               ? SSL_CTX_set_default_verify_dir(tls)
               : SSL_CTX_set_default_verify_paths(tls);
}

SSL_CTX *st_client_tls_create(struct st_net *net, const char *ca_file)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
    if (!tls)
        return NULL;
    SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
    SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS);
    ERR_clear_error();
    int is_loaded = ca_file ? SSL_CTX_load_verify_locations(tls, ca_file, NULL) : trust_system(tls);
    if (is_loaded == 1)
        return tls;
    ST_ERROR(&net->log, "trusted certificates %s cannot be used", ca_file ? ca_file : "");
    ERR_clear_error();
    SSL_CTX_free(tls);
    return NULL;
}

static struct st_client_host *create_host(struct st_net *net, SSL_CTX *tls, const char *ca_file)
{
    struct st_client_host *host = st_mem_alloc(sizeof(*host));
    snprintf(host->name, sizeof(host->name), "client-%p", (void *)host);
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .vhost_name = host->name,
        .protocols = st_net_client_protocols,
        .options = tls ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0,
        .provided_client_ssl_ctx = tls,
    };
    host->vhost = lws_create_vhost(net->context, &info);
    if (!host->vhost) {
        SSL_CTX_free(tls);
        free(host);
        return NULL;
    }
    host->tls = tls;
    host->ca_file = st_mem_strdup(ca_file);
    st_net_list_add(&net->client_hosts, &host->node);
    return host;
}

struct st_client_host *st_client_host_get(struct st_net *net, bool is_tls, const char *ca_file)
{
    struct st_client_host *host = find_host(net, is_tls, ca_file);
    if (host)
        return host;
    SSL_CTX *tls = is_tls ? st_client_tls_create(net, ca_file) : NULL;
    return is_tls && !tls ? NULL : create_host(net, tls, ca_file);
}

void st_client_hosts_free(struct st_net *net)
{
    while (!st_net_list_is_empty(&net->client_hosts)) {
        struct st_client_host *host =
            ST_NET_OWNER(net->client_hosts.next, struct st_client_host, node);
        st_net_list_remove(&host->node);
        SSL_CTX_free(host->tls);
        free(host->ca_file);
        free(host);
    }
}

struct lws_vhost *st_client_host_vhost(const struct st_client_host *host)
{
    return host->vhost;
}
