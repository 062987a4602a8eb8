/* Real sockets on loopback; the loop is turned by the test until what it waits for has happened. */
#include "wire_private.h"

#include "sidetone/log.h"
#include "sidetone/loop.h"

#include "run.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TURNS_MAX = 20000, US_PER_S = 1000000 };

static struct st_loop *loop;
static struct st_wire_listener *listener;
static struct st_wire *latest;
static unsigned opened, closed;
static size_t received;
static char text[65536];
static bool refuses, closes_at_once, is_receiving;
static int answer;

static void *on_open(void *user, struct st_wire *wire, const struct st_wire_peer *peer)
{
    ck_assert_str_eq(peer->address, "127.0.0.1");
    if (refuses)
        return NULL;
    opened++;
    latest = wire;
    if (closes_at_once)
        st_wire_close(wire);
    return wire;
}

static int on_received(void *wire_user, const void *data, size_t bytes)
{
    memcpy(text, data, bytes);
    received += bytes;
    is_receiving = true;
    st_wire_send(wire_user, "ok", 2);
    is_receiving = false;
    return answer;
}

static void on_closed(void *wire_user)
{
    ck_assert(!is_receiving); /* what it works with would be gone */
    closed++;
}

static void on_datagram(void *user, const struct st_wire_peer *peer, const void *data, size_t bytes)
{
    received += bytes;
    st_wire_send_datagram(listener, peer, data, bytes);
}

static const struct st_wire_events events = {
    .datagram = on_datagram,
    .open = on_open,
    .received = on_received,
    .closed = on_closed,
};

static struct st_wire_config config;

static void setup(void)
{
    st_log_set_level(NULL, ST_LOG_OFF);
    ck_assert_int_eq(st_loop_create(&loop, 0, 0), 0);
    opened = closed = 0;
    received = 0;
    answer = 0;
    refuses = closes_at_once = false;
    config = (struct st_wire_config){
        .loop = loop,
        .address = "127.0.0.1",
        .connections_max = 3,
        .connections_per_address = 3,
        .handshake_us = 10 * US_PER_S,
        .idle_us = 60 * US_PER_S,
        .queue_bytes = 1 << 20,
        .events = &events,
    };
}

static void turn(void)
{
    uv_run(st_loop_uv(loop), UV_RUN_NOWAIT);
    usleep(100);
}

static void listen_now(void)
{
    ck_assert_int_eq(st_wire_listen(&listener, &config), 0);
    ck_assert_uint_gt(st_wire_listener_port(listener), 0);
}

static void teardown(void)
{
    st_wire_listener_close(listener);
    for (int i = 0; i < 10; i++)
        turn();
    ck_assert_uint_eq(opened, closed);
    st_loop_destroy(loop);
}

static int dial(int kind)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(st_wire_listener_port(listener))};
    int fd = socket(AF_INET, kind, 0);
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

/* Bytes; 0 at the end; -1 when neither came. */
static ssize_t await_bytes(int fd, char *out, size_t bytes)
{
    for (int i = 0; i < TURNS_MAX; i++) {
        ssize_t got = recv(fd, out, bytes, 0);
        if (got >= 0)
            return got;
        if (errno != EAGAIN)
            return 0;
        turn();
    }
    return -1;
}

START_TEST(bytes_go_both_ways)
{
    char out[8];
    listen_now();
    int fd = dial(SOCK_STREAM);
    ck_assert_int_eq(send(fd, "hello", 5, 0), 5);
    ck_assert_int_eq(await_bytes(fd, out, sizeof(out)), 2);
    ck_assert_uint_eq(received, 5);
    close(fd);
    for (int i = 0; i < TURNS_MAX && closed == 0; i++)
        turn();
    ck_assert_uint_eq(closed, 1);
    teardown();
}
END_TEST

START_TEST(datagrams_go_both_ways)
{
    static char large[65507], back[65536];
    config.is_datagram = true;
    listen_now();
    int fd = dial(SOCK_DGRAM), room = 1 << 20;
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
    ck_assert_int_eq(send(fd, large, sizeof(large), 0), sizeof(large));
    ck_assert_int_eq(await_bytes(fd, back, sizeof(back)), sizeof(large));
    close(fd);
    teardown();
}
END_TEST

/* What was asked for leaves before the end. */
START_TEST(an_answer_leaves_before_the_end)
{
    char out[8];
    answer = -EPROTO;
    listen_now();
    int fd = dial(SOCK_STREAM);
    ck_assert_int_eq(send(fd, "x", 1, 0), 1);
    ck_assert_int_eq(await_bytes(fd, out, sizeof(out)), 2);
    ck_assert_int_eq(await_bytes(fd, out, sizeof(out)), 0);
    ck_assert_uint_eq(closed, 1);
    close(fd);
    teardown();
}
END_TEST

START_TEST(who_sends_no_more_is_still_answered)
{
    char out[8];
    listen_now();
    int fd = dial(SOCK_STREAM);
    ck_assert_int_eq(send(fd, "x", 1, 0), 1);
    shutdown(fd, SHUT_WR);
    ck_assert_int_eq(await_bytes(fd, out, sizeof(out)), 2);
    ck_assert_int_eq(await_bytes(fd, out, sizeof(out)), 0);
    close(fd);
    teardown();
}
END_TEST

START_TEST(connections_are_bounded)
{
    char out[8];
    int fds[4];
    listen_now();
    for (int i = 0; i < 4; i++) {
        fds[i] = dial(SOCK_STREAM);
        for (int t = 0; t < 50; t++)
            turn();
    }
    ck_assert_uint_eq(opened, 3);
    ck_assert_int_eq(await_bytes(fds[3], out, sizeof(out)), 0);
    close(fds[0]);
    for (int i = 0; i < TURNS_MAX && closed == 0; i++)
        turn();
    int again = dial(SOCK_STREAM);
    for (int i = 0; i < TURNS_MAX && opened < 4; i++)
        turn();
    ck_assert_uint_eq(opened, 4);
    close(again);
    for (int i = 1; i < 4; i++)
        close(fds[i]);
    teardown();
}
END_TEST

START_TEST(one_address_has_its_share)
{
    char out[8];
    config.connections_per_address = 1;
    listen_now();
    int first = dial(SOCK_STREAM);
    for (int i = 0; i < TURNS_MAX && opened == 0; i++)
        turn();
    int second = dial(SOCK_STREAM);
    ck_assert_int_eq(await_bytes(second, out, sizeof(out)), 0);
    ck_assert_uint_eq(opened, 1);
    close(first);
    close(second);
    teardown();
}
END_TEST

START_TEST(who_is_not_wanted_is_closed)
{
    char out[8];
    for (int way = 0; way < 2; way++) {
        if (way > 0)
            setup();
        refuses = way == 0;
        closes_at_once = way == 1;
        listen_now();
        int fd = dial(SOCK_STREAM);
        ck_assert_int_eq(await_bytes(fd, out, sizeof(out)), 0);
        ck_assert_uint_eq(opened, (unsigned)way);
        close(fd);
        teardown();
    }
}
END_TEST

static bool on_welcome(void *user, const struct st_wire_peer *peer)
{
    return strcmp(peer->address, "127.0.0.1") != 0;
}

START_TEST(who_is_not_welcome_is_closed_unheard)
{
    char out[8];
    struct st_wire_events choosy = events;
    choosy.welcome = on_welcome;
    config.events = &choosy;
    listen_now();
    int fd = dial(SOCK_STREAM);
    ck_assert_int_eq(await_bytes(fd, out, sizeof(out)), 0);
    ck_assert_uint_eq(opened, 0);
    close(fd);
    teardown();
}
END_TEST

/* The answer to what was still read finds nobody: the user may finish before it hears of it. */
START_TEST(who_is_gone_before_the_answer_is_told_after_it)
{
    struct linger at_once = {.l_onoff = 1};
    listen_now();
    int fd = dial(SOCK_STREAM);
    for (int i = 0; i < TURNS_MAX && opened == 0; i++)
        turn();
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    ck_assert_int_eq(send(fd, "x", 1, 0), 1);
    close(fd);
    for (int i = 0; i < TURNS_MAX && closed == 0; i++)
        turn();
    ck_assert_uint_eq(received, 1);
    teardown();
}
END_TEST

/* Silent from the beginning, and later. */
START_TEST(the_silent_are_closed)
{
    for (int way = 0; way < 2; way++) {
        if (way > 0)
            setup();
        listen_now();
        int fd = dial(SOCK_STREAM);
        if (way == 1)
            ck_assert_int_eq(send(fd, "x", 1, 0), 1);
        for (int i = 0; i < TURNS_MAX && (opened == 0 || received < (size_t)way); i++)
            turn();
        int64_t allowed_us = way == 0 ? config.handshake_us : config.idle_us;
        wire_check_idle(latest, latest->heard_us + allowed_us);
        ck_assert_uint_eq(closed, 0);
        wire_check_idle(latest, latest->heard_us + allowed_us + 1000000);
        ck_assert_uint_eq(closed, 1);
        close(fd);
        teardown();
    }
}
END_TEST

/* Whoever does not read is given up instead of kept in memory. */
START_TEST(what_waits_is_bounded)
{
    static char much[1 << 16];
    int err = 0;
    unsigned sent = 0;
    listen_now();
    int fd = dial(SOCK_STREAM);
    for (int i = 0; i < TURNS_MAX && opened == 0; i++)
        turn();
    while (!err && sent++ < 1000)
        err = st_wire_send(latest, much, sizeof(much));
    ck_assert_int_eq(err, -ENOBUFS);
    ck_assert_int_eq(st_wire_send(latest, much, 1), -ENOTCONN);
    close(fd);
    teardown();
}
END_TEST

START_TEST(what_cannot_listen_says_so)
{
    struct st_wire_listener *other;
    listen_now();
    config.port = st_wire_listener_port(listener);
    ck_assert_int_eq(st_wire_listen(&other, &config), -EADDRINUSE);
    config.address = "nowhere";
    ck_assert_int_eq(st_wire_listen(&other, &config), -EINVAL);
    config.address = "127.0.0.1";
    config.port = 0;
    config.certificate_file = config.key_file = "/dev/null";
    ck_assert_int_eq(st_wire_listen(&other, &config), -EBADMSG);
    teardown();
}
END_TEST

/* ---- connections that are made ---- */

struct caller {
    struct st_wire *wire;
    unsigned closed;
    char text[64];
    size_t received;
};

static int on_answer(void *wire_user, const void *data, size_t bytes)
{
    struct caller *caller = wire_user;
    memcpy(caller->text + caller->received, data, bytes);
    caller->received += bytes;
    return 0;
}

static void on_hung_up(void *wire_user)
{
    struct caller *caller = wire_user;
    caller->closed++;
}

static struct st_wire_listener *callers;

static void listen_for_callers(void)
{
    static const struct st_wire_events caller_events = {
        .open = on_open, .received = on_answer, .closed = on_hung_up};
    struct st_wire_config other = config;
    other.events = &caller_events;
    ck_assert_int_eq(st_wire_listen(&callers, &other), 0);
}

static int call(struct caller *caller, uint16_t port)
{
    struct st_wire_peer peer = {.address = "127.0.0.1", .port = port};
    return st_wire_connect(&caller->wire, callers, &peer, caller);
}

START_TEST(what_is_sent_before_it_is_open_arrives)
{
    struct caller caller = {.closed = 0};
    listen_now();
    listen_for_callers();
    ck_assert_int_eq(call(&caller, st_wire_listener_port(listener)), 0);
    ck_assert_int_eq(st_wire_send(caller.wire, "hel", 3), 0);
    ck_assert_int_eq(st_wire_send(caller.wire, "lo", 2), 0);
    for (int i = 0; i < TURNS_MAX && caller.received == 0; i++)
        turn();
    ck_assert_uint_eq(received, 5);
    ck_assert_int_eq(memcmp(text, "hello", 5), 0);
    ck_assert_int_eq(memcmp(caller.text, "ok", 2), 0);
    ck_assert_uint_eq(opened, 1);
    st_wire_close(caller.wire);
    for (int i = 0; i < TURNS_MAX && closed == 0; i++)
        turn();
    ck_assert_uint_eq(caller.closed, 1);
    st_wire_listener_close(callers);
    teardown();
}
END_TEST

/* A port that nobody listens on, and one whose listener goes away meanwhile. */
START_TEST(a_connection_that_never_opens_is_closed)
{
    struct caller refused = {.closed = 0}, left = {.closed = 0};
    listen_now();
    listen_for_callers();
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t bytes = sizeof(address);
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, bytes), 0); /* and does not listen */
    getsockname(fd, (struct sockaddr *)&address, &bytes);
    ck_assert_int_eq(call(&refused, ntohs(address.sin_port)), 0);
    ck_assert_int_eq(st_wire_send(refused.wire, "hello", 5), 0);
    for (int i = 0; i < TURNS_MAX && refused.closed == 0; i++)
        turn();
    ck_assert_uint_eq(refused.closed, 1);
    ck_assert_int_eq(call(&left, st_wire_listener_port(listener)), 0);
    st_wire_listener_close(callers);
    ck_assert_uint_eq(left.closed, 1);
    close(fd);
    teardown();
}
END_TEST

START_TEST(connections_that_are_made_count)
{
    struct caller made[3] = {{.closed = 0}};
    listen_now();
    config.connections_per_address = 2;
    listen_for_callers();
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(call(&made[i], st_wire_listener_port(listener)), i < 2 ? 0 : -ENOBUFS);
    st_wire_close(made[0].wire);
    ck_assert_uint_eq(made[0].closed, 1);
    ck_assert_int_eq(call(&made[2], st_wire_listener_port(listener)), 0);
    char much[4096] = "";
    int err = 0;
    for (int i = 0; i < 257 && !err; i++)
        err = st_wire_send(made[2].wire, much, sizeof(much));
    ck_assert_int_eq(err, -ENOBUFS);
    ck_assert_uint_eq(made[2].closed, 1);
    st_wire_listener_close(callers);
    teardown();
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_test(tcase, bytes_go_both_ways);
    tcase_add_test(tcase, datagrams_go_both_ways);
    tcase_add_test(tcase, an_answer_leaves_before_the_end);
    tcase_add_test(tcase, who_sends_no_more_is_still_answered);
    tcase_add_test(tcase, connections_are_bounded);
    tcase_add_test(tcase, one_address_has_its_share);
    tcase_add_test(tcase, who_is_not_wanted_is_closed);
    tcase_add_test(tcase, who_is_not_welcome_is_closed_unheard);
    tcase_add_test(tcase, who_is_gone_before_the_answer_is_told_after_it);
    tcase_add_test(tcase, the_silent_are_closed);
    tcase_add_test(tcase, what_waits_is_bounded);
    tcase_add_test(tcase, what_cannot_listen_says_so);
    tcase_add_test(tcase, what_is_sent_before_it_is_open_arrives);
    tcase_add_test(tcase, a_connection_that_never_opens_is_closed);
    tcase_add_test(tcase, connections_that_are_made_count);
    return run_case("wire", tcase);
}
