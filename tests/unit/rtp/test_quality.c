#include "sidetone/level.h"
#include "sidetone/rtp_quality.h"

#include "run.h"

#include <math.h>

enum { FRAME = 320, FRAME_US = 20000, RATE_HZ = 16000 };

static struct st_rtp_quality quality;
static struct st_level levels[2];
static int64_t frames[2];
static uint32_t seed = 1;

static void setup(void)
{
    st_rtp_quality_init(&quality);
    for (int i = 0; i < 2; i++) {
        st_level_init(&levels[i]);
        frames[i] = 0;
    }
}

/* Noise whose level changes from frame to frame as that of speech does. */
static void draw_speech(int16_t *samples, int peak)
{
    seed = seed * 1664525 + 1013904223;
    int level = peak / 4 + (int)((seed >> 8) % (unsigned)(peak - peak / 4));
    for (int i = 0; i < FRAME; i++) {
        seed = seed * 1664525 + 1013904223;
        samples[i] = (int16_t)(seed >> 31 ? level : -level);
    }
}

static void put(unsigned channel, const int16_t *samples)
{
    struct st_level *level = &levels[channel];
    struct st_frame frame = {samples, FRAME, RATE_HZ, frames[channel]++ * FRAME_US};
    uint64_t clipped = level->clipped;
    st_level_put(level, &frame);
    st_rtp_quality_put(
        &quality, channel,
        &(struct st_rtp_quality_frame){.media_us = frame.media_us,
                                       .level_db = level->level_db,
                                       .samples = FRAME,
                                       .clipped = (uint32_t)(level->clipped - clipped)});
}

static void put_silence(unsigned channel)
{
    static const int16_t silence[FRAME];
    put(channel, silence);
}

static void put_speech(unsigned channel, int peak)
{
    int16_t samples[FRAME];
    draw_speech(samples, peak);
    put(channel, samples);
}

static struct st_rtp_quality_score score(uint64_t missing, uint64_t bursts, uint32_t delay_ms)
{
    return st_rtp_quality_score(&(struct st_rtp_quality_loss){10000, missing, bursts, delay_ms});
}

START_TEST(the_score_is_the_standards)
{
    /* G.107: R = 93.2 is MOS 4.41. 2 % random: 95·2/(2+25.1) = 7.01. 200 ms: 4.8 + 2.5. */
    ck_assert_float_eq_tol(score(0, 0, 0).r, 93.2f, 0.01f);
    ck_assert_float_eq_tol(score(0, 0, 0).mos, 4.41f, 0.005f);
    ck_assert_float_eq_tol(score(200, 196, 0).r, 86.19f, 0.02f);
    ck_assert_float_eq_tol(score(0, 0, 200).r, 85.903f, 0.01f);
    ck_assert_float_eq_tol(score(2000, 1600, 0).r, 93.2f - 95 * 20 / 45.1f, 0.01f);
    ck_assert_float_eq_tol(score(10000, 1, 1000).mos, 1, 0.001f);
}
END_TEST

START_TEST(bursts_cost_more_than_random_loss)
{
    struct st_rtp_quality_score random = score(500, 475, 0), bursty = score(500, 50, 0);
    ck_assert_float_eq_tol(random.burst_ratio, 1, 0.001f);
    ck_assert_float_eq_tol(bursty.burst_ratio, 9.5f, 0.001f);
    ck_assert_float_lt(bursty.mos, random.mos);
    ck_assert_float_eq_tol(bursty.loss_pct, 5, 0.001f);
}
END_TEST

START_TEST(odd_counts_give_a_score_all_the_same)
{
    static const uint64_t odd[] = {0, 1, 10000, 20000, UINT64_MAX};
    for (int a = 0; a < 125; a++) {
        struct st_rtp_quality_loss loss = {odd[a % 5], odd[a / 5 % 5], odd[a / 25],
                                           (uint32_t)odd[a % 5]};
        struct st_rtp_quality_score got = st_rtp_quality_score(&loss);
        ck_assert(got.mos >= 1 && got.mos <= 4.5f);
        ck_assert(got.r >= 0 && got.r <= 100);
        ck_assert(got.loss_pct >= 0 && got.loss_pct <= 100);
    }
}
END_TEST

START_TEST(a_conversation_raises_no_alarm)
{
    for (int i = 0; i < 6000; i++) {
        unsigned speaker = i / 200 % 2;
        put_speech(speaker, 12000);
        put_silence(1 - speaker);
    }
    ck_assert_uint_eq(st_rtp_quality_alarms(&quality, 0), 0);
    ck_assert_uint_eq(st_rtp_quality_alarms(&quality, 1), 0);
}
END_TEST

START_TEST(one_way_audio_is_noticed_and_forgotten)
{
    for (int i = 0; i < 740; i++) {
        put_speech(0, 12000);
        put_silence(1);
    }
    ck_assert_uint_eq(st_rtp_quality_alarms(&quality, 1), 0);
    for (int i = 0; i < 20; i++)
        put_speech(0, 12000);
    ck_assert_uint_eq(st_rtp_quality_alarms(&quality, 1), ST_RTP_QUALITY_ONE_WAY);
    ck_assert_uint_eq(st_rtp_quality_alarms(&quality, 0), 0);
    put_speech(1, 12000);
    ck_assert_uint_eq(st_rtp_quality_alarms(&quality, 1), 0);
}
END_TEST

START_TEST(a_channel_that_never_comes_is_one_way)
{
    for (int i = 0; i < 800; i++)
        put_speech(1, 12000);
    ck_assert_uint_eq(st_rtp_quality_alarms(&quality, 0), ST_RTP_QUALITY_ONE_WAY);
}
END_TEST

START_TEST(two_that_are_silent_are_on_hold)
{
    for (int i = 0; i < 5000; i++) {
        put_silence(0);
        put_silence(1);
    }
    ck_assert_uint_eq(st_rtp_quality_alarms(&quality, 0), 0);
}
END_TEST

START_TEST(clipping_is_noticed)
{
    int16_t samples[FRAME];
    for (int i = 0; i < 300; i++) {
        draw_speech(samples, 20000);
        for (int k = 0; k < (i % 2 ? 8 : 0); k++)
            samples[k] = k % 2 ? INT16_MIN : 32124;
        put(0, samples);
    }
    ck_assert_uint_eq(st_rtp_quality_alarms(&quality, 0), ST_RTP_QUALITY_CLIPPED);
    ck_assert_uint_eq(st_rtp_quality_alarms(&quality, 1) & ST_RTP_QUALITY_CLIPPED, 0);
}
END_TEST

START_TEST(one_signal_on_both_channels_is_noticed)
{
    int16_t samples[FRAME];
    for (int i = 0; i < 300; i++) {
        draw_speech(samples, 12000);
        put(0, samples);
        if (i % 100 == 7)
            put_silence(1);
        else
            put(1, samples);
    }
    ck_assert_uint_eq(st_rtp_quality_alarms(&quality, 0), ST_RTP_QUALITY_IDENTICAL);
    ck_assert_uint_eq(st_rtp_quality_alarms(&quality, 1), ST_RTP_QUALITY_IDENTICAL);
}
END_TEST

/* As far as levels are kept, and not across a hole. */
START_TEST(frames_of_one_time_may_come_far_apart)
{
    enum { COUNT = 400 };
    static const int lags[] = {1, 100, ST_RTP_QUALITY_RING - 1, ST_RTP_QUALITY_RING};
    static int16_t samples[COUNT][FRAME];
    for (int i = 0; i < COUNT; i++) {
        draw_speech(samples[i], 12000);
        put(0, samples[i]);
        if (i >= lags[_i])
            put(1, samples[i - lags[_i]]);
    }
    ck_assert_uint_eq(st_rtp_quality_alarms(&quality, 0),
                      lags[_i] < ST_RTP_QUALITY_RING ? ST_RTP_QUALITY_IDENTICAL : 0);
    ck_assert_uint_eq(quality.compared > 0, lags[_i] < ST_RTP_QUALITY_RING);
    uint64_t before = quality.compared;
    frames[0] += 1;
    frames[1] = frames[0] - 1;
    put(0, samples[0]);
    put(1, samples[0]);
    ck_assert_uint_eq(quality.compared, before);
}
END_TEST

START_TEST(an_echo_is_not_identical)
{
    int16_t samples[FRAME];
    for (int i = 0; i < 1000; i++) {
        draw_speech(samples, 12000);
        put(0, samples);
        for (int k = 0; k < FRAME; k++)
            samples[k] /= 4;
        put(1, samples);
    }
    ck_assert_uint_eq(st_rtp_quality_alarms(&quality, 0), 0);
}
END_TEST

START_TEST(a_rate_that_is_not_the_declared_one_is_noticed)
{
    st_rtp_quality_drift(&quality, 0, 10000);
    st_rtp_quality_drift(&quality, 1, -500000);
    ck_assert_uint_eq(st_rtp_quality_alarms(&quality, 0), 0);
    ck_assert_uint_eq(st_rtp_quality_alarms(&quality, 1), ST_RTP_QUALITY_RATE_LIE);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_test(tcase, the_score_is_the_standards);
    tcase_add_test(tcase, bursts_cost_more_than_random_loss);
    tcase_add_test(tcase, odd_counts_give_a_score_all_the_same);
    tcase_add_test(tcase, a_conversation_raises_no_alarm);
    tcase_add_test(tcase, one_way_audio_is_noticed_and_forgotten);
    tcase_add_test(tcase, a_channel_that_never_comes_is_one_way);
    tcase_add_test(tcase, two_that_are_silent_are_on_hold);
    tcase_add_test(tcase, clipping_is_noticed);
    tcase_add_test(tcase, one_signal_on_both_channels_is_noticed);
    tcase_add_loop_test(tcase, frames_of_one_time_may_come_far_apart, 0, 4);
    tcase_add_test(tcase, an_echo_is_not_identical);
    tcase_add_test(tcase, a_rate_that_is_not_the_declared_one_is_noticed);
    return run_case("quality", tcase);
}
