/*
 * The embedded recogniser's streams with their real threads and models: what happens at their
 * edges. SIDETONE_MODELS and SIDETONE_CLIP (a recording of speech, 16 kHz) are set by the build.
 */
#include "../../tools/wav_file.h"

#include "sidetone/config.h"
#include "sidetone/loop.h"
#include "sidetone/moonshine.h"
#include "sidetone/stt.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FRAME = 320, RATE = 16000, STREAMS = 8 };

static const struct st_engine_ops *const ops = &st_moonshine_ops;

struct heard {
    struct st_loop *loop;
    struct st_engine_stream *stream;
    int finals, partials, dones, failures;
    int64_t start_us, end_us, settled_us;
    size_t at; /* next sample */
    bool closes_itself;
};

static struct st_engine *engine;
static struct wav_file clip;
static size_t open_count;

static void on_segment(void *user, unsigned channel, const struct st_segment *segment)
{
    struct heard *heard = user;
    ck_assert(st_loop_is_current(heard->loop));
    ck_assert_ptr_nonnull(heard->stream);
    if (!segment->is_final) {
        heard->partials++;
        return;
    }
    if (heard->finals++ == 0)
        heard->start_us = segment->start_us;
    heard->end_us = segment->end_us;
    if (heard->closes_itself) {
        ops->close(heard->stream);
        heard->stream = NULL;
        st_loop_stop(heard->loop);
    }
}

static void on_done(void *user)
{
    struct heard *heard = user;
    ck_assert_ptr_nonnull(heard->stream);
    heard->dones++;
    if (--open_count == 0)
        st_loop_stop(heard->loop);
}

static void on_failed(void *user, enum st_engine_trouble trouble, const char *what)
{
    struct heard *heard = user;
    heard->failures++;
}

static void on_lag(void *user, int64_t lag_us)
{
    ck_assert_int_ge(lag_us, 0);
}

static void on_settled(void *user, unsigned channel, int64_t until_us)
{
    struct heard *heard = user;
    ck_assert_int_gt(until_us, heard->settled_us);
    heard->settled_us = until_us;
}

static const struct st_engine_sink sink = {.segment = on_segment,
                                           .done = on_done,
                                           .failed = on_failed,
                                           .lag = on_lag,
                                           .settled = on_settled};

static void load(uint32_t workers)
{
    struct st_config_engines config = {.moonshine = {.models_dir = "", .workers = workers}};
    char why[512] = "";
    int err = ops->load(&engine, &config, NULL, why, sizeof(why));
    ck_assert_msg(err == 0, "%s", why);
    ck_assert_int_eq(wav_file_read(&clip, getenv("SIDETONE_CLIP")), 0);
    ck_assert_uint_eq(clip.rate_hz, RATE);
}

static int open_stream(struct heard *heard, struct st_loop *loop, uint32_t rate_hz,
                       const char *language)
{
    struct st_engine_stream_config config = {.loop = loop,
                                             .rate_hz = rate_hz,
                                             .language = language,
                                             .wants_partials = true,
                                             .sink = &sink,
                                             .user = heard};
    memset(heard, 0, sizeof(*heard));
    heard->loop = loop;
    return ops->open(&heard->stream, engine, &config);
}

/* One frame at `media_us`; what audio() answered. */
static int give(struct heard *heard, int64_t media_us)
{
    struct st_frame frame = {.samples = clip.samples[0] + heard->at,
                             .count = FRAME,
                             .rate_hz = RATE,
                             .media_us = media_us};
    int err = ops->audio(heard->stream, &frame);
    if (!err)
        heard->at += FRAME;
    return err;
}

static void give_clip(struct heard *heard, int64_t base_us)
{
    for (heard->at = 0; heard->at + FRAME <= clip.count;) {
        int err = give(heard, base_us + (int64_t)heard->at * 1000000 / RATE);
        ck_assert(err == 0 || err == -EAGAIN);
        if (err)
            usleep(1000);
    }
}

static void unload(void)
{
    ops->unload(engine);
    wav_file_free(&clip);
}

START_TEST(what_is_not_understood_is_refused)
{
    struct st_loop *loop;
    struct heard heard;
    load(1);
    ck_assert_int_eq(st_loop_create(&loop, 0, 0), 0);
    ck_assert_int_eq(open_stream(&heard, loop, 44100, "en"), -EINVAL);
    ck_assert_int_eq(open_stream(&heard, loop, RATE, "de-DE"), -ENOTSUP);
    ck_assert_int_eq(open_stream(&heard, loop, RATE, "EN-us"), 0);
    struct st_frame frame = {.samples = clip.samples[0], .count = 160, .rate_hz = 8000};
    ck_assert_int_eq(ops->audio(heard.stream, &frame), -EINVAL);
    ops->close(heard.stream);
    ops->close(NULL);
    unload();
    st_loop_destroy(loop);
}
END_TEST

START_TEST(a_stream_without_audio_is_done)
{
    struct st_loop *loop;
    struct heard heard;
    load(1);
    ck_assert_int_eq(st_loop_create(&loop, 0, 0), 0);
    ck_assert_int_eq(open_stream(&heard, loop, RATE, NULL), 0);
    open_count = 1;
    ops->finish(heard.stream);
    st_loop_run(loop);
    ck_assert_int_eq(heard.dones, 1);
    ck_assert_int_eq(heard.finals + heard.partials + heard.failures, 0);
    ops->close(heard.stream);
    unload();
    st_loop_destroy(loop);
}
END_TEST

START_TEST(times_count_the_audio_given)
{
    enum { APART_US = 1000000000 };
    struct st_loop *loop;
    struct heard heard[2];
    load(2);
    ck_assert_int_eq(st_loop_create(&loop, 0, 0), 0);
    open_count = 2;
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(open_stream(&heard[i], loop, RATE, "en"), 0);
        give_clip(&heard[i], i * (int64_t)APART_US);
        ops->finish(heard[i].stream);
    }
    st_loop_run(loop);
    ck_assert_int_gt(heard[0].finals, 0);
    ck_assert_int_eq(heard[0].finals, heard[1].finals);
    ck_assert_int_eq(heard[1].start_us, heard[0].start_us);
    ck_assert_int_eq(heard[1].end_us, heard[0].end_us);
    ck_assert_int_le(heard[0].end_us, (int64_t)clip.count * 1000000 / RATE);
    for (int i = 0; i < 2; i++)
        ops->close(heard[i].stream);
    unload();
    st_loop_destroy(loop);
}
END_TEST

START_TEST(a_full_stream_says_so_and_loses_nothing)
{
    struct st_loop *loop;
    struct heard heard;
    int fulls = 0;
    load(1);
    ck_assert_int_eq(st_loop_create(&loop, 0, 0), 0);
    ck_assert_int_eq(open_stream(&heard, loop, RATE, "en"), 0);
    open_count = 1;
    for (int turn = 0; turn < 12; turn++) {
        for (heard.at = 0; heard.at + FRAME <= clip.count;) {
            int64_t us = ((int64_t)turn * (int64_t)clip.count + (int64_t)heard.at) * 1000 / 16;
            if (give(&heard, us) != -EAGAIN)
                continue;
            fulls++;
            usleep(2000);
        }
    }
    ops->finish(heard.stream);
    st_loop_run(loop);
    ck_assert_int_gt(fulls, 0);
    ck_assert_int_ge(heard.finals, 12);
    ck_assert_int_eq(heard.failures, 0);
    ops->close(heard.stream);
    unload();
    st_loop_destroy(loop);
}
END_TEST

static void on_nothing(void *user)
{
}

/* The loop stands still with a full inbox while everything is decoded. */
START_TEST(finals_survive_a_full_inbox)
{
    struct st_loop *loop;
    struct heard heard;
    load(1);
    ck_assert_int_eq(st_loop_create(&loop, 0, 2), 0);
    while (st_loop_post(loop, on_nothing, NULL) == 0)
        ;
    ck_assert_int_eq(open_stream(&heard, loop, RATE, "en"), 0);
    open_count = 1;
    give_clip(&heard, 0);
    ops->finish(heard.stream);
    sleep(3);
    ck_assert_int_eq(heard.finals, 0);
    st_loop_run(loop);
    ck_assert_int_gt(heard.finals, 0);
    ck_assert_int_eq(heard.dones, 1);
    ops->close(heard.stream);
    unload();
    st_loop_destroy(loop);
}
END_TEST

START_TEST(a_stream_may_be_closed_by_what_it_says)
{
    struct st_loop *loop;
    struct heard heard;
    load(1);
    ck_assert_int_eq(st_loop_create(&loop, 0, 0), 0);
    ck_assert_int_eq(open_stream(&heard, loop, RATE, "en"), 0);
    heard.closes_itself = true;
    give_clip(&heard, 0);
    ops->finish(heard.stream);
    st_loop_run(loop);
    ck_assert_int_eq(heard.finals, 1);
    ck_assert_int_eq(heard.dones, 0);
    unload();
    st_loop_destroy(loop);
}
END_TEST

/* Nothing may come, or crash, after close: not what waits, what runs, or what is on its way. */
START_TEST(streams_may_be_closed_at_any_time)
{
    struct st_loop *loop;
    struct heard heard[STREAMS];
    load(2);
    for (int round = 0; round < 6; round++) {
        ck_assert_int_eq(st_loop_create(&loop, 0, 0), 0);
        for (int i = 0; i < STREAMS; i++) {
            ck_assert_int_eq(open_stream(&heard[i], loop, RATE, "en"), 0);
            give_clip(&heard[i], 0);
            if (i % 2)
                ops->finish(heard[i].stream);
        }
        usleep((useconds_t)(round * 60000));
        for (int i = 0; i < STREAMS; i++) {
            ops->close(heard[i].stream);
            heard[i].stream = NULL;
        }
        st_loop_destroy(loop);
        for (int i = 0; i < STREAMS; i++)
            ck_assert_int_eq(heard[i].finals + heard[i].dones + heard[i].failures, 0);
    }
    unload();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("streams");
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, what_is_not_understood_is_refused);
    tcase_add_test(tcase, a_stream_without_audio_is_done);
    tcase_add_test(tcase, times_count_the_audio_given);
    tcase_add_test(tcase, a_full_stream_says_so_and_loses_nothing);
    tcase_add_test(tcase, finals_survive_a_full_inbox);
    tcase_add_test(tcase, a_stream_may_be_closed_by_what_it_says);
    tcase_add_test(tcase, streams_may_be_closed_at_any_time);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
