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

/* The CANCEL of the latest offer in the dialog. */
static const char *cancel_of(unsigned cseq)
{
    static char text[2048];
    char ours[32], theirs[32];
    snprintf(ours, sizeof(ours), "z9hG4bKCANCEL%u", cseq);
    snprintf(theirs, sizeof(theirs), "z9hG4bKINVITE%u", cseq);
    snprintf(text, sizeof(text), "%s", rig_in_dialog("CANCEL", cseq, "", ""));
    memcpy(strstr(text, ours), theirs, strlen(theirs));
    return text;
}

/* Whether anything that was sent since then begins so, of that CSeq. */
static bool was_sent(unsigned since, const char *begin, const char *cseq)
{
    for (unsigned i = 0; i < rig.sent - since; i++)
        if (strncmp(rig_sent(i), begin, strlen(begin)) == 0 && strstr(rig_sent(i), cseq))
            return true;
    return false;
}

/* By then the media has changed: whoever cancels is told so by an answer to the offer, which says
 * what holds now, and nobody goes by what was before. */
START_TEST(a_change_cannot_be_cancelled)
{
    static const char held[] = "c=IN IP4 192.0.2.1\n"
                               "m=audio 16000 RTP/AVP 0\na=label:1\na=inactive\n"
                               "m=audio 16002 RTP/AVP 0\na=label:2\na=inactive\n";
    call_up("", rig_two_legs);
    rig.waits = true;
    rig_put(rig_in_dialog("INVITE", 2, "", held));
    unsigned sent = rig.sent;
    rig_put(cancel_of(2));
    ck_assert_int_eq(rig_status(), 200);
    ck_assert_str_eq(rig_header("CSeq"), "2 CANCEL");
    ck_assert(!was_sent(sent, "SIP/2.0 487", "2 INVITE"));
    rig_answer();
    ck_assert_int_eq(rig_status(), 200);
    ck_assert_str_eq(rig_header("CSeq"), "2 INVITE");
    ck_assert(rig.told.media[0].is_held && rig.told.media[1].is_held);
    ck_assert_uint_eq(rig.told.offers, 2);
    const char *first = strstr(rig_body(), "a=inactive");
    ck_assert(first && strstr(first + 1, "a=inactive") && !strstr(rig_body(), "recvonly"));
    /* It is an answer like others: repeated until its ACK, and no more. */
    sent = rig.sent;
    rig_pass(600000);
    ck_assert(was_sent(sent, "SIP/2.0 200", "2 INVITE"));
    rig_put(rig_in_dialog("ACK", 2, "", ""));
    sent = rig.sent;
    rig_pass(40000000);
    ck_assert_uint_eq(rig.sent, sent);
    /* The session goes on from there; a CANCEL of what was answered changes nothing either. */
    rig_put(cancel_of(2));
    ck_assert_uint_eq(rig.told.ends, 0);
    rig_put(rig_in_dialog("INVITE", 3, "", rig_two_legs));
    rig_answer();
    ck_assert_int_eq(rig_status(), 200);
    ck_assert(!rig.told.media[0].is_held && strstr(rig_body(), "a=recvonly"));
    ck_assert_uint_eq(st_siprec_live(rig.siprec), 1);
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
