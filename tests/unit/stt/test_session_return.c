/* Back to an engine the call would rather have. */
#include "guard.h"
#include "session_rig.h"

#include "sidetone/loop.h"

#include "run.h"

#include <errno.h>
#include <string.h>

enum { SECOND_US = 1000000, RETURN_MS = 30000 };

static const struct st_guard_limits no_limits;

static struct rig_stream *newest(struct rig *rig)
{
    return rig->streams[rig->stream_count - 1];
}

static struct rig *start(enum st_engine_kind kind, int64_t return_us)
{
    struct rig *rig = rig_create(kind);
    struct st_engine *second = rig_add(rig, kind);
    rig->a.opens_at_once = second->opens_at_once = true;
    rig->a.done_at_once = second->done_at_once = true;
    rig->a.guard = st_guard_create(&no_limits);
    rig->config.return_us = return_us;
    return rig;
}

/* Over to the second engine, which has heard everything. */
static void go_over(struct rig *rig)
{
    rig_start(rig);
    rig_talk(rig, 50);
    rig_final(rig, 1, 0, 1000, "one");
    rig_fail(rig);
    rig_talk(rig, 50);
    rig_run(rig, 100);
    ck_assert_ptr_eq(newest(rig)->engine, &rig->others[0]);
    rig_final(rig, 1, 0, 1000, "two");
    rig_expect(rig, "final 1 0-1000 'one'\n  one 0-1000\n"
                    "degraded: lost (fake: it fell over)\nrunning on fake2\n"
                    "final 2 1000-2000 'two'\n  two 1000-2000\n");
}

START_TEST(a_call_goes_back_in_a_pause)
{
    struct rig *rig = start(ST_ENGINE_EMBEDDED, (int64_t)RETURN_MS * 1000);
    go_over(rig);
    rig_talk(rig, 50);
    rig_partial(rig, 2, 1500, 2000, "thr");
    rig_talk(rig, 1650); /* 36 s, and somebody talks */
    rig_hold(rig, 50);
    ck_assert_uint_eq(rig->a.opens, 1);
    rig_final(rig, 2, 1500, 35000, "three");
    rig_hold(rig, 50);
    ck_assert_uint_eq(rig->a.opens, 2);
    ck_assert_uint_eq(rig->others[0].finishes, 1);
    ck_assert_str_eq(st_stt_session_engine(rig->session)->name, "fake");
    ck_assert_str_eq(st_stt_session_engine_of(rig->session, 0)->name, "fake");
    unsigned before = rig->streams[1]->heard_count + 50; /* and what the first had alone */
    rig_talk(rig, 50);
    ck_assert_uint_eq(before + newest(rig)->heard_count, 1950); /* each frame once */
    rig_final(rig, 1, 0, 100, "four");
    ck_assert_ptr_nonnull(strstr(rig->events, "running on fake\nfinal 4 "));
    ck_assert_ptr_null(strstr(rig->events, "degraded"));
    rig_run(rig, 100000);
    ck_assert_uint_eq(rig->a.opens, 2); /* it stays there */
    rig_destroy(rig);
}
END_TEST

START_TEST(it_may_be_never)
{
    struct rig *rig = start(ST_ENGINE_EMBEDDED, 0);
    go_over(rig);
    rig_hold(rig, 5000);
    ck_assert_uint_eq(rig->a.opens, 1);
    rig_destroy(rig);
}
END_TEST

START_TEST(an_engine_in_trouble_is_let_alone)
{
    struct rig *rig = start(ST_ENGINE_EMBEDDED, (int64_t)RETURN_MS * 1000);
    go_over(rig);
    rig_hold(rig, 1000);
    st_guard_failed(rig->a.guard, ST_TROUBLE_LOST, 0, st_loop_now_us());
    rig_hold(rig, 1000); /* 40 s, and trouble 20 s ago */
    ck_assert_uint_eq(rig->a.opens, 1);
    rig_hold(rig, 2000);
    ck_assert_uint_eq(rig->a.opens, 2);
    rig_destroy(rig);
}
END_TEST

START_TEST(an_engine_that_does_not_open_costs_nothing)
{
    struct rig *rig = start(ST_ENGINE_REMOTE, (int64_t)RETURN_MS * 1000);
    go_over(rig);
    rig->a.connect_result = -ECONNREFUSED;
    rig_hold(rig, 1700);
    ck_assert_uint_eq(rig->a.opens, 2);
    ck_assert_uint_eq(rig->others[0].finishes, 0);
    ck_assert_str_eq(st_stt_session_engine(rig->session)->name, "fake2");
    rig_hold(rig, 500);
    ck_assert_uint_eq(rig->a.opens, 2); /* not again and again */
    rig_expect(rig, "");
    rig_destroy(rig);
}
END_TEST

START_TEST(who_begins_to_talk_is_heard_whole)
{
    struct rig *rig = start(ST_ENGINE_REMOTE, (int64_t)RETURN_MS * 1000);
    go_over(rig);
    rig->a.opens_at_once = false;
    rig_hold(rig, 1600);
    rig->others[0].settles_all = true;
    ck_assert_uint_eq(rig->a.opens, 2);
    rig_talk(rig, 20);
    rig_expect(rig, "");
    rig_say(rig->streams[1], 0,
            &(struct st_segment){
                .id = 2, .start_us = 33 * SECOND_US, .end_us = 33200000, .text = "th"});
    rig_socket_open(rig);
    rig_talk(rig, 150);
    ck_assert_uint_eq(rig->others[0].finishes, 0); /* it is not asked for half a word */
    ck_assert(!rig->streams[1]->is_open);
    rig_final(rig, 1, 0, 1000, "three");
    ck_assert_ptr_nonnull(strstr(rig->events, "running on fake\n"));
    ck_assert_ptr_nonnull(strstr(rig->events, "final 3"));
    rig_destroy(rig);
}
END_TEST

START_TEST(an_engine_that_dies_meanwhile_is_followed_at_once)
{
    struct rig *rig = start(ST_ENGINE_REMOTE, (int64_t)RETURN_MS * 1000);
    go_over(rig);
    rig->a.opens_at_once = false;
    rig_hold(rig, 1600);
    ck_assert_uint_eq(rig->a.opens, 2);
    rig_trouble(rig->streams[1], ST_TROUBLE_LOST, "it fell over");
    rig_run(rig, 50);
    rig_socket_open(rig);
    rig_talk(rig, 20);
    rig_final(rig, 1, 0, 200, "three");
    ck_assert_ptr_nonnull(
        strstr(rig->events, "degraded: lost (fake2: it fell over)\nrunning on fake\n"));
    rig_destroy(rig);
}
END_TEST

START_TEST(a_call_that_ends_does_not_go_back)
{
    struct rig *rig = start(ST_ENGINE_EMBEDDED, (int64_t)RETURN_MS * 1000);
    go_over(rig);
    rig->others[0].done_at_once = false;
    rig_run(rig, RETURN_MS - 5000);
    st_stt_session_finish(rig->session);
    rig_run(rig, 10000); /* the time to go back comes and goes */
    rig_done(rig);
    rig_run(rig, 1);
    rig_expect(rig, "done\n");
    ck_assert_uint_eq(rig->a.opens, 1);
    rig_destroy(rig);
}
END_TEST

START_TEST(a_channel_that_joins_meanwhile_leaves_the_other_as_it_is)
{
    struct rig *rig = start(ST_ENGINE_REMOTE, (int64_t)RETURN_MS * 1000);
    go_over(rig);
    rig->a.opens_at_once = false;
    rig_hold(rig, 1600);
    ck_assert_uint_eq(rig->a.opens, 2);
    ck_assert_int_eq(st_stt_session_open(rig->session, 2), 0);
    rig_talk_on(rig, 1, 10);
    ck_assert_uint_eq(rig->others[0].opens, 2); /* one for each channel */
    rig_expect_lane(newest(rig), 0, 0, RIG_SECOND_CHANNEL, RIG_SECOND_CHANNEL + 9);
    unsigned before = rig->streams[1]->heard_count;
    rig_talk_on(rig, 0, 10);
    ck_assert_uint_eq(rig->streams[1]->heard_count, before + 10);
    rig_destroy(rig);
}
END_TEST

START_TEST(each_stream_keeps_its_hints)
{
    static const char *const first[] = {"alpha"}, *const second[] = {"beta"};
    struct rig *rig = start(ST_ENGINE_REMOTE, (int64_t)RETURN_MS * 1000);
    rig->a.hints = first;
    rig->others[0].hints = second;
    rig->a.hint_count = rig->others[0].hint_count = 1;
    go_over(rig);
    rig->a.opens_at_once = false;
    rig_hold(rig, 1600);
    ck_assert_uint_eq(rig->a.opens, 2);
    ck_assert(rig->streams[1]->is_open);
    ck_assert_str_eq(rig->streams[1]->hints_at[0], "beta");
    ck_assert_str_eq(newest(rig)->hints_at[0], "alpha");
    rig_destroy(rig);
}
END_TEST

static struct rig *start_both(unsigned first_channels, unsigned second_channels)
{
    struct rig *rig = start(ST_ENGINE_REMOTE, (int64_t)RETURN_MS * 1000);
    rig->a.ops.channels_max = first_channels;
    rig->others[0].ops.channels_max = second_channels;
    rig->channel_mask = 3;
    rig_start(rig);
    rig_talk(rig, 50);
    for (unsigned i = 0, count = rig->stream_count; i < count; i++)
        rig_trouble(rig->streams[i], ST_TROUBLE_LOST, "it fell over");
    rig_run(rig, 100);
    rig_talk(rig, 50);
    ck_assert_ptr_eq(newest(rig)->engine, &rig->others[0]);
    return rig;
}

/* Channels in one stream or in two, before and after. */
START_TEST(both_channels_go_back_together)
{
    static const unsigned channels[][2] = {{1, 1}, {1, 2}, {2, 1}, {2, 2}};
    struct rig *rig = start_both(channels[_i][0], channels[_i][1]);
    unsigned opens = rig->a.opens;
    rig->others[0].settles_all = true;
    rig_hold(rig, 1700);
    ck_assert_uint_eq(rig->a.opens, opens * 2);
    for (unsigned i = 0; i < 2; i++)
        ck_assert_str_eq(st_stt_session_engine_of(rig->session, i)->name, "fake");
    for (unsigned i = 0; i + opens < rig->stream_count; i++)
        ck_assert(!rig->streams[i]->is_open);
    ck_assert_ptr_nonnull(strstr(rig->events, "0 running on fake\n"));
    ck_assert_ptr_nonnull(strstr(rig->events, "1 running on fake\n"));
    rig_destroy(rig);
}
END_TEST

START_TEST(one_channel_does_not_go_back_alone)
{
    struct rig *rig = start_both(1, 2);
    rig->others[0].settles_all = true;
    rig->a.opens_at_once = false;
    rig_hold(rig, 1600);
    ck_assert_uint_eq(rig->a.opens, 4);
    rig_trouble(newest(rig), ST_TROUBLE_LOST, "it fell over");
    rig_run(rig, 100);
    for (unsigned i = 0; i < 2; i++)
        ck_assert(!rig->streams[rig->stream_count - 1 - i]->is_open);
    ck_assert_uint_eq(rig->others[0].finishes, 0);
    rig_destroy(rig);
}
END_TEST

START_TEST(both_streams_are_there_before_the_old_one_ends)
{
    struct rig *rig = start_both(1, 2);
    rig->others[0].settles_all = true;
    rig->a.opens_at_once = false;
    rig_hold(rig, 1500);
    ck_assert_uint_eq(rig->a.opens, 4);
    rig_socket_open(rig);
    rig_hold(rig, 50);
    ck_assert_uint_eq(rig->others[0].finishes, 0);
    rig->stream = rig->streams[rig->stream_count - 2];
    rig_socket_open(rig);
    rig_hold(rig, 50);
    ck_assert_uint_eq(rig->others[0].finishes, 1);
    ck_assert_str_eq(st_stt_session_engine(rig->session)->name, "fake");
    rig_destroy(rig);
}
END_TEST

START_TEST(calls_come_back_one_after_the_other)
{
    struct st_guard *guard = st_guard_create(&no_limits);
    struct st_guard_pass pass = {.next = NULL};
    struct st_guard_ask ask = {.places = 1, .has_other = true, .well_us = 10 * SECOND_US};
    int64_t now_us = 100 * SECOND_US;
    ck_assert_int_eq(st_guard_enter(guard, &pass, &ask, now_us), 0);
    ck_assert_int_eq(st_guard_enter(guard, &pass, &ask, now_us), 200000);
    ck_assert_int_eq(st_guard_enter(guard, &pass, &ask, now_us + 200000), 0);
    st_guard_failed(guard, ST_TROUBLE_THROTTLED, 0, now_us);
    ck_assert_int_eq(st_guard_enter(guard, &pass, &ask, now_us + 4 * SECOND_US), 6 * SECOND_US);
    ask.well_us = 0; /* others need not wait */
    ck_assert_int_eq(st_guard_enter(guard, &pass, &ask, now_us + 4 * SECOND_US), 0);
    st_guard_leave(guard, 3);
    st_guard_destroy(guard);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, a_call_goes_back_in_a_pause);
    tcase_add_test(tcase, it_may_be_never);
    tcase_add_test(tcase, an_engine_in_trouble_is_let_alone);
    tcase_add_test(tcase, an_engine_that_does_not_open_costs_nothing);
    tcase_add_test(tcase, who_begins_to_talk_is_heard_whole);
    tcase_add_test(tcase, an_engine_that_dies_meanwhile_is_followed_at_once);
    tcase_add_test(tcase, a_call_that_ends_does_not_go_back);
    tcase_add_test(tcase, a_channel_that_joins_meanwhile_leaves_the_other_as_it_is);
    tcase_add_test(tcase, each_stream_keeps_its_hints);
    tcase_add_loop_test(tcase, both_channels_go_back_together, 0, 4);
    tcase_add_test(tcase, one_channel_does_not_go_back_alone);
    tcase_add_test(tcase, both_streams_are_there_before_the_old_one_ends);
    tcase_add_test(tcase, calls_come_back_one_after_the_other);
    return run_case("session_return", tcase);
}
