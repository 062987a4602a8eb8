#include "source.h"

#include "run.h"

enum { MS = 1000, S = 1000000 };

static struct source source;

static struct st_udp_address at(const char *ip, uint16_t port)
{
    struct st_udp_address address;
    ck_assert_int_eq(st_udp_address_parse(&address, ip, port), 0);
    return address;
}

static void open_source(enum st_media_source_mode mode)
{
    struct st_media_source signalled = {
        .mode = mode, .rtp = at("10.0.0.1", 4000), .rtcp = at("10.0.0.9", 4001)};
    source_init(&source, &signalled, 0);
}

static bool admits(const char *ip, uint16_t port)
{
    struct st_udp_address from = at(ip, port);
    return source_admits(&source, &from);
}

static bool admits_rtcp(const char *ip, uint16_t port)
{
    struct st_udp_address from = at(ip, port);
    return source_admits_rtcp(&source, &from);
}

START_TEST(strict_is_one_address_and_port)
{
    open_source(ST_MEDIA_SOURCE_STRICT);
    ck_assert(admits("10.0.0.1", 4000));
    ck_assert(!admits("10.0.0.1", 4002));
    ck_assert(!admits("10.0.0.2", 4000));
    ck_assert(admits_rtcp("10.0.0.9", 4001));
    ck_assert(!admits_rtcp("10.0.0.9", 4000));
    ck_assert(!admits_rtcp("10.0.0.1", 4001));
}
END_TEST

START_TEST(ip_is_one_address)
{
    open_source(ST_MEDIA_SOURCE_IP);
    ck_assert(admits("10.0.0.1", 4000));
    ck_assert(admits("10.0.0.1", 65000));
    ck_assert(!admits("10.0.0.2", 4000));
    ck_assert(admits_rtcp("10.0.0.1", 5));
    ck_assert(admits_rtcp("10.0.0.9", 4001));
    ck_assert(!admits_rtcp("10.0.0.9", 4002));
}
END_TEST

START_TEST(learn_locks_and_signalling_opens_again)
{
    open_source(ST_MEDIA_SOURCE_LEARN);
    ck_assert(admits("10.0.0.1", 4000));
    ck_assert(admits("192.0.2.1", 77));
    ck_assert(!admits_rtcp("192.0.2.1", 78));
    ck_assert(admits_rtcp("10.0.0.9", 4001)); /* that was signalled */
    ck_assert(!admits_rtcp("10.0.0.9", 4002));
    struct st_udp_address them = at("192.0.2.1", 77), others = at("192.0.2.2", 77);
    source_learn(&source, &them);
    source_learn(&source, &others);
    ck_assert(admits("192.0.2.1", 77));
    ck_assert(!admits("192.0.2.1", 78));
    ck_assert(!admits("192.0.2.2", 77));
    ck_assert(!admits("10.0.0.1", 4000));
    ck_assert(admits_rtcp("192.0.2.1", 78));
    ck_assert(admits_rtcp("10.0.0.9", 4001));
    struct st_media_source signalled = source.signalled;
    ck_assert(!source_signal(&source, &signalled)); /* the same one */
    ck_assert(admits("192.0.2.2", 77));
    signalled.rtcp.port++;
    ck_assert(source_signal(&source, &signalled));
    signalled.rtp.port++;
    ck_assert(source_signal(&source, &signalled));
    signalled.mode = ST_MEDIA_SOURCE_IP;
    ck_assert(source_signal(&source, &signalled));
}
END_TEST

START_TEST(open_is_anybody)
{
    open_source(ST_MEDIA_SOURCE_OPEN);
    ck_assert(admits("198.51.100.7", 1));
    ck_assert(admits_rtcp("198.51.100.7", 2));
}
END_TEST

static unsigned count_room(bool is_known, int64_t from_us, int64_t step_us, unsigned packets)
{
    unsigned room = 0;
    for (unsigned i = 0; i < packets; i++)
        room += source_has_room(&source, is_known, from_us + i * step_us);
    return room;
}

START_TEST(what_comes_at_its_rate_has_room)
{
    open_source(ST_MEDIA_SOURCE_IP);
    ck_assert_uint_eq(count_room(true, 0, 20 * MS, 5000), 5000);
    ck_assert_uint_eq(count_room(true, 200 * (int64_t)S, 3 * MS, 5000), 5000);
    /* Two seconds that were held up somewhere come at once. */
    ck_assert_uint_eq(count_room(true, 300 * (int64_t)S, 0, 100), 100);
}
END_TEST

START_TEST(a_flood_is_cut_to_four_times_the_rate_and_strangers_take_nothing)
{
    open_source(ST_MEDIA_SOURCE_IP);
    unsigned room = count_room(false, 0, 20, 500000);
    ck_assert_uint_ge(room, 4000);
    ck_assert_uint_le(room, 4000 + 201);
    ck_assert_uint_eq(count_room(true, 0, 20 * MS, 500), 500);
}
END_TEST

START_TEST(shorter_packets_than_were_announced_are_no_flood)
{
    struct st_media_source signalled = {.mode = ST_MEDIA_SOURCE_OPEN};
    source_init(&source, &signalled, 60);
    ck_assert_uint_eq(count_room(true, 0, 10 * MS, 5000), 5000);
    source_init(&source, &signalled, 2);
    ck_assert_uint_eq(count_room(true, 0, 2 * MS, 5000), 5000);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, strict_is_one_address_and_port);
    tcase_add_test(tcase, ip_is_one_address);
    tcase_add_test(tcase, learn_locks_and_signalling_opens_again);
    tcase_add_test(tcase, open_is_anybody);
    tcase_add_test(tcase, what_comes_at_its_rate_has_room);
    tcase_add_test(tcase, a_flood_is_cut_to_four_times_the_rate_and_strangers_take_nothing);
    tcase_add_test(tcase, shorter_packets_than_were_announced_are_no_flood);
    return run_case("source", tcase);
}
