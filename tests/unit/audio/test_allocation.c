/* Counts heap allocations on the way of a media message. */
#include "sidetone/codec.h"
#include "sidetone/framer.h"
#include "sidetone/level.h"
#include "sidetone/resample.h"
#include "sidetone/timeline.h"

#include <check.h>
#include <stdlib.h>

enum { WIRE_SAMPLES_MAX = 960, OUT_SAMPLES_MAX = 8000 };

static uint64_t allocations;

#ifdef HAS_ALLOCATOR_HOOKS
#include <sanitizer/allocator_interface.h>

static void on_malloc(const volatile void *memory, size_t bytes)
{
    allocations++;
}

static void on_free(const volatile void *memory)
{
}

static void watch_allocations(void)
{
    __sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
}
#else
/* In the place of the C library's, so that libraries' allocations are seen too. */
#define SHOWN __attribute__((visibility("default")))
void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *memory, size_t bytes);

SHOWN void *malloc(size_t bytes)
{
    allocations++;
    return __libc_malloc(bytes);
}

SHOWN void *calloc(size_t count, size_t bytes)
{
    allocations++;
    return __libc_calloc(count, bytes);
}

SHOWN void *realloc(void *memory, size_t bytes)
{
    allocations++;
    return __libc_realloc(memory, bytes);
}

static void watch_allocations(void)
{
}
#endif

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
    allocations = 0;
    for (int i = 0; i < 1000; i++)
        if (i % 37 != 3)
            put_message(&path, wires[_i].codec, data, bytes, i * ST_FRAME_US);
    ck_assert_uint_eq(allocations, 0);
    ck_assert_uint_ge(path.frames, 999);
    st_framer_fini(&path.framer);
    st_resampler_destroy(path.resampler);
}
END_TEST

START_TEST(the_counter_counts)
{
    struct path path;
    allocations = 0;
    open_path(&path, 48000);
    ck_assert_uint_ge(allocations, 3); /* ours, and SpeexDSP's own */
    st_framer_fini(&path.framer);
    st_resampler_destroy(path.resampler);
}
END_TEST

int main(void)
{
    watch_allocations();
    Suite *suite = suite_create("allocation");
    TCase *tcase = tcase_create("all");
    tcase_add_loop_test(tcase, nothing_is_allocated_for_media, 0, 4);
    tcase_add_test(tcase, the_counter_counts);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
