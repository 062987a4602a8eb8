#include "to_24k.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { TAPS = ST_TO_24K_TAPS, PHASES = 3 };

static const double pi = 3.14159265358979323846;

static double bessel_i0(double x)
{
    double sum = 1, term = 1;
    for (int k = 1; k < 32; k++) {
        term *= (x / (2 * k)) * (x / (2 * k));
        sum += term;
    }
    return sum;
}

/* At `at` input samples from the middle. */
static double windowed_sinc(double at)
{
    const double beta = 6.0, cutoff = 0.97, half = TAPS / 2.0;
    double edge = at / half, x = pi * at * cutoff;
    if (edge <= -1 || edge >= 1)
        return 0;
    double window = bessel_i0(beta * sqrt(1 - edge * edge)) / bessel_i0(beta);
    return (fabs(x) < 1e-9 ? 1 : sin(x) / x) * window;
}

void st_to_24k_init(struct st_to_24k *filter, uint32_t in_hz)
{
    assert(in_hz == 8000 || in_hz == 16000);
    memset(filter, 0, sizeof(*filter));
    filter->step = PHASES * in_hz / ST_TO_24K_HZ;
    for (int phase = 0; phase < PHASES; phase++) {
        double sum = 0, values[TAPS];
        for (int i = 0; i < TAPS; i++)
            sum += values[i] = windowed_sinc(i - (TAPS / 2 - 1) - phase / (double)PHASES);
        for (int i = 0; i < TAPS; i++)
            filter->taps[phase][i] = (float)(values[i] / sum);
    }
}

static int16_t saturate(float value)
{
    long rounded = lrintf(value);
    return (int16_t)(rounded > INT16_MAX ? INT16_MAX : rounded < INT16_MIN ? INT16_MIN : rounded);
}

static int16_t output(const struct st_to_24k *filter)
{
    const float *taps = filter->taps[filter->phase];
    float sum = 0;
    for (int i = 0; i < TAPS; i++)
        sum += taps[i] * filter->past[i];
    return saturate(sum);
}

size_t st_to_24k_process(struct st_to_24k *filter, const int16_t *in, size_t count, int16_t *out)
{
    size_t written = 0;
    for (size_t i = 0; i < count; i++) {
        memmove(filter->past, filter->past + 1, (TAPS - 1) * sizeof(filter->past[0]));
        filter->past[TAPS - 1] = in[i];
        for (; filter->phase < PHASES; filter->phase += filter->step)
            out[written++] = output(filter);
        filter->phase -= PHASES;
    }
    return written;
}
