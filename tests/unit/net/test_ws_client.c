#include "peer.h"

#include "sidetone/buf.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* One client and what happened to it. */
struct client {
    struct host *host;
    struct st_ws_connect connect;
    struct st_ws *ws;
    int err;
    sem_t opened, closed, messaged, drained;
    uint16_t code;
    char what[128];
    uint8_t *data;
    size_t bytes;
    bool is_binary;
    unsigned messages, closes, http_status, retry_after_s;
};

static void on_open(void *user, struct st_ws *ws)
{
    struct client *client = user;
    sem_post(&client->opened);
}

static void on_message(void *user, struct st_ws *ws, const void *data, size_t bytes, bool is_binary)
{
    struct client *client = user;
    client->data = realloc(client->data, bytes + 1);
    memcpy(client->data, data, bytes);
    client->bytes = bytes;
    client->is_binary = is_binary;
    client->messages++;
    sem_post(&client->messaged);
}

static void on_drained(void *user, struct st_ws *ws)
{
    struct client *client = user;
    sem_post(&client->drained);
}

static void on_closed(void *user, struct st_ws *ws, uint16_t code, const char *what)
{
    struct client *client = user;
    client->code = code;
    client->http_status = st_ws_http_status(ws);
    client->retry_after_s = st_ws_retry_after_s(ws);
    snprintf(client->what, sizeof(client->what), "%s", what);
    client->closes++;
    client->ws = NULL;
    sem_post(&client->closed);
}

static const struct st_ws_events events = {on_open, on_message, on_drained, on_closed};

static void client_init(struct client *client, struct host *host, const char *url)
{
    memset(client, 0, sizeof(*client));
    client->host = host;
    client->connect.url = url;
    sem_init(&client->opened, 0, 0);
    sem_init(&client->closed, 0, 0);
    sem_init(&client->messaged, 0, 0);
    sem_init(&client->drained, 0, 0);
}

static void do_connect(void *user)
{
    struct client *client = user;
    client->err = st_ws_connect(client->host->net, &client->ws, &client->connect, &events, client);
}

static void do_close(void *user)
{
    struct client *client = user;
    if (client->ws)
        st_ws_close(client->ws, 1000, "done");
}

static void open_client(struct client *client)
{
    host_run(client->host, do_connect, client);
    ck_assert_int_eq(client->err, 0);
    sem_wait(&client->opened);
}

static void close_client(struct client *client)
{
    host_run(client->host, do_close, client);
    sem_wait(&client->closed);
    ck_assert_uint_eq(client->closes, 1);
    free(client->data);
}

/* ---- a served echo on the same loop ---- */

static char seen_authorization[64], seen_extra[64], seen_target[64];

static void on_echo(void *user, struct st_ws *ws, const void *data, size_t bytes, bool is_binary)
{
    if (bytes == 4 && memcmp(data, "quit", 4) == 0)
        st_ws_close(ws, 4001, "as asked");
    else
        st_ws_send_copy(ws, data, bytes, is_binary);
}

static const struct st_ws_events echo = {.message = on_echo};

static void copy(char out[64], const char *text)
{
    snprintf(out, 64, "%s", text ? text : "");
}

static int on_upgrade(void *user, struct st_http_exchange *exchange,
                      struct st_ws_accept *ret_accept)
{
    copy(seen_authorization, st_http_header(exchange, "authorization"));
    copy(seen_extra, st_http_header(exchange, "X-Extra"));
    copy(seen_target, st_http_target(exchange));
    if (strcmp(st_http_path(exchange), "/no") == 0)
        return 403;
    if (strcmp(st_http_path(exchange), "/who") == 0)
        return 401;
    ret_accept->events = &echo;
    ret_accept->subprotocol = "a.v1";
    return 0;
}

static void start_tls(struct host *host, const char *address)
{
    host_init(host);
    host->config.upgrade = on_upgrade;
    host->config.address = address;
    tls_write("cert.pem", "key.pem");
    host->config.certificate_file = tls_file("cert.pem");
    host->config.key_file = tls_file("key.pem");
    host_start(host);
}

static void start_echo(struct host *host, bool is_tls)
{
    if (is_tls) {
        start_tls(host, "127.0.0.1");
        return;
    }
    host_init(host);
    host->config.upgrade = on_upgrade;
    host_start(host);
}

struct message {
    struct client *client;
    const void *data;
    size_t bytes;
    bool is_binary;
    int err;
};

static void do_send(void *user)
{
    struct message *message = user;
    message->err =
        st_ws_send_copy(message->client->ws, message->data, message->bytes, message->is_binary);
}

static void send_and_compare(struct client *client, size_t bytes)
{
    uint8_t *data = malloc(bytes + 1);
    for (size_t i = 0; i < bytes; i++)
        data[i] = (uint8_t)(i * 7 + bytes);
    struct message message = {client, data, bytes, true, 0};
    host_run(client->host, do_send, &message);
    ck_assert_int_eq(message.err, 0);
    sem_wait(&client->messaged);
    ck_assert_uint_eq(client->bytes, bytes);
    ck_assert(client->is_binary);
    ck_assert_mem_eq(client->data, data, bytes);
    free(data);
}

START_TEST(messages_of_every_length_come_back)
{
    static const size_t sizes[] = {0, 1, 2, 3, 7, 8, 125, 126, 127, 640, 3200, 8192, 65535, 65536};
    struct host host;
    struct client client;
    char url[64];
    start_echo(&host, _i == 1);
    snprintf(url, sizeof(url), "%s://localhost:%u/a%%20b?c=d", _i ? "wss" : "ws", host.port);
    client_init(&client, &host, url);
    client.connect.bearer = "token";
    client.connect.subprotocol = "a.v1";
    client.connect.ca_file = _i ? host.config.certificate_file : NULL;
    client.connect.headers = (const char *const[]){"X-Extra: 1", NULL};
    open_client(&client);
    ck_assert_str_eq(seen_authorization, "Bearer token");
    ck_assert_str_eq(seen_extra, "1");
    ck_assert_str_eq(seen_target, "/a%20b?c=d");
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        send_and_compare(&client, sizes[i]);
    close_client(&client);
    ck_assert_uint_eq(client.code, 1000);
    host_stop(&host);
}
END_TEST

START_TEST(trust_comes_from_where_the_environment_says)
{
    struct host host;
    struct client client;
    char url[64];
    start_echo(&host, true);
    setenv("SSL_CERT_FILE", host.config.certificate_file, 1);
    snprintf(url, sizeof(url), "wss://localhost:%u", host.port);
    client_init(&client, &host, url);
    open_client(&client);
    close_client(&client);
    ck_assert_uint_eq(client.code, 1000);
    unsetenv("SSL_CERT_FILE");
    host_stop(&host);
}
END_TEST

START_TEST(the_peers_close_code_and_reason_are_reported)
{
    struct host host;
    struct client client;
    char url[64];
    start_echo(&host, false);
    snprintf(url, sizeof(url), "ws://127.0.0.1:%u", host.port);
    client_init(&client, &host, url);
    open_client(&client);
    struct message message = {&client, "quit", 4, false, 0};
    host_run(&host, do_send, &message);
    sem_wait(&client.closed);
    ck_assert_uint_eq(client.code, 4001);
    ck_assert_str_eq(client.what, "as asked");
    host_stop(&host);
}
END_TEST

static const struct {
    const char *url;
    int err;
    const char *what;
} failures[] = {
    {"ws://127.0.0.1:1/", 0, "connection refused (127.0.0.1 port 1)"},
    {"ws://localhost:1/", 0, "connection refused (127.0.0.1 port 1)"},
    {"ws://no-such-name.invalid/", 0, NULL}, /* what a resolver says of it depends on the network */
    {"http://127.0.0.1/", -EINVAL, NULL},
    {"ws://", -EINVAL, NULL},
    {"ws://host:0/", -EINVAL, NULL},
    {"ws://host:70000/", -EINVAL, NULL},
    {"ws://ho st/", -EINVAL, NULL},
    {"ws://host/\r\nX: y", -EINVAL, NULL},
    {NULL, -EINVAL, NULL},
};

START_TEST(failures_are_reported_once)
{
    struct host host;
    struct client client;
    start_echo(&host, false);
    client_init(&client, &host, failures[_i].url);
    host_run(&host, do_connect, &client);
    ck_assert_int_eq(client.err, failures[_i].err);
    if (client.err == 0) {
        sem_wait(&client.closed);
        ck_assert_uint_eq(client.code, 1006);
        ck_assert_uint_eq(client.http_status, 0);
        if (failures[_i].what)
            ck_assert_str_eq(client.what, failures[_i].what);
        else
            ck_assert_ptr_nonnull(strstr(client.what, "no-such-name.invalid"));
    }
    host_stop(&host);
    ck_assert_uint_eq(client.closes, failures[_i].err == 0);
}
END_TEST

static int listen_small(uint16_t *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t bytes = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0), small = 16384;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(listen(fd, 4), 0);
    getsockname(fd, (struct sockaddr *)&address, &bytes);
    *ret_port = ntohs(address.sin_port);
    return fd;
}

static const struct {
    const char *path;
    unsigned status;
    const char *what;
} refusals[] = {{"no", 403, "refused: HTTP 403 Forbidden"},
                {"who", 401, "refused: HTTP 401 Unauthorized"}};

START_TEST(a_refused_handshake_is_reported_with_its_status)
{
    struct host host;
    struct client client;
    char url[64];
    start_echo(&host, false);
    snprintf(url, sizeof(url), "ws://%s:%u/%s", _i ? "127.0.0.1" : "localhost", host.port,
             refusals[_i].path);
    client_init(&client, &host, url);
    host_run(&host, do_connect, &client);
    sem_wait(&client.closed);
    ck_assert_uint_eq(client.code, 1006);
    ck_assert_uint_eq(client.http_status, refusals[_i].status);
    ck_assert_str_eq(client.what, refusals[_i].what);
    host_stop(&host);
    ck_assert_uint_eq(client.closes, 1);
}
END_TEST

/* What answers something else, or nothing, or in plain text where TLS is due. */
static const struct {
    const char *scheme, *answer, *what;
    unsigned retry_after_s;
} strangers[] = {
    {"ws", "SSH-2.0-OpenSSH_9.2\r\n", NULL, 0},
    {"ws", "", "the connection was closed before the WebSocket was open", 0},
    {"ws", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "refused: HTTP 200 OK", 0},
    {"ws", "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 17\r\nContent-Length: 0\r\n\r\n",
     "refused: HTTP 429", 17},
    {"ws",
     "HTTP/1.1 503 Service Unavailable\r\nRetry-After: Sun, 22 Nov 2026 00:00:00 GMT\r\n"
     "Content-Length: 0\r\n\r\n",
     "refused: HTTP 503", 0},
    {"ws", "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n", NULL, 0},
    {"ws",
     "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
     "Sec-WebSocket-Accept: AAAA\r\n\r\n",
     "the server did not accept the WebSocket properly", 0},
    {"wss", "HTTP/1.1 400 Bad Request\r\n\r\n", "TLS failed: is this a TLS port?", 0},
};

START_TEST(what_is_no_websocket_server_is_said_so)
{
    struct host host;
    struct client client;
    uint16_t port;
    char url[64];
    int listening = listen_small(&port);
    start_echo(&host, false);
    snprintf(url, sizeof(url), "%s://127.0.0.1:%u/", strangers[_i].scheme, port);
    client_init(&client, &host, url);
    host_run(&host, do_connect, &client);
    int fd = accept(listening, NULL, NULL);
    char drop[1];
    ck_assert_int_eq(recv(fd, drop, 1, 0), 1);
    peer_send_text(fd, strangers[_i].answer);
    shutdown(fd, SHUT_WR);
    sem_wait(&client.closed);
    ck_assert_uint_eq(client.code, 1006);
    ck_assert_msg(!strangers[_i].what ||
                      strncmp(client.what, strangers[_i].what, strlen(strangers[_i].what)) == 0,
                  "%s", client.what);
    ck_assert_ptr_null(strstr(client.what, "HS:"));
    ck_assert_uint_eq(client.retry_after_s, strangers[_i].retry_after_s);
    close(fd);
    close(listening);
    host_stop(&host);
    ck_assert_uint_eq(client.closes, 1);
}
END_TEST

START_TEST(without_a_descriptor_it_fails_once_and_recovers)
{
    struct host host;
    struct client client;
    struct rlimit limit, low;
    int fds[64], count = 0;
    char url[64];
    start_echo(&host, false);
    snprintf(url, sizeof(url), "ws://127.0.0.1:%u/", host.port);
    getrlimit(RLIMIT_NOFILE, &limit);
    low = limit;
    low.rlim_cur = 64;
    setrlimit(RLIMIT_NOFILE, &low);
    while (count < 64 && (fds[count] = dup(2)) >= 0)
        count++;
    ck_assert_int_lt(count, 64);
    client_init(&client, &host, url);
    host_run(&host, do_connect, &client);
    ck_assert_int_eq(client.err, 0);
    sem_wait(&client.closed);
    ck_assert_uint_eq(client.code, 1006);
    while (count > 0)
        close(fds[--count]);
    client_init(&client, &host, url);
    open_client(&client);
    close_client(&client);
    host_stop(&host);
}
END_TEST

START_TEST(an_unknown_certificate_is_refused_unless_the_check_is_skipped)
{
    struct host host;
    struct client client;
    char url[64];
    start_echo(&host, true);
    snprintf(url, sizeof(url), "wss://localhost:%u/", host.port);
    client_init(&client, &host, url);
    client.connect.skips_certificate_check = _i == 1;
    host_run(&host, do_connect, &client);
    if (_i == 1) {
        sem_wait(&client.opened);
        close_client(&client);
    } else {
        sem_wait(&client.closed);
        ck_assert_uint_eq(client.code, 1006);
        ck_assert_str_eq(client.what, "certificate not trusted: self-signed certificate");
    }
    host_stop(&host);
}
END_TEST

static const struct {
    const char *host, *what;
} names[] = {
    {"localhost", NULL},
    {"127.0.0.1", NULL},
    {"[::1]", NULL},
    {"[0:0:0:0:0:0:0:1]", NULL},
    {"127.0.0.2", "certificate not trusted: IP address mismatch"},
    {"[::ffff:127.0.0.1]", "certificate not trusted: IP address mismatch"},
};

START_TEST(the_name_in_the_url_must_be_in_the_certificate)
{
    struct host host;
    struct client client;
    char url[64];
    start_tls(&host, "::");
    snprintf(url, sizeof(url), "wss://%s:%u/", names[_i].host, host.port);
    client_init(&client, &host, url);
    client.connect.ca_file = host.config.certificate_file;
    if (!names[_i].what) {
        open_client(&client);
        close_client(&client);
    } else {
        host_run(&host, do_connect, &client);
        sem_wait(&client.closed);
        ck_assert_uint_eq(client.code, 1006);
        ck_assert_str_eq(client.what, names[_i].what);
    }
    host_stop(&host);
}
END_TEST

START_TEST(trusted_certificates_that_cannot_be_read_are_an_error)
{
    struct host host;
    struct client client;
    start_tls(&host, "127.0.0.1");
    client_init(&client, &host, "wss://127.0.0.1:1/");
    client.connect.ca_file = _i ? host.config.key_file : "/nonexistent";
    host_run(&host, do_connect, &client);
    ck_assert_int_eq(client.err, -EBADMSG);
    host_stop(&host);
}
END_TEST

START_TEST(closing_while_connecting_reports_closed)
{
    struct host host;
    struct client client;
    char url[64];
    start_echo(&host, false);
    /* A socket that listens and never answers. */
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t bytes = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(listen(fd, 1), 0);
    getsockname(fd, (struct sockaddr *)&address, &bytes);
    snprintf(url, sizeof(url), "ws://127.0.0.1:%u/", ntohs(address.sin_port));
    client_init(&client, &host, url);
    host_run(&host, do_connect, &client);
    ck_assert_int_eq(client.err, 0);
    if (_i == 1) {
        int accepted = accept(fd, NULL, NULL);
        char drop[1024];
        peer_read_until(accepted, drop, sizeof(drop), "\r\n\r\n");
        host_run(&host, do_close, &client);
        sem_wait(&client.closed);
        close(accepted);
    } else if (_i == 0) {
        host_run(&host, do_close, &client);
        sem_wait(&client.closed);
    }
    host_stop(&host); /* with _i == 2 this is what closes it */
    ck_assert_uint_eq(client.closes, 1);
    close(fd);
}
END_TEST

/* ---- against a peer that reads slowly and pings meanwhile ---- */

enum { SLOW_MESSAGES = 400, SLOW_BYTES = 3200 };

static void send_many(void *user)
{
    struct client *client = user;
    uint8_t data[SLOW_BYTES];
    st_ws_set_queue_max(client->ws, SLOW_MESSAGES * (SLOW_BYTES + 16));
    for (int i = 0; i < SLOW_MESSAGES; i++) {
        memset(data, i, sizeof(data));
        struct st_buf *buf = st_buf_copy(data, sizeof(data));
        ck_assert_int_eq(st_ws_send(client->ws, buf, true), 0);
        st_buf_unref(buf);
    }
    ck_assert_uint_gt(st_ws_queued_bytes(client->ws), 0);
}

static int accept_ws(int listening)
{
    char head[2048], joined[128], answer[256], accept_key[64];
    unsigned char hash[SHA_DIGEST_LENGTH];
    struct timeval wait = {.tv_sec = 20};
    int fd = accept(listening, NULL, NULL);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
    peer_read_until(fd, head, sizeof(head), "\r\n\r\n");
    const char *key = strstr(head, "Sec-WebSocket-Key: ");
    ck_assert_ptr_nonnull(key);
    snprintf(joined, sizeof(joined), "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key + 19);
    SHA1((unsigned char *)joined, strlen(joined), hash);
    EVP_EncodeBlock((unsigned char *)accept_key, hash, sizeof(hash));
    snprintf(answer, sizeof(answer),
             "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Accept: %s\r\n\r\n",
             accept_key);
    peer_send_text(fd, answer);
    return fd;
}

/* A masked frame of a client: its first byte, the payload unmasked. */
static uint8_t read_masked(int fd, uint8_t *out, size_t out_bytes, size_t *ret_bytes)
{
    uint8_t head[2], more[8], mask[4];
    peer_read_exactly(fd, head, 2);
    ck_assert_uint_eq(head[1] & 0x80, 0x80);
    size_t bytes = head[1] & 0x7f;
    if (bytes == 126) {
        peer_read_exactly(fd, more, 2);
        bytes = (size_t)(more[0] << 8 | more[1]);
    }
    ck_assert_uint_le(bytes, out_bytes);
    peer_read_exactly(fd, mask, 4);
    peer_read_exactly(fd, out, bytes);
    for (size_t i = 0; i < bytes; i++)
        out[i] ^= mask[i & 3];
    *ret_bytes = bytes;
    return head[0];
}

START_TEST(frames_stay_whole_when_the_peer_reads_slowly_and_pings)
{
    struct host host;
    struct client client;
    uint16_t port;
    char url[64];
    uint8_t data[8192];
    size_t bytes, pongs = 0;
    int listening = listen_small(&port);
    start_echo(&host, false);
    snprintf(url, sizeof(url), "ws://127.0.0.1:%u/", port);
    client_init(&client, &host, url);
    host_run(&host, do_connect, &client);
    int fd = accept_ws(listening);
    sem_wait(&client.opened);
    host_run(&host, send_many, &client);
    for (int i = 0; i < SLOW_MESSAGES;) {
        if (i % 50 == 0)
            peer_send(fd, "\x89\x04ping", 6);
        uint8_t first = read_masked(fd, data, sizeof(data), &bytes);
        if (first == 0x8a) {
            ck_assert_uint_eq(bytes, 4);
            ck_assert_mem_eq(data, "ping", 4);
            pongs++;
            continue;
        }
        ck_assert_uint_eq(first, 0x82);
        ck_assert_uint_eq(bytes, SLOW_BYTES);
        for (size_t b = 0; b < bytes; b++)
            ck_assert_uint_eq(data[b], (uint8_t)i);
        i++;
    }
    ck_assert_uint_gt(pongs, 0);
    sem_wait(&client.drained);
    host_run(&host, do_close, &client);
    uint8_t first;
    while ((first = read_masked(fd, data, sizeof(data), &bytes)) == 0x8a)
        continue;
    ck_assert_uint_eq(first, 0x88);
    ck_assert_uint_eq(data[0] << 8 | data[1], 1000);
    ck_assert_mem_eq(data + 2, "done", 4);
    peer_send(fd, "\x88\x02\x03\xe8", 4);
    sem_wait(&client.closed);
    ck_assert_uint_eq(client.code, 1000);
    close(fd);
    close(listening);
    host_stop(&host);
}
END_TEST

START_TEST(messages_in_fragments_are_joined_and_bounded)
{
    struct host host;
    struct client client;
    uint16_t port;
    char url[64];
    int listening = listen_small(&port);
    start_echo(&host, false);
    snprintf(url, sizeof(url), "ws://127.0.0.1:%u/", port);
    client_init(&client, &host, url);
    host_run(&host, do_connect, &client);
    int fd = accept_ws(listening);
    sem_wait(&client.opened);
    peer_send(fd,
              "\x01\x03"
              "abc"
              "\x00\x00"
              "\x89\x00"
              "\x80\x03"
              "def",
              14);
    sem_wait(&client.messaged);
    ck_assert_uint_eq(client.bytes, 6);
    ck_assert_mem_eq(client.data, "abcdef", 6);
    ck_assert(!client.is_binary);
    /* 65,537 bytes in all */
    static uint8_t frame[4 + 32768];
    frame[1] = 126;
    frame[2] = 0x80;
    frame[0] = 0x02;
    peer_send(fd, frame, sizeof(frame));
    frame[0] = 0x00;
    peer_send(fd, frame, sizeof(frame));
    peer_send(fd, "\x80\x01x", 3);
    sem_wait(&client.closed);
    ck_assert_uint_eq(client.code, 1009);
    ck_assert_uint_eq(client.messages, 1);
    free(client.data);
    close(fd);
    close(listening);
    host_stop(&host);
}
END_TEST

START_TEST(a_full_queue_refuses_and_takes_nothing)
{
    struct host host;
    struct client client;
    uint16_t port;
    char url[64];
    static uint8_t data[65536];
    int listening = listen_small(&port), err = 0;
    start_echo(&host, false);
    snprintf(url, sizeof(url), "ws://127.0.0.1:%u/", port);
    client_init(&client, &host, url);
    host_run(&host, do_connect, &client);
    int fd = accept_ws(listening);
    sem_wait(&client.opened);
    struct message message = {&client, data, sizeof(data), true, 0};
    for (int i = 0; i < 10000 && err == 0; i++) {
        host_run(&host, do_send, &message);
        err = message.err;
    }
    ck_assert_int_eq(err, -ENOBUFS);
    close(fd);
    sem_wait(&client.closed);
    ck_assert_uint_eq(client.code, 1006);
    close(listening);
    host_stop(&host);
}
END_TEST

static void add(TCase *tcase)
{
    tcase_add_loop_test(tcase, messages_of_every_length_come_back, 0, 2);
    tcase_add_test(tcase, trust_comes_from_where_the_environment_says);
    tcase_add_test(tcase, the_peers_close_code_and_reason_are_reported);
    tcase_add_loop_test(tcase, failures_are_reported_once, 0,
                        sizeof(failures) / sizeof(failures[0]));
    tcase_add_loop_test(tcase, a_refused_handshake_is_reported_with_its_status, 0,
                        sizeof(refusals) / sizeof(refusals[0]));
    tcase_add_loop_test(tcase, what_is_no_websocket_server_is_said_so, 0,
                        sizeof(strangers) / sizeof(strangers[0]));
    tcase_add_test(tcase, without_a_descriptor_it_fails_once_and_recovers);
    tcase_add_loop_test(tcase, an_unknown_certificate_is_refused_unless_the_check_is_skipped, 0, 2);
    tcase_add_loop_test(tcase, the_name_in_the_url_must_be_in_the_certificate, 0,
                        sizeof(names) / sizeof(names[0]));
    tcase_add_loop_test(tcase, trusted_certificates_that_cannot_be_read_are_an_error, 0, 2);
    tcase_add_loop_test(tcase, closing_while_connecting_reports_closed, 0, 3);
    tcase_add_test(tcase, frames_stay_whole_when_the_peer_reads_slowly_and_pings);
    tcase_add_test(tcase, messages_in_fragments_are_joined_and_bounded);
    tcase_add_test(tcase, a_full_queue_refuses_and_takes_nothing);
}

int main(void)
{
    return run_suite("ws_client", add);
}
