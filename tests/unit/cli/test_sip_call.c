#include "run.h"
#include "sip_call.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { S = 1000000, SENT_MAX = 40, TEXT_MAX = 4000 };

static struct st_sip_call *call;
static char sent[SENT_MAX][TEXT_MAX];
static unsigned sent_count;
static char answer_sdp[TEXT_MAX], why[200];
static unsigned answers, ends;
static bool has_why;

static void on_send(void *user, const char *data, size_t bytes)
{
    ck_assert(sent_count < SENT_MAX && bytes < TEXT_MAX);
    memcpy(sent[sent_count], data, bytes);
    sent[sent_count++][bytes] = '\0';
}

static void on_answered(void *user, const char *sdp, size_t bytes)
{
    snprintf(answer_sdp, sizeof(answer_sdp), "%.*s", (int)bytes, sdp);
    answers++;
}

static void on_ended(void *user, const char *text)
{
    has_why = text != NULL;
    snprintf(why, sizeof(why), "%s", text ? text : "");
    ends++;
}

static void open_call(const char *transport)
{
    sent_count = answers = ends = 0;
    has_why = false;
    st_sip_call_create(&call, &(struct st_sip_call_config){.transport = transport,
                                                           .local = "127.0.0.1:5099",
                                                           .target = "127.0.0.1:5060",
                                                           .call_id = "c1",
                                                           .send = on_send,
                                                           .answered = on_answered,
                                                           .ended = on_ended});
}

/* A header line of the n-th message sent, with its name. */
static const char *line_of(unsigned n, const char *name)
{
    static char line[400];
    const char *at = strcasestr(sent[n], name);
    ck_assert_ptr_nonnull(at);
    snprintf(line, sizeof(line), "%.*s", (int)strcspn(at, "\r"), at);
    return line;
}

static void answer(unsigned n, const char *status, const char *extra, const char *body,
                   int64_t now_us)
{
    char via[400], from[400], cseq[100], text[TEXT_MAX];
    snprintf(via, sizeof(via), "%s", line_of(n, "Via:"));
    snprintf(from, sizeof(from), "%s", line_of(n, "From:"));
    snprintf(cseq, sizeof(cseq), "%s", line_of(n, "CSeq:"));
    int bytes = snprintf(text, sizeof(text),
                         "SIP/2.0 %s\r\n%s\r\n%s\r\nTo: <sip:127.0.0.1:5060>;tag=srs\r\n"
                         "Call-ID: c1\r\n%s\r\nContact: <sip:sidetone@127.0.0.1:5070>;+sip.srs\r\n"
                         "%sContent-Type: application/sdp\r\nContent-Length: %zu\r\n\r\n%s",
                         status, via, from, cseq, extra, strlen(body), body);
    st_sip_call_put(call, text, (size_t)bytes, now_us);
}

static bool begins(unsigned n, const char *text)
{
    return n < sent_count && strncmp(sent[n], text, strlen(text)) == 0;
}

static void establish(void)
{
    ck_assert_int_eq(st_sip_call_offer(call, "v=0\r\n", "<recording/>", 0), 0);
    answer(0, "100 Trying", "", "", 1000);
    answer(0, "200 OK", "Record-Route: <sip:a;lr>\r\nRecord-Route: <sip:b;lr>\r\n",
           "v=0\r\ns=us\r\n", 2000);
    ck_assert_uint_eq(answers, 1);
    ck_assert_uint_eq(sent_count, 2);
}

START_TEST(a_call_is_offered_acknowledged_changed_and_ended)
{
    open_call("TCP");
    establish();
    ck_assert(begins(0, "INVITE sip:127.0.0.1:5060;transport=TCP SIP/2.0\r\n"));
    ck_assert_ptr_nonnull(strstr(sent[0], "Require: siprec\r\n"));
    ck_assert_ptr_nonnull(strstr(sent[0], ";+sip.src\r\n"));
    ck_assert_ptr_nonnull(
        strstr(sent[0], "--part\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n"));
    ck_assert_ptr_nonnull(strstr(sent[0], "<recording/>\r\n--part--\r\n"));
    ck_assert_str_eq(answer_sdp, "v=0\r\ns=us\r\n");
    ck_assert(begins(1, "ACK sip:sidetone@127.0.0.1:5070 SIP/2.0\r\n"));
    ck_assert_ptr_nonnull(strstr(sent[1], "Route: <sip:b;lr>\r\nRoute: <sip:a;lr>\r\n"));
    ck_assert_ptr_nonnull(strstr(sent[1], ";tag=srs\r\n"));
    ck_assert_str_eq(line_of(1, "CSeq:"), "CSeq: 1 ACK");
    ck_assert_int_eq(st_sip_call_offer(call, "v=1\r\n", NULL, S), 0);
    ck_assert_str_eq(line_of(2, "CSeq:"), "CSeq: 2 INVITE");
    ck_assert_str_eq(line_of(2, "Content-Type:"), "Content-Type: application/sdp");
    ck_assert_int_eq(st_sip_call_offer(call, "v=2\r\n", NULL, S), -EBUSY);
    answer(2, "200 OK", "", "v=0\r\n", S);
    ck_assert_uint_eq(answers, 2);
    st_sip_call_hang_up(call, 2 * S);
    ck_assert(begins(4, "BYE sip:sidetone@127.0.0.1:5070 SIP/2.0\r\n"));
    answer(4, "200 OK", "", "", 2 * S);
    ck_assert_uint_eq(ends, 1);
    ck_assert(!has_why);
    ck_assert_int_eq(st_sip_call_due_us(call), INT64_MAX);
    st_sip_call_destroy(call);
}
END_TEST

static unsigned repeats_until(int64_t until_us)
{
    unsigned before = sent_count;
    for (int64_t due_us; (due_us = st_sip_call_due_us(call)) <= until_us;)
        st_sip_call_tick(call, due_us);
    return sent_count - before;
}

START_TEST(datagrams_are_repeated_until_answered)
{
    open_call("UDP");
    ck_assert_int_eq(st_sip_call_offer(call, "v=0\r\n", "<r/>", 0), 0);
    ck_assert_uint_eq(repeats_until(4 * S), 3); /* after 0.5, 1.5 and 3.5 s */
    ck_assert_str_eq(sent[3], sent[0]);
    answer(0, "100 Trying", "", "", 4 * S);
    ck_assert_uint_eq(repeats_until(20 * S), 0);
    answer(0, "200 OK", "", "v=0\r\n", 20 * S);
    ck_assert_uint_eq(answers, 1);
    unsigned before = sent_count;
    answer(0, "200 OK", "", "v=0\r\n", 21 * S); /* our ACK was lost */
    ck_assert_uint_eq(answers, 1);
    ck_assert_uint_eq(sent_count, before + 1);
    ck_assert_str_eq(sent[before], sent[before - 1]);
    ck_assert_int_eq(st_sip_call_offer(call, "v=1\r\n", NULL, 21 * S), 0);
    answer(0, "200 OK", "", "v=0\r\n", 22 * S); /* again, and something else is under way */
    ck_assert_uint_eq(sent_count, before + 3);
    ck_assert_str_eq(sent[before + 2], sent[before]);
    ck_assert_uint_eq(answers, 1);
    st_sip_call_destroy(call);
}
END_TEST

START_TEST(nobody_answers_forever)
{
    for (unsigned i = 0; i < 2; i++) {
        open_call(i ? "UDP" : "TCP");
        ck_assert_int_eq(st_sip_call_offer(call, "v=0\r\n", "<r/>", 0), 0);
        ck_assert_uint_eq(repeats_until(40 * S), i ? 6 : 0);
        ck_assert_uint_eq(ends, 1);
        ck_assert(has_why);
        st_sip_call_destroy(call);
    }
}
END_TEST

START_TEST(a_refusal_is_acknowledged_and_ends_the_call)
{
    open_call("UDP");
    ck_assert_int_eq(st_sip_call_offer(call, "v=0\r\n", "<r/>", 0), 0);
    answer(0, "503 Service Unavailable", "", "", 1000);
    ck_assert(begins(1, "ACK sip:127.0.0.1:5060"));
    ck_assert_str_eq(strchr(line_of(1, "branch="), '='), strchr(line_of(0, "branch="), '='));
    ck_assert_uint_eq(ends, 1);
    ck_assert_ptr_nonnull(strstr(why, "503 Service Unavailable"));
    st_sip_call_destroy(call);
}
END_TEST

START_TEST(a_refused_change_leaves_the_call)
{
    open_call("TCP");
    establish();
    ck_assert_int_eq(st_sip_call_offer(call, "v=1\r\n", NULL, S), 0);
    answer(2, "488 Not Acceptable Here", "", "", S);
    ck_assert_uint_eq(ends, 0);
    ck_assert_int_eq(st_sip_call_due_us(call), INT64_MAX);
    ck_assert_int_eq(st_sip_call_offer(call, "v=1\r\n", NULL, 2 * S), 0);
    ck_assert_uint_eq(sent_count, 5);
    st_sip_call_destroy(call);
}
END_TEST

/* Both sides had an offer. Each time is another, from 2.1 to 4 s. */
START_TEST(a_change_that_crossed_one_of_theirs_is_made_again)
{
    int64_t now_us = S, first_us = 0;
    bool differs = false;
    open_call("UDP");
    establish();
    ck_assert_int_eq(st_sip_call_offer(call, "v=1\r\n", NULL, now_us), 0);
    for (unsigned i = 0; i < 10; i++) {
        unsigned last = sent_count - 1;
        answer(last, "491 Request Pending", "", "", now_us);
        ck_assert(begins(last + 1, "ACK "));
        ck_assert_uint_eq(sent_count, last + 2);
        int64_t wait_us = st_sip_call_due_us(call) - now_us;
        ck_assert(wait_us >= 2100000 && wait_us <= 4 * S && wait_us % 10000 == 0);
        first_us = first_us ? first_us : wait_us;
        differs |= wait_us != first_us;
        st_sip_call_tick(call, now_us + wait_us - 1);
        ck_assert_uint_eq(sent_count, last + 2);
        now_us += wait_us;
        st_sip_call_tick(call, now_us);
        ck_assert_uint_eq(sent_count, last + 3);
        ck_assert(begins(last + 2, "INVITE sip:sidetone@127.0.0.1:5070 "));
        ck_assert_ptr_nonnull(strstr(sent[last + 2], "\r\n\r\nv=1\r\n"));
        char cseq[40];
        snprintf(cseq, sizeof(cseq), "CSeq: %u INVITE", i + 3);
        ck_assert_str_eq(line_of(last + 2, "CSeq:"), cseq);
    }
    ck_assert(differs);
    ck_assert_int_eq(st_sip_call_offer(call, "v=2\r\n", NULL, now_us), -EBUSY);
    answer(sent_count - 1, "200 OK", "", "v=0\r\n", now_us);
    ck_assert_uint_eq(answers, 2);
    ck_assert_int_eq(st_sip_call_due_us(call), INT64_MAX);
    st_sip_call_destroy(call);
}
END_TEST

/* A hold that is over by then is not announced any more. */
START_TEST(what_is_made_again_is_the_latest_offer)
{
    open_call("TCP");
    establish();
    ck_assert_int_eq(st_sip_call_offer(call, "v=1\r\n", NULL, S), 0);
    answer(2, "491 Request Pending", "", "", S);
    int64_t due_us = st_sip_call_due_us(call);
    ck_assert_int_eq(st_sip_call_offer(call, "v=2\r\n", NULL, 2 * S), 0);
    ck_assert_uint_eq(sent_count, 4);
    ck_assert_int_eq(st_sip_call_due_us(call), due_us);
    st_sip_call_tick(call, due_us);
    ck_assert_uint_eq(sent_count, 5);
    ck_assert_ptr_nonnull(strstr(sent[4], "\r\n\r\nv=2\r\n"));
    st_sip_call_destroy(call);
}
END_TEST

START_TEST(nothing_is_made_again_by_one_who_hangs_up)
{
    open_call("TCP");
    establish();
    ck_assert_int_eq(st_sip_call_offer(call, "v=1\r\n", NULL, S), 0);
    answer(2, "491 Request Pending", "", "", S);
    st_sip_call_hang_up(call, 2 * S);
    ck_assert(begins(4, "BYE "));
    ck_assert_int_gt(st_sip_call_due_us(call), 10 * S);
    st_sip_call_tick(call, 10 * S);
    answer(4, "200 OK", "", "", 10 * S);
    ck_assert_uint_eq(ends, 1);
    st_sip_call_tick(call, 11 * S);
    ck_assert_uint_eq(sent_count, 5);
    st_sip_call_destroy(call);
    open_call("TCP"); /* nor by one who has only to wait for the answer before */
    establish();
    ck_assert_int_eq(st_sip_call_offer(call, "v=1\r\n", NULL, S), 0);
    st_sip_call_hang_up(call, S);
    answer(2, "491 Request Pending", "", "", S);
    st_sip_call_tick(call, S);
    ck_assert(begins(4, "BYE "));
    st_sip_call_tick(call, 10 * S);
    ck_assert_uint_eq(sent_count, 5);
    st_sip_call_destroy(call);
}
END_TEST

START_TEST(hanging_up_before_an_answer_cancels)
{
    open_call("UDP");
    ck_assert_int_eq(st_sip_call_offer(call, "v=0\r\n", "<r/>", 0), 0);
    st_sip_call_hang_up(call, 1000);
    ck_assert(begins(1, "CANCEL "));
    ck_assert_str_eq(line_of(1, "CSeq:"), "CSeq: 1 CANCEL");
    answer(1, "200 OK", "", "", 2000);
    ck_assert_uint_eq(ends, 0);
    answer(0, "487 Request Terminated", "", "", 3000);
    ck_assert_uint_eq(ends, 1);
    ck_assert(!has_why);
    st_sip_call_destroy(call);
    open_call("UDP"); /* too late: it was answered meanwhile */
    ck_assert_int_eq(st_sip_call_offer(call, "v=0\r\n", "<r/>", 0), 0);
    st_sip_call_hang_up(call, 1000);
    answer(0, "200 OK", "", "v=0\r\n", 2000);
    ck_assert(begins(2, "ACK ") && begins(3, "BYE "));
    ck_assert_uint_eq(answers, 0);
    st_sip_call_destroy(call);
}
END_TEST

static void ask(const char *method)
{
    char text[TEXT_MAX];
    int bytes =
        snprintf(text, sizeof(text),
                 "%s sip:src@127.0.0.1:5099 SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bKq\r\n"
                 "From: <sip:127.0.0.1:5060>;tag=srs\r\nTo: <sip:src@x>;tag=y\r\n"
                 "Call-ID: c1\r\nCSeq: 9 %s\r\nContent-Length: 0\r\n\r\n",
                 method, method);
    st_sip_call_put(call, text, (size_t)bytes, S);
}

START_TEST(requests_of_the_other_side_are_answered)
{
    open_call("TCP");
    establish();
    ask("OPTIONS");
    ck_assert(begins(2, "SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP h;branch=z9hG4bKq\r\n"));
    ask("INVITE");
    ck_assert(begins(3, "SIP/2.0 200 OK\r\n"));
    ck_assert_ptr_nonnull(strstr(sent[3], "\r\n\r\nv=0\r\n"));
    ask("ACK");
    ck_assert_uint_eq(sent_count, 4);
    ask("SUBSCRIBE");
    ck_assert(begins(4, "SIP/2.0 405 "));
    ask("BYE");
    ck_assert(begins(5, "SIP/2.0 200 OK\r\n"));
    ck_assert_uint_eq(ends, 1);
    ck_assert(has_why);
    st_sip_call_destroy(call);
}
END_TEST

START_TEST(an_offer_that_crosses_ours_is_to_come_again)
{
    open_call("TCP");
    establish();
    ck_assert_int_eq(st_sip_call_offer(call, "v=1\r\n", NULL, S), 0);
    ask("INVITE");
    ck_assert(begins(3, "SIP/2.0 491 Request Pending\r\n"));
    answer(2, "200 OK", "", "v=0\r\n", S);
    ask("INVITE");
    ck_assert(begins(5, "SIP/2.0 200 OK\r\n"));
    st_sip_call_destroy(call);
}
END_TEST

START_TEST(nonsense_changes_nothing)
{
    static const char *const texts[] = {
        "",  "\r\n\r\n", "SIP/2.0 200 OK\r\n\r\n",
        "x", "SIP/2.0",  "BYE sip:a SIP/2.0\r\nTo: <sip:b>\r\n\r\n"};
    open_call("UDP");
    ck_assert_int_eq(st_sip_call_offer(call, "v=0\r\n", "<r/>", 0), 0);
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        st_sip_call_put(call, texts[i], strlen(texts[i]), 1000);
    ck_assert_uint_eq(sent_count, 1);
    ck_assert_uint_eq(ends + answers, 0);
    st_sip_call_destroy(call);
    st_sip_call_destroy(NULL);
}
END_TEST

/* ---- who calls ---- */

static void open_named_call(void)
{
    open_call("UDP");
    st_sip_call_destroy(call);
    st_sip_call_create(&call, &(struct st_sip_call_config){.transport = "UDP",
                                                           .local = "127.0.0.1:5099",
                                                           .target = "127.0.0.1:5060",
                                                           .call_id = "c1",
                                                           .name = "sbc",
                                                           .password = "s3cret",
                                                           .send = on_send,
                                                           .answered = on_answered,
                                                           .ended = on_ended});
}

static const char challenge[] =
    "WWW-Authenticate: Digest realm=\"r\", nonce=\"n1\", algorithm=SHA-256, qop=\"auth\"\r\n";

START_TEST(a_challenge_is_answered)
{
    open_named_call();
    ck_assert_int_eq(st_sip_call_offer(call, "v=0\r\n", "<recording/>", 0), 0);
    ck_assert_ptr_null(strstr(sent[0], "Authorization"));
    answer(0, "401 Unauthorized", challenge, "", 1000);
    ck_assert(begins(1, "ACK ") && begins(2, "INVITE sip:127.0.0.1:5060;transport=UDP "));
    ck_assert_ptr_null(strstr(sent[1], "Authorization"));
    ck_assert_str_eq(line_of(2, "CSeq:"), "CSeq: 2 INVITE");
    char branch[60];
    snprintf(branch, sizeof(branch), "%s", strchr(line_of(0, "branch="), '='));
    ck_assert_ptr_null(strstr(sent[2], branch));
    ck_assert_ptr_nonnull(strstr(sent[2], "\r\nTo: <sip:127.0.0.1:5060>\r\n"));
    ck_assert_ptr_nonnull(strstr(sent[2], "<recording/>\r\n--part--\r\n"));
    ck_assert_ptr_nonnull(strstr(line_of(2, "Authorization:"), "username=\"sbc\", realm=\"r\""));
    ck_assert_ptr_nonnull(strstr(line_of(2, "Authorization:"), "nc=00000001"));
    ck_assert_ptr_null(strstr(sent[2], "s3cret"));
    answer(2, "200 OK", "", "v=0\r\n", 2000);
    ck_assert_uint_eq(answers, 1);
    ck_assert(begins(3, "ACK "));
    char before[400];
    snprintf(before, sizeof(before), "%s", line_of(2, "Authorization:"));
    ck_assert_str_eq(line_of(3, "Authorization:"), before);
    st_sip_call_hang_up(call, S);
    ck_assert_ptr_nonnull(strstr(line_of(4, "Authorization:"), "nc=00000002"));
    answer(4, "401 Unauthorized", challenge, "", S);
    ck_assert(begins(5, "BYE "));
    answer(5, "200 OK", "", "", S);
    ck_assert_uint_eq(ends, 1);
    st_sip_call_destroy(call);
}
END_TEST

START_TEST(a_wrong_password_is_tried_once_and_an_old_challenge_again)
{
    for (unsigned is_stale = 0; is_stale < 2; is_stale++) {
        char again[200];
        snprintf(again, sizeof(again), "%.*s%s\r\n", (int)strcspn(challenge, "\r"), challenge,
                 is_stale ? ", stale=true" : "");
        open_named_call();
        ck_assert_int_eq(st_sip_call_offer(call, "v=0\r\n", "<r/>", 0), 0);
        answer(0, "401 Unauthorized", challenge, "", 1000);
        answer(2, "401 Unauthorized", again, "", 1000);
        ck_assert_uint_eq(ends, !is_stale);
        if (is_stale)
            answer(4, "401 Unauthorized", again, "", 1000);
        ck_assert_uint_eq(ends, 1);
        ck_assert_ptr_nonnull(strstr(why, "401 Unauthorized"));
        ck_assert_ptr_null(strstr(why, "password"));
        st_sip_call_destroy(call);
    }
}
END_TEST

START_TEST(who_has_no_password_is_told_to_have_one)
{
    open_call("TCP");
    ck_assert_int_eq(st_sip_call_offer(call, "v=0\r\n", "<r/>", 0), 0);
    answer(0, "407 Proxy Authentication Required", "", "", 1000);
    ck_assert_uint_eq(ends, 1);
    ck_assert_ptr_nonnull(strstr(why, "a name and a password"));
    st_sip_call_destroy(call);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {a_call_is_offered_acknowledged_changed_and_ended,
                            datagrams_are_repeated_until_answered,
                            nobody_answers_forever,
                            a_refusal_is_acknowledged_and_ends_the_call,
                            a_refused_change_leaves_the_call,
                            a_change_that_crossed_one_of_theirs_is_made_again,
                            what_is_made_again_is_the_latest_offer,
                            nothing_is_made_again_by_one_who_hangs_up,
                            hanging_up_before_an_answer_cancels,
                            requests_of_the_other_side_are_answered,
                            an_offer_that_crosses_ours_is_to_come_again,
                            nonsense_changes_nothing,
                            a_challenge_is_answered,
                            a_wrong_password_is_tried_once_and_an_old_challenge_again,
                            who_has_no_password_is_told_to_have_one};
    return run_tests("sip_call", tests, sizeof(tests) / sizeof(*tests));
}
