/*
 * HTTP/1.0: the answer ends with its connection, whoever is in between, and comes unchunked.
 */
#include "sidetone/request.h"

#include "sidetone/err.h"
#include "sidetone/json_writer.h"
#include "sidetone/mem.h"
#include "url.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { ANSWER_BYTES_MAX = 64 << 20, TIMEOUT_US = 30000000, READ_BYTES = 65536 };

struct connection {
    const struct st_request *request;
    struct st_url url;
    int fd;
    SSL_CTX *tls;
    SSL *ssl; /* NULL: plain */
    char *why;
    size_t why_bytes;
};

static int fail(struct connection *connection, int err, const char *what)
{
    snprintf(connection->why, connection->why_bytes, "%s", what);
    return err;
}

static int64_t timeout_us(const struct connection *connection)
{
    return connection->request->timeout_us ? connection->request->timeout_us : TIMEOUT_US;
}

/* ---- connecting ---- */

static int wait_connected(struct connection *connection)
{
    struct pollfd poller = {.fd = connection->fd, .events = POLLOUT};
    int err = 0;
    socklen_t bytes = sizeof(err);
    int ready = poll(&poller, 1, (int)(timeout_us(connection) / 1000));
    if (ready <= 0)
        return ready < 0 ? -errno : -ETIMEDOUT;
    getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &err, &bytes);
    return -err;
}

static void set_timeouts(struct connection *connection)
{
    struct timeval limit = {.tv_sec = timeout_us(connection) / 1000000,
                            .tv_usec = timeout_us(connection) % 1000000};
    setsockopt(connection->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    setsockopt(connection->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
}

static int connect_to(struct connection *connection, const struct addrinfo *address)
{
    connection->fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (connection->fd < 0)
        return -errno;
    int err = connect(connection->fd, address->ai_addr, address->ai_addrlen) == 0 ? 0 : -errno;
    if (err == -EINPROGRESS)
        err = wait_connected(connection);
    if (err == 0) {
        fcntl(connection->fd, F_SETFL, 0);
        set_timeouts(connection);
        return 0;
    }
    close(connection->fd);
    connection->fd = -1;
    return err;
}

static int connect_any(struct connection *connection)
{
    char port[8];
    struct addrinfo *addresses, hints = {.ai_socktype = SOCK_STREAM};
    snprintf(port, sizeof(port), "%u", connection->url.port);
    int failed = getaddrinfo(connection->url.host, port, &hints, &addresses);
    if (failed)
        return fail(connection, -EHOSTUNREACH,
                    failed == EAI_NONAME ? "no such host" : gai_strerror(failed));
    int err = -EHOSTUNREACH;
    for (struct addrinfo *at = addresses; at && connection->fd < 0; at = at->ai_next)
        err = connect_to(connection, at);
    freeaddrinfo(addresses);
    if (err == -ECONNREFUSED)
        return fail(connection, err, "connection refused");
    return err ? fail(connection, err, st_err_text(err)) : 0;
}

/* ---- TLS ---- */

static int trust(struct connection *connection)
{
    const char *file = connection->request->ca_file;
    if (connection->request->skips_certificate_check)
        return 0;
    SSL_CTX_set_verify(connection->tls, SSL_VERIFY_PEER, NULL);
    if (!file)
        return SSL_CTX_set_default_verify_paths(connection->tls) == 1 ? 0 : -EIO;
    return SSL_CTX_load_verify_locations(connection->tls, file, NULL) == 1
               ? 0
               : fail(connection, -EBADMSG, "no certificates that could be trusted in the file");
}

static bool expect_name(struct connection *connection)
{
    const char *host = connection->url.host;
    struct in6_addr any;
    bool is_address = inet_pton(AF_INET, host, &any) == 1 || inet_pton(AF_INET6, host, &any) == 1;
    X509_VERIFY_PARAM *param = SSL_get0_param(connection->ssl);
    if (is_address)
        return X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1;
    return SSL_set_tlsext_host_name(connection->ssl, host) == 1 &&
           X509_VERIFY_PARAM_set1_host(param, host, 0) == 1;
}

static int shake_hands(struct connection *connection)
{
    char text[200];
    if (SSL_set_fd(connection->ssl, connection->fd) == 1 && SSL_connect(connection->ssl) == 1)
        return 0;
    long refused = SSL_get_verify_result(connection->ssl);
    bool is_untrusted = refused != X509_V_OK && !connection->request->skips_certificate_check;
    snprintf(text, sizeof(text), is_untrusted ? "certificate not trusted: %s" : "TLS failed%s",
             is_untrusted ? X509_verify_cert_error_string(refused) : ": is this a TLS port?");
    return fail(connection, -EPROTO, text);
}

static int start_tls(struct connection *connection)
{
    connection->tls = SSL_CTX_new(TLS_client_method());
    if (!connection->tls)
        return fail(connection, -ENOMEM, "TLS cannot be set up");
    SSL_CTX_set_min_proto_version(connection->tls, TLS1_2_VERSION);
    int err = trust(connection);
    if (err)
        return err;
    connection->ssl = SSL_new(connection->tls);
    if (!connection->ssl || !expect_name(connection))
        return fail(connection, -EINVAL, "TLS cannot be set up");
    return shake_hands(connection);
}

/* ---- the exchange ---- */

static ssize_t write_some(struct connection *connection, const char *data, size_t bytes)
{
    if (!connection->ssl)
        return send(connection->fd, data, bytes, MSG_NOSIGNAL);
    int written = SSL_write(connection->ssl, data, bytes > INT32_MAX ? INT32_MAX : (int)bytes);
    return written > 0 ? written : -1;
}

/* 0: the end, with or without a TLS farewell; lengths are compared later. */
static ssize_t read_some(struct connection *connection, char *data, size_t bytes)
{
    if (!connection->ssl)
        return recv(connection->fd, data, bytes, 0);
    errno = 0;
    int got = SSL_read(connection->ssl, data, (int)bytes);
    if (got > 0)
        return got;
    return SSL_get_error(connection->ssl, got) == SSL_ERROR_SYSCALL && errno != 0 ? -1 : 0;
}

static void put(struct st_json_writer *out, const char *text)
{
    st_json_append(out, text, strlen(text));
}

static void write_head(struct connection *connection, struct st_json_writer *out)
{
    char length[64];
    const struct st_request *request = connection->request;
    put(out, request->method);
    put(out, " ");
    put(out, connection->url.target);
    put(out, " HTTP/1.0\r\nHost: ");
    put(out, connection->url.authority);
    put(out, "\r\n");
    if (request->bearer) {
        put(out, "Authorization: Bearer ");
        put(out, request->bearer);
        put(out, "\r\n");
    }
    put(out, request->headers ? request->headers : "");
    if (request->body) {
        snprintf(length, sizeof(length), "Content-Length: %zu\r\n", request->body_bytes);
        put(out, length);
        if (!request->headers || !strcasestr(request->headers, "content-type:"))
            put(out, "Content-Type: application/json\r\n");
    }
    put(out, "\r\n");
}

static int send_all(struct connection *connection)
{
    struct st_json_writer out;
    st_json_init(&out);
    write_head(connection, &out);
    if (connection->request->body)
        st_json_append(&out, connection->request->body, connection->request->body_bytes);
    size_t sent = 0;
    ssize_t some = 0;
    while (sent < out.len && (some = write_some(connection, out.data + sent, out.len - sent)) > 0)
        sent += (size_t)some;
    bool is_whole = sent == out.len;
    st_json_fini(&out);
    return is_whole ? 0 : fail(connection, -EPIPE, "the connection was closed");
}

static int receive_all(struct connection *connection, struct st_json_writer *in)
{
    char *data = st_mem_alloc(READ_BYTES);
    size_t most = connection->request->answer_bytes_max ? connection->request->answer_bytes_max
                                                        : ANSWER_BYTES_MAX;
    ssize_t got;
    int err = 0;
    while (!err && (got = read_some(connection, data, READ_BYTES)) != 0) {
        if (got < 0)
            err = errno == EAGAIN ? fail(connection, -ETIMEDOUT, "no answer in time")
                                  : fail(connection, -errno, "the connection was lost");
        else if (in->len + (size_t)got > most)
            err = fail(connection, -ENOBUFS, "the answer is too long");
        else
            st_json_append(in, data, (size_t)got);
    }
    free(data);
    return err;
}

int st_response_header(const struct st_response *response, const char *name, char *out,
                       size_t out_bytes)
{
    size_t name_bytes = strlen(name);
    for (const char *line = strchr(response->head, '\n'); line; line = strchr(line, '\n')) {
        line++;
        if (strncasecmp(line, name, name_bytes) != 0 || line[name_bytes] != ':')
            continue;
        const char *value = line + name_bytes + 1;
        value += strspn(value, " \t");
        size_t bytes = strcspn(value, "\r\n");
        if (bytes >= out_bytes)
            return -ENOBUFS;
        memcpy(out, value, bytes);
        out[bytes] = '\0';
        return (int)bytes;
    }
    return -ENOENT;
}

static int split(struct connection *connection, const struct st_json_writer *in,
                 struct st_response *ret_response)
{
    char length[24];
    struct st_response response = {0};
    const char *end = in->len > 0 ? memmem(in->data, in->len, "\r\n\r\n", 4) : NULL;
    if (!end || sscanf(in->data, "HTTP/1.%*1[01] %3d", &response.status) != 1)
        return fail(connection, -EBADMSG,
                    in->len > 0 ? "what answers is no HTTP server" : "the connection was closed");
    response.head = st_mem_strndup(in->data, (size_t)(end - in->data) + 2);
    response.body_bytes = in->len - (size_t)(end + 4 - in->data);
    response.body = st_mem_alloc(response.body_bytes + 1);
    memcpy(response.body, end + 4, response.body_bytes);
    int known = st_response_header(&response, "content-length", length, sizeof(length));
    if (known > 0 && strcmp(connection->request->method, "HEAD") != 0 &&
        strtoull(length, NULL, 10) != response.body_bytes) {
        st_response_fini(&response);
        return fail(connection, -EBADMSG, "the answer did not come whole");
    }
    *ret_response = response;
    return 0;
}

static int exchange(struct connection *connection, struct st_response *ret_response)
{
    struct st_json_writer in;
    st_json_init(&in);
    int err = send_all(connection);
    if (!err)
        err = receive_all(connection, &in);
    if (!err)
        err = split(connection, &in, ret_response);
    st_json_fini(&in);
    return err;
}

int st_request_send(struct st_response *ret_response, const struct st_request *request,
                    char *ret_why, size_t why_bytes)
{
    struct connection connection = {
        .request = request, .fd = -1, .why = ret_why, .why_bytes = why_bytes};
    if (st_url_parse(&connection.url, request->url) < 0)
        return fail(&connection, -EINVAL, "this is no URL of a gateway");
    int err = connect_any(&connection);
    if (!err && connection.url.is_tls)
        err = start_tls(&connection);
    if (!err)
        err = exchange(&connection, ret_response);
    if (connection.ssl)
        SSL_shutdown(connection.ssl);
    SSL_free(connection.ssl);
    SSL_CTX_free(connection.tls);
    ERR_clear_error();
    if (connection.fd >= 0)
        close(connection.fd);
    st_url_fini(&connection.url);
    return err;
}

void st_response_fini(struct st_response *response)
{
    free(response->head);
    free(response->body);
    *response = (struct st_response){0};
}
