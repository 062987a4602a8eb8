/* nats-server: clients of its text protocol. */
#include "../load/poller.h"
#include "target.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { IN_BYTES = 16384, EVENT_BYTES_MAX = 8192, PUBLISHER = -1 };

struct client {
    struct poller_source source;
    int index; /* of the subscriber, or PUBLISHER */
    bool is_ready;
    size_t in_bytes;
    char in[IN_BYTES];
};

static struct client publisher = {.index = PUBLISHER};
static struct client *subscribers;
static char publication[EVENT_BYTES_MAX + 64];
static size_t publication_bytes;

void nats_set_event(const void *event, size_t bytes)
{
    if (bytes > EVENT_BYTES_MAX)
        fan_lost("the event", "too long");
    int head = snprintf(publication, sizeof(publication), "PUB events %zu\r\n", bytes);
    memcpy(publication + head, event, bytes);
    memcpy(publication + head + bytes, "\r\n", 2);
    publication_bytes = (size_t)head + bytes + 2;
}

static void send_text(struct client *client, const char *text, size_t bytes)
{
    if (send(client->source.fd, text, bytes, MSG_NOSIGNAL) != (ssize_t)bytes)
        fan_lost("a client", "what it sends does not fit into its socket");
}

/* The server answers in order: at PONG it knows of the subscription. */
static void handle_pong(struct client *client)
{
    if (!client->is_ready && client->index != PUBLISHER)
        fan_ready();
    client->is_ready = true;
}

/* `MSG subject id bytes` and the payload behind it. Bytes used, 0 when more are needed. */
static size_t handle_message(struct client *client, const char *line, size_t line_bytes,
                             size_t bytes)
{
    const char *last = memrchr(line, ' ', line_bytes);
    size_t payload = last ? strtoul(last + 1, NULL, 10) : 0;
    if (bytes < line_bytes + payload + 2)
        return 0;
    fan_delivered((unsigned)client->index, line + line_bytes, payload);
    return line_bytes + payload + 2;
}

/* One line at `line`, with what belongs to it. Bytes used, 0 when more are needed. */
static size_t handle(struct client *client, const char *line, size_t bytes)
{
    const char *end = memmem(line, bytes, "\r\n", 2);
    if (!end)
        return 0;
    size_t line_bytes = (size_t)(end - line) + 2;
    if (strncmp(line, "MSG ", 4) == 0)
        return handle_message(client, line, line_bytes, bytes);
    if (strncmp(line, "PING", 4) == 0)
        send_text(client, "PONG\r\n", 6);
    else if (strncmp(line, "PONG", 4) == 0)
        handle_pong(client);
    else if (strncmp(line, "-ERR", 4) == 0)
        fan_lost("a client", line);
    return line_bytes;
}

static void on_ready(void *user, bool can_read, bool can_write)
{
    struct client *client = user;
    ssize_t got = recv(client->source.fd, client->in + client->in_bytes,
                       sizeof(client->in) - 1 - client->in_bytes, 0);
    if (got < 0 && errno == EAGAIN)
        return;
    if (got <= 0)
        fan_lost("a client", got < 0 ? strerror(errno) : "closed by the server");
    client->in_bytes += (size_t)got;
    client->in[client->in_bytes] = '\0';
    size_t done = 0;
    for (size_t n = 1; n > 0; done += n)
        n = handle(client, client->in + done, client->in_bytes - done);
    client->in_bytes -= done;
    memmove(client->in, client->in + done, client->in_bytes);
}

static void open_client(struct client *client, uint16_t port, const char *hello)
{
    client->source = (struct poller_source){poller_connect(port), on_ready, client};
    poller_add(&client->source);
    send_text(client, hello, strlen(hello));
}

static void open_publisher(uint16_t port, uint16_t stt_port)
{
    open_client(&publisher, port, "CONNECT {\"verbose\":false,\"pedantic\":false}\r\nPING\r\n");
    while (!publisher.is_ready)
        poller_poll(1000000);
}

static void open_subscriber(uint16_t port, unsigned index, unsigned count)
{
    if (!subscribers)
        subscribers = calloc(count, sizeof(*subscribers));
    subscribers[index].index = (int)index;
    open_client(&subscribers[index], port,
                "CONNECT {\"verbose\":false,\"pedantic\":false}\r\nSUB events 1\r\nPING\r\n");
}

static void publish(void)
{
    send_text(&publisher, publication, publication_bytes);
}

const struct fan_target nats_target = {
    .name = "nats",
    .open_publisher = open_publisher,
    .open_subscriber = open_subscriber,
    .publish = publish,
};
