/*
 * The only engine there is for tests of calls ("moonshine", so that "auto" finds it): takes
 * frames, and says what the test says.
 *
 * Link it as a source: it comes in the place of the real engines and of their transport.
 */
#ifndef FAKE_ENGINE_H
#define FAKE_ENGINE_H

#include "sidetone/stt.h"

enum { FAKE_STREAMS_MAX = 64 };

struct st_engine_stream {
    struct st_engine_stream_config config;
    uint64_t frames, samples;
    uint64_t loud_samples; /* that are not 0 */
    bool is_finished;
};

/* Reset by fake_engine_reset. */
struct fake_engine {
    struct st_engine_stream *streams[FAKE_STREAMS_MAX]; /* the open ones, NULL where closed */
    unsigned opened;
    unsigned loads, unloads;
    int load_result, open_result;
    unsigned findings; /* what the engine finds by itself */
    bool never_ends;   /* finish is not answered */
};
extern struct fake_engine fake_engine;

void fake_engine_reset(void);
/* The number-th stream that was opened; it must still be open. */
struct st_engine_stream *fake_engine_stream(unsigned number);
/* Times in ms of the stream. */
void fake_engine_say(unsigned number, uint64_t id, bool is_final, int64_t start_ms, int64_t end_ms,
                     const char *text);
void fake_engine_fail(unsigned number);
void fake_engine_lag(unsigned number, int64_t lag_us);

#endif
