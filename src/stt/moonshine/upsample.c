#include "upsample.h"

#include <math.h>

enum { SIDE_TAPS = 12 }; /* on either side of the new sample */

static const double pi = 3.14159265358979323846;
static const float scale = 1.0F / 32768.0F;

/* Kaiser-windowed sinc at half-sample offsets: flat through the telephone band. Longer filters, and
 * SpeexDSP at any quality, gave no better word error rate. */
static double bessel_i0(double x)
{
    double sum = 1, term = 1;
    for (int k = 1; k < 32; k++) {
        term *= (x / (2 * k)) * (x / (2 * k));
        sum += term;
    }
    return sum;
}

static void make_taps(float *taps)
{
    const double beta = 6.0;
    double sum = 0, values[SIDE_TAPS];
    for (int i = 0; i < SIDE_TAPS; i++) {
        double at = i + 0.5, edge = at / SIDE_TAPS;
        double window = bessel_i0(beta * sqrt(1 - edge * edge)) / bessel_i0(beta);
        values[i] = sin(pi * at) / (pi * at) * window;
        sum += 2 * values[i];
    }
    for (int i = 0; i < SIDE_TAPS; i++)
        taps[i] = (float)(values[i] / sum) * scale;
}

static float sample_at(const int16_t *in, size_t count, ptrdiff_t i)
{
    return i >= 0 && i < (ptrdiff_t)count ? in[i] : 0;
}

static float between(const int16_t *in, size_t count, size_t at, const float *taps)
{
    float sum = 0;
    if (at + 1 >= SIDE_TAPS && at + SIDE_TAPS < count) {
        const int16_t *left = in + at, *right = in + at + 1;
        for (int i = 0; i < SIDE_TAPS; i++)
            sum += taps[i] * (float)(left[-i] + right[i]);
        return sum;
    }
    for (ptrdiff_t i = 0; i < SIDE_TAPS; i++)
        sum += taps[i] * (sample_at(in, count, (ptrdiff_t)at - i) +
                          sample_at(in, count, (ptrdiff_t)at + 1 + i));
    return sum;
}

void st_upsample_double(const int16_t *in, size_t count, float *out)
{
    float taps[SIDE_TAPS];
    make_taps(taps);
    for (size_t i = 0; i < count; i++) {
        out[2 * i] = in[i] * scale;
        out[2 * i + 1] = between(in, count, i, taps);
    }
}

void st_upsample_copy(const int16_t *in, size_t count, float *out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = in[i] * scale;
}
