#include "engines.h"

#include "sidetone/config.h"
#include "sidetone/loop.h"

#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { RATE_HZ = 16000, FRAME = 320, STREAMS = 4, SPEECH_SAMPLES_MAX = 80000 };

static struct st_config_engines config = {
    .pocketsphinx = {.model_dir = "/usr/share/pocketsphinx/model/en-us", .workers = 2}};
static struct st_engine *engine;
static struct st_loop *loop;
static int16_t speech[SPEECH_SAMPLES_MAX];
static size_t speech_count;
static const char *vectors;

struct heard {
    struct st_engine_stream *stream;
    char finals[1000];
    int partials;
    int64_t end_us;
    bool is_done;
};
static struct heard heard[STREAMS];
static int open_count;

static void on_segment(void *user, unsigned channel, const struct st_segment *segment)
{
    struct heard *mine = user;
    ck_assert_ptr_nonnull(mine->stream);
    ck_assert_int_ge(segment->start_us, mine->end_us);
    ck_assert_int_ge(segment->end_us, segment->start_us);
    if (!segment->is_final) {
        mine->partials++;
        return;
    }
    mine->end_us = segment->end_us;
    size_t len = strlen(mine->finals);
    snprintf(mine->finals + len, sizeof(mine->finals) - len, "%s %.6f|", segment->text,
             segment->confidence);
    for (size_t i = 0; i < segment->word_count; i++) {
        ck_assert_int_ge(segment->words[i].start_us, segment->start_us);
        ck_assert_int_le(segment->words[i].end_us, segment->end_us);
        ck_assert(segment->words[i].confidence <= 1);
    }
}

static void on_done(void *user)
{
    struct heard *mine = user;
    mine->is_done = true;
    if (--open_count == 0)
        st_loop_stop(loop);
}

static void on_lag(void *user, int64_t lag_us)
{
    ck_assert_int_ge(lag_us, 0);
}

static void on_settled(void *user, unsigned channel, int64_t until_us)
{
    ck_assert_int_ge(until_us, 0);
}

static const struct st_engine_sink sink = {
    .segment = on_segment, .done = on_done, .lag = on_lag, .settled = on_settled};

static void open_stream(struct heard *mine)
{
    struct st_engine_stream_config stream = {.loop = loop,
                                             .rate_hz = RATE_HZ,
                                             .language = "en-US",
                                             .wants_partials = true,
                                             .sink = &sink,
                                             .user = mine};
    ck_assert_int_eq(st_pocketsphinx_ops.open(&mine->stream, engine, &stream), 0);
    open_count++;
}

static void put_speech(struct heard *mine)
{
    for (size_t at = 0; at + FRAME <= speech_count; at += FRAME) {
        struct st_frame frame = {speech + at, FRAME, RATE_HZ, 0};
        ck_assert_int_eq(st_pocketsphinx_ops.audio(mine->stream, &frame), 0);
    }
}

/* flite's voice rms saying "I want to speak to a manager.", 16 kHz, 16 bit. */
static void read_speech(void)
{
    char path[1000];
    snprintf(path, sizeof(path), "%s/manager.s16", vectors);
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    speech_count = fread(speech, sizeof(speech[0]), SPEECH_SAMPLES_MAX, file);
    fclose(file);
}

static void setup(void)
{
    char why[200];
    read_speech();
    ck_assert_int_eq(st_loop_create(&loop, 0, 0), 0);
    ck_assert_int_eq(st_pocketsphinx_ops.load(&engine, &config, NULL, why, sizeof(why)), 0);
}

static void teardown(void)
{
    for (int i = 0; i < STREAMS; i++)
        st_pocketsphinx_ops.close(heard[i].stream);
    st_loop_destroy(loop);
    st_pocketsphinx_ops.unload(engine);
}

START_TEST(streams_side_by_side_hear_what_each_hears_alone)
{
    for (int i = 0; i < STREAMS; i++)
        open_stream(heard + i);
    for (int i = 0; i < STREAMS; i++)
        put_speech(heard + i);
    put_speech(heard + 0);
    for (int i = 0; i < STREAMS; i++)
        st_pocketsphinx_ops.finish(heard[i].stream);
    st_loop_run(loop);
    ck_assert_ptr_nonnull(strstr(heard[1].finals, "speak to a manager"));
    for (int i = 2; i < STREAMS; i++)
        ck_assert_str_eq(heard[i].finals, heard[1].finals);
    /* The second utterance is understood as the first was. */
    size_t len = strlen(heard[1].finals);
    ck_assert_uint_eq(strlen(heard[0].finals), 2 * len);
    ck_assert_str_eq(heard[0].finals + len, heard[1].finals);
}
END_TEST

START_TEST(silence_is_done_at_once)
{
    static const int16_t silence[FRAME];
    struct st_frame frame = {silence, FRAME, RATE_HZ, 0};
    open_stream(heard);
    for (int i = 0; i < 500; i++)
        ck_assert_int_eq(st_pocketsphinx_ops.audio(heard->stream, &frame), 0);
    st_pocketsphinx_ops.finish(heard->stream);
    ck_assert(heard->is_done);
    ck_assert_str_eq(heard->finals, "");
}
END_TEST

START_TEST(too_much_outstanding_is_refused_and_nothing_is_lost)
{
    struct st_frame frame = {speech, FRAME, RATE_HZ, 0};
    size_t at = 0, taken = 0;
    open_stream(heard);
    while (st_pocketsphinx_ops.audio(heard->stream, &frame) == 0) {
        taken++;
        at = at + 2 * FRAME <= speech_count ? at + FRAME : 0;
        frame.samples = speech + at;
        ck_assert_uint_lt(taken, 10000);
    }
    st_pocketsphinx_ops.finish(heard->stream);
    st_loop_run(loop);
    size_t finals = 0;
    for (const char *c = heard->finals; *c; c++)
        finals += *c == '|';
    ck_assert_uint_ge(finals, 8);
}
END_TEST

START_TEST(a_stream_may_close_while_it_is_decoded)
{
    for (int i = 0; i < STREAMS; i++) {
        open_stream(heard + i);
        put_speech(heard + i);
        put_speech(heard + i);
    }
    for (int i = 0; i < STREAMS; i++) {
        st_pocketsphinx_ops.close(heard[i].stream);
        heard[i].stream = NULL;
    }
}
END_TEST

START_TEST(other_languages_and_rates_are_refused)
{
    struct st_engine_stream_config stream = {
        .loop = loop, .rate_hz = RATE_HZ, .language = "de-DE", .sink = &sink};
    ck_assert_int_eq(st_pocketsphinx_ops.open(&heard->stream, engine, &stream), -ENOTSUP);
    stream.language = "en-GB";
    stream.rate_hz = 8000;
    ck_assert_int_eq(st_pocketsphinx_ops.open(&heard->stream, engine, &stream), -EINVAL);
    ck_assert_ptr_null(heard->stream);
    ck_assert_uint_eq(st_pocketsphinx_ops.rate_hz(engine, 8000), 16000);
}
END_TEST

START_TEST(a_missing_model_is_named)
{
    struct st_config_engines missing = {.pocketsphinx = {.model_dir = "/nowhere"}};
    struct st_engine *none = NULL;
    char text[200];
    ck_assert_int_eq(st_pocketsphinx_ops.load(&none, &missing, NULL, text, sizeof(text)), -ENOENT);
    ck_assert_ptr_nonnull(strstr(text, "/nowhere"));
    ck_assert_int_eq(st_pocketsphinx_ops.probe(&missing, text, sizeof(text)), -ENOENT);
    ck_assert_str_eq(text, "no model in /nowhere: install the package pocketsphinx-en-us");
    ck_assert_ptr_null(none);
    st_pocketsphinx_ops.describe(engine, text, sizeof(text));
    ck_assert_ptr_nonnull(strstr(text, "2 workers, English, quality low"));
    ck_assert_str_eq(st_pocketsphinx_ops.quality, "low");
}
END_TEST

int main(int argc, char **argv)
{
    vectors = argc > 1 ? argv[1] : ".";
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 300);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, streams_side_by_side_hear_what_each_hears_alone);
    tcase_add_test(tcase, silence_is_done_at_once);
    tcase_add_test(tcase, too_much_outstanding_is_refused_and_nothing_is_lost);
    tcase_add_test(tcase, a_stream_may_close_while_it_is_decoded);
    tcase_add_test(tcase, other_languages_and_rates_are_refused);
    tcase_add_test(tcase, a_missing_model_is_named);
    return run_case("pocketsphinx", tcase);
}
