#include "http_rig.h"

#include "sidetone/web.h"

#include "run.h"

#include <errno.h>
#include <string.h>

static struct http_rig rig;

static void setup(void)
{
    http_open(&rig, true, "listen: {port: 1234}\noperations: {port: 1235}\n");
}

static void teardown(void)
{
    http_close(&rig);
}

static const struct {
    const char *method, *path;
    unsigned listener;
    int status;
} routes[] = {
    {"GET", "/v1/version", MAIN, 200},
    {"HEAD", "/v1/version", MAIN, 200},
    {"POST", "/v1/version", MAIN, 405},
    {"GET", "/v1/version/", MAIN, 404},
    {"GET", "/v1/versions", MAIN, 404},
    {"GET", "/livez", MAIN, 200},
    {"GET", "/readyz", MAIN, 200},
    {"GET", "/metrics", MAIN, 404},
    {"GET", "/v1/calls", MAIN, 200},
    {"GET", "/v1/calls/", MAIN, 200},
    {"DELETE", "/v1/calls/x", MAIN, 405},
    {"POST", "/v1/calls", MAIN, 405},
    {"GET", "/v1/alerts", MAIN, 200},
    {"POST", "/v1/alerts", MAIN, 405},
    {"GET", "/v1/alerts/1", MAIN, 404},
    {"GET", "/v1/calls/x/alerts", MAIN, 404},
    {"POST", "/v1/calls/x/alerts", MAIN, 405},
    {"GET", "/v1/calls/x/alerts/1/clear", MAIN, 405},
    {"POST", "/v1/calls/x/alerts/1/clear", MAIN, 415},
    {"POST", "/v1/calls/x/alerts/1/sell", MAIN, 405},
    {"POST", "/v1/calls/x/alerts/one/clear", MAIN, 405},
    {"GET", "/v1/rtp/x", MAIN, 404},
    {"GET", "/v1/rtp/x/hold", MAIN, 405},
    {"POST", "/v1/rtp", MAIN, 415},
    {"POST", "/v1/rtp/x/hold", MAIN, 415},
    {"POST", "/v1/rtp/x/resume", MAIN, 415},
    {"POST", "/v1/rtp/x/keep", MAIN, 404},
    {"GET", "/v1/engines", MAIN, 200},
    {"GET", "/v1/engines/moonshine", MAIN, 200},
    {"GET", "/v1/engines/none", MAIN, 404},
    {"POST", "/v1/engines", MAIN, 405},
    {"GET", "/v1/engines", OPERATIONS, 404},
    {"GET", "/v1/calls/x", MAIN, 404},
    {"GET", "/v1/calls/a/b", MAIN, 404},
    {"GET", "/v1/events", MAIN, 426},
    {"GET", "/v1/ingest", MAIN, 426},
    {"GET", "/v1/ingest/pcm", MAIN, 426},
    {"HEAD", "/v1/events/sse", MAIN, 405},
    {"GET", "/", MAIN, 200},
    {"GET", "/no-such-file", MAIN, 404},
    {"GET", "", MAIN, 404},
    {"GET", "/metrics", OPERATIONS, 200},
    {"GET", "/livez", OPERATIONS, 200},
    {"GET", "/readyz", OPERATIONS, 200},
    {"GET", "/v1/calls", OPERATIONS, 404},
    {"GET", "/", OPERATIONS, 404},
    {"PUT", "/metrics", OPERATIONS, 405},
};

START_TEST(every_path_has_its_answer)
{
    struct st_http_exchange *exchange = http_new();
    exchange->method = routes[_i].method;
    exchange->path = routes[_i].path;
    fake_net_request(&rig.nets[0], routes[_i].listener, exchange);
    step_loop_settle();
    ck_assert_uint_eq(exchange->answers, 1);
    ck_assert_msg(exchange->status == routes[_i].status, "%s %s: %d", routes[_i].method,
                  routes[_i].path, exchange->status);
    if (exchange->status >= 400)
        ck_assert_ptr_nonnull(strstr(exchange->body, "{\"error\":{\"code\":\""));
}
END_TEST

START_TEST(upgrades_have_their_paths)
{
    struct st_ws *ws;
    struct st_http_exchange *exchange = http_new();
    exchange->path = "/v1/version";
    ck_assert_int_eq(fake_net_upgrade(&rig.nets[0], MAIN, exchange, &ws), 404);
    exchange->path = "/nowhere";
    ck_assert_int_eq(fake_net_upgrade(&rig.nets[0], MAIN, exchange, &ws), 404);
    exchange->path = "/v1/events";
    ck_assert_int_eq(fake_net_upgrade(&rig.nets[0], OPERATIONS, exchange, &ws), 404);
    ck_assert_int_eq(fake_net_upgrade(&rig.nets[1], MAIN, exchange, &ws), 0);
    fake_ws_gone(ws);
}
END_TEST

static const struct {
    const char *path;
    int status; /* 0: accepted */
} ingest[] = {
    {"/v1/ingest/pcm", 0},
    {"/v1/ingest/pcm/", 0},
    {"/v1/ingest/pcm/default", 0},
    {"/v1/ingest/pcm/default/default", 0},
    {"/v1/ingest/twilio", 0}, /* in development nothing proves it */
    {"/v1/ingest/", 404},
    {"/v1/ingest/nobody", 404},
    {"/v1/ingest/pcm/nobody", 404},
    {"/v1/ingest/pcm/default/nowhere", 404},
    {"/v1/ingest/pcm/default/default/more", 404},
    {"/v1/ingest/a-name-that-is-longer-than-every-dialects", 404},
};

START_TEST(ingest_finds_dialect_tenant_and_route)
{
    struct st_ws *ws = NULL;
    struct st_http_exchange *exchange = http_new();
    exchange->path = ingest[_i].path;
    int status = fake_net_upgrade(&rig.nets[0], MAIN, exchange, &ws);
    ck_assert_msg(status == ingest[_i].status, "%s: %d", ingest[_i].path, status);
    if (ws)
        fake_ws_gone(ws);
}
END_TEST

START_TEST(a_platform_streams_through)
{
    struct st_ws *ws;
    struct st_http_exchange *exchange = http_new();
    exchange->path = "/v1/ingest/pcm";
    exchange->headers[0].name = "sec-websocket-protocol";
    exchange->headers[0].value = "other, sidetone.v1";
    ck_assert_int_eq(fake_net_upgrade(&rig.nets[0], MAIN, exchange, &ws), 0);
    ck_assert_str_eq(ws->accept.subprotocol, "sidetone.v1");
    fake_ws_say(ws, "{\"type\":\"start\",\"call_id\":\"c/1 \\u00e9\"}");
    ck_assert_ptr_nonnull(strstr(fake_ws_take(ws), "started"));
    fake_ws_say_binary(ws, "\0\0\0\0", 4);
    exchange = http_get(&rig, "/v1/calls/c/1 \xc3\xa9");
    ck_assert_int_eq(exchange->status, 200);
    ck_assert_ptr_nonnull(strstr(exchange->body, "\"transcript\":[]"));
    exchange = http_get(&rig, "/v1/calls");
    ck_assert_ptr_null(strstr(exchange->body, "\"transcript\""));
    ck_assert_ptr_nonnull(strstr(exchange->body, "{\"calls\":[{\"call_id\":\"c/1 "));
    fake_ws_say(ws, "{\"type\":\"stop\"}");
    ck_assert_uint_eq(ws->code, 1000);
    fake_ws_gone(ws);
}
END_TEST

START_TEST(a_leg_that_cannot_begin_is_closed)
{
    struct st_ws *ws;
    struct st_http_exchange *exchange = http_new();
    exchange->path = "/v1/ingest/pcm";
    ck_assert_int_eq(fake_net_upgrade(&rig.nets[0], MAIN, exchange, &ws), 0);
    fake_ws_say(ws, "{");
    ck_assert_uint_eq(ws->code, 1007);
    fake_ws_gone(ws);
}
END_TEST

START_TEST(draining_is_said_and_refuses)
{
    struct st_ws *ws;
    st_call_service_drain(rig.calls.service, 0);
    ck_assert_int_eq(http_get(&rig, "/readyz")->status, 503);
    ck_assert_int_eq(http_get(&rig, "/livez")->status, 200);
    ck_assert_int_eq(http_get(&rig, "/v1/events/sse")->status, 503);
    struct st_http_exchange *exchange = http_new();
    exchange->path = "/v1/events";
    ck_assert_int_eq(fake_net_upgrade(&rig.nets[0], MAIN, exchange, &ws), 503);
    exchange->path = "/v1/ingest/pcm";
    ck_assert_int_eq(fake_net_upgrade(&rig.nets[0], MAIN, exchange, &ws), 503);
}
END_TEST

START_TEST(listeners)
{
    ck_assert_uint_eq(st_api_port(rig.api), 1234);
    ck_assert_uint_eq(st_api_operations_port(rig.api), 1235);
    ck_assert_uint_eq(rig.nets[0].count, 2);
    ck_assert_uint_eq(rig.nets[1].count, 1);
    st_api_close_listeners(rig.api, 1);
    ck_assert(rig.nets[1].listeners[0].is_closed && !rig.nets[0].listeners[0].is_closed);
    ck_assert_int_eq(st_api_reload_tls(rig.api, 0), -ENOENT);
    st_api_destroy(NULL);
}
END_TEST

START_TEST(a_listener_that_fails_is_explained)
{
    static const struct {
        int err;
        const char *why;
    } rows[] = {{-EADDRINUSE, "another program listens there"},
                {-EACCES, "ports below 1024"},
                {-EADDRNOTAVAIL, "no such address"},
                {-EIO, "check address"}};
    char why[256];
    struct st_api *api;
    struct st_net failing = {.listen_result = rows[_i].err};
    struct st_net *nets[] = {&failing};
    struct st_api_config config = {
        .service = rig.calls.service, .loops = rig.calls.loops, .nets = nets, .loop_count = 1};
    ck_assert_int_eq(
        st_api_create(&api, &config, st_settings_config(rig.calls.settings), why, sizeof(why)),
        rows[_i].err);
    ck_assert_ptr_nonnull(strstr(why, rows[_i].why));
    ck_assert_ptr_nonnull(strstr(why, "127.0.0.1:1234"));
}
END_TEST

/* ---- the web pages ---- */

static struct st_http_exchange *get_page(const char *encoding, const char *known)
{
    struct st_http_exchange *exchange = http_new();
    exchange->headers[0].name = "accept-encoding";
    exchange->headers[0].value = encoding;
    exchange->headers[1].name = known ? "if-none-match" : NULL;
    exchange->headers[1].value = known;
    http_ask(&rig, exchange);
    return exchange;
}

static const struct {
    const char *accepted;
    bool is_gzip;
} encodings[] = {
    {"gzip", true},
    {"deflate, GZIP ;q=0.5, br", true},
    {"*", true},
    {"*;q=0, gzip;q=0.001", true},
    {"gzip;q=1.0", true},
    {"", false},
    {"identity", false},
    {"gzip;q=0", false},
    {"gzip; q=0.000 , *", false},
    {"gzip ;Q=0", false},
    {"*;q=0", false},
    {"xgzip", false},
    {"gzipped", false},
    {"br;q=1.0,gzip;q=0.0", false},
};

START_TEST(gzip_is_used_where_it_is_accepted)
{
    const struct st_web_file *file = st_web_find("/");
    bool is_gzip = encodings[_i].is_gzip && file->gzip;
    struct st_http_exchange *exchange = get_page(encodings[_i].accepted, NULL);
    ck_assert_int_eq(exchange->status, 200);
    ck_assert_msg((strstr(exchange->lines, "Content-Encoding: gzip") != NULL) == is_gzip, "%s",
                  encodings[_i].accepted);
    ck_assert_uint_eq(exchange->body_bytes, is_gzip ? file->gzip_bytes : file->plain_bytes);
}
END_TEST

START_TEST(a_page_that_is_known_is_not_sent)
{
    char list[256];
    const struct st_web_file *file = st_web_find("/");
    ck_assert_int_eq(get_page("", file->etag)->status, 304);
    ck_assert_uint_eq(get_page("gzip", "*")->body_bytes, 0);
    snprintf(list, sizeof(list), "\"other\" , %s", file->etag);
    ck_assert_int_eq(get_page("", list)->status, 304);
    ck_assert_int_eq(get_page("", "\"other\"")->status, 200);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, every_path_has_its_answer, 0, sizeof(routes) / sizeof(routes[0]));
    tcase_add_test(tcase, upgrades_have_their_paths);
    tcase_add_loop_test(tcase, ingest_finds_dialect_tenant_and_route, 0,
                        sizeof(ingest) / sizeof(ingest[0]));
    tcase_add_test(tcase, a_platform_streams_through);
    tcase_add_test(tcase, a_leg_that_cannot_begin_is_closed);
    tcase_add_test(tcase, draining_is_said_and_refuses);
    tcase_add_test(tcase, listeners);
    tcase_add_loop_test(tcase, a_listener_that_fails_is_explained, 0, 4);
    tcase_add_loop_test(tcase, gzip_is_used_where_it_is_accepted, 0,
                        sizeof(encodings) / sizeof(encodings[0]));
    tcase_add_test(tcase, a_page_that_is_known_is_not_sent);
    return run_case("api", tcase);
}
