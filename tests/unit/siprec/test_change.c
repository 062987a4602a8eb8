/* Changes that come at a bad time, are refused, or take something for granted. */
#include "siprec_rig.h"

#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char one_leg[] =
    "c=IN IP4 192.0.2.1\nm=audio 16000 RTP/AVP 0\na=label:1\na=sendonly\n";

static void call_up(const char *extra, const char *body)
{
    rig_set_up();
    rig_start();
    rig_put(rig_invite("one", 1, extra, body));
    ck_assert_int_eq(rig_status(), 200);
    rig_put(rig_in_dialog("ACK", 1, "", ""));
}

/* A later offer need not repeat what its first INVITE said of the whole call. */
START_TEST(a_rule_by_header_holds_for_the_session)
{
    static const struct st_siprec_role_rule rules[] = {
        {.header = "X-Dir: in*", .label = "1", .role = ST_ROLE_AGENT},
        {.header = "X-Dir: in*", .label = "2", .role = ST_ROLE_CUSTOMER},
    };
    rig_set_up();
    rig.config.rules = rules;
    rig.config.rule_count = 2;
    rig_start();
    rig_put(rig_invite("one", 1, "X-Dir: inbound\n", one_leg));
    ck_assert_int_eq(rig.told.streams[0].role, ST_ROLE_AGENT);
    rig_put(rig_in_dialog("ACK", 1, "", ""));
    rig_put(rig_in_dialog("INVITE", 2, "", rig_two_legs));
    ck_assert_int_eq(rig_status(), 200);
    ck_assert_int_eq(rig.told.streams[1].role, ST_ROLE_CUSTOMER);
    ck_assert_int_eq(rig.told.streams[1].source, ST_SIPREC_BY_RULE);
    ck_assert(!rig.told.is_suspect);
    rig_tear_down();
}
END_TEST

/* The channel that a refused leg would have had is free for another session. */
START_TEST(a_refused_leg_takes_no_channel)
{
    static const char legs[] =
        "--b\nContent-Type: application/sdp\n\nc=IN IP4 192.0.2.1\n"
        "m=audio 16000 RTP/AVP 0\na=label:%s\n"
        "--b\nContent-Type: application/rs-metadata+xml\n\n<r><group group_id=\"g\"/></r>\n--b--\n";
    char body[1024];
    snprintf(body, sizeof(body), legs, "1");
    call_up("Content-Type: multipart/mixed;boundary=b\n", body);
    ck_assert_str_eq(rig.told.call_id, "g");
    rig.err = -EBUSY;
    rig_put(rig_in_dialog("INVITE", 2, "", rig_two_legs));
    ck_assert_int_eq(rig_status(), 503);
    rig.err = 0;
    snprintf(body, sizeof(body), legs, "2");
    rig_put(rig_invite("two", 1, "Content-Type: multipart/mixed;boundary=b\n", body));
    ck_assert_int_eq(rig_status(), 200);
    ck_assert_str_eq(rig.told.call_id, "g");
    ck_assert_uint_eq(rig.told.streams[0].channel, 0);
    rig_tear_down();
}
END_TEST

/* By then the media has changed: the answer says so. */
START_TEST(a_change_cannot_be_cancelled)
{
    char cancel[2048];
    call_up("", rig_two_legs);
    rig.waits = true;
    rig_put(rig_in_dialog("INVITE", 2, "", rig_two_legs));
    snprintf(cancel, sizeof(cancel), "%s", rig_in_dialog("CANCEL", 2, "", ""));
    memcpy(strstr(cancel, "z9hG4bKCANCEL2"), "z9hG4bKINVITE2", 14);
    rig_put(cancel);
    ck_assert_int_eq(rig_status(), 200);
    ck_assert_str_eq(rig_header("CSeq"), "2 CANCEL");
    rig_answer();
    ck_assert_int_eq(rig_status(), 200);
    ck_assert_str_eq(rig_header("CSeq"), "2 INVITE");
    rig_tear_down();
}
END_TEST

/* An ACK is for its own INVITE. */
START_TEST(a_late_ack_is_not_for_the_next_offer)
{
    call_up("", rig_two_legs);
    rig_put(rig_in_dialog("INVITE", 2, "", rig_two_legs));
    unsigned sent = rig.sent;
    rig_put(rig_in_dialog("ACK", 1, "", ""));
    rig_pass(600000);
    ck_assert_uint_eq(rig.sent, sent + 1);
    rig_put(rig_in_dialog("ACK", 2, "", ""));
    rig_pass(40000000);
    ck_assert_uint_eq(rig.sent, sent + 1);
    ck_assert_uint_eq(rig.told.ends, 0);
    rig_tear_down();
}
END_TEST

/* Whoever goes on without an ACK has had the answer; it is not repeated beside the next one. */
START_TEST(the_next_offer_stands_for_a_lost_ack)
{
    rig_set_up();
    rig_start();
    rig_put(rig_invite("one", 1, "", rig_two_legs));
    rig_put(rig_in_dialog("INVITE", 2, "", rig_two_legs));
    rig_put(rig_in_dialog("ACK", 2, "", ""));
    unsigned sent = rig.sent;
    rig_pass(40000000);
    ck_assert_uint_eq(rig.sent, sent);
    ck_assert_uint_eq(rig.told.ends, 0);
    rig_tear_down();
}
END_TEST

/* Each answer names where its own request came from, whatever came from elsewhere meanwhile. */
START_TEST(an_answer_goes_back_the_way_of_its_request)
{
    call_up("", rig_two_legs);
    rig.waits = true;
    rig_put(rig_in_dialog("INVITE", 2, "", rig_two_legs));
    snprintf(rig.peer.address, sizeof(rig.peer.address), "192.0.2.9");
    rig_put(rig_in_dialog("INFO", 3, "", ""));
    ck_assert_str_eq(rig.sent_to.address, "192.0.2.9");
    rig_answer();
    ck_assert_str_eq(rig.sent_to.address, "192.0.2.1");
    ck_assert_ptr_nonnull(strstr(rig_header("Via"), "received=192.0.2.1"));
    rig_tear_down();
}
END_TEST

/* What waits is not left without an answer. */
START_TEST(a_goodbye_of_ours_refuses_what_waits)
{
    call_up("", rig_two_legs);
    rig.waits = true;
    rig_put(rig_in_dialog("INVITE", 2, "", rig_two_legs));
    st_siprec_end(rig.siprec, rig.told.id, ST_SIPREC_END_MEDIA, rig.now_us);
    ck_assert_int_eq(strncmp(rig_sent(1), "SIP/2.0 487", 11), 0);
    ck_assert_int_eq(strncmp(rig_sent(0), "BYE ", 4), 0);
    rig_tear_down();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_rule_by_header_holds_for_the_session, a_refused_leg_takes_no_channel,
        a_change_cannot_be_cancelled,           a_late_ack_is_not_for_the_next_offer,
        the_next_offer_stands_for_a_lost_ack,   an_answer_goes_back_the_way_of_its_request,
        a_goodbye_of_ours_refuses_what_waits,
    };
    return run_tests("change", tests, sizeof(tests) / sizeof(*tests));
}
