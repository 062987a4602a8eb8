/* Snapshots, answers and replays: what somebody who comes late is told. */
#include "call_internal.h"
#include "call_rig.h"

#include "sidetone/buf.h"

#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct call_rig rig;
static struct fake_link told;
static struct rig_leg leg;
static char lexicon[] = "/tmp/sidetone-lexicon-XXXXXX";

static void setup(void)
{
    static const char words[] = "angry\t-2.3\t0.6\t[-2]\ngreat\t3.1\t0.7\t[3]\n";
    char yaml[512];
    strcpy(lexicon, "/tmp/sidetone-lexicon-XXXXXX");
    int fd = mkstemp(lexicon);
    ck_assert_int_eq(write(fd, words, sizeof(words) - 1), sizeof(words) - 1);
    close(fd);
    snprintf(yaml, sizeof(yaml),
             "sentiment: {lexicon_file: %s}\n"
             "categories:\n  - name: refund\n    severity: high\n    phrases: [money back]\n",
             lexicon);
    rig_open(&rig, 2, yaml);
    fake_link_open(&told, rig.hub, 1);
    rig_leg_open(&leg, &rig, 0, "pcm");
}

static void teardown(void)
{
    rig_leg_close(&leg);
    fake_link_close(&told);
    rig_close(&rig);
    unlink(lexicon);
}

static void subscribe(const char *json)
{
    fake_link_take(&told);
    fake_link_subscribe(&told, json);
    step_loop_settle();
}

static const json_t *call_state(void)
{
    const json_t *snapshot = fake_link_last(&told, "snapshot");
    ck_assert_ptr_nonnull(snapshot);
    return json_object_get(snapshot, "call");
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    ck_assert_msg(text != NULL, "%s", key);
    return text;
}

static void talk(void)
{
    rig_leg_start(&leg, "c1", "\"queue\":\"q1\",\"agent\":{\"id\":\"a1\"}");
    rig_leg_talk(&leg, 4000);
    fake_engine_say(1, 1, true, 2000, 3000, "i want my money back");
    fake_engine_say(0, 1, true, 1000, 3500, "that is great");
    fake_engine_say(1, 2, false, 3500, 3900, "still talk");
}

START_TEST(a_snapshot_has_everything_in_order)
{
    talk();
    subscribe("{}");
    const json_t *call = call_state();
    ck_assert_str_eq(text_of(call, "call_id"), "c1");
    ck_assert_str_eq(text_of(call, "state"), "live");
    ck_assert_int_eq(json_integer_value(json_object_get(call, "media_ms")), 4000);
    const json_t *transcript = json_object_get(call, "transcript");
    ck_assert_uint_eq(json_array_size(transcript), 2);
    ck_assert_str_eq(text_of(json_array_get(transcript, 0), "text"), "that is great");
    ck_assert_str_eq(text_of(json_array_get(transcript, 1), "text"), "i want my money back");
    const json_t *partials = json_object_get(call, "partials");
    ck_assert_str_eq(text_of(json_array_get(partials, 0), "text"), "still talk");
    ck_assert_uint_eq(json_array_size(json_object_get(call, "alerts")), 1);
    const json_t *issue = json_array_get(json_object_get(call, "issues"), 0);
    ck_assert_str_eq(text_of(issue, "kind"), "issue");
    ck_assert_str_eq(text_of(issue, "text"), "i want my money back");
    ck_assert_uint_eq(json_array_size(json_object_get(call, "sentiments")), 2);
    const json_t *mood = json_object_get(json_object_get(call, "sentiment"), "0");
    ck_assert_str_eq(text_of(mood, "label"), "positive");
    ck_assert_str_eq(text_of(json_array_get(json_object_get(call, "categories"), 0), "category"),
                     "refund");
}
END_TEST

START_TEST(a_snapshot_is_made_once_until_something_changes)
{
    talk();
    struct call *call = NULL;
    for (unsigned i = 0; !call; i++)
        call = rig.service->shards[0].buckets[i];
    ck_assert_ptr_null(call->story.snapshots[3]);
    struct st_buf *first = story_snapshot(&call->story, 3),
                  *second = story_snapshot(&call->story, 3);
    struct st_buf *shorter = story_snapshot(&call->story, 0);
    ck_assert_ptr_eq(first, second);
    ck_assert_uint_lt(shorter->len, first->len);
    call_pause(call, true);
    ck_assert_ptr_null(call->story.snapshots[3]);
    ck_assert_ptr_null(call->story.snapshots[0]);
    st_buf_unref(first);
    st_buf_unref(second);
    st_buf_unref(shorter);
    subscribe("{}");
    ck_assert_str_eq(text_of(call_state(), "state"), "paused");
}
END_TEST

START_TEST(the_states_of_an_ending_are_told)
{
    fake_engine.never_ends = true;
    talk();
    subscribe("{}");
    ck_assert_str_eq(text_of(call_state(), "state"), "live");
    rig_leg_say(&leg, "{\"type\":\"stop\"}");
    subscribe("{}");
    ck_assert_str_eq(text_of(call_state(), "state"), "ending");
    ck_assert_ptr_null(json_object_get(call_state(), "ended"));
    step_loop_advance(62000000);
    subscribe("{}");
    ck_assert_str_eq(text_of(call_state(), "state"), "ended");
    ck_assert_str_eq(text_of(json_object_get(call_state(), "ended"), "reason"), "stopped");
    ck_assert_uint_eq(json_array_size(json_object_get(call_state(), "partials")), 0);
}
END_TEST

static const struct {
    const char *subscription;
    bool has_transcript, has_sentiments;
} forms[] = {
    {"{}", true, true},
    {"{\"events\":[\"alert.raised\"]}", false, false},
    {"{\"events\":[\"transcript.partial\"]}", true, false},
    {"{\"events\":[\"sentiment.updated\",\"call.ended\"]}", false, true},
};

START_TEST(a_snapshot_has_what_the_subscription_takes)
{
    talk();
    subscribe(forms[_i].subscription);
    const json_t *call = call_state();
    ck_assert((json_object_get(call, "transcript") != NULL) == forms[_i].has_transcript);
    ck_assert((json_object_get(call, "partials") != NULL) == forms[_i].has_transcript);
    ck_assert((json_object_get(call, "sentiments") != NULL) == forms[_i].has_sentiments);
    ck_assert_ptr_nonnull(json_object_get(call, "alerts"));
}
END_TEST

/* ---- resuming ---- */

START_TEST(a_resume_gives_what_was_missed)
{
    talk();
    subscribe("{\"resume\":{\"c1\":2}}");
    ck_assert_str_eq(
        fake_link_take(&told),
        "sentiment.updated/3 category.matched/4 alert.raised/5 issue.detected/6 transcript.final/7 "
        "sentiment.updated/8 transcript.partial snapshot.end");
    subscribe("{\"resume\":{\"c1\":8},\"partials\":false}");
    ck_assert_str_eq(fake_link_take(&told), "snapshot.end");
    subscribe("{\"resume\":{\"c1\":0},\"events\":[\"alert.raised\"]}");
    ck_assert_str_eq(fake_link_take(&told), "alert.raised/5 snapshot.end");
    subscribe("{\"resume\":{\"c1\":9}}");
    ck_assert_str_eq(fake_link_take(&told), "resume.gap snapshot snapshot.end");
    subscribe("{\"resume\":{\"c1\":2,\"c2\":0},\"queues\":[\"other\"]}");
    ck_assert_str_eq(fake_link_take(&told), "resume.gap resume.gap snapshot.end");
}
END_TEST

START_TEST(what_was_not_for_this_subscription_then_is_no_replay)
{
    struct rig_leg second;
    rig_leg_start(&leg, "c1", "\"layout\":\"mono\",\"channel\":0");
    rig_leg_talk_mono(&leg, 2000);
    fake_engine_say(0, 1, true, 0, 1500, "hello");
    subscribe("{\"agents\":[\"a1\"]}");
    ck_assert_str_eq(fake_link_take(&told), "snapshot.end");
    rig_leg_open(&second, &rig, 0, "pcm");
    rig_leg_start(&second, "c1", "\"layout\":\"mono\",\"channel\":1,\"agent\":{\"id\":\"a1\"}");
    step_loop_settle();
    ck_assert_str_eq(fake_link_take(&told), "snapshot");
    fake_engine_say(0, 2, true, 1500, 1900, "again");
    subscribe("{\"agents\":[\"a1\"],\"resume\":{\"c1\":1}}");
    ck_assert_str_eq(fake_link_take(&told), "resume.gap snapshot snapshot.end");
    subscribe("{\"agents\":[\"a1\"],\"resume\":{\"c1\":4}}");
    ck_assert_str_eq(fake_link_take(&told), "transcript.final/5 sentiment.updated/6 snapshot.end");
    rig_leg_close(&second);
}
END_TEST

/* ---- questions ---- */

static unsigned answers;
static size_t answered;
static json_t *last_answer;

static void on_states(void *user, struct st_buf *const *states, size_t count)
{
    answers++;
    answered = count;
    json_decref(last_answer);
    last_answer =
        count ? json_loadb((const char *)states[count - 1]->data, states[count - 1]->len, 0, NULL)
              : NULL;
}

static void ask(const char *call_id, bool wants_transcript)
{
    struct st_call_query query = {.subscription = st_subscription_create(),
                                  .wants_transcript = wants_transcript};
    if (call_id)
        st_filter_names_add(&query.subscription->calls, call_id, strlen(call_id));
    answers = 0;
    st_call_query(rig.service, 1, query, on_states, NULL);
}

START_TEST(questions_go_round_every_loop)
{
    struct rig_leg other;
    talk();
    rig_leg_open(&other, &rig, 1, "pcm");
    rig_leg_start(&other, "c2", "");
    ask(NULL, false);
    step_loop_settle();
    ck_assert_uint_eq(answers, 1);
    ck_assert_uint_eq(answered, 2);
    ck_assert_ptr_null(json_object_get(last_answer, "transcript"));
    ask("c1", true);
    step_loop_settle();
    ck_assert_uint_eq(answered, 1);
    ck_assert_uint_eq(json_array_size(json_object_get(last_answer, "transcript")), 2);
    ck_assert_uint_eq(json_array_size(json_object_get(last_answer, "sentiments")), 2);
    ask("nobody", true);
    step_loop_settle();
    ck_assert_uint_eq(answers, 1);
    ck_assert_uint_eq(answered, 0);
    rig_leg_close(&other);
    json_decref(last_answer);
    last_answer = NULL;
}
END_TEST

START_TEST(a_question_is_answered_though_a_loop_has_stopped)
{
    talk();
    st_loop_stop(rig.loops[_i]);
    ask(NULL, true);
    step_loop_settle();
    ck_assert_uint_eq(answers, 1);
    json_decref(last_answer);
    last_answer = NULL;
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_snapshot_has_everything_in_order);
    tcase_add_test(tcase, a_snapshot_is_made_once_until_something_changes);
    tcase_add_test(tcase, the_states_of_an_ending_are_told);
    tcase_add_loop_test(tcase, a_snapshot_has_what_the_subscription_takes, 0, 4);
    tcase_add_test(tcase, a_resume_gives_what_was_missed);
    tcase_add_test(tcase, what_was_not_for_this_subscription_then_is_no_replay);
    tcase_add_test(tcase, questions_go_round_every_loop);
    tcase_add_loop_test(tcase, a_question_is_answered_though_a_loop_has_stopped, 0, 2);
    return run_case("state", tcase);
}
