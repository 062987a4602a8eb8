#include "http_rig.h"

#include "sidetone/loop.h"

#include "run.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct http_rig rig;
static struct rig_leg legs[3];
static struct fake_link told;
static json_t *answer;
static char bearer[1024];

static void setup(void)
{
    http_open(&rig, false,
              "calls: {keep_ended_s: 60}\n"
              "teams: [{name: red, agents: [a1]}]\n"
              "categories:\n"
              "  - {name: refund, severity: high, phrases: [money back]}\n"
              "  - {name: hello, severity: low, phrases: [good morning]}\n");
    fake_link_open(&told, rig.calls.hub, 0);
    fake_link_subscribe(&told, "{}");
    step_loop_settle();
    fake_link_take(&told);
    memset(legs, 0, sizeof(legs));
    bearer[0] = '\0';
}

static void teardown(void)
{
    for (size_t i = 0; i < 3; i++)
        if (legs[i].leg)
            rig_leg_close(&legs[i]);
    fake_link_close(&told);
    json_decref(answer);
    answer = NULL;
    http_close(&rig);
}

static void allow(unsigned scopes, const char *agent)
{
    struct st_claims claims = {.subject = "maria", .scopes = scopes};
    snprintf(claims.agent, sizeof(claims.agent), "%s", agent);
    snprintf(bearer, sizeof(bearer), "%s", http_bearer(&claims, 60));
}

enum { READ = ST_SCOPE_CALLS_READ, WRITE = ST_SCOPE_ALERTS_WRITE };

static int ask(const char *method, const char *path, const char *query, const char *said)
{
    struct st_http_exchange *exchange = http_new();
    exchange->method = method;
    exchange->path = path;
    exchange->query = query;
    exchange->said = said;
    if (bearer[0]) {
        exchange->headers[0].name = "authorization";
        exchange->headers[0].value = bearer;
    }
    if (said) {
        exchange->headers[1].name = "content-type";
        exchange->headers[1].value = "application/json; charset=utf-8";
    }
    http_ask(&rig, exchange);
    json_decref(answer);
    answer = json_loadb(exchange->body, exchange->body_bytes, 0, NULL);
    ck_assert_ptr_nonnull(answer);
    return exchange->status;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    ck_assert_msg(text != NULL, "%s", key);
    return text;
}

static const char *why(void)
{
    return text_of(json_object_get(answer, "error"), "message");
}

static size_t rows(void)
{
    return json_array_size(json_object_get(answer, "alerts"));
}

/* The call ids of a list, in its order. */
static const char *row_calls(void)
{
    static char text[256];
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < rows(); i++)
        used += (size_t)snprintf(
            text + used, sizeof(text) - used, "%s%s", i ? " " : "",
            text_of(json_array_get(json_object_get(answer, "alerts"), i), "call_id"));
    return text;
}

static void say(unsigned i, uint64_t id, const char *text)
{
    unsigned stream = 2 * i;
    fake_engine_say(stream, id, true, (int64_t)id * 1000, (int64_t)id * 1000 + 900, text);
    step_loop_settle();
}

static void call(unsigned i, const char *id, const char *members)
{
    rig_leg_open(&legs[i], &rig.calls, i % 2, "pcm");
    rig_leg_start(&legs[i], id, members);
    rig_leg_talk(&legs[i], 2000);
    step_loop_settle();
    say(i, 1, "i want my money back");
    step_loop_advance(1000);
}

static void three_calls(void)
{
    call(0, "c1", "\"queue\":\"billing\",\"agent\":{\"id\":\"a1\"}");
    call(1, "c2", "\"queue\":\"sales\",\"attributes\":{\"team\":\"blue\"}");
    call(2, "c/3 \\u00e9", "\"queue\":\"sales\",\"agent\":{\"id\":\"a3\"}");
    say(2, 2, "good morning");
    fake_link_take(&told);
}

/* ---- lists ---- */

START_TEST(open_alerts_of_all_calls_are_listed)
{
    three_calls();
    allow(READ, "");
    ck_assert_int_eq(ask("GET", "/v1/alerts", "", NULL), 200);
    ck_assert_uint_eq(rows(), 4);
    ck_assert(json_is_null(json_object_get(answer, "next")));
    const json_t *row = json_array_get(json_object_get(answer, "alerts"), 3);
    ck_assert_str_eq(text_of(row, "state"), "raised");
    ck_assert_str_eq(text_of(row, "words"), "money back");
    ck_assert_uint_eq(json_array_size(json_object_get(row, "history")), 1);
}
END_TEST

static const struct {
    const char *query;
    size_t rows;
} filters[] = {
    {"call=c1", 1},           {"call=c1&call=c2", 2},      {"queue=sales", 3},
    {"team=red", 1},          {"team=blue&team=red", 2},   {"agent=a3", 2},
    {"min_severity=high", 3}, {"state=cleared", 0},        {"state=raised&state=cleared", 4},
    {"queue=none", 0},        {"team=red&queue=sales", 0},
};

START_TEST(lists_are_narrowed_by_the_query)
{
    three_calls();
    allow(READ, "");
    ck_assert_int_eq(ask("GET", "/v1/alerts", filters[_i].query, NULL), 200);
    ck_assert_msg(rows() == filters[_i].rows, "%s: %zu", filters[_i].query, rows());
}
END_TEST

START_TEST(a_list_is_given_in_pages)
{
    char query[256], seen[512] = "";
    three_calls();
    allow(READ, "");
    ask("GET", "/v1/alerts", "limit=1", NULL);
    for (int pages = 1;; pages++) {
        ck_assert_uint_eq(rows(), 1);
        snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "%s ", row_calls());
        const json_t *next = json_object_get(answer, "next");
        if (json_is_null(next)) {
            ck_assert_int_eq(pages, 4);
            break;
        }
        snprintf(query, sizeof(query), "limit=1&after=%s", json_string_value(next));
        ck_assert_int_eq(ask("GET", "/v1/alerts", query, NULL), 200);
    }
    ask("GET", "/v1/alerts", "limit=4", NULL);
    ck_assert(strncmp(seen, row_calls(), strlen(row_calls())) == 0);
    ck_assert(json_is_null(json_object_get(answer, "next")));
}
END_TEST

START_TEST(a_query_that_makes_no_sense_is_refused)
{
    static const char *const queries[] = {
        "state=open",
        "limit=0",
        "limit=1001",
        "limit=x",
        "min_severity=none",
        "after=1",
        "after=1/2/",
        "after=1/1/a&after=1/1/b",
        "call=",
        "color=red",
        "queue",
        "limit=-1",
    };
    allow(READ, "");
    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++)
        ck_assert_msg(ask("GET", "/v1/alerts", queries[i], NULL) == 400, "%s", queries[i]);
}
END_TEST

START_TEST(a_token_sees_its_own_calls_only)
{
    three_calls();
    allow(READ | WRITE, "a1");
    ask("GET", "/v1/alerts", "", NULL);
    ck_assert_str_eq(row_calls(), "c1");
    ck_assert_int_eq(ask("GET", "/v1/calls/c1/alerts", "", NULL), 200);
    ck_assert_int_eq(ask("GET", "/v1/calls/c2/alerts", "", NULL), 404);
    ck_assert_int_eq(ask("POST", "/v1/calls/c2/alerts/1/clear", "", "{}"), 404);
    ck_assert_int_eq(ask("POST", "/v1/calls/c1/alerts/1/clear", "", "{}"), 200);
}
END_TEST

START_TEST(alerts_of_one_call)
{
    three_calls();
    allow(READ | WRITE, "");
    struct st_http_exchange *exchange = http_new();
    exchange->path = "/v1/calls/c/3 \xc3\xa9/alerts";
    exchange->target = "/v1/calls/c%2F3%20%C3%A9/alerts?x=1";
    exchange->headers[0].name = "authorization";
    exchange->headers[0].value = bearer;
    http_ask(&rig, exchange);
    ck_assert_int_eq(exchange->status, 200);
    json_decref(answer);
    answer = json_loadb(exchange->body, exchange->body_bytes, 0, NULL);
    ck_assert_uint_eq(rows(), 2);
    ck_assert_int_eq(ask("GET", "/v1/calls/none/alerts", "", NULL), 404);
}
END_TEST

/* ---- scopes ---- */

START_TEST(each_request_needs_its_scope)
{
    three_calls();
    ck_assert_int_eq(ask("GET", "/v1/alerts", "", NULL), 401);
    ck_assert_int_eq(ask("GET", "/v1/calls/c1/alerts", "", NULL), 401);
    ck_assert_int_eq(ask("POST", "/v1/calls/c1/alerts/1/clear", "", "{}"), 401);
    allow(WRITE, "");
    ck_assert_int_eq(ask("GET", "/v1/alerts", "", NULL), 403);
    ck_assert_str_eq(why(), "a token with calls:read is needed");
    allow(READ, "");
    ck_assert_int_eq(ask("POST", "/v1/calls/c1/alerts/1/clear", "", "{}"), 403);
    ck_assert_str_eq(why(), "a token with alerts:write is needed");
    ck_assert_str_eq(fake_link_take(&told), "");
    allow(ST_SCOPE_ADMIN, "");
    ck_assert_int_eq(ask("POST", "/v1/calls/c1/alerts/1/clear", "", "{}"), 200);
}
END_TEST

/* ---- commands ---- */

START_TEST(what_is_done_to_an_alert_is_an_event_and_the_answer)
{
    three_calls();
    allow(READ | WRITE, "");
    ck_assert_int_eq(
        ask("POST", "/v1/calls/c2/alerts/1/acknowledge", "", "{\"note\":\"listening\"}"), 200);
    ck_assert_str_eq(text_of(answer, "state"), "acknowledged");
    ck_assert_str_eq(text_of(answer, "team"), "blue");
    const json_t *step = json_array_get(json_object_get(answer, "history"), 1);
    ck_assert_str_eq(text_of(step, "by"), "maria");
    ck_assert_str_eq(text_of(step, "note"), "listening");
    const json_t *event = fake_link_last(&told, "alert.acknowledged");
    ck_assert_ptr_nonnull(event);
    ck_assert_str_eq(text_of(event, "by"), "maria");
    ck_assert_str_eq(text_of(event, "queue"), "sales");
    ck_assert_int_eq(ask("POST", "/v1/calls/c2/alerts/1/assign", "", "{\"person\":\"joe\"}"), 200);
    ck_assert_str_eq(text_of(answer, "assigned"), "joe");
    ck_assert_int_eq(ask("POST", "/v1/calls/c2/alerts/1/snooze", "", "{\"for_s\":60}"), 200);
    ck_assert_str_eq(text_of(answer, "state"), "snoozed");
    step_loop_advance(61000000);
    ck_assert_ptr_nonnull(fake_link_last(&told, "alert.reopened"));
    ck_assert_int_eq(ask("POST", "/v1/calls/c2/alerts/1/clear", "", "{}"), 200);
    fake_link_take(&told);
    ck_assert_int_eq(ask("POST", "/v1/calls/c2/alerts/1/clear", "", "{}"), 200);
    ck_assert_str_eq(fake_link_take(&told), "");
    ck_assert_int_eq(ask("POST", "/v1/calls/c2/alerts/1/acknowledge", "", "{}"), 409);
    ck_assert_str_eq(why(), "the alert has been cleared");
    ck_assert_int_eq(ask("POST", "/v1/calls/c2/alerts/9/clear", "", "{}"), 404);
    ck_assert_int_eq(ask("POST", "/v1/calls/c2/alerts/0/clear", "", "{}"), 404);
}
END_TEST

START_TEST(commands_of_two_people_meet_in_one_place)
{
    three_calls();
    allow(READ | WRITE, "");
    static struct st_http_exchange exchanges[8];
    for (unsigned i = 0; i < 8; i++) {
        exchanges[i] = (struct st_http_exchange){
            .method = "POST",
            .path = "/v1/calls/c1/alerts/1/acknowledge",
            .said = "{}",
            .headers = {{"authorization", bearer}, {"content-type", "application/json"}}};
        fake_net_request(&rig.nets[i % 2], MAIN, &exchanges[i]);
    }
    step_loop_settle();
    for (unsigned i = 0; i < 8; i++) {
        ck_assert_uint_eq(exchanges[i].answers, 1);
        ck_assert_int_eq(exchanges[i].status, 200);
    }
    ck_assert_uint_eq(fake_link_count_type(&told, "alert.acknowledged"), 1);
}
END_TEST

START_TEST(an_ended_calls_alert_can_be_cleared_until_it_is_forgotten)
{
    three_calls();
    allow(READ | WRITE, "");
    ck_assert_int_eq(ask("POST", "/v1/calls/c1/alerts/1/acknowledge", "", "{}"), 200);
    rig_leg_say(&legs[0], "{\"type\":\"stop\"}");
    step_loop_advance(5000000);
    ck_assert_ptr_nonnull(fake_link_last(&told, "call.ended"));
    ck_assert_int_eq(ask("GET", "/v1/alerts", "call=c1", NULL), 200);
    ck_assert_uint_eq(rows(), 1);
    ck_assert_int_eq(ask("POST", "/v1/calls/c1/alerts/1/snooze", "", "{\"for_s\":60}"), 400);
    ck_assert_int_eq(ask("POST", "/v1/calls/c1/alerts/1/clear", "", "{}"), 200);
    ck_assert_ptr_nonnull(fake_link_last(&told, "alert.cleared"));
    step_loop_advance(70000000);
    ck_assert_int_eq(ask("POST", "/v1/calls/c1/alerts/1/clear", "", "{}"), 404);
    ck_assert_str_eq(why(), "no such call, not for this token, or it ended too long ago");
}
END_TEST

static const struct {
    const char *verb, *body;
    const char *why; /* NULL: good */
} bodies[] = {
    {"acknowledge", "", NULL},
    {"acknowledge", "{}", NULL},
    {"acknowledge", "{\"note\":\"\"}", NULL},
    {"acknowledge", "[]", "the body must be a JSON object"},
    {"acknowledge", "{", "the body must be a JSON object"},
    {"acknowledge", "{\"note\":7}", "'note' must be a text of at most 200 characters"},
    {"acknowledge", "{\"note\":\"a\",\"note\":\"b\"}", "the body must be a JSON object"},
    {"acknowledge", "{\"person\":\"joe\"}", "unknown member 'person'"},
    {"clear", "{\"for_s\":1}", "unknown member 'for_s'"},
    {"snooze", "{}", "'for_s' or 'until_unix_ms' is missing"},
    {"snooze", "{\"for_s\":0}", "'for_s' must be a whole number from 1 to 86400"},
    {"snooze", "{\"for_s\":86401}", "'for_s' must be a whole number from 1 to 86400"},
    {"snooze", "{\"for_s\":\"1\"}", "'for_s' must be a whole number from 1 to 86400"},
    {"snooze", "{\"for_s\":1,\"until_unix_ms\":2}", "give one of 'for_s' and 'until_unix_ms'"},
    {"snooze", "{\"until_unix_ms\":-1}",
     "'until_unix_ms' must be a time in milliseconds since 1970"},
    {"snooze", "{\"until_unix_ms\":1}",
     "a snooze lies ahead, ends within a day, and its call has not ended"},
    {"snooze", "{\"until_unix_ms\":9007199254740991}",
     "a snooze lies ahead, ends within a day, and its call has not ended"},
    {"assign", "{}", "'person' is missing"},
    {"assign", "{\"person\":null}", "'person' must be a text of at most 128 bytes"},
    {"assign", "{\"person\":\"joe\\u0000x\"}", "the body must be a JSON object"},
};

START_TEST(a_body_that_makes_no_sense_is_refused)
{
    char path[128];
    call(0, "c1", "");
    allow(READ | WRITE, "");
    snprintf(path, sizeof(path), "/v1/calls/c1/alerts/1/%s", bodies[_i].verb);
    int status = ask("POST", path, "", bodies[_i].body);
    ck_assert_msg(status == (bodies[_i].why ? 400 : 200), "%s: %d", bodies[_i].body, status);
    if (bodies[_i].why)
        ck_assert_str_eq(why(), bodies[_i].why);
}
END_TEST

START_TEST(a_note_has_two_hundred_characters_of_any_length)
{
    char body[1024];
    call(0, "c1", "");
    allow(READ | WRITE, "");
    for (int characters = 200; characters <= 201; characters++) {
        strcpy(body, "{\"note\":\"");
        for (int i = 0; i < characters; i++)
            strcat(body, "\xf0\x9f\x98\x80");
        strcat(body, "\"}");
        ck_assert_int_eq(ask("POST", "/v1/calls/c1/alerts/1/clear", "", body),
                         characters == 200 ? 200 : 400);
    }
}
END_TEST

static const struct {
    const char *type;
    int status;
} types[] = {
    {"application/json", 200},
    {"Application/JSON", 200},
    {"application/json ;a=b", 200},
    {"text/plain", 415},
    {"application/jsonx", 415},
    {"", 415},
    {NULL, 415},
};

START_TEST(a_body_must_say_that_it_is_json)
{
    call(0, "c1", "");
    allow(READ | WRITE, "");
    struct st_http_exchange *exchange = http_new();
    exchange->method = "POST";
    exchange->path = "/v1/calls/c1/alerts/1/clear";
    exchange->said = "{}";
    exchange->headers[0].name = "authorization";
    exchange->headers[0].value = bearer;
    exchange->headers[1].name = types[_i].type ? "content-type" : NULL;
    exchange->headers[1].value = types[_i].type;
    http_ask(&rig, exchange);
    ck_assert_int_eq(exchange->status, types[_i].status);
}
END_TEST

START_TEST(a_method_that_is_not_taken_is_told_which_are)
{
    struct st_http_exchange *exchange = http_new();
    exchange->method = "DELETE";
    exchange->path = "/v1/calls/c1/alerts/1/clear";
    http_ask(&rig, exchange);
    ck_assert_int_eq(exchange->status, 405);
    ck_assert_ptr_nonnull(strstr(exchange->lines, "Allow: POST\r\n"));
}
END_TEST

START_TEST(a_welcome_says_what_the_token_allows)
{
    struct st_ws *ws;
    struct st_http_exchange *exchange = http_new();
    allow(READ | WRITE, "");
    exchange->path = "/v1/events";
    exchange->headers[0].name = "authorization";
    exchange->headers[0].value = bearer;
    ck_assert_int_eq(fake_net_upgrade(&rig.nets[0], MAIN, exchange, &ws), 0);
    ck_assert_ptr_nonnull(strstr(fake_ws_take(ws), "\"scopes\":[\"calls:read\",\"alerts:write\"]"));
    fake_ws_gone(ws);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, open_alerts_of_all_calls_are_listed);
    tcase_add_loop_test(tcase, lists_are_narrowed_by_the_query, 0,
                        sizeof(filters) / sizeof(filters[0]));
    tcase_add_test(tcase, a_list_is_given_in_pages);
    tcase_add_test(tcase, a_query_that_makes_no_sense_is_refused);
    tcase_add_test(tcase, a_token_sees_its_own_calls_only);
    tcase_add_test(tcase, alerts_of_one_call);
    tcase_add_test(tcase, each_request_needs_its_scope);
    tcase_add_test(tcase, what_is_done_to_an_alert_is_an_event_and_the_answer);
    tcase_add_test(tcase, commands_of_two_people_meet_in_one_place);
    tcase_add_test(tcase, an_ended_calls_alert_can_be_cleared_until_it_is_forgotten);
    tcase_add_loop_test(tcase, a_body_that_makes_no_sense_is_refused, 0,
                        sizeof(bodies) / sizeof(bodies[0]));
    tcase_add_test(tcase, a_note_has_two_hundred_characters_of_any_length);
    tcase_add_loop_test(tcase, a_body_must_say_that_it_is_json, 0,
                        sizeof(types) / sizeof(types[0]));
    tcase_add_test(tcase, a_method_that_is_not_taken_is_told_which_are);
    tcase_add_test(tcase, a_welcome_says_what_the_token_allows);
    return run_case("alerts", tcase);
}
