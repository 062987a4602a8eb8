/* Counts heap allocations on the way of a media message. */
#include "allocations.h"

#include "sidetone/codec.h"
#include "sidetone/framer.h"
#include "sidetone/level.h"
#include "sidetone/resample.h"
#include "sidetone/timeline.h"

#include "run.h"

#include <stdlib.h>

enum { WIRE_SAMPLES_MAX = 960, OUT_SAMPLES_MAX = 8000 };

struct path {
    struct st_timeline timeline;
    struct st_resampler *resampler;
    struct st_framer framer;
    struct st_level level;
    uint64_t frames;
};

static void on_frame(void *user, const struct st_frame *frame)
{
    struct path *path = user;
    st_level_put(&path->level, frame);
    path->frames++;
}

static void open_path(struct path *path, uint32_t wire_hz)
{
    *path = (struct path){0};
    ck_assert_int_eq(st_resampler_create(&path->resampler, wire_hz, 16000), 0);
    st_timeline_init(&path->timeline, wire_hz, 0, 0);
    st_framer_init(&path->framer, 16000, -st_resampler_delay_us(path->resampler), on_frame, path);
    st_level_init(&path->level);
}

static void put_samples(struct path *path, const int16_t *samples, uint64_t count)
{
    int16_t out[OUT_SAMPLES_MAX];
    for (uint64_t done = 0, n; done < count; done += n) {
        n = count - done < WIRE_SAMPLES_MAX ? count - done : WIRE_SAMPLES_MAX;
        size_t made =
            st_resampler_process(path->resampler, samples ? samples + done : NULL, n, out);
        st_framer_put(&path->framer, out, made);
    }
}

static void put_message(struct path *path, enum st_codec codec, const uint8_t *data, size_t bytes,
                        int64_t position_us)
{
    int16_t samples[WIRE_SAMPLES_MAX];
    size_t count = st_codec_decode(codec, data, bytes, 0, 1, samples);
    struct st_timeline_plan plan = st_timeline_put(&path->timeline, position_us, count);
    put_samples(path, NULL, plan.silence);
    put_samples(path, samples + plan.skip, count - plan.skip);
}

START_TEST(nothing_is_allocated_for_media)
{
    static const struct {
        uint32_t wire_hz;
        enum st_codec codec;
    } wires[] = {{8000, ST_CODEC_PCMU},
                 {8000, ST_CODEC_L16LE},
                 {16000, ST_CODEC_L16BE},
                 {48000, ST_CODEC_L16LE}};
    static uint8_t data[WIRE_SAMPLES_MAX * 2];
    unsigned seed = 5;
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (uint8_t)rand_r(&seed);
    struct path path;
    open_path(&path, wires[_i].wire_hz);
    size_t bytes = wires[_i].wire_hz / 50 * st_codec_sample_bytes(wires[_i].codec);
    uint64_t before = allocations_count();
    for (int i = 0; i < 1000; i++)
        if (i % 37 != 3)
            put_message(&path, wires[_i].codec, data, bytes, i * ST_FRAME_US);
    ck_assert_uint_eq(allocations_count(), before);
    ck_assert_uint_ge(path.frames, 999);
    st_framer_fini(&path.framer);
    st_resampler_destroy(path.resampler);
}
END_TEST

START_TEST(the_counter_counts)
{
    struct path path;
    uint64_t before = allocations_count();
    open_path(&path, 48000);
    ck_assert_uint_ge(allocations_count(), before + 3); /* ours, and SpeexDSP's own */
    st_framer_fini(&path.framer);
    st_resampler_destroy(path.resampler);
}
END_TEST

int main(void)
{
    allocations_watch();
    TCase *tcase = tcase_create("all");
    tcase_add_loop_test(tcase, nothing_is_allocated_for_media, 0, 4);
    tcase_add_test(tcase, the_counter_counts);
    return run_case("allocation", tcase);
}
