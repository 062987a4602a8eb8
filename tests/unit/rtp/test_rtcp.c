#include "sidetone/rtp_receiver.h"
#include "sidetone/rtp_rtcp.h"

#include "run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A sender report with one block, a description, an unknown packet (XR) and a BYE. */
static const uint8_t compound[] = {
    0x81, 200,  0,    12,   0x11, 0x22, 0x33, 0x44, 0xe0, 0,    0,    1,    0x80, 0,    0,    0,
    0,    0,    0x1f, 0x40, 0,    0,    0,    50,   0,    0,    0x1f, 0x40, 0x55, 0x66, 0x77, 0x88,
    0x40, 0xff, 0xff, 0xfe, 0,    1,    0,    7,    0,    0,    0,    9,    1,    2,    3,    4,
    0,    1,    0,    0,    0x81, 202,  0,    4,    0x11, 0x22, 0x33, 0x44, 6,    1,    'x',  1,
    3,    'a',  '@',  'b',  0,    0,    0,    0,    0x80, 207,  0,    2,    1,    2,    3,    4,
    5,    6,    7,    8,    0x82, 203,  0,    2,    0x99, 0,    0,    0,    0x11, 0x22, 0x33, 0x44,
};
enum { SR_BYTES = 52, SDES_BYTES = 20, XR_BYTES = 12, BYE_BYTES = 12 };

static int open_exactly(const uint8_t *data, size_t bytes)
{
    uint8_t *copy = malloc(bytes ? bytes : 1);
    struct st_rtp_rtcp_walk walk;
    struct st_rtp_rtcp_packet packet;
    memcpy(copy, data, bytes);
    int err = st_rtp_rtcp_open(&walk, copy, bytes), packets = 0;
    while (!err && st_rtp_rtcp_next(&walk, &packet)) {
        packets++;
        ck_assert(packet.body + packet.bytes <= copy + bytes);
        for (unsigned i = 0; packet.type <= 201 && packet.type >= 200 && i < packet.count; i++)
            st_rtp_rtcp_block(&packet, i);
        ck_assert(!st_rtp_rtcp_ends(&packet, 0xabcdef01));
    }
    free(copy);
    return err ? err : packets;
}

START_TEST(every_packet_of_a_compound_is_read)
{
    struct st_rtp_rtcp_walk walk;
    struct st_rtp_rtcp_packet packet;
    ck_assert_int_eq(st_rtp_rtcp_open(&walk, compound, sizeof(compound)), 0);
    ck_assert(st_rtp_rtcp_next(&walk, &packet));
    ck_assert_uint_eq(packet.type, ST_RTP_RTCP_SR);
    ck_assert_uint_eq(packet.ssrc, 0x11223344);
    ck_assert_uint_eq(packet.ntp, 0xe000000180000000);
    ck_assert_uint_eq(packet.timestamp, 8000);
    ck_assert_uint_eq(packet.packets, 50);
    ck_assert_uint_eq(packet.octets, 8000);
    struct st_rtp_rtcp_block block = st_rtp_rtcp_block(&packet, 0);
    ck_assert_uint_eq(block.ssrc, 0x55667788);
    ck_assert_uint_eq(block.fraction_lost, 0x40);
    ck_assert_int_eq(block.lost, -2);
    ck_assert_uint_eq(block.highest, 0x10007);
    ck_assert_uint_eq(block.jitter_ticks, 9);
    ck_assert_uint_eq(block.last_sr, 0x01020304);
    ck_assert_uint_eq(block.delay, 65536);
    ck_assert(st_rtp_rtcp_next(&walk, &packet));
    ck_assert_uint_eq(packet.type, ST_RTP_RTCP_SDES);
    ck_assert_uint_eq(packet.cname_bytes, 3);
    ck_assert_mem_eq(packet.cname, "a@b", 3);
    ck_assert(st_rtp_rtcp_next(&walk, &packet));
    ck_assert_uint_eq(packet.type, 207);
    ck_assert(!st_rtp_rtcp_ends(&packet, 0x01020304));
    ck_assert(st_rtp_rtcp_next(&walk, &packet));
    ck_assert_uint_eq(packet.type, ST_RTP_RTCP_BYE);
    ck_assert(st_rtp_rtcp_ends(&packet, 0x11223344));
    ck_assert(!st_rtp_rtcp_ends(&packet, 0x11223345));
    ck_assert(!st_rtp_rtcp_next(&walk, &packet));
}
END_TEST

START_TEST(a_cut_compound_is_refused_but_between_packets)
{
    static const size_t ends[] = {SR_BYTES, SR_BYTES + SDES_BYTES, SR_BYTES + SDES_BYTES + XR_BYTES,
                                  sizeof(compound)};
    for (size_t cut = 0; cut <= sizeof(compound); cut++) {
        int expected = -EBADMSG;
        for (int i = 0; i < 4; i++)
            expected = cut == ends[i] ? i + 1 : expected;
        ck_assert_int_eq(open_exactly(compound, cut), expected);
    }
}
END_TEST

/* RFC 5506: without a report before it. */
START_TEST(each_packet_may_come_alone)
{
    static const size_t sizes[] = {SR_BYTES, SDES_BYTES, XR_BYTES, BYE_BYTES};
    size_t at = 0;
    for (int i = 0; i < 4; at += sizes[i++])
        ck_assert_int_eq(open_exactly(compound + at, sizes[i]), 1);
    ck_assert_uint_eq(at, sizeof(compound));
}
END_TEST

START_TEST(lengths_counts_and_versions_are_checked)
{
    static const uint16_t lengths[] = {0, 1, 11, 12, 13, 0xffff};
    uint8_t data[SR_BYTES];
    for (size_t i = 0; i < 6; i++) {
        memcpy(data, compound, sizeof(data));
        data[2] = (uint8_t)(lengths[i] >> 8);
        data[3] = (uint8_t)lengths[i];
        ck_assert_int_eq(open_exactly(data, sizeof(data)), lengths[i] == 12 ? 1 : -EBADMSG);
    }
    for (unsigned count = 0; count < 32; count++) {
        memcpy(data, compound, sizeof(data));
        data[0] = (uint8_t)(0x80 | count);
        ck_assert_int_eq(open_exactly(data, sizeof(data)), count <= 1 ? 1 : -EBADMSG);
        data[1] = ST_RTP_RTCP_RR;
        ck_assert_int_eq(open_exactly(data, sizeof(data)), count <= 1 ? 1 : -EBADMSG);
        data[1] = ST_RTP_RTCP_BYE;
        ck_assert_int_eq(open_exactly(data, sizeof(data)), count <= 12 ? 1 : -EBADMSG);
    }
    for (unsigned version = 0; version < 4; version++) {
        memcpy(data, compound, sizeof(data));
        data[0] = (uint8_t)(version << 6 | 1);
        ck_assert_int_eq(open_exactly(data, sizeof(data)), version == 2 ? 1 : -EBADMSG);
    }
}
END_TEST

START_TEST(items_of_a_description_must_fit)
{
    static const uint8_t lengths[] = {0, 1, 2, 3, 5, 6, 7, 255};
    for (size_t i = 0; i < sizeof(lengths); i++) {
        uint8_t data[16] = {0x81, 202, 0, 3, 1, 2, 3, 4, 1, lengths[i]};
        ck_assert_int_eq(open_exactly(data, sizeof(data)), lengths[i] <= 5 ? 1 : -EBADMSG);
    }
    static const uint8_t endless[] = {0x81, 202, 0, 2, 1, 2, 3, 4, 1, 2, 'a', 'b'};
    static const uint8_t empty[] = {0x80, 202, 0, 0};
    static const uint8_t no_chunk[] = {0x81, 202, 0, 0};
    ck_assert_int_eq(open_exactly(endless, sizeof(endless)), -EBADMSG);
    ck_assert_int_eq(open_exactly(empty, sizeof(empty)), 1);
    ck_assert_int_eq(open_exactly(no_chunk, sizeof(no_chunk)), -EBADMSG);
}
END_TEST

START_TEST(padding_is_for_the_last_packet_only)
{
    static const uint8_t paddings[] = {0, 1, 4, 7, 8, 9, 12, 255};
    uint8_t data[8 + 12] = {0x80, 201, 0, 1, 9, 9, 9, 9, 0xa0, 207, 0, 2};
    for (size_t i = 0; i < sizeof(paddings); i++) {
        data[sizeof(data) - 1] = paddings[i];
        int expected = paddings[i] == 4 || paddings[i] == 8 ? 2 : -EBADMSG;
        ck_assert_int_eq(open_exactly(data, sizeof(data)), expected);
    }
    data[sizeof(data) - 1] = 4;
    data[0] |= 0x20;
    ck_assert_int_eq(open_exactly(data, sizeof(data)), -EBADMSG);
    uint8_t bare[] = {0xa0, 207, 0, 0};
    ck_assert_int_eq(open_exactly(bare, sizeof(bare)), -EBADMSG);
}
END_TEST

START_TEST(a_padded_report_does_not_lend_its_padding_to_blocks)
{
    uint8_t data[SR_BYTES];
    memcpy(data, compound, sizeof(data));
    data[0] |= 0x20;
    data[SR_BYTES - 1] = 4;
    ck_assert_int_eq(open_exactly(data, sizeof(data)), -EBADMSG);
}
END_TEST

START_TEST(what_is_written_is_read_back)
{
    char cname[ST_RTP_RTCP_CNAME_MAX + 1];
    struct st_rtp_rtcp_block blocks[ST_RTP_RTCP_BLOCKS_MAX];
    uint8_t out[2048];
    for (unsigned i = 0; i < ST_RTP_RTCP_BLOCKS_MAX; i++)
        blocks[i] =
            (struct st_rtp_rtcp_block){i, (uint8_t)i, (int32_t)i - 20, i * 3, i * 5, i * 7, i * 11};
    for (unsigned n = 0; n <= ST_RTP_RTCP_CNAME_MAX; n++) {
        memset(cname, 'n', n);
        cname[n] = 0;
        struct st_rtp_rtcp_report report = {
            .ssrc = 77, .cname = cname, .blocks = blocks, .count = n % 32, .is_last = n % 2};
        ssize_t bytes = st_rtp_rtcp_write(&report, out, sizeof(out));
        ck_assert_int_gt(bytes, 0);
        ck_assert_int_eq(bytes % 4, 0);
        ck_assert_int_eq(open_exactly(out, (size_t)bytes), 2 + n % 2);
        ck_assert_int_eq(st_rtp_rtcp_write(&report, out, (size_t)bytes), bytes);
        ck_assert_int_eq(st_rtp_rtcp_write(&report, out, (size_t)bytes - 1), -ENOBUFS);
        struct st_rtp_rtcp_walk walk;
        struct st_rtp_rtcp_packet packet;
        st_rtp_rtcp_open(&walk, out, (size_t)bytes);
        st_rtp_rtcp_next(&walk, &packet);
        ck_assert_uint_eq(packet.ssrc, 77);
        for (unsigned i = 0; i < n % 32; i++) {
            struct st_rtp_rtcp_block block = st_rtp_rtcp_block(&packet, i);
            ck_assert_int_eq(block.lost, blocks[i].lost);
            ck_assert_uint_eq(block.delay, blocks[i].delay);
        }
        st_rtp_rtcp_next(&walk, &packet);
        ck_assert_uint_eq(packet.cname_bytes, n);
        ck_assert_mem_eq(packet.cname, cname, n);
    }
}
END_TEST

START_TEST(too_much_to_write_is_refused)
{
    char cname[ST_RTP_RTCP_CNAME_MAX + 2];
    uint8_t out[2048];
    memset(cname, 'n', sizeof(cname));
    cname[sizeof(cname) - 1] = 0;
    struct st_rtp_rtcp_report report = {.cname = cname};
    ck_assert_int_eq(st_rtp_rtcp_write(&report, out, sizeof(out)), -EINVAL);
    report = (struct st_rtp_rtcp_report){.cname = "", .count = ST_RTP_RTCP_BLOCKS_MAX + 1};
    ck_assert_int_eq(st_rtp_rtcp_write(&report, out, sizeof(out)), -EINVAL);
}
END_TEST

START_TEST(a_reception_is_described)
{
    struct st_rtp_reception reception = {5, 6, -7, 8, 9};
    struct st_rtp_rtcp_block block = st_rtp_rtcp_describe(&reception, 0x1122334455667788, 1500000);
    ck_assert_uint_eq(block.ssrc, 5);
    ck_assert_int_eq(block.lost, -7);
    ck_assert_uint_eq(block.last_sr, 0x33445566);
    ck_assert_uint_eq(block.delay, 98304);
    block = st_rtp_rtcp_describe(&reception, 0, 1500000);
    ck_assert_uint_eq(block.last_sr + block.delay, 0);
    ck_assert_uint_eq(st_rtp_rtcp_describe(&reception, 1, INT64_MAX).delay, UINT32_MAX);
    ck_assert_uint_eq(st_rtp_rtcp_describe(&reception, 1, INT64_MIN).delay, 0);
}
END_TEST

START_TEST(sender_time_is_told_since_1970)
{
    ck_assert_int_eq(st_rtp_rtcp_unix_us(UINT64_C(2208988801) << 32 | 0x80000000), 1500000);
    ck_assert_int_eq(st_rtp_rtcp_unix_us(0), 0);
    ck_assert_int_gt(st_rtp_rtcp_unix_us(UINT64_MAX), 0);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, every_packet_of_a_compound_is_read);
    tcase_add_test(tcase, a_cut_compound_is_refused_but_between_packets);
    tcase_add_test(tcase, each_packet_may_come_alone);
    tcase_add_test(tcase, lengths_counts_and_versions_are_checked);
    tcase_add_test(tcase, items_of_a_description_must_fit);
    tcase_add_test(tcase, padding_is_for_the_last_packet_only);
    tcase_add_test(tcase, a_padded_report_does_not_lend_its_padding_to_blocks);
    tcase_add_test(tcase, what_is_written_is_read_back);
    tcase_add_test(tcase, too_much_to_write_is_refused);
    tcase_add_test(tcase, a_reception_is_described);
    tcase_add_test(tcase, sender_time_is_told_since_1970);
    return run_case("rtcp", tcase);
}
