#include "run.h"

#include "sidetone/seconds.h"

#include <math.h>

enum { RATE_HZ = 8000, FRAME = 160 };

static struct st_level level;
static struct st_seconds seconds;
static struct st_audio_second second;
static int64_t media_us;
static uint32_t noise;

static void open(int64_t start_us)
{
    st_level_init(&level);
    st_seconds_init(&seconds);
    media_us = start_us;
    noise = 1;
}

static int16_t next_noise(int amplitude)
{
    noise = noise * 1664525 + 1013904223;
    return (int16_t)((int)(noise >> 16) % (2 * amplitude + 1) - amplitude);
}

/* A frame that varies as speech does; true when a second is complete. */
static bool put(int amplitude)
{
    int16_t samples[FRAME];
    int now = media_us / 20000 % 2 == 0 ? amplitude : amplitude / 3;
    for (int i = 0; i < FRAME; i++)
        samples[i] = amplitude > 0 ? next_noise(now) : 0;
    struct st_frame frame = {samples, FRAME, RATE_HZ, media_us};
    media_us += 20000;
    st_level_put(&level, &frame);
    return st_seconds_put(&seconds, &level, &frame, &second);
}

START_TEST(a_second_is_complete_when_the_next_begins)
{
    open(0);
    for (int i = 0; i < 50; i++)
        ck_assert(!put(0));
    ck_assert(put(0));
    ck_assert_int_eq(second.start_us, 0);
    ck_assert_int_eq(second.speech_us, 0);
    for (int i = 0; i < 49; i++)
        ck_assert(!put(0));
    ck_assert(st_seconds_flush(&seconds, &second));
    ck_assert_int_eq(second.start_us, 1000000);
    ck_assert(!st_seconds_flush(&seconds, &second));
}
END_TEST

START_TEST(the_level_is_that_of_speech_alone)
{
    open(0);
    for (int i = 0; i < 25; i++)
        put(0);
    for (int i = 0; i < 25; i++)
        put(9000);
    ck_assert(put(0));
    ck_assert_int_ge(second.speech_us, 460000);
    ck_assert_int_le(second.speech_us, 520000);
    /* evenly spread: a third of the square of the amplitude; every second frame a ninth of that */
    double power = 9000.0 * 9000 / 3 * (1 + 1 / 9.0) / 2 / (32768.0 * 32768);
    ck_assert_double_eq_tol((double)second.speech_db, 10 * log10(power), 0.7);
    ck_assert_uint_eq(second.clipped, 0);
}
END_TEST

START_TEST(a_second_has_at_most_a_second_of_speech)
{
    open(500000);
    for (int i = 0; i < 25; i++)
        put(9000);
    for (int i = 0; i < 50; i++)
        put(9000);
    ck_assert(put(9000));
    ck_assert_int_eq(second.start_us, 1000000);
    ck_assert_int_le(second.speech_us, 1000000);
    ck_assert_int_ge(second.speech_us, 980000);
}
END_TEST

START_TEST(seconds_may_be_missing_and_clipping_is_counted)
{
    open(0);
    for (int i = 0; i < 10; i++)
        put(32767);
    media_us = 7000000;
    ck_assert(put(0));
    ck_assert_int_eq(second.start_us, 0);
    ck_assert_uint_gt(second.clipped, 0);
    ck_assert(st_seconds_flush(&seconds, &second));
    ck_assert_int_eq(second.start_us, 7000000);
    ck_assert_uint_eq(second.clipped, 0);
}
END_TEST

START_TEST(a_tone_is_no_speech)
{
    open(0);
    for (int i = 0; i < 51; i++) {
        int16_t samples[FRAME];
        for (int k = 0; k < FRAME; k++)
            samples[k] = (int16_t)(9000 * sin(2 * 3.14159265 * 440 * (i * FRAME + k) / RATE_HZ));
        struct st_frame frame = {samples, FRAME, RATE_HZ, media_us};
        media_us += 20000;
        st_level_put(&level, &frame);
        st_seconds_put(&seconds, &level, &frame, &second);
    }
    ck_assert_int_ge(second.tone_us, 800000);
    ck_assert_int_le(second.speech_us, 20000);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {a_second_is_complete_when_the_next_begins,
                            the_level_is_that_of_speech_alone,
                            a_second_has_at_most_a_second_of_speech,
                            seconds_may_be_missing_and_clipping_is_counted, a_tone_is_no_speech};
    return run_tests("seconds", tests, sizeof(tests) / sizeof(tests[0]));
}
