#include "verdict.h"

#include "../load/fleet.h"

#include <stdlib.h>

enum { CHANNELS = 2, MESSAGE_FRAMES = 5, LATE_MS = 100 };

static const struct scene_listener *listener_of(const struct scene_engine *engine,
                                                const struct scene_record *record)
{
    return &engine->listeners[record->listener];
}

/* Of the newest frame in the message; false when nobody sent such a frame. */
static bool read_newest_ns(const struct scene *scene, const struct scene_engine *engine,
                           const struct scene_record *record, int64_t *ret_ns)
{
    const struct scene_listener *listener = listener_of(engine, record);
    int64_t slot = listener->rate_hz / FRAMES_PER_S;
    int64_t samples = (int64_t)record->end_sample - 1 - listener->first_sample;
    int64_t frame = listener->first_frame + (samples + slot * FRAMES_PER_S) / slot - FRAMES_PER_S;
    unsigned call = (unsigned)listener->stream / CHANNELS;
    if (call >= scene->calls || frame < 0 || frame >= (int64_t)scene->frames_max)
        return false;
    uint64_t sent_ns = scene_sent_ns(scene, call)[frame];
    *ret_ns = (int64_t)(record->received_ns - sent_ns);
    return sent_ns != 0 && *ret_ns >= 0;
}

struct verdict_newest verdict_newest(const struct scene *scene, const struct scene_engine *engine,
                                     const struct verdict_window *window)
{
    struct verdict_newest newest = {0};
    uint32_t count = atomic_load(&engine->record_count);
    for (uint32_t i = 0; i < count; i++) {
        const struct scene_record *record = &engine->records[i];
        int64_t ns;
        if (record->received_ns < window->from_ns || record->received_ns >= window->until_ns ||
            listener_of(engine, record)->stream == SCENE_UNKNOWN)
            continue;
        if (!read_newest_ns(scene, engine, record, &ns)) {
            newest.unknown++;
            continue;
        }
        samples_add(&newest.ms, (double)ns / 1e6);
        newest.late += ns > LATE_MS * INT64_C(1000000);
    }
    return newest;
}

static void add_losses(struct verdict_losses *losses, uint64_t sent, uint64_t came)
{
    uint64_t due = sent / MESSAGE_FRAMES * MESSAGE_FRAMES;
    losses->frames += came < due ? due - came : 0;
    losses->extra_frames += came > sent + 1 ? came - sent : 0;
}

static uint64_t *count_samples(const struct scene *scene, const struct scene_engine *engine)
{
    uint64_t *samples = calloc(scene->listeners_max, sizeof(samples[0]));
    uint32_t count = atomic_load(&engine->record_count);
    for (uint32_t i = 0; i < count; i++)
        samples[engine->records[i].listener] = engine->records[i].end_sample;
    return samples;
}

struct verdict_losses verdict_losses(const struct scene *scene, const struct scene_engine *engine,
                                     const struct call *calls, unsigned count)
{
    struct verdict_losses losses = {0};
    uint64_t *samples = count_samples(scene, engine), known = 0;
    uint32_t listeners = atomic_load(&engine->listener_count);
    for (uint32_t i = 0; i < listeners; i++) {
        const struct scene_listener *listener = &engine->listeners[i];
        unsigned call = (unsigned)listener->stream / CHANNELS;
        if (listener->stream == SCENE_UNKNOWN || call >= count)
            continue;
        known += listener->channels;
        add_losses(&losses, calls[call].frames, samples[i] / (listener->rate_hz / FRAMES_PER_S));
    }
    free(samples);
    losses.streams = known < (uint64_t)count * CHANNELS ? (uint64_t)count * CHANNELS - known : 0;
    return losses;
}

uint64_t *verdict_caught_up(const struct scene *scene, const struct scene_engine *engine,
                            unsigned count, uint64_t from_ns)
{
    uint64_t *times = calloc((size_t)count * CHANNELS, sizeof(times[0]));
    uint32_t records = atomic_load(&engine->record_count);
    for (uint32_t i = 0; i < records; i++) {
        const struct scene_record *record = &engine->records[i];
        const struct scene_listener *listener = listener_of(engine, record);
        int64_t ns;
        if (listener->stream == SCENE_UNKNOWN || record->received_ns < from_ns ||
            !read_newest_ns(scene, engine, record, &ns) || ns > LATE_MS * INT64_C(1000000))
            continue;
        for (unsigned k = 0; k < listener->channels; k++) {
            unsigned stream = (unsigned)listener->stream + k;
            if (stream < count * CHANNELS && times[stream] == 0)
                times[stream] = record->received_ns;
        }
    }
    return times;
}
