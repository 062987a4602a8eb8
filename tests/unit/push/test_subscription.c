#include "made.h"

#include "sidetone/hub.h"
#include "sidetone/mem.h"

#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct st_subscription *subscription;

static void setup(void)
{
    subscription = st_subscription_create();
}

static void teardown(void)
{
    st_subscription_free(subscription);
}

static int parse(const char *text, char *why)
{
    st_subscription_free(subscription);
    subscription = st_subscription_create();
    why[0] = '\0';
    return st_subscription_parse(subscription, text, strlen(text), why, 160);
}

static const char *const good[] = {
    "{}",
    "{\"type\":\"subscribe\",\"later\":[1,{\"x\":null}]}",
    "{\"calls\":[],\"agents\":[],\"queues\":[],\"events\":[],\"resume\":{}}",
    "{\"calls\":[\"a\",\"a\"],\"agents\":[\"\\u00e9\"],\"queues\":[\"q/1\"]}",
    "{\"events\":[\"call.ended\",\"call.ended\"]}",
    "{\"min_severity\":\"critical\",\"partials\":false}",
    "{\"resume\":{\"a\":0,\"b\":9223372036854775807}}",
};

START_TEST(what_is_right_is_taken)
{
    char why[160];
    ck_assert_msg(parse(good[_i], why) == 0, "%s: %s", good[_i], why);
}
END_TEST

static const struct {
    const char *text;
    const char *why; /* part of it */
} bad[] = {
    {"", "not a JSON object"},
    {"{", "not a JSON object"},
    {"[]", "not a JSON object"},
    {"null", "not a JSON object"},
    {"{}x", "not a JSON object"},
    {"{\"calls\":[\"a\"],\"calls\":[]}", "not a JSON object"},
    {"{\"calls\":[\"\\u0000\"]}", "not a JSON object"},
    {"{\"calls\":[\"\xff\"]}", "not a JSON object"},
    {"{\"calls\":\"a\"}", "'calls' must be a list"},
    {"{\"calls\":null}", "'calls' must be a list"},
    {"{\"calls\":[1]}", "'calls' takes at most"},
    {"{\"agents\":[\"\"]}", "'agents' takes at most"},
    {"{\"queues\":[[]]}", "'queues' takes at most"},
    {"{\"events\":{}}", "'events' must be a list"},
    {"{\"events\":[\"call.started\",\"call.*\"]}", "'events' item 1"},
    {"{\"events\":[7]}", "'events' item 0"},
    {"{\"min_severity\":\"none\"}", "'min_severity'"},
    {"{\"min_severity\":3}", "'min_severity'"},
    {"{\"partials\":\"false\"}", "'partials'"},
    {"{\"partials\":0}", "'partials'"},
    {"{\"resume\":[]}", "'resume' must be an object"},
    {"{\"resume\":{\"a\":-1}}", "'resume' takes at most"},
    {"{\"resume\":{\"a\":1.5}}", "'resume' takes at most"},
    {"{\"resume\":{\"a\":\"1\"}}", "'resume' takes at most"},
    {"{\"resume\":{\"\":1}}", "'resume' takes at most"},
};

START_TEST(what_is_wrong_is_named)
{
    char why[160];
    ck_assert_int_eq(parse(bad[_i].text, why), -EBADMSG);
    ck_assert_msg(strstr(why, bad[_i].why) != NULL, "%s: %s", bad[_i].text, why);
}
END_TEST

START_TEST(a_cut_message_is_refused_at_every_length)
{
    char why[160];
    const char *text = good[3];
    for (size_t bytes = 0; bytes < strlen(text); bytes++) {
        char *cut = malloc(bytes ? bytes : 1);
        memcpy(cut, text, bytes);
        st_subscription_free(subscription);
        subscription = st_subscription_create();
        ck_assert_int_eq(st_subscription_parse(subscription, cut, bytes, why, sizeof(why)),
                         -EBADMSG);
        free(cut);
    }
}
END_TEST

START_TEST(a_deep_message_is_refused)
{
    char why[160];
    size_t depth = 60000;
    char *text = malloc(depth + 1);
    memset(text, '[', depth);
    text[depth] = '\0';
    ck_assert_int_eq(parse(text, why), -EBADMSG);
    free(text);
}
END_TEST

START_TEST(lists_are_bounded)
{
    char why[160], name[130];
    memset(name, 'n', sizeof(name));
    struct st_filter_names *calls = &subscription->calls;
    ck_assert_int_eq(st_filter_names_add(calls, name, 128), 0);
    ck_assert_int_eq(st_filter_names_add(calls, name, 129), -EINVAL);
    ck_assert_int_eq(st_filter_names_add(calls, name, 0), -EINVAL);
    for (unsigned i = 1; i < ST_FILTER_NAMES_MAX; i++)
        ck_assert_int_eq(st_filter_names_add(calls, "a", 1), 0);
    ck_assert_int_eq(st_filter_names_add(calls, "a", 1), -ENOBUFS);

    char *text = malloc(ST_RESUME_MAX * 16 + 64), *at = text;
    at += sprintf(at, "{\"resume\":{");
    for (int i = 0; i <= ST_RESUME_MAX; i++)
        at += sprintf(at, "%s\"c%d\":%d", i ? "," : "", i, i);
    strcpy(at, "}}");
    ck_assert_int_eq(parse(text, why), -EBADMSG);
    free(text);
}
END_TEST

START_TEST(resume_points_are_found_whatever_their_order)
{
    char name[16];
    for (unsigned i = 0; i < ST_RESUME_MAX; i++) {
        int n = snprintf(name, sizeof(name), "c%u", i * 2471U % ST_RESUME_MAX);
        st_subscription_add_resume(subscription, name, (size_t)n, i);
    }
    ck_assert_uint_eq(subscription->resume_count, ST_RESUME_MAX);
    for (unsigned i = 0; i < ST_RESUME_MAX; i++) {
        snprintf(name, sizeof(name), "c%u", i * 2471U % ST_RESUME_MAX);
        const struct st_resume *found = st_subscription_find_resume(subscription, name);
        ck_assert_ptr_nonnull(found);
        ck_assert_uint_eq(found->seq, i);
    }
    ck_assert_ptr_null(st_subscription_find_resume(subscription, "c"));
    ck_assert_ptr_null(st_subscription_find_resume(subscription, "zz"));
    ck_assert_int_eq(st_subscription_add_resume(subscription, "new", 3, 1), -ENOBUFS);
    ck_assert_int_eq(st_subscription_add_resume(subscription, name, strlen(name), 77), 0);
    ck_assert_uint_eq(st_subscription_find_resume(subscription, name)->seq, 77);
}
END_TEST

START_TEST(a_call_must_fit_every_list)
{
    char why[160];
    static const struct {
        const char *text;
        bool sees;
    } rows[] = {
        {"{}", true},
        {"{\"calls\":[\"c1\"]}", true},
        {"{\"calls\":[\"c\"]}", false},
        {"{\"calls\":[\"x\",\"c1\"],\"agents\":[\"a1\"],\"queues\":[\"q1\"]}", true},
        {"{\"calls\":[\"c1\"],\"agents\":[\"a2\"]}", false},
        {"{\"queues\":[\"q2\"]}", false},
        {"{\"agents\":[],\"queues\":[\"q1\"]}", true},
    };
    struct st_call_facts *facts = made_facts("c1", "a1", "q1");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ck_assert_int_eq(parse(rows[i].text, why), 0);
        ck_assert_msg(st_subscription_sees_call(subscription, facts) == rows[i].sees, "%s",
                      rows[i].text);
    }
    st_call_facts_unref(facts);
}
END_TEST

static void only(char **claim, const char *value)
{
    free(*claim);
    *claim = st_mem_strdup(value);
}

START_TEST(a_token_narrows_whatever_is_asked_for)
{
    struct st_call_facts *mine = made_facts("c1", "a1", "q1");
    struct st_call_facts *unknown = made_facts("c1", "", "q1");
    only(&subscription->only_agent, "a1");
    st_filter_names_add(&subscription->agents, "a2", 2);
    ck_assert(!st_subscription_sees_call(subscription, mine));
    st_subscription_free(subscription);
    subscription = st_subscription_create();
    only(&subscription->only_agent, "a1");
    ck_assert(st_subscription_sees_call(subscription, mine));
    ck_assert(!st_subscription_sees_call(subscription, unknown));
    only(&subscription->only_tenant, "other");
    ck_assert(!st_subscription_sees_call(subscription, mine));
    only(&subscription->only_tenant, "default");
    only(&subscription->only_call, "c2");
    ck_assert(!st_subscription_sees_call(subscription, mine));
    st_call_facts_unref(mine);
    st_call_facts_unref(unknown);
}
END_TEST

static bool wants(enum st_event_type type, enum st_severity severity)
{
    struct st_call_facts *facts = made_facts("c1", "a1", "q1");
    bool is_match = type == ST_EVENT_ALERT_RAISED || type == ST_EVENT_CATEGORY_MATCHED ||
                    type == ST_EVENT_CATEGORY_PROVISIONAL || type == ST_EVENT_CATEGORY_WITHDRAWN;
    struct st_message *message =
        is_match ? made_match(type, severity, facts, 1) : made_message(type, facts, 1);
    bool result = st_subscription_wants(subscription, message);
    st_message_unref(message);
    st_call_facts_unref(facts);
    return result;
}

START_TEST(types_partials_and_severities_are_chosen)
{
    char why[160];
    ck_assert(wants(ST_EVENT_TRANSCRIPT_PARTIAL, 0) && wants(ST_EVENT_CATEGORY_MATCHED, 0));
    parse("{\"partials\":false,\"min_severity\":\"high\"}", why);
    ck_assert(!wants(ST_EVENT_TRANSCRIPT_PARTIAL, 0) && wants(ST_EVENT_TRANSCRIPT_FINAL, 0));
    ck_assert(!wants(ST_EVENT_CATEGORY_MATCHED, ST_SEVERITY_NONE));
    ck_assert(!wants(ST_EVENT_ALERT_RAISED, ST_SEVERITY_MEDIUM));
    ck_assert(!wants(ST_EVENT_CATEGORY_PROVISIONAL, ST_SEVERITY_MEDIUM));
    ck_assert(!wants(ST_EVENT_CATEGORY_WITHDRAWN, ST_SEVERITY_MEDIUM));
    ck_assert(wants(ST_EVENT_ALERT_RAISED, ST_SEVERITY_HIGH));
    ck_assert(wants(ST_EVENT_CATEGORY_MATCHED, ST_SEVERITY_CRITICAL));
    parse("{\"events\":[\"alert.raised\"]}", why);
    for (int type = 0; type < ST_EVENT_TYPES; type++)
        ck_assert(wants((enum st_event_type)type, ST_SEVERITY_LOW) ==
                  (type == ST_EVENT_ALERT_RAISED));
}
END_TEST

START_TEST(snapshots_suit_the_types)
{
    char why[160];
    ck_assert_uint_eq(st_subscription_snapshot_form(subscription),
                      ST_SNAPSHOT_TRANSCRIPT | ST_SNAPSHOT_SENTIMENTS);
    parse("{\"events\":[\"call.ended\",\"transcript.partial\"]}", why);
    ck_assert_uint_eq(st_subscription_snapshot_form(subscription), ST_SNAPSHOT_TRANSCRIPT);
    parse("{\"events\":[\"transcript.final\",\"sentiment.updated\"]}", why);
    ck_assert_uint_eq(st_subscription_snapshot_form(subscription),
                      ST_SNAPSHOT_TRANSCRIPT | ST_SNAPSHOT_SENTIMENTS);
    parse("{\"events\":[\"sentiment.updated\"]}", why);
    ck_assert_uint_eq(st_subscription_snapshot_form(subscription), ST_SNAPSHOT_SENTIMENTS);
    parse("{\"events\":[\"alert.raised\"]}", why);
    ck_assert_uint_eq(st_subscription_snapshot_form(subscription), 0);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, what_is_right_is_taken, 0, sizeof(good) / sizeof(good[0]));
    tcase_add_loop_test(tcase, what_is_wrong_is_named, 0, sizeof(bad) / sizeof(bad[0]));
    tcase_add_test(tcase, a_cut_message_is_refused_at_every_length);
    tcase_add_test(tcase, a_deep_message_is_refused);
    tcase_add_test(tcase, lists_are_bounded);
    tcase_add_test(tcase, resume_points_are_found_whatever_their_order);
    tcase_add_test(tcase, a_call_must_fit_every_list);
    tcase_add_test(tcase, a_token_narrows_whatever_is_asked_for);
    tcase_add_test(tcase, types_partials_and_severities_are_chosen);
    tcase_add_test(tcase, snapshots_suit_the_types);
    return run_case("subscription", tcase);
}
