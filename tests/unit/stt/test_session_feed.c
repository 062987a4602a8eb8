#include "session_rig.h"

#include "run.h"

#include <errno.h>

static struct rig *start(enum st_engine_kind kind)
{
    struct rig *rig = rig_create(kind);
    rig->config.ring_us = 10000000;
    rig_start(rig);
    return rig;
}

START_TEST(a_full_engine_is_tried_again_by_a_tick)
{
    struct rig *rig = start(ST_ENGINE_EMBEDDED);
    rig->a.audio_max = 10;
    rig_talk(rig, 50);
    rig_expect_heard(rig, 0, 9);
    rig->a.audio_max = 0;
    rig_run(rig, 50);
    rig_expect_heard(rig, 0, 49);
    rig_destroy(rig);
}
END_TEST

static void talk_at_8_khz(struct rig *rig, int frames)
{
    int16_t samples[160];
    for (int i = 0; i < frames; i++) {
        struct st_frame frame = {samples, 160, 8000, (int64_t)i * ST_FRAME_US};
        for (int at = 0; at < 160; at++)
            samples[at] = (int16_t)i;
        st_stt_session_audio(rig->session, 0, &frame);
        rig_run(rig, ST_FRAME_US / 1000);
    }
}

/* The filter is 24 samples late: the first of each frame is of the one before. */
static void expect_doubled(const struct rig *rig, int frames)
{
    const struct rig_stream *stream = rig->streams[rig->stream_count - 1];
    ck_assert_uint_eq(stream->heard_count, (unsigned)frames);
    for (int i = 0; i < frames; i++)
        ck_assert_int_eq(stream->heard[0][i], i > 0 ? i - 1 : 0);
}

START_TEST(audio_of_8_khz_is_doubled_for_each_engine_that_hears_it)
{
    struct rig *rig = start(ST_ENGINE_EMBEDDED);
    ck_assert_uint_eq(st_stt_frames_hz(16000, 8000), 8000);
    ck_assert_uint_eq(st_stt_frames_hz(16000, 48000), 16000);
    ck_assert_uint_eq(st_stt_frames_hz(8000, 16000), 8000);
    talk_at_8_khz(rig, 60);
    expect_doubled(rig, 60);
    rig_fail(rig);
    rig_run(rig, 1);
    while (!rig->stream)
        rig_run(rig, 1);
    rig_run(rig, 1000);
    expect_doubled(rig, 60);
    rig_destroy(rig);
}
END_TEST

START_TEST(a_replay_is_faster_than_speech_but_not_all_at_once)
{
    struct rig *rig = start(ST_ENGINE_EMBEDDED);
    rig_talk(rig, 400);
    rig_fail(rig);
    rig_run(rig, 1);
    unsigned most = 0, before = rig->a.opens;
    while (rig->a.opens == before)
        rig_run(rig, 1);
    for (unsigned last = 0, i = 0; i < 1000 && last < 400; i++) {
        rig_run(rig, 1);
        if (rig->streams[rig->stream_count - 1]->heard_count - last > most)
            most = rig->streams[rig->stream_count - 1]->heard_count - last;
        last = rig->streams[rig->stream_count - 1]->heard_count;
    }
    ck_assert_uint_eq(rig->a.opens, before + 1);
    ck_assert_uint_eq(most, 25); /* 0.5 s a tick */
    rig_expect_heard(rig, 0, 399);
    rig_destroy(rig);
}
END_TEST

START_TEST(an_engine_with_a_pace_of_its_own_gets_a_replay_at_that)
{
    struct rig *rig = rig_create(ST_ENGINE_EMBEDDED);
    rig->a.ops.pace_pct = 200;
    rig->a.ops.pace_free_us = 2000000;
    rig_start(rig);
    rig_talk(rig, 500);
    rig_fail(rig);
    rig_run(rig, 1);
    while (!rig->stream)
        rig_run(rig, 1);
    rig_run(rig, 1000); /* 2 s for nothing, and twice the second that has passed */
    ck_assert_uint_ge(rig->stream->heard_count, 190);
    ck_assert_uint_le(rig->stream->heard_count, 200);
    rig_run(rig, 3100);
    rig_expect_heard(rig, 0, 499);
    rig_destroy(rig);
}
END_TEST

START_TEST(what_the_ring_cannot_hold_is_shed_a_second_at_a_time)
{
    struct rig *rig = start(ST_ENGINE_EMBEDDED);
    rig->a.audio_max = 10;
    rig_talk(rig, 550); /* ten frames taken, 500 fit the ring */
    rig_expect(rig, "shed 200-1200\n");
    rig->a.audio_max = 0;
    rig_run(rig, 1000);
    ck_assert_uint_eq(rig->streams[rig->stream_count - 1]->heard_count, 500);
    ck_assert_int_eq(rig->streams[rig->stream_count - 1]->heard[0][9], 9);
    ck_assert_int_eq(rig->streams[rig->stream_count - 1]->heard[0][10], 60);
    ck_assert_int_eq(rig->streams[rig->stream_count - 1]->heard[0][499], 549);
    /* Engine time goes on at the hole, media time does not. */
    rig_final(rig, 1, 100, 200, "before");
    rig_final(rig, 2, 200, 400, "after");
    rig_expect(rig, "final 1 100-200 'before'\n  before 100-200\n"
                    "final 2 1200-1400 'after'\n  after 1200-1400\n");
    rig_destroy(rig);
}
END_TEST

START_TEST(audio_that_was_heard_is_shed_only_when_it_cannot_be_heard_again)
{
    struct rig *rig = start(ST_ENGINE_EMBEDDED);
    rig_talk(rig, 600); /* no final: two seconds have left the ring */
    rig_expect(rig, "");
    rig_fail(rig);
    rig_run(rig, 5000);
    rig_expect(rig, "shed 0-2000\ndegraded (fake: it fell over)\nrunning (recovered)\n");
    rig_expect_heard(rig, 100, 599);
    rig_final(rig, 1, 0, 100, "x");
    rig_expect(rig, "final 1 2000-2100 'x'\n  x 2000-2100\n");
    rig_destroy(rig);
}
END_TEST

START_TEST(a_hole_is_not_reported_twice)
{
    struct rig *rig = start(ST_ENGINE_EMBEDDED);
    rig->a.audio_max = 10;
    rig_talk(rig, 550);
    rig_expect(rig, "shed 200-1200\n");
    rig_fail(rig);
    rig->a.audio_max = 0;
    rig_run(rig, 5000);
    rig_expect(rig, "shed 0-200\ndegraded (fake: it fell over)\nrunning (recovered)\n");
    rig_expect_heard(rig, 60, 549);
    rig_destroy(rig);
}
END_TEST

START_TEST(while_the_engine_is_away_the_newest_audio_is_kept)
{
    struct rig *rig = rig_create(ST_ENGINE_REMOTE);
    rig->config.ring_us = 2000000;
    rig_start(rig);
    rig_talk(rig, 350); /* 7 s */
    rig_expect(rig,
               "shed 0-1000\nshed 1000-2000\nshed 2000-3000\nshed 3000-4000\nshed 4000-5000\n");
    rig_socket_open(rig);
    rig_run(rig, 500);
    rig_expect_heard(rig, 250, 349);
    rig_destroy(rig);
}
END_TEST

START_TEST(settled_audio_is_not_heard_again)
{
    struct rig *rig = start(ST_ENGINE_EMBEDDED);
    rig->a.settles_all = true;
    rig_talk(rig, 100);
    rig_fail(rig);
    rig_talk(rig, 50);
    rig_run(rig, 1000);
    rig_expect_heard(rig, 99, 149); /* the last frame was settled before it counted as sent */
    rig_destroy(rig);
}
END_TEST

START_TEST(remote_engines_get_audio_in_their_chunks)
{
    struct rig *rig = rig_create(ST_ENGINE_REMOTE);
    rig->a.ops.chunk_us = 100000;
    rig_start(rig);
    rig_socket_open(rig);
    ck_assert_uint_eq(rig->a.messages, 1);
    rig_talk(rig, 4);
    ck_assert_uint_eq(rig->a.messages, 1);
    rig_talk(rig, 1);
    ck_assert_uint_eq(rig->a.messages, 2);
    rig_talk(rig, 7);
    ck_assert_uint_eq(rig->a.messages, 3);
    st_stt_session_finish(rig->session);
    rig_run(rig, 1);
    ck_assert_uint_eq(rig->a.messages, 4);
    rig_expect_heard(rig, 0, 11);
    ck_assert_uint_eq(rig->a.finishes, 1);
    rig_destroy(rig);
}
END_TEST

static int64_t last_lag_us;

static void on_lag(void *user, unsigned channel, int64_t lag_us)
{
    last_lag_us = lag_us;
}

START_TEST(lag_is_told_and_goes_away)
{
    struct rig *rig = rig_create(ST_ENGINE_EMBEDDED);
    struct st_stt_session_events events = *rig->config.events;
    events.lag = on_lag;
    rig->config.events = &events;
    rig_start(rig);
    rig_talk(rig, 10);
    ck_assert_int_eq(last_lag_us, 0);
    rig->a.audio_max = 10;
    rig_talk(rig, 100);
    ck_assert_int_ge(last_lag_us, 1800000);
    ck_assert_int_le(last_lag_us, 2000000);
    rig->a.audio_max = 0;
    rig_run(rig, 500);
    ck_assert_int_eq(last_lag_us, 0);
    rig_destroy(rig);
}
END_TEST

START_TEST(an_hour_leaves_nothing_behind)
{
    struct rig *rig = start(ST_ENGINE_EMBEDDED);
    for (int minute = 0; minute < 60; minute++) {
        rig->streams[rig->stream_count - 1]->heard_count = 0;
        rig_talk(rig, 3000);
        rig_final(rig, (uint64_t)minute + 1, minute * 60000, minute * 60000 + 59000, "m");
        if (minute == 30)
            ck_assert_uint_eq(rig->streams[rig->stream_count - 1]->heard_count, 3000);
        rig->events_len = 0;
    }
    rig_destroy(rig);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, a_full_engine_is_tried_again_by_a_tick);
    tcase_add_test(tcase, audio_of_8_khz_is_doubled_for_each_engine_that_hears_it);
    tcase_add_test(tcase, a_replay_is_faster_than_speech_but_not_all_at_once);
    tcase_add_test(tcase, an_engine_with_a_pace_of_its_own_gets_a_replay_at_that);
    tcase_add_test(tcase, what_the_ring_cannot_hold_is_shed_a_second_at_a_time);
    tcase_add_test(tcase, audio_that_was_heard_is_shed_only_when_it_cannot_be_heard_again);
    tcase_add_test(tcase, a_hole_is_not_reported_twice);
    tcase_add_test(tcase, while_the_engine_is_away_the_newest_audio_is_kept);
    tcase_add_test(tcase, settled_audio_is_not_heard_again);
    tcase_add_test(tcase, remote_engines_get_audio_in_their_chunks);
    tcase_add_test(tcase, lag_is_told_and_goes_away);
    tcase_add_test(tcase, an_hour_leaves_nothing_behind);
    return run_case("session_feed", tcase);
}
