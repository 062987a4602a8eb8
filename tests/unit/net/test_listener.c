#include "peer.h"

#include "net_private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static struct host host;

static void on_request(void *user, struct st_http_exchange *exchange)
{
    st_http_answer(exchange, &(struct st_http_answer){.status = 204});
}

static bool is_served(int fd)
{
    char text[1024];
    peer_send_text(fd, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    peer_read_until(fd, text, sizeof(text), "\r\n\r\n");
    return strncmp(text, "HTTP/1.1 204", 12) == 0;
}

START_TEST(connections_beyond_a_limit_are_refused_and_the_place_is_free_again)
{
    host_init(&host);
    host.config.request = on_request;
    if (_i)
        host.limits.connections = 3;
    else
        host.limits.connections_per_address = 3;
    host_start(&host);
    int fds[3];
    for (int i = 0; i < 3; i++) {
        fds[i] = peer_connect(host.port);
        ck_assert(is_served(fds[i]));
    }
    int fd = peer_connect(host.port);
    ck_assert(!is_served(fd));
    close(fd);
    ck_assert(is_served(fds[0]));
    close(fds[0]);
    bool is_free = false;
    for (int i = 0; i < 1000 && !is_free; i++) {
        fd = peer_connect(host.port);
        is_free = is_served(fd);
        close(fd);
    }
    ck_assert(is_free);
    host_stop(&host);
}
END_TEST

START_TEST(running_out_of_descriptors_refuses_and_recovers)
{
    struct rlimit limit;
    int fds[64], count = 0;
    host_init(&host);
    host.config.request = on_request;
    host_start(&host);
    int fd = peer_connect(host.port);
    ck_assert(is_served(fd));
    /* Every descriptor that this process may have is taken, but for the peer's side of one. */
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = (rlim_t)fd + 40;
    setrlimit(RLIMIT_NOFILE, &limit);
    while (count < 64 && (fds[count] = dup(fd)) >= 0)
        count++;
    close(fds[--count]);
    int refused = peer_connect(host.port);
    ck_assert(!is_served(refused));
    close(refused);
    while (count > 0)
        close(fds[--count]);
    ck_assert(is_served(fd));
    int again = peer_connect(host.port);
    ck_assert(is_served(again));
    close(again);
    close(fd);
    host_stop(&host);
}
END_TEST

static void lose_reserve(void *user)
{
    close(host.listener->reserve_fd);
    host.listener->reserve_fd = -1;
}

START_TEST(without_a_descriptor_in_reserve_it_waits_and_goes_on)
{
    struct rlimit limit, low;
    int fds[64], count = 0;
    host_init(&host);
    host.config.request = on_request;
    host_start(&host);
    int fd = peer_connect(host.port);
    ck_assert(is_served(fd));
    getrlimit(RLIMIT_NOFILE, &limit);
    low = limit;
    low.rlim_cur = (rlim_t)fd + 40;
    setrlimit(RLIMIT_NOFILE, &low);
    while (count < 64 && (fds[count] = dup(fd)) >= 0)
        count++;
    host_run(&host, lose_reserve, NULL);
    while ((fds[count] = dup(fd)) >= 0)
        count++;
    close(fds[--count]);
    int waiting = peer_connect(host.port);
    ck_assert(is_served(fd));
    while (count > 0)
        close(fds[--count]);
    ck_assert(is_served(waiting));
    ck_assert(is_served(fd));
    close(waiting);
    close(fd);
    host_stop(&host);
}
END_TEST

START_TEST(two_loops_share_a_port)
{
    struct host other;
    host_init(&host);
    host.config.request = on_request;
    host_start(&host);
    other = host;
    ck_assert_int_eq(st_loop_create(&other.loop, 1, 0), 0);
    ck_assert_int_eq(st_net_create(&other.net, other.loop, host.shared, &host.limits), 0);
    ck_assert_int_eq(st_net_listen(other.net, &other.listener, &host.config), 0);
    ck_assert_uint_eq(st_listener_port(other.listener), host.port);
    ck_assert_int_eq(st_loop_start(other.loop), 0);
    for (int i = 0; i < 50; i++) {
        int fd = peer_connect(host.port);
        ck_assert(is_served(fd));
        close(fd);
    }
    other.shared = NULL;
    host_stop(&other);
    host_stop(&host);
}
END_TEST

START_TEST(a_port_that_another_uses_is_an_error)
{
    struct host other;
    host_init(&host);
    host_start(&host);
    host_init(&other);
    other.config.port = host.port;
    ck_assert_int_eq(st_loop_create(&other.loop, 0, 0), 0);
    ck_assert_int_eq(st_net_shared_create(&other.shared, &other.limits), 0);
    ck_assert_int_eq(st_net_create(&other.net, other.loop, other.shared, &other.limits), 0);
    ck_assert_int_eq(st_net_listen(other.net, &other.listener, &other.config), -EADDRINUSE);
    other.config.address = "300.0.0.1";
    ck_assert_int_eq(st_net_listen(other.net, &other.listener, &other.config), -EINVAL);
    ck_assert_int_eq(st_loop_start(other.loop), 0);
    host_stop(&other);
    host_stop(&host);
}
END_TEST

static void close_listener(void *user)
{
    st_listener_close(host.listener);
    st_listener_close(host.listener);
}

START_TEST(a_closed_listener_takes_no_more_but_keeps_connections)
{
    host_init(&host);
    host.config.request = on_request;
    host_start(&host);
    int fd = peer_connect(host.port);
    ck_assert(is_served(fd));
    host_run(&host, close_listener, NULL);
    ck_assert(is_served(fd));
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(host.port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int refused = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_ne(connect(refused, (struct sockaddr *)&address, sizeof(address)), 0);
    close(refused);
    close(fd);
    host_stop(&host);
}
END_TEST

static const struct {
    const char *from, *to;
} peers[] = {{"127.0.0.1", "127.0.0.1"},
             {"::ffff:192.0.2.7", "192.0.2.7"},
             {"2001:db8::1", "2001:db8::1"},
             {"::1", "::1"}};

START_TEST(mapped_addresses_count_as_what_they_are)
{
    struct sockaddr_storage storage = {0};
    char text[ST_NET_PEER_BYTES];
    if (uv_ip4_addr(peers[_i].from, 1, (struct sockaddr_in *)&storage) != 0)
        ck_assert_int_eq(uv_ip6_addr(peers[_i].from, 1, (struct sockaddr_in6 *)&storage), 0);
    st_listener_peer_text((struct sockaddr *)&storage, text);
    ck_assert_str_eq(text, peers[_i].to);
}
END_TEST

/* ---- TLS ---- */

struct tls_peer {
    SSL_CTX *context;
    SSL *ssl;
    int fd;
    bool is_up;
};

static void tls_connect(struct tls_peer *peer, int max_version, const char *alpn, size_t alpn_bytes)
{
    peer->context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_security_level(peer->context, 0);
    SSL_CTX_set_min_proto_version(peer->context, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(peer->context, max_version);
    peer->ssl = SSL_new(peer->context);
    if (alpn)
        SSL_set_alpn_protos(peer->ssl, (const unsigned char *)alpn, (unsigned)alpn_bytes);
    SSL_set_tlsext_host_name(peer->ssl, "localhost");
    peer->fd = peer_connect(host.port);
    SSL_set_fd(peer->ssl, peer->fd);
    peer->is_up = SSL_connect(peer->ssl) == 1;
}

static void tls_close(struct tls_peer *peer)
{
    SSL_free(peer->ssl);
    SSL_CTX_free(peer->context);
    close(peer->fd);
}

static void start_tls(void)
{
    tls_write("cert.pem", "key.pem");
    tls_write("other.pem", "other-key.pem");
    host_init(&host);
    host.config.request = on_request;
    host.config.certificate_file = tls_file("cert.pem");
    host.config.key_file = tls_file("key.pem");
    host_start(&host);
}

static void tls_answer(struct tls_peer *peer, const char *request, char *out, size_t out_bytes)
{
    int got = 0, n;
    SSL_write(peer->ssl, request, (int)strlen(request));
    out[0] = '\0';
    while (!strstr(out, "\r\n\r\n") &&
           (n = SSL_read(peer->ssl, out + got, (int)out_bytes - got - 1)) > 0) {
        got += n;
        out[got] = '\0';
    }
}

START_TEST(http2_is_not_spoken_over_tls)
{
    static const char *const requests[] = {
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
        "HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n"};
    static const char *const answers[] = {"HTTP/1.1 505 ", "HTTP/1.1 400 "};
    struct tls_peer peer;
    const unsigned char *alpn;
    unsigned alpn_bytes;
    char text[1024];
    start_tls();
    tls_connect(&peer, TLS1_3_VERSION, "\x02h2", 3);
    if (peer.is_up) {
        SSL_get0_alpn_selected(peer.ssl, &alpn, &alpn_bytes);
        ck_assert_uint_eq(alpn_bytes, 0);
        tls_answer(&peer, requests[_i], text, sizeof(text));
        ck_assert_msg(strncmp(text, answers[_i], strlen(answers[_i])) == 0, "%s", text);
    }
    tls_close(&peer);
    tls_connect(&peer, TLS1_3_VERSION, "\x02h2\x08http/1.1", 12);
    ck_assert(peer.is_up);
    SSL_get0_alpn_selected(peer.ssl, &alpn, &alpn_bytes);
    ck_assert_uint_eq(alpn_bytes, 8);
    ck_assert_mem_eq(alpn, "http/1.1", 8);
    tls_answer(&peer, "GET / HTTP/1.1\r\nHost: h\r\n\r\n", text, sizeof(text));
    ck_assert_msg(strncmp(text, "HTTP/1.1 204 ", 13) == 0, "%s", text);
    tls_close(&peer);
    host_stop(&host);
}
END_TEST

START_TEST(old_versions_of_tls_are_refused)
{
    static const int versions[] = {TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION};
    struct tls_peer peer;
    start_tls();
    tls_connect(&peer, versions[_i], NULL, 0);
    ck_assert(peer.is_up == (_i >= 2));
    tls_close(&peer);
    host_stop(&host);
}
END_TEST

START_TEST(broken_certificate_files_start_nothing)
{
    static const char *const pairs[][2] = {
        {"none.pem", "key.pem"}, {"cert.pem", "none.pem"}, {"cert.pem", "other-key.pem"},
        {"key.pem", "cert.pem"}, {"cert.pem", NULL},
    };
    start_tls();
    struct st_listener_config config = host.config;
    struct st_listener *listener;
    struct host other;
    config.certificate_file = tls_file(pairs[_i][0]);
    config.key_file = pairs[_i][1] ? tls_file(pairs[_i][1]) : NULL;
    host_init(&other);
    ck_assert_int_eq(st_loop_create(&other.loop, 1, 0), 0);
    ck_assert_int_eq(st_net_shared_create(&other.shared, &other.limits), 0);
    ck_assert_int_eq(st_net_create(&other.net, other.loop, other.shared, &other.limits), 0);
    ck_assert_int_lt(st_net_listen(other.net, &listener, &config), 0);
    ck_assert_int_eq(st_loop_start(other.loop), 0);
    host_stop(&other);
    host_stop(&host);
}
END_TEST

static int reload_err;

static void reload(void *user)
{
    reload_err = st_listener_reload_tls(host.listener);
}

static void copy_file(const char *from, const char *to)
{
    char data[8192], path[128];
    snprintf(path, sizeof(path), "%s", tls_file(to));
    FILE *in = fopen(tls_file(from), "r"), *out = fopen(path, "w");
    fwrite(data, 1, fread(data, 1, sizeof(data), in), out);
    fclose(in);
    fclose(out);
}

static void check_name(const char *want)
{
    struct tls_peer peer;
    char name[64];
    tls_connect(&peer, TLS1_3_VERSION, NULL, 0);
    ck_assert(peer.is_up);
    X509 *cert = SSL_get1_peer_certificate(peer.ssl);
    X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, name, sizeof(name));
    ck_assert_str_eq(name, want);
    X509_free(cert);
    tls_close(&peer);
}

START_TEST(certificates_are_reloaded_and_broken_ones_are_not)
{
    struct tls_peer early;
    char text[1024];
    start_tls();
    check_name("cert.pem");
    tls_connect(&early, TLS1_3_VERSION, NULL, 0);
    copy_file("other.pem", "cert.pem");
    host_run(&host, reload, NULL); /* the key does not fit yet */
    ck_assert_int_lt(reload_err, 0);
    check_name("cert.pem");
    copy_file("other-key.pem", "key.pem");
    host_run(&host, reload, NULL);
    ck_assert_int_eq(reload_err, 0);
    check_name("other.pem");
    tls_answer(&early, "GET / HTTP/1.1\r\nHost: h\r\n\r\n", text, sizeof(text));
    ck_assert_msg(strncmp(text, "HTTP/1.1 204 ", 13) == 0, "%s", text);
    tls_close(&early);
    host_stop(&host);
}
END_TEST

START_TEST(a_silent_tls_handshake_times_out)
{
    tls_write("cert.pem", "key.pem");
    host_init(&host);
    host.limits.handshake_timeout_s = 1;
    host.config.certificate_file = tls_file("cert.pem");
    host.config.key_file = tls_file("key.pem");
    host_start(&host);
    int fd = peer_connect(host.port);
    ck_assert(peer_is_closed(fd));
    close(fd);
    host_stop(&host);
}
END_TEST

static void add(TCase *tcase)
{
    tcase_add_loop_test(tcase, connections_beyond_a_limit_are_refused_and_the_place_is_free_again,
                        0, 2);
    tcase_add_test(tcase, running_out_of_descriptors_refuses_and_recovers);
    tcase_add_test(tcase, without_a_descriptor_in_reserve_it_waits_and_goes_on);
    tcase_add_test(tcase, two_loops_share_a_port);
    tcase_add_test(tcase, a_port_that_another_uses_is_an_error);
    tcase_add_test(tcase, a_closed_listener_takes_no_more_but_keeps_connections);
    tcase_add_loop_test(tcase, mapped_addresses_count_as_what_they_are, 0, 4);
    tcase_add_loop_test(tcase, http2_is_not_spoken_over_tls, 0, 2);
    tcase_add_loop_test(tcase, old_versions_of_tls_are_refused, 0, 4);
    tcase_add_loop_test(tcase, broken_certificate_files_start_nothing, 0, 5);
    tcase_add_test(tcase, certificates_are_reloaded_and_broken_ones_are_not);
    tcase_add_test(tcase, a_silent_tls_handshake_times_out);
}

int main(void)
{
    return run_suite("listener", add);
}
