#include "moonshine/upsample.h"

#include "run.h"

#include <math.h>
#include <stdlib.h>

enum { COUNT = 4000 };

static int16_t in[COUNT];
static float out[2 * COUNT];

static double tone(double hz, double at_s)
{
    return sin(2 * 3.14159265358979 * hz * at_s);
}

/* Largest deviation from the tone itself, away from the ends. */
static double tone_error(double hz)
{
    double worst = 0;
    for (int i = 0; i < COUNT; i++)
        in[i] = (int16_t)lrint(16000 * tone(hz, i / 8000.0));
    st_upsample_double(in, COUNT, out);
    for (int i = 100; i < 2 * COUNT - 100; i++)
        worst = fmax(worst, fabs(out[i] - 16000.0 / 32768 * tone(hz, i / 16000.0)));
    return worst;
}

START_TEST(tones_of_the_telephone_band_stay_what_they_are)
{
    static const double tones_hz[] = {200, 1000, 2500, 3200};
    for (size_t i = 0; i < 4; i++)
        ck_assert_msg(tone_error(tones_hz[i]) < 0.001, "%.0f Hz", tones_hz[i]);
}
END_TEST

START_TEST(short_and_loud_input_is_safe)
{
    for (size_t count = 0; count < 60; count++) {
        for (size_t i = 0; i < count; i++)
            in[i] = i % 2 ? INT16_MAX : INT16_MIN;
        st_upsample_double(in, count, out);
        for (size_t i = 0; i < 2 * count; i++)
            ck_assert(isfinite(out[i]) && fabsf(out[i]) < 3);
    }
}
END_TEST

START_TEST(ends_are_as_if_silence_lay_around_them)
{
    static float padded[2 * COUNT];
    for (size_t count = 1; count < 80; count++) {
        for (size_t i = 0; i < COUNT; i++)
            in[i] = i < count ? (int16_t)(1000 + 37 * i) : 0;
        st_upsample_double(in, count + 40, padded);
        for (size_t i = count; i < count + 40; i++)
            in[i] = 30000; /* not to be read */
        st_upsample_double(in, count, out);
        for (size_t i = 0; i < 2 * count; i++)
            ck_assert(fabsf(out[i] - padded[i]) < 1e-6F);
    }
}
END_TEST

START_TEST(a_copy_is_scaled)
{
    in[0] = -32768;
    in[1] = 16384;
    st_upsample_copy(in, 2, out);
    ck_assert(out[0] == -1.0F && out[1] == 0.5F);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, tones_of_the_telephone_band_stay_what_they_are);
    tcase_add_test(tcase, short_and_loud_input_is_safe);
    tcase_add_test(tcase, ends_are_as_if_silence_lay_around_them);
    tcase_add_test(tcase, a_copy_is_scaled);
    return run_case("upsample", tcase);
}
