/*
 * Marks in the audio, by which a frame is recognised behind a gateway.
 *
 * Each second of a stream begins with a loud tone of 20 ms and 20 ms of quiet; then 28 slots of 20
 * ms spell the stream's number, the second's and a sum of both, a softer tone for a one. This
 * survives mu-law and resampling, and listening that begins in the middle.
 */
#ifndef BENCH_MARKS_H
#define BENCH_MARKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MARK_STREAMS_MAX = 1 << 14,
    MARK_SECONDS = 1 << 8, /* then they begin anew */
    MARK_FRAME_SAMPLES = 160,
    MARK_PERIOD_FRAMES = 50,
    MARK_FRAMES = 30, /* of a period, that the mark takes */
};

/* 20 ms at 8 kHz for frame `frame` of stream `stream`. */
void marks_set_up(void);
const int16_t *marks_linear(unsigned stream, uint64_t frame);
const uint8_t *marks_pcmu(unsigned stream, uint64_t frame);

struct mark {
    unsigned stream;
    unsigned second;
    uint64_t at_sample;       /* where it began */
    uint64_t message_samples; /* end of the message in which it began */
    uint64_t received_ns;     /* when that message came */
};

struct mark_reader {
    uint32_t slot_samples;
    uint64_t samples; /* read so far */
    bool is_inside;
    unsigned slot;
    uint32_t bits;
    unsigned loud_samples; /* in the slot */
    struct mark open;
};

typedef void (*mark_fn)(void *user, const struct mark *mark);

void mark_reader_init(struct mark_reader *reader, uint32_t rate_hz);
void mark_reader_put(struct mark_reader *reader, const int16_t *samples, size_t count,
                     uint64_t now_ns, mark_fn found, void *user);

#endif
