/*
 * floor_gw: the least code that does the gateway's audio path, as the floor to compare with.
 *
 * WebSocket messages in, decode, 8 to 16 kHz with SpeexDSP, one 100 ms message per channel to the
 * speech engine, whose answers are read and thrown away. One thread, epoll, frames of its own. No
 * checks, security, timeline, analysis, metrics or timers.
 *
 *   floor_gw pcm|twilio PORT CALLS ENGINE_PORT [QUALITY]
 */
#include "media.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BATCH = 256, BACKLOG = 4096, FILES_MAX = 65536, READ_BYTES = 16384, QUALITY = 3 };

enum source { SOURCE_LISTENER, SOURCE_CALL, SOURCE_ENGINE };

struct call {
    int fd;
    bool is_open;
    size_t held;
    struct stream *streams;
    uint8_t in[READ_BYTES];
};

static int epoll_fd, listen_fd;
static bool is_twilio;
static unsigned call_count, calls_max;
static struct call **calls;
static struct stream *streams;

static void watch(int fd, enum source source, unsigned index)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = (uint64_t)source << 32 | index};
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

static void listen_on(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1;
    listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    setsockopt(listen_fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(listen_fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
        listen(listen_fd, BACKLOG) != 0) {
        perror("listen");
        exit(1);
    }
    watch(listen_fd, SOURCE_LISTENER, 0);
}

static void accept_calls(void)
{
    for (int fd; (fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
        if (call_count == calls_max) {
            close(fd);
            continue;
        }
        struct call *call = malloc(sizeof(*call));
        memset(call, 0, sizeof(*call)); /* its memory is in use, not only promised */
        call->fd = fd;
        call->streams = streams + 2 * call_count;
        calls[call_count] = call;
        watch(fd, SOURCE_CALL, call_count++);
    }
}

/* Returns bytes of the request. The load program always offers the same key. */
static size_t answer_upgrade(struct call *call)
{
    static const char answer[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                                 "Connection: Upgrade\r\n"
                                 "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    uint8_t *end = memmem(call->in, call->held, "\r\n\r\n", 4);
    if (!end || write(call->fd, answer, sizeof(answer) - 1) < 0)
        return 0;
    call->is_open = true;
    return (size_t)(end - call->in) + 4;
}

static void unmask(uint8_t *data, size_t bytes, const uint8_t *key)
{
    uint32_t mask, word;
    size_t i = 0;
    memcpy(&mask, key, sizeof(mask));
    for (; i + sizeof(word) <= bytes; i += sizeof(word)) {
        memcpy(&word, data + i, sizeof(word));
        word ^= mask;
        memcpy(data + i, &word, sizeof(word));
    }
    for (; i < bytes; i++)
        data[i] ^= key[i & 3];
}

/* Returns bytes of the message at `frame`, 0 when it is not all there. */
static size_t read_message(struct call *call, uint8_t *frame, size_t bytes)
{
    if (bytes < 8)
        return 0;
    size_t payload = frame[1] & 0x7f, header = 6;
    if (payload == 126) {
        payload = (size_t)frame[2] << 8 | frame[3];
        header = 8;
    }
    if (bytes < header + payload)
        return 0;
    uint8_t *data = frame + header, opcode = frame[0] & 15;
    unmask(data, payload, data - 4);
    if (opcode == 2)
        media_put_pcm(call->streams, data, payload);
    else if (opcode == 1 && is_twilio)
        media_put_twilio(call->streams, (const char *)data, payload);
    return header + payload;
}

static void read_call(struct call *call)
{
    ssize_t got = recv(call->fd, call->in + call->held, sizeof(call->in) - call->held, 0);
    if (got <= 0) {
        if (got == 0 || errno != EAGAIN)
            close(call->fd);
        return;
    }
    call->held += (size_t)got;
    size_t done = call->is_open ? 0 : answer_upgrade(call);
    for (size_t n = call->is_open; n > 0; done += n)
        n = read_message(call, call->in + done, call->held - done);
    call->held -= done;
    memmove(call->in, call->in + done, call->held);
}

static void discard_answers(const struct stream *stream)
{
    char answers[1024];
    if (recv(stream->engine, answers, sizeof(answers), MSG_DONTWAIT) == 0)
        close(stream->engine);
}

static void run(void)
{
    struct epoll_event events[BATCH];
    for (;;) {
        int n = epoll_wait(epoll_fd, events, BATCH, -1);
        for (int i = 0; i < n; i++) {
            uint32_t index = (uint32_t)events[i].data.u64;
            enum source source = (enum source)(events[i].data.u64 >> 32);
            if (source == SOURCE_LISTENER)
                accept_calls();
            else if (source == SOURCE_CALL)
                read_call(calls[index]);
            else
                discard_answers(&streams[index]);
        }
    }
}

int main(int argc, char **argv)
{
    if (argc < 5 || (strcmp(argv[1], "pcm") != 0 && strcmp(argv[1], "twilio") != 0)) {
        fputs("usage: floor_gw pcm|twilio PORT CALLS ENGINE_PORT [QUALITY]\n", stderr);
        return 2;
    }
    is_twilio = strcmp(argv[1], "twilio") == 0;
    calls_max = (unsigned)strtoul(argv[3], NULL, 10);
    int quality = argc > 5 ? (int)strtol(argv[5], NULL, 10) : QUALITY;
    setrlimit(RLIMIT_NOFILE, &(struct rlimit){FILES_MAX, FILES_MAX});
    media_set_up();
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    calls = calloc(calls_max, sizeof(struct call *));
    streams = calloc(calls_max * 2, sizeof(*streams));
    for (unsigned i = 0; i < calls_max * 2; i++) {
        stream_open(&streams[i], (uint16_t)strtoul(argv[4], NULL, 10), quality);
        watch(streams[i].engine, SOURCE_ENGINE, i);
    }
    listen_on((uint16_t)strtoul(argv[2], NULL, 10));
    run();
}
