/* Legs, here and on other loops than their call's, and the service around them. */
#include "call_internal.h"
#include "call_rig.h"

#include "sidetone/token.h"

#include "run.h"

#include <string.h>

static struct call_rig rig;
static struct fake_link told;
static struct rig_leg a, b;

static void setup(void)
{
    rig_open(&rig, 2,
             "limits: {calls: 2}\ncalls: {keep_ended_s: 60, keep_ended: 2, drain_s: 1}\n"
             "tenants:\n  - name: default\n    routes:\n      - name: default\n"
             "  - name: acme\n    routes:\n      - name: default\n        queue: vip\n");
    fake_link_open(&told, rig.hub, 0);
    fake_link_subscribe(&told, "{\"partials\":false}");
    step_loop_settle();
    fake_link_take(&told);
    rig_leg_open(&a, &rig, 0, "pcm");
}

static void teardown(void)
{
    rig_leg_close(&a);
    if (b.leg)
        rig_leg_close(&b);
    fake_link_close(&told);
    rig_close(&rig);
}

static struct call *call_on(unsigned loop)
{
    for (unsigned i = 0; i < CALL_BUCKETS; i++)
        if (rig.service->shards[loop].buckets[i])
            return rig.service->shards[loop].buckets[i];
    ck_abort_msg("no call on loop %u", loop);
}

static int64_t clock_ms(struct call *call, unsigned channel)
{
    return st_timeline_media_us(&call->channels[channel].timeline) / 1000;
}

/* The second stream of a call on loop 0. */
static void join(unsigned loop)
{
    rig_leg_start(&a, "c1", "\"layout\":\"mono\",\"channel\":0");
    rig_leg_open(&b, &rig, loop, "pcm");
    rig_leg_start(&b, "c1", "\"layout\":\"mono\",\"channel\":1,\"agent\":{\"id\":\"a9\"}");
}

START_TEST(a_call_from_start_to_stop)
{
    rig_leg_start(&a, "c1", "\"queue\":\"q\"");
    rig_leg_talk(&a, 1000);
    ck_assert_int_eq(clock_ms(call_on(0), 0), 1000);
    rig_leg_say(&a, "{\"type\":\"pause\"}");
    rig_leg_say(&a, "{\"type\":\"resume\"}");
    rig_leg_say(&a, "{\"type\":\"dtmf\",\"digit\":\"1\",\"channel\":0}");
    rig_leg_say(&a, "{\"type\":\"mark\",\"name\":\"x\"}");
    rig_leg_say(&a, "{\"type\":\"unheard.of\"}");
    rig_leg_say(&a, "{\"type\":\"stop\"}");
    ck_assert_uint_eq(a.closes, 1);
    ck_assert_uint_eq(a.code, 1000);
    rig_leg_say(&a, "{\"type\":\"stop\"}");
    ck_assert_uint_eq(a.closes, 1);
    step_loop_advance(1000);
    ck_assert_str_eq(fake_link_take(&told),
                     "call.started/1 call.updated/2 call.updated/3 call.dtmf/4 "
                     "characteristics.updated/5 call.summary/6 call.ended/7");
    ck_assert_ptr_nonnull(strstr(a.text, "\"started\""));
    ck_assert_ptr_nonnull(strstr(a.text, "\"stopped\""));
}
END_TEST

START_TEST(a_second_stream_joins_wherever_it_comes_in)
{
    join((unsigned)_i);
    step_loop_settle();
    struct call *call = call_on(0);
    ck_assert_uint_eq(call->leg_count, 2);
    ck_assert_str_eq(call->story.facts->agent_id, "a9");
    rig_leg_talk_mono(&b, 500);
    step_loop_settle();
    ck_assert_int_eq(clock_ms(call, 1), 500);
    rig_leg_say(&b, "{\"type\":\"pause\"}");
    step_loop_settle();
    ck_assert(call->is_paused);
    rig_leg_say(&b, "{\"type\":\"resume\"}");
    step_loop_settle();
    ck_assert(!call->is_paused);
    rig_leg_say(&a, "{\"type\":\"stop\"}");
    ck_assert_int_eq(call->state, CALL_LIVE);
    rig_leg_close(&b);
    step_loop_settle();
    ck_assert_int_eq(call->state, CALL_WAITING);
    rig_leg_open(&b, &rig, (unsigned)_i, "pcm");
    rig_leg_start(&b, "c1", "\"layout\":\"mono\",\"channel\":1");
    step_loop_settle();
    ck_assert_int_eq(call->state, CALL_LIVE);
    rig_leg_say(&b, "{\"type\":\"stop\"}");
    step_loop_advance(1000);
    ck_assert_int_eq(call->state, CALL_ENDED);
}
END_TEST

START_TEST(a_stream_that_is_not_wanted_is_closed)
{
    rig_leg_start(&a, "c1", "");
    rig_leg_open(&b, &rig, (unsigned)_i, "pcm");
    rig_leg_start(&b, "c1", "");
    rig_leg_talk(&b, 100);
    step_loop_settle();
    ck_assert_uint_eq(b.closes, 1);
    ck_assert_uint_eq(b.code, 1008);
    rig_leg_talk(&b, 100);
    rig_leg_close(&b);
    step_loop_settle();
    ck_assert_int_eq(call_on(0)->state, CALL_LIVE);
    ck_assert_int_eq(clock_ms(call_on(0), 0), 0);
}
END_TEST

START_TEST(a_stream_may_go_before_its_call_hears_of_it)
{
    join(1);
    rig_leg_close(&b);
    step_loop_settle();
    ck_assert_uint_eq(call_on(0)->leg_count, 2);
    rig_leg_say(&a, "{\"type\":\"stop\"}");
    step_loop_advance(1000);
    ck_assert_int_eq(call_on(0)->state, CALL_ENDED);
}
END_TEST

START_TEST(one_that_was_refused_may_have_gone)
{
    rig_leg_start(&a, "c1", "");
    rig_leg_open(&b, &rig, 1, "pcm");
    rig_leg_start(&b, "c1", "");
    step_loop_run_one(rig.loops[0]);
    rig_leg_close(&b);
    step_loop_settle();
    ck_assert_uint_eq(b.closes, 0);
}
END_TEST

START_TEST(an_overtaken_attach_leaves_no_stream_behind)
{
    rig_leg_start(&a, "c1", "\"layout\":\"mono\",\"channel\":0");
    rig_leg_open(&b, &rig, 1, "pcm");
    step_loop_set_full(rig.loops[0], true);
    rig_leg_start(&b, "c1", "\"layout\":\"mono\",\"channel\":1"); /* waits for room */
    step_loop_set_full(rig.loops[0], false);
    rig_leg_talk_mono(&b, 100);
    rig_leg_close(&b); /* goes at once */
    step_loop_advance(50000);
    ck_assert_uint_eq(call_on(0)->leg_count, 1);
    rig_leg_say(&a, "{\"type\":\"stop\"}");
    step_loop_advance(1000);
    ck_assert_int_eq(call_on(0)->state, CALL_ENDED);
}
END_TEST

START_TEST(an_overtaken_pause_does_not_outlast_its_resume)
{
    join(1);
    step_loop_settle();
    step_loop_set_full(rig.loops[0], true);
    rig_leg_say(&b, "{\"type\":\"pause\"}");
    step_loop_set_full(rig.loops[0], false);
    rig_leg_say(&b, "{\"type\":\"resume\"}");
    step_loop_advance(50000);
    ck_assert(!call_on(0)->is_paused);
    rig_leg_say(&b, "{\"type\":\"pause\"}");
    step_loop_settle();
    ck_assert(call_on(0)->is_paused);
}
END_TEST

START_TEST(audio_that_finds_no_room_is_silence)
{
    join(1);
    step_loop_settle();
    step_loop_set_full(rig.loops[0], true);
    rig_leg_talk_mono(&b, 100);
    step_loop_set_full(rig.loops[0], false);
    rig_leg_talk_mono(&b, 100);
    step_loop_settle();
    ck_assert_int_eq(clock_ms(call_on(0), 1), 100);
}
END_TEST

START_TEST(a_loop_that_stops_takes_its_orders_with_it)
{
    join(1);
    st_loop_stop(rig.loops[0]);
    rig_leg_talk_mono(&b, 100);
    rig_leg_say(&b, "{\"type\":\"pause\"}");
    rig_leg_close(&b);
    rig_leg_open(&b, &rig, 1, "pcm");
    rig_leg_start(&b, "c1", "\"layout\":\"mono\",\"channel\":1");
}
END_TEST

/* ---- admission ---- */

START_TEST(a_full_gateway_still_takes_the_streams_of_its_calls)
{
    struct rig_leg other, third;
    rig_leg_start(&a, "c1", "\"layout\":\"mono\",\"channel\":0");
    rig_leg_open(&other, &rig, 1, "pcm");
    rig_leg_start(&other, "c2", "");
    rig_leg_open(&third, &rig, 0, "pcm");
    rig_leg_start(&third, "c3", "");
    ck_assert_uint_eq(third.code, 1013);
    rig_leg_open(&b, &rig, 1, "pcm");
    rig_leg_start(&b, "c1", "\"layout\":\"mono\",\"channel\":1");
    step_loop_settle();
    ck_assert_uint_eq(b.closes, 0);
    ck_assert_uint_eq(call_on(0)->leg_count, 2);
    ck_assert_uint_eq(st_call_service_live_calls(rig.service), 2);
    rig_leg_say(&other, "{\"type\":\"stop\"}");
    step_loop_advance(1000);
    ck_assert_uint_eq(st_call_service_live_calls(rig.service), 1);
    rig_leg_close(&third);
    rig_leg_open(&third, &rig, 0, "pcm");
    rig_leg_start(&third, "c3", "");
    ck_assert_uint_eq(third.closes, 0);
    rig_leg_close(&third);
    rig_leg_close(&other);
}
END_TEST

START_TEST(an_engine_that_refuses_leaves_nothing_behind)
{
    fake_engine.open_result = -22;
    rig_leg_start(&a, "c1", "");
    ck_assert_uint_eq(a.code, 1013);
    ck_assert_uint_eq(st_call_service_live_calls(rig.service), 0);
    struct directory_entry present;
    ck_assert(!directory_find_live(rig.service->directory, "c1", &present));
    fake_engine.open_result = 0;
    rig_leg_open(&b, &rig, 1, "pcm");
    rig_leg_start(&b, "c1", "");
    ck_assert_uint_eq(b.closes, 0);
}
END_TEST

START_TEST(a_token_for_one_call_is_kept_to)
{
    struct st_claims claims = {.scopes = ST_SCOPE_CALLS_INGEST, .call = "c1"};
    rig_leg_open_as(&b, &rig, 1, "acme", &claims);
    rig_leg_start(&b, "c2", "");
    ck_assert_uint_eq(b.code, 1008);
    rig_leg_close(&b);
    rig_leg_open_as(&b, &rig, 1, "acme", &claims);
    rig_leg_start(&b, "c1", "");
    ck_assert_uint_eq(b.closes, 0);
    ck_assert_str_eq(call_on(1)->story.facts->tenant, "acme");
    ck_assert_str_eq(call_on(1)->story.facts->queue, "vip");
    rig_leg_start(&a, "c1", ""); /* of another tenant */
    step_loop_settle();
    ck_assert_uint_eq(a.code, 1008);
}
END_TEST

START_TEST(an_id_used_again_is_a_new_call)
{
    rig_leg_start(&a, "c1", "");
    rig_leg_say(&a, "{\"type\":\"stop\"}");
    step_loop_advance(1000);
    rig_leg_open(&b, &rig, (unsigned)_i, "pcm");
    rig_leg_start(&b, "c1", "");
    step_loop_settle();
    fake_link_take(&told);
    fake_link_subscribe(&told, "{}");
    step_loop_settle();
    ck_assert_str_eq(fake_link_take(&told), "snapshot snapshot.end");
    ck_assert_int_eq(call_on((unsigned)_i)->state, CALL_LIVE);
}
END_TEST

START_TEST(ended_calls_are_bounded)
{
    for (unsigned i = 0; i < 5; i++) {
        char id[2] = {(char)('a' + i), '\0'};
        rig_leg_open(&b, &rig, 1, "pcm");
        rig_leg_start(&b, id, "");
        rig_leg_say(&b, "{\"type\":\"stop\"}");
        step_loop_advance(1000);
        rig_leg_close(&b);
    }
    ck_assert_uint_eq(rig.service->shards[1].ended_count, 5);
    step_loop_advance(2000000);
    ck_assert_uint_eq(rig.service->shards[1].ended_count, 2);
    struct directory_entry present, entry = {.serial = 999};
    ck_assert_int_eq(directory_claim(rig.service->directory, "a", &entry, &present), 0);
    ck_assert_uint_eq(present.serial, 0);
    ck_assert_int_eq(directory_claim(rig.service->directory, "e", &entry, &present), 0);
    ck_assert_uint_ne(present.serial, 0);
}
END_TEST

/* ---- orders of the control thread, which here is the only one ---- */

START_TEST(draining_ends_calls_and_refuses_new_ones)
{
    rig_leg_start(&a, "c1", "\"layout\":\"mono\",\"channel\":0");
    st_call_service_drain(rig.service, 0);
    rig_leg_open(&b, &rig, 1, "pcm");
    rig_leg_start(&b, "c1", "\"layout\":\"mono\",\"channel\":1");
    ck_assert_uint_eq(b.code, 1013);
    step_loop_advance(1000);
    const json_t *ended = fake_link_last(&told, "call.ended");
    ck_assert_str_eq(json_string_value(json_object_get(ended, "reason")), "shutdown");
    ck_assert_uint_eq(st_call_service_live_calls(rig.service), 0);
}
END_TEST

START_TEST(a_reload_reaches_running_calls)
{
    rig_leg_start(&a, "c1", "");
    rig_leg_talk(&a, 2000);
    struct st_settings *settings = rig_settings(
        "categories:\n  - name: refund\n    severity: high\n    phrases: [money back]\n");
    st_call_service_reload(rig.service, settings);
    st_settings_unref(settings);
    step_loop_settle();
    fake_link_take(&told);
    fake_engine_say(0, 1, true, 0, 1000, "money back");
    ck_assert_str_eq(fake_link_take(&told), "transcript.final/2 category.matched/3 alert.raised/4");
    rig_leg_say(&a, "{\"type\":\"stop\"}");
    step_loop_advance(1000);
    ck_assert_uint_eq(fake_link_count_type(&told, "call.ended"), 1);
    st_loop_stop(rig.loops[1]);
    st_call_service_reload(rig.service, rig.settings);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_call_from_start_to_stop);
    tcase_add_loop_test(tcase, a_second_stream_joins_wherever_it_comes_in, 0, 2);
    tcase_add_loop_test(tcase, a_stream_that_is_not_wanted_is_closed, 0, 2);
    tcase_add_test(tcase, a_stream_may_go_before_its_call_hears_of_it);
    tcase_add_test(tcase, one_that_was_refused_may_have_gone);
    tcase_add_test(tcase, an_overtaken_attach_leaves_no_stream_behind);
    tcase_add_test(tcase, an_overtaken_pause_does_not_outlast_its_resume);
    tcase_add_test(tcase, audio_that_finds_no_room_is_silence);
    tcase_add_test(tcase, a_loop_that_stops_takes_its_orders_with_it);
    tcase_add_test(tcase, a_full_gateway_still_takes_the_streams_of_its_calls);
    tcase_add_test(tcase, an_engine_that_refuses_leaves_nothing_behind);
    tcase_add_test(tcase, a_token_for_one_call_is_kept_to);
    tcase_add_loop_test(tcase, an_id_used_again_is_a_new_call, 0, 2);
    tcase_add_test(tcase, ended_calls_are_bounded);
    tcase_add_test(tcase, draining_ends_calls_and_refuses_new_ones);
    tcase_add_test(tcase, a_reload_reaches_running_calls);
    return run_case("leg", tcase);
}
