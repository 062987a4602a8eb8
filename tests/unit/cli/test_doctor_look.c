#include "doctor_look.h"

#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

START_TEST(urls_are_split)
{
    static const struct {
        const char *url, *host, *port; /* host NULL: refused */
    } cases[] = {
        {"ws://a", "a", "80"},
        {"wss://a", "a", "443"},
        {"WS://a:2700/x?y", "a", "2700"},
        {"ws://a:2700?y", "a", "2700"},
        {"ws://user:word@a:1", "a", "1"},
        {"ws://[::1]:2700/", "::1", "2700"},
        {"wss://[::1]", "::1", "443"},
        {"http://a", NULL, NULL},
        {"ws://", NULL, NULL},
        {"ws://:1", NULL, NULL},
        {"ws://a:", NULL, NULL},
        {"ws://a:1x", NULL, NULL},
        {"ws://a:12345678", NULL, NULL},
        {"ws://[::1", NULL, NULL},
        {"ws://[::1]x", NULL, NULL},
        {"", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char host[32], port[8];
        int err = st_doctor_look_url(cases[i].url, host, sizeof(host), port, sizeof(port));
        ck_assert_msg(err == (cases[i].host ? 0 : -EINVAL), "%s", cases[i].url);
        if (err)
            continue;
        ck_assert_str_eq(host, cases[i].host);
        ck_assert_str_eq(port, cases[i].port);
    }
}
END_TEST

START_TEST(a_server_is_reached_or_not)
{
    char url[64];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t bytes = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, bytes), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &bytes), 0);
    snprintf(url, sizeof(url), "ws://127.0.0.1:%u/", ntohs(address.sin_port));
    ck_assert_int_eq(st_doctor_look_reach(url), -ECONNREFUSED);
    ck_assert_int_eq(listen(fd, 1), 0);
    ck_assert_int_eq(st_doctor_look_reach(url), 0);
    close(fd);
    ck_assert_int_eq(st_doctor_look_reach("tcp://127.0.0.1"), -EINVAL);
}
END_TEST

START_TEST(this_machine_can_be_looked_at)
{
    struct rlimit limit = {0};
    getrlimit(RLIMIT_NOFILE, &limit);
    ck_assert_uint_gt(st_doctor_look_files(), 0);
    ck_assert_uint_eq(st_doctor_look_files(), limit.rlim_max);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("doctor_look");
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, urls_are_split);
    tcase_add_test(tcase, a_server_is_reached_or_not);
    tcase_add_test(tcase, this_machine_can_be_looked_at);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
