#include "marks.h"

#include "sidetone/codec.h"

#include <math.h>

enum { BITS = 14, BITS_FROM = 2, SLOTS = BITS_FROM + BITS, LOUD = 6000 };

static int16_t tone[MARK_FRAME_SAMPLES], quiet[MARK_FRAME_SAMPLES];
static uint8_t pcmu_tone[MARK_FRAME_SAMPLES], pcmu_quiet[MARK_FRAME_SAMPLES];

/* 1 kHz, its zero crossings filled so that every sample of the tone is loud. */
void marks_set_up(void)
{
    for (int i = 0; i < MARK_FRAME_SAMPLES; i++) {
        double value = 20000 * sin(2 * M_PI * i / 8);
        tone[i] = (int16_t)(value >= 0 ? fmax(value, 9000) : fmin(value, -9000));
        quiet[i] = (int16_t)(i * 7919 % 41 - 20);
    }
    st_codec_encode(ST_CODEC_PCMU, tone, MARK_FRAME_SAMPLES, pcmu_tone);
    st_codec_encode(ST_CODEC_PCMU, quiet, MARK_FRAME_SAMPLES, pcmu_quiet);
}

static bool is_loud(unsigned stream, uint64_t frame)
{
    unsigned slot = (unsigned)(frame % MARK_PERIOD_FRAMES);
    if (slot < BITS_FROM || slot >= SLOTS)
        return slot == 0;
    return stream >> (slot - BITS_FROM) & 1;
}

const int16_t *marks_linear(unsigned stream, uint64_t frame)
{
    return is_loud(stream, frame) ? tone : quiet;
}

const uint8_t *marks_pcmu(unsigned stream, uint64_t frame)
{
    return is_loud(stream, frame) ? pcmu_tone : pcmu_quiet;
}

void mark_reader_init(struct mark_reader *reader, uint32_t rate_hz)
{
    *reader = (struct mark_reader){.slot_samples = rate_hz / 50};
}

/* Closes the slot. Returns whether the mark is complete. */
static bool end_slot(struct mark_reader *reader)
{
    if (reader->slot >= BITS_FROM && reader->loud_samples > reader->slot_samples / 5)
        reader->open.stream |= 1u << (reader->slot - BITS_FROM);
    reader->loud_samples = 0;
    reader->slot++;
    return reader->slot == SLOTS;
}

static void read_inside(struct mark_reader *reader, bool is_loud_now, uint64_t at, mark_fn found,
                        void *user)
{
    uint64_t offset = at - reader->open.at_sample, slot = reader->slot_samples;
    if (offset / slot != reader->slot && end_slot(reader)) {
        reader->is_inside = false;
        found(user, &reader->open);
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
        bool is_loud_now = samples[i] > LOUD || samples[i] < -LOUD;
        uint64_t at = reader->samples + i, pause = 30 * reader->slot_samples;
        if (reader->is_inside) {
            read_inside(reader, is_loud_now, at, found, user);
        } else if (is_loud_now && (reader->last_loud == 0 || at - reader->last_loud > pause)) {
            reader->is_inside = true;
            reader->slot = reader->loud_samples = 0;
            reader->open = (struct mark){0, at, reader->samples + count, now_ns};
        }
        if (is_loud_now)
            reader->last_loud = at + 1;
    }
    reader->samples += count;
}
