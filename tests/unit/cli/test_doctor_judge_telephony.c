#include "doctor_judge_telephony.h"

#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct st_doctor_report report;

/* The one result that there is, and forgets it. */
static void expect(size_t number, const char *check, enum st_doctor_status status,
                   const char *words)
{
    ck_assert_uint_eq(report.count, 1);
    const struct st_doctor_result *last = &report.results[0];
    const char *fix = last->fix.len > 0 ? last->fix.data : "";
    ck_assert_str_eq(last->check, check);
    ck_assert_msg(last->status == status && (strstr(last->found.data, words) || strstr(fix, words)),
                  "case %zu: %s / %s", number, last->found.data, fix);
    ck_assert_int_eq(fix[0] != '\0', status != ST_DOCTOR_OK);
    st_doctor_report_fini(&report);
}

START_TEST(a_range_must_do_for_every_thread)
{
    static const struct {
        unsigned last, loops; /* from 20000 */
        int err;
        unsigned taken;
        long holder;
        const char *program;
        enum st_doctor_status status;
        const char *says;
    } cases[] = {
        {20099, 2, 0, 0, 0, "", ST_DOCTOR_OK, "20000 to 20099 are free: 24 calls"},
        {20007, 2, 0, 0, 0, "", ST_DOCTOR_OK, ": 2 calls"},
        {20006, 2, 0, 0, 0, "", ST_DOCTOR_WARN, "two for each of 2 loop threads"},
        {20003, 2, 0, 0, 0, "", ST_DOCTOR_WARN, "takes four ports"},
        {20002, 2, 0, 0, 0, "", ST_DOCTOR_FAIL, "`serve` does not start"},
        {20001, 1, 0, 0, 0, "", ST_DOCTOR_WARN, "widen rtp.first_port"},
        {20099, 2, -EADDRNOTAVAIL, 0, 0, "", ST_DOCTOR_FAIL, "`ip address`"},
        {20099, 2, -EINVAL, 0, 0, "", ST_DOCTOR_FAIL, "correct rtp.address"},
        {20099, 2, 0, 8, 17, "sidetone", ST_DOCTOR_OK,
         "8 in use by a running gateway (process 17)"},
        {20006, 2, 0, 2, 17, "sidetone", ST_DOCTOR_WARN, "two for each"},
        {20099, 2, 0, 1, 17, "baresip", ST_DOCTOR_WARN, "20004 by baresip (process 17)"},
        {20099, 2, 0, 1, 0, "", ST_DOCTOR_WARN, "another user"},
        {20099, 2, 0, 100, 17, "baresip", ST_DOCTOR_FAIL, "ip_local_reserved_ports"},
        {20002, 2, 0, 1, 17, "baresip", ST_DOCTOR_FAIL, "fewer than two"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct st_doctor_range range = {.address = "10.0.0.1",
                                        .first = 20000,
                                        .last = cases[i].last,
                                        .loops = cases[i].loops,
                                        .err = cases[i].err,
                                        .taken = cases[i].taken,
                                        .seen = {.port = 20004, .holder = cases[i].holder}};
        snprintf(range.seen.program, sizeof(range.seen.program), "%s", cases[i].program);
        st_doctor_judge_range(&report, &range);
        expect(i, "rtp ports", cases[i].status, cases[i].says);
    }
}
END_TEST

START_TEST(senders_must_be_told_where_ports_are)
{
    static const struct {
        const char *address, *told;
        bool is_here, comes_from_afar;
        enum st_doctor_status status;
        const char *says;
    } cases[] = {
        {"127.0.0.1", "127.0.0.1", true, false, ST_DOCTOR_OK, "senders are told 127.0.0.1"},
        {"127.0.0.1", "127.0.0.1", true, true, ST_DOCTOR_WARN, "to themselves"},
        {"0.0.0.0", "127.0.0.1", true, true, ST_DOCTOR_WARN, "rtp.advertised"},
        {"::", "::1", true, true, ST_DOCTOR_WARN, "told ::1"},
        {"10.0.0.1", "10.0.0.1", true, true, ST_DOCTOR_OK, "told 10.0.0.1"},
        {"0.0.0.0", "10.0.0.1", true, true, ST_DOCTOR_OK, "told 10.0.0.1"},
        {"::", "10.0.0.1", true, true, ST_DOCTOR_OK, "told 10.0.0.1"},
        {"0::0", "10.0.0.1", true, true, ST_DOCTOR_OK, "told 10.0.0.1"},
        {"::", "2001:db8::1", true, true, ST_DOCTOR_OK, "told 2001:db8::1"},
        {"10.0.0.1", "198.51.100.1", false, true, ST_DOCTOR_OK, "a NAT must pass on"},
        {"127.0.0.1", "198.51.100.1", false, true, ST_DOCTOR_FAIL, "on 127.0.0.1 alone"},
        {"127.0.0.1", "10.0.0.1", true, false, ST_DOCTOR_FAIL, "set rtp.address to 10.0.0.1"},
        {"10.0.0.1", "10.0.0.2", true, true, ST_DOCTOR_FAIL, "set rtp.address to 10.0.0.2"},
        {"10.0.0.1", "2001:db8::1", true, true, ST_DOCTOR_FAIL, "other kind of IP"},
        {"0.0.0.0", "2001:db8::1", true, true, ST_DOCTOR_FAIL, "takes both kinds"},
        {"2001:db8::1", "10.0.0.1", true, true, ST_DOCTOR_FAIL, "other kind of IP"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct st_doctor_told told = {cases[i].address, cases[i].told, cases[i].is_here,
                                      cases[i].comes_from_afar};
        st_doctor_judge_told(&report, &told);
        expect(i, "rtp address", cases[i].status, cases[i].says);
    }
}
END_TEST

START_TEST(who_is_let_in_is_told)
{
    struct st_doctor_access access = {.sources = 0};
    st_doctor_judge_refusal(&report, "siprec.listen[0] would take calls from anybody");
    expect(0, "siprec", ST_DOCTOR_FAIL, "siprec.listen[0] would take");
    st_doctor_judge_access(&report, &access);
    expect(1, "siprec access", ST_DOCTOR_OK, "anybody on this machine, by --dev");
    access.sources = 1;
    access.users = 2;
    st_doctor_judge_access(&report, &access);
    expect(2, "siprec access", ST_DOCTOR_OK, "1 source, 2 users");
    access.has_client_ca = true;
    st_doctor_judge_access(&report, &access);
    expect(3, "siprec access", ST_DOCTOR_OK, "client certificates");
    access.is_everybodys = true;
    st_doctor_judge_access(&report, &access);
    expect(4, "siprec access", ST_DOCTOR_WARN, "every address");
}
END_TEST

enum { DAY_S = 86400, NOW_UNIX_S = 1700000000 };

/* Days until each ends, in any order; -9 stands for one that is still to begin, 0 for none. */
START_TEST(authorities_must_be_valid_themselves)
{
    static const struct {
        int days[3];
        enum st_doctor_status status;
        const char *says;
    } cases[] = {
        {{31}, ST_DOCTOR_OK, "(31 days)"},
        {{29}, ST_DOCTOR_WARN, "siprec.client_ca_file"},
        {{-1}, ST_DOCTOR_FAIL, "expired on 2023-11-13: every client is refused"},
        {{-9}, ST_DOCTOR_FAIL, "not valid yet: every client"},
        {{-1, -2, -9}, ST_DOCTOR_FAIL, "every client"},
        {{-1, 40, -9}, ST_DOCTOR_WARN, "2 of 3 are not valid now"},
        {{40, -1}, ST_DOCTOR_WARN, "1 of 2"},
        {{90, 40, 50}, ST_DOCTOR_OK, "(40 days); others for longer"},
        {{90, 29}, ST_DOCTOR_WARN, "(29 days)"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct st_doctor_authorities all = {.now_unix_s = NOW_UNIX_S};
        for (size_t k = 0; k < 3 && cases[i].days[k]; k++) {
            bool is_early = cases[i].days[k] == -9;
            struct st_certificate one = {
                .subject = "Authority",
                .not_before_unix_s = is_early ? NOW_UNIX_S + DAY_S : 0,
                .not_after_unix_s = NOW_UNIX_S + (is_early ? 99 : cases[i].days[k]) * DAY_S,
            };
            st_doctor_authorities_add(&all, &one);
        }
        st_doctor_judge_authorities(&report, &all);
        expect(i, "siprec authorities", cases[i].status, cases[i].says);
    }
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        a_range_must_do_for_every_thread,
        senders_must_be_told_where_ports_are,
        who_is_let_in_is_told,
        authorities_must_be_valid_themselves,
    };
    return run_tests("doctor_judge_telephony", tests, sizeof(tests) / sizeof(tests[0]));
}
