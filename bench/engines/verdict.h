/* What the engines wrote down, judged by what was sent when. */
#ifndef BENCH_VERDICT_H
#define BENCH_VERDICT_H

#include "../load/call.h"
#include "../load/samples.h"
#include "scene.h"

struct verdict_window {
    uint64_t from_ns, until_ns;
};

/* "Newest" of each message that came in the window: the time since its last frame was sent. */
struct verdict_newest {
    struct samples ms;
    uint64_t late;    /* over 100 ms */
    uint64_t unknown; /* of frames that nobody sent */
};

struct verdict_newest verdict_newest(const struct scene *scene, const struct scene_engine *engine,
                                     const struct verdict_window *window);

struct verdict_losses {
    uint64_t streams, frames, extra_frames;
};

/* Of calls [first, first + count), each with one stream, or one for each channel. */
struct verdict_losses verdict_losses(const struct scene *scene, const struct scene_engine *engine,
                                     const struct call *calls, unsigned count);

/* When each channel was caught up with: a message came that was no older than 100 ms, the length of
 * one; 0: never. [count][2] */
uint64_t *verdict_caught_up(const struct scene *scene, const struct scene_engine *engine,
                            unsigned count, uint64_t from_ns);

#endif
