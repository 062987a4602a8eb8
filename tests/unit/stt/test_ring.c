#include "ring.h"

#include "run.h"

#include <stdbool.h>

enum { RATE_HZ = 16000 };

static int16_t counter;

static void put(struct st_ring *ring, uint32_t count, int64_t media_us)
{
    int16_t samples[2000];
    for (uint32_t i = 0; i < count; i++)
        samples[i] = counter++;
    struct st_frame frame = {samples, count, ring->rate_hz, media_us};
    st_ring_put(ring, &frame);
}

static void setup(void)
{
    counter = 0;
}

START_TEST(samples_come_back_from_any_index)
{
    struct st_ring ring;
    int16_t out[5000];
    st_ring_init(&ring, RATE_HZ, 1000000);
    for (int i = 0; i < 10; i++)
        put(&ring, 333, 5000000);
    ck_assert_int_eq(ring.next, 3330);
    for (int64_t at = 0; at < 3330; at += 111) {
        ck_assert_uint_eq(st_ring_read(&ring, at, out, 5000), (size_t)(3330 - at));
        for (int64_t i = at; i < 3330; i++)
            ck_assert_int_eq(out[i - at], (int16_t)i);
    }
    ck_assert_uint_eq(st_ring_read(&ring, 3330, out, 1), 0);
    st_ring_fini(&ring);
}
END_TEST

START_TEST(peek_stops_at_a_block_and_can_go_back)
{
    struct st_ring ring;
    const int16_t *samples;
    st_ring_init(&ring, RATE_HZ, 1000000);
    put(&ring, 1500, 0);
    put(&ring, 1500, 93750);
    ck_assert_uint_eq(st_ring_peek(&ring, 1400, &samples), 200);
    ck_assert_int_eq(samples[0], 1400);
    ck_assert_uint_eq(st_ring_peek(&ring, 1600, &samples), 1400);
    ck_assert_uint_eq(st_ring_peek(&ring, 0, &samples), 1600);
    ck_assert_int_eq(samples[0], 0);
    st_ring_fini(&ring);
}
END_TEST

START_TEST(what_is_dropped_makes_room)
{
    struct st_ring ring;
    const int16_t *samples;
    st_ring_init(&ring, RATE_HZ, 200000);
    ck_assert_int_eq(st_ring_excess(&ring, 3200), 0);
    for (int i = 0; i < 10; i++)
        put(&ring, 320, 0);
    ck_assert_int_eq(st_ring_excess(&ring, 320), 320);
    st_ring_drop(&ring, 1000);
    ck_assert_int_eq(st_ring_excess(&ring, 320), 0);
    ck_assert_int_eq(ring.first, 1000);
    ck_assert_uint_gt(st_ring_peek(&ring, 1000, &samples), 0);
    ck_assert_int_eq(samples[0], 1000);
    st_ring_drop(&ring, 500);
    ck_assert_int_eq(ring.first, 1000);
    st_ring_drop(&ring, 99999);
    ck_assert_int_eq(ring.first, 3200);
    put(&ring, 10, 0);
    ck_assert_uint_eq(st_ring_peek(&ring, 3200, &samples), 10);
    st_ring_fini(&ring);
}
END_TEST

START_TEST(blocks_are_kept_for_a_long_utterance_and_no_more)
{
    struct st_ring ring;
    st_ring_init(&ring, RATE_HZ, 30000000);
    for (int i = 0; i < 1000; i++)
        put(&ring, 320, 0);
    st_ring_drop(&ring, 1000 * 320 - 1600);
    ck_assert_uint_eq(ring.spares[false].count, 160);
    unsigned spare = ring.spares[false].count;
    for (int i = 0; i < 1000; i++) {
        put(&ring, 320, 0);
        st_ring_drop(&ring, ring.next - 1600);
    }
    ck_assert_uint_ge(ring.spares[false].count + 2, spare);
    st_ring_fini(&ring);
}
END_TEST

START_TEST(silence_takes_no_samples)
{
    struct st_ring ring;
    static const int16_t zeros[RATE_HZ];
    int16_t out[2 * RATE_HZ];
    struct st_frame frame = {zeros, RATE_HZ - 800, RATE_HZ, 0};
    st_ring_init(&ring, RATE_HZ, 30000000);
    st_ring_put(&ring, &frame);
    put(&ring, 2000, 0);
    frame.count = 8000;
    st_ring_put(&ring, &frame);
    ck_assert_uint_eq(st_ring_read(&ring, 0, out, 2 * RATE_HZ), RATE_HZ + 9200);
    for (int64_t i = 0; i < RATE_HZ + 9200; i++) {
        int64_t at = i - (RATE_HZ - 800);
        ck_assert_int_eq(out[i], at >= 0 && at < 2000 ? at : 0);
    }
    st_ring_drop(&ring, ring.next);
    ck_assert_uint_eq(ring.spares[false].count, 2);
    ck_assert_uint_gt(ring.spares[true].count, 12);
    st_ring_fini(&ring);
}
END_TEST

START_TEST(sound_after_silence_is_read_from_where_one_was)
{
    struct st_ring ring;
    const int16_t *samples;
    struct st_frame frame = {(const int16_t[100]){0}, 100, RATE_HZ, 0};
    st_ring_init(&ring, RATE_HZ, 1000000);
    put(&ring, 1600, 0);
    st_ring_put(&ring, &frame);
    ck_assert_uint_eq(st_ring_peek(&ring, 1650, &samples), 50);
    ck_assert_int_eq(samples[0], 0);
    put(&ring, 10, 0);
    ck_assert_uint_eq(st_ring_peek(&ring, 1690, &samples), 20);
    ck_assert_int_eq(samples[9], 0);
    ck_assert_int_eq(samples[10], 1600);
    st_ring_fini(&ring);
}
END_TEST

START_TEST(indices_are_media_times)
{
    struct st_ring ring;
    st_ring_init(&ring, RATE_HZ, 1000000);
    put(&ring, 320, 7000000);
    ck_assert_int_eq(st_ring_media_us(&ring, 0), 7000000);
    ck_assert_int_eq(st_ring_media_us(&ring, 16000), 8000000);
    ck_assert_int_eq(st_ring_index(&ring, 7020000), 320);
    ck_assert_int_eq(st_ring_index(&ring, 0), 0);
    ck_assert_int_eq(st_ring_index(&ring, INT64_MAX), INT64_MAX);
    st_ring_fini(&ring);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_test(tcase, samples_come_back_from_any_index);
    tcase_add_test(tcase, peek_stops_at_a_block_and_can_go_back);
    tcase_add_test(tcase, what_is_dropped_makes_room);
    tcase_add_test(tcase, silence_takes_no_samples);
    tcase_add_test(tcase, sound_after_silence_is_read_from_where_one_was);
    tcase_add_test(tcase, blocks_are_kept_for_a_long_utterance_and_no_more);
    tcase_add_test(tcase, indices_are_media_times);
    return run_case("ring", tcase);
}
