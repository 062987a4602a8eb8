#include "mulaw.h"

enum { BIAS = 132, CLIP = 32635 };

static uint8_t encode(int sample)
{
    int sign = sample < 0 ? 0x80 : 0;
    int magnitude = sample < 0 ? -sample : sample;
    if (magnitude > CLIP)
        magnitude = CLIP;
    magnitude += BIAS;
    int exponent = 24 - __builtin_clz((unsigned)magnitude);
    int mantissa = (magnitude >> (exponent + 3)) & 0x0f;
    return (uint8_t) ~(sign | exponent << 4 | mantissa);
}

void st_mulaw_encode(const int16_t *samples, size_t count, uint8_t *out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = encode(samples[i]);
}
