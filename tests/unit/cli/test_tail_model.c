#include "events.h"
#include "run.h"
#include "tail_model.h"

#include <stdio.h>
#include <string.h>

static struct st_tail_model model;

static void put(const char *json)
{
    json_t *event = parse(json);
    st_tail_model_event(&model, event);
    json_decref(event);
}

static void put_state(const char *json)
{
    json_t *state = parse(json);
    st_tail_model_snapshot(&model, state);
    json_decref(state);
}

START_TEST(a_call_is_followed_from_start_to_end)
{
    put(started);
    put(partial);
    struct st_tail_call *call = st_tail_model_find(&model, "c1");
    ck_assert_str_eq(call->channels[0].role, "agent");
    ck_assert_str_eq(call->channels[1].partial, "I want");
    ck_assert_int_eq(call->media_ms, 2000);
    put(final);
    ck_assert_ptr_null(call->channels[1].partial);
    put(alert);
    ck_assert_uint_eq(call->alerts, 1);
    put(sentiment);
    ck_assert(call->channels[1].has_sentiment);
    ck_assert_int_eq(call->channels[1].trend, '-');
    put(ended);
    ck_assert_ptr_null(st_tail_model_find(&model, "c1"));
    ck_assert_uint_eq(model.count, 0);
    st_tail_model_fini(&model);
}
END_TEST

START_TEST(a_late_final_leaves_the_next_partial_alone)
{
    put("{\"type\":\"transcript.partial\",\"call_id\":\"c\",\"segment\":{\"channel\":0,\"id\":2,"
        "\"text\":\"next\"}}");
    put("{\"type\":\"transcript.final\",\"call_id\":\"c\",\"segment\":{\"channel\":0,\"id\":1,"
        "\"text\":\"x\"}}");
    ck_assert_str_eq(st_tail_model_find(&model, "c")->channels[0].partial, "next");
    st_tail_model_drop_partials(&model);
    ck_assert_ptr_null(st_tail_model_find(&model, "c")->channels[0].partial);
    st_tail_model_fini(&model);
}
END_TEST

START_TEST(a_snapshot_fills_everything_in)
{
    put_state("{\"call_id\":\"c\",\"state\":\"paused\",\"media_ms\":5000,\"lag_ms\":700,"
              "\"degraded\":true,\"alerts\":[{},{}],\"channels\":[{\"channel\":0,\"role\":"
              "\"customer\"}],\"sentiment\":{\"0\":{\"rolling\":0.5,\"trend\":\"up\"}},"
              "\"partials\":[{\"id\":3,\"channel\":0,\"text\":\"so\"}]}");
    const struct st_tail_call *call = st_tail_model_find(&model, "c");
    ck_assert(call->is_paused && call->is_degraded);
    ck_assert_uint_eq(call->alerts, 2);
    ck_assert_int_eq(call->lag_ms, 700);
    ck_assert_str_eq(call->channels[0].role, "customer");
    ck_assert_str_eq(call->channels[0].partial, "so");
    ck_assert_int_eq(call->channels[0].trend, '+');
    put_state("{\"call_id\":\"c\",\"state\":\"ended\"}");
    ck_assert_uint_eq(model.count, 0);
    put_state("{\"call_id\":\"d\",\"state\":\"ended\"}");
    ck_assert_uint_eq(model.count, 0);
    st_tail_model_fini(&model);
}
END_TEST

START_TEST(calls_have_a_bound)
{
    char json[100];
    for (int i = 0; i < ST_TAIL_CALLS_MAX + 10; i++) {
        snprintf(json, sizeof(json), "{\"type\":\"call.started\",\"call_id\":\"%d\"}", i);
        put(json);
    }
    ck_assert_uint_eq(model.count, ST_TAIL_CALLS_MAX);
    put("{\"type\":\"call.ended\",\"call_id\":\"0\"}");
    ck_assert_str_eq(model.calls[0].call_id, "1");
    st_tail_model_fini(&model);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {a_call_is_followed_from_start_to_end,
                            a_late_final_leaves_the_next_partial_alone,
                            a_snapshot_fills_everything_in, calls_have_a_bound};
    return run_tests("tail_model", tests, sizeof(tests) / sizeof(tests[0]));
}
