#include "sidetone/rtp_conceal.h"

#include "run.h"

#include <errno.h>
#include <math.h>
#include <string.h>

enum { RATES = 5, SAMPLES_MAX = 48000 };

static const uint32_t rates[RATES] = {8000, 11025, 16000, 44100, 48000};
static struct st_rtp_conceal *conceal;
static int16_t wave[SAMPLES_MAX], out[SAMPLES_MAX];
static uint32_t rate;

static void open_conceal(int index)
{
    rate = rates[index];
    ck_assert_int_eq(st_rtp_conceal_create(&conceal, rate), 0);
}

static size_t ms(unsigned count)
{
    return (size_t)rate * count / 1000;
}

/* A voice: a fundamental and two overtones. */
static void draw_voice(double fundamental_hz)
{
    for (size_t i = 0; i < SAMPLES_MAX; i++) {
        double t = 2 * M_PI * fundamental_hz * (double)i / rate;
        wave[i] = (int16_t)(8000 * sin(t) + 3000 * sin(2 * t + 1) + 1000 * sin(3 * t + 2));
    }
}

static double power(const int16_t *samples, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (double)samples[i] * samples[i];
    return sum / (double)count;
}

START_TEST(a_voice_goes_on)
{
    static const double voices_hz[] = {80, 120, 200, 310};
    open_conceal(_i % RATES);
    draw_voice(voices_hz[_i / RATES]);
    st_rtp_conceal_put(conceal, wave, ms(200));
    st_rtp_conceal_fill(conceal, out, ms(10), NULL, 0);
    double error = 0;
    for (size_t i = 0; i < ms(10); i++)
        error += pow(out[i] - wave[ms(200) + i], 2);
    error /= (double)ms(10);
    ck_assert_double_lt(10 * log10(error / power(wave, ms(200))), -12);
    st_rtp_conceal_destroy(conceal);
}
END_TEST

START_TEST(it_fades_and_is_nothing_after_60_ms)
{
    open_conceal(_i);
    draw_voice(150);
    st_rtp_conceal_put(conceal, wave, ms(200));
    st_rtp_conceal_fill(conceal, out, ms(100), wave, ms(20));
    double before = power(out, ms(10));
    ck_assert_double_gt(before, power(wave, ms(200)) / 2);
    for (unsigned at = 20; at < 60; at += 20) {
        double now = power(out + ms(at), ms(20));
        ck_assert_double_lt(now, before);
        ck_assert_double_gt(now, 0);
        before = now;
    }
    for (size_t i = ms(60); i < ms(100); i++)
        ck_assert_int_eq(out[i], 0);
    st_rtp_conceal_destroy(conceal);
}
END_TEST

static int largest_step(const int16_t *samples, size_t count)
{
    int largest = 0;
    for (size_t i = 1; i < count; i++) {
        int step = samples[i] - samples[i - 1];
        step = step < 0 ? -step : step;
        largest = step > largest ? step : largest;
    }
    return largest;
}

START_TEST(it_joins_on_at_both_ends_without_a_click)
{
    open_conceal(_i);
    draw_voice(137);
    size_t before = ms(100), gap = ms(20);
    int usual = largest_step(wave, ms(200));
    st_rtp_conceal_put(conceal, wave, before);
    memcpy(out, wave, before * sizeof(*out));
    st_rtp_conceal_fill(conceal, out + before, gap, wave + before + gap, ms(20));
    memcpy(out + before + gap, wave + before + gap, ms(20) * sizeof(*out));
    ck_assert_int_le(largest_step(out, before + gap + ms(20)), usual * 2);
    st_rtp_conceal_destroy(conceal);
}
END_TEST

START_TEST(silence_stays_silence)
{
    open_conceal(_i);
    st_rtp_conceal_fill(conceal, out, ms(60), NULL, 0);
    for (size_t i = 0; i < ms(60); i++)
        ck_assert_int_eq(out[i], 0);
    draw_voice(150);
    st_rtp_conceal_put(conceal, wave, ms(100));
    st_rtp_conceal_put(conceal, NULL, ms(100));
    st_rtp_conceal_fill(conceal, out, ms(20), NULL, 0);
    for (size_t i = 0; i < ms(20); i++)
        ck_assert_int_eq(out[i], 0);
    st_rtp_conceal_destroy(conceal);
}
END_TEST

START_TEST(full_scale_and_odd_lengths_do_no_harm)
{
    static const size_t lengths[] = {0, 1, 2, 7, 31, 160, 959, 2881};
    uint32_t seed = 9;
    open_conceal(_i);
    for (int round = 0; round < 200; round++) {
        size_t n = lengths[round % 8], k = lengths[round / 8 % 8];
        for (size_t i = 0; i < n; i++) {
            seed = seed * 1664525 + 1013904223;
            wave[i] = seed >> 31 ? INT16_MAX : INT16_MIN;
        }
        st_rtp_conceal_put(conceal, wave, n);
        out[k] = 12345;
        st_rtp_conceal_fill(conceal, out, k, round % 3 ? wave : NULL, n);
        ck_assert_int_eq(out[k], 12345);
    }
    st_rtp_conceal_destroy(conceal);
}
END_TEST

START_TEST(it_does_not_matter_in_which_pieces_the_past_came)
{
    static const size_t pieces[] = {1, 7, 160, 331, 2000};
    static int16_t whole[SAMPLES_MAX];
    open_conceal(_i);
    draw_voice(130);
    st_rtp_conceal_put(conceal, wave, ms(400));
    st_rtp_conceal_fill(conceal, whole, ms(20), NULL, 0);
    st_rtp_conceal_fill(conceal, whole + ms(20), ms(20), NULL, 0);
    st_rtp_conceal_destroy(conceal);
    for (int k = 0; k < 5; k++) {
        open_conceal(_i);
        for (size_t done = 0; done < ms(400);) {
            size_t n = ms(400) - done < pieces[k] ? ms(400) - done : pieces[k];
            st_rtp_conceal_put(conceal, wave + done, n);
            done += n;
        }
        st_rtp_conceal_fill(conceal, out, ms(20), NULL, 0);
        st_rtp_conceal_fill(conceal, out + ms(20), ms(20), NULL, 0);
        ck_assert_mem_eq(out, whole, ms(40) * sizeof(*out));
        st_rtp_conceal_destroy(conceal);
    }
}
END_TEST

START_TEST(rates_out_of_range_are_refused)
{
    static const uint32_t bad[] = {0, 7999, 48001, UINT32_MAX};
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(st_rtp_conceal_create(&conceal, bad[i]), -EINVAL);
    st_rtp_conceal_destroy(NULL);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_loop_test(tcase, a_voice_goes_on, 0, RATES * 4);
    tcase_add_loop_test(tcase, it_fades_and_is_nothing_after_60_ms, 0, RATES);
    tcase_add_loop_test(tcase, it_joins_on_at_both_ends_without_a_click, 0, RATES);
    tcase_add_loop_test(tcase, silence_stays_silence, 0, RATES);
    tcase_add_loop_test(tcase, full_scale_and_odd_lengths_do_no_harm, 0, RATES);
    tcase_add_loop_test(tcase, it_does_not_matter_in_which_pieces_the_past_came, 0, RATES);
    tcase_add_test(tcase, rates_out_of_range_are_refused);
    return run_case("conceal", tcase);
}
