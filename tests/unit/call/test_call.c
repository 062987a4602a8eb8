#include "call_internal.h"
#include "call_rig.h"

#include "sidetone/config.h"

#include "run.h"

#include <errno.h>
#include <string.h>

#define CATEGORIES                                                                                 \
    "categories:\n  - name: refund\n    severity: high\n    phrases: [money back]\n"               \
    "  - name: hello\n    phrases: [good morning]\n"

static struct call_rig rig;
static struct fake_link told;
static struct call *call;
static struct st_ingest_start start;
static struct call_start first;

static void setup(void)
{
    rig_open(&rig, 1, "calls: {grace_s: 8, keep_ended_s: 60, keep_ended: 3}\n" CATEGORIES);
    fake_link_open(&told, rig.hub, 0);
    fake_link_subscribe(&told, "{}");
    fake_link_take(&told);
    call = NULL;
}

static void teardown(void)
{
    fake_link_close(&told);
    rig_close(&rig);
}

static struct call_start start_of(unsigned mask, uint64_t leg_id)
{
    const struct st_config *config = rig.service->shards[0].settings->config;
    start = (struct st_ingest_start){.call_id = "c1",
                                     .stream_id = "",
                                     .agent_id = "",
                                     .agent_name = "",
                                     .queue = "",
                                     .caller = "",
                                     .language = "",
                                     .codec = ST_CODEC_L16LE,
                                     .rate_hz = 8000,
                                     .channel_mask = mask};
    return (struct call_start){.start = &start,
                               .tenant = st_config_tenant_find(config, "", 0),
                               .route = &config->tenants[0].routes[0],
                               .dialect = "pcm",
                               .leg_id = leg_id};
}

/* As leg.c does it. */
static void begin(unsigned mask)
{
    struct call_shard *shard = &rig.service->shards[0];
    struct directory_entry present, entry = {.serial = 1};
    first = start_of(mask, 1);
    directory_claim(rig.service->directory, "c1", &entry, &present);
    rig.service->live_calls++;
    ck_assert_int_eq(call_create(&call, shard, 1, &first), 0);
    call->next_in_bucket = shard->buckets[1];
    shard->buckets[1] = call;
}

static void put(uint64_t leg, unsigned channel, int64_t position_us, unsigned ms)
{
    static int16_t samples[8000];
    for (size_t i = 0; i < 8000; i++)
        samples[i] = 1000;
    struct st_ingest_media media = {.channel = channel,
                                    .payload = (const uint8_t *)samples,
                                    .bytes = (size_t)ms * 16,
                                    .position_us = position_us};
    call_media(call, leg, &media);
}

static int64_t clock_ms(unsigned channel)
{
    return st_timeline_media_us(&call->channels[channel].timeline) / 1000;
}

static void expect(const char *types)
{
    ck_assert_str_eq(fake_link_take(&told), types);
}

/* ---- life ---- */

START_TEST(a_call_starts_is_stopped_and_ends_when_the_engine_has_said_all)
{
    begin(3);
    ck_assert_uint_eq(fake_engine.opened, 2);
    put(1, 0, 0, 1000);
    put(1, 1, 0, 1000);
    expect("call.started/1");
    call_detach(call, 1, ST_INGEST_END_STOPPED);
    ck_assert_int_eq(call->state, CALL_ENDING);
    step_loop_advance(10000);
    ck_assert_int_eq(call->state, CALL_ENDED);
    const json_t *ended = fake_link_last(&told, "call.ended");
    ck_assert_str_eq(json_string_value(json_object_get(ended, "reason")), "stopped");
    ck_assert_int_eq(json_integer_value(json_object_get(ended, "duration_ms")), 1000);
    ck_assert_ptr_null(call->session);
    ck_assert_ptr_null(fake_engine.streams[0]);
    ck_assert_uint_eq(st_call_service_live_calls(rig.service), 0);
}
END_TEST

START_TEST(an_engine_that_never_answers_does_not_keep_the_call)
{
    fake_engine.never_ends = true;
    begin(3);
    put(1, 0, 0, 500);
    fake_engine_say(0, 1, false, 0, 400, "unfinished");
    call_detach(call, 1, ST_INGEST_END_STOPPED);
    step_loop_advance(59000000);
    ck_assert_int_eq(call->state, CALL_ENDING);
    step_loop_advance(2000000);
    ck_assert_int_eq(call->state, CALL_ENDED);
    ck_assert_ptr_null(call->story.channels[0].partial);
    expect("call.started/1 transcript.partial transcript.final/2 characteristics.updated/3 "
           "call.summary/4 call.ended/5");
}
END_TEST

START_TEST(an_ended_call_is_kept_for_its_time)
{
    begin(1);
    call_end(call, "shutdown");
    call_end(call, "error");
    step_loop_advance(50000000);
    ck_assert_ptr_nonnull(shard_find(&rig.service->shards[0], 1));
    const json_t *ended = fake_link_last(&told, "call.ended");
    ck_assert_str_eq(json_string_value(json_object_get(ended, "reason")), "shutdown");
    step_loop_advance(12000000);
    ck_assert_ptr_null(shard_find(&rig.service->shards[0], 1));
    struct directory_entry present;
    ck_assert(!directory_find_live(rig.service->directory, "c1", &present));
}
END_TEST

START_TEST(a_call_may_be_forgotten_before_its_media_are_released)
{
    begin(1);
    call_end(call, "stopped");
    while (call->state != CALL_ENDED)
        step_loop_advance(0);
    shard_forget(&rig.service->shards[0], 1);
    shard_forget(&rig.service->shards[0], 1);
    step_loop_advance(1000000);
    ck_assert_ptr_null(shard_find(&rig.service->shards[0], 1));
}
END_TEST

START_TEST(an_engine_that_refuses_refuses_the_call)
{
    struct call *none = NULL;
    fake_engine.open_result = -ENOTSUP;
    first = start_of(3, 1);
    ck_assert_int_eq(call_create(&none, &rig.service->shards[0], 1, &first), -ENOTSUP);
    ck_assert_ptr_null(none);
    expect("");
}
END_TEST

/* ---- streams that are lost ---- */

START_TEST(a_lost_stream_may_come_back_within_grace)
{
    begin(3);
    put(1, 0, ST_TIMELINE_APPEND, 1000);
    put(1, 1, ST_TIMELINE_APPEND, 1000);
    step_loop_advance(1000000);
    call_detach(call, 1, ST_INGEST_END_LOST);
    ck_assert_int_eq(call->state, CALL_WAITING);
    ck_assert_int_eq(clock_ms(0), 2000); /* a second of silence closes the utterance */
    put(1, 0, ST_TIMELINE_APPEND, 1000);
    ck_assert_int_eq(clock_ms(0), 2000);
    step_loop_advance(4000000);
    struct call_start again = start_of(3, 2);
    ck_assert_int_eq(call_attach(call, &again), 0);
    ck_assert_int_eq(call->state, CALL_LIVE);
    ck_assert_int_eq(clock_ms(0), 5000);
    put(2, 0, 0, 500);
    ck_assert_int_eq(clock_ms(0), 5500);
    step_loop_advance(60000000);
    ck_assert_int_eq(call->state, CALL_LIVE);
    expect("call.started/1");
}
END_TEST

START_TEST(one_that_does_not_is_lost)
{
    begin(3);
    call_detach(call, 1, ST_INGEST_END_LOST);
    step_loop_advance(7900000);
    ck_assert_int_eq(call->state, CALL_WAITING);
    step_loop_advance(200000);
    ck_assert_int_eq(call->state, CALL_ENDED);
    const json_t *ended = fake_link_last(&told, "call.ended");
    ck_assert_str_eq(json_string_value(json_object_get(ended, "reason")), "lost");
    struct call_start again = start_of(3, 2);
    ck_assert_int_eq(call_attach(call, &again), -EEXIST);
}
END_TEST

START_TEST(a_stream_that_broke_its_rules_ends_the_call)
{
    begin(3);
    call_detach(call, 1, ST_INGEST_END_ERROR);
    step_loop_advance(1000);
    const json_t *ended = fake_link_last(&told, "call.ended");
    ck_assert_str_eq(json_string_value(json_object_get(ended, "reason")), "error");
    call_detach(call, 1, ST_INGEST_END_STOPPED);
    call_detach(call, 77, ST_INGEST_END_STOPPED);
}
END_TEST

START_TEST(a_call_comes_back_more_often_than_it_has_places_for_legs)
{
    begin(3);
    for (uint64_t leg = 1; leg < 3 * LEGS_MAX; leg++) {
        call_detach(call, leg, ST_INGEST_END_LOST);
        step_loop_advance(1000000);
        struct call_start again = start_of(3, leg + 1);
        ck_assert_int_eq(call_attach(call, &again), 0);
        int64_t before = clock_ms(0);
        put(leg, 0, ST_TIMELINE_APPEND, 100);
        ck_assert_int_eq(clock_ms(0), before);
        put(leg + 1, 0, ST_TIMELINE_APPEND, 100);
        ck_assert_int_eq(clock_ms(0), before + 100);
    }
    ck_assert_uint_eq(call->leg_count, LEGS_MAX);
}
END_TEST

/* ---- two streams ---- */

START_TEST(a_late_stream_begins_at_the_wall_clocks_distance)
{
    begin(1);
    put(1, 0, 0, 1000);
    step_loop_advance(30000000);
    struct call_start second = start_of(2, 2);
    ck_assert_int_eq(call_attach(call, &second), 0);
    ck_assert_int_eq(clock_ms(1), 30000);
    put(2, 1, 0, 500);
    put(2, 1, 700000, 100);
    ck_assert_int_eq(clock_ms(1), 30800);
    ck_assert_int_eq(clock_ms(0), 1000);
    ck_assert_uint_eq(fake_engine_stream(1)->samples, 16 * 800); /* no 30 s of silence */
    ck_assert_uint_eq(call->channels[1].framer.start_us, 30000000);
}
END_TEST

START_TEST(a_channel_is_carried_by_one_stream)
{
    begin(3);
    struct call_start other = start_of(1, 2);
    ck_assert_int_eq(call_attach(call, &other), -EEXIST);
    call_detach(call, 1, ST_INGEST_END_LOST);
    other = start_of(1, 2);
    start.rate_hz = 16000;
    ck_assert_int_eq(call_attach(call, &other), -EEXIST);
    other = start_of(1, 2);
    start.codec = ST_CODEC_PCMU;
    ck_assert_int_eq(call_attach(call, &other), -EEXIST);
    other = start_of(1, 2);
    struct st_config_tenant stranger = *other.tenant;
    stranger.name = "stranger";
    other.tenant = &stranger;
    ck_assert_int_eq(call_attach(call, &other), -EEXIST);
    other = start_of(1, 2);
    ck_assert_int_eq(call_attach(call, &other), 0);
    int64_t before = clock_ms(1);
    put(2, 1, ST_TIMELINE_APPEND, 100); /* not its channel */
    ck_assert_int_eq(clock_ms(1), before);
}
END_TEST

START_TEST(the_call_goes_on_while_one_stream_is_left)
{
    begin(1);
    struct call_start second = start_of(2, 2);
    call_attach(call, &second);
    put(1, 0, ST_TIMELINE_APPEND, 1000);
    put(2, 1, ST_TIMELINE_APPEND, 1000);
    call_detach(call, 1, ST_INGEST_END_STOPPED);
    ck_assert_int_eq(call->state, CALL_LIVE);
    ck_assert_int_eq(clock_ms(0), 2000);
    call_detach(call, 2, ST_INGEST_END_STOPPED);
    ck_assert_int_eq(call->state, CALL_ENDING);
}
END_TEST

START_TEST(a_channel_whose_stream_is_away_goes_on_in_silence)
{
    begin(1);
    struct call_start second = start_of(2, 2);
    call_attach(call, &second);
    put(1, 0, ST_TIMELINE_APPEND, 1000);
    call_detach(call, 1, ST_INGEST_END_STOPPED);
    uint64_t loud = fake_engine_stream(0)->loud_samples;
    for (int i = 0; i < 600; i++) {
        step_loop_advance(1000000);
        put(2, 1, ST_TIMELINE_APPEND, 1000);
        ck_assert_int_ge(clock_ms(0), clock_ms(1) - 500);
    }
    ck_assert_uint_le(fake_engine_stream(0)->loud_samples, loud + 100); /* the resampler's tail */
    step_loop_advance(300000);
    struct call_start third = start_of(1, 3);
    ck_assert_int_eq(call_attach(call, &third), 0);
    ck_assert_int_eq(clock_ms(0), 600300);
    ck_assert_int_eq(call->shed_us, 0);
}
END_TEST

START_TEST(a_further_stream_completes_what_is_known)
{
    begin(1);
    fake_link_take(&told);
    struct call_start second = start_of(2, 2);
    start.agent_id = "a1";
    start.queue = "billing";
    start.channels[1].role = ST_ROLE_AGENT;
    ck_assert_int_eq(call_attach(call, &second), 0);
    const json_t *updated = fake_link_last(&told, "call.updated");
    ck_assert_str_eq(json_string_value(json_object_get(updated, "queue")), "billing");
    const json_t *channels = json_object_get(updated, "channels");
    const json_t *role = json_object_get(json_array_get(channels, 1), "role");
    ck_assert_str_eq(json_string_value(role), "agent");
    expect("call.updated/2");

    call_detach(call, 2, ST_INGEST_END_LOST);
    second = start_of(2, 3);
    start.agent_id = "another";
    start.channels[1].role = ST_ROLE_CUSTOMER;
    ck_assert_int_eq(call_attach(call, &second), 0);
    ck_assert_str_eq(call->story.facts->agent_id, "a1");
    ck_assert_int_eq(call->story.facts->roles[1], ST_ROLE_AGENT);
    expect("");
}
END_TEST

START_TEST(what_one_channel_is_says_what_the_other_is)
{
    begin(3);
    ck_assert_int_eq(call->story.facts->roles[0], ST_ROLE_AGENT);
    ck_assert_int_eq(call->story.facts->roles[1], ST_ROLE_CUSTOMER);
    struct call *other;
    struct call_start alone = start_of(1, 5);
    start.channels[0].role = ST_ROLE_CUSTOMER;
    ck_assert_int_eq(call_create(&other, &rig.service->shards[0], 2, &alone), 0);
    ck_assert_int_eq(other->story.facts->roles[0], ST_ROLE_CUSTOMER);
    ck_assert_int_eq(other->story.facts->roles[1], ST_ROLE_AGENT);
    call_destroy(other);
}
END_TEST

/* ---- audio ---- */

START_TEST(gaps_become_silence_and_repeats_are_dropped)
{
    begin(3);
    put(1, 0, 0, 100);
    put(1, 0, 300000, 100);
    put(1, 0, 350000, 100);
    ck_assert_int_eq(clock_ms(0), 450);
    call_end(call, "stopped");
    step_loop_advance(0);
    ck_assert_uint_eq(call->channels[0].timeline.silence_samples, 200 * 8);
    ck_assert_uint_eq(call->channels[0].timeline.dropped_samples, 50 * 8);
}
END_TEST

START_TEST(what_is_paused_is_not_heard_but_counts)
{
    begin(3);
    put(1, 0, ST_TIMELINE_APPEND, 200);
    call_pause(call, true);
    call_pause(call, true);
    uint64_t loud = fake_engine_stream(0)->loud_samples;
    put(1, 0, ST_TIMELINE_APPEND, 500);
    ck_assert_uint_le(fake_engine_stream(0)->loud_samples, loud + 100);
    ck_assert_int_eq(clock_ms(0), 700);
    call_pause(call, false);
    put(1, 0, ST_TIMELINE_APPEND, 200);
    ck_assert_uint_gt(fake_engine_stream(0)->loud_samples, loud + 2000);
    expect("call.started/1 call.updated/2 call.updated/3");
    call_end(call, "stopped");
    call_pause(call, true);
    step_loop_advance(0);
    expect("characteristics.updated/4 call.summary/5 call.ended/6");
}
END_TEST

START_TEST(a_sender_that_lies_about_its_rate_is_suspected)
{
    begin(1);
    fake_link_take(&told);
    for (int i = 0; i < 11; i++) {
        step_loop_advance(1000000);
        put(1, 0, ST_TIMELINE_APPEND, 500); /* half as fast as it says */
    }
    ck_assert(call->is_rate_suspect);
    expect("call.updated/2");
    for (int i = 0; i < 22; i++) {
        step_loop_advance(1000000);
        put(1, 0, ST_TIMELINE_APPEND, 1000);
    }
    ck_assert(!call->is_rate_suspect);
    for (int i = 0; i < 44; i++) {
        step_loop_advance(500000);
        put(1, 0, ST_TIMELINE_APPEND, 1000);
    }
    ck_assert(call->is_rate_suspect);
    expect("silence.detected/3 call.updated/4 call.updated/5");
}
END_TEST

/* ---- findings ---- */

START_TEST(segments_become_findings)
{
    begin(3);
    put(1, 1, 0, 900);
    put(1, 1, ST_TIMELINE_APPEND, 900);
    fake_engine_say(1, 1, false, 0, 500, "good");
    fake_engine_say(1, 1, true, 0, 800, "good morning i want my money back");
    expect("call.started/1 transcript.partial transcript.final/2 category.matched/3 "
           "category.matched/4 alert.raised/5 issue.detected/6");
    ck_assert_uint_eq(call->story.category_count, 2);
    fake_engine_say(1, 2, true, 800, 1700, "my money back");
    expect("transcript.final/7 category.matched/8 alert.repeated/9");
    ck_assert_uint_eq(call->story.categories[1].count, 2);
    ck_assert_uint_eq(st_alerts_counts(call->story.alerts)->changes[ST_ALERT_CHANGE_RAISED], 1);
    ck_assert_uint_eq(st_alerts_at(call->story.alerts, 0)->count, 2);
}
END_TEST

START_TEST(lag_and_trouble_are_told_sparingly)
{
    begin(3);
    step_loop_advance(2000000);
    fake_link_take(&told);
    fake_engine_lag(0, 400000);
    expect("");
    fake_engine_lag(0, 900000);
    expect("call.updated/2");
    fake_engine_lag(1, 2000000);
    expect("");
    step_loop_advance(1000000);
    fake_engine_lag(1, 2200000);
    expect("call.updated/3");
    fake_engine_fail(0);
    step_loop_advance(10000000);
    expect("stt.degraded/4 stt.recovered/5");
    ck_assert(!call->channels[0].is_degraded);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_call_starts_is_stopped_and_ends_when_the_engine_has_said_all);
    tcase_add_test(tcase, an_engine_that_never_answers_does_not_keep_the_call);
    tcase_add_test(tcase, an_ended_call_is_kept_for_its_time);
    tcase_add_test(tcase, a_call_may_be_forgotten_before_its_media_are_released);
    tcase_add_test(tcase, an_engine_that_refuses_refuses_the_call);
    tcase_add_test(tcase, a_lost_stream_may_come_back_within_grace);
    tcase_add_test(tcase, one_that_does_not_is_lost);
    tcase_add_test(tcase, a_stream_that_broke_its_rules_ends_the_call);
    tcase_add_test(tcase, a_call_comes_back_more_often_than_it_has_places_for_legs);
    tcase_add_test(tcase, a_late_stream_begins_at_the_wall_clocks_distance);
    tcase_add_test(tcase, a_channel_is_carried_by_one_stream);
    tcase_add_test(tcase, the_call_goes_on_while_one_stream_is_left);
    tcase_add_test(tcase, a_channel_whose_stream_is_away_goes_on_in_silence);
    tcase_add_test(tcase, a_further_stream_completes_what_is_known);
    tcase_add_test(tcase, what_one_channel_is_says_what_the_other_is);
    tcase_add_test(tcase, gaps_become_silence_and_repeats_are_dropped);
    tcase_add_test(tcase, what_is_paused_is_not_heard_but_counts);
    tcase_add_test(tcase, a_sender_that_lies_about_its_rate_is_suspected);
    tcase_add_test(tcase, segments_become_findings);
    tcase_add_test(tcase, lag_and_trouble_are_told_sparingly);
    return run_case("call", tcase);
}
