#include "sidetone/rtp_dtmf.h"
#include "sidetone/rtp_packet.h"

#include "run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { STEP = 160, STEP_US = 20000, SSRC = 0x1234 };

static struct st_rtp_dtmf dtmf;
static char heard[1000];
static size_t heard_count;
static int64_t now_us;
static uint32_t timestamp;

static void setup(void)
{
    st_rtp_dtmf_init(&dtmf, 8000);
    heard_count = 0;
    now_us = 5000000;
    timestamp = UINT32_MAX - 400;
}

static void put_of(uint32_t ssrc, unsigned event, uint32_t at, bool is_end, unsigned duration)
{
    uint8_t payload[4] = {(uint8_t)event, (uint8_t)(is_end ? 0x8a : 0x0a), (uint8_t)(duration >> 8),
                          (uint8_t)duration};
    struct st_rtp_packet packet = {.ssrc = ssrc, .timestamp = at, .payload = payload, .bytes = 4};
    char digits[ST_RTP_DTMF_DIGITS_MAX];
    int count = st_rtp_dtmf_put(&dtmf, &packet, now_us, digits);
    ck_assert_int_ge(count, 0);
    for (int i = 0; i < count && heard_count < sizeof(heard) - 1; i++)
        heard[heard_count++] = digits[i];
    heard[heard_count] = 0;
}

static void put(unsigned event, uint32_t at, bool is_end, unsigned duration)
{
    put_of(SSRC, event, at, is_end, duration);
    now_us += STEP_US;
}

static void pass_us(int64_t us)
{
    now_us += us;
    timestamp += (uint32_t)(us / 125);
}

/* A press as the standard has it: 100 ms, the end three times. `lost`: a bit for each packet. */
static void press_losing(unsigned event, unsigned lost)
{
    for (unsigned i = 1; i <= 7; i++) {
        if (lost >> i & 1)
            now_us += STEP_US;
        else
            put(event, timestamp, i >= 5, (i < 5 ? i : 5) * STEP);
    }
    timestamp += 7 * STEP;
}

static void expect(const char *digits)
{
    heard[heard_count] = 0;
    ck_assert_str_eq(heard, digits);
}

START_TEST(each_key_is_heard_once)
{
    for (unsigned event = 0; event < 16; event++) {
        press_losing(event, 0);
        pass_us(60000);
    }
    expect("0123456789*#ABCD");
}
END_TEST

START_TEST(one_key_pressed_again_is_heard_again)
{
    for (int i = 0; i < 5; i++) {
        press_losing(7, 0);
        pass_us(i * 10000);
    }
    expect("77777");
}
END_TEST

/* As beside Opus: six times as many ticks. The first press has lost its end. */
START_TEST(a_faster_clock_has_the_same_presses)
{
    st_rtp_dtmf_init(&dtmf, 48000);
    for (unsigned press = 0; press < 3; press++) {
        for (unsigned i = 1; i <= 7; i++)
            if (press > 0 || i < 5)
                put(3, timestamp, i >= 5, (i < 5 ? i : 5) * 6 * STEP);
        now_us += 50000;
        timestamp += (press > 0 ? 5 : 4) * 6 * STEP + 48 * 50;
    }
    expect("333");
    for (unsigned i = 0; i < 20; i++) /* a timestamp that runs within the event */
        put(6, timestamp + i * 6 * STEP, i == 19, 6 * STEP);
    expect("3336");
}
END_TEST

START_TEST(any_packets_may_be_lost_but_all)
{
    /* Two presses of one key, 50 ms apart; every pattern of loss that leaves one of each. */
    for (unsigned lost = 0; lost < 127; lost++) {
        setup();
        press_losing(3, lost << 1);
        pass_us(50000);
        press_losing(3, (lost * 37 % 127) << 1);
        pass_us(1000000);
        press_losing(4, 0);
        ck_assert_msg(heard_count == 3, "loss %x: %s", lost, heard);
    }
}
END_TEST

START_TEST(order_and_doubles_do_not_matter)
{
    static const unsigned order[] = {5, 1, 3, 2, 5, 5, 4, 1, 1, 6, 7, 5};
    for (int press = 0; press < 3; press++) {
        for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++)
            put(5, timestamp, order[i] >= 5, order[i] * STEP);
        pass_us(400000);
    }
    expect("555");
}
END_TEST

START_TEST(late_packets_of_earlier_keys_are_known)
{
    uint32_t first = timestamp;
    press_losing(1, 0);
    pass_us(60000);
    press_losing(2, 0);
    put(1, first, true, 800);
    put(1, first, false, 640);
    pass_us(60000);
    press_losing(1, 0);
    expect("121");
}
END_TEST

START_TEST(durations_are_not_trusted)
{
    static const unsigned durations[] = {0, 0, 65535, 3, 160, 0};
    for (int i = 0; i < 6; i++)
        put(9, timestamp, i == 5, durations[i]);
    pass_us(9000000);
    for (int i = 0; i < 6; i++)
        put(9, timestamp, false, 0);
    expect("99");
}
END_TEST

START_TEST(a_timestamp_that_runs_within_the_event_is_one_press)
{
    for (unsigned i = 0; i < 10; i++)
        put(6, timestamp + i * STEP, i == 9, (i + 1) * STEP);
    expect("6");
}
END_TEST

START_TEST(an_end_with_an_altered_timestamp_is_no_press)
{
    for (unsigned i = 1; i < 5; i++)
        put(8, timestamp, false, i * STEP);
    put(8, timestamp, true, 800);
    put(8, timestamp + 800, true, 800);
    put(8, timestamp + 960, true, 960);
    pass_us(300000);
    press_losing(8, 0);
    expect("88");
}
END_TEST

START_TEST(an_end_with_a_timestamp_of_another_time_is_no_press)
{
    static const uint32_t off[] = {2000, 80000, 1u << 31, 0u - 4000};
    for (int k = 0; k < 4; k++) {
        for (unsigned i = 1; i < 5; i++)
            put(8, timestamp, false, i * STEP);
        for (unsigned i = 0; i < 3; i++)
            put(8, timestamp + off[k], true, 800);
        pass_us(300000);
    }
    expect("8888");
}
END_TEST

START_TEST(a_timestamp_that_never_changes_names_no_press)
{
    for (int press = 0; press < 3; press++) {
        for (unsigned i = 1; i <= 7; i++)
            put(5, 4711, i >= 5, i * STEP);
        now_us += 1200000;
    }
    expect("555");
    /* One that is held down is one press, however long. */
    for (unsigned i = 1; i <= 400; i++)
        put(6, 4711, i == 400, i * STEP);
    expect("5556");
}
END_TEST

START_TEST(an_event_longer_than_its_field_is_one_press)
{
    for (unsigned segment = 0; segment < 3; segment++) {
        for (unsigned duration = STEP; duration < 65535; duration += STEP)
            put(0, timestamp, false, duration);
        put(0, timestamp, segment == 2, 65535);
        timestamp += 65535;
    }
    expect("0");
}
END_TEST

START_TEST(two_presses_read_at_once_are_two)
{
    /* The loop stalled: all packets carry one time of arrival. */
    for (int press = 0; press < 2; press++) {
        for (unsigned i = 1; i <= 4; i++)
            put_of(SSRC, 2, timestamp, false, i * STEP);
        timestamp += 4 * STEP + 480;
    }
    expect("22");
}
END_TEST

START_TEST(sources_do_not_share_presses)
{
    put_of(SSRC, 4, timestamp, false, STEP);
    put_of(SSRC + 1, 4, timestamp, false, STEP);
    expect("44");
}
END_TEST

START_TEST(several_events_of_one_packet_are_heard)
{
    static const uint8_t payload[] = {1, 0x80, 3, 32, 2, 0x80, 3, 32, 3, 0, 0, 160, 9};
    struct st_rtp_packet packet = {.timestamp = 7, .payload = payload, .bytes = sizeof(payload)};
    char digits[ST_RTP_DTMF_DIGITS_MAX];
    ck_assert_int_eq(st_rtp_dtmf_put(&dtmf, &packet, now_us, digits), 3);
    ck_assert_mem_eq(digits, "123", 3);
    ck_assert_int_eq(st_rtp_dtmf_put(&dtmf, &packet, now_us, digits), 0);
}
END_TEST

START_TEST(other_events_are_no_digits)
{
    for (unsigned event = 16; event < 256; event++)
        put(event, timestamp, false, STEP);
    expect("");
    ck_assert_uint_eq(dtmf.others, 240);
}
END_TEST

START_TEST(short_payloads_are_refused)
{
    char digits[ST_RTP_DTMF_DIGITS_MAX];
    for (size_t bytes = 0; bytes < 24; bytes++) {
        uint8_t *payload = calloc(1, bytes ? bytes : 1);
        struct st_rtp_packet packet = {.payload = payload, .bytes = bytes, .timestamp = 1};
        int count = st_rtp_dtmf_put(&dtmf, &packet, now_us, digits);
        ck_assert_int_eq(count, bytes < 4 ? -EBADMSG : bytes == 4);
        free(payload);
    }
    ck_assert_uint_eq(dtmf.broken, 4);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_test(tcase, each_key_is_heard_once);
    tcase_add_test(tcase, one_key_pressed_again_is_heard_again);
    tcase_add_test(tcase, a_faster_clock_has_the_same_presses);
    tcase_add_test(tcase, any_packets_may_be_lost_but_all);
    tcase_add_test(tcase, order_and_doubles_do_not_matter);
    tcase_add_test(tcase, late_packets_of_earlier_keys_are_known);
    tcase_add_test(tcase, durations_are_not_trusted);
    tcase_add_test(tcase, a_timestamp_that_runs_within_the_event_is_one_press);
    tcase_add_test(tcase, an_end_with_an_altered_timestamp_is_no_press);
    tcase_add_test(tcase, an_end_with_a_timestamp_of_another_time_is_no_press);
    tcase_add_test(tcase, a_timestamp_that_never_changes_names_no_press);
    tcase_add_test(tcase, an_event_longer_than_its_field_is_one_press);
    tcase_add_test(tcase, two_presses_read_at_once_are_two);
    tcase_add_test(tcase, sources_do_not_share_presses);
    tcase_add_test(tcase, several_events_of_one_packet_are_heard);
    tcase_add_test(tcase, other_events_are_no_digits);
    tcase_add_test(tcase, short_payloads_are_refused);
    return run_case("dtmf", tcase);
}
