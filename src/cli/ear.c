#include "ear.h"

#include "sidetone/err.h"
#include "sidetone/framer.h"
#include "sidetone/mem.h"
#include "sidetone/resample.h"
#include "sidetone/stt.h"

#include <stdio.h>
#include <stdlib.h>

enum { RATE_HZ = 16000, OUT_SAMPLES_MAX = 8192 };

void st_ear_init(struct st_ear *ear)
{
    *ear = (struct st_ear){0};
    st_level_init(&ear->level);
    st_seconds_init(&ear->seconds);
}

void st_ear_fini(struct st_ear *ear)
{
    free(ear->list);
    *ear = (struct st_ear){0};
}

static void add(struct st_ear *ear, const struct st_audio_second *second)
{
    if (ear->count == ear->cap) {
        ear->cap = ear->cap * 2 + 256;
        ear->list = st_mem_realloc(ear->list, ear->cap * sizeof(ear->list[0]));
    }
    ear->list[ear->count++] = *second;
}

void st_ear_put(struct st_ear *ear, const struct st_frame *frame)
{
    struct st_audio_second second;
    st_level_put(&ear->level, frame);
    if (st_seconds_put(&ear->seconds, &ear->level, frame, &second))
        add(ear, &second);
}

void st_ear_flush(struct st_ear *ear)
{
    struct st_audio_second second;
    if (st_seconds_flush(&ear->seconds, &second))
        add(ear, &second);
}

/* ---- a whole recording ---- */

struct lane {
    struct st_ear *ear;
    struct st_resampler *resampler;
    struct st_framer framer;
};

static void on_frame(void *user, const struct st_frame *frame)
{
    struct lane *lane = user;
    st_ear_put(lane->ear, frame);
}

static uint32_t rate_of(const char *engine, uint32_t wire_hz)
{
    const struct st_engine_ops *ops = st_engine_find(engine);
    return st_stt_frames_hz(ops ? ops->rate_hz(NULL, wire_hz) : RATE_HZ, wire_hz);
}

static int open_lane(struct lane *lane, struct st_ear *ear, uint32_t in_hz, uint32_t out_hz)
{
    lane->ear = ear;
    st_ear_init(ear);
    st_framer_init(&lane->framer, out_hz, 0, on_frame, lane);
    return st_resampler_create(&lane->resampler, in_hz, out_hz);
}

static void put_lane(struct lane *lane, const int16_t *interleaved, size_t count)
{
    int16_t mono[ST_FRAME_SAMPLES_MAX], out[OUT_SAMPLES_MAX];
    for (size_t i = 0; i < count; i++)
        mono[i] = interleaved[i * ST_EARS];
    st_framer_put(&lane->framer, out, st_resampler_process(lane->resampler, mono, count, out));
}

static void close_lane(struct lane *lane)
{
    st_framer_flush(&lane->framer);
    st_ear_flush(lane->ear);
    st_framer_fini(&lane->framer);
    st_resampler_destroy(lane->resampler);
}

static int listen(struct st_audio_source *source, struct st_hearing *hearing, const char *engine)
{
    int16_t samples[ST_FRAME_SAMPLES_MAX * ST_EARS];
    uint32_t in_hz = st_audio_source_rate_hz(source), out_hz = rate_of(engine, in_hz);
    struct lane lanes[ST_EARS] = {{0}};
    int err = 0;
    for (unsigned i = 0; i < ST_EARS; i++) {
        int ret = open_lane(&lanes[i], &hearing->ears[i], in_hz, out_hz);
        err = err ? err : ret;
    }
    while (!err && (err = st_audio_source_read(source, samples)) > 0) {
        for (unsigned i = 0; i < ST_EARS; i++)
            put_lane(&lanes[i], samples + i, in_hz / (1000000 / ST_FRAME_US));
        err = 0;
    }
    for (unsigned i = 0; i < ST_EARS; i++)
        close_lane(&lanes[i]);
    return err;
}

int st_hearing_run(struct st_hearing *ret_hearing, const struct st_audio_files *files,
                   const char *engine, char *ret_why, size_t why_bytes)
{
    struct st_audio_source *source;
    struct st_hearing hearing = {0};
    int err = st_audio_source_open(&source, files, ret_why, why_bytes);
    if (err)
        return err;
    hearing.duration_us = st_audio_source_duration_us(source) / 1000 * 1000;
    err = listen(source, &hearing, engine);
    st_audio_source_close(source);
    if (err) {
        snprintf(ret_why, why_bytes, "%s", st_err_text(err));
        st_hearing_fini(&hearing);
        return err;
    }
    *ret_hearing = hearing;
    return 0;
}

void st_hearing_fini(struct st_hearing *hearing)
{
    for (unsigned i = 0; i < ST_EARS; i++)
        st_ear_fini(&hearing->ears[i]);
}
