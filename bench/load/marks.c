#include "marks.h"

#include "sidetone/codec.h"

#include <math.h>

enum {
    BITS_FROM = 2,
    STREAM_BITS = 14,
    SECOND_BITS = 8,
    SUM_BITS = 6,
    FIRST = 15000, /* louder: the beginning of a mark */
    LOUD = 6000,
};

enum level { LEVEL_QUIET, LEVEL_ONE, LEVEL_FIRST, LEVELS };

static int16_t tones[LEVELS][MARK_FRAME_SAMPLES];
static uint8_t pcmu_tones[LEVELS][MARK_FRAME_SAMPLES];

/* 1 kHz, its zero crossings filled so that every sample of the tone is loud. */
static int16_t make_sample(enum level level, int i)
{
    double peak = level == LEVEL_FIRST ? 20000 : 10000, least = 0.8 * peak;
    double value = peak * sin(2 * M_PI * i / 8);
    if (level == LEVEL_QUIET)
        return (int16_t)(i * 7919 % 41 - 20);
    return (int16_t)(value >= 0 ? fmax(value, least) : fmin(value, -least));
}

void marks_set_up(void)
{
    for (enum level level = 0; level < LEVELS; level++) {
        for (int i = 0; i < MARK_FRAME_SAMPLES; i++)
            tones[level][i] = make_sample(level, i);
        st_codec_encode(ST_CODEC_PCMU, tones[level], MARK_FRAME_SAMPLES, pcmu_tones[level]);
    }
}

/* All zeroes have a sum that is not. */
static uint32_t sum_of(uint32_t bits)
{
    return (bits ^ bits >> 6 ^ bits >> 12 ^ bits >> 18 ^ 0x2b) & ((1u << SUM_BITS) - 1);
}

static enum level level_of(unsigned stream, uint64_t frame)
{
    unsigned slot = (unsigned)(frame % MARK_PERIOD_FRAMES);
    uint32_t second = (uint32_t)(frame / MARK_PERIOD_FRAMES % MARK_SECONDS);
    if (slot == 0)
        return LEVEL_FIRST;
    if (slot < BITS_FROM || slot >= MARK_FRAMES)
        return LEVEL_QUIET;
    uint32_t bits = stream | second << STREAM_BITS;
    bits |= sum_of(bits) << (STREAM_BITS + SECOND_BITS);
    return bits >> (slot - BITS_FROM) & 1 ? LEVEL_ONE : LEVEL_QUIET;
}

const int16_t *marks_linear(unsigned stream, uint64_t frame)
{
    return tones[level_of(stream, frame)];
}

const uint8_t *marks_pcmu(unsigned stream, uint64_t frame)
{
    return pcmu_tones[level_of(stream, frame)];
}

void mark_reader_init(struct mark_reader *reader, uint32_t rate_hz)
{
    *reader = (struct mark_reader){.slot_samples = rate_hz / 50};
}

/* Closes the slot. Returns whether the mark is complete. */
static bool end_slot(struct mark_reader *reader)
{
    if (reader->slot >= BITS_FROM && reader->loud_samples > reader->slot_samples / 5)
        reader->bits |= 1u << (reader->slot - BITS_FROM);
    reader->loud_samples = 0;
    reader->slot++;
    return reader->slot == MARK_FRAMES;
}

static void tell(struct mark_reader *reader, mark_fn found, void *user)
{
    uint32_t bits = reader->bits & ((1u << (STREAM_BITS + SECOND_BITS)) - 1);
    reader->is_inside = false;
    reader->open.stream = bits & ((1u << STREAM_BITS) - 1);
    reader->open.second = bits >> STREAM_BITS;
    if (reader->bits >> (STREAM_BITS + SECOND_BITS) == sum_of(bits))
        found(user, &reader->open);
}

static void read_inside(struct mark_reader *reader, bool is_loud_now, uint64_t at, mark_fn found,
                        void *user)
{
    uint64_t offset = at - reader->open.at_sample, slot = reader->slot_samples;
    if (offset / slot != reader->slot && end_slot(reader)) {
        tell(reader, found, user);
        return;
    }
    uint64_t place = offset % slot;
    if (is_loud_now && place > slot / 8 && place < slot - slot / 8)
        reader->loud_samples++;
}

void mark_reader_put(struct mark_reader *reader, const int16_t *samples, size_t count,
                     uint64_t now_ns, mark_fn found, void *user)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t at = reader->samples + i;
        if (reader->is_inside) {
            read_inside(reader, samples[i] > LOUD || samples[i] < -LOUD, at, found, user);
        } else if (samples[i] > FIRST || samples[i] < -FIRST) {
            reader->is_inside = true;
            reader->slot = reader->loud_samples = reader->bits = 0;
            reader->open = (struct mark){0, 0, at, reader->samples + count, now_ns};
        }
    }
    reader->samples += count;
}
