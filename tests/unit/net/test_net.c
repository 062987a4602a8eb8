#include "peer.h"

#include <dirent.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* libwebsockets takes two numbers for extra data from OpenSSL with every context, which OpenSSL
 * never takes back: some 190 bytes a time. A forgotten connection or listener is far more. */
enum { CYCLES = 200, WARM_UP = 20, SLACK_BYTES = CYCLES * 512 };

static int on_upgrade(void *user, struct st_http_exchange *exchange,
                      struct st_ws_accept *ret_accept)
{
    static const struct st_ws_events none = {NULL, NULL, NULL, NULL};
    ret_accept->events = &none;
    return 0;
}

static void on_closed(void *user)
{
    st_loop_stop(user);
}

static void cycle(struct host *host)
{
    ck_assert_int_eq(st_loop_create(&host->loop, 0, 16), 0);
    ck_assert_int_eq(st_net_shared_create(&host->shared, &host->limits), 0);
    ck_assert_int_eq(st_net_create(&host->net, host->loop, host->shared, &host->limits), 0);
    ck_assert_int_eq(st_net_listen(host->net, &host->listener, &host->config), 0);
    st_net_close(host->net, on_closed, host->loop);
    ck_assert_int_eq(st_loop_run(host->loop), 0);
    st_net_destroy(host->net);
    st_loop_destroy(host->loop);
    st_net_shared_destroy(host->shared);
}

static int open_files(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int count = 0;
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

START_TEST(creating_and_closing_leaves_nothing)
{
    struct host host;
    host_init(&host);
    for (int i = 0; i < WARM_UP; i++)
        cycle(&host);
    size_t used = mallinfo2().uordblks;
    int files = open_files();
    for (int i = 0; i < CYCLES; i++)
        cycle(&host);
    ck_assert_uint_le(mallinfo2().uordblks, used + SLACK_BYTES);
    ck_assert_int_eq(open_files(), files);
}
END_TEST

START_TEST(connections_in_every_state_end_with_the_net)
{
    struct host host;
    host_init(&host);
    host.config.upgrade = on_upgrade;
    host_start(&host);
    int idle = peer_connect(host.port), half = peer_connect(host.port);
    int ws = peer_ws(host.port, NULL), broken = peer_ws(host.port, NULL);
    peer_send_text(half, "GET / HT");
    peer_ws_frame(broken, 0x83, "", 0);
    host_stop(&host);
    ck_assert(peer_is_closed(idle));
    ck_assert(peer_is_closed(half));
    ck_assert(peer_is_closed(ws));
    ck_assert(peer_is_closed(broken));
    close(idle);
    close(half);
    close(ws);
    close(broken);
}
END_TEST

START_TEST(nothing_is_served_without_handlers)
{
    struct host host;
    char body[512];
    host_init(&host);
    host_start(&host);
    int fd = peer_connect(host.port);
    ck_assert_int_eq(peer_request(fd, "GET / HTTP/1.1\r\nHost: h\r\n\r\n", body, sizeof(body)),
                     404);
    ck_assert_int_eq(peer_request(fd,
                                  "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n"
                                  "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                                  body, sizeof(body)),
                     404);
    close(fd);
    host_stop(&host);
}
END_TEST

static void add(TCase *tcase)
{
    tcase_add_test(tcase, creating_and_closing_leaves_nothing);
    tcase_add_test(tcase, connections_in_every_state_end_with_the_net);
    tcase_add_test(tcase, nothing_is_served_without_handlers);
}

int main(void)
{
    return run_suite("net", add);
}
