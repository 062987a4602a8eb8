#include "sidetone/rtp_packet.h"

#include "run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Two contributors, an extension of one word, payload "abcd", padding of three. */
static const uint8_t full[] = {0xb2, 0x80 | 96, 0xff, 0xfe, 1,   2,   3,   4,   9,    8,    7, 6,
                               0,    0,         0,    1,    0,   0,   0,   2,   0xbe, 0xde, 0, 1,
                               5,    5,         5,    5,    'a', 'b', 'c', 'd', 0,    0,    3};
enum { LENGTH_AT = 22, PAYLOAD_AT = 28 };

/* From memory of exactly the size, so that a sanitizer sees a read past it. */
static int parse_exactly(struct st_rtp_packet *packet, const uint8_t *data, size_t bytes)
{
    uint8_t *copy = malloc(bytes ? bytes : 1);
    memcpy(copy, data, bytes);
    int err = st_rtp_packet_parse(packet, copy, bytes);
    ck_assert(err || bytes == 0 ||
              (packet->payload >= copy && packet->payload + packet->bytes <= copy + bytes));
    free(copy);
    return err;
}

START_TEST(every_field_is_read)
{
    struct st_rtp_packet packet;
    ck_assert_int_eq(st_rtp_packet_parse(&packet, full, sizeof(full)), 0);
    ck_assert_uint_eq(packet.payload_type, 96);
    ck_assert(packet.has_marker);
    ck_assert_uint_eq(packet.sequence, 0xfffe);
    ck_assert_uint_eq(packet.timestamp, 0x01020304);
    ck_assert_uint_eq(packet.ssrc, 0x09080706);
    ck_assert_uint_eq(packet.bytes, 4);
    ck_assert_mem_eq(packet.payload, "abcd", 4);
}
END_TEST

START_TEST(a_cut_datagram_is_refused)
{
    struct st_rtp_packet packet;
    uint8_t data[sizeof(full)];
    memcpy(data, full, sizeof(full));
    data[0] &= (uint8_t)~0x20;
    for (size_t cut = 0; cut < PAYLOAD_AT; cut++)
        ck_assert_int_eq(parse_exactly(&packet, data, cut), -EBADMSG);
    ck_assert_int_eq(parse_exactly(&packet, data, PAYLOAD_AT), 0);
    ck_assert_uint_eq(packet.bytes, 0);
}
END_TEST

START_TEST(only_version_two_is_taken)
{
    struct st_rtp_packet packet;
    uint8_t data[sizeof(full)];
    memcpy(data, full, sizeof(full));
    for (unsigned version = 0; version < 4; version++) {
        data[0] = (uint8_t)((full[0] & 0x3f) | version << 6);
        ck_assert_int_eq(parse_exactly(&packet, data, sizeof(data)), version == 2 ? 0 : -EBADMSG);
    }
}
END_TEST

START_TEST(contributors_must_fit)
{
    struct st_rtp_packet packet;
    uint8_t data[12 + 15 * 4] = {0x80};
    for (unsigned count = 0; count < 16; count++) {
        data[0] = (uint8_t)(0x80 | count);
        ck_assert_int_eq(parse_exactly(&packet, data, 12 + count * 4), 0);
        ck_assert_uint_eq(packet.bytes, 0);
        ck_assert_int_eq(parse_exactly(&packet, data, 12 + count * 4 - 1), -EBADMSG);
        if (count < 15) {
            ck_assert_int_eq(parse_exactly(&packet, data, 12 + count * 4 + 1), 0);
            ck_assert_uint_eq(packet.bytes, 1);
        }
    }
}
END_TEST

START_TEST(the_extension_must_fit)
{
    /* 10 words follow the extension's header. */
    static const unsigned words[] = {0, 1, 9, 10, 11, 0xffff};
    struct st_rtp_packet packet;
    uint8_t data[12 + 4 + 40] = {0x90};
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        data[14] = (uint8_t)(words[i] >> 8);
        data[15] = (uint8_t)words[i];
        int err = parse_exactly(&packet, data, sizeof(data));
        ck_assert_int_eq(err, words[i] <= 10 ? 0 : -EBADMSG);
        if (!err)
            ck_assert_uint_eq(packet.bytes, 40 - words[i] * 4);
    }
}
END_TEST

/* One byte for an element's head, two, or what nobody has heard of. */
START_TEST(what_an_extension_holds_does_not_matter)
{
    static const unsigned profiles[] = {0, 0xbede, 0x1000, 0x100f, 0xabcd, 0xffff};
    static const uint8_t elements[][8] = {
        {0x10, 0xaa, 0x20, 0xbb, 0, 0, 0, 0},    /* two elements, and nothing */
        {0x1f, 1, 2, 3, 4, 5, 6, 7},             /* one that would not fit */
        {0xf0, 0xff, 0xff, 0xff, 1, 255, 1, 1}}; /* the reserved one, and a longer one */
    for (size_t i = 0; i < sizeof(profiles) / sizeof(*profiles); i++)
        for (size_t k = 0; k < sizeof(elements) / sizeof(*elements); k++) {
            struct st_rtp_packet packet;
            uint8_t data[12 + 4 + 8 + 2] = {0x90, [15] = 2, [24] = 'a', [25] = 'b'};
            data[12] = (uint8_t)(profiles[i] >> 8);
            data[13] = (uint8_t)profiles[i];
            memcpy(data + 16, elements[k], 8);
            ck_assert_int_eq(parse_exactly(&packet, data, sizeof(data)), 0);
            st_rtp_packet_parse(&packet, data, sizeof(data));
            ck_assert_uint_eq(packet.bytes, 2);
            ck_assert_mem_eq(packet.payload, "ab", 2);
        }
}
END_TEST

START_TEST(padding_must_fit)
{
    static const unsigned paddings[] = {0, 1, 19, 20, 21, 255};
    struct st_rtp_packet packet;
    uint8_t data[12 + 20] = {0xa0};
    for (size_t i = 0; i < sizeof(paddings) / sizeof(*paddings); i++) {
        data[sizeof(data) - 1] = (uint8_t)paddings[i];
        int err = parse_exactly(&packet, data, sizeof(data));
        ck_assert_int_eq(err, paddings[i] > 0 && paddings[i] <= 20 ? 0 : -EBADMSG);
        if (!err)
            ck_assert_uint_eq(packet.bytes, 20 - paddings[i]);
    }
    ck_assert_int_eq(parse_exactly(&packet, data, 12), -EBADMSG);
}
END_TEST

START_TEST(what_is_written_is_read_back)
{
    static const uint8_t payload[160] = {1, 2, 3};
    uint8_t out[172];
    for (unsigned type = 0; type < 128; type += 7) {
        struct st_rtp_packet packet = {(uint8_t)type,
                                       type % 2,
                                       (uint16_t)(type * 517),
                                       type * 33554467,
                                       0xdeadbeef,
                                       payload,
                                       type},
                             back;
        ck_assert_int_eq(st_rtp_packet_write(&packet, out, sizeof(out)), 12 + (int)type);
        ck_assert_int_eq(parse_exactly(&back, out, 12 + type), 0);
        ck_assert_int_eq(st_rtp_packet_parse(&back, out, 12 + type), 0);
        ck_assert_mem_eq(back.payload, payload, type);
        back.payload = payload;
        ck_assert_uint_eq(back.payload_type, packet.payload_type);
        ck_assert_int_eq(back.has_marker, packet.has_marker);
        ck_assert_uint_eq(back.sequence, packet.sequence);
        ck_assert_uint_eq(back.timestamp, packet.timestamp);
        ck_assert_uint_eq(back.ssrc, packet.ssrc);
        ck_assert_uint_eq(back.bytes, packet.bytes);
    }
}
END_TEST

START_TEST(nothing_is_written_beyond_the_room)
{
    static const uint8_t payload[1] = {7};
    struct st_rtp_packet packet = {.payload = payload, .bytes = 1};
    uint8_t out[14] = {[13] = 0x55};
    ck_assert_int_eq(st_rtp_packet_write(&packet, out, 13), 13);
    ck_assert_uint_eq(out[13], 0x55);
    for (size_t room = 0; room < 13; room++)
        ck_assert_int_eq(st_rtp_packet_write(&packet, out, room), -ENOBUFS);
    packet.bytes = SIZE_MAX;
    ck_assert_int_eq(st_rtp_packet_write(&packet, out, 13), -ENOBUFS);
    packet.payload_type = 128;
    ck_assert_int_eq(st_rtp_packet_write(&packet, out, 13), -EINVAL);
}
END_TEST

START_TEST(rtcp_is_told_apart_by_its_type)
{
    uint8_t data[2] = {0x80, 0};
    for (unsigned type = 0; type < 256; type++) {
        data[1] = (uint8_t)type;
        ck_assert_int_eq(st_rtp_packet_is_rtcp(data, 2), type >= 192 && type <= 223);
    }
    data[1] = 200;
    ck_assert(!st_rtp_packet_is_rtcp(data, 1));
    ck_assert(!st_rtp_packet_is_rtcp(data, 0));
    data[0] = 0x40;
    ck_assert(!st_rtp_packet_is_rtcp(data, 2));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, every_field_is_read);
    tcase_add_test(tcase, a_cut_datagram_is_refused);
    tcase_add_test(tcase, only_version_two_is_taken);
    tcase_add_test(tcase, contributors_must_fit);
    tcase_add_test(tcase, the_extension_must_fit);
    tcase_add_test(tcase, what_an_extension_holds_does_not_matter);
    tcase_add_test(tcase, padding_must_fit);
    tcase_add_test(tcase, what_is_written_is_read_back);
    tcase_add_test(tcase, nothing_is_written_beyond_the_room);
    tcase_add_test(tcase, rtcp_is_told_apart_by_its_type);
    return run_case("packet", tcase);
}
