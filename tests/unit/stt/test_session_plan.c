/* Which engine hears what: fail-over, renewal, quotas. */
#include "guard.h"
#include "session_rig.h"

#include "sidetone/loop.h"

#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct rig *start_two(enum st_engine_kind kind)
{
    struct rig *rig = rig_create(kind);
    rig_add(rig, kind)->opens_at_once = true;
    rig->a.opens_at_once = true;
    rig_start(rig);
    return rig;
}

static struct rig_stream *newest(struct rig *rig)
{
    return rig->streams[rig->stream_count - 1];
}

START_TEST(the_next_engine_hears_everything_since_the_last_final)
{
    struct rig *rig = start_two(ST_ENGINE_EMBEDDED);
    rig_talk(rig, 100);
    rig_final(rig, 1, 0, 1000, "one");
    rig_partial(rig, 2, 1200, 1800, "tw");
    rig_fail(rig);
    rig_talk(rig, 5);
    rig_run(rig, 100);
    ck_assert_ptr_eq(newest(rig)->engine, &rig->others[0]);
    rig_expect_heard(rig, 50, 104);
    rig_final(rig, 1, 200, 800, "two");
    rig_expect(rig, "final 1 0-1000 'one'\n  one 0-1000\npartial 2 1200-1800 'tw'\n"
                    "degraded: lost (fake: it fell over)\nrunning on fake2\n"
                    "final 2 1200-1800 'two'\n  two 1200-1800\n");
    ck_assert_str_eq(st_stt_session_engine(rig->session)->name, "fake2");
    rig_run(rig, 60000); /* it stays there */
    rig_talk(rig, 5);
    ck_assert_uint_eq(rig->a.opens, 1);
    rig_destroy(rig);
}
END_TEST

START_TEST(every_trouble_is_met_by_the_next_engine)
{
    static const enum st_engine_trouble troubles[] = {
        ST_TROUBLE_LOST,     ST_TROUBLE_STALLED, ST_TROUBLE_SERVER,  ST_TROUBLE_THROTTLED,
        ST_TROUBLE_PROTOCOL, ST_TROUBLE_REFUSED, ST_TROUBLE_UNSUITED};
    for (size_t i = 0; i < sizeof(troubles) / sizeof(troubles[0]); i++) {
        char expected[128];
        struct rig *rig = start_two(ST_ENGINE_EMBEDDED);
        rig_talk(rig, 10);
        rig_trouble(newest(rig), troubles[i], "it fell over");
        rig_run(rig, 100);
        snprintf(expected, sizeof(expected),
                 "degraded: %s (fake: it fell over)\nrunning on fake2\n",
                 st_engine_trouble_name(troubles[i]));
        rig_expect(rig, expected);
        rig_expect_heard(rig, 0, 9);
        rig_destroy(rig);
    }
}
END_TEST

START_TEST(an_engine_that_refused_is_not_tried_again_by_this_call)
{
    struct rig *rig = start_two(ST_ENGINE_EMBEDDED);
    rig_talk(rig, 10);
    rig_trouble(newest(rig), ST_TROUBLE_REFUSED, "bad key");
    rig_run(rig, 100);
    for (int i = 0; i < 5; i++) {
        rig_fail(rig);
        rig_run(rig, 20000);
    }
    ck_assert_uint_eq(rig->a.opens, 1);
    ck_assert_uint_eq(rig->others[0].opens, 6);
    rig_destroy(rig);
}
END_TEST

START_TEST(when_the_second_fails_too_the_first_is_tried_again_and_not_at_once)
{
    struct rig *rig = start_two(ST_ENGINE_EMBEDDED);
    rig_talk(rig, 10);
    rig_fail(rig);
    rig_run(rig, 1);
    rig_fail(rig);
    rig_run(rig, 100);
    ck_assert_ptr_null(rig->stream);
    rig_run(rig, 1000);
    ck_assert_ptr_nonnull(rig->stream);
    ck_assert_uint_eq(rig->stream_count, 3);
    rig_expect_heard(rig, 0, 9);
    rig_destroy(rig);
}
END_TEST

START_TEST(engines_that_always_fail_are_not_tried_in_a_circle)
{
    struct rig *rig = rig_create(ST_ENGINE_EMBEDDED);
    rig_add(rig, ST_ENGINE_EMBEDDED)->open_result = -EIO;
    rig->a.open_result = -EIO;
    rig_start(rig);
    rig_run(rig, 60000);
    ck_assert_uint_le(rig->a.opens, 16);
    ck_assert_uint_le(rig->others[0].opens, 16);
    ck_assert_uint_ge(rig->others[0].opens, 8);
    rig_expect(rig, "degraded: lost (fake: it could not be started)\n");
    rig_destroy(rig);
}
END_TEST

START_TEST(an_engine_that_cannot_serve_the_call_is_passed_over_without_a_word)
{
    struct rig *rig = rig_create(ST_ENGINE_EMBEDDED);
    rig_add(rig, ST_ENGINE_EMBEDDED);
    rig->a.open_result = -ENOTSUP;
    rig_start(rig);
    ck_assert_str_eq(st_stt_session_engine(rig->session)->name, "fake2");
    rig_talk(rig, 5);
    rig_expect(rig, "");
    rig_expect_heard(rig, 0, 4);
    rig_destroy(rig);
}
END_TEST

START_TEST(a_connection_that_hangs_is_given_up_sooner_when_there_is_another_engine)
{
    struct rig *rig = rig_create(ST_ENGINE_REMOTE);
    rig_add(rig, ST_ENGINE_EMBEDDED);
    rig_start(rig);
    rig_talk(rig, 199);
    rig_expect(rig, "");
    rig_talk(rig, 2);
    rig_run(rig, 500);
    rig_expect(rig, "degraded: lost (fake: the connection did not open in time)\n"
                    "running on fake2\n");
    rig_expect_heard(rig, 0, 200);
    rig_destroy(rig);
}
END_TEST

START_TEST(a_session_that_expired_is_opened_anew_and_nobody_is_told)
{
    struct rig *rig = start_two(ST_ENGINE_EMBEDDED);
    rig_talk(rig, 100);
    rig_final(rig, 1, 0, 1000, "one");
    rig_expect(rig, "final 1 0-1000 'one'\n  one 0-1000\n");
    rig_trouble(newest(rig), ST_TROUBLE_EXPIRED, "three hours are over");
    rig_run(rig, 100);
    ck_assert_uint_eq(rig->a.opens, 2);
    rig_expect_heard(rig, 50, 99);
    rig_expect(rig, "");
    rig_trouble(newest(rig), ST_TROUBLE_EXPIRED, "again"); /* at once: something is wrong */
    rig_run(rig, 10);
    rig_expect(rig, "degraded: expired (fake: again)\nrunning on fake2\n");
    rig_destroy(rig);
}
END_TEST

START_TEST(words_said_twice_by_engines_without_times_are_said_once)
{
    struct rig *rig = start_two(ST_ENGINE_EMBEDDED);
    struct st_segment segment = {.id = 1,
                                 .is_final = true,
                                 .end_us = 1000000,
                                 .text = "I want to Cancel, my",
                                 .confidence = ST_CONFIDENCE_ABSENT};
    rig_talk(rig, 100);
    rig_segment(rig, &segment);
    rig_fail(rig);
    rig_run(rig, 100);
    segment.text = "cancel my account";
    rig_segment(rig, &segment);
    segment.id = 2;
    segment.start_us = 1000000;
    segment.end_us = 1500000;
    segment.text = "my account"; /* only a stream's beginning repeats */
    rig_segment(rig, &segment);
    rig_expect(rig, "final 1 0-1000 'I want to Cancel, my'\n"
                    "degraded: lost (fake: it fell over)\nrunning on fake2\n"
                    "final 2 1000-2000 'account'\nfinal 3 2000-2500 'my account'\n");
    rig_destroy(rig);
}
END_TEST

START_TEST(finish_with_no_engine_left_ends_at_once)
{
    struct rig *rig = rig_create(ST_ENGINE_EMBEDDED);
    rig_start(rig);
    rig_talk(rig, 10);
    rig_trouble(rig->stream, ST_TROUBLE_REFUSED, "bad key");
    rig_talk(rig, 10);
    st_stt_session_finish(rig->session);
    rig_run(rig, 1);
    rig_expect(rig, "degraded (fake: bad key)\nshed 0-400\ndone\n");
    rig_destroy(rig);
}
END_TEST

START_TEST(both_channels_go_to_the_next_engine_together)
{
    struct rig *rig = rig_create(ST_ENGINE_EMBEDDED);
    rig_add(rig, ST_ENGINE_EMBEDDED);
    rig->channel_mask = 3;
    rig_start(rig);
    rig_talk(rig, 50);
    ck_assert_uint_eq(rig->stream_count, 2);
    ck_assert_int_eq(rig->streams[1]->roles[0], ST_ROLE_CUSTOMER);
    rig_trouble(rig->streams[1], ST_TROUBLE_LOST, "it fell over");
    rig_run(rig, 100);
    ck_assert_uint_eq(rig->stream_count, 4);
    ck_assert(!rig->streams[0]->is_open);
    rig_expect_lane(rig->streams[2], 0, 0, 0, 49);
    rig_expect_lane(rig->streams[3], 0, 0, RIG_SECOND_CHANNEL, RIG_SECOND_CHANNEL + 49);
    rig_expect(rig, "1 degraded: lost (fake: it fell over)\n1 running on fake2\n");
    rig_destroy(rig);
}
END_TEST

/* ---- places ---- */

START_TEST(a_call_without_a_place_takes_the_next_engine)
{
    struct rig *rig = rig_create(ST_ENGINE_EMBEDDED);
    struct st_guard_pass pass = {0};
    const struct st_guard_ask ask = {.places = 1};
    rig_add(rig, ST_ENGINE_EMBEDDED);
    rig->a.guard = rig_guard(1);
    ck_assert_int_eq(st_guard_enter(rig->a.guard, &pass, &ask, 0), 0);
    rig_start(rig);
    rig_talk(rig, 5);
    ck_assert_uint_eq(rig->a.opens, 0);
    ck_assert_ptr_eq(newest(rig)->engine, &rig->others[0]);
    rig_expect(rig, "");
    st_guard_leave(rig->a.guard, 1);
    rig_destroy(rig);
}
END_TEST

START_TEST(a_call_without_any_place_waits_with_its_audio)
{
    struct rig *rig = rig_create(ST_ENGINE_EMBEDDED);
    struct st_guard_pass pass = {0};
    const struct st_guard_ask ask = {.places = 2};
    rig->a.guard = rig_guard(2);
    rig->channel_mask = 3;
    ck_assert_int_eq(st_guard_enter(rig->a.guard, &pass, &ask, 0), 0);
    rig_start(rig);
    rig_talk(rig, 100);
    rig_expect(rig, "0 degraded (no stream is free at the moment)\n"
                    "1 degraded (no stream is free at the moment)\n");
    st_guard_leave(rig->a.guard, 1);
    rig_talk(rig, 100);
    ck_assert_uint_eq(rig->a.opens, 0);
    st_guard_leave(rig->a.guard, 1);
    rig_run(rig, 1000);
    rig_expect(rig, "0 running (recovered)\n1 running (recovered)\n");
    rig_expect_lane(rig->streams[0], 0, 0, 0, 199);
    rig_destroy(rig);
}
END_TEST

START_TEST(the_guard_learns_what_calls_go_through)
{
    struct rig *rig = rig_create(ST_ENGINE_EMBEDDED);
    struct st_guard_report report;
    rig_add(rig, ST_ENGINE_EMBEDDED);
    rig->a.guard = rig_guard(0);
    rig_start(rig);
    rig_talk(rig, 50);
    rig_trouble(rig->streams[0], ST_TROUBLE_SERVER, "it fell over");
    rig_run(rig, 100);
    st_guard_report(rig->a.guard, 0, &report);
    ck_assert_uint_eq(report.opens, 1);
    ck_assert_uint_eq(report.answered, 1);
    ck_assert_uint_eq(report.passed_over, 1);
    ck_assert_int_eq(report.audio_us, 50 * ST_FRAME_US);
    ck_assert_uint_eq(report.troubles[ST_TROUBLE_SERVER], 1);
    ck_assert_str_eq(report.last_why, "it fell over");
    ck_assert_uint_eq(report.streams, 0);
    rig_destroy(rig);
}
END_TEST

START_TEST(places_are_given_back)
{
    struct rig *rig = rig_create(ST_ENGINE_EMBEDDED);
    struct st_guard_pass pass = {0};
    const struct st_guard_ask ask = {.places = 1};
    rig->a.guard = rig_guard(1);
    rig_start(rig);
    for (int i = 0; i < 3; i++) {
        rig_talk(rig, 5);
        rig_fail(rig);
        rig_run(rig, 5000);
        ck_assert_int_gt(st_guard_enter(rig->a.guard, &pass, &ask, 0), 0);
    }
    st_stt_session_destroy(rig->session);
    rig->session = NULL;
    ck_assert_int_eq(st_guard_enter(rig->a.guard, &pass, &ask, 0), 0);
    st_guard_leave(rig->a.guard, 1);
    rig_destroy(rig);
}
END_TEST

START_TEST(a_waiting_call_that_ends_leaves_the_line)
{
    struct rig *rig = rig_create(ST_ENGINE_EMBEDDED);
    struct st_guard_pass pass = {0};
    const struct st_guard_ask ask = {.places = 1};
    rig->a.guard = rig_guard(1);
    ck_assert_int_eq(st_guard_enter(rig->a.guard, &pass, &ask, 0), 0);
    rig_start(rig);
    rig_talk(rig, 5);
    st_stt_session_finish(rig->session);
    rig_run(rig, 60000);
    rig_expect(rig, "degraded (no stream is free at the moment)\nshed 0-100\ndone\n");
    st_guard_leave(rig->a.guard, 1);
    ck_assert_int_eq(st_guard_enter(rig->a.guard, &pass, &ask, 0), 0);
    st_guard_leave(rig->a.guard, 1);
    rig_destroy(rig);
}
END_TEST

START_TEST(a_call_that_can_wait_no_longer_leaves_the_line)
{
    static const enum st_engine_trouble troubles[] = {ST_TROUBLE_REFUSED, ST_TROUBLE_LOST};
    struct rig *rig = rig_create(ST_ENGINE_EMBEDDED);
    struct st_guard_pass pass = {0};
    const struct st_guard_ask ask = {.places = 1};
    rig->a.guard = rig_guard(1);
    rig_start(rig);
    ck_assert_int_eq(st_stt_session_open(rig->session, 2), 0); /* in the line */
    ck_assert_uint_eq(rig->a.opens, 1);
    rig_trouble(rig->stream, troubles[_i], "it fell over");
    rig_run(rig, 1); /* the engine is not asked again, or not yet */
    ck_assert_int_eq(st_guard_enter(rig->a.guard, &pass, &ask, st_loop_now_us()), 0);
    st_guard_leave(rig->a.guard, 1);
    rig_destroy(rig);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, the_next_engine_hears_everything_since_the_last_final);
    tcase_add_test(tcase, every_trouble_is_met_by_the_next_engine);
    tcase_add_test(tcase, an_engine_that_refused_is_not_tried_again_by_this_call);
    tcase_add_test(tcase, when_the_second_fails_too_the_first_is_tried_again_and_not_at_once);
    tcase_add_test(tcase, engines_that_always_fail_are_not_tried_in_a_circle);
    tcase_add_test(tcase, an_engine_that_cannot_serve_the_call_is_passed_over_without_a_word);
    tcase_add_test(tcase, a_connection_that_hangs_is_given_up_sooner_when_there_is_another_engine);
    tcase_add_test(tcase, a_session_that_expired_is_opened_anew_and_nobody_is_told);
    tcase_add_test(tcase, words_said_twice_by_engines_without_times_are_said_once);
    tcase_add_test(tcase, finish_with_no_engine_left_ends_at_once);
    tcase_add_test(tcase, both_channels_go_to_the_next_engine_together);
    tcase_add_test(tcase, a_call_without_a_place_takes_the_next_engine);
    tcase_add_test(tcase, a_call_without_any_place_waits_with_its_audio);
    tcase_add_test(tcase, the_guard_learns_what_calls_go_through);
    tcase_add_test(tcase, places_are_given_back);
    tcase_add_test(tcase, a_waiting_call_that_ends_leaves_the_line);
    tcase_add_loop_test(tcase, a_call_that_can_wait_no_longer_leaves_the_line, 0, 2);
    return run_case("session_plan", tcase);
}
