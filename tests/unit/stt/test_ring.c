#include "ring.h"
#include "spare_blocks.h"

#include "run.h"

#include <stdlib.h>
#include <string.h>

enum { RATE_HZ = 16000, WHOLE_ROOM = 1600, HALF_ROOM = 824, HALF_SAMPLES = 20000 };

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
    ck_assert_uint_eq(st_spare_blocks_count(WHOLE_ROOM), 160 + 16);
    for (int i = 0; i < 1000; i++) {
        put(&ring, 320, 0);
        st_ring_drop(&ring, ring.next - 1600);
    }
    ck_assert_uint_ge(st_spare_blocks_count(WHOLE_ROOM), 174);
    st_ring_fini(&ring);
    ck_assert_uint_eq(st_spare_blocks_count(WHOLE_ROOM), 0);
}
END_TEST

START_TEST(what_one_ring_has_done_with_another_takes)
{
    struct st_ring ring, other;
    st_ring_init(&ring, RATE_HZ, 10000000);
    st_ring_init(&other, RATE_HZ, 10000000);
    for (int i = 0; i < 100; i++)
        put(&ring, 320, 0);
    st_ring_drop(&ring, ring.next);
    ck_assert_uint_eq(st_spare_blocks_count(WHOLE_ROOM), 20);
    for (int i = 0; i < 75; i++)
        put(&other, 320, 0);
    ck_assert_uint_eq(st_spare_blocks_count(WHOLE_ROOM), 5);
    st_ring_fini(&other);
    ck_assert_uint_eq(st_spare_blocks_count(WHOLE_ROOM), 20);
    st_ring_fini(&ring);
    ck_assert_uint_eq(st_spare_blocks_count(WHOLE_ROOM), 0);
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
    ck_assert_uint_eq(st_spare_blocks_count(WHOLE_ROOM), 2);
    ck_assert_uint_gt(st_spare_blocks_count(0), 12);
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

/* ---- frames at half the rate ---- */

static int16_t heard[HALF_SAMPLES], expected[2 * HALF_SAMPLES];

/* What one resampler makes of all that was heard. */
static void double_heard(void)
{
    struct st_resampler *resampler;
    ck_assert_int_eq(st_resampler_create(&resampler, RATE_HZ / 2, RATE_HZ), 0);
    st_resampler_process(resampler, heard, HALF_SAMPLES, expected);
    st_resampler_destroy(resampler);
}

/* Noise with a second of silence in it. */
static void make_half(void)
{
    srand(7);
    for (int i = 0; i < HALF_SAMPLES; i++)
        heard[i] = i >= 7100 && i < 15100 ? 0 : (int16_t)(rand() % 60000 - 30000);
    double_heard();
}

static void make_g711(enum st_codec law)
{
    static uint8_t octets[HALF_SAMPLES];
    srand(8);
    for (int i = 0; i < HALF_SAMPLES; i++)
        octets[i] = (uint8_t)rand();
    st_codec_decode(law, octets, HALF_SAMPLES, 0, 1, heard);
    double_heard();
}

static void put_half(struct st_ring *ring, int from, int count)
{
    struct st_frame frame = {heard + from, (uint32_t)count, RATE_HZ / 2, 0};
    ck_assert_uint_eq(st_ring_count(ring, &frame), (size_t)count * 2);
    st_ring_put(ring, &frame);
}

static void expect(struct st_ring *ring, int64_t from, size_t count)
{
    int16_t out[2 * HALF_SAMPLES];
    ck_assert_uint_eq(st_ring_read(ring, from, out, count), count);
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(out[i] == expected[from + (int64_t)i], "sample %d: %d, not %d",
                      (int)(from + (int64_t)i), out[i], expected[from + (int64_t)i]);
}

START_TEST(half_rate_is_read_as_one_resampler_makes_it)
{
    static const int pieces[] = {160, 1, 23, 799, 801, 2000};
    struct st_ring ring;
    make_half();
    st_ring_init(&ring, RATE_HZ, 10000000);
    for (int done = 0, n; done < HALF_SAMPLES; done += n) {
        n = HALF_SAMPLES - done < pieces[_i] ? HALF_SAMPLES - done : pieces[_i];
        put_half(&ring, done, n);
    }
    ck_assert_int_eq(ring.next, 2 * HALF_SAMPLES);
    expect(&ring, 0, 2 * HALF_SAMPLES);
    for (int64_t at = 0; at < 2 * HALF_SAMPLES - 4000; at += 1237)
        expect(&ring, at, (size_t)(at % 3999) + 1);
    st_ring_fini(&ring);
}
END_TEST

START_TEST(half_rate_goes_on_alike_when_all_before_it_is_dropped)
{
    struct st_ring ring;
    make_half();
    st_ring_init(&ring, RATE_HZ, 10000000);
    for (int done = 0; done < HALF_SAMPLES; done += 160) {
        put_half(&ring, done, 160);
        expect(&ring, ring.next - 320, 320);
        st_ring_drop(&ring, ring.next);
    }
    ck_assert_uint_eq(st_spare_blocks_count(HALF_ROOM), 1);
    ck_assert_uint_eq(st_spare_blocks_count(WHOLE_ROOM), 0);
    st_ring_fini(&ring);
}
END_TEST

START_TEST(silence_at_half_rate_begins_when_the_filter_has_died_away)
{
    const int16_t *samples;
    struct st_ring ring;
    make_half();
    st_ring_init(&ring, RATE_HZ, 10000000);
    put_half(&ring, 6300, 800); /* all of a block */
    memmove(expected, expected + 2 * 6300, 2 * 2400 * sizeof(expected[0]));
    put_half(&ring, 7100, 1600);
    ck_assert_uint_eq(st_ring_peek(&ring, 1600, &samples), 0);
    ck_assert_uint_eq(st_ring_peek(&ring, 3200, &samples), 1600);
    expect(&ring, 1600, 3200);
    st_ring_fini(&ring);
}
END_TEST

/* A codec of 16 kHz takes over, in the middle of a block and at its end. */
START_TEST(whole_rate_follows_half)
{
    struct st_ring ring;
    int16_t out[3000];
    make_half();
    counter = 1;
    st_ring_init(&ring, RATE_HZ, 10000000);
    put_half(&ring, 0, _i);
    expect(&ring, 10, 1);
    put(&ring, 1000, 0);
    ck_assert_int_eq(ring.next, 2 * _i + 1000);
    expect(&ring, 0, (size_t)_i * 2);
    ck_assert_uint_eq(st_ring_read(&ring, 2 * _i, out, 3000), 1000);
    for (int i = 0; i < 1000; i++)
        ck_assert_int_eq(out[i], i + 1);
    st_ring_fini(&ring);
}
END_TEST

/* ---- G.711 ---- */

static const enum st_codec laws[] = {ST_CODEC_PCMU, ST_CODEC_PCMA};

/* All blocks but the last, and of A-law the first, which has silence before it. */
START_TEST(g711_is_held_as_g711)
{
    struct st_ring ring;
    make_g711(laws[_i]);
    st_ring_init(&ring, RATE_HZ, 10000000);
    for (int done = 0; done < HALF_SAMPLES; done += 160)
        put_half(&ring, done, 160);
    expect(&ring, 0, 2 * HALF_SAMPLES);
    expect(&ring, 3333, 1111);
    st_ring_drop(&ring, ring.next);
    ck_assert_uint_eq(st_spare_blocks_count(HALF_ROOM / 2), _i ? 23 : 24);
    ck_assert_uint_eq(st_spare_blocks_count(HALF_ROOM), _i ? 2 : 1);
    st_ring_fini(&ring);
}
END_TEST

START_TEST(a_block_with_another_sample_stays_as_it_is)
{
    struct st_ring ring;
    make_g711(ST_CODEC_PCMU);
    heard[5000] = 3;
    double_heard();
    st_ring_init(&ring, RATE_HZ, 10000000);
    for (int done = 0; done < HALF_SAMPLES; done += 160)
        put_half(&ring, done, 160);
    expect(&ring, 0, 2 * HALF_SAMPLES);
    st_ring_drop(&ring, ring.next);
    ck_assert_uint_eq(st_spare_blocks_count(HALF_ROOM / 2), 23);
    ck_assert_uint_eq(st_spare_blocks_count(HALF_ROOM), 2);
    st_ring_fini(&ring);
}
END_TEST

START_TEST(g711_at_the_rings_rate_is_held_as_g711)
{
    struct st_ring ring;
    const int16_t *samples;
    int16_t out[HALF_SAMPLES];
    make_g711(laws[_i]);
    st_ring_init(&ring, RATE_HZ / 2, 10000000);
    for (int done = 0; done < HALF_SAMPLES; done += 160) {
        struct st_frame frame = {heard + done, 160, RATE_HZ / 2, 0};
        st_ring_put(&ring, &frame);
    }
    ck_assert_uint_eq(st_ring_peek(&ring, 0, &samples), 0);
    ck_assert_uint_eq(st_ring_peek(&ring, HALF_SAMPLES - 800, &samples), 800);
    ck_assert_uint_eq(st_ring_read(&ring, 0, out, HALF_SAMPLES), HALF_SAMPLES);
    ck_assert_mem_eq(out, heard, sizeof(out));
    st_ring_drop(&ring, ring.next);
    ck_assert_uint_eq(st_spare_blocks_count(400), 24);
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
    tcase_add_test(tcase, what_one_ring_has_done_with_another_takes);
    tcase_add_test(tcase, silence_takes_no_samples);
    tcase_add_test(tcase, sound_after_silence_is_read_from_where_one_was);
    tcase_add_test(tcase, blocks_are_kept_for_a_long_utterance_and_no_more);
    tcase_add_loop_test(tcase, half_rate_is_read_as_one_resampler_makes_it, 0, 6);
    tcase_add_test(tcase, half_rate_goes_on_alike_when_all_before_it_is_dropped);
    tcase_add_test(tcase, silence_at_half_rate_begins_when_the_filter_has_died_away);
    tcase_add_loop_test(tcase, whole_rate_follows_half, 796, 802);
    tcase_add_loop_test(tcase, g711_is_held_as_g711, 0, 2);
    tcase_add_test(tcase, a_block_with_another_sample_stays_as_it_is);
    tcase_add_loop_test(tcase, g711_at_the_rings_rate_is_held_as_g711, 0, 2);
    tcase_add_test(tcase, indices_are_media_times);
    return run_case("ring", tcase);
}
