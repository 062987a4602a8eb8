#include "to_24k.h"

#include "run.h"

#include <math.h>
#include <string.h>

enum { COUNT = 4000 };

static const double pi = 3.14159265358979323846;
static const uint32_t rates[] = {8000, 16000};

static void make_sine(int16_t *out, double hz, uint32_t rate_hz)
{
    for (int i = 0; i < COUNT; i++)
        out[i] = (int16_t)lrint(10000 * sin(2 * pi * hz * i / rate_hz));
}

/* Of `hz` in samples at 24 kHz: what is left when the best fitting sine is taken away, in dB. */
static double distortion_db(const int16_t *samples, size_t count, double hz)
{
    double in_phase = 0, quadrature = 0, rest = 0, all = 0;
    for (size_t i = 0; i < count; i++) {
        in_phase += samples[i] * sin(2 * pi * hz * (double)i / ST_TO_24K_HZ) * 2 / (double)count;
        quadrature += samples[i] * cos(2 * pi * hz * (double)i / ST_TO_24K_HZ) * 2 / (double)count;
    }
    for (size_t i = 0; i < count; i++) {
        double fit = in_phase * sin(2 * pi * hz * (double)i / ST_TO_24K_HZ) +
                     quadrature * cos(2 * pi * hz * (double)i / ST_TO_24K_HZ);
        rest += (samples[i] - fit) * (samples[i] - fit);
        all += samples[i] * (double)samples[i];
    }
    ck_assert_double_gt(all / (double)count, 0.9 * 5e7); /* as loud as it was */
    ck_assert_double_lt(all / (double)count, 1.1 * 5e7);
    return 10 * log10(rest / all);
}

START_TEST(tones_of_the_speech_band_stay_clean)
{
    static const double parts[] = {0.02, 0.1, 0.25, 0.4}; /* of the input's rate */
    static int16_t in[COUNT], out[3 * COUNT];
    struct st_to_24k filter;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        /* a whole number of periods in the 2,400 samples looked at */
        double hz = round(parts[i] * rates[_i] / 10) * 10;
        make_sine(in, hz, rates[_i]);
        st_to_24k_init(&filter, rates[_i]);
        size_t count = st_to_24k_process(&filter, in, COUNT, out);
        ck_assert_uint_eq(count, COUNT * (size_t)ST_TO_24K_HZ / rates[_i]);
        ck_assert_double_lt(distortion_db(out + 1200, 2400, hz), -50);
    }
}
END_TEST

START_TEST(chunks_make_no_difference)
{
    static int16_t in[COUNT], whole[3 * COUNT], pieces[3 * COUNT];
    struct st_to_24k filter;
    make_sine(in, 440, rates[_i]);
    st_to_24k_init(&filter, rates[_i]);
    size_t count = st_to_24k_process(&filter, in, COUNT, whole), written = 0;
    st_to_24k_init(&filter, rates[_i]);
    for (size_t at = 0, step = 1; at < COUNT; at += step, step = step % 7 + 1) {
        step = at + step > COUNT ? COUNT - at : step;
        written += st_to_24k_process(&filter, in + at, step, pieces + written);
    }
    ck_assert_uint_eq(written, count);
    ck_assert_int_eq(memcmp(whole, pieces, count * sizeof(whole[0])), 0);
}
END_TEST

START_TEST(a_constant_stays_and_the_loudest_is_cut)
{
    static int16_t in[COUNT], out[3 * COUNT];
    struct st_to_24k filter;
    for (int i = 0; i < COUNT; i++)
        in[i] = 6000;
    st_to_24k_init(&filter, rates[_i]);
    size_t count = st_to_24k_process(&filter, in, COUNT, out);
    for (size_t i = 100; i < count; i++)
        ck_assert_int_eq(out[i], 6000);
    for (int i = 0; i < COUNT; i++)
        in[i] = i / 40 % 2 ? INT16_MAX : INT16_MIN;
    count = st_to_24k_process(&filter, in, COUNT, out);
    for (size_t k = 2; 40 * (k + 1) < COUNT; k++) { /* an overflow would turn the sign */
        size_t middle = (40 * k + 20 + ST_TO_24K_TAPS / 2) * count / COUNT;
        ck_assert(k % 2 ? out[middle] > 30000 : out[middle] < -30000);
    }
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_loop_test(tcase, tones_of_the_speech_band_stay_clean, 0,
                        sizeof(rates) / sizeof(rates[0]));
    tcase_add_loop_test(tcase, chunks_make_no_difference, 0, sizeof(rates) / sizeof(rates[0]));
    tcase_add_loop_test(tcase, a_constant_stays_and_the_loudest_is_cut, 0,
                        sizeof(rates) / sizeof(rates[0]));
    return run_case("to_24k", tcase);
}
