#include "sidetone/request.h"

#include "run.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int listener;
static char url[64], why[256], asked[4096];
static const char *answer;
static bool is_hasty; /* answers whatever comes first */
static struct st_request request;
static struct st_response response;

/* Takes one request, whole, and gives the answer, byte by byte. */
static void *serve(void *user)
{
    int peer = accept(listener, NULL, NULL);
    size_t bytes = 0;
    const char *end = NULL;
    size_t body = request.body_bytes;
    while (!(is_hasty && bytes > 0) && (!end || (size_t)(asked + bytes - end) < body + 4)) {
        ssize_t got = recv(peer, asked + bytes, sizeof(asked) - 1 - bytes, 0);
        if (got <= 0)
            break;
        bytes += (size_t)got;
        asked[bytes] = '\0';
        end = strstr(asked, "\r\n\r\n");
    }
    for (const char *at = answer; *at; at++)
        if (send(peer, at, 1, MSG_NOSIGNAL) != 1)
            break;
    close(peer);
    return NULL;
}

static int ask(const char *text)
{
    pthread_t thread;
    answer = text;
    asked[0] = why[0] = '\0';
    pthread_create(&thread, NULL, serve, NULL);
    int err = st_request_send(&response, &request, why, sizeof(why));
    pthread_join(thread, NULL);
    return err;
}

static void setup(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t bytes = sizeof(address);
    listener = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, bytes), 0);
    ck_assert_int_eq(listen(listener, 1), 0);
    getsockname(listener, (struct sockaddr *)&address, &bytes);
    snprintf(url, sizeof(url), "ws://127.0.0.1:%u/a?b=c", ntohs(address.sin_port));
    is_hasty = false;
    request = (struct st_request){.url = url, .method = "GET"};
    response = (struct st_response){0};
}

static void teardown(void)
{
    st_response_fini(&response);
    close(listener);
}

START_TEST(a_request_and_its_answer)
{
    char value[32];
    request.method = "POST";
    request.bearer = "tok";
    request.headers = "If-Match: \"7\"\r\n";
    request.body = "{}";
    request.body_bytes = 2;
    ck_assert_int_eq(ask("HTTP/1.1 201 Created\r\nETag:  \"8\"\r\ncontent-LENGTH: 5\r\n\r\nhello"),
                     0);
    ck_assert_int_eq(response.status, 201);
    ck_assert_str_eq(response.body, "hello");
    ck_assert_int_eq(st_response_header(&response, "etag", value, sizeof(value)), 3);
    ck_assert_str_eq(value, "\"8\"");
    ck_assert_int_eq(st_response_header(&response, "etag", value, 3), -ENOBUFS);
    ck_assert_int_eq(st_response_header(&response, "eta", value, sizeof(value)), -ENOENT);
    ck_assert(strncmp(asked, "POST /a?b=c HTTP/1.0\r\nHost: 127.0.0.1:", 37) == 0);
    ck_assert_ptr_nonnull(strstr(asked, "\r\nAuthorization: Bearer tok\r\nIf-Match: \"7\"\r\n"));
    ck_assert_ptr_nonnull(strstr(asked, "\r\nContent-Length: 2\r\n"
                                        "Content-Type: application/json\r\n\r\n{}"));
}
END_TEST

START_TEST(an_answer_without_length_ends_with_the_connection)
{
    ck_assert_int_eq(ask("HTTP/1.0 404 Not Found\r\n\r\n"), 0);
    ck_assert_int_eq(response.status, 404);
    ck_assert_uint_eq(response.body_bytes, 0);
    ck_assert_ptr_null(strstr(asked, "Content-Length"));
}
END_TEST

static const struct {
    const char *answer;
    int err;
    const char *why;
} broken[] = {
    {"", -EBADMSG, "the connection was closed"},
    {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", -EBADMSG,
     "the answer did not come whole"},
    {"HTTP/1.1 200 OK\r\nContent-Le", -EBADMSG, "what answers is no HTTP server"},
    {"SSH-2.0-OpenSSH\r\n\r\n", -EBADMSG, "what answers is no HTTP server"},
    {"HTTP/2 200\r\n\r\n", -EBADMSG, "what answers is no HTTP server"},
    {"HTTP/1.1 200 "
     "OK\r\n\r\n0123456789012345678901234567890123456789012345678901234567890123456789",
     -ENOBUFS, "the answer is too long"},
};

START_TEST(a_broken_answer_is_said_so)
{
    request.answer_bytes_max = 64;
    ck_assert_int_eq(ask(broken[_i].answer), broken[_i].err);
    ck_assert_str_eq(why, broken[_i].why);
}
END_TEST

START_TEST(nobody_listens)
{
    close(listener);
    ck_assert_int_eq(st_request_send(&response, &request, why, sizeof(why)), -ECONNREFUSED);
    ck_assert_str_eq(why, "connection refused");
    listener = socket(AF_INET, SOCK_STREAM, 0);
    request.url = "ftp://x/";
    ck_assert_int_eq(st_request_send(&response, &request, why, sizeof(why)), -EINVAL);
    request.url = "ws://no-such-host.invalid/";
    ck_assert_int_eq(st_request_send(&response, &request, why, sizeof(why)), -EHOSTUNREACH);
}
END_TEST

START_TEST(a_server_that_says_nothing_is_given_up)
{
    request.timeout_us = 20000;
    ck_assert_int_eq(st_request_send(&response, &request, why, sizeof(why)), -ETIMEDOUT);
    ck_assert_str_eq(why, "no answer in time");
}
END_TEST

START_TEST(tls_to_a_plain_port_is_said_so)
{
    is_hasty = true;
    memmove(url + 3, url + 2, strlen(url + 2) + 1);
    url[2] = 's';
    ck_assert_int_eq(ask("HTTP/1.1 400 Bad Request\r\n\r\n"), -EPROTO);
    ck_assert_str_eq(why, "TLS failed: is this a TLS port?");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_request_and_its_answer);
    tcase_add_test(tcase, an_answer_without_length_ends_with_the_connection);
    tcase_add_loop_test(tcase, a_broken_answer_is_said_so, 0, sizeof(broken) / sizeof(broken[0]));
    tcase_add_test(tcase, nobody_listens);
    tcase_add_test(tcase, a_server_that_says_nothing_is_given_up);
    tcase_add_test(tcase, tls_to_a_plain_port_is_said_so);
    return run_case("request", tcase);
}
