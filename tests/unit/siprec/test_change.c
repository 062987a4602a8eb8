/* Changes that come at a bad time, are refused, or take something for granted. */
#include "siprec_rig.h"

#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char one_leg[] =
    "c=IN IP4 192.0.2.1\nm=audio 16000 RTP/AVP 0\na=label:1\na=sendonly\n";

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
    rig_call_up("Content-Type: multipart/mixed;boundary=b\n", body);
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
    rig_call_up("", rig_two_legs);
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
    rig_call_up("", rig_two_legs);
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
    rig_call_up("", rig_two_legs);
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

/* Lines may end, but do not go away: an offer without those that are recorded is none. */
START_TEST(an_offer_without_its_streams_is_refused)
{
    static const char second_alone[] = "c=IN IP4 192.0.2.1\nm=video 17000 RTP/AVP 96\n"
                                       "m=audio 16000 RTP/AVP 0\na=label:1\na=sendonly\n";
    rig_call_up("", second_alone);
    ck_assert_uint_eq(rig.told.streams[0].line, 1);
    rig_put(rig_in_dialog("INVITE", 2, "", "m=video 17000 RTP/AVP 96\n"));
    ck_assert_int_eq(rig_status(), 488);
    rig_put(rig_in_dialog("ACK", 2, "", ""));
    ck_assert_uint_eq(rig.told.offers, 1);
    rig_put(rig_in_dialog("INVITE", 3, "", second_alone));
    ck_assert_int_eq(rig_status(), 200);
    ck_assert_uint_eq(rig.told.stream_count, 1);
    rig_tear_down();
}
END_TEST

static const char metadata[] =
    "--b\nContent-Type: application/rs-metadata+xml\n\n"
    "<recording><datamode>partial</datamode>"
    "<participant participant_id='p'><nameID aor='sip:%s@desk'><name>%s</name></nameID>"
    "</participant><stream stream_id='s'><label>%s</label></stream>"
    "<participantstreamassoc participant_id='p'><send>s</send></participantstreamassoc>"
    "</recording>\n--b\nContent-Type: application/sdp\n\n%s--b--\n";

static const char *with_metadata(const char *who, const char *label, const char *sdp)
{
    static char body[4096];
    snprintf(body, sizeof(body), metadata, who, who, label, sdp);
    return body;
}

#define MULTIPART "Content-Type: multipart/mixed;boundary=b\n"

static const char *name_of_leg(const char *label)
{
    for (unsigned i = 0; i < rig.told.stream_count; i++)
        if (strcmp(rig.told.media[i].label, label) == 0)
            return rig.told.name[i];
    return "";
}

/* Whether the sink refuses it, later or at once, or the server itself: what it says of people is
 * not so. */
START_TEST(what_a_refused_offer_says_of_people_is_not_taken)
{
    static const char second[] = "c=IN IP4 192.0.2.1\nm=video 17000 RTP/AVP 96\n"
                                 "m=audio 16000 RTP/AVP 0\na=label:1\na=sendonly\n";
    const struct {
        const char *before, *sdp;
        int err, status;
        bool waits;
    } cases[] = {{rig_two_legs, rig_two_legs, -EBUSY, 503, false},
                 {rig_two_legs, rig_two_legs, -ENOTSUP, 488, true},
                 {second, "m=video 17000 RTP/AVP 96\n", 0, 488, false}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        rig_call_up(MULTIPART, with_metadata("robin", "1", cases[i].before));
        ck_assert_str_eq(name_of_leg("1"), "robin");
        rig.err = cases[i].err;
        rig.waits = cases[i].waits;
        rig_put(rig_in_dialog("INVITE", 2, MULTIPART, with_metadata("kim", "2", cases[i].sdp)));
        if (rig.waits)
            rig_answer();
        ck_assert_int_eq(rig_status(), cases[i].status);
        rig_put(rig_in_dialog("ACK", 2, "", ""));
        rig.err = 0;
        rig.waits = false;
        rig_put(rig_in_dialog("INVITE", 3, "", cases[i].before));
        ck_assert_int_eq(rig_status(), 200);
        ck_assert_str_eq(name_of_leg("1"), "robin");
        ck_assert_str_eq(name_of_leg("2"), "");
        rig_tear_down();
    }
}
END_TEST

static const char resumed[] =
    "c=IN IP4 192.0.2.77\nm=audio 18000 RTP/AVP 8\na=sendonly\na=label:1\n"
    "m=audio 18002 RTP/AVP 8\na=inactive\na=label:2\n";

/* An INVITE without an offer gets ours; what is answered to that comes with the ACK. */
START_TEST(an_offer_of_ours_is_answered_by_the_ack)
{
    char held[1024];
    rig_call_up("", rig_two_legs);
    snprintf(held, sizeof(held), "%s", rig_two_legs);
    for (char *at; (at = strstr(held, "sendonly")) != NULL;)
        memcpy(at, "inactive", 8);
    rig_put(rig_in_dialog("INVITE", 2, "", held));
    ck_assert_ptr_nonnull(strstr(rig_body(), "a=inactive"));
    ck_assert_ptr_nonnull(strstr(rig_body(), "o=sidetone 1 2 "));
    rig_put(rig_in_dialog("ACK", 2, "", ""));
    rig_put(rig_in_dialog("INVITE", 3, "", ""));
    ck_assert_int_eq(rig_status(), 200);
    ck_assert_ptr_nonnull(strstr(rig_body(), "a=recvonly")); /* or they could never resume */
    ck_assert_ptr_null(strstr(rig_body(), "a=inactive"));
    ck_assert_ptr_nonnull(strstr(rig_body(), "o=sidetone 1 3 "));
    unsigned sent = rig.sent;
    rig_put(rig_in_dialog("ACK", 3, "", resumed));
    ck_assert_uint_eq(rig.told.offers, 3);
    ck_assert(!rig.told.is_new);
    ck_assert_uint_eq(rig.told.stream_count, 2);
    ck_assert_str_eq(rig.told.streams[0].address, "192.0.2.77");
    ck_assert_uint_eq(rig.told.media[0].port, 18000);
    ck_assert_uint_eq(rig.told.media[0].payloads[0].payload_type, 8);
    ck_assert(!rig.told.media[0].is_held && rig.told.media[1].is_held);
    rig_pass(40000000);
    ck_assert_uint_eq(rig.sent, sent);
    ck_assert_uint_eq(rig.told.ends, 0);
    rig_put(rig_in_dialog("INVITE", 4, "", rig_two_legs));
    ck_assert_int_eq(rig_status(), 200);
    rig_tear_down();
}
END_TEST

/* They cost nobody anything. */
START_TEST(answers_that_cannot_be_used_change_nothing)
{
    static const char *const answers[] = {
        "", "hello", "m=audio 18000 RTP/AVP 8\n",
        "m=audio 1 RTP/AVP 0\nm=audio 3 RTP/AVP 0\nm=audio 5 RTP/AVP 0\n"};
    for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
        rig_call_up("", rig_two_legs);
        rig_put(rig_in_dialog("INVITE", 2, "", ""));
        unsigned sent = rig.sent;
        rig_put(rig_in_dialog("ACK", 2, "", answers[i]));
        rig_put(rig_in_dialog("ACK", 2, "", resumed)); /* an ACK counts once */
        rig_pass(40000000);
        ck_assert_uint_eq(rig.told.offers, 1);
        ck_assert_uint_eq(rig.sent, sent);
        ck_assert_uint_eq(rig.told.ends, 0);
        rig_tear_down();
    }
}
END_TEST

/* What the sink says to it later, or never, is said to nobody. */
START_TEST(an_answer_may_wait_and_fail)
{
    static const int errors[] = {0, -EBUSY, -ETIMEDOUT};
    for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
        rig_call_up("", rig_two_legs);
        rig_put(rig_in_dialog("INVITE", 2, "", ""));
        rig.waits = true;
        unsigned sent = rig.sent;
        rig_put(rig_in_dialog("ACK", 2, "", resumed));
        ck_assert_uint_eq(rig.told.offers, 2);
        rig.err = errors[i];
        if (errors[i] != -ETIMEDOUT)
            rig_answer();
        rig_pass(40000000);
        ck_assert_uint_eq(rig.sent, sent);
        ck_assert_uint_eq(rig.told.ends, 0);
        rig_put(rig_in_dialog("INVITE", 3, "", ""));
        rig_put(rig_in_dialog("ACK", 3, "", resumed));
        rig_put(rig_in_dialog("BYE", 4, "", ""));
        ck_assert_int_eq(rig_status(), 200);
        ck_assert_uint_eq(rig.sent, sent + 2);
        rig_tear_down();
    }
}
END_TEST

/* Two offers at a time are one too many. */
START_TEST(an_offer_meets_ours)
{
    rig_call_up("", rig_two_legs);
    rig_put(rig_in_dialog("INVITE", 2, "", ""));
    rig_put(rig_in_dialog("UPDATE", 3, "", rig_two_legs));
    ck_assert_int_eq(rig_status(), 491);
    rig_put(rig_in_dialog("INVITE", 4, "", rig_two_legs)); /* the ACK was lost */
    ck_assert_int_eq(rig_status(), 200);
    rig_put(rig_in_dialog("ACK", 4, "", resumed)); /* of an answer it says nothing */
    ck_assert_uint_eq(rig.told.offers, 2);
    rig_put(rig_in_dialog("INVITE", 5, "", ""));
    rig.waits = true;
    rig_put(rig_in_dialog("INVITE", 6, "", rig_two_legs));
    rig_put(rig_in_dialog("ACK", 5, "", resumed)); /* too late, a further offer waits */
    ck_assert_uint_eq(rig.told.offers, 3);
    rig_answer();
    ck_assert_int_eq(rig_status(), 200);
    ck_assert_str_eq(rig_header("CSeq"), "6 INVITE");
    rig_tear_down();
}
END_TEST

/* We refresh by what we offered before; what they answer may be something else by now. */
START_TEST(what_answers_our_refresh_is_applied)
{
    rig_call_up("Supported: timer\nSession-Expires: 100;refresher=uas\n", rig_two_legs);
    rig_pass(50100000);
    ck_assert_int_eq(strncmp(rig_sent(0), "INVITE ", 7), 0);
    rig_respond_with("200 OK", resumed);
    ck_assert_int_eq(strncmp(rig_sent(0), "ACK ", 4), 0);
    ck_assert_uint_eq(rig.told.offers, 2);
    ck_assert(!rig.told.is_new);
    ck_assert_str_eq(rig.told.streams[0].address, "192.0.2.77");
    ck_assert_uint_eq(rig.told.media[0].port, 18000);
    rig_pass(49000000);
    ck_assert_uint_eq(rig.told.ends, 0);
    rig_tear_down();
}
END_TEST

/* What waits is not left without an answer. */
START_TEST(a_goodbye_of_ours_refuses_what_waits)
{
    rig_call_up("", rig_two_legs);
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
        a_rule_by_header_holds_for_the_session,
        a_refused_leg_takes_no_channel,
        a_change_cannot_be_cancelled,
        a_late_ack_is_not_for_the_next_offer,
        the_next_offer_stands_for_a_lost_ack,
        an_answer_goes_back_the_way_of_its_request,
        a_goodbye_of_ours_refuses_what_waits,
        an_offer_without_its_streams_is_refused,
        what_a_refused_offer_says_of_people_is_not_taken,
        an_offer_of_ours_is_answered_by_the_ack,
        answers_that_cannot_be_used_change_nothing,
        an_answer_may_wait_and_fail,
        an_offer_meets_ours,
        what_answers_our_refresh_is_applied,
    };
    return run_tests("change", tests, sizeof(tests) / sizeof(*tests));
}
