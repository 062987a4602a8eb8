/*
 * Both laws are floating point with four bits of mantissa: of mu-law the magnitude and 132, of
 * A-law the magnitude itself and, below 256, 256 more. A decoded sample lies in the middle of its
 * step, which is to say that in a float the bit behind those four is set and none after it. So one
 * conversion gives the octet, and whether it stands for exactly that sample.
 */
#include "law.h"

#include <stdlib.h>
#include <string.h>

enum {
    LANES = 8, /* a fixed length is what the compiler makes vector instructions of */
    STEP_BITS = 19,
    STEP_MASK = (1 << STEP_BITS) - 1,
    STEP_MIDDLE = 1 << (STEP_BITS - 1),
    EXPONENT_BIAS = 127,
    MU_BIAS = 132,
    MU_LEAST = (EXPONENT_BIAS + 7) << 4,
    A_LINEAR_END = 256, /* below it all steps are of one size */
    A_LEAST = (EXPONENT_BIAS + 8) << 4,
    A_INVERTED = 0x55,
    SIGN = 0x80,
};

/* Returns 0 when all of them are. */
static int32_t encode_mu(const int16_t *samples, uint8_t *out)
{
    float biased[LANES];
    int32_t bits[LANES], off = 0;
    for (int i = 0; i < LANES; i++)
        biased[i] = (float)(abs(samples[i]) + MU_BIAS);
    memcpy(bits, biased, sizeof(bits));
    for (int i = 0; i < LANES; i++)
        off |= (bits[i] & STEP_MASK) ^ STEP_MIDDLE;
    for (int i = 0; i < LANES; i++)
        out[i] = (uint8_t) ~(((bits[i] >> STEP_BITS) - MU_LEAST) | (samples[i] < 0 ? SIGN : 0));
    return off;
}

static int32_t encode_a(const int16_t *samples, uint8_t *out)
{
    float biased[LANES];
    int32_t bits[LANES], upper[LANES], off = 0;
    for (int i = 0; i < LANES; i++)
        upper[i] = abs(samples[i]) >= A_LINEAR_END;
    for (int i = 0; i < LANES; i++)
        biased[i] = (float)(abs(samples[i]) + (upper[i] ? 0 : A_LINEAR_END));
    memcpy(bits, biased, sizeof(bits));
    for (int i = 0; i < LANES; i++)
        off |= (bits[i] & STEP_MASK) ^ STEP_MIDDLE;
    for (int i = 0; i < LANES; i++)
        out[i] = (uint8_t)(((bits[i] >> STEP_BITS) - A_LEAST + (upper[i] << 4)) ^
                           (samples[i] < 0 ? A_INVERTED : A_INVERTED | SIGN));
    return off;
}

bool st_law_encode(enum st_codec law, const int16_t *samples, size_t count, uint8_t *out)
{
    int32_t (*encode)(const int16_t *, uint8_t *) = law == ST_CODEC_PCMU ? encode_mu : encode_a;
    size_t done = 0;
    for (; done + LANES <= count; done += LANES)
        if (encode(samples + done, out + done))
            return false;
    if (done == count)
        return true;
    int16_t rest[LANES];
    uint8_t octets[LANES];
    for (size_t i = 0; i < LANES; i++)
        rest[i] = samples[done + i < count ? done + i : count - 1];
    bool is_exact = encode(rest, octets) == 0;
    memcpy(out + done, octets, count - done);
    return is_exact;
}
