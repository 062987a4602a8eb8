#include "http_internal.h"

#include "sidetone/event.h"
#include "sidetone/hub.h"

#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct st_subscription *subscription;
static char why[QUERY_WHY_BYTES];

static void setup(void)
{
    subscription = st_subscription_create();
}

static void teardown(void)
{
    st_subscription_free(subscription);
}

static int parse(const char *query)
{
    why[0] = '\0';
    return sse_query_parse(subscription, query, why);
}

START_TEST(everything_a_subscription_has)
{
    ck_assert_int_eq(parse("call=a%2Fb&call=c+d&&agent=%c3%A9&queue=q&event=call.ended&"
                           "event=alert.raised&min_severity=high&partials=false&resume=a:b:7&"
                           "resume=x%3a0&"),
                     0);
    ck_assert_uint_eq(subscription->calls.count, 2);
    ck_assert_str_eq(subscription->calls.names[0], "a/b");
    ck_assert_str_eq(subscription->calls.names[1], "c d");
    ck_assert_str_eq(subscription->agents.names[0], "\xc3\xa9");
    ck_assert_str_eq(subscription->queues.names[0], "q");
    ck_assert_uint_eq(subscription->types,
                      st_event_bit(ST_EVENT_CALL_ENDED) | st_event_bit(ST_EVENT_ALERT_RAISED));
    ck_assert_int_eq(subscription->min_severity, ST_SEVERITY_HIGH);
    ck_assert(!subscription->wants_partials);
    ck_assert_uint_eq(st_subscription_find_resume(subscription, "a:b")->seq, 7);
    ck_assert_uint_eq(st_subscription_find_resume(subscription, "x")->seq, 0);
    ck_assert_int_eq(parse("partials=true"), 0);
    ck_assert(subscription->wants_partials);
}
END_TEST

START_TEST(nothing_is_everything)
{
    ck_assert_int_eq(parse(""), 0);
    ck_assert_int_eq(parse("&&&"), 0);
    ck_assert_uint_eq(subscription->types, st_event_bit(ST_EVENT_TYPES) - 1);
    ck_assert(subscription->wants_partials);
}
END_TEST

static const char *const bad[] = {
    "call",
    "call=",
    "call=%",
    "call=%4",
    "call=%4g",
    "call=%+1",
    "call=%-1",
    "call=% 1",
    "call=%0x",
    "call=%00",
    "call=a%0Ab",
    "=a",
    "calls=a",
    "Call=a",
    "call%20=a",
    "event=call",
    "event=",
    "min_severity=none",
    "min_severity=HIGH",
    "partials=no",
    "partials=",
    "resume=a",
    "resume=a:",
    "resume=:1",
    "resume=a:-1",
    "resume=a:+1",
    "resume=a: 1",
    "resume=a:1x",
    "resume=a:0x10",
    "resume=a:9999999999999999999",
    "call=a&agent=b&%",
};

START_TEST(what_is_wrong_is_refused)
{
    ck_assert_msg(parse(bad[_i]) == -EBADMSG, "%s", bad[_i]);
    ck_assert_msg(strncmp(why, "query parameter '", 17) == 0, "%s", why);
}
END_TEST

START_TEST(lists_and_values_are_bounded)
{
    char *query = malloc(1 << 20), *at = query;
    for (int i = 0; i < ST_FILTER_NAMES_MAX; i++)
        at += sprintf(at, "call=c%d&", i);
    ck_assert_int_eq(parse(query), 0);
    sprintf(at, "call=one-more");
    st_subscription_free(subscription);
    subscription = st_subscription_create();
    ck_assert_int_eq(parse(query), -EBADMSG);
    ck_assert_str_eq(why, "query parameter 'call' is unknown, has a wrong value, or comes too "
                          "often");
    at = query + sprintf(query, "queue=");
    memset(at, 'q', 128);
    at[128] = '\0';
    ck_assert_int_eq(parse(query), 0);
    memset(at, 'q', 129);
    at[129] = '\0';
    ck_assert_int_eq(parse(query), -EBADMSG);
    memset(at, 'q', 100000);
    at[100000] = '\0';
    ck_assert_int_eq(parse(query), -EBADMSG);
    memset(query, 'x', 1000);
    query[1000] = '\0';
    ck_assert_int_eq(parse(query), -EBADMSG);
    ck_assert_uint_lt(strlen(why), QUERY_WHY_BYTES);
    free(query);
}
END_TEST

START_TEST(a_last_event_id_is_a_place_or_nothing)
{
    sse_query_apply_last_id(subscription, "");
    sse_query_apply_last_id(subscription, "/");
    sse_query_apply_last_id(subscription, "/5");
    sse_query_apply_last_id(subscription, "c1");
    sse_query_apply_last_id(subscription, "c1/");
    sse_query_apply_last_id(subscription, "c1/5x");
    sse_query_apply_last_id(subscription, "c1/99999999999999999999");
    ck_assert_uint_eq(subscription->resume_count, 0);
    sse_query_apply_last_id(subscription, "c/1/5");
    ck_assert_uint_eq(st_subscription_find_resume(subscription, "c/1")->seq, 5);
    sse_query_apply_last_id(subscription, "c/1/6");
    ck_assert_uint_eq(st_subscription_find_resume(subscription, "c/1")->seq, 6);
    ck_assert_uint_eq(subscription->resume_count, 1);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, everything_a_subscription_has);
    tcase_add_test(tcase, nothing_is_everything);
    tcase_add_loop_test(tcase, what_is_wrong_is_refused, 0, sizeof(bad) / sizeof(bad[0]));
    tcase_add_test(tcase, lists_and_values_are_bounded);
    tcase_add_test(tcase, a_last_event_id_is_a_place_or_nothing);
    return run_case("sse_query", tcase);
}
