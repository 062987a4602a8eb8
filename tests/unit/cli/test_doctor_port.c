#include "doctor_look.h"

#include "run.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int open_datagrams(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    close(fd);
    return -1;
}

static int open_listener(uint16_t *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t bytes = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, bytes), 0);
    ck_assert_int_eq(listen(fd, 1), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &bytes), 0);
    *ret_port = ntohs(address.sin_port);
    return fd;
}

START_TEST(a_taken_port_names_who_has_it)
{
    struct st_doctor_port port = {.address = "127.0.0.1"};
    int fd = open_listener(&port.port);
    st_doctor_look_port(&port);
    ck_assert_int_eq(port.err, -EADDRINUSE);
    ck_assert_int_gt(port.holder, 0);
    ck_assert_int_eq(strncmp(port.program, "test_cli_doctor", 15), 0);
    close(fd);
}
END_TEST

START_TEST(a_free_port_can_be_had)
{
    struct st_doctor_port port = {.address = "localhost"};
    close(open_listener(&port.port));
    st_doctor_look_port(&port);
    ck_assert_int_eq(port.err, 0);
    ck_assert_int_eq(port.holder, 0);
    port.port = 0;
    st_doctor_look_port(&port);
    ck_assert_int_eq(port.err, 0);
}
END_TEST

START_TEST(addresses_are_tried_too)
{
    struct st_doctor_port elsewhere = {.address = "192.0.2.1", .port = 8080};
    st_doctor_look_port(&elsewhere);
    ck_assert_int_eq(elsewhere.err, -EADDRNOTAVAIL);
    struct st_doctor_port none = {.address = "gw.example.com", .port = 8080};
    st_doctor_look_port(&none);
    ck_assert_int_eq(none.err, -EINVAL);
}
END_TEST

START_TEST(ports_of_datagrams_are_others)
{
    struct st_doctor_port port = {.address = "127.0.0.1", .is_datagram = true};
    int fd = open_listener(&port.port), taken = open_datagrams(port.port);
    ck_assert_int_ge(taken, 0);
    st_doctor_look_port(&port);
    ck_assert_int_eq(port.err, -EADDRINUSE);
    ck_assert_int_eq(port.holder, getpid());
    close(taken);
    st_doctor_look_port(&port);
    ck_assert_int_eq(port.err, 0);
    close(fd);
}
END_TEST

START_TEST(a_range_is_looked_at_port_by_port)
{
    enum { FIRST = 21000, LAST = 60000 };
    int fd = -1;
    struct st_doctor_range range = {.address = "127.0.0.1"};
    for (unsigned port = FIRST; fd < 0 && port < LAST; port++) {
        range.first = port;
        fd = open_datagrams((uint16_t)(port + 1));
    }
    range.last = range.first + 1;
    st_doctor_look_range(&range);
    ck_assert_int_eq(range.err, 0);
    ck_assert_uint_ge(range.taken, 1);
    ck_assert_int_gt(range.seen.holder, 0);
    close(fd);
    struct st_doctor_range elsewhere = {.address = "192.0.2.1", .first = 21000, .last = 65535};
    st_doctor_look_range(&elsewhere);
    ck_assert_int_eq(elsewhere.err, -EADDRNOTAVAIL);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, a_taken_port_names_who_has_it);
    tcase_add_test(tcase, a_free_port_can_be_had);
    tcase_add_test(tcase, addresses_are_tried_too);
    tcase_add_test(tcase, ports_of_datagrams_are_others);
    tcase_add_test(tcase, a_range_is_looked_at_port_by_port);
    return run_case("doctor_port", tcase);
}
