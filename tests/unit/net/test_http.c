#include "peer.h"

#include "sidetone/buf.h"

#include <errno.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct st_http_exchange *kept;
static sem_t has_kept, stream_closed, stream_drained;
static struct st_http_stream *stream;
static struct host host;
static atomic_uint requests;

static void answer_text(struct st_http_exchange *exchange, int status, const char *text)
{
    struct st_buf *body = st_buf_copy(text, strlen(text));
    st_http_answer(exchange, &(struct st_http_answer){.status = status, .body = body});
    st_buf_unref(body);
}

static void on_stream_drained(void *user)
{
    sem_post(&stream_drained);
}

static void on_stream_closed(void *user)
{
    stream = NULL;
    sem_post(&stream_closed);
}

static const struct st_http_stream_events stream_events = {on_stream_drained, on_stream_closed};

static void describe(struct st_http_exchange *exchange)
{
    char text[1024], value[64] = "-";
    size_t bytes;
    const char *body = st_http_body(exchange, &bytes);
    const char *extra = st_http_header(exchange, "x-twilio-signature");
    int got = st_http_query_get(exchange, "q", value, sizeof(value));
    snprintf(text, sizeof(text), "%s|%s|%s|%s|%s|%d:%s|%zu:%.*s|%s", st_http_method(exchange),
             st_http_path(exchange), st_http_query(exchange), st_http_target(exchange),
             extra ? extra : "", got, got >= 0 ? value : "", bytes, (int)(bytes < 20 ? bytes : 20),
             body, st_http_peer(exchange));
    answer_text(exchange, 200, text);
}

static void on_request(void *user, struct st_http_exchange *exchange)
{
    const char *path = st_http_path(exchange);
    atomic_fetch_add(&requests, 1);
    if (strcmp(path, "/later") == 0) {
        kept = exchange;
        sem_post(&has_kept);
    } else if (strcmp(path, "/stream") == 0) {
        stream = st_http_stream_open(exchange, "text/event-stream", &stream_events, NULL);
        sem_post(&has_kept);
    } else if (strcmp(path, "/inject") == 0) {
        st_http_answer(exchange,
                       &(struct st_http_answer){.status = 200, .headers = "A: b\r\n\r\nx"});
    } else if (strcmp(path, "/nothing") == 0) {
        st_http_answer(exchange, &(struct st_http_answer){.status = 204});
    } else if (strcmp(path, "/extra") == 0) {
        st_http_answer(exchange, &(struct st_http_answer){.status = 405,
                                                          .content_type = "text/plain",
                                                          .headers = "Allow: GET\r\nX-A: b\r\n"});
    } else {
        describe(exchange);
    }
}

static void start(void)
{
    sem_init(&has_kept, 0, 0);
    sem_init(&stream_closed, 0, 0);
    sem_init(&stream_drained, 0, 0);
    host_init(&host);
    host.config.request = on_request;
    host_start(&host);
}

START_TEST(a_request_is_understood_and_the_connection_kept)
{
    char body[2048];
    start();
    int fd = peer_connect(host.port);
    ck_assert_int_eq(peer_request(fd,
                                  "GET /a%20b?q=x+%26&r HTTP/1.1\r\nHost: h\r\n"
                                  "X-Twilio-Signature: sig\r\n\r\n",
                                  body, sizeof(body)),
                     200);
    ck_assert_str_eq(body, "GET|/a b|q=x+%26&r|/a%20b?q=x+%26&r|sig|3:x &|0:|127.0.0.1");
    ck_assert_int_eq(peer_request(fd,
                                  "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello",
                                  body, sizeof(body)),
                     200);
    ck_assert_str_eq(body, "POST|/p||/p||-2:|5:hello|127.0.0.1");
    close(fd);
    host_stop(&host);
}
END_TEST

START_TEST(requests_may_come_byte_by_byte_and_all_at_once)
{
    static const char one[] = "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc";
    char body[2048], three[512];
    start();
    int fd = peer_connect(host.port);
    for (size_t i = 0; i < sizeof(one) - 1; i++)
        peer_send(fd, one + i, 1);
    ck_assert_int_eq(peer_request(fd, "", body, sizeof(body)), 200);
    ck_assert_ptr_nonnull(strstr(body, "3:abc"));
    snprintf(three, sizeof(three), "%s%s\r\n%s", one, one, one);
    peer_send_text(fd, three);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(peer_request(fd, "", body, sizeof(body)), 200);
        ck_assert_ptr_nonnull(strstr(body, "3:abc"));
    }
    close(fd);
    host_stop(&host);
}
END_TEST

START_TEST(many_pipelined_requests_are_answered_in_order)
{
    enum { REQUESTS = 100 };
    char text[64 * REQUESTS] = "", body[2048], want[32];
    start();
    for (int i = 0; i < REQUESTS; i++)
        sprintf(text + strlen(text), "GET /%d HTTP/1.1\r\nHost: h\r\n\r\n", i);
    int fd = peer_connect(host.port);
    peer_send_text(fd, text);
    for (int i = 0; i < REQUESTS; i++) {
        ck_assert_int_eq(peer_request(fd, "", body, sizeof(body)), 200);
        snprintf(want, sizeof(want), "GET|/%d|", i);
        ck_assert_msg(strncmp(body, want, strlen(want)) == 0, "%s", body);
    }
    close(fd);
    host_stop(&host);
}
END_TEST

static void answer_kept(void *user)
{
    answer_text(kept, 200, "late");
}

START_TEST(one_who_asks_on_and_on_without_reading_is_cut)
{
    enum { CHUNK = 1000, CHUNKS_MAX = 2000 };
    static const char request[] = "GET /x HTTP/1.1\r\nHost: h\r\n\r\n";
    static char text[CHUNK * sizeof(request)];
    size_t bytes = CHUNK * (sizeof(request) - 1), chunks = 0;
    for (size_t i = 0; i < CHUNK; i++)
        memcpy(text + i * (sizeof(request) - 1), request, sizeof(request));
    start();
    int fd = peer_connect_small(host.port);
    ssize_t n = 1;
    for (; n > 0 && chunks < CHUNKS_MAX; chunks++)
        for (size_t at = 0; n > 0 && at<bytes; at += n> 0 ? (size_t)n : 0)
            n = send(fd, text + at, bytes - at, MSG_NOSIGNAL);
    ck_assert_int_lt(n, 0);
    ck_assert(errno == EPIPE || errno == ECONNRESET);
    /* What the socket took, and 64 KiB more. */
    ck_assert_uint_lt(requests, 20000);
    close(fd);
    host_stop(&host);
}
END_TEST

START_TEST(requests_wait_for_a_slow_reader_and_go_on)
{
    enum { REQUESTS = 1500 };
    static const char request[] = "GET /x HTTP/1.1\r\nHost: h\r\n\r\n";
    char body[2048];
    start();
    int fd = peer_connect_small(host.port);
    for (int i = 0; i < REQUESTS; i++)
        peer_send(fd, request, sizeof(request) - 1);
    for (int i = 0; i < REQUESTS; i++)
        ck_assert_int_eq(peer_request(fd, "", body, sizeof(body)), 200);
    ck_assert_uint_eq(requests, REQUESTS);
    close(fd);
    host_stop(&host);
}
END_TEST

START_TEST(answers_may_come_later_and_the_next_request_waits)
{
    char body[2048];
    start();
    int fd = peer_connect(host.port);
    peer_send_text(fd,
                   "GET /later HTTP/1.1\r\nHost: h\r\n\r\nGET /next HTTP/1.1\r\nHost: h\r\n\r\n");
    sem_wait(&has_kept);
    host_run(&host, answer_kept, NULL);
    ck_assert_int_eq(peer_request(fd, "", body, sizeof(body)), 200);
    ck_assert_str_eq(body, "late");
    ck_assert_int_eq(peer_request(fd, "", body, sizeof(body)), 200);
    ck_assert_ptr_nonnull(strstr(body, "/next"));
    close(fd);
    host_stop(&host);
}
END_TEST

START_TEST(an_answer_after_the_client_has_gone_is_dropped)
{
    char body[2048];
    start();
    int fd = peer_connect(host.port);
    peer_send_text(fd, "GET /later HTTP/1.1\r\nHost: h\r\n\r\n");
    sem_wait(&has_kept);
    close(fd);
    fd = peer_connect(host.port);
    ck_assert_int_eq(peer_request(fd, "GET / HTTP/1.1\r\nHost: h\r\n\r\n", body, sizeof(body)),
                     200);
    host_run(&host, answer_kept, NULL);
    close(fd);
    host_stop(&host);
}
END_TEST

START_TEST(an_answer_after_the_net_has_closed_is_dropped)
{
    start();
    int fd = peer_connect(host.port);
    peer_send_text(fd, "GET /later HTTP/1.1\r\nHost: h\r\n\r\n");
    sem_wait(&has_kept);
    host_stop(&host);
    answer_text(kept, 200, "late");
    close(fd);
}
END_TEST

static const struct {
    const char *what, *request;
    int status;
} refusals[] = {
    {"no length", "POST / HTTP/1.1\r\nHost: h\r\n\r\n", 411},
    {"no length, put", "PUT / HTTP/1.1\r\nHost: h\r\n\r\n", 411},
    {"no length, patch", "PATCH / HTTP/1.1\r\nHost: h\r\n\r\n", 411},
    {"chunked", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411},
    {"chunked get", "GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     411},
    {"too large", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10001\r\n\r\n", 413},
    {"broken", "GET / HTTP/1.1\r\nHost : h\r\n\r\n", 400},
    {"not a request", "hello\r\n\r\n", 400},
    {"TLS on a plain port", "\x16\x03\x01\x02\x00\x01", 400},
    {"expectation", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nExpect: x\r\n\r\n", 417},
    {"HTTP/2 by prior knowledge", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
    {"HTTP/2 by upgrade",
     "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
     "HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
     400},
    {"broken path", "GET /%0 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
    {"NUL in path", "GET /%00 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
};

START_TEST(refusals_have_a_status_and_end_the_connection)
{
    char body[2048];
    start();
    int fd = peer_connect(host.port);
    int status = peer_request(fd, refusals[_i].request, body, sizeof(body));
    ck_assert_msg(status == refusals[_i].status, "%s: %d", refusals[_i].what, status);
    ck_assert_msg(strncmp(body, "{\"error\":{\"code\":\"", 18) == 0, "%s", body);
    ck_assert(peer_is_closed(fd));
    close(fd);
    host_stop(&host);
}
END_TEST

START_TEST(a_head_beyond_the_limit_is_431)
{
    char head[8192], body[2048];
    start();
    memset(head, 'a', sizeof(head));
    memcpy(head, "GET / HTTP/1.1\r\nA: ", 19);
    if (_i == 2)
        memcpy(head + 4090, "\r\nHost: h\r\n\r\n", 13); /* whole, but too long */
    int fd = peer_connect(host.port);
    peer_send(fd, head, _i == 0 ? 4097 : _i == 1 ? sizeof(head) : 4103);
    ck_assert_int_eq(peer_request(fd, "", body, sizeof(body)), 431);
    ck_assert(peer_is_closed(fd));
    close(fd);
    host_stop(&host);
}
END_TEST

START_TEST(a_refused_upload_still_reads_its_answer)
{
    static char junk[1 << 20];
    char body[2048];
    start();
    int fd = peer_connect(host.port);
    peer_send_text(fd, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1048576\r\n\r\n");
    peer_send(fd, junk, sizeof(junk));
    ck_assert_int_eq(peer_request(fd, "", body, sizeof(body)), 413);
    close(fd);
    host_stop(&host);
}
END_TEST

START_TEST(the_largest_body_is_taken_after_100_continue)
{
    static char data[10000];
    char text[256], body[2048];
    start();
    memset(data, 'x', sizeof(data));
    int fd = peer_connect(host.port);
    peer_send_text(fd, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10000\r\n"
                       "Expect: 100-continue\r\n\r\n");
    peer_read_until(fd, text, sizeof(text), "\r\n\r\n");
    ck_assert_str_eq(text, "HTTP/1.1 100 Continue\r\n\r\n");
    peer_send(fd, data, sizeof(data));
    ck_assert_int_eq(peer_request(fd, "", body, sizeof(body)), 200);
    ck_assert_ptr_nonnull(strstr(body, "10000:xxxx"));
    close(fd);
    host_stop(&host);
}
END_TEST

START_TEST(answers_look_as_they_should)
{
    char text[2048];
    start();
    int fd = peer_connect(host.port);
    peer_send_text(fd, "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
    peer_read_until(fd, text, sizeof(text), "\r\n\r\n");
    ck_assert_ptr_nonnull(strstr(text, "Content-Length: 27\r\n"));
    ck_assert_ptr_nonnull(strstr(text, "Content-Type: application/json\r\n"));
    ck_assert_ptr_nonnull(strstr(text, "Date: "));
    peer_send_text(fd, "GET /nothing HTTP/1.1\r\nHost: h\r\n\r\n");
    peer_read_until(fd, text, sizeof(text), "\r\n\r\n");
    ck_assert_msg(strncmp(text, "HTTP/1.1 204 No Content\r\n", 25) == 0, "%s", text);
    ck_assert_ptr_null(strstr(text, "Content-Length"));
    peer_send_text(fd, "GET /extra HTTP/1.1\r\nHost: h\r\n\r\n");
    peer_read_until(fd, text, sizeof(text), "\r\n\r\n");
    ck_assert_ptr_nonnull(strstr(text, "\r\nAllow: GET\r\nX-A: b\r\n"));
    ck_assert_ptr_nonnull(strstr(text, "Content-Length: 0\r\n"));
    peer_send_text(fd, "GET /inject HTTP/1.1\r\nHost: h\r\n\r\n");
    peer_read_until(fd, text, sizeof(text), "\r\n\r\n");
    ck_assert_msg(strncmp(text, "HTTP/1.1 500 ", 13) == 0, "%s", text);
    peer_send_text(fd, "GET /nothing HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    peer_read_until(fd, text, sizeof(text), "\r\n\r\n");
    ck_assert_ptr_nonnull(strstr(text, "Connection: close\r\n"));
    ck_assert(peer_is_closed(fd));
    close(fd);
    host_stop(&host);
}
END_TEST

START_TEST(half_a_request_times_out)
{
    static const char *const halves[] = {
        "GET / HT", "", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab"};
    char text[2048];
    sem_init(&has_kept, 0, 0);
    host_init(&host);
    host.config.request = on_request;
    host.limits.handshake_timeout_s = 1;
    host.limits.idle_timeout_s = 1;
    host_start(&host);
    int fd = peer_connect(host.port);
    peer_send_text(fd, halves[_i]);
    peer_read_all(fd, text, sizeof(text));
    if (_i != 1)
        ck_assert_msg(strncmp(text, "HTTP/1.1 408 ", 13) == 0, "%s", text);
    else
        ck_assert_str_eq(text, "");
    close(fd);
    host_stop(&host);
}
END_TEST

/* ---- streams ---- */

static int open_stream(void)
{
    char text[2048];
    int fd = peer_connect_small(host.port);
    peer_send_text(fd, "GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
    peer_read_until(fd, text, sizeof(text), "\r\n\r\n");
    ck_assert_ptr_nonnull(strstr(text, "Content-Type: text/event-stream\r\n"));
    ck_assert_ptr_null(strstr(text, "Content-Length"));
    sem_wait(&has_kept);
    return fd;
}

static void send_events(void *user)
{
    struct st_buf *buf = st_buf_copy("data: x\n\n", 9);
    ck_assert_int_eq(st_http_stream_send(stream, buf), 0);
    ck_assert_int_eq(st_http_stream_send(stream, buf), 0);
    st_buf_unref(buf);
}

static void close_stream(void *user)
{
    st_http_stream_close(stream);
    st_http_stream_close(stream);
}

START_TEST(a_stream_sends_events_and_ends)
{
    char text[256];
    start();
    int fd = open_stream();
    host_run(&host, send_events, NULL);
    host_run(&host, close_stream, NULL);
    peer_read_all(fd, text, sizeof(text));
    ck_assert_str_eq(text, "data: x\n\ndata: x\n\n");
    close(fd);
    sem_wait(&stream_closed);
    host_stop(&host);
}
END_TEST

START_TEST(a_stream_learns_that_the_client_has_gone)
{
    start();
    int fd = open_stream();
    close(fd);
    sem_wait(&stream_closed);
    host_stop(&host);
}
END_TEST

static void fill_stream(void *user)
{
    static const char filler[10000];
    struct st_buf *buf = st_buf_copy(filler, sizeof(filler));
    int err = 0, sent = 0;
    while (err == 0 && sent < 10000) {
        err = st_http_stream_send(stream, buf);
        sent += err == 0;
    }
    st_buf_unref(buf);
    ck_assert_int_eq(err, -ENOBUFS);
    ck_assert_uint_le(st_http_stream_queued_bytes(stream), 1 << 20);
    *(int *)user = sent;
}

START_TEST(a_slow_stream_is_bounded_and_loses_nothing_it_took)
{
    static char text[8 << 20];
    int sent = 0;
    start();
    int fd = open_stream();
    host_run(&host, fill_stream, &sent);
    for (size_t left = (size_t)sent * 10000; left > 0;) {
        size_t n = left < sizeof(text) ? left : sizeof(text);
        peer_read_exactly(fd, text, n);
        left -= n;
    }
    sem_wait(&stream_drained);
    host_run(&host, close_stream, NULL);
    ck_assert(peer_is_closed(fd));
    close(fd);
    sem_wait(&stream_closed);
    host_stop(&host);
}
END_TEST

static void add(TCase *tcase)
{
    tcase_add_test(tcase, a_request_is_understood_and_the_connection_kept);
    tcase_add_test(tcase, requests_may_come_byte_by_byte_and_all_at_once);
    tcase_add_test(tcase, many_pipelined_requests_are_answered_in_order);
    tcase_add_test(tcase, one_who_asks_on_and_on_without_reading_is_cut);
    tcase_add_test(tcase, requests_wait_for_a_slow_reader_and_go_on);
    tcase_add_test(tcase, answers_may_come_later_and_the_next_request_waits);
    tcase_add_test(tcase, an_answer_after_the_client_has_gone_is_dropped);
    tcase_add_test(tcase, an_answer_after_the_net_has_closed_is_dropped);
    tcase_add_loop_test(tcase, refusals_have_a_status_and_end_the_connection, 0,
                        sizeof(refusals) / sizeof(refusals[0]));
    tcase_add_loop_test(tcase, a_head_beyond_the_limit_is_431, 0, 3);
    tcase_add_test(tcase, a_refused_upload_still_reads_its_answer);
    tcase_add_test(tcase, the_largest_body_is_taken_after_100_continue);
    tcase_add_test(tcase, answers_look_as_they_should);
    tcase_add_loop_test(tcase, half_a_request_times_out, 0, 3);
    tcase_add_test(tcase, a_stream_sends_events_and_ends);
    tcase_add_test(tcase, a_stream_learns_that_the_client_has_gone);
    tcase_add_test(tcase, a_slow_stream_is_bounded_and_loses_nothing_it_took);
}

int main(void)
{
    return run_suite("http", add);
}
