#include "stream.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TRIES = 200, RETRY_US = 50000 };

static void die(const char *what)
{
    perror(what);
    exit(1);
}

/* The engine may not be listening yet. */
static int connect_tcp(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    for (int i = 0; i < TRIES; i++) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
        if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0) {
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
            return fd;
        }
        close(fd);
        usleep(RETRY_US);
    }
    die("connect to the engine");
    return -1;
}

static void upgrade(int fd)
{
    static const char request[] = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
                                  "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    char answer[1024] = "";
    size_t got = 0;
    if (write(fd, request, sizeof(request) - 1) < 0)
        die("upgrade");
    while (!strstr(answer, "\r\n\r\n")) {
        ssize_t n = read(fd, answer + got, sizeof(answer) - got - 1);
        if (n <= 0)
            die("upgrade");
        got += (size_t)n;
        answer[got] = 0;
    }
}

static uint32_t next_mask(void)
{
    static uint32_t mask = 0x9d3f2a71;
    mask = mask * 1664525u + 1013904223u;
    return mask;
}

/* `frame` holds the payload after its header. */
static void send_frame(int fd, uint8_t opcode, uint8_t *frame, unsigned bytes)
{
    uint32_t mask = next_mask(), word;
    frame[0] = (uint8_t)(0x80 | opcode);
    frame[1] = 0x80 | 126;
    frame[2] = (uint8_t)(bytes >> 8);
    frame[3] = (uint8_t)bytes;
    memcpy(frame + 4, &mask, sizeof(mask));
    for (unsigned i = 0; i < bytes; i += sizeof(word)) {
        memcpy(&word, frame + STREAM_HEADER_BYTES + i, sizeof(word));
        word ^= mask;
        memcpy(frame + STREAM_HEADER_BYTES + i, &word, sizeof(word));
    }
    if (write(fd, frame, STREAM_HEADER_BYTES + bytes) != (ssize_t)(STREAM_HEADER_BYTES + bytes))
        die("write to the engine");
}

static void send_config(struct stream *stream)
{
    /* Padded to whole words and to a length that needs the long header. */
    char text[129];
    snprintf(text, sizeof(text), "%-128s", "{\"config\":{\"sample_rate\":16000}}");
    memcpy(stream->frame + STREAM_HEADER_BYTES, text, 128);
    send_frame(stream->engine, 1, stream->frame, 128);
}

void stream_open(struct stream *stream, uint16_t engine_port, int quality)
{
    int err;
    stream->engine = connect_tcp(engine_port);
    upgrade(stream->engine);
    stream->resampler = speex_resampler_init(1, STREAM_WIRE_HZ, STREAM_ENGINE_HZ, quality, &err);
    if (!stream->resampler)
        die("resampler");
    send_config(stream);
}

static void send_message(struct stream *stream)
{
    uint8_t *payload = stream->frame + STREAM_HEADER_BYTES;
    unsigned bytes = STREAM_MESSAGE_SAMPLES * 2;
    send_frame(stream->engine, 2, stream->frame, bytes);
    stream->held -= STREAM_MESSAGE_SAMPLES;
    memmove(payload, payload + bytes, stream->held * 2);
}

void stream_put(struct stream *stream, const int16_t *samples, unsigned count)
{
    int16_t *out = (int16_t *)(stream->frame + STREAM_HEADER_BYTES) + stream->held;
    spx_uint32_t used = count, made = count * 2;
    speex_resampler_process_int(stream->resampler, 0, samples, &used, out, &made);
    stream->held += made;
    while (stream->held >= STREAM_MESSAGE_SAMPLES)
        send_message(stream);
}
