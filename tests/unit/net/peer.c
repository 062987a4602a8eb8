#include "peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WAIT_MS = 120000 };

void host_init(struct host *host)
{
    memset(host, 0, sizeof(*host));
    host->limits = (struct st_config_limits){
        .connections = 1000,
        .connections_per_address = 1000,
        .message_bytes = 65536,
        .header_bytes = 4096,
        .body_bytes = 10000,
        .handshake_timeout_s = 600,
        .idle_timeout_s = 600,
        .ping_interval_s = 0,
    };
    host->config.address = "127.0.0.1";
}

void host_start(struct host *host)
{
    ck_assert_int_eq(st_loop_create(&host->loop, 0, 0), 0);
    ck_assert_int_eq(st_net_shared_create(&host->shared, &host->limits), 0);
    ck_assert_int_eq(st_net_create(&host->net, host->loop, host->shared, &host->limits), 0);
    ck_assert_int_eq(st_net_listen(host->net, &host->listener, &host->config), 0);
    host->port = st_listener_port(host->listener);
    ck_assert_int_eq(st_loop_start(host->loop), 0);
}

struct errand {
    void (*run)(void *user);
    void *user;
    sem_t done;
};

static void run_errand(void *user)
{
    struct errand *errand = user;
    errand->run(errand->user);
    sem_post(&errand->done);
}

void host_run(struct host *host, void (*run)(void *user), void *user)
{
    struct errand errand = {.run = run, .user = user};
    sem_init(&errand.done, 0, 0);
    ck_assert_int_eq(st_loop_post(host->loop, run_errand, &errand), 0);
    sem_wait(&errand.done);
    sem_destroy(&errand.done);
}

static void on_closed(void *user)
{
    struct host *host = user;
    st_loop_stop(host->loop);
}

static void close_net(void *user)
{
    struct host *host = user;
    st_net_close(host->net, on_closed, host);
}

void host_stop(struct host *host)
{
    ck_assert_int_eq(st_loop_post(host->loop, close_net, host), 0);
    st_loop_join(host->loop);
    st_net_destroy(host->net);
    st_loop_destroy(host->loop);
    st_net_shared_destroy(host->shared);
}

static int open_connection(uint16_t port, int receive_bytes)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct timeval wait = {.tv_sec = WAIT_MS / 1000};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (receive_bytes)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof(receive_bytes));
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

int peer_connect(uint16_t port)
{
    return open_connection(port, 0);
}

int peer_connect_small(uint16_t port)
{
    return open_connection(port, 32768);
}

void peer_send(int fd, const void *data, size_t bytes)
{
    const char *at = data;
    while (bytes > 0) {
        ssize_t n = send(fd, at, bytes, MSG_NOSIGNAL);
        if (n < 0 && (errno == EPIPE || errno == ECONNRESET))
            return; /* the other side may have had enough */
        ck_assert_int_gt(n, 0);
        at += n;
        bytes -= (size_t)n;
    }
}

void peer_send_text(int fd, const char *text)
{
    peer_send(fd, text, strlen(text));
}

size_t peer_read_until(int fd, char *out, size_t out_bytes, const char *text)
{
    size_t got = 0;
    out[0] = '\0';
    while (got + 1 < out_bytes && !(text && strstr(out, text))) {
        ssize_t n = recv(fd, out + got, text ? 1 : out_bytes - got - 1, 0);
        ck_assert_msg(n >= 0 || errno == ECONNRESET, "nothing came: %s", strerror(errno));
        if (n <= 0)
            break;
        got += (size_t)n;
        out[got] = '\0';
    }
    return got;
}

size_t peer_read_all(int fd, char *out, size_t out_bytes)
{
    return peer_read_until(fd, out, out_bytes, NULL);
}

void peer_read_exactly(int fd, void *out, size_t bytes)
{
    ssize_t n = bytes ? recv(fd, out, bytes, MSG_WAITALL) : 0;
    ck_assert_int_eq(n, (ssize_t)bytes);
}

bool peer_is_closed(int fd)
{
    char drop[4096];
    ssize_t n;
    while ((n = recv(fd, drop, sizeof(drop), 0)) > 0)
        continue;
    return n == 0 || errno == ECONNRESET;
}

int peer_request(int fd, const char *request, char *body, size_t body_bytes)
{
    char head[4096];
    int status = 0;
    peer_send_text(fd, request);
    peer_read_until(fd, head, sizeof(head), "\r\n\r\n");
    sscanf(head, "HTTP/1.1 %d", &status);
    const char *length = strstr(head, "Content-Length: ");
    size_t bytes = length && strncmp(request, "HEAD", 4) != 0 ? strtoul(length + 16, NULL, 10) : 0;
    ck_assert_uint_lt(bytes, body_bytes);
    peer_read_exactly(fd, body, bytes);
    body[bytes] = '\0';
    return status;
}

int peer_ws(uint16_t port, const char *lines)
{
    char text[4096], answer[2048];
    int fd = peer_connect(port);
    snprintf(text, sizeof(text),
             "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n%s\r\n",
             lines ? lines : "");
    peer_send_text(fd, text);
    peer_read_until(fd, answer, sizeof(answer), "\r\n\r\n");
    ck_assert_msg(strncmp(answer, "HTTP/1.1 101 ", 13) == 0, "%s", answer);
    ck_assert_ptr_nonnull(strstr(answer, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
    return fd;
}

void peer_ws_frame(int fd, uint8_t first, const void *data, size_t bytes)
{
    uint8_t *frame = malloc(bytes + 14);
    const uint8_t mask[4] = {0x12, 0xa5, 0x00, 0xff};
    size_t n = 0;
    frame[n++] = first;
    if (bytes < 126) {
        frame[n++] = (uint8_t)(0x80 | bytes);
    } else if (bytes < 65536) {
        frame[n++] = 0x80 | 126;
        frame[n++] = (uint8_t)(bytes >> 8);
        frame[n++] = (uint8_t)bytes;
    } else {
        frame[n++] = 0x80 | 127;
        for (int shift = 56; shift >= 0; shift -= 8)
            frame[n++] = (uint8_t)((uint64_t)bytes >> shift);
    }
    memcpy(frame + n, mask, 4);
    n += 4;
    for (size_t i = 0; i < bytes; i++)
        frame[n + i] = ((const uint8_t *)data)[i] ^ mask[i & 3];
    peer_send(fd, frame, n + bytes);
    free(frame);
}

static bool read_head(int fd, uint8_t *head, size_t bytes)
{
    ssize_t n = recv(fd, head, bytes, MSG_WAITALL);
    ck_assert_msg(n >= 0 || errno == ECONNRESET, "nothing came: %s", strerror(errno));
    return n == (ssize_t)bytes;
}

uint8_t peer_ws_read(int fd, uint8_t *out, size_t out_bytes, size_t *ret_bytes)
{
    uint8_t head[2], more[8];
    *ret_bytes = 0;
    if (!read_head(fd, head, 2))
        return 0;
    ck_assert_uint_eq(head[1] & 0x80, 0);
    uint64_t bytes = head[1];
    size_t extra = bytes == 126 ? 2 : bytes == 127 ? 8 : 0;
    if (extra > 0) {
        peer_read_exactly(fd, more, extra);
        bytes = 0;
        for (size_t i = 0; i < extra; i++)
            bytes = bytes << 8 | more[i];
    }
    ck_assert_uint_le(bytes, out_bytes);
    peer_read_exactly(fd, out, (size_t)bytes);
    *ret_bytes = (size_t)bytes;
    return head[0];
}

uint16_t peer_ws_close_code(int fd)
{
    static uint8_t data[1 << 20];
    size_t bytes;
    for (;;) {
        uint8_t first = peer_ws_read(fd, data, sizeof(data), &bytes);
        if (first == 0)
            return 1006;
        if (first == 0x88)
            return bytes >= 2 ? (uint16_t)(data[0] << 8 | data[1]) : 1005;
    }
}

/* ---- certificates ---- */

const char *tls_file(const char *name)
{
    static char paths[4][128];
    static unsigned next;
    char *path = paths[next++ % 4];
    const char *dir = getenv("TMPDIR");
    snprintf(path, 128, "%s/sidetone-net-%d-%s", dir ? dir : "/tmp", (int)getpid(), name);
    return path;
}

static void add_extension(X509 *cert, int nid, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    X509_add_ext(cert, extension, -1);
    X509_EXTENSION_free(extension);
}

static void remove_files(void)
{
    static const char *const names[] = {"cert.pem", "key.pem", "other.pem", "other-key.pem"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        unlink(tls_file(names[i]));
}

void tls_write(const char *cert_name, const char *key_name)
{
    atexit(remove_files);
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();
    X509_set_version(cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), (long)getpid());
    X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
    X509_gmtime_adj(X509_getm_notAfter(cert), 86400);
    X509_set_pubkey(cert, key);
    X509_NAME *name = X509_get_subject_name(cert);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)cert_name, -1, -1,
                               0);
    X509_set_issuer_name(cert, name);
    add_extension(cert, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1");
    X509_sign(cert, key, EVP_sha256());
    FILE *file = fopen(tls_file(cert_name), "w");
    PEM_write_X509(file, cert);
    fclose(file);
    file = fopen(tls_file(key_name), "w");
    PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
    fclose(file);
    X509_free(cert);
    EVP_PKEY_free(key);
}

int run_suite(const char *name, void (*add)(TCase *tcase))
{
    Suite *suite = suite_create(name);
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 170);
    add(tcase);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
