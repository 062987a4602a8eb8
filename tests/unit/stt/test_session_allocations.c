/* Counts heap allocations on the way of a frame to its engine and of an answer back. */
#include "allocations.h"
#include "fake_loop.h"
#include "sidetone/loop.h"
#include "sidetone/stt.h"

#include "run.h"

enum { RATE_HZ = 8000, FRAME_SAMPLES = RATE_HZ / 50, TURN_FRAMES = 600, SPEECH_FRAMES = 400 };

struct st_engine_stream {
    const struct st_engine_sink *sink;
    void *user;
    uint64_t frames, id;
    int64_t settled_us;
};

static struct st_engine_stream stream;

static uint32_t engine_rate(const struct st_engine *engine, uint32_t wire_hz)
{
    return RATE_HZ;
}

static int engine_open(struct st_engine_stream **ret_stream, struct st_engine *engine,
                       const struct st_engine_stream_config *config)
{
    stream = (struct st_engine_stream){.sink = config->sink, .user = config->user};
    *ret_stream = &stream;
    return 0;
}

static void say(bool is_final, int64_t start_us, int64_t end_us)
{
    static const struct st_word words[] = {{.text = "one"}, {.text = "two"}, {.text = "three"}};
    struct st_segment segment = {
        .id = stream.id,
        .is_final = is_final,
        .start_us = start_us,
        .end_us = end_us,
        .text = "one two three",
        .words = words,
        .word_count = is_final ? 3 : 0,
        .word_times = is_final ? ST_WORD_TIMES_ESTIMATED : ST_WORD_TIMES_NONE,
    };
    stream.sink->segment(stream.user, 0, &segment);
}

/* Turns of 8 s of speech, with partials, and 4 s of silence. */
static int engine_audio(struct st_engine_stream *self, const struct st_frame *frame)
{
    uint64_t in_turn = self->frames++ % TURN_FRAMES;
    int64_t now_us = (int64_t)self->frames * ST_FRAME_US;
    if (in_turn == 0)
        self->id++;
    if (in_turn > SPEECH_FRAMES)
        self->sink->settled(self->user, 0, now_us);
    else if (in_turn == SPEECH_FRAMES)
        say(true, now_us - SPEECH_FRAMES * ST_FRAME_US, now_us);
    else if (in_turn % 50 == 49)
        say(false, now_us - (int64_t)in_turn * ST_FRAME_US, now_us);
    return 0;
}

static void engine_finish(struct st_engine_stream *self)
{
}

static void engine_close(struct st_engine_stream *self)
{
}

static const struct st_engine_ops ops = {
    .name = "fake",
    .kind = ST_ENGINE_EMBEDDED,
    .rate_hz = engine_rate,
    .open = engine_open,
    .audio = engine_audio,
    .finish = engine_finish,
    .close = engine_close,
};

static unsigned finals;

static void on_segment(void *user, unsigned channel, const struct st_segment *segment)
{
    finals += segment->is_final;
}

static const struct st_stt_session_events events = {.segment = on_segment};

static void talk(struct st_stt_session *session, struct st_loop *loop, unsigned turns)
{
    static int16_t samples[FRAME_SAMPLES];
    static int64_t media_us;
    for (unsigned i = 0; i < turns * TURN_FRAMES; i++) {
        struct st_frame frame = {samples, FRAME_SAMPLES, RATE_HZ, media_us};
        st_stt_session_audio(session, 0, &frame);
        media_us += ST_FRAME_US;
        fake_loop_advance(loop, ST_FRAME_US);
    }
}

START_TEST(nothing_is_allocated_after_the_first_utterances)
{
    struct st_loop *loop;
    struct st_stt_session *session;
    ck_assert_int_eq(st_loop_create(&loop, 0, 0), 0);
    struct st_stt_engine engine = {.name = "fake", .ops = &ops};
    struct st_stt_session_config config = {.loop = loop,
                                           .engines = &engine,
                                           .engine_count = 1,
                                           .wire_hz = RATE_HZ,
                                           .language = "en",
                                           .events = &events};
    session = st_stt_session_create(&config);
    ck_assert_int_eq(st_stt_session_open(session, 1), 0);
    uint64_t before = allocations_count();
    talk(session, loop, 2);
    ck_assert_uint_ge(allocations_count() - before, 80); /* the counter counts: blocks of 100 ms */
    before = allocations_count();
    talk(session, loop, 20);
    ck_assert_uint_eq(allocations_count() - before, 0);
    ck_assert_uint_eq(finals, 22);
    st_stt_session_destroy(session);
    st_loop_destroy(loop);
}
END_TEST

int main(void)
{
    allocations_watch();
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, nothing_is_allocated_after_the_first_utterances);
    return run_case("session allocations", tcase);
}
