#include "run.h"

#include "sidetone/rtp_dtmf.h"
#include "sidetone/rtp_packet.h"
#include "sidetone/rtp_press.h"

#include <errno.h>
#include <string.h>

enum { STEP = 160 };

/* RFC 4733, 5: the digit 9, dialled at 1,600, of 1,600 ticks, in its table of packets of 50 ms. */
START_TEST(a_press_is_sent_as_the_standard_shows)
{
    static const struct {
        uint8_t payload[ST_RTP_PRESS_BYTES];
        bool has_marker;
    } expected[] = {
        {{9, 10, 400 >> 8, 400 & 255}, true},      {{9, 10, 800 >> 8, 800 & 255}, false},
        {{9, 10, 1200 >> 8, 1200 & 255}, false},   {{9, 0x8a, 1600 >> 8, 1600 & 255}, false},
        {{9, 0x8a, 1600 >> 8, 1600 & 255}, false}, {{9, 0x8a, 1600 >> 8, 1600 & 255}, false},
    };
    struct st_rtp_press press;
    struct st_rtp_press_packet packet;
    ck_assert_int_eq(st_rtp_press_begin(&press, '9', 1600), 0);
    for (size_t i = 0; i < sizeof(expected) / sizeof(*expected); i++) {
        ck_assert_int_eq(st_rtp_press_is_ending(&press), i > 3);
        ck_assert(st_rtp_press_next(&press, 400, &packet));
        ck_assert_mem_eq(packet.payload, expected[i].payload, ST_RTP_PRESS_BYTES);
        ck_assert_int_eq(packet.has_marker, expected[i].has_marker);
        ck_assert_uint_eq(packet.segment, 0);
    }
    ck_assert(!st_rtp_press_next(&press, 400, &packet));
    ck_assert(!st_rtp_press_is_ending(&press));
}
END_TEST

/* Returns packets; `heard` gets the digits. */
static unsigned hear(char digit, uint32_t ticks, uint32_t step, unsigned lost, char *heard)
{
    struct st_rtp_press press;
    struct st_rtp_press_packet said;
    struct st_rtp_dtmf dtmf;
    unsigned packets = 0, count = 0;
    int64_t now_us = 1000000;
    st_rtp_dtmf_init(&dtmf, 8000);
    ck_assert_int_eq(st_rtp_press_begin(&press, digit, ticks), 0);
    while (st_rtp_press_next(&press, step, &said)) {
        struct st_rtp_packet packet = {.has_marker = said.has_marker,
                                       .timestamp = UINT32_MAX - 500 + said.segment,
                                       .ssrc = 7,
                                       .payload = said.payload,
                                       .bytes = ST_RTP_PRESS_BYTES};
        char digits[ST_RTP_DTMF_DIGITS_MAX];
        bool is_lost = packets < 32 && lost >> packets & 1;
        int n = is_lost ? 0 : st_rtp_dtmf_put(&dtmf, &packet, now_us, digits);
        ck_assert_int_ge(n, 0);
        for (int i = 0; i < n; i++)
            heard[count++] = digits[i];
        now_us += 20000;
        packets++;
    }
    heard[count] = '\0';
    return packets;
}

START_TEST(every_key_is_heard_once)
{
    char heard[32], expected[2] = "";
    for (const char *at = "0123456789*#ABCD"; *at; at++) {
        expected[0] = *at;
        ck_assert_uint_eq(hear(*at, 5 * STEP, STEP, 0, heard), 5 + 2);
        ck_assert_str_eq(heard, expected);
    }
}
END_TEST

START_TEST(one_of_its_packets_is_enough)
{
    char heard[32];
    for (unsigned kept = 0; kept < 7; kept++) {
        hear('5', 5 * STEP, STEP, ~(1u << kept), heard);
        ck_assert_str_eq(heard, "5");
    }
}
END_TEST

START_TEST(a_long_press_is_sent_in_segments)
{
    char heard[32];
    struct st_rtp_press press;
    struct st_rtp_press_packet packet;
    uint32_t segment = 0, segments = 1;
    hear('#', 200000, STEP, 0, heard);
    ck_assert_str_eq(heard, "#");
    st_rtp_press_begin(&press, '#', 200000);
    while (st_rtp_press_next(&press, STEP, &packet)) {
        ck_assert(packet.segment == segment || packet.segment == segment + 65535);
        segments += packet.segment != segment;
        segment = packet.segment;
    }
    ck_assert_uint_eq(segments, 4);
}
END_TEST

START_TEST(other_characters_are_no_keys)
{
    struct st_rtp_press press;
    for (int c = 0; c < 256; c++) {
        bool is_key = c && strchr("0123456789*#ABCD", c);
        ck_assert_int_eq(st_rtp_press_begin(&press, (char)c, 800), is_key ? 0 : -EINVAL);
    }
    ck_assert_int_eq(st_rtp_press_begin(&press, '1', 0), -EINVAL);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {a_press_is_sent_as_the_standard_shows, every_key_is_heard_once,
                            one_of_its_packets_is_enough, a_long_press_is_sent_in_segments,
                            other_characters_are_no_keys};
    return run_tests("press", tests, sizeof(tests) / sizeof(*tests));
}
