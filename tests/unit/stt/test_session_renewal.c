#include "guard.h"
#include "session_rig.h"

#include "run.h"

#include <errno.h>
#include <stdio.h>

static struct rig *start_limited(void)
{
    struct rig *rig = rig_create(ST_ENGINE_EMBEDDED);
    rig->a.session_us = 40000000; /* looked for from 20 s on, done by 35 s */
    rig->a.done_at_once = true;
    rig_start(rig);
    return rig;
}

START_TEST(a_session_is_renewed_in_a_pause_before_it_is_over)
{
    struct rig *rig = start_limited();
    rig_talk(rig, 900);
    rig_partial(rig, 1, 0, 17000, "one");
    rig_talk(rig, 500);
    rig_final(rig, 1, 0, 27000, "one");
    rig_partial(rig, 2, 27000, 27900, "tw");
    rig_talk(rig, 150); /* 31 s */
    ck_assert_uint_eq(rig->a.opens, 1);
    rig_final(rig, 2, 27000, 30500, "two");
    rig_hold(rig, 100); /* nobody talks */
    ck_assert_uint_eq(rig->a.opens, 2);
    ck_assert_uint_eq(rig->a.finishes, 1);
    ck_assert(!rig->streams[0]->is_open);
    rig_talk(rig, 50);
    rig_final(rig, 1, 0, 500, "three");
    unsigned before = rig->streams[0]->heard_count;
    ck_assert_uint_eq(before + rig->streams[1]->heard_count, 1700); /* each frame once */
    char expected[256];
    unsigned begin_ms = before * 20;
    snprintf(expected, sizeof(expected),
             "partial 1 0-17000 'one'\nfinal 1 0-27000 'one'\n  one 0-27000\n"
             "partial 2 27000-27900 'tw'\nfinal 2 27000-30500 'two'\n  two 27000-30500\nfinal 3 "
             "%u-%u 'three'\n  three "
             "%u-%u\n",
             begin_ms, begin_ms + 500, begin_ms, begin_ms + 500);
    rig_expect(rig, expected);
    rig_destroy(rig);
}
END_TEST

START_TEST(a_session_without_a_pause_is_renewed_at_the_last_moment)
{
    struct rig *rig = start_limited();
    rig_talk(rig, 1);
    rig_partial(rig, 1, 0, 20, "endless");
    rig_talk(rig, 1745);
    ck_assert_uint_eq(rig->a.opens, 1);
    rig_talk(rig, 20);
    ck_assert_uint_eq(rig->a.opens, 2);
    ck_assert_uint_eq(rig->a.finishes, 1);
    rig_talk(rig, 10);
    ck_assert_uint_eq(rig->streams[0]->heard_count + rig->streams[1]->heard_count, 1776);
    rig_expect(rig, "partial 1 0-20 'endless'\n");
    rig_destroy(rig);
}
END_TEST

START_TEST(an_utterance_that_goes_on_at_the_last_moment_is_heard_as_a_whole)
{
    struct rig *rig = start_limited();
    rig_talk(rig, 700);
    rig_partial(rig, 1, 13000, 14000, "one");
    rig_talk(rig, 650);
    rig_final(rig, 1, 13000, 26900, "one");
    rig_partial(rig, 2, 26900, 27000, "tw");
    rig_talk(rig, 450);
    ck_assert_uint_eq(rig->a.opens, 2);
    ck_assert_uint_eq(rig->a.finishes, 0);
    rig_expect_lane(rig->stream, 0, 0, 1345, 1799);
    rig_final(rig, 1, 0, 5000, "two");
    rig_expect(rig, "partial 1 13000-14000 'one'\nfinal 1 13000-26900 'one'\n  one 13000-26900\n"
                    "partial 2 26900-27000 'tw'\nfinal 2 26900-31900 'two'\n  two 26900-31900\n");
    rig_destroy(rig);
}
END_TEST

START_TEST(the_old_stream_says_its_last_words_before_the_new_one_speaks)
{
    struct rig *rig = start_limited();
    rig->a.done_at_once = false;
    rig_talk(rig, 1020);
    ck_assert_uint_eq(rig->stream_count, 2);
    struct rig_stream *old = rig->streams[0];
    struct st_segment last = {.id = 1,
                              .is_final = true,
                              .start_us = 19000000,
                              .end_us = 20000000,
                              .text = "last words",
                              .confidence = ST_CONFIDENCE_ABSENT};
    ck_assert(old->is_finished);
    ck_assert_uint_eq(rig->streams[1]->heard_count, 0);
    rig_say(old, 0, &last);
    old->sink->done(old->user);
    rig_talk(rig, 10);
    ck_assert(!old->is_open);
    rig_expect_lane(rig->streams[1], 0, 0, (int)old->heard_count, 1029);
    rig_expect(rig, "final 1 19000-20000 'last words'\n");
    rig_destroy(rig);
}
END_TEST

START_TEST(an_old_stream_that_does_not_end_is_heard_again_by_the_new_one)
{
    struct rig *rig = start_limited();
    rig->a.done_at_once = false;
    rig_talk(rig, 900);
    rig_final(rig, 1, 0, 17000, "one");
    rig_talk(rig, 300);
    rig_expect_lane(rig->streams[1], 0, 0, 850, 1199);
    rig_expect(rig, "final 1 0-17000 'one'\n  one 0-17000\n");
    rig_destroy(rig);
}
END_TEST

START_TEST(without_a_second_place_a_session_is_renewed_one_after_the_other)
{
    struct rig *rig = rig_create(ST_ENGINE_EMBEDDED);
    rig->a.session_us = 40000000;
    rig->a.done_at_once = true;
    rig->a.guard = rig_guard(1);
    rig_start(rig);
    rig_talk(rig, 1800);
    ck_assert_uint_eq(rig->a.opens, 2);
    ck_assert_uint_eq(rig->streams[0]->heard_count + rig->streams[1]->heard_count, 1800);
    rig_expect(rig, "");
    rig_destroy(rig);
}
END_TEST

START_TEST(a_renewal_that_fails_is_tried_again)
{
    struct rig *rig = start_limited();
    rig_talk(rig, 990);
    rig->a.open_result = -EIO;
    rig_talk(rig, 30);
    ck_assert_uint_eq(rig->a.opens, 2);
    rig->a.open_result = 0;
    rig_talk(rig, 300);
    ck_assert_uint_eq(rig->a.opens, 3);
    ck_assert_uint_eq(rig->a.finishes, 1);
    rig_expect(rig, "");
    rig_destroy(rig);
}
END_TEST

START_TEST(a_call_that_ends_while_a_stream_is_renewed_loses_nothing)
{
    struct rig *rig = start_limited();
    rig->a.done_at_once = false;
    rig_talk(rig, 1020);
    st_stt_session_finish(rig->session);
    rig_run(rig, 10);
    struct rig_stream *old = rig->streams[0], *next = rig->streams[1];
    old->sink->done(old->user);
    rig_run(rig, 10);
    ck_assert(next->is_finished);
    ck_assert_uint_eq(old->heard_count + next->heard_count, 1020);
    next->sink->done(next->user);
    rig_run(rig, 10);
    rig_expect(rig, "done\n");
    rig_destroy(rig);
}
END_TEST

START_TEST(a_channel_that_joins_during_a_renewal_is_heard_by_the_one_after)
{
    struct rig *rig = rig_create(ST_ENGINE_REMOTE);
    rig->a.ops.channels_min = rig->a.ops.channels_max = 2;
    rig->a.session_us = 40000000;
    rig->a.done_at_once = rig->a.opens_at_once = true;
    rig_start(rig);
    rig_talk(rig, 990);
    rig->a.opens_at_once = false;
    rig_talk(rig, 30);
    ck_assert_uint_eq(rig->a.opens, 2);
    ck_assert_int_eq(st_stt_session_open(rig->session, 2), 0);
    rig->channel_mask = 3;
    rig->next_frame[1] = 1020;
    rig_talk(rig, 10);
    rig->a.opens_at_once = true;
    rig_talk(rig, 100);
    ck_assert_uint_eq(rig->stream_count, 3);
    rig_expect_lane(rig->stream, 1, 0, RIG_SECOND_CHANNEL + (int)rig->streams[0]->heard_count,
                    RIG_SECOND_CHANNEL + 1129);
    rig_expect(rig, "");
    rig_destroy(rig);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, a_session_is_renewed_in_a_pause_before_it_is_over);
    tcase_add_test(tcase, a_session_without_a_pause_is_renewed_at_the_last_moment);
    tcase_add_test(tcase, an_utterance_that_goes_on_at_the_last_moment_is_heard_as_a_whole);
    tcase_add_test(tcase, the_old_stream_says_its_last_words_before_the_new_one_speaks);
    tcase_add_test(tcase, an_old_stream_that_does_not_end_is_heard_again_by_the_new_one);
    tcase_add_test(tcase, without_a_second_place_a_session_is_renewed_one_after_the_other);
    tcase_add_test(tcase, a_renewal_that_fails_is_tried_again);
    tcase_add_test(tcase, a_call_that_ends_while_a_stream_is_renewed_loses_nothing);
    tcase_add_test(tcase, a_channel_that_joins_during_a_renewal_is_heard_by_the_one_after);
    return run_case("session_renewal", tcase);
}
