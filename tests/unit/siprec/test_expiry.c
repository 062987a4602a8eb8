/* Session timers where the peers do not agree at once. */
#include "siprec_rig.h"

#include "run.h"

#include <string.h>

static void call_up(const char *extra)
{
    rig_set_up();
    rig_start();
    rig_put(rig_invite("one", 1, extra, rig_two_legs));
    ck_assert_int_eq(rig_status(), 200);
}

static void acknowledge(void)
{
    rig_put(rig_in_dialog("ACK", 1, "", ""));
}

static bool is_request(const char *method)
{
    return strncmp(rig_sent(0), method, strlen(method)) == 0;
}

/* 422 is only for who understands it; nobody gets less than the least. */
START_TEST(an_interval_is_never_too_short_for_either)
{
    static const struct {
        const char *extra, *answer;
    } cases[] = {
        {"Session-Expires: 1\n", "90;refresher=uas"},
        {"Supported: timer\nMin-SE: 3600\n", "3600;refresher=uac"},
        {"Supported: timer\nMin-SE: 600\nSession-Expires: 900\n", "900;refresher=uac"},
        {"Supported: timer\nSession-Expires: none\n", "1800;refresher=uac"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        call_up(cases[i].extra);
        ck_assert_str_eq(rig_header("Session-Expires"), cases[i].answer);
        acknowledge();
        rig_tear_down();
    }
}
END_TEST

START_TEST(an_offer_refreshes_whatever_it_says_of_the_timer)
{
    call_up("Supported: timer\nSession-Expires: 90;refresher=uac\n");
    acknowledge();
    rig_pass(50000000);
    rig_put(rig_in_dialog("UPDATE", 2, "", rig_two_legs));
    ck_assert_int_eq(rig_status(), 200);
    ck_assert_str_eq(rig_header("Require"), ""); /* it does not say that it knows what that is */
    rig_pass(50000000);
    ck_assert_uint_eq(rig.told.ends, 0);
    rig_pass(11000000);
    ck_assert_int_eq(rig.told.end, ST_SIPREC_END_EXPIRED);
    rig_tear_down();
}
END_TEST

/* What is refused does not. */
START_TEST(a_refused_offer_does_not_refresh)
{
    call_up("Supported: timer\nSession-Expires: 90;refresher=uac\n");
    acknowledge();
    rig_pass(50000000);
    rig_put(rig_in_dialog("UPDATE", 2, "Supported: timer\nSession-Expires: 30\n", rig_two_legs));
    ck_assert_int_eq(rig_status(), 422);
    rig_pass(11000000);
    ck_assert_int_eq(rig.told.end, ST_SIPREC_END_EXPIRED);
    rig_tear_down();
}
END_TEST

START_TEST(a_peer_may_want_to_be_asked_less_often)
{
    call_up("Allow: UPDATE\nSupported: timer\nSession-Expires: 100;refresher=uas\n");
    acknowledge();
    rig_pass(50100000);
    ck_assert(is_request("UPDATE "));
    rig_respond("422 Session Interval Too Small\r\nMin-SE: 200");
    rig_pass(1000000);
    ck_assert(is_request("UPDATE "));
    ck_assert_str_eq(rig_header("Session-Expires"), "200;refresher=uac");
    ck_assert_str_eq(rig_header("Min-SE"), "200");
    rig_respond("200 OK");
    unsigned sent = rig.sent;
    rig_pass(99000000);
    ck_assert_uint_eq(rig.sent, sent);
    rig_pass(1200000);
    ck_assert_uint_eq(rig.sent, sent + 1);
    rig_respond("422 Session Interval Too Small\r\nMin-SE: 100"); /* that is no reason */
    ck_assert_uint_eq(rig.told.ends, 0);
    rig_tear_down();
}
END_TEST

START_TEST(a_peer_may_take_over_refreshing)
{
    call_up("Allow: UPDATE\nSupported: timer\nSession-Expires: 100;refresher=uas\n");
    acknowledge();
    rig_pass(50100000);
    rig_respond("200 OK\r\nSession-Expires: 120;refresher=uas");
    unsigned sent = rig.sent;
    rig_pass(87000000);
    ck_assert_uint_eq(rig.sent, sent);
    ck_assert_uint_eq(rig.told.ends, 0);
    rig_pass(2000000);
    ck_assert_int_eq(rig.told.end, ST_SIPREC_END_EXPIRED);
    rig_tear_down();
}
END_TEST

/* Offers that meet: theirs has to wait for ours. */
START_TEST(two_offers_do_not_cross)
{
    call_up("Supported: timer\nSession-Expires: 100;refresher=uas\n");
    acknowledge();
    rig_pass(50100000);
    ck_assert(is_request("INVITE "));
    unsigned sent = rig.sent;
    rig_put(rig_in_dialog("INVITE", 2, "", rig_two_legs));
    ck_assert_int_eq(rig_status(), 491);
    rig_put(rig_in_dialog("UPDATE", 3, "", rig_two_legs));
    ck_assert_int_eq(rig_status(), 491);
    rig_put(rig_in_dialog("UPDATE", 4, "", "")); /* offers nothing */
    ck_assert_int_eq(rig_status(), 200);
    ck_assert_uint_eq(rig.told.offers, 1);
    rig.sent = sent; /* ours again, to be answered */
    rig_respond("200 OK");
    ck_assert(is_request("ACK "));
    rig_put(rig_in_dialog("INVITE", 5, "", rig_two_legs));
    ck_assert_int_eq(rig_status(), 200);
    rig_tear_down();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        an_interval_is_never_too_short_for_either, an_offer_refreshes_whatever_it_says_of_the_timer,
        a_refused_offer_does_not_refresh,          a_peer_may_want_to_be_asked_less_often,
        a_peer_may_take_over_refreshing,           two_offers_do_not_cross,
    };
    return run_tests("expiry", tests, sizeof(tests) / sizeof(*tests));
}
