/*
 * One stream to an engine: hears what is said in it, and lets its dialect tell.
 */
#ifndef BENCH_LISTENER_H
#define BENCH_LISTENER_H

#include "../load/marks.h"
#include "scene.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LISTENER_CHANNELS_MAX = 2, LISTENER_SECONDS_MAX = 8 };

/* What has been said since the last final, in seconds of the stream. */
struct utterance {
    unsigned seconds[LISTENER_SECONDS_MAX]; /* as their marks name them */
    double starts_s[LISTENER_SECONDS_MAX];
    unsigned count;
};

struct ear {
    struct listener *listener;
    unsigned channel;
    int stream; /* of the load, told by its first mark */
    struct mark_reader reader;
    struct utterance utterance;
    double told_s; /* end of the last final */
    uint64_t finals;
    bool has_told; /* within this message */
};

typedef void (*tell_fn)(struct ear *ear, bool is_final);

struct listener {
    struct scene_engine *engine;
    struct scene_listener *shared;
    uint32_t index;
    tell_fn tell;
    void *user;
    struct ear ears[LISTENER_CHANNELS_MAX];
};

void listener_open(struct listener *listener, const struct scene *scene,
                   struct scene_engine *engine, unsigned channels, uint32_t rate_hz);

/* 16-bit samples, interleaved. Says what is new in them. */
void listener_put(struct listener *listener, const uint8_t *data, size_t bytes);
/* Says the rest. */
void listener_finish(struct listener *listener);

bool listener_is_mute(const struct listener *listener);
double ear_at_s(const struct ear *ear);

/* Words of the utterance, one after the other, with spaces between. Returns bytes. */
size_t ear_write_text(const struct ear *ear, char *out, size_t out_bytes);

#endif
