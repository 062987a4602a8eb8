/* What whoever floods us leaves behind: nothing that others would miss. */
#include "siprec_rig.h"

#include "run.h"

#include <stdio.h>
#include <string.h>

static const char *loose(const char *method, unsigned number, const char *to_tag)
{
    static char text[1024];
    snprintf(text, sizeof(text),
             "%s sip:srs@198.51.100.7 SIP/2.0\r\n"
             "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKloose%u\r\n"
             "From: <sip:src@192.0.2.1>;tag=from1\r\nTo: <sip:srs@198.51.100.7>%s\r\n"
             "Call-ID: loose%u\r\nCSeq: 1 %s\r\n\r\n",
             method, number, to_tag, number, method);
    return text;
}

/* More of them than there is room for transactions, and an INVITE still has its own. */
START_TEST(requests_without_a_session_are_not_remembered)
{
    static const struct {
        const char *method, *to_tag;
        int status;
    } cases[] = {
        {"BYE", ";tag=made-up", 481}, {"INVITE", ";tag=made-up", 481}, {"CANCEL", "", 481},
        {"OPTIONS", "", 200},         {"REGISTER", "", 405},           {"FOO", "", 501},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        rig_set_up();
        rig_start();
        size_t held = st_siprec_held_bytes(rig.siprec);
        for (unsigned k = 0; k < 5000; k++) {
            rig_put(loose(cases[i].method, k, cases[i].to_tag));
            ck_assert_int_eq(rig_status(), cases[i].status);
        }
        ck_assert_uint_eq(st_siprec_held_bytes(rig.siprec), held);
        rig_put(rig_invite("one", 1, "", rig_two_legs));
        ck_assert_int_eq(rig_status(), 200);
        rig_tear_down();
    }
}
END_TEST

/* Every kind of request outside of sessions has its share of the rate. */
START_TEST(no_kind_of_request_escapes_the_rate)
{
    static const struct {
        const char *method, *to_tag;
    } cases[] = {{"BYE", ";tag=made-up"}, {"CANCEL", ""}, {"OPTIONS", ""}, {"INVITE", ""}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct st_siprec_counts counts;
        rig_set_up();
        rig.config.requests_per_s = 5;
        rig_start();
        for (unsigned k = 0; k < 100; k++)
            rig_put(loose(cases[i].method, k, cases[i].to_tag));
        ck_assert_uint_eq(rig.sent, 20); /* ten are taken, ten are refused, the rest is dropped */
        ck_assert_int_eq(rig_status(), 503);
        st_siprec_counts(rig.siprec, &counts);
        ck_assert_uint_eq(counts.limited, 90);
        ck_assert_uint_eq(counts.full, 0);
        rig_tear_down();
    }
}
END_TEST

/* A refusal for want of room is said once for each time that it is asked. */
START_TEST(who_is_full_repeats_nothing)
{
    rig_set_up();
    rig_start();
    st_siprec_drain(rig.siprec);
    rig_put(rig_invite("one", 1, "", rig_two_legs));
    ck_assert_int_eq(rig_status(), 503);
    rig_pass(10000000);
    ck_assert_uint_eq(rig.sent, 1);
    rig_put(rig_invite("one", 1, "", rig_two_legs));
    ck_assert_uint_eq(rig.sent, 2);
    rig_tear_down();
}
END_TEST

/* One session that sends without end does not keep others from beginning. */
START_TEST(a_session_that_floods_leaves_room_for_others)
{
    rig_set_up();
    rig_start();
    rig_put(rig_invite("one", 1, "", rig_two_legs));
    rig_put(rig_in_dialog("ACK", 1, "", ""));
    char info[2048];
    snprintf(info, sizeof(info), "%s", rig_in_dialog("INFO", 1000, "", ""));
    char *branch = strstr(info, "INFO1000") + 4, *cseq = strstr(info, "CSeq: 1000") + 6;
    for (unsigned number = 1000; number < 7000; number++) {
        char digits[8];
        snprintf(digits, sizeof(digits), "%04u", number);
        memcpy(branch, digits, 4);
        memcpy(cseq, digits, 4);
        rig_put(info);
        ck_assert_int_eq(rig_status(), 200);
    }
    rig_put(rig_invite("two", 1, "", rig_two_legs));
    ck_assert_int_eq(rig_status(), 200);
    rig_tear_down();
}
END_TEST

/* There may be thousands of them for hours. */
START_TEST(a_session_takes_little)
{
    rig_set_up();
    rig_start();
    size_t before = st_siprec_held_bytes(rig.siprec);
    rig_put(rig_invite("one", 1, "", rig_two_legs));
    ck_assert_int_eq(rig_status(), 200);
    rig_put(rig_in_dialog("ACK", 1, "", ""));
    rig_pass(40000000); /* its transactions are forgotten */
    ck_assert_uint_eq(st_siprec_live(rig.siprec), 1);
    ck_assert_uint_lt(st_siprec_held_bytes(rig.siprec) - before, 12u << 10);
    rig_tear_down();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        requests_without_a_session_are_not_remembered,
        no_kind_of_request_escapes_the_rate,
        who_is_full_repeats_nothing,
        a_session_that_floods_leaves_room_for_others,
        a_session_takes_little,
    };
    return run_tests("flood", tests, sizeof(tests) / sizeof(*tests));
}
