/* Calls whose transcript the platform brings: their clock, their ids, and an engine beside them. */
#include "call_internal.h"
#include "call_rig.h"

#include "run.h"

#include <stdio.h>
#include <string.h>

static struct call_rig rig;
static struct fake_link told;
static struct rig_leg a, b;

static void setup(void)
{
    rig_open(&rig, 2, "calls: {grace_s: 8, keep_ended_s: 60}\ncharacteristics: {silence_s: 5}\n");
    fake_link_open(&told, rig.hub, 0);
    fake_link_subscribe(&told, "{}");
    step_loop_settle();
    fake_link_take(&told);
    rig_leg_open(&a, &rig, 0, "acs");
    b = (struct rig_leg){0};
}

static void teardown(void)
{
    if (a.leg)
        rig_leg_close(&a);
    if (b.leg)
        rig_leg_close(&b);
    step_loop_settle();
    fake_link_close(&told);
    rig_close(&rig);
}

static void begin(struct rig_leg *leg, const char *subscription)
{
    char text[300];
    snprintf(text, sizeof(text),
             "{\"transcriptionMetadata\":{\"callConnectionId\":\"c1\",\"subscriptionId\":\"%s\"}}",
             subscription);
    rig_leg_say(leg, text);
    step_loop_settle();
}

static void say(struct rig_leg *leg, const char *who, bool is_final, int start_ms, int end_ms,
                const char *words)
{
    char text[600];
    snprintf(text, sizeof(text),
             "{\"transcriptionData\":{\"text\":\"%s\",\"participantRawID\":\"%s\",\"offset\":%d,"
             "\"duration\":%d,\"resultStatus\":\"%s\",\"words\":[{\"text\":\"%s\",\"offset\":%d,"
             "\"duration\":%d}]}}",
             words, who, start_ms * 10000, (end_ms - start_ms) * 10000,
             is_final ? "Final" : "Intermediate", words, start_ms * 10000,
             (end_ms - start_ms) * 10000);
    rig_leg_say(leg, text);
    step_loop_settle();
}

static struct call *the_call(void)
{
    for (unsigned i = 0; i < CALL_BUCKETS; i++)
        if (rig.service->shards[0].buckets[i])
            return rig.service->shards[0].buckets[i];
    ck_abort_msg("no call");
}

static void expect_final(int id, int start_ms, int end_ms, const char *text)
{
    const json_t *segment = json_object_get(fake_link_last(&told, "transcript.final"), "segment");
    const json_t *word = json_array_get(json_object_get(segment, "words"), 0);
    ck_assert_str_eq(json_string_value(json_object_get(segment, "text")), text);
    ck_assert_int_eq(json_integer_value(json_object_get(segment, "id")), id);
    ck_assert_int_eq(json_integer_value(json_object_get(segment, "start_ms")), start_ms);
    ck_assert_int_eq(json_integer_value(json_object_get(segment, "end_ms")), end_ms);
    if (text[0])
        ck_assert_int_eq(json_integer_value(json_object_get(word, "start_ms")), start_ms);
}

START_TEST(a_call_without_audio_lives_and_ends)
{
    begin(&a, "s1");
    say(&a, "4:1", false, 500, 900, "good");
    say(&a, "4:1", true, 500, 1000, "good morning");
    expect_final(1, 500, 1000, "good morning");
    ck_assert_uint_eq(fake_engine.opened, 0);
    ck_assert_ptr_null(the_call()->session);
    ck_assert_str_eq(the_call()->story.facts->engine, "acs");
    step_loop_advance(4000000);
    ck_assert_int_eq(call_media_us(the_call()), 4000000);
    st_leg_closed(a.leg, 1000);
    rig_leg_close(&a);
    ck_assert_int_eq(the_call()->state, CALL_WAITING);
    step_loop_advance(9000000);
    const json_t *ended = fake_link_last(&told, "call.ended");
    ck_assert_str_eq(json_string_value(json_object_get(ended, "reason")), "stopped");
    ck_assert_int_eq(json_integer_value(json_object_get(ended, "duration_ms")), 4000);
}
END_TEST

START_TEST(time_goes_on_a_little_behind_the_wall_clock)
{
    begin(&a, "s1");
    say(&a, "4:1", true, 500, 1000, "good");
    step_loop_advance(16000000);
    ck_assert_ptr_null(fake_link_last(&told, "silence.detected"));
    step_loop_advance(10000000);
    ck_assert_ptr_nonnull(fake_link_last(&told, "silence.detected"));
}
END_TEST

START_TEST(one_utterance_at_a_time_is_unfinished)
{
    begin(&a, "s1");
    say(&a, "8:1", false, 0, 500, "one");
    say(&a, "8:2", false, 100, 400, "two");
    ck_assert_uint_eq(fake_link_count_type(&told, "transcript.partial"), 1);
    say(&a, "8:2", true, 100, 600, "two");
    expect_final(1, 100, 600, "two");
    say(&a, "8:1", false, 0, 700, "one");
    say(&a, "8:1", true, 0, 800, "one");
    expect_final(2, 0, 800, "one");
    say(&a, "4:1", false, 900, 950, "three");
    st_leg_closed(a.leg, 1006);
    rig_leg_close(&a);
    expect_final(1, 950, 950, "");
}
END_TEST

START_TEST(a_stream_on_another_loop_is_told_too)
{
    begin(&a, "s1");
    say(&a, "4:1", true, 500, 1000, "here");
    step_loop_advance(10000000);
    rig_leg_open(&b, &rig, 1, "acs");
    begin(&b, "s2");
    say(&b, "4:1", false, 500, 800, "there");
    say(&b, "4:1", true, 500, 1000, "there");
    expect_final(2, 10500, 11000, "there");
    say(&a, "4:1", true, 3000, 4000, "stale");
    expect_final(2, 10500, 11000, "there");
    rig_leg_close(&a);
    step_loop_settle();
    ck_assert_int_eq(the_call()->state, CALL_LIVE);
    rig_leg_close(&b);
    step_loop_settle();
    ck_assert_int_eq(the_call()->state, CALL_WAITING);
}
END_TEST

START_TEST(the_same_subscription_keeps_its_clock)
{
    begin(&a, "s1");
    say(&a, "4:1", true, 500, 1000, "one");
    step_loop_advance(5000000);
    rig_leg_close(&a);
    step_loop_advance(2000000);
    rig_leg_open(&a, &rig, 0, "acs");
    begin(&a, "s1");
    say(&a, "4:1", true, 7500, 8000, "two");
    expect_final(2, 7500, 8000, "two");
}
END_TEST

START_TEST(long_jumps_are_joined_on)
{
    begin(&a, "s1");
    say(&a, "4:1", true, 500, 1000, "one");
    say(&a, "4:1", true, 100000, 101000, "two");
    expect_final(2, 100000, 101000, "two");
    say(&a, "4:1", true, 0, 500, "back");
    expect_final(3, 0, 500, "back");
    rig_leg_say(&a,
                "{\"transcriptionData\":{\"text\":\"far\",\"participantRawID\":\"4:1\",\"offset\":"
                "80000000000000,\"duration\":10000000,\"resultStatus\":\"Final\"}}");
    step_loop_settle();
    expect_final(4, 101000, 102000, "far");
}
END_TEST

START_TEST(audio_brings_an_engine_and_the_transcript_is_passed_over)
{
    begin(&a, "s1");
    say(&a, "4:1", true, 0, 500, "before");
    say(&a, "4:1", false, 600, 700, "un");
    step_loop_advance(1000000);
    rig_leg_say(&a, "{\"audioMetadata\":{\"sampleRate\":16000}}");
    step_loop_settle();
    expect_final(2, 700, 700, "");
    ck_assert_uint_eq(fake_engine.opened, 2);
    ck_assert_str_eq(the_call()->story.facts->engine, "moonshine");
    say(&a, "4:1", true, 1200, 1500, "ignored");
    expect_final(2, 700, 700, "");
    ck_assert_int_eq(the_call()->legs[0].offset_us, 1000000);
    ck_assert_uint_eq(the_call()->leg_count, 1);
    st_leg_closed(a.leg, 1000);
    rig_leg_close(&a);
    step_loop_advance(20000000);
    ck_assert_int_eq(the_call()->state, CALL_ENDED);
}
END_TEST

static void judge(const char *mode, const char *sentiment)
{
    char text[300];
    rig_leg_close(&a);
    fake_link_close(&told);
    rig_close(&rig);
    snprintf(text, sizeof(text), "tenants: [{routes: [{vendor_findings: %s}]}]\n", mode);
    rig_open(&rig, 2, text);
    fake_link_open(&told, rig.hub, 0);
    fake_link_subscribe(&told, "{}");
    step_loop_settle();
    rig_leg_open(&a, &rig, 0, "acs");
    begin(&a, "s1");
    snprintf(text, sizeof(text),
             "{\"transcriptionData\":{\"text\":\"fine\",\"participantRawID\":\"4:1\","
             "\"offset\":0,\"resultStatus\":\"Final\",\"languageIdentified\":\"fr-FR\","
             "\"sentimentAnalysisResult\":{\"sentiment\":\"%s\"}}}",
             sentiment);
    rig_leg_say(&a, text);
    step_loop_settle();
    fake_link_drain(&told);
}

START_TEST(what_the_platform_makes_of_a_final_is_told)
{
    judge("beside", "Negative");
    const json_t *found = fake_link_last(&told, "sentiment.updated");
    ck_assert_str_eq(json_string_value(json_object_get(found, "origin")), "acs");
    ck_assert_str_eq(json_string_value(json_object_get(found, "label")), "negative");
    ck_assert_int_eq(json_integer_value(json_object_get(found, "segment_id")), 1);
    const json_t *final = json_object_get(fake_link_last(&told, "transcript.final"), "segment");
    ck_assert_str_eq(json_string_value(json_object_get(final, "language")), "fr-FR");
    judge("off", "Negative");
    ck_assert_ptr_null(fake_link_last(&told, "sentiment.updated"));
    judge("beside", "furious");
    ck_assert_ptr_null(fake_link_last(&told, "sentiment.updated"));
}
END_TEST

START_TEST(a_paused_call_hears_nothing)
{
    begin(&a, "s1");
    say(&a, "4:1", false, 0, 500, "my card");
    call_pause(the_call(), true);
    say(&a, "4:1", true, 0, 900, "my card number");
    expect_final(1, 500, 500, "");
    call_pause(the_call(), false);
    say(&a, "4:1", true, 1000, 1500, "thanks");
    expect_final(2, 1000, 1500, "thanks");
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("told");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, a_call_without_audio_lives_and_ends);
    tcase_add_test(cases, time_goes_on_a_little_behind_the_wall_clock);
    tcase_add_test(cases, one_utterance_at_a_time_is_unfinished);
    tcase_add_test(cases, a_stream_on_another_loop_is_told_too);
    tcase_add_test(cases, the_same_subscription_keeps_its_clock);
    tcase_add_test(cases, long_jumps_are_joined_on);
    tcase_add_test(cases, audio_brings_an_engine_and_the_transcript_is_passed_over);
    tcase_add_test(cases, what_the_platform_makes_of_a_final_is_told);
    tcase_add_test(cases, a_paused_call_hears_nothing);
    return run_case("told", cases);
}
