/*
 * The speech engine's place: a server of the vosk-server protocol that hears nothing.
 *
 * Takes the configuration text, answers each binary message with an empty partial and `eof` with an
 * empty final, and reads the marks in the audio.
 */
#ifndef BENCH_SINK_H
#define BENCH_SINK_H

#include "marks.h"

#include <stdbool.h>
#include <stdint.h>

enum { SINK_UNKNOWN = -1 };

struct sink_stream {
    int stream; /* told by its first mark, SINK_UNKNOWN until then */
    uint64_t samples;
    uint64_t marks;
};

struct sink_totals {
    uint64_t streams;
    uint64_t configs;
    uint64_t messages;
    uint64_t samples;
    uint64_t finished; /* by eof */
    uint64_t mixed;    /* marks of another stream than before */
};

typedef void (*sink_mark_fn)(const struct mark *mark);

void sink_open(uint16_t port, uint32_t rate_hz, unsigned streams_max, sink_mark_fn on_mark);
struct sink_totals sink_totals(void);
/* A message of the engine's, unasked. */
void sink_say(uint64_t index, const char *text);
const struct sink_stream *sink_stream(uint64_t index); /* 0…totals.streams − 1 */

#endif
