#include "sidetone/codec.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

static const char *const names[ST_CODECS] = {"l16le", "l16be", "pcmu", "pcma"};

/* One octet decoded as G.711 writes it down: mantissa and segment, inverted on the line. */
#define PCMU_BIASED(u) ((((((u) ^ 255) & 15) << 3) + 132) << (((u) ^ 255) >> 4 & 7))
#define PCMU(u) ((u)&128 ? PCMU_BIASED(u) - 132 : 132 - PCMU_BIASED(u))
#define PCMA_SEGMENT(a) (((a) ^ 0x55) >> 4 & 7)
#define PCMA_MANTISSA(a) ((((a) ^ 0x55) & 15) << 4)
#define PCMA_MAGNITUDE(a)                                                                          \
    (PCMA_SEGMENT(a) ? (PCMA_MANTISSA(a) + 264) << (PCMA_SEGMENT(a) - (PCMA_SEGMENT(a) > 0))       \
                     : PCMA_MANTISSA(a) + 8)
#define PCMA(a) ((a)&128 ? PCMA_MAGNITUDE(a) : -PCMA_MAGNITUDE(a))

#define ROW4(law, i) law(i), law((i) + 1), law((i) + 2), law((i) + 3)
#define ROW16(law, i) ROW4(law, i), ROW4(law, (i) + 4), ROW4(law, (i) + 8), ROW4(law, (i) + 12)
#define ROW64(law, i)                                                                              \
    ROW16(law, i), ROW16(law, (i) + 16), ROW16(law, (i) + 32), ROW16(law, (i) + 48)
#define TABLE(law) ROW64(law, 0), ROW64(law, 64), ROW64(law, 128), ROW64(law, 192)

static const int16_t pcmu_samples[256] = {TABLE(PCMU)};
static const int16_t pcma_samples[256] = {TABLE(PCMA)};

#undef TABLE
#undef ROW64
#undef ROW16
#undef ROW4
#undef PCMA
#undef PCMA_MAGNITUDE
#undef PCMA_MANTISSA
#undef PCMA_SEGMENT
#undef PCMU
#undef PCMU_BIASED

const char *st_codec_name(enum st_codec codec)
{
    return names[codec];
}

int st_codec_parse(const char *name)
{
    for (int i = 0; i < ST_CODECS; i++)
        if (strcmp(name, names[i]) == 0)
            return i;
    return -EINVAL;
}

size_t st_codec_sample_bytes(enum st_codec codec)
{
    return codec == ST_CODEC_PCMU || codec == ST_CODEC_PCMA ? 1 : 2;
}

static void decode_table(const int16_t *table, const uint8_t *data, size_t stride, size_t count,
                         int16_t *out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = table[data[i * stride]];
}

static void decode_l16le(const uint8_t *data, size_t stride, size_t count, int16_t *out)
{
    for (size_t i = 0; i < count; i++) {
        uint16_t word;
        memcpy(&word, data + i * stride, sizeof(word));
        out[i] = (int16_t)le16toh(word);
    }
}

static void decode_l16be(const uint8_t *data, size_t stride, size_t count, int16_t *out)
{
    for (size_t i = 0; i < count; i++) {
        uint16_t word;
        memcpy(&word, data + i * stride, sizeof(word));
        out[i] = (int16_t)be16toh(word);
    }
}

size_t st_codec_decode(enum st_codec codec, const uint8_t *data, size_t bytes, unsigned channel,
                       unsigned channels, int16_t *out)
{
    size_t sample_bytes = st_codec_sample_bytes(codec), samples = bytes / sample_bytes;
    if (channel >= channels || samples <= channel)
        return 0;
    size_t count = (samples - channel - 1) / channels + 1, stride = sample_bytes * channels;
    data += channel * sample_bytes;
    switch (codec) {
    case ST_CODEC_PCMU:
        decode_table(pcmu_samples, data, stride, count, out);
        break;
    case ST_CODEC_PCMA:
        decode_table(pcma_samples, data, stride, count, out);
        break;
    case ST_CODEC_L16BE:
        decode_l16be(data, stride, count, out);
        break;
    default:
        decode_l16le(data, stride, count, out);
    }
    return count;
}

/* Position of the highest set bit; value is not 0. */
static int top_bit(unsigned value)
{
    return (int)sizeof(value) * 8 - 1 - __builtin_clz(value);
}

static uint8_t encode_pcmu(int sample)
{
    int magnitude = sample < 0 ? -sample : sample, sign = sample < 0 ? 0x80 : 0;
    if (magnitude > 32635)
        magnitude = 32635;
    int biased = magnitude + 132, segment = top_bit((unsigned)biased) - 7;
    return (uint8_t) ~(sign | segment << 4 | (biased >> (segment + 3) & 15));
}

static uint8_t encode_pcma(int sample)
{
    int magnitude = sample < 0 ? ~sample : sample, sign = sample < 0 ? 0 : 0x80;
    int segment = magnitude < 256 ? 0 : top_bit((unsigned)magnitude) - 7;
    int mantissa = magnitude >> (segment > 0 ? segment + 3 : 4) & 15;
    return (uint8_t)((sign | segment << 4 | mantissa) ^ 0x55);
}

void st_codec_encode(enum st_codec codec, const int16_t *samples, size_t count, uint8_t *out)
{
    for (size_t i = 0; i < count; i++) {
        uint16_t word = (uint16_t)samples[i];
        switch (codec) {
        case ST_CODEC_PCMU:
            out[i] = encode_pcmu(samples[i]);
            break;
        case ST_CODEC_PCMA:
            out[i] = encode_pcma(samples[i]);
            break;
        default:
            word = codec == ST_CODEC_L16BE ? htobe16(word) : htole16(word);
            memcpy(out + i * 2, &word, sizeof(word));
        }
    }
}
