/* Requests one by one: what is answered, kept, repeated and refused. */
#include "siprec_rig.h"

#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void begin(void)
{
    rig_set_up();
    rig_start();
}

static void call_up(void)
{
    rig_put(rig_invite("one", 1, "", rig_two_legs));
    ck_assert_int_eq(rig_status(), 200);
    rig_put(rig_in_dialog("ACK", 1, "", ""));
}

START_TEST(an_invite_is_answered_and_ended)
{
    begin();
    rig_put(rig_invite("one", 1, "", rig_two_legs));
    ck_assert_uint_eq(rig.sent, 2);
    ck_assert_int_eq(strncmp(rig_sent(1), "SIP/2.0 100 ", 12), 0);
    ck_assert_int_eq(rig_status(), 200);
    ck_assert_str_eq(rig_header("Contact"),
                     "<sip:sidetone@198.51.100.7:5060;transport=udp>;+sip.srs");
    ck_assert_str_eq(rig_header("Content-Type"), "application/sdp");
    ck_assert_ptr_nonnull(strstr(rig_header("To"), ";tag="));
    ck_assert_ptr_nonnull(strstr(rig_header("Via"), "rport=5060"));
    ck_assert_ptr_nonnull(strstr(rig_header("Via"), "received=192.0.2.1"));
    const char *body = rig_body();
    ck_assert_ptr_nonnull(strstr(body, "m=audio 20000 RTP/AVP 0 8 101\r\n"));
    ck_assert_ptr_nonnull(strstr(body, "a=label:2\r\n"));
    ck_assert_ptr_nonnull(strstr(body, "a=recvonly\r\n"));
    ck_assert_uint_eq(rig.told.offers, 1);
    ck_assert(rig.told.is_new);
    ck_assert_str_eq(rig.told.call_id, "one");
    ck_assert_str_eq(rig.told.user, "srs");
    ck_assert_uint_eq(rig.told.stream_count, 2);
    ck_assert_uint_eq(rig.told.streams[0].channel, 1);
    ck_assert_uint_eq(rig.told.streams[1].channel, 0);
    ck_assert_str_eq(rig.told.streams[0].address, "192.0.2.1");
    ck_assert(!rig.told.is_suspect);
    rig_put(rig_in_dialog("ACK", 1, "", ""));
    rig_pass(40000000);
    ck_assert_uint_eq(rig.sent, 2);
    rig_put(rig_in_dialog("BYE", 2, "Reason: Q.850;cause=16\n", ""));
    ck_assert_int_eq(rig_status(), 200);
    ck_assert_uint_eq(rig.told.ends, 1);
    ck_assert_int_eq(rig.told.end, ST_SIPREC_END_BYE);
    ck_assert_uint_eq(st_siprec_live(rig.siprec), 0);
    rig_tear_down();
}
END_TEST

START_TEST(a_2xx_is_repeated_until_its_ack_on_every_transport)
{
    for (int transport = 0; transport < ST_SIPREC_TRANSPORTS; transport++) {
        begin();
        rig.peer.transport = (enum st_siprec_transport)transport;
        rig.peer.connection = transport == ST_SIPREC_UDP ? 0 : 7;
        rig_put(rig_invite("one", 1, "", rig_two_legs));
        ck_assert_uint_eq(rig.sent, 2);
        rig_pass(500000);
        ck_assert_uint_eq(rig.sent, 3);
        rig_pass(900000);
        ck_assert_uint_eq(rig.sent, 3);
        rig_pass(100000);
        ck_assert_uint_eq(rig.sent, 4);
        ck_assert_str_eq(rig_sent(0), rig_sent(1));
        rig_put(rig_in_dialog("ACK", 1, "", ""));
        rig_pass(20000000);
        ck_assert_uint_eq(rig.sent, 4);
        rig_tear_down();
    }
}
END_TEST

START_TEST(without_an_ack_we_say_goodbye)
{
    begin();
    rig_put(rig_invite("one", 1, "", rig_two_legs));
    rig_pass(31900000);
    ck_assert_uint_eq(rig.told.ends, 0);
    rig_pass(200000);
    ck_assert_uint_eq(rig.told.ends, 1);
    ck_assert_int_eq(rig.told.end, ST_SIPREC_END_NO_ACK);
    ck_assert_int_eq(strncmp(rig_sent(0), "BYE sip:src@192.0.2.1:5060 ", 27), 0);
    ck_assert_str_eq(rig_header("CSeq"), "1 BYE");
    ck_assert_ptr_nonnull(strstr(rig_header("Reason"), "cause=408"));
    ck_assert_ptr_nonnull(strstr(rig_header("To"), "tag=from1"));
    unsigned before = rig.sent;
    rig_pass(40000000);
    ck_assert_uint_eq(rig.sent, before + 10); /* 0.5, 1.5, 3.5, then every 4 s */
    ck_assert_uint_eq(st_siprec_live(rig.siprec), 0);
    ck_assert_uint_eq(rig.told.ends, 1);
    rig_tear_down();
}
END_TEST

START_TEST(a_request_that_comes_again_is_answered_alike)
{
    begin();
    rig_put(rig_invite("one", 1, "", rig_two_legs));
    char first[8192];
    snprintf(first, sizeof(first), "%s", rig_sent(0));
    rig_put(rig_invite("one", 1, "", rig_two_legs));
    ck_assert_str_eq(rig_sent(0), first);
    ck_assert_uint_eq(rig.told.offers, 1);
    rig_put(rig_in_dialog("ACK", 1, "", ""));
    rig_put(rig_invite("one", 1, "", rig_two_legs));
    ck_assert_uint_eq(rig.sent, 3);
    rig_put(rig_in_dialog("BYE", 2, "", ""));
    rig_put(rig_in_dialog("BYE", 2, "", ""));
    ck_assert_uint_eq(rig.sent, 5);
    ck_assert_int_eq(rig_status(), 200);
    ck_assert_uint_eq(rig.told.ends, 1);
    rig_pass(33000000);
    rig_put(rig_in_dialog("BYE", 3, "", ""));
    ck_assert_int_eq(rig_status(), 481);
    rig_tear_down();
}
END_TEST

START_TEST(a_refusal_is_repeated_over_udp_until_its_ack)
{
    begin();
    rig_put(rig_invite("one", 1, "Require: teleport\n", rig_two_legs));
    ck_assert_int_eq(rig_status(), 420);
    ck_assert_str_eq(rig_header("Unsupported"), "teleport");
    rig_pass(500000);
    ck_assert_uint_eq(rig.sent, 2);
    rig_put("ACK sip:srs@198.51.100.7 SIP/2.0\r\n"
            "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKone-1;rport\r\n"
            "From: <sip:src@192.0.2.1>;tag=from1\r\nTo: <sip:srs@198.51.100.7>;tag=x\r\n"
            "Call-ID: one\r\nCSeq: 1 ACK\r\n\r\n");
    rig_pass(10000000);
    ck_assert_uint_eq(rig.sent, 2);
    ck_assert_uint_eq(rig.told.offers, 0);
    rig_tear_down();
}
END_TEST

START_TEST(requests_that_cannot_be_taken_are_refused_by_their_reason)
{
    static const struct {
        const char *extra, *body;
        int status;
    } cases[] = {
        {"Require: foo\n", rig_two_legs, 420},
        {"Require: timer, 100rel\n", rig_two_legs, 200},
        {"", "", 488},
        {"", "v=0\nm=audio 9000 RTP/AVP 18\n", 488},
        {"", "v=0\nm=video 9000 RTP/AVP 96\n", 488},
        {"", "v=0\nm=audio 0 RTP/AVP 0\n", 488},
        {"", "v=0\nm=audio 9000 RTP/SAVP 0\n", 488}, /* secure without a key */
        {"Content-Type: text/plain\n", "hello", 415},
        {"Content-Encoding: gzip\n", rig_two_legs, 415},
        {"e: identity\n", rig_two_legs, 200},
        {"Content-Type:\n application/sdp\n", rig_two_legs, 200},
        {"Content-Type: application/rs-metadata+xml\n", "<recording/>", 488},
        {"Content-Type: multipart/mixed\n", "hello", 488}, /* no boundary */
        {"Supported: timer\nSession-Expires: 60\n", rig_two_legs, 422},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        begin();
        rig_put(rig_invite("one", 1, cases[i].extra, cases[i].body));
        ck_assert_msg(rig_status() == cases[i].status, "case %zu: %d", i, rig_status());
        if (cases[i].status == 415) {
            ck_assert_ptr_nonnull(strstr(rig_header("Accept"), "multipart/mixed"));
            ck_assert_str_eq(rig_header("Accept-Encoding"), "identity");
        }
        if (cases[i].status == 422)
            ck_assert_str_eq(rig_header("Min-SE"), "90");
        ck_assert_uint_eq(rig.told.offers, cases[i].status == 200);
        rig_tear_down();
    }
}
END_TEST

START_TEST(what_the_sink_refuses_is_refused_alike)
{
    static const struct {
        int err, status;
    } cases[] = {{-EBUSY, 503}, {-ENOTSUP, 488}, {-EEXIST, 486}, {-EACCES, 403}, {-EIO, 500}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        begin();
        rig.err = cases[i].err;
        rig_put(rig_invite("one", 1, "", rig_two_legs));
        ck_assert_int_eq(rig_status(), cases[i].status);
        ck_assert_uint_eq(rig.told.ends, 1);
        ck_assert_int_eq(rig.told.end, ST_SIPREC_END_REFUSED);
        ck_assert_uint_eq(st_siprec_live(rig.siprec), 0);
        if (cases[i].status == 503)
            ck_assert_str_eq(rig_header("Retry-After"), "30");
        rig_tear_down();
    }
}
END_TEST

START_TEST(a_sink_may_answer_later_but_not_never)
{
    begin();
    rig.waits = true;
    rig_put(rig_invite("one", 1, "", rig_two_legs));
    ck_assert_int_eq(rig_status(), 100);
    rig_pass(1000000);
    ck_assert_uint_eq(rig.sent, 1);
    rig_answer();
    ck_assert_int_eq(rig_status(), 200);
    rig_put(rig_in_dialog("ACK", 1, "", ""));
    rig_put(rig_invite("two", 1, "", rig_two_legs));
    rig_pass(10100000);
    ck_assert_int_eq(rig_status(), 500);
    ck_assert_int_eq(rig.told.end, ST_SIPREC_END_REFUSED);
    ck_assert_uint_eq(st_siprec_live(rig.siprec), 1);
    rig_tear_down();
}
END_TEST

START_TEST(what_waits_can_be_cancelled)
{
    static const char cancel[] =
        "CANCEL sip:srs@198.51.100.7 SIP/2.0\r\n"
        "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKone-1;rport\r\n"
        "From: <sip:src@192.0.2.1>;tag=from1\r\nTo: <sip:srs@198.51.100.7>\r\n"
        "Call-ID: one\r\nCSeq: 1 CANCEL\r\n\r\n";
    begin();
    rig.waits = true;
    rig_put(cancel);
    ck_assert_int_eq(rig_status(), 481);
    rig_pass(33000000);
    rig_put(rig_invite("one", 1, "", rig_two_legs));
    rig_put(cancel);
    ck_assert_int_eq(rig_status(), 487);
    ck_assert_int_eq(strncmp(rig_sent(1), "SIP/2.0 200 ", 12), 0);
    ck_assert_int_eq(rig.told.end, ST_SIPREC_END_CANCELLED);
    ck_assert_uint_eq(st_siprec_live(rig.siprec), 0);
    rig_tear_down();
}
END_TEST

/* After our answer a CANCEL changes nothing. */
START_TEST(a_late_cancel_changes_nothing)
{
    begin();
    rig_put(rig_invite("one", 1, "", rig_two_legs));
    rig_put("CANCEL sip:srs@198.51.100.7 SIP/2.0\r\n"
            "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKone-1;rport\r\n"
            "From: <sip:src@192.0.2.1>;tag=from1\r\nTo: <sip:srs@198.51.100.7>\r\n"
            "Call-ID: one\r\nCSeq: 1 CANCEL\r\n\r\n");
    ck_assert_int_eq(rig_status(), 200);
    ck_assert_uint_eq(rig.told.ends, 0);
    ck_assert_uint_eq(st_siprec_live(rig.siprec), 1);
    rig_tear_down();
}
END_TEST

static const char *bare(const char *method)
{
    static char text[1024];
    snprintf(text, sizeof(text),
             "%s sip:srs@198.51.100.7 SIP/2.0\r\n"
             "Via: SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bK%s%u\r\n"
             "From: <sip:src@192.0.2.1>;tag=from1\r\nTo: <sip:srs@198.51.100.7>\r\n"
             "Call-ID: probe\r\nCSeq: 1 %s\r\n\r\n",
             method, method, rig.sent, method);
    return text;
}

START_TEST(every_method_has_its_answer)
{
    static const struct {
        const char *method;
        int status;
    } cases[] = {{"OPTIONS", 200}, {"BYE", 481},      {"UPDATE", 481}, {"INFO", 481},
                 {"PRACK", 481},   {"REGISTER", 405}, {"REFER", 405},  {"SUBSCRIBE", 405},
                 {"NOTIFY", 405},  {"MESSAGE", 405},  {"FOO", 501}};
    begin();
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        rig_put(bare(cases[i].method));
        ck_assert_msg(rig_status() == cases[i].status, "%s: %d", cases[i].method, rig_status());
        ck_assert_str_eq(rig_header("Allow"), "INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE, INFO");
        ck_assert_str_eq(rig_header("Supported"), "siprec, timer");
        ck_assert_int_eq(strncmp(rig_header("Server"), "Sidetone/", 9), 0);
        if (cases[i].status == 200)
            ck_assert_str_eq(rig_header("Accept"), "application/sdp, application/rs-metadata+xml, "
                                                   "application/rs-metadata, multipart/mixed");
        ck_assert_uint_eq(rig.sent_to.port, 5070); /* no rport: what its Via says */
    }
    unsigned sent = rig.sent;
    rig_put(bare("ACK"));
    ck_assert_uint_eq(rig.sent, sent);
    rig_tear_down();
}
END_TEST

START_TEST(probes_and_calls_get_503_when_full_or_draining)
{
    rig_set_up();
    rig.config.sessions_max = 1;
    rig_start();
    call_up();
    rig_put(rig_invite("two", 1, "", rig_two_legs));
    ck_assert_int_eq(rig_status(), 503);
    ck_assert_str_eq(rig_header("Retry-After"), "30");
    rig_put(bare("OPTIONS"));
    ck_assert_int_eq(rig_status(), 503);
    rig_put(rig_in_dialog("OPTIONS", 2, "", "")); /* what there is goes on */
    ck_assert_int_eq(rig_status(), 200);
    rig_tear_down();
    begin();
    call_up();
    st_siprec_drain(rig.siprec);
    rig_put(bare("OPTIONS"));
    ck_assert_int_eq(rig_status(), 503);
    rig_put(rig_invite("two", 1, "", rig_two_legs));
    ck_assert_int_eq(rig_status(), 503);
    rig_put(rig_in_dialog("INFO", 2, "", ""));
    ck_assert_int_eq(rig_status(), 200);
    rig_tear_down();
}
END_TEST

/* What the sink has no room for: until another session ends or begins, or the time to retry has
 * come. */
START_TEST(probes_are_told_that_there_is_no_room)
{
    enum { ENDS, BEGINS, TIME, WAYS };
    for (int way = 0; way < WAYS; way++) {
        begin();
        call_up();
        rig.err = -ENOTSUP; /* of this one's offer */
        rig_put(rig_invite("two", 1, "", rig_two_legs));
        rig_put(bare("OPTIONS"));
        ck_assert_int_eq(rig_status(), 200);
        rig.err = -EBUSY;
        rig_put(rig_invite("three", 1, "", rig_two_legs));
        rig_put(bare("OPTIONS"));
        ck_assert_int_eq(rig_status(), 503);
        ck_assert_str_eq(rig_header("Retry-After"), "30");
        rig.err = 0;
        if (way == ENDS)
            rig_put(rig_in_dialog("BYE", 2, "", ""));
        else if (way == BEGINS)
            rig_put(rig_invite("four", 1, "", rig_two_legs));
        else
            rig_pass(30000000);
        rig_put(bare("OPTIONS"));
        ck_assert_int_eq(rig_status(), 200);
        rig_tear_down();
    }
}
END_TEST

START_TEST(only_allowed_sources_are_heard)
{
    static const char *const allowed[] = {"192.0.2.0/24"};
    rig_set_up();
    rig.config.allowed = allowed;
    rig.config.allowed_count = 1;
    rig_start();
    struct st_siprec_peer inside = rig.peer;
    rig.peer = (struct st_siprec_peer){ST_SIPREC_UDP, "203.0.113.5", 5060, 0};
    rig_put(bare("OPTIONS"));
    ck_assert_uint_eq(rig.sent, 0);
    struct st_siprec_link *link;
    rig.peer.transport = ST_SIPREC_TCP;
    ck_assert_int_eq(st_siprec_link_open(&link, rig.siprec, &rig.peer), -EACCES);
    struct st_siprec_counts counts;
    st_siprec_counts(rig.siprec, &counts);
    ck_assert_uint_eq(counts.foreign, 2);
    rig.peer = inside;
    rig_put(bare("OPTIONS"));
    ck_assert_int_eq(rig_status(), 200);
    rig_tear_down();
}
END_TEST

START_TEST(a_source_has_its_share)
{
    rig_set_up();
    rig.config.requests_per_s = 5;
    rig_start();
    call_up();
    unsigned refused = 0;
    for (int i = 0; i < 20; i++) {
        rig_put(bare("OPTIONS"));
        refused += rig_status() == 503;
    }
    ck_assert_uint_eq(refused, 11);
    rig_put(rig_in_dialog("INFO", 2, "", ""));
    ck_assert_int_eq(rig_status(), 200); /* sessions go on */
    rig_pass(1000000);
    rig_put(bare("OPTIONS"));
    ck_assert_int_eq(rig_status(), 200);
    rig_tear_down();
}
END_TEST

/* Memory does not follow the number of requests. */
START_TEST(a_flood_of_invites_is_bounded)
{
    char call_id[32];
    begin();
    size_t highest = 0;
    for (unsigned i = 0; i < 100000; i++) {
        snprintf(call_id, sizeof(call_id), "flood%u", i);
        rig_put(rig_invite(call_id, 1, "", rig_two_legs));
        size_t held = i % 100 ? 0 : st_siprec_held_bytes(rig.siprec);
        highest = held > highest ? held : highest;
        rig.now_us += 100;
    }
    ck_assert_uint_le(st_siprec_live(rig.siprec), 1000);
    ck_assert_uint_lt(highest, 64u << 20);
    ck_assert_int_eq(rig_status(), 503);
    rig_pass(80000000);
    ck_assert_uint_eq(st_siprec_live(rig.siprec), 0);
    ck_assert_uint_eq(rig.told.ends, rig.told.offers);
    rig_put(rig_invite("after", 1, "", rig_two_legs));
    ck_assert_int_eq(rig_status(), 200);
    rig_tear_down();
}
END_TEST

START_TEST(the_same_invite_by_two_ways_is_one)
{
    begin();
    rig_put(rig_invite("one", 1, "", rig_two_legs));
    char again[4096];
    snprintf(again, sizeof(again), "%s", rig_invite("one", 1, "", rig_two_legs));
    memcpy(strstr(again, "z9hG4bKone"), "z9hG4bKtwo", 10);
    rig_put(again);
    ck_assert_int_eq(rig_status(), 482);
    ck_assert_uint_eq(rig.told.offers, 1);
    rig_tear_down();
}
END_TEST

/* Whom we have said goodbye to may begin again, before they have answered that. */
START_TEST(an_ended_dialog_is_in_nobodys_way)
{
    begin();
    call_up();
    st_siprec_end(rig.siprec, rig.told.id, ST_SIPREC_END_MEDIA, rig.now_us);
    rig_put(rig_invite("one", 2, "", rig_two_legs));
    ck_assert_int_eq(rig_status(), 200);
    rig_tear_down();
}
END_TEST

/* The way back is as long as the way here. */
START_TEST(a_long_route_is_kept_whole)
{
    static char routes[8192];
    char *at = routes;
    for (int i = 0; i < 40; i++)
        at += snprintf(
            at, 128, "Record-Route: <sip:proxy-number-%02d.with-a-long-name.carrier.example;lr>\n",
            i);
    begin();
    rig_put(rig_invite("one", 1, routes, rig_two_legs));
    ck_assert_int_eq(rig_status(), 200);
    ck_assert_ptr_nonnull(strstr(rig_sent(0), "proxy-number-39"));
    rig_put(rig_in_dialog("ACK", 1, "", ""));
    st_siprec_end(rig.siprec, rig.told.id, ST_SIPREC_END_STOPPED, rig.now_us);
    const char *route = strstr(rig_sent(0), "\r\nRoute: <sip:proxy-number-00.");
    ck_assert_ptr_nonnull(route);
    ck_assert_ptr_nonnull(strstr(route, "proxy-number-39"));
    rig_tear_down();
}
END_TEST

START_TEST(requests_out_of_order_or_of_others_are_refused)
{
    begin();
    call_up();
    rig_put(rig_in_dialog("INFO", 5, "", ""));
    ck_assert_int_eq(rig_status(), 200);
    rig_put(rig_in_dialog("BYE", 4, "", ""));
    ck_assert_int_eq(rig_status(), 500);
    char forged[4096];
    snprintf(forged, sizeof(forged), "%s", rig_in_dialog("BYE", 6, "", ""));
    memcpy(strstr(forged, "tag=from1"), "tag=from2", 9);
    rig_put(forged);
    ck_assert_int_eq(rig_status(), 481);
    ck_assert_uint_eq(rig.told.ends, 0);
    rig_tear_down();
}
END_TEST

START_TEST(the_sink_may_end_a_session)
{
    begin();
    call_up();
    ck_assert_int_eq(st_siprec_end(rig.siprec, rig.told.id, ST_SIPREC_END_MEDIA, rig.now_us), 0);
    ck_assert_int_eq(rig.told.end, ST_SIPREC_END_MEDIA);
    ck_assert_int_eq(strncmp(rig_sent(0), "BYE ", 4), 0);
    ck_assert_ptr_nonnull(strstr(rig_header("Reason"), "no media"));
    unsigned bye = rig.sent;
    rig_put(rig_in_dialog("INFO", 2, "", ""));
    ck_assert_int_eq(rig_status(), 481);
    rig.sent = bye;
    char response[2048], via[512], from[256], to[256];
    snprintf(via, sizeof(via), "%s", rig_header("Via"));
    snprintf(from, sizeof(from), "%s", rig_header("From"));
    snprintf(to, sizeof(to), "%s", rig_header("To"));
    snprintf(response, sizeof(response),
             "SIP/2.0 200 OK\r\nVia: %s\r\nFrom: %s\r\nTo: %s\r\nCall-ID: one\r\n"
             "CSeq: 1 BYE\r\n\r\n",
             via, from, to);
    rig_put(response);
    ck_assert_uint_eq(st_siprec_live(rig.siprec), 0);
    unsigned sent = rig.sent;
    rig_pass(40000000);
    ck_assert_uint_eq(rig.sent, sent);
    ck_assert_uint_eq(rig.told.ends, 1);
    rig_tear_down();
}
END_TEST

START_TEST(nobody_is_answered_at_an_address_only_named)
{
    begin();
    char invite[4096];
    snprintf(invite, sizeof(invite), "%s", rig_invite("one", 1, "", rig_two_legs));
    char *contact = strstr(invite, "Contact: <sip:src@192.0.2.1:5060>");
    memcpy(contact, "Contact: <sip:src@203.0.13.9:520>", 33);
    rig_put(invite);
    ck_assert_int_eq(rig_status(), 200);
    st_siprec_end(rig.siprec, rig.told.id, ST_SIPREC_END_STOPPED, rig.now_us);
    ck_assert_str_eq(rig.sent_to.address, "192.0.2.1");
    rig_tear_down();
}
END_TEST

START_TEST(ipv6_is_written_as_it_must_be)
{
    static const char invite[] =
        "INVITE sip:srs@[2001:db8::7] SIP/2.0\n"
        "Via: SIP/2.0/UDP [2001:db8::1]:5060;branch=z9hG4bKsix;rport\n"
        "From: <sip:src@[2001:db8::1]>;tag=from1\nTo: <sip:srs@[2001:db8::7]>\n"
        "Call-ID: six\nCSeq: 1 INVITE\nMax-Forwards: 70\n%sContent-Type: application/sdp\n";
    static const struct {
        const char *contact, *target;
        uint16_t port;
    } cases[] = {
        {"Contact: <sip:src@[2001:DB8:0::1]:5070>\n", "[2001:", 5070},
        {"Contact: <sip:src@192.0.2.1:5070>\n", "src@192.0.2.1:5070 ", 5060},
        {"", "sip:[2001:db8::1]:5060 ", 5060},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char head[1024];
        rig_set_up();
        rig.config.host = "2001:db8::7";
        rig_start();
        rig.peer = (struct st_siprec_peer){ST_SIPREC_UDP, "2001:db8::1", 5060, 1};
        snprintf(head, sizeof(head), invite, cases[i].contact);
        rig_put(rig_message(head, "c=IN IP6 2001:db8::5\nm=audio 16000 RTP/AVP 0\n"));
        ck_assert_int_eq(rig_status(), 200);
        ck_assert_str_eq(rig_header("Contact"),
                         "<sip:sidetone@[2001:db8::7]:5060;transport=udp>;+sip.srs");
        ck_assert_ptr_nonnull(strstr(rig_header("Via"), "SIP/2.0/UDP [2001:db8::1]:5060;"));
        ck_assert_ptr_nonnull(strstr(rig_header("Via"), "received=2001:db8::1"));
        ck_assert_str_eq(rig.told.streams[0].address, "2001:db8::5");
        st_siprec_end(rig.siprec, rig.told.id, ST_SIPREC_END_STOPPED, rig.now_us);
        ck_assert_ptr_nonnull(strstr(rig_sent(0), cases[i].target));
        ck_assert_ptr_nonnull(strstr(rig_header("Via"), "SIP/2.0/UDP [2001:db8::7]:5060;"));
        ck_assert_str_eq(rig.sent_to.address, "2001:db8::1");
        ck_assert_uint_eq(rig.sent_to.port, cases[i].port);
        rig_tear_down();
    }
}
END_TEST

START_TEST(who_names_no_contact_gets_a_goodbye_too)
{
    begin();
    char invite[4096];
    snprintf(invite, sizeof(invite), "%s", rig_invite("one", 1, "", rig_two_legs));
    memcpy(strstr(invite, "Contact:"), "X-Other:", 8);
    rig_put(invite);
    ck_assert_int_eq(rig_status(), 200);
    st_siprec_end(rig.siprec, rig.told.id, ST_SIPREC_END_STOPPED, rig.now_us);
    ck_assert_int_eq(strncmp(rig_sent(0), "BYE sip:192.0.2.1:5060 ", 23), 0);
    rig_tear_down();
}
END_TEST

/* Whatever is cut off, nothing but an answer comes of it. */
START_TEST(any_cut_of_a_datagram_is_survived)
{
    char invite[4096];
    snprintf(invite, sizeof(invite), "%s", rig_invite("one", 1, "", rig_two_legs));
    size_t bytes = strlen(invite), head = (size_t)(strstr(invite, "\r\n\r\n") - invite) + 4;
    for (size_t cut = 0; cut < bytes; cut++) {
        begin();
        char *exact = malloc(cut ? cut : 1);
        memcpy(exact, invite, cut);
        st_siprec_datagram(rig.siprec, &rig.peer, exact, cut, rig.now_us);
        free(exact);
        ck_assert_uint_eq(rig.told.offers, 0);
        ck_assert_uint_eq(rig.sent, cut >= head ? 1 : 0);
        if (cut >= head)
            ck_assert_int_eq(rig_status(), 400);
        rig_tear_down();
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        an_invite_is_answered_and_ended,
        a_2xx_is_repeated_until_its_ack_on_every_transport,
        without_an_ack_we_say_goodbye,
        a_request_that_comes_again_is_answered_alike,
        a_refusal_is_repeated_over_udp_until_its_ack,
        requests_that_cannot_be_taken_are_refused_by_their_reason,
        what_the_sink_refuses_is_refused_alike,
        a_sink_may_answer_later_but_not_never,
        what_waits_can_be_cancelled,
        a_late_cancel_changes_nothing,
        every_method_has_its_answer,
        probes_and_calls_get_503_when_full_or_draining,
        probes_are_told_that_there_is_no_room,
        only_allowed_sources_are_heard,
        a_source_has_its_share,
        a_flood_of_invites_is_bounded,
        the_same_invite_by_two_ways_is_one,
        an_ended_dialog_is_in_nobodys_way,
        a_long_route_is_kept_whole,
        requests_out_of_order_or_of_others_are_refused,
        the_sink_may_end_a_session,
        nobody_is_answered_at_an_address_only_named,
        ipv6_is_written_as_it_must_be,
        who_names_no_contact_gets_a_goodbye_too,
        any_cut_of_a_datagram_is_survived,
    };
    return run_tests("server", tests, sizeof(tests) / sizeof(*tests));
}
