/* Subscribers by WebSocket and by Server-Sent Events. */
#include "http_rig.h"

#include "run.h"

#include <stdio.h>
#include <string.h>

static struct http_rig rig;
static struct st_ws *ws;
static struct rig_leg leg;

static void open_rig(const char *yaml)
{
    http_open(&rig, false, yaml);
    ws = NULL;
    leg.leg = NULL;
}

static void setup(void)
{
    open_rig("");
}

static void teardown(void)
{
    if (ws)
        fake_ws_gone(ws);
    if (leg.leg)
        rig_leg_close(&leg);
    http_close(&rig);
}

static const char *bearer(int64_t ttl_s)
{
    return http_bearer(&(struct st_claims){.scopes = ST_SCOPE_CALLS_READ}, ttl_s);
}

static void open_ws(int64_t ttl_s)
{
    struct st_http_exchange *exchange = http_new();
    exchange->path = "/v1/events";
    exchange->headers[0].name = "authorization";
    exchange->headers[0].value = bearer(ttl_s);
    ck_assert_int_eq(fake_net_upgrade(&rig.nets[0], MAIN, exchange, &ws), 0);
}

static bool has(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

static bool begins(const char *text, const char *part)
{
    return strncmp(text, part, strlen(part)) == 0;
}

static void begin_call(void)
{
    rig_leg_open(&leg, &rig.calls, 1, "pcm");
    rig_leg_start(&leg, "c1", "");
    rig_leg_talk(&leg, 1000);
    fake_engine_say(0, 1, true, 0, 500, "hello");
}

/* ---- WebSocket ---- */

START_TEST(welcome_subscribe_and_deltas)
{
    open_ws(600);
    const char *welcome = fake_ws_take(ws);
    ck_assert(has(welcome, "{\"type\":\"welcome\",\"v\":1,\"server\":\"sidetone/"));
    begin_call();
    step_loop_settle();
    ck_assert_str_eq(fake_ws_take(ws), "");
    fake_ws_say(ws, "{\"type\":\"subscribe\"}");
    step_loop_settle();
    const char *sent = fake_ws_take(ws);
    ck_assert(has(sent, "{\"type\":\"snapshot\",") && has(sent, "\"hello\""));
    ck_assert(has(sent, "{\"type\":\"snapshot.end\",\"calls\":1}"));
    fake_engine_say(0, 2, true, 500, 900, "again");
    step_loop_settle();
    ck_assert(has(fake_ws_take(ws), "\"again\""));
}
END_TEST

START_TEST(pings_are_answered)
{
    open_ws(600);
    fake_ws_take(ws);
    fake_ws_say(ws, "{\"type\":\"ping\",\"id\":\"x\\\"\"}");
    ck_assert_str_eq(fake_ws_take(ws), "{\"type\":\"pong\",\"id\":\"x\\\"\"}\n");
    fake_ws_say(ws, "{\"type\":\"ping\"}");
    ck_assert_str_eq(fake_ws_take(ws), "{\"type\":\"pong\"}\n");
}
END_TEST

#define LONG_ID "01234567890123456789012345678901234567890123456789012345678901234" /* 65 bytes */

static const char *const broken[] = {
    "",
    "{",
    "[]",
    "{}",
    "null",
    "{\"type\":1}",
    "{\"type\":\"fly\"}",
    "{\"type\":\"subscribe\",\"calls\":1}",
    "{\"type\":\"subscribe\",\"type\":\"ping\"}",
    "{\"type\":\"ping\",\"id\":7}",
    "{\"type\":\"ping\",\"id\":\"" LONG_ID "\"}",
    "\xff\xfe",
};

START_TEST(broken_messages_are_answered)
{
    open_ws(600);
    fake_ws_take(ws);
    fake_ws_say(ws, broken[_i]);
    const char *answer = fake_ws_take(ws);
    ck_assert_msg(has(answer, "{\"type\":\"error\",\"code\":\"bad_request\""), "%s", answer);
    ck_assert(!ws->is_closing);
}
END_TEST

START_TEST(ten_broken_messages_are_enough)
{
    open_ws(600);
    for (int i = 0; i < 9; i++)
        fake_ws_say(ws, "{");
    ck_assert(!ws->is_closing);
    fake_ws_say(ws, "{\"type\":\"ping\"}");
    fake_ws_say(ws, "{");
    ck_assert_uint_eq(ws->code, 1008);
}
END_TEST

START_TEST(binary_is_refused)
{
    open_ws(600);
    fake_ws_say_binary(ws, "{}", 2);
    ck_assert_uint_eq(ws->code, 1003);
}
END_TEST

START_TEST(a_connection_ends_with_its_token)
{
    open_ws(_i ? -10 : 50); /* the second is excused by clocks that differ */
    step_loop_advance(49000000);
    ck_assert(!ws->is_closing);
    step_loop_advance(2000000);
    ck_assert_uint_eq(ws->code, 1008);
    ck_assert_str_eq(ws->reason, "token expired");
}
END_TEST

START_TEST(a_slow_client_catches_up_when_it_reads)
{
    begin_call();
    open_ws(600);
    fake_ws_take(ws);
    ws->queued_bytes = 65536;
    fake_ws_say(ws, "{\"type\":\"subscribe\"}");
    step_loop_settle();
    ck_assert_str_eq(fake_ws_take(ws), "");
    fake_ws_drain(ws);
    ck_assert(has(fake_ws_take(ws), "snapshot.end"));
}
END_TEST

START_TEST(subscribers_are_bounded)
{
    http_close(&rig);
    open_rig("push: {subscribers: 1}\n");
    open_ws(600);
    struct st_ws *first = ws;
    open_ws(600);
    ck_assert_uint_eq(ws->code, 1013);
    struct st_http_exchange *exchange = http_new();
    exchange->path = "/v1/events/sse";
    exchange->headers[0].name = "authorization";
    exchange->headers[0].value = bearer(600);
    http_ask(&rig, exchange);
    ck_assert_int_eq(exchange->status, 503);
    ck_assert_ptr_null(exchange->stream);
    fake_ws_gone(first);
}
END_TEST

/* ---- Server-Sent Events ---- */

static struct st_http_stream *open_sse(const char *query, const char *last_id, int64_t ttl_s)
{
    struct st_http_exchange *exchange = http_new();
    exchange->path = "/v1/events/sse";
    exchange->query = query;
    exchange->headers[0].name = "authorization";
    exchange->headers[0].value = bearer(ttl_s);
    exchange->headers[1].name = last_id ? "last-event-id" : NULL;
    exchange->headers[1].value = last_id;
    http_ask(&rig, exchange);
    ck_assert_int_eq(exchange->status, 200);
    ck_assert_str_eq(exchange->content_type, "text/event-stream");
    return exchange->stream;
}

START_TEST(what_is_streamed)
{
    begin_call();
    struct st_http_stream *stream = open_sse("", NULL, 600);
    const char *text = fake_stream_take(stream);
    ck_assert(begins(text, "event: snapshot\ndata: {\"type\":\"snapshot\","));
    ck_assert(has(text, "}\n\nevent: snapshot.end\ndata: {\"type\":\"snapshot.end\",\"calls\":1}"
                        "\n\n"));
    fake_engine_say(0, 2, false, 500, 900, "ag");
    fake_engine_say(0, 2, true, 500, 900, "again");
    step_loop_settle();
    text = fake_stream_take(stream);
    ck_assert(begins(text, "event: transcript.partial\ndata: {"));
    ck_assert(has(text, "\n\nevent: transcript.final\nid: c1/3\ndata: {\"v\":1,"));
    step_loop_advance(15000000);
    ck_assert_str_eq(fake_stream_take(stream), ":\n\n");
    fake_stream_gone(stream);
}
END_TEST

START_TEST(replayed_events_have_names_and_ids)
{
    begin_call();
    struct st_http_stream *stream = open_sse("resume=c1:1&resume=gone:5", NULL, 600);
    const char *text = fake_stream_take(stream);
    ck_assert(begins(text, "event: transcript.final\nid: c1/2\ndata: {\"v\":1"));
    ck_assert(
        has(text, "\n\nevent: resume.gap\ndata: {\"type\":\"resume.gap\",\"call_id\":\"gone\""));
    fake_stream_gone(stream);
}
END_TEST

START_TEST(a_browser_that_comes_back_knows_more_than_its_address)
{
    begin_call();
    struct st_http_stream *stream = open_sse("resume=c1:0", "c1/1", 600);
    const char *text = fake_stream_take(stream);
    ck_assert(has(text, "id: c1/2\n") && !has(text, "id: c1/1\n"));
    fake_stream_gone(stream);
    stream = open_sse("resume=c1:1", "c1/x", 600);
    ck_assert(has(fake_stream_take(stream), "id: c1/2\n"));
    fake_stream_gone(stream);
}
END_TEST

START_TEST(a_stream_ends_with_its_token)
{
    struct st_http_stream *stream = open_sse("", NULL, 50);
    step_loop_advance(49000000);
    ck_assert(!stream->is_closing);
    step_loop_advance(2000000);
    ck_assert(stream->is_closing);
    begin_call();
    step_loop_settle();
    step_loop_advance(20000000);
    fake_stream_gone(stream);
}
END_TEST

START_TEST(a_slow_stream_is_closed)
{
    struct st_http_stream *stream = open_sse("", NULL, 600);
    fake_stream_take(stream);
    stream->queued_bytes = 10 << 20;
    begin_call();
    step_loop_settle();
    ck_assert(stream->is_closing);
    ck_assert(has(fake_stream_take(stream),
                  "event: goodbye\ndata: {\"type\":\"goodbye\",\"reason\":"
                  "\"slow\""));
    fake_stream_gone(stream);
}
END_TEST

START_TEST(a_client_may_have_gone_already)
{
    struct st_http_exchange *exchange = http_new();
    exchange->path = "/v1/events/sse";
    exchange->is_gone = true;
    exchange->headers[0].name = "authorization";
    exchange->headers[0].value = bearer(600);
    http_ask(&rig, exchange);
    ck_assert_ptr_null(exchange->stream);
}
END_TEST

START_TEST(a_query_that_makes_no_sense_is_refused)
{
    struct st_http_exchange *exchange = http_new();
    exchange->path = "/v1/events/sse";
    exchange->query = "calls=x";
    exchange->headers[0].name = "authorization";
    exchange->headers[0].value = bearer(600);
    http_ask(&rig, exchange);
    ck_assert_int_eq(exchange->status, 400);
    ck_assert(has(exchange->body, "query parameter 'calls'"));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, welcome_subscribe_and_deltas);
    tcase_add_test(tcase, pings_are_answered);
    tcase_add_loop_test(tcase, broken_messages_are_answered, 0, sizeof(broken) / sizeof(broken[0]));
    tcase_add_test(tcase, ten_broken_messages_are_enough);
    tcase_add_test(tcase, binary_is_refused);
    tcase_add_loop_test(tcase, a_connection_ends_with_its_token, 0, 2);
    tcase_add_test(tcase, a_slow_client_catches_up_when_it_reads);
    tcase_add_test(tcase, subscribers_are_bounded);
    tcase_add_test(tcase, what_is_streamed);
    tcase_add_test(tcase, replayed_events_have_names_and_ids);
    tcase_add_test(tcase, a_browser_that_comes_back_knows_more_than_its_address);
    tcase_add_test(tcase, a_stream_ends_with_its_token);
    tcase_add_test(tcase, a_slow_stream_is_closed);
    tcase_add_test(tcase, a_client_may_have_gone_already);
    tcase_add_test(tcase, a_query_that_makes_no_sense_is_refused);
    return run_case("events", tcase);
}
