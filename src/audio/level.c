/*
 * Tones: a sum of two sinusoids obeys x[n] = a1·x[n−1] + … + a4·x[n−4] with the same a1…a4 for as
 * long as it lasts. They are fitted to each loud frame (least squares, at about 4 kHz) and tried
 * on the next one. Speech is also well predicted within a frame, but not by the frame before: the
 * residual stays above −16 dB or the level moves within three or four frames.
 */
#include "sidetone/level.h"

#include <math.h>
#include <string.h>

enum {
    ORDER = ST_LEVEL_PREDICTOR,
    TONE_RATE_HZ = 4000,
    TONE_SAMPLES_MAX = 96,
    LANES = 16,
    CLIPPED_FROM = 32124, /* mu-law's largest */

    ONSET_FRAMES = 4,     /* loud frames that moved: then it is speech */
    HANG_FRAMES = 10,     /* speech goes on in pauses shorter than that */
    STEADY_FRAMES = 25,   /* of one level: then that is the floor */
    TONE_FRAMES = 3,      /* frames predicted by the one before */
    TONE_FRAMES_LATE = 8, /* the same in the middle of speech, where vowels may be held */
};

static const float silence_db = -100, floor_min_db = -65, floor_start_db = -60;
static const float speech_min_db = -50, speech_over_floor_db = 8, keep_less_db = 3;
static const float moved_db = 1.5f, steady_db = 2;
static const double tone_residual = 0.02; /* −17 dB */

struct covariances {
    double at[ORDER + 1][ORDER + 1];
};

struct sums {
    int64_t sum;
    int64_t squares;
    int32_t peak;
    uint32_t clipped;
};

void st_level_init(struct st_level *level)
{
    memset(level, 0, sizeof(*level));
    level->level_db = silence_db;
    level->floor_db = floor_start_db;
    level->steady_db = silence_db;
}

static int32_t magnitude(int16_t sample)
{
    return sample < 0 ? -(int32_t)sample : sample;
}

/* Fixed-length inner loops: these the compiler turns into vector instructions. */
static void add_block(struct sums *sums, const int16_t *samples)
{
    int32_t sum = 0, peak = 0, clipped = 0;
    int64_t squares = 0;
    for (int i = 0; i < LANES; i++)
        sum += samples[i];
    for (int i = 0; i < LANES; i++)
        squares += (int32_t)samples[i] * samples[i];
    for (int i = 0; i < LANES; i++)
        peak = magnitude(samples[i]) > peak ? magnitude(samples[i]) : peak;
    if (peak >= CLIPPED_FROM)
        for (int i = 0; i < LANES; i++)
            clipped += magnitude(samples[i]) >= CLIPPED_FROM;
    sums->sum += sum;
    sums->squares += squares;
    sums->peak = peak > sums->peak ? peak : sums->peak;
    sums->clipped += (uint32_t)clipped;
}

static struct sums add_up(const struct st_frame *frame)
{
    struct sums sums = {0};
    uint32_t i = 0;
    for (; i + LANES <= frame->count; i += LANES)
        add_block(&sums, frame->samples + i);
    if (i < frame->count) {
        int16_t rest[LANES] = {0};
        memcpy(rest, frame->samples + i, (frame->count - i) * sizeof(*rest));
        add_block(&sums, rest);
    }
    return sums;
}

static float to_db(const struct sums *sums, uint32_t count)
{
    double mean = (double)sums->sum / count;
    double power = ((double)sums->squares / count - mean * mean) / (32768.0 * 32768.0);
    return power > 1e-10 ? 10 * log10f((float)power) : silence_db;
}

/* The frame at about 4 kHz, free of DC. Returns its samples. */
static int decimate(const struct st_frame *frame, float *out)
{
    uint32_t factor = frame->rate_hz / TONE_RATE_HZ, count;
    if (factor == 0)
        factor = 1;
    count = frame->count / factor < TONE_SAMPLES_MAX ? frame->count / factor : TONE_SAMPLES_MAX;
    int64_t total = 0;
    for (uint32_t i = 0; i < count; i++) {
        int32_t sum = 0;
        for (uint32_t k = 0; k < factor; k++)
            sum += frame->samples[i * factor + k];
        total += sum;
        out[i] = (float)sum;
    }
    float mean = count > 0 ? (float)total / (float)count : 0;
    for (uint32_t i = 0; i < count; i++)
        out[i] -= mean;
    return (int)count;
}

/* Covariances of the signal with itself at delays 0…ORDER. */
static void correlate(const float *x, int count, struct covariances *ret_c)
{
    double(*c)[ORDER + 1] = ret_c->at;
    for (int j = 0; j <= ORDER; j++) {
        float sum = 0;
        for (int i = ORDER; i < count; i++)
            sum += x[i] * x[i - j];
        c[0][j] = c[j][0] = sum;
    }
    for (int i = 1; i <= ORDER; i++)
        for (int j = i; j <= ORDER; j++)
            c[i][j] = c[j][i] = c[i - 1][j - 1] + (double)x[ORDER - i] * x[ORDER - j] -
                                (double)x[count - i] * x[count - j];
}

/* Least squares by Cholesky. One sinusoid leaves the matrix singular, hence the loading. */
static void fit(const struct covariances *c, float *predictor)
{
    double lower[ORDER][ORDER], z[ORDER], loading = 1e-5 * (c->at[0][0] + 1);
    for (int i = 0; i < ORDER; i++) {
        z[i] = c->at[0][i + 1];
        for (int j = 0; j <= i; j++) {
            double sum = c->at[i + 1][j + 1] + (i == j ? loading : 0);
            for (int k = 0; k < j; k++)
                sum -= lower[i][k] * lower[j][k];
            lower[i][j] = i == j ? sqrt(fmax(sum, loading * 0.1)) : sum / lower[j][j];
        }
        for (int k = 0; k < i; k++)
            z[i] -= lower[i][k] * z[k];
        z[i] /= lower[i][i];
    }
    for (int i = ORDER - 1; i >= 0; i--) {
        for (int k = i + 1; k < ORDER; k++)
            z[i] -= lower[k][i] * z[k];
        z[i] /= lower[i][i];
        predictor[i] = (float)z[i];
    }
}

/* Share of the energy that the predictor does not explain. */
static double residual(const struct covariances *c, const float *predictor)
{
    double rest = c->at[0][0];
    for (int i = 0; i < ORDER; i++) {
        rest -= 2 * predictor[i] * c->at[0][i + 1];
        for (int j = 0; j < ORDER; j++)
            rest += (double)predictor[i] * predictor[j] * c->at[i + 1][j + 1];
    }
    return fabs(rest) / (c->at[0][0] + 1);
}

static void put_tone(struct st_level *level, const struct st_frame *frame, float moved)
{
    float x[TONE_SAMPLES_MAX];
    struct covariances c;
    int count = decimate(frame, x);
    if (count <= 2 * ORDER) {
        level->tone_frames = 0;
        return;
    }
    correlate(x, count, &c);
    bool is_same = moved <= moved_db && residual(&c, level->predictor) < tone_residual;
    level->tone_frames = is_same ? level->tone_frames + 1 : 0;
    fit(&c, level->predictor);
}

static void put_steady(struct st_level *level)
{
    if (fabsf(level->level_db - level->steady_db) > steady_db) {
        level->steady_db = level->level_db;
        level->steady_frames = 0;
        return;
    }
    level->steady_db += (level->level_db - level->steady_db) * 0.1f;
    level->steady_frames++;
}

static void put_floor(struct st_level *level)
{
    float target = fmaxf(level->level_db, floor_min_db), distance = target - level->floor_db;
    if (distance < 0)
        level->floor_db += distance * 0.2f;
    else if (level->steady_frames >= STEADY_FRAMES && !level->is_tone)
        level->floor_db = fmaxf(level->steady_db, floor_min_db);
    else if (level->is_speech || level->is_tone || level->loud_frames > 0)
        level->floor_db += 0.02f;
    else
        level->floor_db += distance * 0.05f;
}

static void put_speech(struct st_level *level, bool is_loud, float moved, int64_t frame_us)
{
    bool was_speech = level->is_speech;
    level->loud_frames = is_loud ? level->loud_frames + 1 : 0;
    if (!is_loud)
        level->moved_frames = 0;
    else if (moved > moved_db)
        level->moved_frames++;
    if (level->is_tone || level->steady_frames >= STEADY_FRAMES)
        level->moved_frames = level->hang_frames = level->loud_frames = 0;
    else if (is_loud && (was_speech || level->moved_frames >= ONSET_FRAMES))
        level->hang_frames = HANG_FRAMES;
    else if (level->hang_frames > 0)
        level->hang_frames--;
    level->is_speech = level->hang_frames > 0;
    if (level->is_speech)
        level->speech_us += was_speech ? frame_us : frame_us * level->loud_frames;
}

void st_level_put(struct st_level *level, const struct st_frame *frame)
{
    if (frame->count == 0 || frame->rate_hz == 0)
        return;
    struct sums sums = add_up(frame);
    float before_db = level->level_db;
    int64_t frame_us = (int64_t)frame->count * 1000000 / frame->rate_hz;
    level->level_db = to_db(&sums, frame->count);
    level->peak = (int16_t)(sums.peak > INT16_MAX ? INT16_MAX : sums.peak);
    level->clipped += sums.clipped;
    level->media_end_us = frame->media_us + frame_us;

    float moved = fabsf(level->level_db - before_db);
    float threshold_db = fmaxf(level->floor_db + speech_over_floor_db, speech_min_db);
    bool is_loud = level->level_db > threshold_db - (level->is_speech ? keep_less_db : 0);
    if (is_loud || level->tone_frames > 0)
        put_tone(level, frame, moved);
    level->is_tone =
        is_loud && level->tone_frames >= (level->is_speech ? TONE_FRAMES_LATE : TONE_FRAMES);
    put_steady(level);
    put_speech(level, is_loud, moved, frame_us);
    put_floor(level);
}
