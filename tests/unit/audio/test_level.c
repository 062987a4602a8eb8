#include "sidetone/level.h"

#include "sidetone/codec.h"

#include "run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RATE = 16000, FRAME = 320 };

static struct st_level level;
static int64_t media_us;
static unsigned seed;
static int speech_frames, tone_frames;

static void setup(void)
{
    st_level_init(&level);
    media_us = speech_frames = tone_frames = 0;
    seed = 1;
}

static double noise(void)
{
    return rand_r(&seed) / (RAND_MAX / 2.0) - 1;
}

/* As it comes from a phone: through mu-law. */
static void put_frame(const double *samples)
{
    int16_t linear[FRAME];
    uint8_t octets[FRAME];
    for (int i = 0; i < FRAME; i++)
        linear[i] = (int16_t)lrint(fmax(-32768, fmin(32767, samples[i])));
    st_codec_encode(ST_CODEC_PCMU, linear, FRAME, octets);
    st_codec_decode(ST_CODEC_PCMU, octets, FRAME, 0, 1, linear);
    struct st_frame frame = {linear, FRAME, RATE, media_us};
    st_level_put(&level, &frame);
    media_us += ST_FRAME_US;
    speech_frames += level.is_speech;
    tone_frames += level.is_tone;
}

struct sound {
    double hz[3];
    double amplitude; /* of each */
    double noise;
    double on_s, off_s; /* cadence; on_s 0: without pause */
};

static void put_sound(const struct sound *sound, double seconds)
{
    static int64_t at;
    at = media_us * RATE / 1000000;
    for (int frame = 0; frame < seconds * 50; frame++) {
        double samples[FRAME];
        for (int i = 0; i < FRAME; i++, at++) {
            double t = (double)at / RATE, sum = 0;
            for (int k = 0; k < 3; k++)
                sum += sound->amplitude * sin(2 * M_PI * sound->hz[k] * t);
            if (sound->on_s > 0 && fmod(t, sound->on_s + sound->off_s) > sound->on_s)
                sum = 0;
            samples[i] = sum + sound->noise * noise();
        }
        put_frame(samples);
    }
}

/* Syllables: glottal pulses of moving pitch through two moving formants, with a rise and a fall. */
struct voice {
    double pitch_hz;
    double peak;
    bool is_held; /* a vowel without the rise and the fall */
    double phase, low[2], high[2];
};

static double speak(struct voice *voice, double t)
{
    double syllable = voice->is_held ? 0.5 : fmod(t, 0.24) / 0.24, envelope = sin(M_PI * syllable);
    double pitch = voice->pitch_hz * (1 + 0.15 * sin(2 * M_PI * 1.3 * t) - 0.1 * syllable);
    voice->phase += pitch / RATE;
    double pulse = voice->phase >= 1 ? 1 : 0.03 * noise();
    voice->phase -= voice->phase >= 1;
    double f1 = 450 + 250 * sin(2 * M_PI * 1.9 * t), f2 = 1400 + 500 * sin(2 * M_PI * 1.1 * t);
    double a =
        pulse + 2 * 0.97 * cos(2 * M_PI * f1 / RATE) * voice->low[0] - 0.97 * 0.97 * voice->low[1];
    double b =
        a + 2 * 0.96 * cos(2 * M_PI * f2 / RATE) * voice->high[0] - 0.96 * 0.96 * voice->high[1];
    voice->low[1] = voice->low[0];
    voice->low[0] = a;
    voice->high[1] = voice->high[0];
    voice->high[0] = b;
    return voice->peak * envelope * b / 12;
}

static void put_voice(struct voice voice, double background, double seconds)
{
    for (int frame = 0, at = 0; frame < seconds * 50; frame++) {
        double samples[FRAME];
        for (int i = 0; i < FRAME; i++, at++)
            samples[i] = speak(&voice, (double)at / RATE) + background * noise();
        put_frame(samples);
    }
}

static void put_speech(double pitch_hz, double peak, double background, double seconds)
{
    put_voice((struct voice){.pitch_hz = pitch_hz, .peak = peak}, background, seconds);
}

static const struct sound quiet = {.noise = 10};

static const struct {
    const char *name;
    struct sound sound;
    bool is_tone;
} not_speech[] = {
    {"digital silence", {.noise = 0}, false},
    {"line noise", {.noise = 60}, false},
    {"loud noise", {.noise = 2000}, false},
    {"US dial", {.hz = {350, 440}, .amplitude = 3000}, true},
    {"European dial", {.hz = {425}, .amplitude = 4000}, true},
    {"US ringing", {.hz = {440, 480}, .amplitude = 3000, .on_s = 2, .off_s = 4}, true},
    {"UK ringing", {.hz = {400, 450}, .amplitude = 3000, .on_s = 0.4, .off_s = 0.2}, true},
    {"European ringing", {.hz = {425}, .amplitude = 3000, .on_s = 1, .off_s = 4}, true},
    {"US busy", {.hz = {480, 620}, .amplitude = 3000, .on_s = 0.5, .off_s = 0.5}, true},
    {"reorder", {.hz = {480, 620}, .amplitude = 3000, .on_s = 0.25, .off_s = 0.25}, true},
    {"quiet ringing",
     {.hz = {440, 480}, .amplitude = 400, .noise = 5, .on_s = 2, .off_s = 4},
     true},
    {"50 Hz hum", {.hz = {50, 150}, .amplitude = 600, .noise = 10}, false},
    {"60 Hz hum", {.hz = {60, 180, 300}, .amplitude = 500, .noise = 10}, false},
    {"fax", {.hz = {1100}, .amplitude = 5000, .on_s = 0.5, .off_s = 3}, true},
    {"answer tone", {.hz = {2100}, .amplitude = 5000}, true},
    {"digit 1", {.hz = {697, 1209}, .amplitude = 4000, .on_s = 0.1, .off_s = 0.1}, true},
    {"digit 5", {.hz = {770, 1336}, .amplitude = 4000, .on_s = 0.1, .off_s = 0.1}, true},
    {"digit 9", {.hz = {852, 1477}, .amplitude = 4000, .on_s = 0.1, .off_s = 0.1}, true},
    {"digit #", {.hz = {941, 1477}, .amplitude = 4000, .on_s = 0.1, .off_s = 0.1}, true},
    {"short digit", {.hz = {770, 1209}, .amplitude = 4000, .on_s = 0.05, .off_s = 0.05}, false},
};

START_TEST(what_is_not_speech_is_not_taken_for_it)
{
    put_sound(&quiet, 1);
    put_sound(&not_speech[_i].sound, 12);
    put_sound(&quiet, 1);
    ck_assert_msg(speech_frames == 0 && level.speech_us == 0, "%s: %d frames of speech",
                  not_speech[_i].name, speech_frames);
    if (not_speech[_i].is_tone)
        ck_assert_msg(tone_frames > 5, "%s: %d frames of tone", not_speech[_i].name, tone_frames);
}
END_TEST

START_TEST(speech_is_found_loud_and_soft)
{
    static const struct {
        double pitch_hz, peak, background;
    } rows[] = {
        {110, 12000, 10}, {210, 12000, 10}, {140, 3000, 5}, {230, 2000, 5}, {110, 9000, 60}};
    put_sound(&(struct sound){.noise = rows[_i].background}, 2);
    ck_assert_int_eq(speech_frames, 0);
    put_speech(rows[_i].pitch_hz, rows[_i].peak, rows[_i].background, 5);
    ck_assert_msg(level.speech_us > 4850000, "%.2f s of 5", (double)level.speech_us / 1e6);
    ck_assert_int_lt(tone_frames, 5);
    put_sound(&(struct sound){.noise = rows[_i].background}, 2);
    ck_assert_msg(level.speech_us < 5300000, "%.2f s of 5", (double)level.speech_us / 1e6);
    ck_assert(!level.is_speech);
}
END_TEST

START_TEST(a_held_vowel_is_no_tone)
{
    static const double pitches_hz[] = {90, 120, 170, 230};
    struct voice voice = {.pitch_hz = pitches_hz[_i], .peak = 8000, .is_held = true};
    put_sound(&quiet, 1);
    put_voice(voice, 10, 3);
    ck_assert_msg(tone_frames <= 5, "%d frames of tone", tone_frames);
}
END_TEST

START_TEST(speech_after_a_tone_is_found)
{
    put_sound(&not_speech[5].sound, 12);
    put_speech(120, 10000, 10, 3);
    ck_assert(level.speech_us > 2500000);
}
END_TEST

START_TEST(speech_over_noise_is_found_once_the_floor_is_known)
{
    put_sound(&(struct sound){.noise = 500}, 3);
    ck_assert_int_eq(speech_frames, 0);
    ck_assert(fabsf(level.floor_db - level.level_db) < 2);
    put_speech(120, 15000, 500, 3);
    ck_assert(level.speech_us > 2000000);
}
END_TEST

START_TEST(levels_are_decibels_of_full_scale)
{
    struct sound sine = {.hz = {1000}, .amplitude = 32000};
    put_sound(&sine, 0.1);
    ck_assert(fabsf(level.level_db - -3.2f) < 0.1f);
    sine.amplitude = 320;
    put_sound(&sine, 0.1);
    ck_assert(fabsf(level.level_db - -43.2f) < 0.2f);
    int16_t silence[FRAME] = {0};
    st_level_put(&level, &(struct st_frame){silence, FRAME, RATE, media_us});
    ck_assert(level.level_db == -100);
    ck_assert_int_eq(level.peak, 0);
}
END_TEST

START_TEST(a_direct_current_has_no_level)
{
    int16_t samples[FRAME];
    for (int i = 0; i < FRAME; i++)
        samples[i] = 5000;
    st_level_put(&level, &(struct st_frame){samples, FRAME, RATE, 0});
    ck_assert(level.level_db < -90);
    ck_assert_int_eq(level.peak, 5000);
}
END_TEST

START_TEST(peaks_and_clipped_samples_are_counted)
{
    int16_t samples[FRAME] = {0};
    samples[7] = INT16_MIN;
    samples[8] = 32124;
    samples[9] = -32123;
    samples[319] = INT16_MAX;
    st_level_put(&level, &(struct st_frame){samples, FRAME, RATE, 40000});
    ck_assert_int_eq(level.peak, INT16_MAX);
    ck_assert_uint_eq(level.clipped, 3);
    ck_assert_int_eq(level.media_end_us, 60000);
}
END_TEST

START_TEST(every_rate_and_length_is_taken)
{
    static const uint32_t rates[] = {8000, 11025, 44100, 48000, 1000, 16000};
    int16_t samples[ST_FRAME_SAMPLES_MAX];
    for (int i = 0; i < ST_FRAME_SAMPLES_MAX; i++)
        samples[i] = (int16_t)(9000 * noise());
    for (size_t r = 0; r < 6; r++)
        for (uint32_t count = 0; count <= ST_FRAME_SAMPLES_MAX; count += 1 + count / 7) {
            st_level_put(&level, &(struct st_frame){samples, count, rates[r], 0});
            ck_assert(isfinite(level.level_db) && isfinite(level.floor_db));
        }
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_loop_test(tcase, what_is_not_speech_is_not_taken_for_it, 0,
                        sizeof(not_speech) / sizeof(not_speech[0]));
    tcase_add_loop_test(tcase, speech_is_found_loud_and_soft, 0, 5);
    tcase_add_loop_test(tcase, a_held_vowel_is_no_tone, 0, 4);
    tcase_add_test(tcase, speech_after_a_tone_is_found);
    tcase_add_test(tcase, speech_over_noise_is_found_once_the_floor_is_known);
    tcase_add_test(tcase, levels_are_decibels_of_full_scale);
    tcase_add_test(tcase, a_direct_current_has_no_level);
    tcase_add_test(tcase, peaks_and_clipped_samples_are_counted);
    tcase_add_test(tcase, every_rate_and_length_is_taken);
    return run_case("level", tcase);
}
