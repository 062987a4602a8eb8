#include "http_rig.h"

#include "run.h"

#include <jansson.h>
#include <string.h>

static struct http_rig rig;
static struct rig_leg leg;

static void setup(void)
{
    http_open(&rig, false, "");
    rig_leg_open(&leg, &rig.calls, 1, "pcm");
    rig_leg_start(&leg, "c/1", "\"agent\":{\"id\":\"a1\"}");
    step_loop_settle();
}

static void teardown(void)
{
    rig_leg_close(&leg);
    http_close(&rig);
}

static struct st_http_exchange *put_by(const struct st_claims *claims, const char *method,
                                       const char *target, const char *type, const char *body)
{
    struct st_http_exchange *exchange = http_new();
    exchange->method = method;
    exchange->path = target;
    exchange->said = body;
    exchange->headers[0].name = "authorization";
    exchange->headers[0].value = http_bearer(claims, 60);
    exchange->headers[1].name = "content-type";
    exchange->headers[1].value = type;
    http_ask(&rig, exchange);
    return exchange;
}

static const struct st_claims ingest = {.scopes = ST_SCOPE_CALLS_INGEST};

static int put(const char *body)
{
    return put_by(&ingest, "PUT", "/v1/calls/c%2F1/roles", "application/json", body)->status;
}

START_TEST(roles_are_corrected)
{
    struct st_http_exchange *exchange =
        put_by(&ingest, "PUT", "/v1/calls/c%2F1/roles", "application/json; charset=utf-8",
               "{\"roles\":[\"customer\",\"agent\"]}");
    ck_assert_int_eq(exchange->status, 200);
    json_t *call = json_loadb(exchange->body, exchange->body_bytes, 0, NULL);
    const json_t *first = json_array_get(json_object_get(call, "channels"), 0);
    ck_assert_str_eq(json_string_value(json_object_get(first, "role")), "customer");
    json_decref(call);
    ck_assert_int_eq(put("{\"roles\":[\"agent\",\"agent\"]}"), 200);
}
END_TEST

START_TEST(bodies_that_make_no_sense_are_refused)
{
    static const char *const bodies[] = {
        "",
        "[]",
        "{}",
        "{\"roles\":[]}",
        "{\"roles\":[\"agent\"]}",
        "{\"roles\":[\"agent\",\"customer\",\"agent\"]}",
        "{\"roles\":[\"agent\",\"boss\"]}",
        "{\"roles\":[\"agent\",5]}",
        "{\"roles\":\"agent\"}",
        "{\"roles\":[\"agent\",\"customer\"],\"more\":1}",
    };
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
        ck_assert_msg(put(bodies[i]) == 400, "%s", bodies[i]);
}
END_TEST

START_TEST(who_may_not_does_not)
{
    static const char body[] = "{\"roles\":[\"customer\",\"agent\"]}";
    static const char json[] = "application/json", target[] = "/v1/calls/c%2F1/roles";
    struct st_claims read = {.scopes = ST_SCOPE_CALLS_READ};
    struct st_claims other = {.scopes = ST_SCOPE_CALLS_INGEST, .agent = "a2"};
    ck_assert_int_eq(put_by(&read, "PUT", target, json, body)->status, 403);
    ck_assert_int_eq(put_by(&other, "PUT", target, json, body)->status, 404);
    ck_assert_int_eq(put_by(&ingest, "PUT", "/v1/calls/c2/roles", json, body)->status, 404);
    ck_assert_int_eq(put_by(&ingest, "POST", target, json, body)->status, 405);
    ck_assert_int_eq(put_by(&ingest, "PUT", target, "text/plain", body)->status, 415);
    rig_leg_say(&leg, "{\"type\":\"stop\"}");
    step_loop_advance(1000);
    ck_assert_int_eq(put(body), 409);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, roles_are_corrected);
    tcase_add_test(tcase, bodies_that_make_no_sense_are_refused);
    tcase_add_test(tcase, who_may_not_does_not);
    return run_case("call_roles", tcase);
}
