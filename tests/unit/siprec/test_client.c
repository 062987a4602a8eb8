/* Requests of ours whose connection is gone: they go by another, or are given up. */
#include "siprec_rig.h"

#include "run.h"

#include <stdio.h>
#include <string.h>

#define SECONDS(n) ((int64_t)(n)*1000000)

/* Over the connection 7, which comes from a port that nobody listens on; Contact says
 * 192.0.2.1:5060 unless `contact` (of the same length) says something else. */
static void call_up(enum st_siprec_transport transport, const char *extra, const char *contact)
{
    static char invite[8192];
    rig_start();
    rig.peer.transport = transport;
    rig.peer.port = 40123;
    rig.peer.connection = 7;
    snprintf(invite, sizeof(invite), "%s", rig_invite("one", 1, extra, rig_two_legs));
    if (contact)
        memcpy(strstr(invite, "src@192.0.2.1:5060>;"), contact, strlen(contact));
    rig_put(invite);
    ck_assert_int_eq(rig_status(), 200);
    rig_put(rig_in_dialog("ACK", 1, "", ""));
}

static bool was_sent(const char *method)
{
    return strncmp(rig_sent(0), method, strlen(method)) == 0 && rig_sent(0)[strlen(method)] == ' ';
}

static void say_goodbye(void)
{
    ck_assert_int_eq(st_siprec_end(rig.siprec, rig.told.id, ST_SIPREC_END_MEDIA, rig.now_us), 0);
}

START_TEST(a_goodbye_goes_by_a_connection_of_ours)
{
    rig_set_up();
    call_up(ST_SIPREC_TCP, "", NULL);
    rig_hang_up(7);
    say_goodbye();
    ck_assert(was_sent("BYE"));
    ck_assert_uint_eq(rig.dials, 1);
    ck_assert_int_eq(rig.dialled.transport, ST_SIPREC_TCP);
    ck_assert_str_eq(rig.dialled.address, "192.0.2.1");
    ck_assert_uint_eq(rig.dialled.port, 5060);
    ck_assert_uint_eq(rig.sent_to.connection, 101);
    ck_assert_ptr_nonnull(strstr(rig_header("Via"), "SIP/2.0/TCP 198.51.100.7:5060;"));
    rig.peer.connection = 101;
    rig_respond("200 OK");
    ck_assert_uint_eq(st_siprec_live(rig.siprec), 0);
    rig_tear_down();
}
END_TEST

/* The one that there is is used, however many others there were. */
START_TEST(a_connection_that_is_there_is_used)
{
    rig_set_up();
    call_up(ST_SIPREC_TLS, "", NULL);
    rig.peer.connection = 9;
    rig_put(rig_in_dialog("INFO", 2, "", ""));
    rig_hang_up(7);
    say_goodbye();
    ck_assert_uint_eq(rig.dials, 0);
    ck_assert_uint_eq(rig.sent_to.connection, 9);
    rig_tear_down();
}
END_TEST

/* To whom may have sent us requests, and where they listen. */
START_TEST(it_leads_where_requests_may_come_from)
{
    static const char *const allowed[] = {"192.0.2.0/24"};
    static const struct {
        enum st_siprec_transport transport;
        bool has_list;
        const char *contact, *extra, *address;
        uint16_t port;
    } cases[] = {
        {ST_SIPREC_TCP, false, "src@192.0.2.1:5082>;", "", "192.0.2.1", 5082},
        {ST_SIPREC_TCP, false, "src@192.0.2.1>;x=abc;", "", "192.0.2.1", 5060},
        {ST_SIPREC_TLS, false, "src@192.0.2.1>;x=abc;", "", "192.0.2.1", 5061},
        {ST_SIPREC_TCP, false, "src@192.0.2.8:5082>;", "", "192.0.2.1", 5082},
        {ST_SIPREC_TCP, true, "src@192.0.2.8:5082>;", "", "192.0.2.8", 5082},
        {ST_SIPREC_TCP, true, "src@192.0.3.8:5082>;", "", "192.0.2.1", 5082},
        {ST_SIPREC_TCP, true, "src@sbc.example>;ab;", "", "192.0.2.1", 5060},
        {ST_SIPREC_TCP, true, "src@192.0.2.8:5082>;", "Record-Route: <sip:192.0.2.9:5090;lr>\n",
         "192.0.2.9", 5090},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        rig_set_up();
        rig.config.allowed = allowed;
        rig.config.allowed_count = cases[i].has_list;
        call_up(cases[i].transport, cases[i].extra, cases[i].contact);
        rig_hang_up(7);
        say_goodbye();
        ck_assert_uint_eq(rig.dials, 1);
        ck_assert_int_eq(rig.dialled.transport, cases[i].transport);
        ck_assert_msg(strcmp(rig.dialled.address, cases[i].address) == 0, "case %zu: %s", i,
                      rig.dialled.address);
        ck_assert_msg(rig.dialled.port == cases[i].port, "case %zu: %u", i, rig.dialled.port);
        rig_tear_down();
    }
}
END_TEST

#define REFRESHED "Allow: UPDATE\nSupported: timer\nSession-Expires: 200;refresher=uas\n"

/* Who cannot be reached may still be there: its media is. */
START_TEST(a_refresh_that_reaches_nobody_is_tried_again)
{
    rig_set_up();
    call_up(ST_SIPREC_TCP, REFRESHED, NULL);
    rig_hang_up(7);
    rig.is_unreachable = true;
    unsigned sent = rig.sent;
    rig_pass(SECONDS(101));
    ck_assert_uint_eq(rig.dials, 1);
    rig_pass(SECONDS(40));
    ck_assert_uint_eq(rig.dials, 2);
    ck_assert_uint_eq(rig.sent, sent);
    ck_assert_uint_eq(rig.told.ends, 0);
    rig.is_unreachable = false;
    rig_pass(SECONDS(15));
    ck_assert(was_sent("UPDATE"));
    ck_assert_uint_eq(rig.dials, 3);
    rig.peer.connection = 103;
    rig_respond("200 OK");
    rig_pass(SECONDS(99));
    ck_assert_uint_eq(rig.told.ends, 0);
    rig_tear_down();
}
END_TEST

START_TEST(who_is_never_reached_expires)
{
    rig_set_up();
    call_up(ST_SIPREC_TCP, REFRESHED, NULL);
    rig_hang_up(7);
    rig.is_unreachable = true;
    rig_pass(SECONDS(160));
    ck_assert_uint_eq(rig.told.ends, 0);
    rig_pass(SECONDS(10));
    ck_assert_uint_eq(rig.told.ends, 1);
    ck_assert_int_eq(rig.told.end, ST_SIPREC_END_EXPIRED);
    ck_assert_uint_eq(st_siprec_live(rig.siprec), 0); /* nobody is waited for */
    ck_assert_uint_le(rig.dials, 5);
    rig_tear_down();
}
END_TEST

/* A connection that closes takes the request with it: it is sent once more. */
START_TEST(what_was_lost_on_the_way_is_sent_again)
{
    rig_set_up();
    call_up(ST_SIPREC_TCP, REFRESHED, NULL);
    rig_pass(SECONDS(101));
    ck_assert(was_sent("UPDATE"));
    char first[4096];
    snprintf(first, sizeof(first), "%s", rig_sent(0));
    unsigned sent = rig.sent;
    rig_hang_up(7);
    rig_pass(SECONDS(1));
    ck_assert_uint_eq(rig.sent, sent + 1);
    ck_assert_str_eq(rig_sent(0), first);
    ck_assert_uint_eq(rig.sent_to.connection, 101);
    rig_hang_up(101); /* as when it was never opened */
    rig_pass(SECONDS(20));
    ck_assert_uint_eq(rig.dials, 1);
    ck_assert_uint_eq(rig.sent, sent + 1);
    ck_assert_uint_eq(rig.told.ends, 0);
    rig_tear_down();
}
END_TEST

/* RFC 3261, 18.2.2: to where the request says that its sender listens. */
START_TEST(an_answer_goes_by_a_connection_of_ours)
{
    rig_set_up();
    rig_start();
    rig.peer = (struct st_siprec_peer){ST_SIPREC_TCP, "192.0.2.1", 40123, 7};
    rig.waits = true;
    rig_put(rig_invite("one", 1, "", rig_two_legs));
    ck_assert_int_eq(rig_status(), 100);
    rig_hang_up(7);
    rig_answer();
    ck_assert_int_eq(rig_status(), 200);
    ck_assert_uint_eq(rig.dials, 1);
    ck_assert_str_eq(rig.dialled.address, "192.0.2.1");
    ck_assert_uint_eq(rig.dialled.port, 5060);
    ck_assert_uint_eq(rig.sent_to.connection, 101);
    unsigned sent = rig.sent;
    rig_pass(SECONDS(2));
    ck_assert_uint_eq(rig.sent, sent + 2); /* repeated until its ACK */
    rig_hang_up(101);
    rig_pass(SECONDS(10));
    ck_assert_uint_eq(rig.dials, 1);
    rig.peer.connection = 102;
    rig_put(rig_in_dialog("ACK", 1, "", ""));
    rig_pass(SECONDS(40));
    ck_assert_uint_eq(rig.told.ends, 0);
    /* others are asked for again, if they are wanted */
    rig_put(rig_in_dialog("INFO", 2, "", ""));
    rig_hang_up(102);
    rig.peer.connection = 103;
    rig_put(rig_in_dialog("INFO", 2, "", ""));
    ck_assert_int_eq(rig_status(), 200);
    ck_assert_uint_eq(rig.sent_to.connection, 103);
    ck_assert_uint_eq(rig.dials, 1);
    rig_tear_down();
}
END_TEST

/* Nothing of this is for datagrams, nor where connections cannot be made at all. */
START_TEST(without_connections_nothing_is_made)
{
    rig_set_up();
    call_up(ST_SIPREC_UDP, "", NULL);
    say_goodbye();
    ck_assert(was_sent("BYE"));
    ck_assert_uint_eq(rig.dials, 0);
    rig_tear_down();
    rig_set_up();
    rig.config.connect = NULL;
    call_up(ST_SIPREC_TCP, "", NULL);
    rig_hang_up(7);
    unsigned sent = rig.sent;
    say_goodbye();
    rig_pass(SECONDS(1));
    ck_assert_uint_eq(rig.sent, sent);
    ck_assert_uint_eq(rig.told.ends, 1);
    ck_assert_uint_eq(st_siprec_live(rig.siprec), 0);
    rig_tear_down();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_goodbye_goes_by_a_connection_of_ours, a_connection_that_is_there_is_used,
        it_leads_where_requests_may_come_from,  a_refresh_that_reaches_nobody_is_tried_again,
        who_is_never_reached_expires,           what_was_lost_on_the_way_is_sent_again,
        an_answer_goes_by_a_connection_of_ours, without_connections_nothing_is_made,
    };
    return run_tests("client", tests, sizeof(tests) / sizeof(*tests));
}
