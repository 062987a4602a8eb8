#include "sidetone/pool.h"
#include "sidetone/rtp_reorder.h"

#include "run.h"

#include <errno.h>
#include <string.h>

enum { FRAME_US = 20000, FIRST = 5000, BOUND_US = 80000 };

static struct st_pool *pool;
static struct st_rtp_reorder reorder;
static int64_t now_us;
static uint8_t payload[ST_RTP_REORDER_PAYLOAD_BYTES + 1];

/* What was passed on. */
static uint64_t last_sequence;
static int64_t end_us, audio_us, lost_us, silence_us;
static uint32_t lost_packets, units, calls, splices, refused;

static void on_pass(void *user, const struct st_rtp_gap *gap, const struct st_rtp_unit *unit)
{
    ck_assert_int_eq(gap->position_us, end_us);
    ck_assert_int_ge(gap->lost_us, 0);
    ck_assert_int_ge(gap->silence_us, 0);
    end_us += gap->lost_us + gap->silence_us;
    lost_us += gap->lost_us;
    silence_us += gap->silence_us;
    lost_packets += gap->lost_packets;
    calls++;
    if (!unit)
        return;
    ck_assert_int_eq(unit->position_us, end_us);
    ck_assert_uint_gt(unit->sequence, last_sequence);
    if (unit->bytes >= sizeof(uint64_t)) {
        uint64_t written;
        memcpy(&written, unit->payload, sizeof(written));
        ck_assert_uint_eq(written, unit->sequence);
    }
    last_sequence = unit->sequence;
    end_us += unit->span_us;
    audio_us += unit->span_us;
    units++;
    splices += unit->is_splice;
}

static void on_refused(void *user)
{
    refused++;
}

static void open_reorder(int64_t bound_us)
{
    st_rtp_reorder_init(
        &reorder, &(struct st_rtp_reorder_config){
                      .pool = pool, .bound_us = bound_us, .pass = on_pass, .refused = on_refused});
}

static void setup(void)
{
    ck_assert_int_eq(st_pool_create(&pool, ST_RTP_REORDER_BLOCK_BYTES, 64), 0);
    now_us = 1000000;
    last_sequence = 0;
    end_us = audio_us = lost_us = silence_us = 0;
    lost_packets = units = calls = splices = refused = 0;
    open_reorder(0);
}

static void teardown(void)
{
    ck_assert_uint_eq(refused, reorder.late);
    st_rtp_reorder_fini(&reorder);
    st_pool_destroy(pool);
}

static int put_at(enum st_rtp_kind kind, uint64_t number, int64_t position_us)
{
    uint64_t sequence = FIRST + number;
    memcpy(payload, &sequence, sizeof(sequence));
    struct st_rtp_unit unit = {
        .kind = kind,
        .sequence = sequence,
        .position_us = position_us,
        .span_us = kind == ST_RTP_AUDIO ? FRAME_US : 0,
        .payload = payload,
        .bytes = 160,
    };
    return st_rtp_reorder_put(&reorder, &unit, now_us);
}

static int put(uint64_t number)
{
    return put_at(ST_RTP_AUDIO, number, (int64_t)number * FRAME_US);
}

static void put_range(uint64_t from, uint64_t to)
{
    for (uint64_t i = from; i < to; i++) {
        ck_assert_int_eq(put(i), 0);
        now_us += FRAME_US;
        st_rtp_reorder_tick(&reorder, now_us);
    }
}

static void wait_us(int64_t us)
{
    for (int64_t end = now_us + us; now_us < end;) {
        now_us += 5000;
        st_rtp_reorder_tick(&reorder, now_us);
    }
}

START_TEST(an_orderly_stream_is_passed_on_at_once)
{
    for (uint64_t i = 0; i < 100; i++) {
        ck_assert_int_eq(put(i), 0);
        ck_assert_uint_eq(units, i + 1);
    }
    ck_assert_int_eq(audio_us, 100 * FRAME_US);
    ck_assert_int_eq(lost_us + silence_us, 0);
}
END_TEST

START_TEST(packets_wait_for_the_one_before_them)
{
    put_range(0, 2);
    put(3);
    put(4);
    ck_assert_uint_eq(units, 2);
    wait_us(BOUND_US - 5000);
    ck_assert_uint_eq(units, 2);
    ck_assert_int_eq(put(2), 0);
    ck_assert_uint_eq(units, 5);
    ck_assert_int_eq(lost_us + silence_us, 0);
    ck_assert_uint_eq(reorder.late, 0);
}
END_TEST

START_TEST(a_gap_is_given_up_after_the_bound)
{
    put_range(0, 2);
    put(3);
    wait_us(BOUND_US);
    ck_assert_uint_eq(units, 3);
    ck_assert_int_eq(lost_us, FRAME_US);
    ck_assert_uint_eq(lost_packets, 1);
    ck_assert_int_eq(silence_us, 0);
    ck_assert_int_eq(put(2), -ETIME);
    ck_assert_uint_eq(reorder.late, 1);
    ck_assert_int_eq(end_us, 4 * FRAME_US);
}
END_TEST

START_TEST(the_bound_is_kept_within_its_limits)
{
    static const struct {
        int64_t wanted_us, got_us;
    } bounds[] = {{0, 80000},     {1, 60000},       {60000, 60000},
                  {99000, 99000}, {120000, 120000}, {INT64_MAX, 120000}};
    for (size_t i = 0; i < sizeof(bounds) / sizeof(*bounds); i++) {
        open_reorder(bounds[i].wanted_us);
        ck_assert_int_eq(reorder.bound_us, bounds[i].got_us);
    }
}
END_TEST

START_TEST(each_gap_has_its_own_bound)
{
    put_range(0, 1);
    put(2);
    wait_us(40000);
    put(4);
    wait_us(40000);
    ck_assert_uint_eq(units, 2);
    ck_assert_int_eq(put(3), 0);
    ck_assert_uint_eq(units, 4);
    ck_assert_int_eq(lost_us, FRAME_US);
}
END_TEST

START_TEST(a_burst_is_lost_as_long_as_it_was)
{
    put_range(0, 10);
    put_range(15, 16);
    wait_us(BOUND_US);
    ck_assert_int_eq(lost_us, 5 * FRAME_US);
    ck_assert_uint_eq(lost_packets, 5);
    put_range(16, 20);
    ck_assert_int_eq(silence_us, 0);
    ck_assert_int_eq(end_us, 20 * FRAME_US);
}
END_TEST

START_TEST(silence_suppression_is_silence_and_no_loss)
{
    static const int64_t gaps_us[] = {300000, 3000000, 300000000};
    int64_t at_us = 0, all_us = 0;
    for (uint64_t i = 0; i < 4; i++) {
        ck_assert_int_eq(put_at(ST_RTP_AUDIO, i, at_us), 0);
        at_us += FRAME_US + (i < 3 ? gaps_us[i] : 0);
        all_us += i < 3 ? gaps_us[i] : 0;
        wait_us(FRAME_US + (i < 3 ? gaps_us[i] : 0));
    }
    ck_assert_int_eq(lost_us, 0);
    ck_assert_int_eq(silence_us, all_us);
    ck_assert_int_eq(audio_us, 4 * FRAME_US);
    ck_assert_int_eq(reorder.shift_us, 0);
}
END_TEST

START_TEST(loss_before_silence_is_only_what_was_lost)
{
    put_range(0, 2);
    ck_assert_int_eq(put_at(ST_RTP_AUDIO, 4, 1000000), 0);
    wait_us(BOUND_US);
    ck_assert_int_eq(lost_us, 2 * FRAME_US);
    ck_assert_int_eq(silence_us, 1000000 - 4 * FRAME_US);
}
END_TEST

START_TEST(comfort_noise_is_silence_until_the_next_audio)
{
    put_range(0, 2);
    ck_assert_int_eq(put_at(ST_RTP_NOISE, 2, 2 * FRAME_US), 0);
    ck_assert_int_eq(put_at(ST_RTP_NOISE, 3, 400000), 0);
    ck_assert_int_eq(put_at(ST_RTP_AUDIO, 4, 500000), 0);
    ck_assert_int_eq(silence_us, 500000 - 2 * FRAME_US);
    ck_assert_int_eq(lost_us, 0);
}
END_TEST

START_TEST(what_is_lost_in_silence_is_silence)
{
    put_range(0, 2);
    ck_assert_int_eq(put_at(ST_RTP_NOISE, 2, 2 * FRAME_US), 0);
    ck_assert_int_eq(put_at(ST_RTP_AUDIO, 4, 100000), 0);
    wait_us(BOUND_US);
    ck_assert_int_eq(lost_us, 0);
    ck_assert_int_eq(silence_us, 100000 - 2 * FRAME_US);
    ck_assert_uint_eq(lost_packets, 1);
}
END_TEST

START_TEST(events_use_up_numbers_and_no_time)
{
    put_range(0, 2);
    for (uint64_t i = 2; i < 10; i++)
        ck_assert_int_eq(put_at(ST_RTP_EVENT, i, 2 * FRAME_US), 0);
    ck_assert_int_eq(put_at(ST_RTP_AUDIO, 10, 10 * FRAME_US), 0);
    ck_assert_int_eq(lost_us, 0);
    ck_assert_int_eq(silence_us, 8 * FRAME_US);
}
END_TEST

START_TEST(loss_before_an_event_is_told_with_the_next_audio)
{
    put_range(0, 2);
    ck_assert_int_eq(put_at(ST_RTP_EVENT, 4, 3 * FRAME_US), 0);
    wait_us(BOUND_US);
    ck_assert_uint_eq(lost_packets, 0);
    ck_assert_int_eq(put_at(ST_RTP_AUDIO, 5, 4 * FRAME_US), 0);
    ck_assert_uint_eq(lost_packets, 2);
    ck_assert_int_eq(lost_us, 2 * FRAME_US);
}
END_TEST

START_TEST(a_new_source_passes_on_what_was_held)
{
    put_range(0, 2);
    put(3);
    struct st_rtp_unit unit = {.is_splice = true,
                               .sequence = FIRST + 10000,
                               .position_us = 4 * FRAME_US,
                               .span_us = FRAME_US};
    ck_assert_int_eq(st_rtp_reorder_put(&reorder, &unit, now_us), 0);
    ck_assert_uint_eq(units, 4);
    ck_assert_uint_eq(lost_packets, 1);
    ck_assert_int_eq(end_us, 5 * FRAME_US);
    ck_assert_int_eq(put(2), -ETIME);
    ck_assert_uint_eq(splices, 1);
}
END_TEST

START_TEST(a_new_source_that_begins_with_an_event_is_told_with_its_audio)
{
    put_range(0, 2);
    struct st_rtp_unit unit = {.kind = ST_RTP_EVENT,
                               .is_splice = true,
                               .sequence = FIRST + 10000,
                               .position_us = 2 * FRAME_US};
    ck_assert_int_eq(st_rtp_reorder_put(&reorder, &unit, now_us), 0);
    ck_assert_uint_eq(splices, 0);
    ck_assert_int_eq(put_at(ST_RTP_AUDIO, 10001, 2 * FRAME_US), 0);
    ck_assert_int_eq(put_at(ST_RTP_AUDIO, 10002, 3 * FRAME_US), 0);
    ck_assert_uint_eq(splices, 1);
    ck_assert_uint_eq(lost_packets, 0);
}
END_TEST

START_TEST(the_clock_of_an_idle_stream_goes_on_behind_time)
{
    put_range(0, 50);
    int64_t heard_us = now_us - FRAME_US;
    for (int i = 0; i < 60000; i++) {
        wait_us(5000);
        int64_t real_us = 49 * FRAME_US + now_us - heard_us;
        ck_assert_int_le(end_us, real_us > 50 * FRAME_US ? real_us : 50 * FRAME_US);
        ck_assert_int_ge(end_us, real_us - 280000 - FRAME_US * 2 - (now_us - heard_us) / 500);
    }
    /* 5 minutes later, with a clock slow by 1,000 ppm: not one sample is cut. */
    int64_t slow_us = (now_us - heard_us) * 999 / 1000 / 125 * 125;
    ck_assert_int_eq(put_at(ST_RTP_AUDIO, 50, 49 * FRAME_US + slow_us), 0);
    ck_assert_int_eq(reorder.shift_us, 0);
    ck_assert_int_eq(end_us, 50 * FRAME_US + slow_us);
}
END_TEST

START_TEST(silence_that_ran_ahead_moves_the_audio_and_cuts_nothing)
{
    put_range(0, 10);
    wait_us(1000000);
    int64_t before_us = end_us;
    ck_assert_int_eq(put_at(ST_RTP_AUDIO, 10, before_us - 100000), 0);
    ck_assert_int_eq(end_us, before_us + FRAME_US);
    ck_assert_int_eq(reorder.shift_us, 100000);
    ck_assert_int_eq(put_at(ST_RTP_AUDIO, 11, before_us - 80000), 0);
    ck_assert_int_eq(reorder.shift_us, 100000);
    ck_assert_int_eq(end_us, before_us + 2 * FRAME_US);
}
END_TEST

START_TEST(a_packet_from_before_the_hold_does_not_double_the_gap)
{
    put_range(0, 10);
    wait_us(30000000);
    int64_t before_us = end_us;
    ck_assert_int_eq(put(10), -ETIME);
    ck_assert_uint_eq(reorder.late, 1);
    ck_assert_int_eq(end_us, before_us);
    ck_assert_int_eq(put_at(ST_RTP_AUDIO, 11, 30200000), 0);
    ck_assert_int_eq(end_us, 30200000 + FRAME_US);
    ck_assert_int_eq(silence_us, 30200000 - 10 * FRAME_US);
    ck_assert_int_eq(lost_us, 0);
}
END_TEST

/* One that was under way for all of the hold, at once or behind a missing one. */
START_TEST(a_packet_from_before_the_hold_does_not_stop_the_clock)
{
    put_range(0, 10);
    wait_us(30000000);
    put(10 + (unsigned)_i);
    for (int i = 0; i < 2000; i++) {
        wait_us(5000);
        ck_assert_int_ge(end_us, now_us - 1000000 - 500000);
    }
    ck_assert_uint_eq(reorder.late, 1);
}
END_TEST

START_TEST(a_sender_that_stays_behind_is_followed_after_a_second)
{
    put_range(0, 10);
    wait_us(30000000);
    uint32_t before = units, late = 0;
    for (uint64_t i = 10; i < 200; i++) {
        late += put(i) == -ETIME;
        now_us += FRAME_US;
        st_rtp_reorder_tick(&reorder, now_us);
    }
    ck_assert_uint_eq(late, reorder.late);
    ck_assert_uint_ge(reorder.late, 49);
    ck_assert_uint_le(reorder.late, 52);
    ck_assert_uint_eq(units, before + 190 - (uint32_t)reorder.late);
    put_range(200, 300);
    ck_assert_uint_eq(reorder.late, late);
}
END_TEST

START_TEST(one_that_has_waited_may_turn_out_late)
{
    put_range(0, 10);
    wait_us(30000000);
    uint32_t before = units;
    ck_assert_int_eq(put(11), 0); /* behind one that is missing */
    ck_assert_uint_eq(refused, 0);
    wait_us(BOUND_US);
    ck_assert_uint_eq(refused, 1);
    ck_assert_uint_eq(reorder.late, 1);
    ck_assert_uint_eq(units, before);
    ck_assert_int_eq(put(10), -ETIME);
    ck_assert_uint_eq(refused, 2);
}
END_TEST

START_TEST(what_has_no_media_is_never_late)
{
    put_range(0, 2);
    put(3);
    wait_us(BOUND_US);
    ck_assert_int_eq(put_at(ST_RTP_OTHER, 2, 2 * FRAME_US), -ETIME);
    ck_assert_uint_eq(reorder.late, 0);
    ck_assert_int_eq(put(2), -ETIME);
    ck_assert_uint_eq(reorder.late, 1);
}
END_TEST

START_TEST(a_loop_that_stalled_chops_nothing)
{
    put_range(0, 10);
    now_us += 500000;
    for (uint64_t i = 10; i < 35; i++)
        ck_assert_int_eq(put(i), 0);
    st_rtp_reorder_tick(&reorder, now_us);
    put_range(35, 40);
    ck_assert_int_eq(audio_us, 40 * FRAME_US);
    ck_assert_int_eq(silence_us + lost_us, 0);
    ck_assert_int_eq(reorder.shift_us, 0);
}
END_TEST

START_TEST(a_leg_that_joins_late_begins_with_silence)
{
    ck_assert_int_eq(put_at(ST_RTP_AUDIO, 0, 7000000), 0);
    ck_assert_int_eq(silence_us, 7000000);
}
END_TEST

START_TEST(the_clock_of_a_leg_that_is_awaited_goes_on)
{
    st_rtp_reorder_init(
        &reorder, &(struct st_rtp_reorder_config){
                      .pool = pool, .start_us = 3000000, .origin_us = now_us, .pass = on_pass});
    end_us = 3000000;
    wait_us(3200000);
    ck_assert_uint_eq(calls, 0);
    for (int i = 0; i < 400; i++) {
        wait_us(5000);
        ck_assert_int_le(end_us, now_us - 1000000);
    }
    ck_assert_int_gt(end_us, 3000000 + 1500000);
    uint32_t before = calls;
    ck_assert_int_eq(put_at(ST_RTP_AUDIO, 0, 5200000), 0);
    ck_assert_uint_eq(calls, before + 1);
    ck_assert_int_eq(end_us, 5200000 + FRAME_US);
    ck_assert_int_eq(lost_us, 0);
}
END_TEST

START_TEST(packets_far_ahead_are_not_waited_for)
{
    put_range(0, 2);
    put(4);
    ck_assert_int_eq(put(2 + 500), 0);
    ck_assert_uint_eq(units, 4);
    ck_assert_int_eq(end_us, 503 * FRAME_US);
    ck_assert_int_eq(put(5), -ETIME);
}
END_TEST

START_TEST(the_slots_are_enough_and_bounded)
{
    put_range(0, 1);
    for (uint64_t i = 2; i < 1 + ST_RTP_REORDER_SLOTS; i++)
        ck_assert_int_eq(put(i), 0);
    ck_assert_uint_eq(units, 1);
    ck_assert_int_eq(put(2), -EALREADY);
    ck_assert_int_eq(put(1 + ST_RTP_REORDER_SLOTS), 0);
    ck_assert_uint_eq(units, 1 + ST_RTP_REORDER_SLOTS);
}
END_TEST

START_TEST(an_empty_pool_gives_the_gap_up)
{
    void *blocks[63];
    for (int i = 0; i < 63; i++)
        blocks[i] = st_pool_get(pool);
    put_range(0, 1);
    ck_assert_int_eq(put(5), 0);
    ck_assert_uint_eq(units, 1);
    ck_assert_int_eq(put(4), -ETIME); /* no room to wait in, and 5 has gone on */
    ck_assert_uint_eq(units, 2);
    ck_assert_int_eq(put(8), 0);
    ck_assert_uint_eq(units, 2);
    ck_assert_int_eq(put(9), 0);
    ck_assert_uint_eq(units, 4);
    ck_assert_uint_eq(reorder.starved, 2);
    ck_assert_int_eq(lost_us, 6 * FRAME_US);
    for (int i = 0; i < 63; i++)
        st_pool_put(pool, blocks[i]);
}
END_TEST

START_TEST(payloads_up_to_the_limit_are_taken)
{
    struct st_rtp_unit unit = {.sequence = FIRST, .payload = payload};
    unit.bytes = ST_RTP_REORDER_PAYLOAD_BYTES + 1;
    ck_assert_int_eq(st_rtp_reorder_put(&reorder, &unit, now_us), -EMSGSIZE);
    put_range(0, 1);
    unit.sequence = FIRST + 2;
    unit.bytes = ST_RTP_REORDER_PAYLOAD_BYTES;
    memcpy(payload, &unit.sequence, sizeof(unit.sequence));
    ck_assert_int_eq(st_rtp_reorder_put(&reorder, &unit, now_us), 0);
}
END_TEST

START_TEST(the_end_passes_on_what_is_held)
{
    put_range(0, 2);
    put(3);
    put(6);
    st_rtp_reorder_flush(&reorder);
    ck_assert_uint_eq(units, 4);
    ck_assert_int_eq(end_us, 7 * FRAME_US);
}
END_TEST

/* ---- what is injected is what is counted ---- */

enum { PACKETS = 20000, DELAYS_MAX = 7 };

static uint32_t draw(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

/* Packet i arrives at slot[i] frames after the beginning; those of one slot in order. */
START_TEST(the_ledger_of_a_bad_network_is_exact)
{
    static uint8_t delay[PACKETS]; /* frames; 255: never */
    uint32_t seed = (uint32_t)_i * 7919 + 1, lost = 0, late = 0, twice = 0;
    uint64_t doubled = 0;
    for (uint32_t i = 0; i < PACKETS; i++) {
        uint32_t dice = draw(&seed) % 100;
        bool is_calm = i < 4 || i >= PACKETS - 16;
        delay[i] = is_calm ? 0 : dice < 4 ? 255 : dice < 20 ? 1 + dice % 3 : dice < 22 ? 7 : 0;
        lost += delay[i] == 255;
    }
    for (uint32_t slot = 0; slot < PACKETS + DELAYS_MAX; slot++) {
        for (uint32_t back = DELAYS_MAX + 1; back-- > 0;) {
            uint32_t i = slot - back;
            if (back > slot || i >= PACKETS || delay[i] != back)
                continue;
            int err = put(i);
            ck_assert(err == 0 || err == -ETIME);
            late += err == -ETIME;
            if (draw(&seed) % 50 == 0) {
                twice++;
                doubled += put(i) != 0;
            }
        }
        now_us += FRAME_US;
        st_rtp_reorder_tick(&reorder, now_us);
    }
    st_rtp_reorder_flush(&reorder);
    ck_assert_uint_eq(doubled, twice);
    ck_assert_uint_eq(units, PACKETS - lost - late);
    ck_assert_uint_eq(reorder.given_up, lost + late);
    ck_assert_int_eq(end_us, (int64_t)PACKETS * FRAME_US);
    ck_assert_int_eq(audio_us, (int64_t)units * FRAME_US);
    ck_assert_int_eq(lost_us, (int64_t)(lost + late) * FRAME_US);
    ck_assert_int_eq(silence_us, 0);
    ck_assert_uint_gt(late, 0);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, an_orderly_stream_is_passed_on_at_once);
    tcase_add_test(tcase, packets_wait_for_the_one_before_them);
    tcase_add_test(tcase, a_gap_is_given_up_after_the_bound);
    tcase_add_test(tcase, the_bound_is_kept_within_its_limits);
    tcase_add_test(tcase, each_gap_has_its_own_bound);
    tcase_add_test(tcase, a_burst_is_lost_as_long_as_it_was);
    tcase_add_test(tcase, silence_suppression_is_silence_and_no_loss);
    tcase_add_test(tcase, loss_before_silence_is_only_what_was_lost);
    tcase_add_test(tcase, comfort_noise_is_silence_until_the_next_audio);
    tcase_add_test(tcase, what_is_lost_in_silence_is_silence);
    tcase_add_test(tcase, events_use_up_numbers_and_no_time);
    tcase_add_test(tcase, loss_before_an_event_is_told_with_the_next_audio);
    tcase_add_test(tcase, a_new_source_passes_on_what_was_held);
    tcase_add_test(tcase, a_new_source_that_begins_with_an_event_is_told_with_its_audio);
    tcase_add_test(tcase, the_clock_of_an_idle_stream_goes_on_behind_time);
    tcase_add_test(tcase, silence_that_ran_ahead_moves_the_audio_and_cuts_nothing);
    tcase_add_test(tcase, a_packet_from_before_the_hold_does_not_double_the_gap);
    tcase_add_loop_test(tcase, a_packet_from_before_the_hold_does_not_stop_the_clock, 0, 2);
    tcase_add_test(tcase, a_sender_that_stays_behind_is_followed_after_a_second);
    tcase_add_test(tcase, one_that_has_waited_may_turn_out_late);
    tcase_add_test(tcase, what_has_no_media_is_never_late);
    tcase_add_test(tcase, a_loop_that_stalled_chops_nothing);
    tcase_add_test(tcase, a_leg_that_joins_late_begins_with_silence);
    tcase_add_test(tcase, the_clock_of_a_leg_that_is_awaited_goes_on);
    tcase_add_test(tcase, packets_far_ahead_are_not_waited_for);
    tcase_add_test(tcase, the_slots_are_enough_and_bounded);
    tcase_add_test(tcase, an_empty_pool_gives_the_gap_up);
    tcase_add_test(tcase, payloads_up_to_the_limit_are_taken);
    tcase_add_test(tcase, the_end_passes_on_what_is_held);
    tcase_add_loop_test(tcase, the_ledger_of_a_bad_network_is_exact, 0, 5);
    return run_case("reorder", tcase);
}
