#include "engine_verdict.h"

#include "run.h"

#include <stdio.h>

static const struct {
    enum st_engine_trouble trouble;
    bool has_asked, has_opened;
    const char *why, *state;
    enum st_engine_answer reachable, authorised;
} cases[] = {
    {ST_TROUBLE_LOST, true, false, "no such host: a.invalid", "no such host", ST_ENGINE_NO, 0},
    {ST_TROUBLE_LOST, true, false, "cannot look up a: try later", "no such host", ST_ENGINE_NO, 0},
    {ST_TROUBLE_LOST, true, false, "connection refused (::1 port 1)", "unreachable", ST_ENGINE_NO,
     0},
    {ST_TROUBLE_LOST, true, false, "certificate not trusted: self-signed", "untrusted",
     ST_ENGINE_YES, 0},
    {ST_TROUBLE_LOST, true, false, "TLS failed: is this a TLS port?", "no TLS", ST_ENGINE_YES, 0},
    {ST_TROUBLE_LOST, true, false, "what answers does not speak HTTP/2", "protocol", ST_ENGINE_YES,
     0},
    {ST_TROUBLE_LOST, true, false, "what answers is no HTTP server", "protocol", ST_ENGINE_YES, 0},
    {ST_TROUBLE_LOST, true, false, "the connection did not open in time", "unreachable",
     ST_ENGINE_NO, 0},
    {ST_TROUBLE_LOST, true, false, "something else", "unreachable", ST_ENGINE_NO, 0},
    {ST_TROUBLE_LOST, true, false, "the connection was closed before HTTP/2 was spoken", "protocol",
     ST_ENGINE_YES, 0},
    {ST_TROUBLE_LOST, true, false, "the connection was closed before the WebSocket was open",
     "broke off", ST_ENGINE_YES, 0},
    {ST_TROUBLE_LOST, true, true, "connection lost", "broke off", ST_ENGINE_YES, 0},
    {ST_TROUBLE_REFUSED, true, false, "HTTP 401", "refused", ST_ENGINE_YES, ST_ENGINE_NO},
    {ST_TROUBLE_REFUSED, true, true, "a bad key", "refused", ST_ENGINE_YES, ST_ENGINE_NO},
    {ST_TROUBLE_REFUSED, false, false, "no credentials", "refused", ST_ENGINE_UNKNOWN,
     ST_ENGINE_NO},
    {ST_TROUBLE_THROTTLED, true, false, "HTTP 429", "throttled", ST_ENGINE_YES, 0},
    {ST_TROUBLE_SERVER, true, false, "HTTP 503", "server error", ST_ENGINE_YES, 0},
    {ST_TROUBLE_PROTOCOL, true, true, "nonsense", "protocol", ST_ENGINE_YES, 0},
    {ST_TROUBLE_STALLED, true, true, "no answer in time", "stalled", ST_ENGINE_YES, 0},
    {ST_TROUBLE_UNSUITED, false, false, "not this language", "unsuited", ST_ENGINE_UNKNOWN, 0},
    {ST_TROUBLE_EXPIRED, true, true, "over", "expired", ST_ENGINE_YES, 0},
};

START_TEST(every_trouble_has_a_word_and_a_fix)
{
    struct st_engine_trial trial = {.trouble = cases[_i].trouble,
                                    .has_asked = cases[_i].has_asked,
                                    .has_opened = cases[_i].has_opened};
    snprintf(trial.why, sizeof(trial.why), "%s", cases[_i].why);
    struct st_engine_verdict verdict = st_engine_verdict_of_trial(&trial);
    ck_assert_str_eq(verdict.state, cases[_i].state);
    ck_assert_ptr_nonnull(verdict.fix);
    ck_assert_int_eq(verdict.reachable, cases[_i].reachable);
    ck_assert_int_eq(verdict.authorised, cases[_i].authorised);
}
END_TEST

START_TEST(what_is_well_needs_no_fix)
{
    struct st_engine_trial trial = {.is_good = true, .has_opened = true};
    struct st_engine_verdict verdict = st_engine_verdict_of_trial(&trial);
    ck_assert_str_eq(verdict.state, "ok");
    ck_assert_ptr_null(verdict.fix);
    ck_assert_int_eq(verdict.authorised, ST_ENGINE_YES);
    ck_assert_ptr_null(st_engine_verdict_installed.fix);
    ck_assert_ptr_null(st_engine_verdict_not_tried.fix);
    ck_assert_ptr_nonnull(st_engine_verdict_missing.fix);
    ck_assert_ptr_nonnull(st_engine_verdict_unusable.fix);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_loop_test(tcase, every_trouble_has_a_word_and_a_fix, 0,
                        sizeof(cases) / sizeof(cases[0]));
    tcase_add_test(tcase, what_is_well_needs_no_fix);
    return run_case("engine_verdict", tcase);
}
