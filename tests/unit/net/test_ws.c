#include "peer.h"

#include "sidetone/buf.h"

#include <errno.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WATCHERS = 200, EVENT_BYTES = 390, QUEUE_MAX = 65536 };

/* What the served side saw. */
static struct host host;
static struct st_ws *last_ws;
static struct st_ws *watchers[WATCHERS + 1];
static unsigned watcher_count;
static sem_t opened, closed, drained;
static uint16_t closed_code;
static char closed_what[128];
static unsigned closes, messages;
static const char *subprotocol;

static void on_open(void *user, struct st_ws *ws)
{
    last_ws = ws;
    if (watcher_count <= WATCHERS)
        watchers[watcher_count++] = ws;
    sem_post(&opened);
}

static void on_message(void *user, struct st_ws *ws, const void *data, size_t bytes, bool is_binary)
{
    messages++;
    ck_assert_str_eq(st_ws_peer(ws), "127.0.0.1");
    if (bytes == 4 && memcmp(data, "quit", 4) == 0) {
        st_ws_close(ws, 4002, "as asked");
        st_ws_close(ws, 4003, "twice");
        ck_assert_int_eq(st_ws_send_copy(ws, "x", 1, false), -ENOTCONN);
        return;
    }
    if (bytes == 4 && memcmp(data, "half", 4) == 0) {
        char reason[200] = "x";
        for (int i = 0; i < 60; i++)
            strcat(reason, "\xe2\x82\xac");
        st_ws_close(ws, 4004, reason);
        return;
    }
    ck_assert_int_eq(st_ws_send_copy(ws, data, bytes, is_binary), 0);
}

static void on_drained(void *user, struct st_ws *ws)
{
    sem_post(&drained);
}

static void on_closed(void *user, struct st_ws *ws, uint16_t code, const char *what)
{
    for (unsigned i = 0; i < watcher_count; i++)
        if (watchers[i] == ws)
            watchers[i] = NULL;
    closed_code = code;
    snprintf(closed_what, sizeof(closed_what), "%s", what);
    closes++;
    sem_post(&closed);
}

static const struct st_ws_events events = {on_open, on_message, on_drained, on_closed};

static int on_upgrade(void *user, struct st_http_exchange *exchange,
                      struct st_ws_accept *ret_accept)
{
    const char *path = st_http_path(exchange);
    if (strcmp(path, "/401") == 0)
        return 401;
    if (strcmp(path, "/429") == 0)
        return 429;
    ret_accept->events = &events;
    ret_accept->subprotocol = subprotocol;
    return 0;
}

static const char *const origins[] = {"https://app.example.com", "http://localhost:3000"};

static void start_with(uint32_t idle_s, uint32_t ping_s)
{
    sem_init(&opened, 0, 0);
    sem_init(&closed, 0, 0);
    sem_init(&drained, 0, 0);
    host_init(&host);
    host.limits.idle_timeout_s = idle_s;
    host.limits.ping_interval_s = ping_s;
    host.config.upgrade = on_upgrade;
    host.config.origins = origins;
    host.config.origin_count = 2;
    host_start(&host);
}

static void start(void)
{
    start_with(600, 0);
}

START_TEST(messages_are_echoed)
{
    static uint8_t data[65536], back[65536];
    static const size_t sizes[] = {0, 1, 125, 126, 127, 65535, 65536};
    size_t bytes;
    start();
    int fd = peer_ws(host.port, NULL);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        memset(data, 'a' + (int)i, sizeof(data));
        peer_ws_frame(fd, 0x81, data, sizes[i]);
        ck_assert_uint_eq(peer_ws_read(fd, back, sizeof(back), &bytes), 0x81);
        ck_assert_uint_eq(bytes, sizes[i]);
        ck_assert_mem_eq(back, data, bytes);
    }
    close(fd);
    sem_wait(&closed);
    ck_assert_uint_eq(closed_code, 1006);
    host_stop(&host);
    ck_assert_uint_eq(closes, 1);
}
END_TEST

START_TEST(a_frame_may_come_with_the_handshake_and_byte_by_byte)
{
    static const char request[] =
        "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: WebSocket\r\nConnection: keep-alive, "
        "Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        "\r\n\x81\x82\0\0\0\0hi\x82\x81\0\0\0\0!";
    char head[1024];
    uint8_t data[16];
    size_t bytes;
    start();
    int fd = peer_connect(host.port);
    for (size_t i = 0; _i && i < sizeof(request) - 1; i++)
        peer_send(fd, request + i, 1);
    if (!_i)
        peer_send(fd, request, sizeof(request) - 1);
    peer_read_until(fd, head, sizeof(head), "\r\n\r\n");
    ck_assert_uint_eq(peer_ws_read(fd, data, sizeof(data), &bytes), 0x81);
    ck_assert_mem_eq(data, "hi", 2);
    ck_assert_uint_eq(peer_ws_read(fd, data, sizeof(data), &bytes), 0x82);
    ck_assert_mem_eq(data, "!", 1);
    close(fd);
    host_stop(&host);
}
END_TEST

static const struct {
    const char *what, *bytes;
    size_t len;
    uint16_t code;
} breaches[] = {
    {"unmasked", "\x81\x01x", 3, 1002},
    {"reserved bit", "\xc1\x80\0\0\0\0", 6, 1002},
    {"opcode", "\x83\x80\0\0\0\0", 6, 1002},
    {"fragmented ping", "\x09\x80\0\0\0\0", 6, 1002},
    {"continuation of nothing", "\x80\x80\0\0\0\0", 6, 1002},
    {"length 2^63", "\x82\xff\x80\0\0\0\0\0\0\0\0\0\0\0", 14, 1002},
    {"length 2^62", "\x82\xff\x40\0\0\0\0\0\0\0\0\0\0\0", 14, 1009},
    {"broken UTF-8", "\x81\x81\0\0\0\0\xff", 7, 1007},
    {"close 1005", "\x88\x82\0\0\0\0\x03\xed", 8, 1002},
    {"close", "\x88\x82\0\0\0\0\x03\xe8", 8, 1000},
    {"close 4000", "\x88\x82\0\0\0\0\x0f\xa0", 8, 4000},
    {"close without code", "\x88\x80\0\0\0\0", 6, 1005},
};

START_TEST(a_peer_that_ends_or_breaks_the_protocol_is_answered)
{
    start();
    int fd = peer_ws(host.port, NULL);
    peer_send(fd, breaches[_i].bytes, breaches[_i].len);
    uint16_t code = peer_ws_close_code(fd);
    ck_assert_msg(code == breaches[_i].code, "%s: %u", breaches[_i].what, code);
    ck_assert(peer_is_closed(fd));
    close(fd);
    sem_wait(&closed);
    ck_assert_uint_eq(closed_code, breaches[_i].code);
    ck_assert_uint_eq(messages, 0);
    host_stop(&host);
}
END_TEST

START_TEST(endless_fragments_end_at_the_limit)
{
    static uint8_t piece[1000];
    start();
    int fd = peer_ws(host.port, NULL);
    peer_ws_frame(fd, 0x02, piece, sizeof(piece));
    for (int i = 0; i < 1000; i++)
        peer_ws_frame(fd, 0x00, piece, sizeof(piece));
    ck_assert_uint_eq(peer_ws_close_code(fd), 1009);
    close(fd);
    sem_wait(&closed);
    ck_assert_str_eq(closed_what, "message too big");
    host_stop(&host);
}
END_TEST

START_TEST(a_long_reason_is_not_cut_inside_a_character)
{
    uint8_t data[128];
    size_t bytes;
    start();
    int fd = peer_ws(host.port, NULL);
    peer_ws_frame(fd, 0x81, "half", 4);
    ck_assert_uint_eq(peer_ws_read(fd, data, sizeof(data), &bytes), 0x88);
    ck_assert_uint_eq(bytes, 2 + 1 + 40 * 3);
    ck_assert_mem_eq(data + bytes - 3, "\xe2\x82\xac", 3);
    close(fd);
    host_stop(&host);
}
END_TEST

START_TEST(pings_are_answered_between_fragments)
{
    uint8_t data[16];
    size_t bytes;
    start();
    int fd = peer_ws(host.port, NULL);
    peer_ws_frame(fd, 0x01, "a", 1);
    peer_ws_frame(fd, 0x89, "ping", 4);
    peer_ws_frame(fd, 0x80, "b", 1);
    ck_assert_uint_eq(peer_ws_read(fd, data, sizeof(data), &bytes), 0x8a);
    ck_assert_mem_eq(data, "ping", 4);
    ck_assert_uint_eq(peer_ws_read(fd, data, sizeof(data), &bytes), 0x81);
    ck_assert_mem_eq(data, "ab", 2);
    close(fd);
    host_stop(&host);
}
END_TEST

START_TEST(closing_inside_a_message_is_said_once)
{
    uint8_t data[64];
    size_t bytes;
    start();
    int fd = peer_ws(host.port, NULL);
    peer_ws_frame(fd, 0x81, "quit", 4);
    ck_assert_uint_eq(peer_ws_read(fd, data, sizeof(data), &bytes), 0x88);
    ck_assert_uint_eq(data[0] << 8 | data[1], 4002);
    ck_assert_mem_eq(data + 2, "as asked", 8);
    peer_ws_frame(fd, 0x81, "ignored", 7);
    peer_ws_frame(fd, 0x88, "\x0f\xa2", 2);
    ck_assert(peer_is_closed(fd));
    close(fd);
    sem_wait(&closed);
    ck_assert_uint_eq(closed_code, 4002);
    ck_assert_uint_eq(messages, 1);
    host_stop(&host);
    ck_assert_uint_eq(closes, 1);
}
END_TEST

START_TEST(a_silent_peer_is_pinged_and_then_cut)
{
    uint8_t data[64];
    size_t bytes;
    start_with(2, 1);
    int fd = peer_ws(host.port, NULL);
    ck_assert_uint_eq(peer_ws_read(fd, data, sizeof(data), &bytes), 0x89);
    ck_assert_uint_eq(peer_ws_close_code(fd), 1006);
    close(fd);
    sem_wait(&closed);
    ck_assert_uint_eq(closed_code, 1006);
    ck_assert_str_eq(closed_what, "nothing received in time");
    host_stop(&host);
}
END_TEST

START_TEST(a_peer_that_does_not_take_the_close_is_cut)
{
    start();
    int fd = peer_ws(host.port, NULL);
    peer_ws_frame(fd, 0x81, "quit", 4);
    sem_wait(&closed);
    ck_assert_uint_eq(closed_code, 4002);
    close(fd);
    host_stop(&host);
}
END_TEST

START_TEST(shutting_down_says_1001)
{
    start();
    int fd = peer_ws(host.port, NULL);
    sem_wait(&opened);
    host_stop(&host);
    ck_assert_uint_eq(peer_ws_close_code(fd), 1001);
    ck_assert_uint_eq(closed_code, 1001);
    close(fd);
}
END_TEST

/* ---- handshakes ---- */

#define KEY "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define VERSION "Sec-WebSocket-Version: 13\r\n"
#define UP "Upgrade: websocket\r\nConnection: Upgrade\r\n"
#define HOST "Host: localhost:8080\r\n"
#define ALL UP KEY VERSION

static const struct {
    const char *what, *line, *fields;
    int status;
} handshakes[] = {
    {"good", "GET / HTTP/1.1", HOST ALL, 101},
    {"post", "POST / HTTP/1.1", HOST ALL "Content-Length: 0\r\n", 400},
    {"1.0", "GET / HTTP/1.0", HOST ALL, 400},
    {"no connection", "GET / HTTP/1.1", HOST "Upgrade: websocket\r\n" KEY VERSION, 400},
    {"h2c", "GET / HTTP/1.1", HOST "Upgrade: h2c\r\nConnection: Upgrade\r\n" KEY VERSION, 400},
    {"h2c and websocket", "GET / HTTP/1.1",
     HOST "Upgrade: h2c, websocket\r\nConnection: Upgrade\r\n" KEY VERSION, 400},
    {"two upgrades", "GET / HTTP/1.1", HOST "Upgrade: h2c\r\n" ALL, 400},
    {"no version", "GET / HTTP/1.1", HOST UP KEY, 426},
    {"version 8", "GET / HTTP/1.1", HOST UP KEY "Sec-WebSocket-Version: 8\r\n", 426},
    {"no key", "GET / HTTP/1.1", HOST UP VERSION, 400},
    {"short key", "GET / HTTP/1.1", HOST UP VERSION "Sec-WebSocket-Key: abc\r\n", 400},
    {"body", "GET / HTTP/1.1", HOST ALL "Content-Length: 5\r\n", 400},
    {"refused 401", "GET /401 HTTP/1.1", HOST ALL, 401},
    {"refused 429", "GET /429 HTTP/1.1", HOST ALL, 429},
    {"listed origin", "GET / HTTP/1.1", HOST ALL "Origin: https://app.example.com\r\n", 101},
    {"other listed origin", "GET / HTTP/1.1", HOST ALL "Origin: http://localhost:3000\r\n", 101},
    {"own origin", "GET / HTTP/1.1", HOST ALL "Origin: http://localhost:8080\r\n", 101},
    {"own origin by address", "GET / HTTP/1.1",
     "Host: 127.0.0.1:8080\r\n" ALL "Origin: http://127.0.0.1:8080\r\n", 101},
    {"a proxy ends TLS", "GET / HTTP/1.1", HOST ALL "Origin: https://localhost:8080\r\n", 101},
    {"rebound name", "GET / HTTP/1.1",
     "Host: evil.example:8080\r\n" ALL "Origin: http://evil.example:8080\r\n", 403},
    {"loopback as a prefix", "GET / HTTP/1.1",
     "Host: localhost.evil.example\r\n" ALL "Origin: http://localhost.evil.example\r\n", 403},
    {"null", "GET / HTTP/1.1", HOST ALL "Origin: null\r\n", 403},
    {"empty", "GET / HTTP/1.1", HOST ALL "Origin: \r\n", 403},
    {"sub-domain", "GET / HTTP/1.1", HOST ALL "Origin: https://x.app.example.com\r\n", 403},
    {"suffix", "GET / HTTP/1.1", HOST ALL "Origin: https://app.example.com.evil.com\r\n", 403},
    {"prefix", "GET / HTTP/1.1", HOST ALL "Origin: https://evilapp.example.com\r\n", 403},
    {"port", "GET / HTTP/1.1", HOST ALL "Origin: https://app.example.com:444\r\n", 403},
    {"case", "GET / HTTP/1.1", HOST ALL "Origin: https://App.example.com\r\n", 403},
    {"scheme", "GET / HTTP/1.1", HOST ALL "Origin: http://app.example.com\r\n", 403},
    {"slash", "GET / HTTP/1.1", HOST ALL "Origin: https://app.example.com/\r\n", 403},
    {"list", "GET / HTTP/1.1", HOST ALL "Origin: https://app.example.com https://e.com\r\n", 403},
    {"other port of own host", "GET / HTTP/1.1", HOST ALL "Origin: http://localhost:81\r\n", 403},
    {"file", "GET / HTTP/1.1", HOST ALL "Origin: file://localhost:8080\r\n", 403},
};

START_TEST(handshakes_are_judged)
{
    char text[2048], body[1024];
    start();
    snprintf(text, sizeof(text), "%s\r\n%s\r\n", handshakes[_i].line, handshakes[_i].fields);
    int fd = peer_connect(host.port);
    int status = peer_request(fd, text, body, sizeof(body));
    ck_assert_msg(status == handshakes[_i].status, "%s: %d", handshakes[_i].what, status);
    if (status != 101)
        ck_assert_msg(strncmp(body, "{\"error\":{\"code\":\"", 18) == 0, "%s", body);
    close(fd);
    host_stop(&host);
}
END_TEST

static const struct {
    const char *offered, *answers;
    bool is_answered;
} offers[] = {
    {"sidetone.v1", "sidetone.v1", true},
    {"bearer.LONG, sidetone.v1", "sidetone.v1", true},
    {"sidetone.v1,bearer.LONG", "sidetone.v1", true},
    {"Sidetone.v1", "sidetone.v1", false},
    {"other", "sidetone.v1", false},
    {NULL, "sidetone.v1", false},
    {"sidetone.v1", NULL, false},
};

static int slow_ws(void)
{
    char answer[1024];
    int fd = peer_connect_small(host.port);
    peer_send_text(fd, "GET / HTTP/1.1\r\n" HOST ALL "\r\n");
    peer_read_until(fd, answer, sizeof(answer), "\r\n\r\n");
    return fd;
}

START_TEST(only_an_offered_subprotocol_is_answered)
{
    char text[4096], answer[2048], offered[1200] = "", token[1000];
    memset(token, 'j', sizeof(token) - 1);
    token[sizeof(token) - 1] = '\0';
    subprotocol = offers[_i].answers;
    start();
    const char *at = offers[_i].offered ? strstr(offers[_i].offered, "LONG") : NULL;
    if (at)
        snprintf(offered, sizeof(offered), "Sec-WebSocket-Protocol: %.*s%s%s\r\n",
                 (int)(at - offers[_i].offered), offers[_i].offered, token, at + 4);
    else if (offers[_i].offered)
        snprintf(offered, sizeof(offered), "Sec-WebSocket-Protocol: %s\r\n", offers[_i].offered);
    snprintf(text, sizeof(text), "GET / HTTP/1.1\r\n" HOST ALL "%s\r\n", offered);
    int fd = peer_connect(host.port);
    peer_send_text(fd, text);
    peer_read_until(fd, answer, sizeof(answer), "\r\n\r\n");
    bool has = strstr(answer, "\r\nSec-WebSocket-Protocol: sidetone.v1\r\n") != NULL;
    ck_assert_msg(has == offers[_i].is_answered, "%s", answer);
    ck_assert(has || !strstr(answer, "Sec-WebSocket-Protocol"));
    close(fd);
    host_stop(&host);
}
END_TEST

/* ---- many readers of one event ---- */

static int overflows;

static void publish(void *user)
{
    struct st_buf *event = user;
    for (unsigned i = 0; i < watcher_count; i++) {
        if (!watchers[i])
            continue;
        st_ws_set_queue_max(watchers[i], QUEUE_MAX);
        int err = st_ws_send(watchers[i], event, false);
        if (err == -ENOBUFS) {
            overflows++;
            st_ws_close(watchers[i], 4008, "too slow");
        }
        ck_assert_uint_le(st_ws_queued_bytes(watchers[i]), QUEUE_MAX + EVENT_BYTES);
    }
}

START_TEST(one_who_pings_without_reading_is_not_owed_every_answer)
{
    /* The answers are more than the kernel's buffers hold. */
    enum { PINGS = 100000, PING_BYTES = 6 + 125 };
    uint8_t *pings = calloc(PINGS, PING_BYTES), data[128];
    size_t bytes;
    unsigned pongs = 0;
    start();
    for (size_t i = 0; i < PINGS; i++)
        memcpy(pings + i * PING_BYTES, "\x89\xfd", 2);
    int fd = slow_ws();
    sem_wait(&opened);
    peer_send(fd, pings, (size_t)PINGS * PING_BYTES);
    peer_ws_frame(fd, 0x81, "end", 3);
    while (peer_ws_read(fd, data, sizeof(data), &bytes) == 0x8a)
        pongs++;
    ck_assert_uint_eq(bytes, 3);
    ck_assert_uint_gt(pongs, 0);
    ck_assert_uint_lt(pongs, PINGS);
    close(fd);
    free(pings);
    host_stop(&host);
}
END_TEST

START_TEST(a_slow_reader_is_bounded_and_the_others_miss_nothing)
{
    static int fds[WATCHERS];
    uint8_t data[EVENT_BYTES];
    size_t bytes;
    unsigned published = 0;
    start();
    int slow = slow_ws();
    sem_wait(&opened);
    for (int i = 0; i < WATCHERS; i++) {
        fds[i] = peer_ws(host.port, NULL);
        sem_wait(&opened);
    }
    while (overflows == 0 && published < 5000) {
        struct st_buf *event = st_buf_create(EVENT_BYTES);
        memset(event->data, 'a' + published % 26, EVENT_BYTES);
        for (int i = 0; i < 10; i++)
            host_run(&host, publish, event);
        st_buf_unref(event);
        for (int i = 0; i < WATCHERS; i++)
            for (int k = 0; k < 10; k++) {
                ck_assert_uint_eq(peer_ws_read(fds[i], data, sizeof(data), &bytes), 0x81);
                ck_assert_uint_eq(bytes, EVENT_BYTES);
                ck_assert_uint_eq(data[0], 'a' + published % 26);
            }
        published++;
    }
    ck_assert_int_eq(overflows, 1);
    /* What it was sent before is whole, then comes the close. */
    ck_assert_uint_eq(peer_ws_close_code(slow), 4008);
    for (int i = 0; i < WATCHERS; i++)
        close(fds[i]);
    close(slow);
    host_stop(&host);
    ck_assert_uint_eq(closes, WATCHERS + 1);
}
END_TEST

static void add(TCase *tcase)
{
    tcase_add_test(tcase, messages_are_echoed);
    tcase_add_loop_test(tcase, a_frame_may_come_with_the_handshake_and_byte_by_byte, 0, 2);
    tcase_add_loop_test(tcase, a_peer_that_ends_or_breaks_the_protocol_is_answered, 0,
                        sizeof(breaches) / sizeof(breaches[0]));
    tcase_add_test(tcase, endless_fragments_end_at_the_limit);
    tcase_add_test(tcase, a_long_reason_is_not_cut_inside_a_character);
    tcase_add_test(tcase, one_who_pings_without_reading_is_not_owed_every_answer);
    tcase_add_test(tcase, pings_are_answered_between_fragments);
    tcase_add_test(tcase, closing_inside_a_message_is_said_once);
    tcase_add_test(tcase, a_silent_peer_is_pinged_and_then_cut);
    tcase_add_test(tcase, a_peer_that_does_not_take_the_close_is_cut);
    tcase_add_test(tcase, shutting_down_says_1001);
    tcase_add_loop_test(tcase, handshakes_are_judged, 0,
                        sizeof(handshakes) / sizeof(handshakes[0]));
    tcase_add_loop_test(tcase, only_an_offered_subprotocol_is_answered, 0,
                        sizeof(offers) / sizeof(offers[0]));
    tcase_add_test(tcase, a_slow_reader_is_bounded_and_the_others_miss_nothing);
}

int main(void)
{
    return run_suite("ws", add);
}
