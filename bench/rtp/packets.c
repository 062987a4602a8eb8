#include "packets.h"

#include "../load/marks.h"

#include <math.h>
#include <opus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SSRC = 0x10000,
    OPUS_HZ = 16000,
    OPUS_FRAME_SAMPLES = OPUS_HZ / PACKETS_PER_S,
    OPUS_BITS_PER_S = 32000,
    OPUS_TYPE = 111,
    OPUS_TICKS = 960,
    OPUS_BYTES_MAX = 400,
    VOICE_FRAMES = 500, /* then it begins anew */
    HARMONICS = 12,
};

static bool is_voice;
static struct {
    unsigned bytes;
    uint8_t data[OPUS_BYTES_MAX];
} voice[VOICE_FRAMES];

/* Syllables of a gliding pitch below 3.5 kHz, a breath between them. */
static int16_t speak(int at)
{
    static uint32_t noise = 1;
    double t = (double)at / OPUS_HZ, syllable = fmod(t * 4, 1), sum = 0;
    double pitch_hz = 130 + 30 * sin(2 * M_PI * t / 3), loud = fmax(0, sin(M_PI * syllable * 1.4));
    for (int h = 1; h <= HARMONICS; h++)
        sum += sin(2 * M_PI * h * pitch_hz * t) / h;
    noise = noise * 1664525u + 1013904223u;
    double breath = ((double)(noise >> 8) / (1 << 24) - 0.5) * (syllable > 0.7 ? 2500 : 200);
    return (int16_t)(sum * loud * 5000 + breath);
}

static void record(void)
{
    int err;
    int16_t samples[OPUS_FRAME_SAMPLES];
    OpusEncoder *encoder = opus_encoder_create(OPUS_HZ, 1, OPUS_APPLICATION_VOIP, &err);
    opus_encoder_ctl(encoder, OPUS_SET_BITRATE(OPUS_BITS_PER_S));
    opus_encoder_ctl(encoder, OPUS_SET_SIGNAL(OPUS_SIGNAL_VOICE));
    for (int frame = 0; frame < VOICE_FRAMES; frame++) {
        for (int i = 0; i < OPUS_FRAME_SAMPLES; i++)
            samples[i] = speak(frame * OPUS_FRAME_SAMPLES + i);
        int bytes =
            opus_encode(encoder, samples, OPUS_FRAME_SAMPLES, voice[frame].data, OPUS_BYTES_MAX);
        if (bytes <= 0) {
            fprintf(stderr, "opus_encode: %s\n", opus_strerror(bytes));
            exit(1);
        }
        voice[frame].bytes = (unsigned)bytes;
    }
    opus_encoder_destroy(encoder);
}

void packets_set_up(bool is_opus)
{
    is_voice = is_opus;
    if (is_opus)
        record();
    else
        marks_set_up();
}

static uint8_t *put_u32(uint8_t *at, uint32_t value)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        *at++ = (uint8_t)(value >> shift);
    return at;
}

static size_t put_payload(unsigned stream, uint64_t frame, uint8_t *out)
{
    if (!is_voice) {
        memcpy(out, marks_pcmu(stream, frame), MARK_FRAME_SAMPLES);
        return MARK_FRAME_SAMPLES;
    }
    size_t at = (stream * 37u + frame) % VOICE_FRAMES;
    memcpy(out, voice[at].data, voice[at].bytes);
    return voice[at].bytes;
}

size_t packets_write(unsigned stream, uint64_t frame, uint8_t *out)
{
    uint32_t ticks = is_voice ? OPUS_TICKS : MARK_FRAME_SAMPLES;
    out[0] = 0x80;
    out[1] = is_voice ? OPUS_TYPE : 0;
    out[2] = (uint8_t)(frame >> 8);
    out[3] = (uint8_t)frame;
    uint8_t *at = put_u32(put_u32(out + 4, (uint32_t)frame * ticks), SSRC + stream);
    return PACKETS_HEADER_BYTES + put_payload(stream, frame, at);
}
