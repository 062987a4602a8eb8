#include "energy_segmenter.h"

#include "run.h"

#include <math.h>

enum { RATE_HZ = 16000, FRAME = 320 };

static struct st_energy_segmenter segmenter;
static uint32_t noise_state;

static void setup(void)
{
    noise_state = 1;
    st_energy_segmenter_init(&segmenter, RATE_HZ);
}

static double noise(void)
{
    noise_state = noise_state * 1664525 + 1013904223;
    return (double)(noise_state >> 8) / (1 << 24) - 0.5;
}

/* Noise of that peak; returns the changes seen, as opened * 10 + closed. */
static int put(unsigned ms, double peak)
{
    int16_t samples[FRAME];
    int opened = 0, closed = 0;
    for (unsigned done = 0; done < ms; done += 20) {
        for (int i = 0; i < FRAME; i++)
            samples[i] = (int16_t)(noise() * 2 * peak);
        enum st_energy_segmenter_change change =
            st_energy_segmenter_put(&segmenter, samples, FRAME);
        opened += change == ST_SEGMENTER_OPENED;
        closed += change == ST_SEGMENTER_CLOSED;
    }
    return opened * 10 + closed;
}

START_TEST(speech_between_silences_is_one_utterance)
{
    ck_assert_int_eq(put(2000, 0), 0);
    ck_assert_int_eq(put(1000, 5000), 10);
    ck_assert_int_eq(segmenter.start_us, 1700000);
    ck_assert_int_eq(put(680, 0), 0);
    ck_assert_int_eq(put(20, 0), 1);
    ck_assert_int_eq(segmenter.end_us, 3000000);
    ck_assert_int_eq(put(10000, 0), 0);
}
END_TEST

START_TEST(a_click_opens_nothing)
{
    put(1000, 10);
    ck_assert_int_eq(put(60, 20000), 0);
    ck_assert_int_eq(put(1000, 10), 0);
}
END_TEST

START_TEST(short_pauses_do_not_cut)
{
    put(500, 10);
    int changes = 0;
    for (int i = 0; i < 5; i++)
        changes += put(400, 5000) + put(600, 10);
    ck_assert_int_eq(changes, 10);
    ck_assert_int_eq(put(200, 10), 1);
}
END_TEST

START_TEST(steady_noise_becomes_the_floor)
{
    put(1000, 0);
    put(20000, 600);
    ck_assert_int_eq(put(10000, 600), 0);
    ck_assert(!segmenter.is_open);
    ck_assert_int_eq(put(400, 10000), 10);
}
END_TEST

START_TEST(endless_speech_is_cut_without_a_gap_or_overlap)
{
    int64_t end_us = 0;
    int cuts = 0;
    for (int i = 0; i < 50; i++) {
        bool was_open = segmenter.is_open;
        for (int k = 0; k < 100; k++) {
            put(20, k % 50 < 40 ? 8000 : 5);
            if (!was_open && segmenter.is_open && cuts > 0)
                ck_assert_int_ge(segmenter.start_us, end_us);
            if (was_open && !segmenter.is_open) {
                end_us = segmenter.at_us;
                cuts++;
            }
            was_open = segmenter.is_open;
        }
    }
    ck_assert_int_ge(cuts, 4);
}
END_TEST

START_TEST(odd_sizes_are_fine)
{
    int16_t sample = 0;
    ck_assert_int_eq(st_energy_segmenter_put(&segmenter, &sample, 0), ST_SEGMENTER_SAME);
    ck_assert_int_eq(st_energy_segmenter_put(&segmenter, &sample, 1), ST_SEGMENTER_SAME);
    ck_assert(isfinite(segmenter.floor_db));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_test(tcase, speech_between_silences_is_one_utterance);
    tcase_add_test(tcase, a_click_opens_nothing);
    tcase_add_test(tcase, short_pauses_do_not_cut);
    tcase_add_test(tcase, steady_noise_becomes_the_floor);
    tcase_add_test(tcase, endless_speech_is_cut_without_a_gap_or_overlap);
    tcase_add_test(tcase, odd_sizes_are_fine);
    return run_case("energy_segmenter", tcase);
}
