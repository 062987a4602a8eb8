/* One channel of the floor program: samples in, 100 ms messages to the speech engine out. */
#ifndef BENCH_FLOOR_STREAM_H
#define BENCH_FLOOR_STREAM_H

#include <speex/speex_resampler.h>
#include <stddef.h>
#include <stdint.h>

enum {
    STREAM_WIRE_HZ = 8000,
    STREAM_ENGINE_HZ = 16000,
    STREAM_MESSAGE_SAMPLES = 1600,
    STREAM_IN_SAMPLES_MAX = 400,
    STREAM_HEADER_BYTES = 8,
};

struct stream {
    int engine; /* socket */
    SpeexResamplerState *resampler;
    unsigned held; /* samples waiting */
    uint8_t frame[STREAM_HEADER_BYTES + (STREAM_MESSAGE_SAMPLES + STREAM_IN_SAMPLES_MAX * 2) * 2];
};

/* Connects to the engine and sends its configuration; ends the program when that fails. */
void stream_open(struct stream *stream, uint16_t engine_port, int quality);
void stream_put(struct stream *stream, const int16_t *samples, unsigned count);

#endif
