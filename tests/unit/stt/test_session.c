#include "fake_loop.h"
#include "session_rig.h"

#include "run.h"

#include <errno.h>

START_TEST(an_embedded_engine_hears_every_frame_at_once)
{
    struct rig *rig = rig_create(ST_ENGINE_EMBEDDED);
    rig_start(rig);
    ck_assert_int_eq(st_stt_session_state(rig->session), ST_STT_RUNNING);
    rig_talk(rig, 100);
    rig_expect_heard(rig, 0, 99);
    rig_partial(rig, 1, 100, 500, "hello");
    rig_final(rig, 1, 100, 900, "hello there");
    rig_expect(rig, "partial 1 100-500 'hello'\n"
                    "final 1 100-900 'hello there'\n  hello 100-500\n  there 500-900\n");
    rig_destroy(rig);
}
END_TEST

START_TEST(finish_waits_for_done)
{
    struct rig *rig = rig_create(ST_ENGINE_EMBEDDED);
    rig_start(rig);
    rig_talk(rig, 10);
    st_stt_session_finish(rig->session);
    rig_run(rig, 100);
    ck_assert_uint_eq(rig->a.finishes, 1);
    rig_final(rig, 1, 0, 200, "bye");
    rig_done(rig);
    rig_expect(rig, "final 1 0-200 'bye'\n  bye 0-200\n");
    rig_run(rig, 1);
    rig_expect(rig, "done\n");
    ck_assert_int_eq(st_stt_session_state(rig->session), ST_STT_ENDED);
    ck_assert_ptr_null(rig->stream);
    rig_destroy(rig);
}
END_TEST

START_TEST(finish_gives_up_and_says_what_was_not_recognised)
{
    struct rig *rig = rig_create(ST_ENGINE_EMBEDDED);
    rig->config.finish_timeout_us = 10000000;
    rig_start(rig);
    rig_talk(rig, 50);
    rig_partial(rig, 1, 0, 300, "some");
    rig_final(rig, 1, 0, 400, "something");
    rig_partial(rig, 2, 500, 900, "and");
    rig_expect(rig, "partial 1 0-300 'some'\nfinal 1 0-400 'something'\n  something 0-400\n"
                    "partial 2 500-900 'and'\n");
    st_stt_session_finish(rig->session);
    rig_run(rig, 9999);
    rig_expect(rig, "");
    rig_run(rig, 2);
    rig_expect(rig, "shed 400-1000\nfinal 2 500-900 ''\ndone\n");
    rig_destroy(rig);
}
END_TEST

START_TEST(finish_does_not_give_up_while_there_is_progress)
{
    struct rig *rig = rig_create(ST_ENGINE_EMBEDDED);
    rig->config.finish_timeout_us = 10000000;
    rig_start(rig);
    rig_talk(rig, 500);
    st_stt_session_finish(rig->session);
    for (int i = 0; i < 3; i++) {
        rig_run(rig, 9000);
        rig_final(rig, 1 + (uint64_t)i, 1000 * i, 1000 * i + 500, "x");
    }
    rig_expect(rig, "final 1 0-500 'x'\n  x 0-500\nfinal 2 1000-1500 'x'\n  x 1000-1500\n"
                    "final 3 2000-2500 'x'\n  x 2000-2500\n");
    rig_run(rig, 9999);
    rig_expect(rig, "");
    rig_run(rig, 2);
    rig_expect(rig, "shed 2500-10000\ndone\n");
    rig_destroy(rig);
}
END_TEST

START_TEST(finish_is_not_put_off_for_ever)
{
    struct rig *rig = rig_create(ST_ENGINE_EMBEDDED);
    rig->config.finish_timeout_us = 10000000;
    rig_start(rig);
    rig_talk(rig, 1400);
    st_stt_session_finish(rig->session);
    for (int i = 0; i < 23; i++) {
        rig_run(rig, 5000);
        rig_final(rig, 1 + (uint64_t)i, 1000 * i, 1000 * i + 500, "x");
    }
    ck_assert_int_eq(st_stt_session_state(rig->session), ST_STT_FINISHING);
    rig_run(rig, 5000);
    ck_assert_int_eq(st_stt_session_state(rig->session), ST_STT_ENDED);
    rig_destroy(rig);
}
END_TEST

START_TEST(finish_without_audio_ends_at_once)
{
    struct rig *rig = rig_create(ST_ENGINE_REMOTE);
    rig_start(rig);
    st_stt_session_finish(rig->session);
    rig_run(rig, 1);
    rig_expect(rig, "done\n");
    rig_destroy(rig);
}
END_TEST

START_TEST(an_engine_that_dies_hears_everything_since_the_last_final_again)
{
    struct rig *rig = rig_create(ST_ENGINE_EMBEDDED);
    rig_start(rig);
    rig_talk(rig, 100);
    rig_final(rig, 1, 0, 1000, "one");
    rig_partial(rig, 2, 1200, 1800, "tw");
    rig_expect(rig, "final 1 0-1000 'one'\n  one 0-1000\npartial 2 1200-1800 'tw'\n");
    rig_fail(rig);
    rig_talk(rig, 5);
    rig_expect(rig, "degraded (fake: it fell over)\n");
    ck_assert_int_eq(st_stt_session_state(rig->session), ST_STT_DEGRADED);
    rig_run(rig, 1000);
    rig_expect(rig, "running (recovered)\n");
    ck_assert_uint_eq(rig->a.opens, 2);
    rig_expect_heard(rig, 50, 104);
    /* The new stream counts from 1 and from the replay's start: the open partial is taken up. */
    rig_partial(rig, 1, 200, 600, "two");
    rig_final(rig, 1, 200, 800, "two");
    rig_final(rig, 2, 900, 1000, "three");
    rig_expect(rig, "partial 2 1200-1600 'two'\nfinal 2 1200-1800 'two'\n  two 1200-1800\n"
                    "final 3 1900-2000 'three'\n  three 1900-2000\n");
    rig_destroy(rig);
}
END_TEST

START_TEST(a_partial_that_no_one_takes_up_is_withdrawn)
{
    struct rig *rig = rig_create(ST_ENGINE_EMBEDDED);
    rig_start(rig);
    rig_talk(rig, 50);
    rig_partial(rig, 1, 0, 800, "ghost");
    rig_fail(rig);
    rig_run(rig, 1000);
    rig_expect(rig, "partial 1 0-800 'ghost'\ndegraded (fake: it fell over)\n"
                    "running (recovered)\n");
    st_stt_session_finish(rig->session);
    rig_run(rig, 1);
    rig_done(rig);
    rig_run(rig, 1);
    rig_expect(rig, "final 1 0-800 ''\ndone\n");
    rig_destroy(rig);
}
END_TEST

START_TEST(an_engine_that_refuses_is_tried_with_longer_and_longer_waits)
{
    struct rig *rig = rig_create(ST_ENGINE_EMBEDDED);
    rig->a.open_result = -EIO;
    rig_start(rig);
    rig_run(rig, 0);
    rig_expect(rig, "degraded (fake: it could not be started)\n");
    rig_run(rig, 4000);
    ck_assert_uint_ge(rig->a.opens, 4);
    ck_assert_uint_le(rig->a.opens, 6);
    rig_talk(rig, 10);
    rig->a.open_result = 0;
    rig_run(rig, 10000);
    rig_expect(rig, "running (recovered)\n");
    rig_expect_heard(rig, 0, 9);
    rig_destroy(rig);
}
END_TEST

START_TEST(an_engine_that_can_never_serve_is_an_error)
{
    struct rig *rig = rig_create(ST_ENGINE_EMBEDDED);
    struct st_stt_engine engine = {.name = "fake", .ops = &rig->a.ops, .engine = &rig->a};
    rig->config.engines = &engine;
    rig->config.engine_count = 1;
    rig->a.open_result = -ENOTSUP;
    rig->session = st_stt_session_create(&rig->config);
    ck_assert_int_eq(st_stt_session_open(rig->session, 1), -ENOTSUP);
    rig_destroy(rig);
}
END_TEST

START_TEST(an_engine_that_refuses_audio_is_replaced)
{
    struct rig *rig = rig_create(ST_ENGINE_EMBEDDED);
    rig_start(rig);
    rig_talk(rig, 3);
    rig->a.audio_result = -EPROTO;
    rig_talk(rig, 1);
    rig->a.audio_result = 0;
    rig_run(rig, 1000);
    rig_expect(rig, "degraded (fake: the engine refused audio)\nrunning (recovered)\n");
    rig_expect_heard(rig, 0, 3);
    rig_destroy(rig);
}
END_TEST

START_TEST(finish_while_the_engine_is_away_still_gets_everything)
{
    struct rig *rig = rig_create(ST_ENGINE_EMBEDDED);
    rig_start(rig);
    rig_talk(rig, 50);
    rig_fail(rig);
    rig_run(rig, 1);
    st_stt_session_finish(rig->session);
    rig_run(rig, 400);
    rig_expect_heard(rig, 0, 49);
    ck_assert_uint_eq(rig->a.finishes, 1);
    rig_final(rig, 1, 0, 900, "late");
    rig_done(rig);
    rig_run(rig, 1);
    rig_expect(rig, "degraded (fake: it fell over)\nfinal 1 0-900 'late'\n  late 0-900\ndone\n");
    rig_destroy(rig);
}
END_TEST

START_TEST(finish_does_not_wait_for_a_long_retry)
{
    struct rig *rig = rig_create(ST_ENGINE_EMBEDDED);
    rig->a.open_result = -EIO;
    rig_start(rig);
    rig_talk(rig, 1500); /* half a minute: waits are 10 s by now */
    rig->a.open_result = 0;
    st_stt_session_finish(rig->session);
    rig_run(rig, 300);
    ck_assert_ptr_nonnull(rig->stream);
    rig_destroy(rig);
}
END_TEST

START_TEST(an_engine_that_dies_after_finish_is_finished_again)
{
    struct rig *rig = rig_create(ST_ENGINE_EMBEDDED);
    rig_start(rig);
    rig_talk(rig, 50);
    st_stt_session_finish(rig->session);
    rig_run(rig, 1);
    rig_fail(rig);
    rig_run(rig, 400);
    ck_assert_uint_eq(rig->a.finishes, 2);
    rig_expect_heard(rig, 0, 49);
    rig_done(rig);
    rig_run(rig, 1);
    rig_expect(rig, "done\n");
    rig_destroy(rig);
}
END_TEST

START_TEST(a_finished_session_with_nothing_to_say_again_does_not_retry)
{
    struct rig *rig = rig_create(ST_ENGINE_EMBEDDED);
    rig_start(rig);
    rig_talk(rig, 50);
    rig_final(rig, 1, 0, 1000, "all");
    st_stt_session_finish(rig->session);
    rig_run(rig, 1);
    rig_fail(rig);
    rig_run(rig, 1);
    rig_expect(rig, "final 1 0-1000 'all'\n  all 0-1000\ndone\n");
    ck_assert_uint_eq(rig->a.opens, 1);
    rig_destroy(rig);
}
END_TEST

START_TEST(what_is_never_heard_at_the_end_has_a_reason)
{
    struct rig *rig = rig_create(ST_ENGINE_EMBEDDED);
    rig_start(rig);
    rig_talk(rig, 50);
    st_stt_session_finish(rig->session);
    rig_trouble(rig->stream, ST_TROUBLE_REFUSED, "bad key");
    rig_run(rig, 1);
    rig_expect(rig, "degraded (fake: bad key)\nshed 0-1000\ndone\n");
    rig_destroy(rig);
}
END_TEST

START_TEST(a_channel_without_an_engine_does_not_end_the_other_one)
{
    const struct st_segment last = {
        .id = 1, .is_final = true, .end_us = 1000000, .text = "last words"};
    struct rig *rig = rig_create(ST_ENGINE_EMBEDDED);
    rig->channel_mask = 3;
    rig_start(rig);
    rig_talk(rig, 50);
    st_stt_session_finish(rig->session);
    rig_run(rig, 1);
    rig_trouble(rig->streams[1], ST_TROUBLE_REFUSED, "bad key");
    rig_run(rig, 10);
    rig_expect(rig, "");
    rig_say(rig->streams[0], 0, &last);
    rig->streams[0]->sink->done(rig->streams[0]->user);
    rig_run(rig, 1);
    rig_expect(rig, "0 final 1 0-1000 'last words'\n1 degraded (fake: bad key)\n1 shed 0-1000\n"
                    "done\n");
    rig_destroy(rig);
}
END_TEST

START_TEST(the_owner_may_destroy_the_session_from_inside_an_event)
{
    struct rig *rig = rig_create(ST_ENGINE_EMBEDDED);
    rig_start(rig);
    rig_talk(rig, 10);
    rig->destroys_on_segment = true;
    rig_final(rig, 1, 0, 100, "enough");
    ck_assert_ptr_nonnull(rig->stream); /* the engine was on the stack */
    rig_partial(rig, 2, 100, 200, "unheard");
    rig_run(rig, 1);
    ck_assert_ptr_null(rig->stream);
    rig_expect(rig, "final 1 0-100 'enough'\n  enough 0-100\n");
    ck_assert_uint_eq(fake_loop_timers(rig->loop), 0);
    rig_destroy(rig);
}
END_TEST

START_TEST(times_are_told_in_whole_milliseconds)
{
    struct rig *rig = rig_create(ST_ENGINE_EMBEDDED);
    struct st_word word = {
        .text = "odd", .start_us = 200999, .end_us = 300001, .confidence = 0.98765F};
    struct st_segment segment = {.id = 1,
                                 .is_final = true,
                                 .start_us = 100999,
                                 .end_us = 900500,
                                 .text = "odd",
                                 .confidence = 0.1234567F,
                                 .word_times = ST_WORD_TIMES_MEASURED,
                                 .words = &word,
                                 .word_count = 1};
    rig_start(rig);
    rig_talk(rig, 100);
    rig_segment(rig, &segment);
    rig_expect(rig, "final 1 100-900 'odd'\n  odd 200-300\n");
    rig_destroy(rig);
}
END_TEST

START_TEST(states_have_names)
{
    ck_assert_str_eq(st_stt_state_name(ST_STT_STARTING), "starting");
    ck_assert_str_eq(st_stt_state_name(ST_STT_ENDED), "ended");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, an_embedded_engine_hears_every_frame_at_once);
    tcase_add_test(tcase, finish_waits_for_done);
    tcase_add_test(tcase, finish_gives_up_and_says_what_was_not_recognised);
    tcase_add_test(tcase, finish_does_not_give_up_while_there_is_progress);
    tcase_add_test(tcase, finish_is_not_put_off_for_ever);
    tcase_add_test(tcase, finish_without_audio_ends_at_once);
    tcase_add_test(tcase, an_engine_that_dies_hears_everything_since_the_last_final_again);
    tcase_add_test(tcase, a_partial_that_no_one_takes_up_is_withdrawn);
    tcase_add_test(tcase, an_engine_that_refuses_is_tried_with_longer_and_longer_waits);
    tcase_add_test(tcase, an_engine_that_can_never_serve_is_an_error);
    tcase_add_test(tcase, an_engine_that_refuses_audio_is_replaced);
    tcase_add_test(tcase, finish_while_the_engine_is_away_still_gets_everything);
    tcase_add_test(tcase, finish_does_not_wait_for_a_long_retry);
    tcase_add_test(tcase, an_engine_that_dies_after_finish_is_finished_again);
    tcase_add_test(tcase, a_finished_session_with_nothing_to_say_again_does_not_retry);
    tcase_add_test(tcase, what_is_never_heard_at_the_end_has_a_reason);
    tcase_add_test(tcase, a_channel_without_an_engine_does_not_end_the_other_one);
    tcase_add_test(tcase, the_owner_may_destroy_the_session_from_inside_an_event);
    tcase_add_test(tcase, times_are_told_in_whole_milliseconds);
    tcase_add_test(tcase, states_have_names);
    return run_case("session", tcase);
}
