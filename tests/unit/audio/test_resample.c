#include "sidetone/resample.h"

#include "run.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SECONDS = 2, SAMPLES_MAX = 48000 * SECONDS + 64 };

static struct st_resampler *resampler;
static int16_t in[SAMPLES_MAX], out[SAMPLES_MAX];

static void create(uint32_t in_hz, uint32_t out_hz)
{
    ck_assert_int_eq(st_resampler_create(&resampler, in_hz, out_hz), 0);
}

static void teardown(void)
{
    st_resampler_destroy(resampler);
    resampler = NULL;
}

static void make_tone(uint32_t rate_hz, double frequency_hz, double amplitude)
{
    for (uint32_t i = 0; i < rate_hz * SECONDS; i++)
        in[i] = (int16_t)lrint(amplitude * sin(2 * M_PI * frequency_hz * i / rate_hz));
}

/* Amplitude of a whole frequency in the last second of `out`: exact, since it is orthogonal there
 * to every other whole frequency. */
static double amplitude_at(uint32_t rate_hz, double frequency_hz)
{
    const int16_t *x = out + rate_hz * (SECONDS - 1);
    double re = 0, im = 0;
    for (uint32_t i = 0; i < rate_hz; i++) {
        re += x[i] * cos(2 * M_PI * frequency_hz * i / rate_hz);
        im += x[i] * sin(2 * M_PI * frequency_hz * i / rate_hz);
    }
    return 2 * hypot(re, im) / rate_hz;
}

static double to_db(double ratio)
{
    return 20 * log10(ratio + 1e-12);
}

START_TEST(doubling_is_flat_and_free_of_images_to_3400_hz)
{
    create(8000, 16000);
    double ripple_db = 0, image_db = -200;
    for (int frequency = 25; frequency <= 3400; frequency += 25) {
        make_tone(8000, frequency, 20000);
        ck_assert_uint_eq(st_resampler_process(resampler, in, 16000, out), 32000);
        ripple_db = fmax(ripple_db, fabs(to_db(amplitude_at(16000, frequency) / 20000)));
        image_db = fmax(image_db, to_db(amplitude_at(16000, 8000 - frequency) / 20000));
    }
    ck_assert_msg(ripple_db <= 0.1, "pass band ripple %.3f dB", ripple_db);
    ck_assert_msg(image_db <= -60, "images at %.1f dB", image_db);
}
END_TEST

START_TEST(halving_keeps_the_band_and_folds_nothing_back)
{
    create(16000, 8000);
    for (int frequency = 200; frequency <= 3000; frequency += 400) {
        make_tone(16000, frequency, 20000);
        st_resampler_process(resampler, in, 32000, out);
        ck_assert(fabs(to_db(amplitude_at(8000, frequency) / 20000)) < 0.5);
    }
    for (int frequency = 5200; frequency < 8000; frequency += 400) {
        make_tone(16000, frequency, 20000);
        st_resampler_process(resampler, in, 32000, out);
        ck_assert(to_db(amplitude_at(8000, 8000 - frequency) / 20000) < -60);
    }
}
END_TEST

static const struct {
    uint32_t in_hz, out_hz;
} ratios[] = {{8000, 8000},   {8000, 16000},  {24000, 48000}, {16000, 8000}, {44100, 16000},
              {48000, 16000}, {11025, 16000}, {48000, 8000},  {8000, 48000}, {12345, 16000}};
enum { RATIOS = sizeof(ratios) / sizeof(ratios[0]) };

START_TEST(counts_follow_from_the_first_call)
{
    create(ratios[_i].in_hz, ratios[_i].out_hz);
    uint64_t put = 0, got = 0;
    for (size_t n = 1; n < 500; n += 7) {
        size_t made = st_resampler_process(resampler, in, n, out);
        ck_assert_uint_le(made, st_resampler_out_max(resampler, n));
        put += n;
        got += made;
        double expected = (double)put * ratios[_i].out_hz / ratios[_i].in_hz;
        ck_assert_msg(fabs((double)got - expected) <= 1, "%g expected, %g came", expected,
                      (double)got);
    }
}
END_TEST

START_TEST(any_cutting_gives_the_same_samples)
{
    static int16_t again[SAMPLES_MAX];
    unsigned seed = 3;
    create(ratios[_i].in_hz, ratios[_i].out_hz);
    for (int i = 0; i < 8000; i++)
        in[i] = (int16_t)rand_r(&seed);
    size_t all = st_resampler_process(resampler, in, 8000, out), got = 0;
    st_resampler_reset(resampler);
    for (size_t done = 0, n; done < 8000; done += n) {
        n = (size_t)(rand_r(&seed) % 400);
        n = n < 8000 - done ? n : 8000 - done;
        got += st_resampler_process(resampler, in + done, n, again + got);
    }
    ck_assert_uint_eq(got, all);
    for (size_t i = 0; i < all; i++)
        ck_assert_int_eq(again[i], out[i]);
}
END_TEST

START_TEST(null_is_silence)
{
    create(ratios[_i].in_hz, ratios[_i].out_hz);
    for (int i = 0; i < 320; i++)
        in[i] = 12000;
    st_resampler_process(resampler, in, 320, out);
    size_t n = st_resampler_process(resampler, NULL, 4000, out);
    ck_assert_uint_ge(n, 600);
    for (size_t i = n / 2; i < n; i++)
        ck_assert_int_eq(out[i], 0);
}
END_TEST

START_TEST(the_delay_is_what_it_says)
{
    enum { AT = 2000, WIDTH = 64 };
    create(ratios[_i].in_hz, ratios[_i].out_hz);
    memset(in, 0, sizeof(in));
    for (int i = -WIDTH; i <= WIDTH; i++) /* a smooth bump, whose centre of mass is its place */
        in[AT + i] = (int16_t)(10000 * (1 + cos(M_PI * i / WIDTH)));
    size_t n = st_resampler_process(resampler, in, 8000, out);
    double mass = 0, moment = 0;
    for (size_t i = 0; i < n; i++) {
        mass += out[i];
        moment += (double)out[i] * (double)i;
    }
    double came_us = moment / mass * 1e6 / ratios[_i].out_hz;
    double expected_us = AT * 1e6 / ratios[_i].in_hz + (double)st_resampler_delay_us(resampler);
    ck_assert_msg(fabs(came_us - expected_us) < 35, "came at %.0f, not %.0f us", came_us,
                  expected_us);
}
END_TEST

START_TEST(loud_audio_saturates_and_never_wraps)
{
    create(8000, 16000);
    for (int i = 0; i < 800; i++)
        in[i] = i / 40 % 2 ? INT16_MIN : INT16_MAX;
    st_resampler_process(resampler, in, 800, out);
    for (int i = 0; i < 1600; i++) {
        int from = i / 2 - 12;
        if (from >= 1 && from % 40 > 0 && from % 40 < 39)
            ck_assert_msg((out[i] < 0) == (in[from] < 0), "sample %d is %d", i, out[i]);
    }
}
END_TEST

START_TEST(the_worst_signal_does_not_overflow)
{
    /* Each sample has the sign of its tap, so that every product adds up. */
    create(8000, 16000);
    for (int sign = -1; sign <= 1; sign += 2) {
        for (int i = 0; i < 24; i++)
            in[i] = (int16_t)((i < 12 ? i : 23 - i) % 2 ? 32767 * sign : -32767 * sign);
        st_resampler_process(resampler, in, 24, out);
        ck_assert_int_eq(out[47], sign > 0 ? INT16_MAX : INT16_MIN);
        st_resampler_reset(resampler);
    }
}
END_TEST

START_TEST(reset_forgets)
{
    create(ratios[_i].in_hz, ratios[_i].out_hz);
    for (int i = 0; i < 2000; i++)
        in[i] = 20000;
    st_resampler_process(resampler, in, 2000, out);
    st_resampler_reset(resampler);
    size_t n = st_resampler_process(resampler, NULL, 2000, out);
    for (size_t i = 0; i < n; i++)
        ck_assert_int_eq(out[i], 0);
}
END_TEST

START_TEST(rates_out_of_range_are_refused)
{
    static const uint32_t bad[] = {0, 7999, 48001, UINT32_MAX};
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(st_resampler_create(&resampler, bad[i], 16000), -EINVAL);
        ck_assert_int_eq(st_resampler_create(&resampler, 16000, bad[i]), -EINVAL);
    }
    ck_assert_ptr_null(resampler);
    st_resampler_destroy(NULL);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, NULL, teardown);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, doubling_is_flat_and_free_of_images_to_3400_hz);
    tcase_add_test(tcase, halving_keeps_the_band_and_folds_nothing_back);
    tcase_add_loop_test(tcase, counts_follow_from_the_first_call, 0, RATIOS);
    tcase_add_loop_test(tcase, any_cutting_gives_the_same_samples, 0, RATIOS);
    tcase_add_loop_test(tcase, null_is_silence, 0, RATIOS);
    tcase_add_loop_test(tcase, the_delay_is_what_it_says, 0, RATIOS);
    tcase_add_test(tcase, loud_audio_saturates_and_never_wraps);
    tcase_add_test(tcase, the_worst_signal_does_not_overflow);
    tcase_add_loop_test(tcase, reset_forgets, 0, RATIOS);
    tcase_add_test(tcase, rates_out_of_range_are_refused);
    return run_case("resample", tcase);
}
