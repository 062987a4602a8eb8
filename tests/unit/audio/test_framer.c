#include "sidetone/framer.h"

#include "run.h"

#include <string.h>

enum { FRAMES_MAX = 64 };

static struct {
    int count;
    int64_t media_us[FRAMES_MAX];
    uint32_t samples[FRAMES_MAX];
    const int16_t *at[FRAMES_MAX];
    int16_t first[FRAMES_MAX], last[FRAMES_MAX];
} seen;
static struct st_framer framer;
static int16_t ramp[20000];

static void on_frame(void *user, const struct st_frame *frame)
{
    ck_assert_ptr_eq(user, &framer);
    ck_assert_int_lt(seen.count, FRAMES_MAX);
    seen.media_us[seen.count] = frame->media_us;
    seen.samples[seen.count] = frame->count;
    seen.at[seen.count] = frame->samples;
    seen.first[seen.count] = frame->samples[0];
    seen.last[seen.count] = frame->samples[frame->count - 1];
    seen.count++;
}

static void setup(void)
{
    memset(&seen, 0, sizeof(seen));
    for (int i = 0; i < 20000; i++)
        ramp[i] = (int16_t)(i + 1);
    st_framer_init(&framer, 16000, 1000000, on_frame, &framer);
}

static void teardown(void)
{
    st_framer_fini(&framer);
    ck_assert_ptr_null(framer.open);
    st_framer_fini(&framer);
}

START_TEST(whole_frames_pass_without_a_copy)
{
    st_framer_put(&framer, ramp, 960);
    ck_assert_int_eq(seen.count, 3);
    for (int i = 0; i < 3; i++) {
        ck_assert_ptr_eq(seen.at[i], ramp + 320 * i);
        ck_assert_uint_eq(seen.samples[i], 320);
        ck_assert_int_eq(seen.media_us[i], 1000000 + 20000 * i);
    }
    ck_assert_ptr_null(framer.open);
}
END_TEST

START_TEST(any_cutting_gives_the_same_frames)
{
    static const size_t pieces[] = {1, 7, 160, 319, 320, 321, 1000};
    for (size_t done = 0; done < 3200;) {
        size_t n = 3200 - done < pieces[_i] ? 3200 - done : pieces[_i];
        st_framer_put(&framer, ramp + done, n);
        done += n;
    }
    ck_assert_int_eq(seen.count, 10);
    for (int i = 0; i < 10; i++) {
        ck_assert_int_eq(seen.first[i], 320 * i + 1);
        ck_assert_int_eq(seen.last[i], 320 * i + 320);
        ck_assert_int_eq(seen.media_us[i], 1000000 + 20000 * i);
    }
}
END_TEST

START_TEST(a_wider_rate_takes_over_within_a_frame)
{
    st_framer_put(&framer, ramp, 320 + 100);
    st_framer_widen(&framer, 32000);
    ck_assert_uint_eq(framer.held, 200);
    for (int i = 0; i < 200; i++)
        ck_assert_int_eq(framer.open[i], 321 + i / 2);
    st_framer_put(&framer, ramp, 440 + 639);
    ck_assert_int_eq(seen.count, 2);
    ck_assert_uint_eq(seen.samples[1], 640);
    ck_assert_int_eq(seen.media_us[1], 1020000);
    ck_assert_int_eq(seen.first[1], 321);
    ck_assert_int_eq(seen.last[1], 440);
    ck_assert_int_eq(framer.open[0], 441);
    st_framer_put(&framer, ramp, 1);
    ck_assert_int_eq(seen.media_us[2], 1040000);
}
END_TEST

START_TEST(silence_needs_no_samples)
{
    st_framer_put(&framer, ramp, 100);
    st_framer_put(&framer, NULL, 320 * 3);
    st_framer_put(&framer, ramp, 220);
    ck_assert_int_eq(seen.count, 4);
    ck_assert_int_eq(seen.first[0], 1);
    ck_assert_int_eq(seen.last[0], 0);
    ck_assert_int_eq(seen.first[1], 0);
    ck_assert_int_eq(seen.first[3], 0);
    ck_assert_int_eq(seen.last[3], 220);
}
END_TEST

START_TEST(flush_pads_what_is_open_once)
{
    st_framer_flush(&framer);
    ck_assert_int_eq(seen.count, 0);
    st_framer_put(&framer, ramp, 5);
    st_framer_flush(&framer);
    st_framer_flush(&framer);
    ck_assert_int_eq(seen.count, 1);
    ck_assert_int_eq(seen.first[0], 1);
    ck_assert_int_eq(seen.last[0], 0);
    st_framer_put(&framer, ramp, 320);
    ck_assert_int_eq(seen.media_us[1], 1020000);
}
END_TEST

START_TEST(the_longest_frame_fits)
{
    st_framer_init(&framer, 48000, 0, on_frame, &framer);
    st_framer_put(&framer, ramp, 100);
    st_framer_put(&framer, NULL, ST_FRAME_SAMPLES_MAX);
    ck_assert_uint_eq(seen.samples[0], ST_FRAME_SAMPLES_MAX);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, whole_frames_pass_without_a_copy);
    tcase_add_loop_test(tcase, any_cutting_gives_the_same_frames, 0, 7);
    tcase_add_test(tcase, a_wider_rate_takes_over_within_a_frame);
    tcase_add_test(tcase, silence_needs_no_samples);
    tcase_add_test(tcase, flush_pads_what_is_open_once);
    tcase_add_test(tcase, the_longest_frame_fits);
    return run_case("framer", tcase);
}
