#include "ws.h"

#include "wire.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    READ_BYTES = 16384,
    MESSAGE_BYTES_MAX = 16384,
    PENDING_BYTES_MAX = 1 << 20,
    HEADER_BYTES_MAX = 14,
};

static const char key_name[] = "Sec-WebSocket-Key:";
static const char magic[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
static const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};

bool ws_is_alive(const struct ws *ws)
{
    return ws->source.fd >= 0;
}

static void fail(struct ws *ws, const char *why)
{
    if (!ws_is_alive(ws))
        return;
    poller_close(&ws->source);
    ws->events->closed(ws, why);
}

/* Keeps the bytes until the socket can be written. */
static void keep(struct ws *ws, const uint8_t *data, size_t bytes)
{
    if (ws->out_bytes + bytes > PENDING_BYTES_MAX) {
        fail(ws, "the peer does not read");
        return;
    }
    if (ws->out_bytes + bytes > ws->out_cap) {
        ws->out_cap = (ws->out_bytes + bytes) * 2;
        ws->out = realloc(ws->out, ws->out_cap);
    }
    memcpy(ws->out + ws->out_bytes, data, bytes);
    if (ws->out_bytes == 0)
        poller_want_write(&ws->source, true);
    ws->out_bytes += bytes;
}

static void write_bytes(struct ws *ws, const uint8_t *data, size_t bytes)
{
    if (!ws_is_alive(ws))
        return;
    ssize_t sent = 0;
    if (ws->out_bytes == 0)
        sent = wire_send(ws->source.fd, ws->tls, data, bytes);
    if (sent < 0 && errno != EAGAIN) {
        fail(ws, strerror(errno));
        return;
    }
    size_t done = sent > 0 ? (size_t)sent : 0;
    if (done < bytes) {
        ws->blocked++;
        keep(ws, data + done, bytes - done);
    }
}

static void flush(struct ws *ws)
{
    ssize_t sent = wire_send(ws->source.fd, ws->tls, ws->out, ws->out_bytes);
    if (sent < 0)
        return;
    ws->out_bytes -= (size_t)sent;
    memmove(ws->out, ws->out + sent, ws->out_bytes);
    if (ws->out_bytes == 0)
        poller_want_write(&ws->source, false);
}

static void copy_masked(uint8_t *out, const uint8_t *data, size_t bytes)
{
    uint32_t key, word;
    size_t i = 0;
    memcpy(&key, mask, sizeof(key));
    for (; i + sizeof(word) <= bytes; i += sizeof(word)) {
        memcpy(&word, data + i, sizeof(word));
        word ^= key;
        memcpy(out + i, &word, sizeof(word));
    }
    for (; i < bytes; i++)
        out[i] = data[i] ^ mask[i & 3];
}

void ws_send(struct ws *ws, enum ws_opcode opcode, const void *data, size_t bytes)
{
    uint8_t frame[HEADER_BYTES_MAX + MESSAGE_BYTES_MAX];
    size_t header = 2;
    ws->sent_close = ws->sent_close || opcode == WS_CLOSE;
    frame[0] = (uint8_t)(0x80 | opcode);
    frame[1] = (uint8_t)(bytes < 126 ? bytes : 126);
    if (bytes >= 126) {
        frame[2] = (uint8_t)(bytes >> 8);
        frame[3] = (uint8_t)bytes;
        header = 4;
    }
    if (ws->is_server) {
        memcpy(frame + header, data, bytes);
    } else {
        frame[1] |= 0x80;
        memcpy(frame + header, mask, sizeof(mask));
        header += sizeof(mask);
        copy_masked(frame + header, data, bytes);
    }
    write_bytes(ws, frame, header + bytes);
}

static void answer_upgrade(struct ws *ws, const char *request)
{
    const char *key = strcasestr(request, key_name);
    if (!key) {
        fail(ws, "an upgrade without a key");
        return;
    }
    key += strlen(key_name);
    key += strspn(key, " ");
    char text[128], accept[64], answer[256];
    uint8_t digest[SHA_DIGEST_LENGTH];
    int n = snprintf(text, sizeof(text), "%.*s%s", (int)strcspn(key, "\r\n "), key, magic);
    SHA1((const uint8_t *)text, (size_t)n, digest);
    EVP_EncodeBlock((uint8_t *)accept, digest, sizeof(digest));
    n = snprintf(answer, sizeof(answer),
                 "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                 "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
                 accept);
    write_bytes(ws, (const uint8_t *)answer, (size_t)n);
}

/* Returns the bytes of the HTTP head, 0 when more are needed. */
static size_t read_head(struct ws *ws)
{
    const uint8_t *end = memmem(ws->in, ws->in_bytes, "\r\n\r\n", 4);
    if (!end)
        return 0;
    char head[4096];
    size_t bytes = (size_t)(end - ws->in) + 4;
    snprintf(head, sizeof(head), "%.*s", (int)bytes, (const char *)ws->in);
    snprintf(ws->request, sizeof(ws->request), "%.*s", (int)strcspn(head, "\r\n"), head);
    if (ws->is_server)
        answer_upgrade(ws, head);
    else if (strncmp(head, "HTTP/1.1 101", 12) != 0) {
        head[strcspn(head, "\r\n")] = 0;
        fail(ws, head);
    }
    if (!ws_is_alive(ws))
        return 0;
    ws->is_open = true;
    ws->events->open(ws);
    return bytes;
}

/* The server ends the connection once both have said so. */
static void answer_close(struct ws *ws, const uint8_t *data, size_t bytes)
{
    ws->close_code = bytes >= 2 ? (unsigned)(data[0] << 8 | data[1]) : 1005;
    if (!ws->sent_close)
        ws_send(ws, WS_CLOSE, data, bytes < 2 ? 0 : 2);
    if (ws->is_server)
        fail(ws, "closed");
}

static void deliver(struct ws *ws, enum ws_opcode opcode, const uint8_t *data, size_t bytes)
{
    if (opcode == WS_PING)
        ws_send(ws, WS_PONG, data, bytes < 125 ? bytes : 125);
    else if (opcode == WS_CLOSE)
        answer_close(ws, data, bytes);
    else if (opcode == WS_TEXT || opcode == WS_BINARY)
        ws->events->message(ws, opcode, data, bytes);
}

/* One frame at `frame`. Returns its bytes, 0 when it is not all there yet. */
static size_t read_frame(struct ws *ws, uint8_t *frame, size_t bytes)
{
    if (bytes < 2)
        return 0;
    bool is_masked = frame[1] & 0x80;
    size_t payload = frame[1] & 0x7f, header = 2;
    if (payload == 126) {
        if (bytes < 4)
            return 0;
        payload = (size_t)frame[2] << 8 | frame[3];
        header = 4;
    } else if (payload == 127) {
        fail(ws, "a message over 64 kB");
        return 0;
    }
    uint8_t *key = frame + header;
    header += is_masked ? 4 : 0;
    if (bytes < header + payload)
        return 0;
    uint8_t *data = frame + header;
    if (is_masked)
        for (size_t i = 0; i < payload; i++)
            data[i] ^= key[i & 3];
    deliver(ws, frame[0] & 15, data, payload);
    return header + payload;
}

static void read_input(struct ws *ws)
{
    size_t done = 0;
    if (!ws->is_open)
        done = read_head(ws);
    for (size_t n = 1; ws_is_alive(ws) && ws->is_open && n > 0; done += n)
        n = read_frame(ws, ws->in + done, ws->in_bytes - done);
    ws->in_bytes -= done;
    memmove(ws->in, ws->in + done, ws->in_bytes);
}

/* Returns whether there may be more. */
static bool receive(struct ws *ws)
{
    if (ws->in_cap - ws->in_bytes < READ_BYTES) {
        ws->in_cap = ws->in_bytes + READ_BYTES * 2;
        ws->in = realloc(ws->in, ws->in_cap);
    }
    ssize_t got =
        wire_receive(ws->source.fd, ws->tls, ws->in + ws->in_bytes, ws->in_cap - ws->in_bytes);
    if (got < 0 && errno == EAGAIN)
        return false;
    if (got <= 0) {
        fail(ws, got < 0 ? strerror(errno) : "closed by the peer");
        return false;
    }
    ws->in_bytes += (size_t)got;
    read_input(ws);
    return ws->tls && ws_is_alive(ws);
}

static void on_ready(void *user, bool can_read, bool can_write)
{
    struct ws *ws = user;
    if (can_write && ws->out_bytes > 0)
        flush(ws);
    while (can_read && receive(ws))
        ;
}

static void start(struct ws *ws, int fd, const struct ws_events *events, void *user)
{
    ws->source = (struct poller_source){fd, on_ready, ws};
    ws->events = events;
    ws->user = user;
    poller_add(&ws->source);
}

void ws_start_server(struct ws *ws, int fd, const struct ws_events *events, void *user)
{
    ws->is_server = true;
    start(ws, fd, events, user);
}

void ws_start_client(struct ws *ws, int fd, const struct ws_request *request,
                     const struct ws_events *events, void *user)
{
    char head[4096];
    start(ws, fd, events, user);
    int n = snprintf(head, sizeof(head),
                     "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nUpgrade: websocket\r\n"
                     "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                     "Sec-WebSocket-Version: 13\r\n%s%s%s\r\n",
                     request->path, request->port, request->token ? "Authorization: Bearer " : "",
                     request->token ? request->token : "", request->token ? "\r\n" : "");
    write_bytes(ws, (const uint8_t *)head, (size_t)n);
}
