#include "doctor_judge.h"

#include "sidetone/certificate.h"
#include "sidetone/config.h"

#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_S 86400
#define NOW_UNIX_S INT64_C(1800000000) /* 2027-01-15 08:00:00 */

static struct st_doctor_report report;
static const struct st_doctor_tls_checks tls_checks = {"a certificate", "its names", "its key"};

static void setup(void)
{
    report = (struct st_doctor_report){0};
}

static void teardown(void)
{
    st_doctor_report_fini(&report);
}

static enum st_doctor_status status(void)
{
    return report.results[report.count - 1].status;
}

static bool says(const char *words)
{
    const struct st_doctor_result *last = &report.results[report.count - 1];
    return (last->found.data && strstr(last->found.data, words)) ||
           (last->fix.data && strstr(last->fix.data, words));
}

static bool has_fix(void)
{
    return report.results[report.count - 1].fix.len > 0;
}

/* ---- open files ---- */

START_TEST(fewer_descriptors_than_the_limits_need_are_told)
{
    st_doctor_judge_files(&report, 1100, 1100);
    ck_assert_int_eq(status(), ST_DOCTOR_OK);
    st_doctor_judge_files(&report, 1099, 1100);
    ck_assert_int_eq(status(), ST_DOCTOR_WARN);
    ck_assert(says("1099 allowed") && says("LimitNOFILE=1100"));
    st_doctor_judge_files(&report, 255, 1100);
    ck_assert_int_eq(status(), ST_DOCTOR_FAIL);
}
END_TEST

/* ---- clock ---- */

static void judge_clock(int64_t unix_s, int64_t drift_us, bool is_synchronised)
{
    struct st_doctor_clock clock = {unix_s * 1000, 100000 + drift_us, 100000, is_synchronised};
    st_doctor_judge_clock(&report, &clock);
}

START_TEST(the_clock_must_be_of_our_time)
{
    judge_clock(NOW_UNIX_S, 0, true);
    ck_assert_int_eq(status(), ST_DOCTOR_OK);
    ck_assert(says("2027-01-15 08:00:00 UTC"));
    judge_clock(0, 0, true);
    ck_assert_int_eq(status(), ST_DOCTOR_FAIL);
    ck_assert(says("1970-01-01") && says("timedatectl"));
    judge_clock(INT64_C(5000000000), 0, true);
    ck_assert_int_eq(status(), ST_DOCTOR_FAIL);
    judge_clock(INT64_MAX / 1000, 0, true);
    ck_assert_int_eq(status(), ST_DOCTOR_FAIL);
}
END_TEST

START_TEST(a_clock_that_is_being_moved_is_seen)
{
    judge_clock(NOW_UNIX_S, 20000, true);
    ck_assert_int_eq(status(), ST_DOCTOR_OK);
    judge_clock(NOW_UNIX_S, 21000, true);
    ck_assert_int_eq(status(), ST_DOCTOR_WARN);
    ck_assert(says("+21 ms"));
    judge_clock(NOW_UNIX_S, -3600000000, true);
    ck_assert_int_eq(status(), ST_DOCTOR_WARN);
    judge_clock(NOW_UNIX_S, 0, false);
    ck_assert_int_eq(status(), ST_DOCTOR_WARN);
    ck_assert(has_fix());
}
END_TEST

/* ---- ports ---- */

static void judge_port(uint16_t number, int err, long holder, const char *program)
{
    struct st_doctor_port port = {.check = "port",
                                  .option = "listen.port",
                                  .address = "127.0.0.1",
                                  .port = number,
                                  .err = err,
                                  .holder = holder};
    snprintf(port.program, sizeof(port.program), "%s", program);
    st_doctor_judge_port(&report, &port);
}

START_TEST(a_port_is_free_or_ours_or_trouble)
{
    static const struct {
        uint16_t port;
        int err;
        long holder;
        const char *program;
        enum st_doctor_status status;
        const char *says;
    } cases[] = {
        {8080, 0, 0, "", ST_DOCTOR_OK, "127.0.0.1:8080 is free"},
        {0, 0, 0, "", ST_DOCTOR_OK, "any free port"},
        {8080, -EADDRINUSE, 17, "sidetone", ST_DOCTOR_OK, "running gateway (process 17)"},
        {8080, -EADDRINUSE, 17, "nginx", ST_DOCTOR_FAIL, "taken by nginx (process 17)"},
        {8080, -EADDRINUSE, 0, "", ST_DOCTOR_WARN, "as root"},
        {80, -EACCES, 0, "", ST_DOCTOR_FAIL, "CAP_NET_BIND_SERVICE"},
        {80, -EADDRNOTAVAIL, 0, "", ST_DOCTOR_FAIL, "no such address"},
        {80, -EINVAL, 0, "", ST_DOCTOR_FAIL, "correct the address"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        judge_port(cases[i].port, cases[i].err, cases[i].holder, cases[i].program);
        ck_assert_int_eq(status(), cases[i].status);
        ck_assert_msg(says(cases[i].says), "case %zu", i);
        ck_assert_int_eq(has_fix(), cases[i].status != ST_DOCTOR_OK);
    }
}
END_TEST

/* ---- certificate ---- */

static enum st_doctor_status judge_certificate(int64_t not_before_unix_s, int64_t not_after_unix_s)
{
    struct st_certificate certificate = {.subject = "gw.example.com",
                                         .issuer = "Example CA",
                                         .names = "gw.example.com, 10.0.0.1",
                                         .not_before_unix_s = not_before_unix_s,
                                         .not_after_unix_s = not_after_unix_s};
    size_t before = report.count;
    st_doctor_judge_certificate(&report, &tls_checks, &certificate, NOW_UNIX_S);
    ck_assert_uint_eq(report.count, before + 2);
    ck_assert_str_eq(report.results[before].check, "a certificate");
    ck_assert_str_eq(report.results[before + 1].check, "its names");
    return report.results[before].status;
}

START_TEST(a_certificate_must_be_valid_for_a_month)
{
    int64_t begin = NOW_UNIX_S - DAY_S;
    ck_assert_int_eq(judge_certificate(begin, NOW_UNIX_S + 30 * DAY_S), ST_DOCTOR_OK);
    ck_assert_int_eq(judge_certificate(begin, NOW_UNIX_S + 30 * DAY_S - 1), ST_DOCTOR_WARN);
    ck_assert_int_eq(judge_certificate(begin, NOW_UNIX_S + 1), ST_DOCTOR_WARN);
    ck_assert_int_eq(judge_certificate(begin, NOW_UNIX_S), ST_DOCTOR_FAIL);
    ck_assert_int_eq(judge_certificate(begin, NOW_UNIX_S - DAY_S), ST_DOCTOR_FAIL);
    ck_assert_int_eq(judge_certificate(NOW_UNIX_S + 1, NOW_UNIX_S + 90 * DAY_S), ST_DOCTOR_FAIL);
}
END_TEST

START_TEST(its_names_and_days_are_shown)
{
    judge_certificate(NOW_UNIX_S - DAY_S, NOW_UNIX_S + 40 * DAY_S + 7);
    ck_assert_int_eq(status(), ST_DOCTOR_OK);
    ck_assert(says("gw.example.com, 10.0.0.1"));
    ck_assert_str_eq(report.results[0].found.data,
                     "gw.example.com, by Example CA, until 2027-02-24 (40 days)");
}
END_TEST

START_TEST(one_without_names_or_issuer_is_remarked)
{
    struct st_certificate certificate = {
        .subject = "old", .is_self_signed = true, .not_after_unix_s = NOW_UNIX_S + 400 * DAY_S};
    st_doctor_judge_certificate(&report, &tls_checks, &certificate, NOW_UNIX_S);
    ck_assert_int_eq(status(), ST_DOCTOR_WARN);
    ck_assert(says("subjectAltName"));
    ck_assert_ptr_nonnull(strstr(report.results[0].found.data, "by itself"));
}
END_TEST

/* ---- secrets ---- */

START_TEST(a_secret_is_not_for_everybody)
{
    static const struct {
        unsigned mode;
        enum st_doctor_status status;
        const char *says;
    } cases[] = {
        {0100600, ST_DOCTOR_OK, "mode 600"}, {0100640, ST_DOCTOR_OK, "mode 640"},
        {0100644, ST_DOCTOR_FAIL, "read"},   {0100604, ST_DOCTOR_FAIL, "chmod o= /s"},
        {0100602, ST_DOCTOR_FAIL, "change"}, {0100666, ST_DOCTOR_FAIL, "read"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        st_doctor_judge_secret_file(&report, "secret", "/s", cases[i].mode);
        ck_assert_int_eq(status(), cases[i].status);
        ck_assert_msg(says(cases[i].says), "mode %o", cases[i].mode);
    }
}
END_TEST

/* ---- engines ---- */

START_TEST(an_engine_matters_as_far_as_it_is_needed)
{
    static const struct {
        enum st_doctor_need need;
        int err;
        const char *quality;
        enum st_doctor_status status;
    } cases[] = {
        {ST_DOCTOR_NEEDED, 0, "good", ST_DOCTOR_OK},
        {ST_DOCTOR_NEEDED, 0, NULL, ST_DOCTOR_OK},
        {ST_DOCTOR_NEEDED, 0, "low", ST_DOCTOR_WARN},
        {ST_DOCTOR_UNUSED, 0, "low", ST_DOCTOR_OK},
        {ST_DOCTOR_UNUSED, -ENOENT, "good", ST_DOCTOR_OK},
        {ST_DOCTOR_WANTED, -ENOENT, "good", ST_DOCTOR_WARN},
        {ST_DOCTOR_NEEDED, -ENOENT, "good", ST_DOCTOR_FAIL},
        {ST_DOCTOR_NEEDED, -ECONNREFUSED, NULL, ST_DOCTOR_FAIL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct st_doctor_engine engine = {.name = "moonshine",
                                          .quality = cases[i].quality,
                                          .need = cases[i].need,
                                          .err = cases[i].err,
                                          .text = "version 1"};
        st_doctor_judge_engine(&report, &engine);
        ck_assert_msg(status() == cases[i].status, "case %zu", i);
        ck_assert(says("moonshine: version 1"));
        ck_assert_int_eq(says("no route uses it"), cases[i].need == ST_DOCTOR_UNUSED);
        ck_assert_int_eq(has_fix(), cases[i].status != ST_DOCTOR_OK);
    }
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, fewer_descriptors_than_the_limits_need_are_told);
    tcase_add_test(tcase, the_clock_must_be_of_our_time);
    tcase_add_test(tcase, a_clock_that_is_being_moved_is_seen);
    tcase_add_test(tcase, a_port_is_free_or_ours_or_trouble);
    tcase_add_test(tcase, a_certificate_must_be_valid_for_a_month);
    tcase_add_test(tcase, its_names_and_days_are_shown);
    tcase_add_test(tcase, one_without_names_or_issuer_is_remarked);
    tcase_add_test(tcase, a_secret_is_not_for_everybody);
    tcase_add_test(tcase, an_engine_matters_as_far_as_it_is_needed);
    return run_case("doctor_judge", tcase);
}
