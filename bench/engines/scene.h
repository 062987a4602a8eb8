/*
 * What the load program and the engines beside it know of one another: memory that their processes
 * share.
 *
 * An engine writes down every message of audio that it gets; what that means is judged when the run
 * is over.
 */
#ifndef BENCH_SCENE_H
#define BENCH_SCENE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { SCENE_ENGINES_MAX = 4, SCENE_RECORDS_MAX = 1 << 20, SCENE_UNKNOWN = -1 };

/* How an engine is to fail. */
enum scene_fault { FAULT_NONE, FAULT_CLOSE, FAULT_CUT, FAULT_MUTE };

struct scene_record {
    uint64_t received_ns;
    uint64_t end_sample; /* of the message, in its listener's audio */
    uint32_t listener;
};

/* One stream to an engine: one channel, or both. */
struct scene_listener {
    int stream;          /* of the load; the even one when both are in it; told by its first mark */
    int64_t first_frame; /* of the call, at its sample 0 */
    int64_t first_sample;
    uint32_t rate_hz;
    uint32_t channels;
};

struct scene_engine {
    _Atomic(enum scene_fault) fault; /* by the load program */
    _Atomic uint64_t failed_ns;      /* by the engine, once it has */
    _Atomic bool is_listening;
    _Atomic uint32_t listener_count;
    _Atomic uint32_t record_count;
    _Atomic uint32_t odd_marks; /* of another stream than before */
    _Atomic uint32_t lost_records;
    struct scene_listener *listeners;
    struct scene_record *records;
};

struct scene {
    unsigned calls;
    unsigned listeners_max;
    uint64_t frames_max;
    uint64_t *sent_ns; /* [calls][frames_max] */
    struct scene_engine engines[SCENE_ENGINES_MAX];
};

struct scene *scene_create(unsigned calls, uint64_t frames_max);
uint64_t *scene_sent_ns(const struct scene *scene, unsigned call);

#endif
