#include "sip_link.h"

#include "text.h"

#include "sidetone/err.h"
#include "sidetone/loop.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { MESSAGE_MAX = 65536, RECEIVED_MAX = 2 * MESSAGE_MAX, PATIENCE_US = 10000000 };

struct st_sip_link {
    struct st_sip_link_config config;
    bool is_stream;
    int fd;
    struct st_sip_tls *tls; /* NULL: none */
    struct sockaddr_storage local;
    struct st_text received;
};

/* ---- opening ---- */

static int fail(const struct st_sip_link *link, int err, const char *what, char *why,
                size_t why_bytes)
{
    snprintf(why, why_bytes, "%s port %s: %s", link->config.host, link->config.port, what);
    return err;
}

static int connect_to(struct st_sip_link *link, char *why, size_t why_bytes)
{
    const struct addrinfo hints = {.ai_socktype = link->is_stream ? SOCK_STREAM : SOCK_DGRAM,
                                   .ai_flags = AI_NUMERICSERV};
    struct addrinfo *found;
    socklen_t bytes = sizeof(link->local);
    int err = getaddrinfo(link->config.host, link->config.port, &hints, &found);
    if (err)
        return fail(link, -EADDRNOTAVAIL, gai_strerror(err), why, why_bytes);
    link->fd = socket(found->ai_family, found->ai_socktype | SOCK_CLOEXEC, 0);
    if (link->fd < 0 || connect(link->fd, found->ai_addr, found->ai_addrlen) < 0 ||
        getsockname(link->fd, (struct sockaddr *)&link->local, &bytes) < 0 ||
        fcntl(link->fd, F_SETFL, O_NONBLOCK) < 0)
        err = -errno;
    freeaddrinfo(found);
    return err ? fail(link, err, st_err_text(err), why, why_bytes) : 0;
}

static int open_tls(struct st_sip_link *link, char *why, size_t why_bytes)
{
    struct st_sip_tls_config tls = link->config.tls;
    tls.host = link->config.host;
    return st_sip_tls_open(&link->tls, link->fd, &tls, st_loop_now_us() + PATIENCE_US, why,
                           why_bytes);
}

int st_sip_link_open(struct st_sip_link **ret_link, const struct st_sip_link_config *config,
                     char *ret_why, size_t why_bytes)
{
    struct st_sip_link *link = st_mem_alloc(sizeof(*link));
    link->config = *config;
    link->is_stream = strcmp(config->transport, "UDP") != 0;
    link->fd = -1;
    int err = connect_to(link, ret_why, why_bytes);
    if (!err && strcmp(config->transport, "TLS") == 0)
        err = open_tls(link, ret_why, why_bytes);
    if (err) {
        st_sip_link_close(link);
        return err;
    }
    *ret_link = link;
    return 0;
}

void st_sip_link_close(struct st_sip_link *link)
{
    if (!link)
        return;
    st_sip_tls_close(link->tls);
    if (link->fd >= 0)
        close(link->fd);
    st_text_fini(&link->received);
    free(link);
}

int st_sip_link_socket(const struct st_sip_link *link)
{
    return link->fd;
}

const struct sockaddr_storage *st_sip_link_local(const struct st_sip_link *link)
{
    return &link->local;
}

/* ---- out ---- */

static ssize_t transmit(struct st_sip_link *link, const char *data, size_t bytes)
{
    if (link->tls)
        return st_sip_tls_write(link->tls, data, bytes);
    ssize_t sent = send(link->fd, data, bytes, MSG_NOSIGNAL);
    return sent < 0 ? -errno : sent;
}

int st_sip_link_send(struct st_sip_link *link, const char *data, size_t bytes)
{
    struct pollfd poll_fd = {link->fd, POLLOUT, 0};
    for (size_t sent = 0; sent < bytes;) {
        ssize_t taken = transmit(link, data + sent, bytes - sent);
        /* Of a datagram before this one: nobody was there. */
        if (taken == -ECONNREFUSED && !link->is_stream)
            return 0;
        if (taken == -EAGAIN && poll(&poll_fd, 1, PATIENCE_US / 1000) > 0)
            continue;
        if (taken <= 0)
            return taken < 0 ? (int)taken : -ECONNRESET;
        sent += (size_t)taken;
    }
    return 0;
}

/* ---- in ---- */

long st_sip_link_frame(const char *data, size_t bytes)
{
    const char *end = memmem(data, bytes, "\r\n\r\n", 4);
    if (!end)
        return bytes > MESSAGE_MAX ? -EBADMSG : 0;
    size_t head = (size_t)(end - data) + 4;
    unsigned long length = 0;
    for (const char *line = data; line < end;) {
        const char *next = memmem(line, (size_t)(end + 2 - line), "\r\n", 2);
        if (strncasecmp(line, "Content-Length:", 15) == 0)
            length = strtoul(line + 15, NULL, 10);
        else if (strncasecmp(line, "l:", 2) == 0)
            length = strtoul(line + 2, NULL, 10);
        line = next + 2;
    }
    if (length > MESSAGE_MAX)
        return -EBADMSG;
    return bytes - head >= length ? (long)(head + length) : 0;
}

static int cut_out_messages(struct st_sip_link *link)
{
    struct st_text *received = &link->received;
    long bytes = 0;
    while (received->len > 0 && (bytes = st_sip_link_frame(received->data, received->len)) > 0) {
        link->config.message(link->config.user, received->data, (size_t)bytes);
        received->len -= (size_t)bytes;
        memmove(received->data, received->data + bytes, received->len + 1);
    }
    return received->len > RECEIVED_MAX ? -EBADMSG : (int)bytes;
}

static ssize_t receive(struct st_sip_link *link, char *data, size_t bytes)
{
    if (link->tls)
        return st_sip_tls_read(link->tls, data, bytes);
    ssize_t got = recv(link->fd, data, bytes, 0);
    return got < 0 ? -errno : got;
}

int st_sip_link_read(struct st_sip_link *link)
{
    char data[MESSAGE_MAX];
    for (;;) {
        ssize_t bytes = receive(link, data, sizeof(data));
        if (bytes == -EAGAIN || bytes == -EINTR || (bytes <= 0 && !link->is_stream))
            return 0;
        if (bytes <= 0)
            return bytes < 0 ? (int)bytes : -ECONNRESET;
        if (!link->is_stream) {
            link->config.message(link->config.user, data, (size_t)bytes);
            continue;
        }
        st_text_add_bytes(&link->received, data, (size_t)bytes);
        int err = cut_out_messages(link);
        if (err < 0)
            return err;
    }
}
