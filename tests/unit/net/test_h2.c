/* The HTTP/2 client against nghttp2's own server side, over a socket of the test's. */
#include "peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <openssl/ssl.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- the client ---- */

static struct host host;

static struct client {
    struct st_h2_connect connect;
    struct st_h2 *h2;
    int err;
    sem_t opened, responded, bodied, drained, closed;
    unsigned status;
    char type[64], body[256], what[200];
    struct st_h2_end end;
    bool refuses_response;
} client;

static void on_open(void *user, struct st_h2 *h2)
{
    sem_post(&client.opened);
}

static int on_response(void *user, struct st_h2 *h2, unsigned status,
                       const char *(*header)(const void *headers, const char *name),
                       const void *headers)
{
    const char *type = header(headers, "content-type");
    client.status = status;
    snprintf(client.type, sizeof(client.type), "%s", type ? type : "");
    ck_assert_ptr_null(header(headers, "absent"));
    sem_post(&client.responded);
    return client.refuses_response ? -1 : 0;
}

static void on_body(void *user, struct st_h2 *h2, const void *data, size_t bytes)
{
    strncat(client.body, data, bytes);
    sem_post(&client.bodied);
}

static void on_drained(void *user, struct st_h2 *h2)
{
    sem_post(&client.drained);
}

static void on_closed(void *user, struct st_h2 *h2, const struct st_h2_end *end)
{
    client.end = *end;
    snprintf(client.what, sizeof(client.what), "%s", end->what);
    client.h2 = NULL;
    sem_post(&client.closed);
}

static const struct st_h2_events events = {on_open, on_response, on_body, on_drained, on_closed};

static void do_connect(void *user)
{
    client.err = st_h2_connect(host.net, &client.h2, &client.connect, &events, NULL);
}

static void do_close(void *user)
{
    if (client.h2)
        st_h2_close(client.h2);
}

static void do_end(void *user)
{
    st_h2_end(client.h2);
}

static struct {
    const void *data;
    size_t bytes;
    int err;
} piece;

static void do_send(void *user)
{
    piece.err = client.h2 ? st_h2_send(client.h2, piece.data, piece.bytes) : -ENOTCONN;
}

static int send_bytes(const void *data, size_t bytes)
{
    piece.data = data;
    piece.bytes = bytes;
    host_run(&host, do_send, NULL);
    return piece.err;
}

/* ---- the server ---- */

static struct server {
    int listening, fd;
    uint16_t port;
    SSL_CTX *tls;
    SSL *ssl;
    nghttp2_session *session;
    char head[512];
    size_t body_bytes, wanted_bytes;
    bool has_head, has_ended, has_reset, wants_end;
    const char *answer;
} server;

static void listen_somewhere(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t bytes = sizeof(address);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server.listening = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(server.listening, (struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(listen(server.listening, 1), 0);
    getsockname(server.listening, (struct sockaddr *)&address, &bytes);
    server.port = ntohs(address.sin_port);
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_bytes, const uint8_t *value, size_t value_bytes, uint8_t flags,
                     void *user)
{
    size_t len = strlen(server.head);
    snprintf(server.head + len, sizeof(server.head) - len, "%.*s=%.*s;", (int)name_bytes, name,
             (int)value_bytes, value);
    return 0;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
    if (frame->hd.type == NGHTTP2_HEADERS)
        server.has_head = true;
    if (frame->hd.type == NGHTTP2_RST_STREAM)
        server.has_reset = true;
    if ((frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA) &&
        (frame->hd.flags & NGHTTP2_FLAG_END_STREAM))
        server.has_ended = true;
    return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data,
                   size_t bytes, void *user)
{
    server.body_bytes += bytes;
    return 0;
}

static void start_session(bool holds_windows)
{
    nghttp2_session_callbacks *callbacks;
    nghttp2_option *option;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_option_new(&option);
    nghttp2_option_set_no_auto_window_update(option, holds_windows);
    ck_assert_int_eq(nghttp2_session_server_new2(&server.session, callbacks, NULL, option), 0);
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_submit_settings(server.session, NGHTTP2_FLAG_NONE, NULL, 0);
}

static void flush_server(void)
{
    const uint8_t *data;
    ssize_t bytes;
    while ((bytes = nghttp2_session_mem_send(server.session, &data)) > 0)
        if (server.ssl)
            ck_assert_int_eq(SSL_write(server.ssl, data, (int)bytes), (int)bytes);
        else
            peer_send(server.fd, data, (size_t)bytes);
}

/* Serves until it is true, or the connection ends. */
static void serve_until(const bool *is_true)
{
    uint8_t data[8192];
    flush_server();
    while (!*is_true && server.body_bytes < server.wanted_bytes + !server.wanted_bytes) {
        ssize_t got = server.ssl ? SSL_read(server.ssl, data, sizeof(data))
                                 : recv(server.fd, data, sizeof(data), 0);
        if (got <= 0)
            return;
        ck_assert_int_eq(nghttp2_session_mem_recv(server.session, data, (size_t)got), got);
        flush_server();
    }
}

static void serve_body(size_t bytes)
{
    static const bool never = false;
    server.wanted_bytes = bytes;
    serve_until(&never);
    server.wanted_bytes = SIZE_MAX;
}

static ssize_t read_answer(nghttp2_session *session, int32_t id, uint8_t *out, size_t cap,
                           uint32_t *flags, nghttp2_data_source *source, void *user)
{
    size_t bytes = strlen(server.answer);
    memcpy(out, server.answer, bytes);
    server.answer = "";
    if (server.wants_end)
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    else if (bytes == 0)
        return NGHTTP2_ERR_DEFERRED;
    return (ssize_t)bytes;
}

static nghttp2_nv pair(const char *name, const char *value)
{
    return (nghttp2_nv){(uint8_t *)(uintptr_t)name, (uint8_t *)(uintptr_t)value, strlen(name),
                        strlen(value), NGHTTP2_NV_FLAG_NONE};
}

static void respond(const char *status, const char *answer)
{
    nghttp2_nv headers[] = {pair(":status", status), pair("content-type", "text/plain")};
    nghttp2_data_provider body = {.read_callback = read_answer};
    server.answer = answer;
    ck_assert_int_eq(nghttp2_submit_response(server.session, 1, headers, 2, &body), 0);
    flush_server();
}

static void answer_more(const char *answer, bool is_last)
{
    server.answer = answer;
    server.wants_end = is_last;
    nghttp2_session_resume_data(server.session, 1);
    flush_server();
}

/* ---- both ---- */

static char url[64];

static void setup(void)
{
    memset(&client, 0, sizeof(client));
    memset(&server, 0, sizeof(server));
    server.fd = server.listening = -1;
    server.wanted_bytes = SIZE_MAX;
    sem_init(&client.opened, 0, 0);
    sem_init(&client.responded, 0, 0);
    sem_init(&client.bodied, 0, 0);
    sem_init(&client.drained, 0, 0);
    sem_init(&client.closed, 0, 0);
    host_init(&host);
    host_start(&host);
    listen_somewhere();
    snprintf(url, sizeof(url), "http://127.0.0.1:%u/path?q=1", server.port);
    client.connect.url = url;
}

static void teardown(void)
{
    host_run(&host, do_close, NULL);
    nghttp2_session_del(server.session);
    SSL_free(server.ssl);
    SSL_CTX_free(server.tls);
    if (server.fd >= 0)
        close(server.fd);
    if (server.listening >= 0)
        close(server.listening);
    host_stop(&host);
}

static void connect_client(void)
{
    host_run(&host, do_connect, NULL);
    ck_assert_int_eq(client.err, 0);
}

static void accept_client(void)
{
    connect_client();
    server.fd = accept(server.listening, NULL, NULL);
}

static void open_both(bool holds_windows)
{
    accept_client();
    start_session(holds_windows);
    serve_until(&server.has_head);
    sem_wait(&client.opened);
}

static void expect_end(bool is_clean, unsigned status, const char *what)
{
    sem_wait(&client.closed);
    ck_assert_int_eq(client.end.is_clean, is_clean);
    ck_assert_uint_eq(client.end.status, status);
    ck_assert_msg(strstr(client.what, what), "%s", client.what);
}

START_TEST(both_bodies_flow_at_once)
{
    static const char *const headers[] = {"x-one: 1", "authorization: secret", NULL};
    char expected[64];
    client.connect.headers = headers;
    open_both(false);
    snprintf(expected, sizeof(expected), ":authority=127.0.0.1:%u;", server.port);
    ck_assert_ptr_nonnull(strstr(server.head, ":method=POST;:scheme=http;"));
    ck_assert_ptr_nonnull(strstr(server.head, expected));
    ck_assert_ptr_nonnull(strstr(server.head, ":path=/path?q=1;x-one=1;authorization=secret;"));
    ck_assert_int_eq(send_bytes("hello", 5), 0);
    serve_body(5);
    respond("200", "one");
    sem_wait(&client.responded);
    ck_assert_uint_eq(client.status, 200);
    ck_assert_str_eq(client.type, "text/plain");
    sem_wait(&client.bodied);
    ck_assert_int_eq(send_bytes(" again", 6), 0);
    serve_body(11);
    host_run(&host, do_end, NULL);
    serve_until(&server.has_ended);
    ck_assert_int_eq(send_bytes("x", 1), -ENOTCONN);
    answer_more(" two", true);
    expect_end(true, 200, "");
    ck_assert_str_eq(client.body, "one two");
}
END_TEST

START_TEST(its_queue_has_a_bound)
{
    static uint8_t data[32768];
    size_t taken = 0;
    open_both(true);
    while (send_bytes(data, sizeof(data)) == 0)
        taken += sizeof(data);
    ck_assert_int_eq(piece.err, -ENOBUFS);
    ck_assert_uint_ge(taken, 256 * 1024);
    ck_assert_uint_le(taken, 256 * 1024 + 65536); /* and what the server's window took */
    serve_body(65535);
    nghttp2_submit_window_update(server.session, NGHTTP2_FLAG_NONE, 0, 1 << 20);
    nghttp2_submit_window_update(server.session, NGHTTP2_FLAG_NONE, 1, 1 << 20);
    serve_body(taken);
    sem_wait(&client.drained);
    ck_assert_int_eq(send_bytes(data, sizeof(data)), 0);
}
END_TEST

START_TEST(a_refusal_is_a_response)
{
    open_both(false);
    server.wants_end = true;
    respond("403", "no");
    sem_wait(&client.responded);
    ck_assert_uint_eq(client.status, 403);
    expect_end(true, 403, "");
    ck_assert_str_eq(client.body, "no");
}
END_TEST

START_TEST(a_reset_is_no_end)
{
    open_both(false);
    respond("200", "one");
    sem_wait(&client.bodied);
    nghttp2_submit_rst_stream(server.session, NGHTTP2_FLAG_NONE, 1, NGHTTP2_INTERNAL_ERROR);
    flush_server();
    expect_end(false, 200, "INTERNAL_ERROR");
}
END_TEST

START_TEST(a_cut_is_no_end)
{
    open_both(false);
    respond("200", "one");
    sem_wait(&client.bodied);
    close(server.fd);
    server.fd = -1;
    expect_end(false, 200, "connection");
}
END_TEST

/* On the loop's thread: nothing is read before writing fails. */
static void cut_and_send(void *user)
{
    close(server.fd);
    server.fd = -1;
    while (st_h2_send(client.h2, "x", 1) == 0)
        continue;
}

static void refuse_cut_and_send(void *user)
{
    static const int at_once = 1;
    setsockopt(server.fd, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof(at_once));
    server.wants_end = true;
    respond("429", "too many");
    cut_and_send(user);
}

START_TEST(a_cut_is_told_alike_whoever_sees_it_first)
{
    open_both(false);
    host_run(&host, cut_and_send, NULL);
    expect_end(false, 0, "connection");
}
END_TEST

START_TEST(what_was_said_before_a_cut_is_heard)
{
    open_both(false);
    host_run(&host, refuse_cut_and_send, NULL);
    expect_end(true, 429, "");
    ck_assert_str_eq(client.body, "too many");
}
END_TEST

START_TEST(a_server_that_goes_away_finishes_first)
{
    open_both(false);
    respond("200", "one");
    nghttp2_submit_goaway(server.session, NGHTTP2_FLAG_NONE, 1, NGHTTP2_NO_ERROR, NULL, 0);
    flush_server();
    sem_wait(&client.bodied);
    ck_assert_int_eq(send_bytes("hello", 5), 0);
    serve_body(5);
    host_run(&host, do_end, NULL);
    serve_until(&server.has_ended);
    answer_more(" two", true);
    expect_end(true, 200, "");
}
END_TEST

START_TEST(closing_resets)
{
    open_both(false);
    host_run(&host, do_close, NULL);
    serve_until(&server.has_reset);
    ck_assert(server.has_reset);
    expect_end(false, 0, "closed");
}
END_TEST

START_TEST(a_response_may_be_refused)
{
    client.refuses_response = true;
    open_both(false);
    respond("500", "x");
    expect_end(false, 500, "HTTP 500");
}
END_TEST

START_TEST(nobody_listens)
{
    close(server.listening);
    server.listening = -1;
    connect_client();
    expect_end(false, 0, "connection refused");
}
END_TEST

START_TEST(no_such_host)
{
    client.connect.url = "http://host.invalid:1/";
    connect_client();
    expect_end(false, 0, "host.invalid");
}
END_TEST

START_TEST(what_answers_is_no_http2)
{
    accept_client();
    peer_send_text(server.fd, "HTTP/1.1 400 Bad Request\r\n\r\n");
    expect_end(false, 0, "does not speak HTTP/2");
}
END_TEST

START_TEST(it_hangs_up_without_a_word)
{
    accept_client();
    close(server.fd);
    server.fd = -1;
    expect_end(false, 0, "(127.0.0.1 port ");
}
END_TEST

START_TEST(headers_without_end_are_refused)
{
    static char value[12000];
    open_both(false);
    memset(value, 'v', sizeof(value) - 1);
    nghttp2_nv headers[] = {pair(":status", "200"), pair("a", value), pair("b", value)};
    ck_assert_int_eq(
        nghttp2_submit_headers(server.session, NGHTTP2_FLAG_NONE, 1, NULL, headers, 3, NULL), 0);
    flush_server();
    sem_wait(&client.closed);
    ck_assert(!client.end.is_clean);
    ck_assert_uint_eq(client.status, 0);
}
END_TEST

START_TEST(addresses_and_headers_are_checked)
{
    static const char *const bad[][2] = {{"ws://h/", NULL},           {"http://", NULL},
                                         {"https:/h", NULL},          {"http://h/ x", NULL},
                                         {"http://h/", "Upper: x"},   {"http://h/", "no colon"},
                                         {"http://h/", ":status: x"}, {"http://h/", "a: x\r\ny"}};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const char *headers[] = {bad[i][1], NULL};
        client.connect.url = bad[i][0];
        client.connect.headers = headers;
        host_run(&host, do_connect, NULL);
        ck_assert_int_eq(client.err, -EINVAL);
    }
}
END_TEST

START_TEST(the_net_closes_under_it)
{
    open_both(false);
    host_stop(&host);
    expect_end(false, 0, "closed");
    host_init(&host);
    host_start(&host);
}
END_TEST

/* ---- TLS ---- */

static int choose_h2(SSL *ssl, const unsigned char **out, unsigned char *out_bytes,
                     const unsigned char *in, unsigned in_bytes, void *user)
{
    return SSL_select_next_proto((unsigned char **)(uintptr_t)out, out_bytes,
                                 (const unsigned char *)"\2h2", 3, in,
                                 in_bytes) == OPENSSL_NPN_NEGOTIATED
               ? SSL_TLSEXT_ERR_OK
               : SSL_TLSEXT_ERR_NOACK;
}

static char cert_path[128];

static bool accept_tls(bool speaks_h2, bool is_trusted)
{
    tls_write("cert.pem", "key.pem");
    snprintf(cert_path, sizeof(cert_path), "%s", tls_file("cert.pem"));
    client.connect.ca_file = is_trusted ? cert_path : NULL;
    server.tls = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate_chain_file(server.tls, tls_file("cert.pem"));
    SSL_CTX_use_PrivateKey_file(server.tls, tls_file("key.pem"), SSL_FILETYPE_PEM);
    if (speaks_h2)
        SSL_CTX_set_alpn_select_cb(server.tls, choose_h2, NULL);
    snprintf(url, sizeof(url), "https://127.0.0.1:%u/path", server.port);
    accept_client();
    server.ssl = SSL_new(server.tls);
    SSL_set_fd(server.ssl, server.fd);
    return SSL_accept(server.ssl) == 1;
}

START_TEST(over_tls)
{
    ck_assert(accept_tls(true, true));
    start_session(false);
    serve_until(&server.has_head);
    sem_wait(&client.opened);
    ck_assert_ptr_nonnull(strstr(server.head, ":scheme=https;"));
    ck_assert_int_eq(send_bytes("hello", 5), 0);
    serve_body(5);
    respond("200", "one");
    host_run(&host, do_end, NULL);
    serve_until(&server.has_ended);
    answer_more(" two", true);
    expect_end(true, 200, "");
    ck_assert_str_eq(client.body, "one two");
}
END_TEST

START_TEST(a_goodbye_of_tls_is_an_end)
{
    ck_assert(accept_tls(true, true));
    start_session(false);
    serve_until(&server.has_head);
    sem_wait(&client.opened);
    SSL_shutdown(server.ssl);
    expect_end(false, 0, "the connection was closed");
}
END_TEST

START_TEST(over_tls_without_http2)
{
    accept_tls(false, true);
    expect_end(false, 0, "does not speak HTTP/2");
}
END_TEST

START_TEST(a_certificate_that_nobody_trusts)
{
    accept_tls(true, false);
    expect_end(false, 0, "certificate not trusted");
}
END_TEST

START_TEST(trusted_certificates_that_are_none)
{
    client.connect.url = "https://127.0.0.1:1/";
    client.connect.ca_file = "/nonexistent";
    host_run(&host, do_connect, NULL);
    ck_assert_int_eq(client.err, -EBADMSG);
}
END_TEST

static void add(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, both_bodies_flow_at_once);
    tcase_add_test(tcase, its_queue_has_a_bound);
    tcase_add_test(tcase, a_refusal_is_a_response);
    tcase_add_test(tcase, a_reset_is_no_end);
    tcase_add_test(tcase, a_cut_is_no_end);
    tcase_add_test(tcase, a_cut_is_told_alike_whoever_sees_it_first);
    tcase_add_test(tcase, what_was_said_before_a_cut_is_heard);
    tcase_add_test(tcase, a_server_that_goes_away_finishes_first);
    tcase_add_test(tcase, closing_resets);
    tcase_add_test(tcase, a_response_may_be_refused);
    tcase_add_test(tcase, nobody_listens);
    tcase_add_test(tcase, no_such_host);
    tcase_add_test(tcase, what_answers_is_no_http2);
    tcase_add_test(tcase, it_hangs_up_without_a_word);
    tcase_add_test(tcase, headers_without_end_are_refused);
    tcase_add_test(tcase, addresses_and_headers_are_checked);
    tcase_add_test(tcase, the_net_closes_under_it);
    tcase_add_test(tcase, over_tls);
    tcase_add_test(tcase, a_goodbye_of_tls_is_an_end);
    tcase_add_test(tcase, over_tls_without_http2);
    tcase_add_test(tcase, a_certificate_that_nobody_trusts);
    tcase_add_test(tcase, trusted_certificates_that_are_none);
}

int main(void)
{
    return run_suite("h2", add);
}
