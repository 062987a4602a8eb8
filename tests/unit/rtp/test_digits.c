#include "digits.h"
#include "run.h"

#include "sidetone/rtp_packet.h"

#include <string.h>

enum { MS = 1000, TICKS_PER_MS = 8, S = 1000000 };

static struct digits digits;
static struct st_rtp_digit told[16];
static unsigned count;
static int64_t now_us;

static void on_told(void *user, const struct st_rtp_digit *digit)
{
    ck_assert_uint_lt(count, 16);
    told[count++] = *digit;
}

static void reset(void)
{
    digits = (struct digits){.told = on_told};
    count = 0;
    now_us = 100 * (int64_t)S;
}

/* A packet of the event that began at that media time and has lasted so long. */
static void put(uint8_t event, int64_t start_ms, unsigned lasted_ms, bool is_end)
{
    unsigned ticks = lasted_ms * TICKS_PER_MS;
    uint8_t payload[] = {event, is_end ? 0x8a : 0x0a, (uint8_t)(ticks >> 8), (uint8_t)ticks};
    struct st_rtp_packet packet = {
        101, false, 0, (uint32_t)(start_ms * TICKS_PER_MS), 7, payload, sizeof(payload)};
    digits_put(&digits, &packet, 8000, start_ms * MS, now_us);
    now_us += 20 * MS;
    digits_tick(&digits, now_us);
}

static void press(uint8_t event, int64_t start_ms, unsigned packets, unsigned ends)
{
    for (unsigned i = 1; i <= packets; i++)
        put(event, start_ms, i * 20, false);
    for (unsigned i = 0; i < ends; i++)
        put(event, start_ms, packets * 20 + 20, true);
}

static void expect(unsigned i, char key, int64_t start_ms, int64_t duration_ms)
{
    ck_assert_uint_gt(count, i);
    ck_assert_int_eq(told[i].key, key);
    ck_assert_int_eq(told[i].position_us, start_ms * MS);
    ck_assert_int_eq(told[i].duration_us, duration_ms * MS);
}

START_TEST(a_digit_is_told_once_at_its_end)
{
    reset();
    press(5, 1000, 4, 0);
    ck_assert_uint_eq(count, 0);
    press(5, 1000, 4, 3);
    ck_assert_uint_eq(count, 1);
    expect(0, '5', 1000, 100);
    press(11, 2000, 2, 3);
    ck_assert_uint_eq(count, 2);
    expect(1, '#', 2000, 60);
    digits_flush(&digits);
    ck_assert_uint_eq(count, 2);
}
END_TEST

START_TEST(without_an_end_it_ends_when_it_is_gone)
{
    reset();
    press(1, 1000, 4, 0);
    now_us += 150 * MS;
    digits_tick(&digits, now_us);
    ck_assert_uint_eq(count, 0);
    now_us += 60 * MS;
    digits_tick(&digits, now_us);
    expect(0, '1', 1000, 80);
    digits_tick(&digits, now_us + S);
    ck_assert_uint_eq(count, 1);
}
END_TEST

START_TEST(without_an_end_it_ends_when_the_next_begins_or_the_stream)
{
    reset();
    press(1, 1000, 4, 0);
    press(2, 1200, 2, 0);
    ck_assert_uint_eq(count, 1);
    expect(0, '1', 1000, 80);
    digits_flush(&digits);
    ck_assert_uint_eq(count, 2);
    expect(1, '2', 1200, 40);
}
END_TEST

START_TEST(digits_of_one_packet_keep_their_order)
{
    uint8_t payload[16];
    struct st_rtp_packet packet = {101, false, 0, 8000, 7, payload, sizeof(payload)};
    reset();
    press(9, 500, 3, 0);
    for (uint8_t i = 0; i < 4; i++)
        memcpy(payload + 4 * i, (uint8_t[]){i, 0x8a, 0, 160}, 4);
    digits_put(&digits, &packet, 8000, 1000 * MS, now_us);
    ck_assert_uint_eq(count, 5);
    ck_assert_int_eq(told[0].key, '9');
    for (unsigned i = 0; i < 4; i++) {
        ck_assert_int_eq(told[1 + i].key, '0' + (char)i);
        ck_assert_int_eq(told[1 + i].duration_us, 20 * MS);
    }
}
END_TEST

START_TEST(a_duration_that_cannot_be_is_cut)
{
    reset();
    put(3, 1000, 20, false);
    for (unsigned i = 0; i < 200; i++) { /* within a second, hours */
        uint8_t payload[] = {3, 0x0a, 0xff, 0xff};
        struct st_rtp_packet packet = {
            101, false, 0, 1000 * TICKS_PER_MS + i * 60000, 7, payload, sizeof(payload)};
        digits_put(&digits, &packet, 8000, 1000 * MS, now_us += 5 * MS);
    }
    digits_flush(&digits);
    for (unsigned i = 0; i < count; i++) {
        ck_assert_int_ge(told[i].duration_us, 0);
        ck_assert_int_le(told[i].duration_us, 10 * S);
    }
}
END_TEST

START_TEST(broken_packets_and_other_events_tell_nothing)
{
    struct st_rtp_packet packet = {101, false, 0, 8000, 7, (const uint8_t *)"\5", 1};
    reset();
    digits_put(&digits, &packet, 8000, 0, now_us);
    put(66, 1000, 20, true); /* modem tones */
    digits_tick(&digits, now_us + S);
    digits_flush(&digits);
    ck_assert_uint_eq(count, 0);
    digits.told = NULL;
    press(5, 2000, 4, 3);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        a_digit_is_told_once_at_its_end,
        without_an_end_it_ends_when_it_is_gone,
        without_an_end_it_ends_when_the_next_begins_or_the_stream,
        digits_of_one_packet_keep_their_order,
        a_duration_that_cannot_be_is_cut,
        broken_packets_and_other_events_tell_nothing,
    };
    return run_tests("digits", tests, sizeof(tests) / sizeof(tests[0]));
}
