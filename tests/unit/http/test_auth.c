#include "http_rig.h"

#include "sidetone/hub.h"

#include "run.h"

#include <stdio.h>
#include <string.h>

static struct http_rig rig;
static struct st_claims got;

static void setup(void)
{
    http_open(&rig, false,
              "tenants:\n  - name: default\n    routes: [{name: default}]\n"
              "  - name: acme\n    routes: [{name: default}]\n");
}

static void teardown(void)
{
    http_close(&rig);
}

static int check(const char *name, const char *value, enum st_scope scope)
{
    struct st_http_exchange *exchange = http_new();
    exchange->headers[0].name = name;
    exchange->headers[0].value = value;
    return auth_check(&rig.api->loops[0], exchange, scope, &got);
}

static const char *reader(void)
{
    return http_bearer(
        &(struct st_claims){.scopes = ST_SCOPE_CALLS_READ, .agent = "a1", .tenant = "acme"}, 60);
}

START_TEST(the_authorization_header)
{
    char text[1200];
    ck_assert_int_eq(check("authorization", reader(), ST_SCOPE_CALLS_READ), 0);
    ck_assert_str_eq(got.agent, "a1");
    ck_assert_int_eq(check("authorization", reader(), ST_SCOPE_CALLS_INGEST), 403);
    ck_assert_int_eq(check("authorization", reader(), ST_SCOPE_ADMIN), 403);
    snprintf(text, sizeof(text), "bEARER   %s", reader() + 7);
    ck_assert_int_eq(check("authorization", text, ST_SCOPE_CALLS_READ), 0);
    snprintf(text, sizeof(text), "%s ", reader());
    ck_assert_int_eq(check("authorization", text, ST_SCOPE_CALLS_READ), 401);
    snprintf(text, sizeof(text), "Basic %s", reader() + 7);
    ck_assert_int_eq(check("authorization", text, ST_SCOPE_CALLS_READ), 401);
    ck_assert_int_eq(check("authorization", "Bearer", ST_SCOPE_CALLS_READ), 401);
    ck_assert_int_eq(check("authorization", "Bearer ", ST_SCOPE_CALLS_READ), 401);
    ck_assert_int_eq(check("authorization", "", ST_SCOPE_CALLS_READ), 401);
    ck_assert_int_eq(check("cookie", reader(), ST_SCOPE_CALLS_READ), 401);
}
END_TEST

START_TEST(the_subprotocol)
{
    char text[1400];
    const char *name = "Sec-WebSocket-Protocol";
    snprintf(text, sizeof(text), " sidetone.v1 ,\tbearer.%s\t, x", reader() + 7);
    ck_assert_int_eq(check(name, text, ST_SCOPE_CALLS_READ), 0);
    ck_assert_str_eq(got.tenant, "acme");
    snprintf(text, sizeof(text), "bearer.%s", reader() + 7);
    ck_assert_int_eq(check(name, text, ST_SCOPE_CALLS_READ), 0);
    ck_assert_int_eq(check(name, "bearer.", ST_SCOPE_CALLS_READ), 401);
    ck_assert_int_eq(check(name, "bearer", ST_SCOPE_CALLS_READ), 401);
    ck_assert_int_eq(check(name, ",,, ,", ST_SCOPE_CALLS_READ), 401);
    snprintf(text, sizeof(text), "Bearer.%s", reader() + 7);
    ck_assert_int_eq(check(name, text, ST_SCOPE_CALLS_READ), 401);
}
END_TEST

START_TEST(our_subprotocol_is_found_in_the_offer)
{
    static const struct {
        const char *offer;
        bool is_ours;
    } rows[] = {{"sidetone.v1", true},         {"bearer.x, sidetone.v1", true},
                {" sidetone.v1\t", true},      {"sidetone.v10", false},
                {"sidetone.v", false},         {"", false},
                {"xsidetone.v1,bearer", false}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct st_http_exchange *exchange = http_new();
        exchange->headers[0].name = "sec-websocket-protocol";
        exchange->headers[0].value = rows[i].offer;
        ck_assert_msg(auth_offers_subprotocol(exchange) == rows[i].is_ours, "%s", rows[i].offer);
    }
    ck_assert(!auth_offers_subprotocol(http_new()));
}
END_TEST

START_TEST(admin_may_do_everything_and_old_tokens_nothing)
{
    struct st_claims admin = {.scopes = ST_SCOPE_ADMIN};
    ck_assert_int_eq(check("authorization", http_bearer(&admin, 60), ST_SCOPE_CALLS_READ), 0);
    ck_assert_int_eq(check("authorization", http_bearer(&admin, 60), ST_SCOPE_CALLS_INGEST), 0);
    ck_assert_int_eq(check("authorization", http_bearer(&admin, -30), ST_SCOPE_CALLS_READ), 0);
    ck_assert_int_eq(check("authorization", http_bearer(&admin, -120), ST_SCOPE_CALLS_READ), 401);
}
END_TEST

START_TEST(what_is_left_of_a_token)
{
    int64_t now_s = st_loop_wall_unix_ms() / 1000;
    struct st_claims claims = {.expires_unix_s = now_s + 90};
    ck_assert_int_eq(auth_left_us(&claims), 90000000);
    claims.expires_unix_s = now_s - 20;
    ck_assert_int_eq(auth_left_us(&claims), 40000000);
    claims.expires_unix_s = now_s - 60;
    ck_assert_int_gt(auth_left_us(&claims), 0);
    claims.expires_unix_s = INT64_MAX;
    ck_assert_int_eq(auth_left_us(&claims), 0);
    claims.expires_unix_s = INT64_MAX / 1000;
    ck_assert_int_eq(auth_left_us(&claims), 0);
}
END_TEST

START_TEST(claims_become_a_narrow_subscription)
{
    struct st_claims claims = {.agent = "a1", .call = "c1", .tenant = "t1"};
    struct st_subscription *subscription = auth_subscription(&claims);
    ck_assert_str_eq(subscription->only_agent, "a1");
    ck_assert_str_eq(subscription->only_call, "c1");
    ck_assert_str_eq(subscription->only_tenant, "t1");
    st_subscription_free(subscription);
}
END_TEST

static int status_of(const char *path, const char *bearer)
{
    struct st_http_exchange *exchange = http_new();
    struct st_ws *ws = NULL;
    exchange->path = path;
    exchange->headers[0].name = bearer ? "authorization" : NULL;
    exchange->headers[0].value = bearer;
    if (strncmp(path, "/v1/ingest", 10) == 0 || strcmp(path, "/v1/events") == 0) {
        int status = fake_net_upgrade(&rig.nets[0], MAIN, exchange, &ws);
        if (ws)
            fake_ws_gone(ws);
        return status;
    }
    http_ask(&rig, exchange);
    if (exchange->stream)
        fake_stream_gone(exchange->stream);
    return exchange->status;
}

START_TEST(every_door_asks)
{
    static const char *const reading[] = {"/v1/calls", "/v1/calls/x", "/v1/events/sse",
                                          "/v1/events"};
    struct st_claims ingest = {.scopes = ST_SCOPE_CALLS_INGEST};
    for (size_t i = 0; i < 4; i++) {
        ck_assert_int_eq(status_of(reading[i], NULL), 401);
        ck_assert_int_eq(status_of(reading[i], http_bearer(&ingest, 60)), 403);
        int allowed = status_of(reading[i], reader());
        ck_assert(allowed == 200 || allowed == 404 || allowed == 0);
    }
    ck_assert_int_eq(status_of("/v1/ingest/pcm", NULL), 401);
    ck_assert_int_eq(status_of("/v1/ingest/pcm", reader()), 403);
    ck_assert_int_eq(status_of("/v1/ingest/pcm", http_bearer(&ingest, 60)), 0);
    ck_assert_int_eq(status_of("/v1/ingest/twilio", http_bearer(&ingest, 60)), 403);
    struct st_claims acme = {.scopes = ST_SCOPE_CALLS_INGEST, .tenant = "acme"};
    ck_assert_int_eq(status_of("/v1/ingest/pcm", http_bearer(&acme, 60)), 403);
    ck_assert_int_eq(status_of("/v1/ingest/pcm/acme", http_bearer(&acme, 60)), 0);
    ck_assert_int_eq(status_of("/v1/version", NULL), 200);
    ck_assert_int_eq(status_of("/livez", NULL), 200);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, the_authorization_header);
    tcase_add_test(tcase, the_subprotocol);
    tcase_add_test(tcase, our_subprotocol_is_found_in_the_offer);
    tcase_add_test(tcase, admin_may_do_everything_and_old_tokens_nothing);
    tcase_add_test(tcase, what_is_left_of_a_token);
    tcase_add_test(tcase, claims_become_a_narrow_subscription);
    tcase_add_test(tcase, every_door_asks);
    return run_case("auth", tcase);
}
