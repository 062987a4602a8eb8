#include "feed.h"
#include "run.h"

#include "sidetone/json_writer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct st_feed feed;
static struct st_json_writer json;

static enum st_feed_kind take(const char *text)
{
    json_t *message = json_loads(text, JSON_DECODE_ANY, NULL);
    ck_assert_ptr_nonnull(message);
    enum st_feed_kind kind = st_feed_take(&feed, message);
    json_decref(message);
    return kind;
}

static void expect_subscribe(const char *expected)
{
    st_feed_subscribe(&feed, &json);
    ck_assert_uint_eq(json.len, strlen(expected));
    ck_assert_mem_eq(json.data, expected, json.len);
}

static void begin(void)
{
    st_feed_init(&feed);
    st_json_init(&json);
}

static void end(void)
{
    st_feed_fini(&feed);
    st_json_fini(&json);
}

START_TEST(a_subscription_names_what_is_wanted)
{
    begin();
    expect_subscribe("{\"type\":\"subscribe\",\"partials\":true}");
    st_feed_filter_add(&feed.calls, "a\"b");
    st_feed_filter_add(&feed.queues, "billing");
    st_feed_filter_add(&feed.queues, "billing");
    st_feed_filter_add(&feed.queues, "sales");
    st_feed_filter_add(&feed.events, "alert.raised");
    feed.min_severity = "high";
    feed.wants_partials = false;
    expect_subscribe("{\"type\":\"subscribe\",\"calls\":[\"a\\\"b\"],\"queues\":[\"billing\","
                     "\"sales\"],\"events\":[\"alert.raised\"],\"min_severity\":\"high\","
                     "\"partials\":false}");
    end();
}
END_TEST

START_TEST(filters_have_a_bound)
{
    static char names[ST_FEED_FILTERS_MAX + 1][8];
    begin();
    ck_assert_int_eq(st_feed_filter_add(&feed.calls, ""), -EINVAL);
    for (int i = 0; i <= ST_FEED_FILTERS_MAX; i++) {
        snprintf(names[i], sizeof(names[i]), "%d", i);
        ck_assert_int_eq(st_feed_filter_add(&feed.calls, names[i]),
                         i < ST_FEED_FILTERS_MAX ? 0 : -ENOBUFS);
    }
    end();
}
END_TEST

START_TEST(it_resumes_where_it_was)
{
    begin();
    ck_assert_int_eq(take("{\"type\":\"welcome\"}"), ST_FEED_NONE);
    ck_assert_int_eq(take("{\"type\":\"snapshot\",\"call\":{\"call_id\":\"a\",\"seq\":41}}"),
                     ST_FEED_SNAPSHOT);
    ck_assert_int_eq(take("{\"type\":\"snapshot.end\",\"calls\":1}"), ST_FEED_SNAPSHOT_END);
    ck_assert_int_eq(take("{\"type\":\"transcript.final\",\"call_id\":\"a\",\"seq\":42}"),
                     ST_FEED_EVENT);
    ck_assert_int_eq(take("{\"type\":\"call.started\",\"call_id\":\"b\",\"seq\":1}"),
                     ST_FEED_EVENT);
    ck_assert_int_eq(take("{\"type\":\"transcript.partial\",\"call_id\":\"b\"}"), ST_FEED_EVENT);
    expect_subscribe("{\"type\":\"subscribe\",\"partials\":true,\"resume\":{\"b\":1,\"a\":42}}");
    end();
}
END_TEST

START_TEST(what_was_seen_is_not_seen_again)
{
    begin();
    ck_assert_int_eq(take("{\"type\":\"alert.raised\",\"call_id\":\"a\",\"seq\":5}"),
                     ST_FEED_EVENT);
    ck_assert_int_eq(take("{\"type\":\"alert.raised\",\"call_id\":\"a\",\"seq\":5}"), ST_FEED_NONE);
    ck_assert_int_eq(take("{\"type\":\"alert.raised\",\"call_id\":\"a\",\"seq\":4}"), ST_FEED_NONE);
    ck_assert_int_eq(take("{\"type\":\"alert.raised\",\"call_id\":\"a\",\"seq\":9}"),
                     ST_FEED_EVENT);
    end();
}
END_TEST

START_TEST(odd_messages_are_nothing)
{
    static const char *const rows[] = {
        "[]",
        "1",
        "{}",
        "{\"type\":1}",
        "{\"type\":\"snapshot\"}",
        "{\"type\":\"snapshot\",\"call\":{\"call_id\":\"a\",\"seq\":-1}}",
        "{\"type\":\"alert.raised\",\"seq\":1}",
        "{\"type\":\"alert.raised\",\"call_id\":7}",
        "{\"type\":\"alert.raised\",\"call_id\":\"a\",\"seq\":\"1\"}",
    };
    begin();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ck_assert_int_eq(take(rows[i]), ST_FEED_NONE);
    ck_assert_int_eq(take("{\"type\":\"resume.gap\",\"call_id\":\"a\",\"seq\":3}"), ST_FEED_GAP);
    ck_assert_int_eq(take("{\"type\":\"goodbye\"}"), ST_FEED_GOODBYE);
    ck_assert_int_eq(take("{\"type\":\"error\"}"), ST_FEED_ERROR);
    end();
}
END_TEST

START_TEST(memory_and_messages_have_a_bound)
{
    char text[300], id[129];
    begin();
    for (int i = 0; i < ST_FEED_CALLS_MAX + 100; i++) {
        snprintf(id, sizeof(id), "%0128d", i);
        snprintf(text, sizeof(text), "{\"type\":\"x\",\"call_id\":\"%s\",\"seq\":1}", id);
        ck_assert_int_eq(take(text), ST_FEED_EVENT);
    }
    ck_assert_uint_eq(feed.seen_count, ST_FEED_CALLS_MAX);
    st_feed_subscribe(&feed, &json);
    ck_assert_uint_lt(json.len, 65536);
    end();
}
END_TEST

START_TEST(waiting_grows_to_a_limit)
{
    begin();
    ck_assert_int_eq(st_feed_backoff_us(&feed), 250000);
    ck_assert_int_eq(st_feed_backoff_us(&feed), 500000);
    for (int i = 0; i < 100; i++)
        ck_assert_int_le(st_feed_backoff_us(&feed), 5000000);
    ck_assert_int_eq(st_feed_backoff_us(&feed), 5000000);
    st_feed_connected(&feed);
    ck_assert_int_eq(st_feed_backoff_us(&feed), 250000);
    end();
}
END_TEST

int main(void)
{
    const TTest *tests[] = {a_subscription_names_what_is_wanted,
                            filters_have_a_bound,
                            it_resumes_where_it_was,
                            what_was_seen_is_not_seen_again,
                            odd_messages_are_nothing,
                            memory_and_messages_have_a_bound,
                            waiting_grows_to_a_limit};
    return run_tests("feed", tests, sizeof(tests) / sizeof(tests[0]));
}
