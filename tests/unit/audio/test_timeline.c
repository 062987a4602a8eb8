#include "sidetone/timeline.h"

#include "run.h"

enum { RATE = 8000, FRAME = 160, FRAME_US = 20000 };

static struct st_timeline timeline;

static void setup(void)
{
    st_timeline_init(&timeline, RATE, 0, 0);
}

static void expect_put(int64_t position_us, uint64_t count, uint64_t silence, uint64_t skip,
                       int64_t media_us)
{
    struct st_timeline_plan plan = st_timeline_put(&timeline, position_us, count);
    ck_assert_uint_eq(plan.silence, silence);
    ck_assert_uint_eq(plan.skip, skip);
    ck_assert_int_eq(plan.media_us, media_us);
}

START_TEST(audio_in_order_is_left_alone)
{
    for (int64_t i = 0; i < 10; i++)
        expect_put(i * FRAME_US, FRAME, 0, 0, i * FRAME_US);
    expect_put(ST_TIMELINE_APPEND, FRAME, 0, 0, 200000);
    ck_assert_int_eq(st_timeline_media_us(&timeline), 220000);
}
END_TEST

START_TEST(a_gap_becomes_exactly_the_missing_silence)
{
    expect_put(0, FRAME, 0, 0, 0);
    expect_put(60000, FRAME, 2 * FRAME, 0, 20000);
    expect_put(80000, FRAME, 0, 0, 80000);
    expect_put(102000, FRAME, 16, 0, 100000);
    ck_assert_uint_eq(timeline.silence_samples, 2 * FRAME + 16);
    ck_assert_int_eq(st_timeline_media_us(&timeline), 122000);
}
END_TEST

START_TEST(an_overlap_is_heard_once)
{
    expect_put(0, FRAME, 0, 0, 0);
    expect_put(10000, FRAME, 0, 80, 20000);
    ck_assert_int_eq(st_timeline_media_us(&timeline), 30000);
    ck_assert_uint_eq(timeline.dropped_samples, 80);
}
END_TEST

START_TEST(duplicates_and_late_audio_are_dropped_whole)
{
    expect_put(0, FRAME, 0, 0, 0);
    expect_put(0, FRAME, 0, FRAME, 20000);
    expect_put(40000, FRAME, FRAME, 0, 20000);
    expect_put(20000, FRAME, 0, FRAME, 60000);
    expect_put(60000, FRAME, 0, 0, 60000);
    ck_assert_uint_eq(timeline.dropped_samples, 2 * FRAME);
    ck_assert_uint_eq(timeline.resets, 0);
}
END_TEST

START_TEST(rounded_milliseconds_are_exact)
{
    /* 1024 samples at 44.1 kHz are 23.2 ms; the sender cuts the fraction off, or rounds it up. */
    int64_t up = _i ? 999 : 0;
    st_timeline_init(&timeline, 44100, 0, 0);
    for (int64_t i = 0; i < 10000; i++) {
        int64_t exact_us = i * 1024 * 1000000 / 44100;
        struct st_timeline_plan plan =
            st_timeline_put(&timeline, (exact_us + up) / 1000 * 1000, 1024);
        ck_assert_uint_eq(plan.silence + plan.skip, 0);
        ck_assert_int_eq(plan.media_us, exact_us);
    }
}
END_TEST

START_TEST(one_millisecond_is_rounding_and_more_is_not)
{
    expect_put(1000, FRAME, 0, 0, 0);
    expect_put(19000, FRAME, 0, 0, 20000);
    expect_put(41500, FRAME, 12, 0, 40000);
    expect_put(60000, FRAME, 0, 12, 61500);
}
END_TEST

START_TEST(a_drifting_sender_is_followed)
{
    /* 159 samples for each 20 ms: a short gap whenever a millisecond has come together. */
    for (int64_t i = 0; i < 5000; i++)
        st_timeline_put(&timeline, i * FRAME_US, FRAME - 1);
    int64_t behind_us = 5000 * FRAME_US - st_timeline_media_us(&timeline);
    ck_assert(behind_us >= 0 && behind_us < 2000);
    ck_assert_uint_eq(timeline.resets, 0);
}
END_TEST

START_TEST(a_jump_is_joined_on_and_followed_from_there)
{
    const int64_t hour_us = 3600 * INT64_C(1000000);
    expect_put(0, FRAME, 0, 0, 0);
    expect_put(hour_us, FRAME, 0, 0, 20000);
    ck_assert_uint_eq(timeline.resets, 1);
    expect_put(hour_us + 20000, FRAME, 0, 0, 40000);
    expect_put(hour_us + 60000, FRAME, FRAME, 0, 60000);
    expect_put(0, FRAME, 0, 0, 100000);
    ck_assert_uint_eq(timeline.resets, 2);
    expect_put(0, FRAME, 0, FRAME, 120000);
    expect_put(20000, FRAME, 0, 0, 120000);
    ck_assert_uint_eq(timeline.resets, 2);
}
END_TEST

START_TEST(the_jump_limit_itself_is_still_a_gap)
{
    st_timeline_init(&timeline, RATE, 0, 1000000);
    expect_put(1000000, FRAME, RATE, 0, 0);
    expect_put(1020000 + 1000125, FRAME, 0, 0, 1020000);
    ck_assert_uint_eq(timeline.resets, 1);
}
END_TEST

START_TEST(a_channel_may_begin_later)
{
    st_timeline_init(&timeline, RATE, 5000000, 0);
    ck_assert_int_eq(st_timeline_media_us(&timeline), 5000000);
    expect_put(5000000, FRAME, 0, 0, 5000000);
    expect_put(4990000, 3 * FRAME, 0, 240, 5020000);
}
END_TEST

START_TEST(positions_before_the_call_are_overlaps)
{
    expect_put(-FRAME_US, FRAME, 0, FRAME, 0);
    expect_put(-10000, FRAME, 0, 80, 0);
    expect_put(-2, FRAME, 0, 80, 10000);
    expect_put(10000, 0, 0, 0, 20000);
    ck_assert_int_eq(st_timeline_media_us(&timeline), 20000);
}
END_TEST

START_TEST(an_hour_of_loss_and_disorder_keeps_its_time)
{
    static const uint32_t rates[] = {8000, 11025, 16000, 44100, 48000};
    uint32_t rate = rates[_i], seed = 7;
    uint64_t out = 0;
    st_timeline_init(&timeline, rate, 0, 0);
    for (int64_t i = 0; i < 180000; i++) {
        seed = seed * 1664525 + 1013904223;
        if (seed >> 28 == 0 && i + 1 < 180000)
            continue;
        int64_t first = i * rate / 50, next = (i + 1) * rate / 50;
        uint64_t count = (uint64_t)(next - first);
        struct st_timeline_plan plan = st_timeline_put(
            &timeline, (seed >> 27 & 15) == 1 ? (i - 2) * FRAME_US : i * FRAME_US, count);
        out += plan.silence + count - plan.skip;
    }
    ck_assert_uint_eq(out, (uint64_t)rate * 3600);
    ck_assert_int_eq(st_timeline_media_us(&timeline), 3600 * INT64_C(1000000));
    ck_assert_uint_eq(timeline.resets, 0);
}
END_TEST

START_TEST(hostile_positions_never_insert_more_than_the_limit)
{
    static const int64_t positions[] = {INT64_MAX,     INT64_MIN, 0,  INT64_MAX - 1, -2,
                                        INT64_MIN + 1, 600000000, -1, INT64_MAX / 2, INT64_MIN / 2};
    static const uint32_t rates[] = {1, 8000, 44100, 48000};
    const uint64_t limit_s = 600;
    for (size_t r = 0; r < 4; r++) {
        st_timeline_init(&timeline, rates[r], 0, 0);
        int64_t before_us = 0;
        for (size_t i = 0; i < 100; i++) {
            struct st_timeline_plan plan = st_timeline_put(&timeline, positions[i * 7 % 10], FRAME);
            ck_assert_uint_le(plan.silence, limit_s * rates[r]);
            ck_assert_uint_le(plan.skip, FRAME);
            ck_assert_int_ge(st_timeline_media_us(&timeline), before_us);
            before_us = st_timeline_media_us(&timeline);
        }
    }
}
END_TEST

START_TEST(extreme_starts_and_counts_saturate)
{
    static const int64_t starts[] = {INT64_MIN, INT64_MAX, 0};
    for (int i = 0; i < 3; i++) {
        st_timeline_init(&timeline, 48000, starts[i], INT64_MAX);
        for (int k = 0; k < 4; k++) {
            st_timeline_put(&timeline, ST_TIMELINE_APPEND, UINT64_MAX);
            st_timeline_put(&timeline, starts[k % 3], UINT64_MAX);
        }
        ck_assert_int_gt(st_timeline_media_us(&timeline), INT64_MAX / 2);
    }
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_test(tcase, audio_in_order_is_left_alone);
    tcase_add_test(tcase, a_gap_becomes_exactly_the_missing_silence);
    tcase_add_test(tcase, an_overlap_is_heard_once);
    tcase_add_test(tcase, duplicates_and_late_audio_are_dropped_whole);
    tcase_add_loop_test(tcase, rounded_milliseconds_are_exact, 0, 2);
    tcase_add_test(tcase, one_millisecond_is_rounding_and_more_is_not);
    tcase_add_test(tcase, a_drifting_sender_is_followed);
    tcase_add_test(tcase, a_jump_is_joined_on_and_followed_from_there);
    tcase_add_test(tcase, the_jump_limit_itself_is_still_a_gap);
    tcase_add_test(tcase, a_channel_may_begin_later);
    tcase_add_test(tcase, positions_before_the_call_are_overlaps);
    tcase_add_loop_test(tcase, an_hour_of_loss_and_disorder_keeps_its_time, 0, 5);
    tcase_add_test(tcase, hostile_positions_never_insert_more_than_the_limit);
    tcase_add_test(tcase, extreme_starts_and_counts_saturate);
    return run_case("timeline", tcase);
}
