/* A stream with the threads around it faked: the test listens, decodes and is the session. */
#include "moonshine/stream.h"

#include "allocations.h"
#include "fake_loop.h"
#include "moonshine/hearing.h"
#include "sidetone/loop.h"

#include "run.h"

#include <errno.h>
#include <string.h>

enum {
    RATE_HZ = 8000,
    FRAME_SAMPLES = RATE_HZ / 50,
    MS_US = 1000,
    JOBS_MAX = 64,
    BASE_US = 7000 * MS_US, /* of the call's clock: no concern of a stream */
};

static struct st_job *jobs[JOBS_MAX];
static unsigned job_count;
static unsigned wakes;

struct told {
    unsigned finals, partials, settles, lags, dones;
    bool is_falling;
    int64_t start_us, end_us, settled_us, lag_us;
};
static struct told told;

/* ---- in the place of the threads ---- */

void st_hearing_add(struct st_hearing *hearing, struct st_engine_stream *stream)
{
    st_stream_ref(stream);
}

void st_hearing_remove(struct st_hearing *hearing, struct st_engine_stream *stream)
{
    st_stream_unref(stream);
}

void st_hearing_wake(struct st_hearing *hearing)
{
    wakes++;
}

void st_workers_put_take(struct st_workers *workers, struct st_job *job)
{
    if (job_count == JOBS_MAX)
        ck_abort_msg("too many jobs");
    jobs[job_count++] = job;
}

void st_workers_clear(struct st_workers *workers, const struct st_lane *lane)
{
    for (unsigned i = 0; i < job_count; i++)
        st_stream_jobs.release(jobs[i]);
    job_count = 0;
}

static int recognise(const struct st_recognition **ret_recognition)
{
    static struct st_recognition recognition = {.words = {.text = "yes"}};
    *ret_recognition = &recognition;
    return 0;
}

int st_recogniser_final(struct st_recogniser *recogniser, const struct st_clip *clip,
                        const struct st_hints *hints, const struct st_recognition **ret_recognition)
{
    return recognise(ret_recognition);
}

int st_recogniser_partial(struct st_recogniser *recogniser, const struct st_clip *clip,
                          const atomic_bool *is_cancelled,
                          const struct st_recognition **ret_recognition)
{
    return recognise(ret_recognition);
}

/* ---- the session ---- */

static void on_segment(void *user, unsigned channel, const struct st_segment *segment)
{
    if (segment->is_final)
        told.finals++;
    else
        told.partials++;
    told.start_us = segment->start_us;
    told.end_us = segment->end_us;
}

static void on_done(void *user)
{
    told.dones++;
}

static void on_lag(void *user, int64_t lag_us)
{
    told.lags++;
    told.lag_us = lag_us;
}

static void on_settled(void *user, unsigned channel, int64_t until_us)
{
    told.settles++;
    told.is_falling |= until_us <= told.settled_us;
    told.settled_us = until_us;
}

static const struct st_engine_sink sink = {
    .segment = on_segment, .done = on_done, .lag = on_lag, .settled = on_settled};

/* ---- the rig ---- */

static struct st_loop *loop;
static struct st_engine_stream *stream;
static int64_t given_us;

static void begin(void)
{
    told = (struct told){0};
    given_us = 0;
    ck_assert_int_eq(st_loop_create(&loop, 0, 0), 0);
    struct st_engine_stream_config config = {
        .loop = loop, .rate_hz = RATE_HZ, .wants_partials = true, .sink = &sink};
    st_stream_open(&stream, NULL, NULL, &config, NULL);
}

static void end(void)
{
    st_stream_close(stream);
    fake_loop_advance(loop, 1);
    st_loop_destroy(loop);
}

static int give(void)
{
    static int16_t samples[FRAME_SAMPLES];
    for (size_t i = 0; i < FRAME_SAMPLES; i++)
        samples[i] = i % 2 ? 1000 : -1000; /* what is silent is heard without asking the detector */
    struct st_frame frame = {samples, FRAME_SAMPLES, RATE_HZ, BASE_US + given_us};
    int err = st_stream_audio(stream, &frame);
    if (!err)
        given_us += ST_FRAME_US;
    return err;
}

static void hear(float probability)
{
    float frame[ST_VAD_FRAME_MAX];
    enum st_stream_take take;
    while ((take = st_stream_take_frame(stream, frame)) == ST_STREAM_FRAME)
        st_stream_heard(stream, probability);
    if (take == ST_STREAM_END)
        st_stream_end(stream);
    fake_loop_advance(loop, MS_US);
}

static void pass(int64_t ms, float probability)
{
    for (int64_t until_us = given_us + ms * MS_US; given_us < until_us;) {
        if (give() < 0) /* no ck_assert: it allocates */
            ck_abort_msg("the stream is full");
        hear(probability);
    }
}

static void decode_all(void)
{
    for (unsigned i = 0; i < job_count; i++) {
        st_stream_jobs.run(jobs[i], NULL);
        st_stream_jobs.release(jobs[i]);
    }
    job_count = 0;
    fake_loop_advance(loop, MS_US);
}

/* ---- tests ---- */

static void assert_about_ms(int64_t us, int64_t ms)
{
    ck_assert_int_ge(us, (ms - 64) * MS_US);
    ck_assert_int_le(us, (ms + 64) * MS_US);
}

START_TEST(times_count_from_the_first_sample)
{
    begin();
    pass(2000, 0);
    pass(3000, 1);
    pass(1000, 0);
    decode_all();
    ck_assert_uint_eq(told.finals, 1);
    assert_about_ms(told.start_us, 2000);
    assert_about_ms(told.end_us, 5000);
    end();
}
END_TEST

START_TEST(silence_is_settled_as_it_passes)
{
    begin();
    pass(60000, 0);
    ck_assert_uint_ge(told.settles, 55);
    ck_assert_uint_le(told.settles, 60); /* once a second */
    ck_assert_int_ge(told.settled_us, 58000 * MS_US);
    ck_assert_int_lt(told.settled_us, 60000 * MS_US);
    ck_assert(!told.is_falling);
    end();
}
END_TEST

START_TEST(speech_is_not_settled_before_its_final)
{
    begin();
    pass(5000, 0);
    pass(3000, 1);
    ck_assert_int_lt(told.settled_us, 5000 * MS_US);
    pass(10000, 0); /* the final waits to be decoded */
    ck_assert_int_lt(told.settled_us, 5000 * MS_US);
    decode_all();
    ck_assert_uint_eq(told.finals, 1);
    pass(2000, 0);
    ck_assert_int_gt(told.settled_us, 17000 * MS_US);
    end();
}
END_TEST

START_TEST(a_stream_that_is_not_heard_fills_and_says_how_far_behind_it_is)
{
    begin();
    while (give() == 0)
        ck_assert_int_le(given_us, 20000 * MS_US);
    ck_assert_int_eq(given_us, 20000 * MS_US);
    ck_assert_int_eq(give(), -EAGAIN);
    float frame[ST_VAD_FRAME_MAX];
    for (int i = 0; i < 32; i++) {
        ck_assert_int_eq(st_stream_take_frame(stream, frame), ST_STREAM_FRAME);
        st_stream_heard(stream, 0);
    }
    fake_loop_advance(loop, MS_US);
    ck_assert_int_ge(told.lag_us, 18500 * MS_US);
    ck_assert_int_eq(give(), 0);
    hear(0);
    ck_assert_int_lt(told.lag_us, 200 * MS_US);
    end();
}
END_TEST

START_TEST(no_more_is_heard_when_too_much_waits_to_be_decoded)
{
    begin();
    for (int i = 0; i < 100 && give() == 0; i++) {
        for (int ms = 20; ms < 4000 && give() == 0; ms += 20)
            hear(1);
        for (int ms = 0; ms < 1000 && give() == 0; ms += 20)
            hear(0);
    }
    ck_assert_int_eq(give(), -EAGAIN);
    ck_assert_int_le(given_us, 60000 * MS_US);
    unsigned finals = 0;
    for (unsigned i = 0; i < job_count; i++)
        finals += jobs[i]->is_final;
    ck_assert_uint_ge(finals, 4);
    ck_assert_int_ge(told.lag_us, 15000 * MS_US);
    decode_all();
    ck_assert_uint_eq(told.finals, finals); /* every one */
    hear(0);
    ck_assert_int_eq(give(), 0);
    end();
}
END_TEST

START_TEST(finish_gives_what_is_left_then_done)
{
    begin();
    pass(2000, 1);
    st_stream_finish(stream);
    hear(0);
    ck_assert_uint_eq(told.dones, 0);
    decode_all();
    ck_assert_uint_eq(told.finals, 1);
    ck_assert_uint_eq(told.dones, 1);
    end();
}
END_TEST

START_TEST(nothing_is_allocated_for_a_frame)
{
    begin();
    pass(1000, 0);
    uint64_t before = allocations_count();
    pass(60000, 0);
    ck_assert_uint_eq(allocations_count() - before, 0);
    before = allocations_count();
    pass(3000, 1);
    uint64_t counted = allocations_count() - before;
    ck_assert_uint_ge(job_count, 1);
    ck_assert_uint_eq(counted, job_count); /* copies of what is to be decoded */
    end();
}
END_TEST

int main(void)
{
    allocations_watch();
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, times_count_from_the_first_sample);
    tcase_add_test(tcase, silence_is_settled_as_it_passes);
    tcase_add_test(tcase, speech_is_not_settled_before_its_final);
    tcase_add_test(tcase, a_stream_that_is_not_heard_fills_and_says_how_far_behind_it_is);
    tcase_add_test(tcase, no_more_is_heard_when_too_much_waits_to_be_decoded);
    tcase_add_test(tcase, finish_gives_what_is_left_then_done);
    tcase_add_test(tcase, nothing_is_allocated_for_a_frame);
    return run_case("stream", tcase);
}
