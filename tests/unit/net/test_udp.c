/* Real sockets on loopback; the loop is stepped, so each tick happens when the test says so. */
#include "allocations.h"
#include "step_loop.h"

#include "sidetone/udp.h"

#include "run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { TICK_US = 5000, KEPT_MAX = 64 };

static struct st_loop *loop;
static struct st_udp *udp;
static unsigned ticks;

static void on_ticked(void *user, int64_t now_us)
{
    if (now_us != st_loop_now_us())
        ck_abort();
    ticks++;
}

static void setup(void)
{
    ck_assert_int_eq(st_loop_create(&loop, 0, 0), 0);
    ticks = 0;
    st_udp_create(&udp,
                  &(struct st_udp_config){.loop = loop, .tick_us = TICK_US, .ticked = on_ticked});
}

static void teardown(void)
{
    st_udp_destroy(udp);
    ck_assert_uint_eq(step_loop_timers(), 0);
    st_loop_destroy(loop);
}

struct ear {
    struct st_udp_socket *socket;
    unsigned count;
    size_t bytes;
    struct st_udp_address from;
    int64_t arrived_us;
    uint8_t kept[KEPT_MAX];
    size_t foreseen, foreseen_bytes;
    struct ear *closes; /* on the first datagram */
};

static void on_datagram(void *user, const struct st_udp_datagram *datagram)
{
    struct ear *ear = user;
    ear->count++;
    ear->bytes = datagram->bytes;
    ear->from = datagram->from;
    ear->arrived_us = datagram->arrived_us;
    memcpy(ear->kept, datagram->data, datagram->bytes < KEPT_MAX ? datagram->bytes : KEPT_MAX);
    if (ear->closes) {
        st_udp_close(ear->closes->socket);
        ear->closes->socket = NULL;
        ear->closes = NULL;
    }
}

static void open_ear(struct ear *ear, const char *address)
{
    struct st_udp_bind bind = {.address = address, .receive = on_datagram, .user = ear};
    ck_assert_int_eq(st_udp_open(udp, &ear->socket, &bind), 0);
    ck_assert_uint_gt(st_udp_port(ear->socket), 0);
}

static void send_to(struct ear *from, struct ear *to, const char *ip, const void *data,
                    size_t bytes)
{
    struct st_udp_address address;
    ck_assert_int_eq(st_udp_address_parse(&address, ip, st_udp_port(to->socket)), 0);
    st_udp_send(from->socket, &address, data, bytes);
}

START_TEST(addresses_are_read_and_written)
{
    static const char *const texts[] = {"127.0.0.1", "10.255.0.3", "::1", "2001:db8::17"};
    static const char *const bad[] = {"", "localhost", "1.2.3", "1.2.3.4.5", "::g", "[::1]"};
    struct st_udp_address address, other;
    char text[ST_UDP_TEXT_MAX];
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        ck_assert_int_eq(st_udp_address_parse(&address, texts[i], 5), 0);
        st_udp_address_write(&address, text);
        ck_assert_str_eq(text, texts[i]);
        ck_assert(!st_udp_address_is_none(&address));
        ck_assert_int_eq(st_udp_address_parse(&other, texts[i], 6), 0);
        ck_assert(st_udp_address_has_ip_of(&address, &other));
        ck_assert(!st_udp_address_is(&address, &other));
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ck_assert_int_eq(st_udp_address_parse(&address, bad[i], 5), -EINVAL);
    ck_assert_int_eq(st_udp_address_parse(&address, "::ffff:1.2.3.4", 5), 0);
    ck_assert_int_eq(st_udp_address_parse(&other, "1.2.3.4", 5), 0);
    ck_assert(st_udp_address_is(&address, &other));
    other = (struct st_udp_address){.port = 9};
    ck_assert(st_udp_address_is_none(&other));
}
END_TEST

START_TEST(an_address_knows_its_kind)
{
    static const struct {
        const char *text;
        bool is_v4, is_anybody;
    } rows[] = {{"10.0.0.1", true, false}, {"::ffff:10.0.0.1", true, false},
                {"0.0.0.0", true, true},   {"::ffff:0.0.0.0", true, true},
                {"::", false, true},       {"::1", false, false},
                {"fe80::1", false, false}};
    struct st_udp_address address;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ck_assert_int_eq(st_udp_address_parse(&address, rows[i].text, 5), 0);
        ck_assert_int_eq(st_udp_address_is_v4(&address), rows[i].is_v4);
        ck_assert_int_eq(st_udp_address_is_anybody(&address), rows[i].is_anybody);
    }
    /* A zone means something on one machine alone. */
    ck_assert_int_eq(st_udp_address_parse(&address, "fe80::1%lo", 5), -EINVAL);
}
END_TEST

START_TEST(nothing_goes_to_an_address_of_another_kind)
{
    struct ear v4 = {0}, v6 = {0};
    open_ear(&v4, "127.0.0.1");
    open_ear(&v6, "::1");
    send_to(&v4, &v4, "::7f00:1", "x", 1); /* whose last bytes are those of 127.0.0.1 */
    send_to(&v6, &v4, "127.0.0.1", "x", 1);
    step_loop_advance(TICK_US);
    ck_assert_uint_eq(v4.count, 0);
    send_to(&v4, &v4, "::ffff:127.0.0.1", "x", 1);
    step_loop_advance(TICK_US);
    ck_assert_uint_eq(v4.count, 1);
}
END_TEST

START_TEST(datagrams_arrive_at_the_tick_with_their_sender_and_time)
{
    static const char *const binds[] = {"127.0.0.1", "::1", "::"};
    static const char *const ips[] = {"127.0.0.1", "::1", "127.0.0.1"};
    struct ear from = {0}, to = {0};
    open_ear(&from, _i == 1 ? "::1" : "127.0.0.1");
    open_ear(&to, binds[_i]);
    send_to(&from, &to, ips[_i], "hello", 5);
    ck_assert_uint_eq(to.count, 0);
    step_loop_advance(TICK_US);
    ck_assert_uint_eq(to.count, 1);
    ck_assert_uint_eq(ticks, 1);
    ck_assert_uint_eq(to.bytes, 5);
    ck_assert_mem_eq(to.kept, "hello", 5);
    struct st_udp_address sender;
    ck_assert_int_eq(st_udp_address_parse(&sender, ips[_i], st_udp_port(from.socket)), 0);
    ck_assert(st_udp_address_is(&to.from, &sender));
    ck_assert_int_le(to.arrived_us, st_loop_now_us());
    ck_assert_int_gt(to.arrived_us, st_loop_now_us() - 500000);
}
END_TEST

static unsigned count_all(const struct ear *ears, int count)
{
    unsigned all = 0;
    for (int i = 0; i < count; i++)
        all += ears[i].count;
    return all;
}

START_TEST(one_tick_reads_many_of_many_but_not_without_end)
{
    enum { EARS = 100, EACH = 3, BUSY = 600, FLOOD = 60 };
    static struct ear ears[EARS];
    struct ear from = {0};
    memset(ears, 0, sizeof(ears));
    open_ear(&from, "127.0.0.1");
    for (int i = 0; i < EARS; i++)
        open_ear(&ears[i], "127.0.0.1");
    for (int i = 0; i < EARS * EACH; i++)
        send_to(&from, &ears[i % EARS], "127.0.0.1", &i, sizeof(i));
    step_loop_advance(TICK_US);
    for (int i = 0; i < EARS; i++)
        ck_assert_uint_eq(ears[i].count, EACH);
    for (int i = 0; i < BUSY; i++)
        send_to(&from, &ears[0], "127.0.0.1", "x", 1);
    step_loop_advance(TICK_US);
    ck_assert_uint_eq(ears[0].count, EACH + BUSY);
    for (int i = 0; i < EARS * FLOOD; i++)
        send_to(&from, &ears[i % EARS], "127.0.0.1", "x", 1);
    step_loop_advance(TICK_US);
    unsigned all = EARS * (EACH + FLOOD) + BUSY, first = count_all(ears, EARS);
    ck_assert_uint_lt(first, all);
    ck_assert_uint_gt(first, all / 2);
    step_loop_advance(TICK_US);
    ck_assert_uint_eq(count_all(ears, EARS), all);
}
END_TEST

START_TEST(one_tick_reads_every_socket_that_has_something)
{
    enum { EARS = 500 };
    static struct ear ears[EARS];
    struct ear from = {0};
    memset(ears, 0, sizeof(ears));
    open_ear(&from, "127.0.0.1");
    for (int i = 0; i < EARS; i++)
        open_ear(&ears[i], "127.0.0.1");
    for (int i = 0; i < EARS; i++)
        send_to(&from, &ears[i], "127.0.0.1", "x", 1);
    step_loop_advance(TICK_US);
    for (int i = 0; i < EARS; i++)
        ck_assert_uint_eq(ears[i].count, 1);
    ck_assert_uint_eq(ticks, 1);
}
END_TEST

START_TEST(what_has_arrived_can_be_read_at_once)
{
    struct ear ear = {0};
    open_ear(&ear, "127.0.0.1");
    for (int i = 0; i < 300; i++)
        send_to(&ear, &ear, "127.0.0.1", "x", 1);
    st_udp_read(ear.socket);
    ck_assert_uint_gt(ear.count, 256);
    ck_assert_uint_eq(ticks, 0);
    ear.closes = &ear;
    send_to(&ear, &ear, "127.0.0.1", "x", 1);
    st_udp_read(ear.socket);
}
END_TEST

START_TEST(what_is_too_large_is_dropped)
{
    static const uint8_t data[ST_UDP_DATAGRAM_MAX + 1];
    struct ear ear = {0};
    open_ear(&ear, "127.0.0.1");
    send_to(&ear, &ear, "127.0.0.1", data, sizeof(data));
    send_to(&ear, &ear, "127.0.0.1", data, sizeof(data) - 1);
    send_to(&ear, &ear, "127.0.0.1", data, 0);
    step_loop_advance(TICK_US);
    ck_assert_uint_eq(ear.count, 2);
    ck_assert_uint_eq(ear.bytes, 0);
}
END_TEST

static void on_prefetch(void *user, const struct st_udp_datagram *datagrams, size_t count)
{
    struct ear *ear = user;
    if (ear->count != ear->foreseen || count > ST_UDP_BATCH)
        ck_abort();
    for (size_t i = 0; i < count; i++)
        ear->foreseen_bytes += datagrams[i].bytes;
    ear->foreseen += count;
}

START_TEST(batches_are_foreseen_before_they_are_handed_out)
{
    static const uint8_t data[ST_UDP_DATAGRAM_MAX + 1];
    struct ear ear = {0};
    struct st_udp_bind bind = {
        .address = "127.0.0.1", .receive = on_datagram, .prefetch = on_prefetch, .user = &ear};
    ck_assert_int_eq(st_udp_open(udp, &ear.socket, &bind), 0);
    for (size_t i = 0; i < 2 * ST_UDP_BATCH; i++)
        send_to(&ear, &ear, "127.0.0.1", data, i == 3 ? sizeof(data) : 100 + i);
    step_loop_advance(TICK_US);
    ck_assert_uint_eq(ear.count, 2 * ST_UDP_BATCH - 1);
    ck_assert_uint_eq(ear.foreseen, ear.count);
    ck_assert_uint_eq(ear.foreseen_bytes, ST_UDP_BATCH * (200 + 2 * ST_UDP_BATCH - 1) - (100 + 3));
}
END_TEST

START_TEST(a_socket_may_be_closed_from_within)
{
    struct ear a = {0}, b = {0}, from = {0};
    open_ear(&from, "127.0.0.1");
    open_ear(&a, "127.0.0.1");
    open_ear(&b, "127.0.0.1");
    a.closes = _i ? &a : &b;
    b.closes = _i ? &b : &a;
    for (int i = 0; i < 10; i++) {
        send_to(&from, &a, "127.0.0.1", "x", 1);
        send_to(&from, &b, "127.0.0.1", "x", 1);
    }
    step_loop_advance(TICK_US);
    ck_assert_uint_eq(a.count + b.count, _i ? 2 : 10);
    step_loop_advance(TICK_US);
    ck_assert_uint_eq(a.count + b.count, _i ? 2 : 10);
}
END_TEST

START_TEST(without_sockets_nothing_ticks)
{
    struct ear ear = {0};
    step_loop_advance(10 * TICK_US);
    ck_assert_uint_eq(ticks, 0);
    open_ear(&ear, "127.0.0.1");
    step_loop_advance(2 * TICK_US);
    ck_assert_uint_eq(ticks, 2);
    st_udp_close(ear.socket);
    step_loop_advance(10 * TICK_US);
    ck_assert_uint_eq(ticks, 2);
}
END_TEST

START_TEST(a_port_that_is_taken_is_refused)
{
    struct ear ear = {0};
    struct st_udp_socket *socket = NULL;
    open_ear(&ear, "127.0.0.1");
    struct st_udp_bind bind = {.address = "127.0.0.1", .port = st_udp_port(ear.socket)};
    ck_assert_int_eq(st_udp_open(udp, &socket, &bind), -EADDRINUSE);
    bind.address = "nowhere";
    ck_assert_int_eq(st_udp_open(udp, &socket, &bind), -EINVAL);
    bind = (struct st_udp_bind){.address = "192.0.2.77"};
    ck_assert_int_eq(st_udp_open(udp, &socket, &bind), -EADDRNOTAVAIL);
    ck_assert_ptr_null(socket);
}
END_TEST

START_TEST(nothing_is_allocated_for_a_datagram)
{
    struct ear from = {0}, to = {0};
    open_ear(&from, "127.0.0.1");
    open_ear(&to, "127.0.0.1");
    struct st_udp_address address;
    ck_assert_int_eq(st_udp_address_parse(&address, "127.0.0.1", st_udp_port(to.socket)), 0);
    st_udp_send(from.socket, &address, "x", 1);
    step_loop_advance(TICK_US);
    uint64_t before = allocations_count();
    for (int i = 0; i < 100; i++) {
        st_udp_send(from.socket, &address, "x", 1);
        step_loop_advance(TICK_US);
    }
    uint64_t after = allocations_count();
    ck_assert_uint_eq(after, before);
    ck_assert_uint_eq(to.count, 101);
}
END_TEST

int main(void)
{
    allocations_watch();
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, addresses_are_read_and_written);
    tcase_add_test(tcase, an_address_knows_its_kind);
    tcase_add_test(tcase, nothing_goes_to_an_address_of_another_kind);
    tcase_add_loop_test(tcase, datagrams_arrive_at_the_tick_with_their_sender_and_time, 0, 3);
    tcase_add_test(tcase, one_tick_reads_many_of_many_but_not_without_end);
    tcase_add_test(tcase, one_tick_reads_every_socket_that_has_something);
    tcase_add_test(tcase, what_has_arrived_can_be_read_at_once);
    tcase_add_test(tcase, what_is_too_large_is_dropped);
    tcase_add_test(tcase, batches_are_foreseen_before_they_are_handed_out);
    tcase_add_loop_test(tcase, a_socket_may_be_closed_from_within, 0, 2);
    tcase_add_test(tcase, without_sockets_nothing_ticks);
    tcase_add_test(tcase, a_port_that_is_taken_is_refused);
    tcase_add_test(tcase, nothing_is_allocated_for_a_datagram);
    return run_case("udp", tcase);
}
