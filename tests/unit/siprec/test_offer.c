/* What changes a session that is up: hold, late legs, transfers, codecs, keys, its timer. */
#include "siprec_rig.h"

#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define KEY_A "inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"
#define KEY_B "inline:YVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"

static void reinvite(unsigned cseq, const char *extra, const char *body, int status)
{
    rig_put(rig_in_dialog("INVITE", cseq, extra, body));
    ck_assert_msg(rig_status() == status, "%d: %s", rig_status(), rig_sent(0));
    rig_put(rig_in_dialog("ACK", cseq, "", ""));
}

/* inactive, an address of zeroes, port 0: each is hold, by INVITE and by UPDATE. */
START_TEST(each_kind_of_hold_is_told_and_answered)
{
    static const struct {
        const char *method, *body, *answer;
        const char *address;
    } cases[] = {
        {"INVITE",
         "c=IN IP4 192.0.2.1\nm=audio 16000 RTP/AVP 0\na=inactive\na=label:1\n"
         "m=audio 16002 RTP/AVP 0\na=inactive\na=label:2\n",
         "a=inactive\r\n", "192.0.2.1"},
        {"UPDATE",
         "c=IN IP4 0.0.0.0\nm=audio 16000 RTP/AVP 0\na=label:1\na=sendonly\n"
         "m=audio 16002 RTP/AVP 0\na=label:2\na=sendonly\n",
         "a=recvonly\r\n", ""},
        {"INVITE",
         "c=IN IP4 192.0.2.1\nm=audio 0 RTP/AVP 0\na=label:1\nm=audio 0 RTP/AVP 0\na=label:2\n",
         "m=audio 0 RTP/AVP 0\r\n", "192.0.2.1"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        rig_call_up("", rig_two_legs);
        rig_put(rig_in_dialog(cases[i].method, 2, "", cases[i].body));
        ck_assert_int_eq(rig_status(), 200);
        ck_assert_ptr_nonnull(strstr(rig_body(), cases[i].answer));
        ck_assert_uint_eq(rig.told.offers, 2);
        ck_assert(!rig.told.is_new);
        ck_assert_uint_eq(rig.told.stream_count, 2);
        ck_assert(rig.told.media[0].is_held && rig.told.media[1].is_held);
        ck_assert_str_eq(rig.told.streams[0].address, cases[i].address);
        reinvite(3, "", rig_two_legs, 200);
        ck_assert(!rig.told.media[0].is_held);
        ck_assert_ptr_nonnull(strstr(rig_body(), "m=audio 20002 "));
        rig_tear_down();
    }
}
END_TEST

START_TEST(media_come_from_the_signalling_where_no_number_is_given)
{
    static const struct {
        const char *line, *address;
    } cases[] = {{"c=IN IP4 198.51.100.20\n", "198.51.100.20"},
                 {"c=IN IP6 2001:db8::9\n", "2001:db8::9"},
                 {"c=IN IP4 media.sbc.example\n", "192.0.2.1"},
                 {"", "192.0.2.1"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char body[256];
        snprintf(body, sizeof(body), "%sm=audio 16000 RTP/AVP 0\na=sendonly\n", cases[i].line);
        rig_call_up("", body);
        ck_assert_str_eq(rig.told.streams[0].address, cases[i].address);
        rig_tear_down();
    }
}
END_TEST

START_TEST(a_second_leg_may_come_later)
{
    rig_call_up("", "c=IN IP4 192.0.2.1\nm=audio 16000 RTP/AVP 0\na=label:1\na=sendonly\n");
    ck_assert_uint_eq(rig.told.stream_count, 1);
    ck_assert_uint_eq(rig.told.streams[0].channel, 1);
    reinvite(2, "", rig_two_legs, 200);
    ck_assert_uint_eq(rig.told.stream_count, 2);
    ck_assert_uint_eq(rig.told.streams[0].line, 0);
    ck_assert_uint_eq(rig.told.streams[1].line, 1);
    ck_assert_uint_eq(rig.told.streams[1].channel, 0);
    ck_assert(!rig.told.is_suspect);
    rig_tear_down();
}
END_TEST

/* Versions of our SDP count up; its session stays. */
START_TEST(answers_count_their_versions)
{
    rig_call_up("", rig_two_legs);
    char first[64];
    snprintf(first, sizeof(first), "%.20s", strstr(rig_body(), "o=sidetone "));
    ck_assert_ptr_nonnull(strstr(rig_body(), "o=sidetone 1 1 "));
    reinvite(2, "", rig_two_legs, 200);
    ck_assert_ptr_nonnull(strstr(rig_body(), "o=sidetone 1 2 "));
    rig_tear_down();
}
END_TEST

START_TEST(a_codec_may_change)
{
    rig_call_up("", rig_two_legs);
    reinvite(2, "",
             "c=IN IP4 192.0.2.1\nm=audio 16000 RTP/AVP 9\na=label:1\na=sendonly\n"
             "m=audio 16002 RTP/AVP 111\na=rtpmap:111 opus/48000/2\na=label:2\na=sendonly\n",
             200);
    ck_assert_int_eq(rig.told.media[0].payloads[0].format.codec, ST_RTP_CODEC_G722);
    ck_assert_int_eq(rig.told.media[1].payloads[0].format.codec, ST_RTP_CODEC_OPUS);
    reinvite(3, "", "m=audio 16000 RTP/AVP 18\nm=audio 16002 RTP/AVP 18\n", 200);
    ck_assert_ptr_nonnull(strstr(rig_body(), "m=audio 0 "));
    rig_tear_down();
}
END_TEST

static const char transfer[] =
    "<recording><datamode>partial</datamode>"
    "<participant participant_id=\"new\"><nameID aor=\"sip:carol@desk\"/></participant>"
    "<participantsessionassoc participant_id=\"p-bob\" session_id=\"ses-standard\">"
    "<disassociate-time>2026-03-01T10:05:00Z</disassociate-time></participantsessionassoc>"
    "<participantstreamassoc participant_id=\"new\"><send>st-b</send></participantstreamassoc>"
    "</recording>";

/* Metadata alone, as INVITE and as UPDATE: who takes part changes, the media does not. */
START_TEST(a_transfer_is_told)
{
    static const char *const methods[] = {"INVITE", "UPDATE"};
    for (size_t i = 0; i < 2; i++) {
        rig_set_up();
        rig_start();
        rig_put(rig_vector("standard.sip"));
        ck_assert_str_eq(rig.told.agent_id, "bob@desk.example");
        rig_put(rig_in_dialog("ACK", 1, "", ""));
        rig_put(
            rig_in_dialog(methods[i], 2, "Content-Type: application/rs-metadata+xml\n", transfer));
        ck_assert_int_eq(rig_status(), 200);
        ck_assert_uint_eq(rig.told.changes, 1);
        ck_assert_uint_eq(rig.told.offers, 1);
        ck_assert_str_eq(rig.told.agent_id, "carol@desk");
        ck_assert_str_eq(rig.told.caller, "alice@customer.example");
        ck_assert_str_eq(rig.told.call_id, "grp-standard");
        ck_assert(!rig.told.is_suspect);
        /* an INVITE without an offer gets our own */
        ck_assert_int_eq(strstr(rig_body(), "m=audio 20000") != NULL, i == 0);
        rig_tear_down();
    }
}
END_TEST

START_TEST(changes_wait_for_each_other)
{
    rig_call_up("", rig_two_legs);
    rig.waits = true;
    rig_put(rig_in_dialog("INVITE", 2, "", rig_two_legs));
    ck_assert_int_eq(rig_status(), 100);
    rig_put(rig_in_dialog("UPDATE", 3, "", rig_two_legs));
    ck_assert_int_eq(rig_status(), 500);
    ck_assert_str_eq(rig_header("Retry-After"), "1");
    rig_answer();
    ck_assert_int_eq(rig_status(), 200);
    ck_assert_str_eq(rig_header("CSeq"), "2 INVITE");
    rig_tear_down();
}
END_TEST

/* A change that is refused leaves the session as it was. */
START_TEST(a_refused_change_changes_nothing)
{
    rig_call_up("", rig_two_legs);
    rig.err = -ENOTSUP;
    reinvite(2, "", rig_two_legs, 488);
    ck_assert_uint_eq(rig.told.ends, 0);
    ck_assert_uint_eq(st_siprec_live(rig.siprec), 1);
    rig.err = 0;
    reinvite(3, "Require: foo\n", rig_two_legs, 420);
    reinvite(4, "", rig_two_legs, 200);
    rig_tear_down();
}
END_TEST

START_TEST(a_goodbye_may_come_while_a_change_waits)
{
    rig_call_up("", rig_two_legs);
    rig.waits = true;
    rig_put(rig_in_dialog("INVITE", 2, "", rig_two_legs));
    rig_put(rig_in_dialog("BYE", 3, "", ""));
    ck_assert_int_eq(rig_status(), 200);
    ck_assert_int_eq(strncmp(rig_sent(1), "SIP/2.0 487", 11), 0);
    ck_assert_uint_eq(rig.told.ends, 1);
    rig_tear_down();
}
END_TEST

static void add_lines(char *out, size_t room, unsigned count, const char *line)
{
    for (size_t used = strlen(out); count-- > 0; used += strlen(line))
        snprintf(out + used, room - used, "%s", line);
}

static unsigned count_lines(const char *text, const char *line)
{
    unsigned count = 0;
    for (; (text = strstr(text, line)) != NULL; text++)
        count++;
    return count;
}

/* An answer names each line, also those that there is no room for. */
START_TEST(lines_beyond_what_is_used_are_refused)
{
    char body[8192];
    snprintf(body, sizeof(body), "%s", rig_two_legs);
    add_lines(body, sizeof(body), 14, "m=video 17000 RTP/AVP 96\na=rtpmap:96 H264/90000\n");
    add_lines(body, sizeof(body), 1, "m=\n");
    rig_call_up("", body);
    ck_assert_uint_eq(rig.told.stream_count, 2);
    reinvite(2, "", body, 200);
    ck_assert_uint_eq(rig.told.stream_count, 2);
    rig_put(rig_in_dialog("INVITE", 3, "", body));
    ck_assert_ptr_nonnull(strstr(rig_body(), "m=audio 20000 "));
    ck_assert_uint_eq(count_lines(rig_body(), "m=video 0 RTP/AVP 96\r\n"), 14);
    ck_assert_uint_eq(count_lines(rig_body(), "m=- 0 - -\r\n"), 1);
    ck_assert_uint_eq(count_lines(rig_body(), "m="), 17);
    rig_tear_down();
}
END_TEST

START_TEST(no_end_of_lines_is_refused)
{
    static const struct {
        unsigned before, after;
        int status;
    } cases[] = {{0, 70, 200}, {0, 71, 488}, {6, 0, 200}, {8, 0, 488}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char body[8192] = "v=0\nc=IN IP4 192.0.2.1\n";
        rig_set_up();
        rig_start();
        add_lines(body, sizeof(body), cases[i].before, "m=video 17000 RTP/AVP 96\n");
        add_lines(body, sizeof(body), 2, "m=audio 16000 RTP/AVP 0\n");
        add_lines(body, sizeof(body), cases[i].after, "m=image 17000 udptl t38\n");
        rig_put(rig_invite("one", 1, "", body));
        ck_assert_msg(rig_status() == cases[i].status, "case %zu: %d", i, rig_status());
        rig_tear_down();
    }
}
END_TEST

/* ---- keys ---- */

#define SECURE(protocol, key)                                                                      \
    "c=IN IP4 192.0.2.1\nm=audio 16000 " protocol " 0\na=crypto:3 AES_CM_128_HMAC_SHA1_80 " key    \
    "\na=label:1\na=sendonly\n"

START_TEST(keys_are_told_and_answered)
{
    static const struct {
        enum st_siprec_srtp policy;
        const char *body;
        bool is_taken, is_encrypted;
    } cases[] = {
        {ST_SIPREC_SRTP_OFFERED, SECURE("RTP/SAVP", KEY_A), true, true},
        {ST_SIPREC_SRTP_OFFERED, SECURE("RTP/AVP", KEY_A), true, false},
        {ST_SIPREC_SRTP_BEST_EFFORT, SECURE("RTP/AVP", KEY_A), true, true},
        {ST_SIPREC_SRTP_REQUIRED, SECURE("RTP/AVP", KEY_A), true, true},
        {ST_SIPREC_SRTP_REQUIRED, "m=audio 16000 RTP/AVP 0\n", false, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        rig_set_up();
        rig.config.srtp = cases[i].policy;
        rig_start();
        rig_put(rig_invite("one", 1, "", cases[i].body));
        ck_assert_int_eq(rig_status(), cases[i].is_taken ? 200 : 488);
        const char *answered =
            cases[i].is_taken ? strstr(rig_body(), "a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:")
                              : NULL;
        ck_assert_int_eq(answered != NULL, cases[i].is_encrypted);
        if (cases[i].is_taken) {
            ck_assert_int_eq(rig.told.streams[0].crypto != NULL, cases[i].is_encrypted);
            ck_assert_int_eq(rig.told.streams[0].our_crypto != NULL, cases[i].is_encrypted);
        }
        ck_assert_ptr_null(strstr(rig_sent(0), KEY_A)); /* never theirs back */
        rig_tear_down();
    }
}
END_TEST

#define LINE(port, protocol, label, key)                                                           \
    "m=audio " port " " protocol " 0\n" key "a=label:" label "\na=sendonly\n"
#define KEYED "a=crypto:3 AES_CM_128_HMAC_SHA1_80 " KEY_A "\n"
#define UNKNOWN "a=crypto:3 F8_128_HMAC_SHA1_80 " KEY_A "\n"

/* Each leg as two lines: with keys, and without for who has none. */
START_TEST(a_leg_that_is_offered_twice_is_one)
{
    static const struct {
        enum st_siprec_srtp policy;
        const char *body;
        unsigned lines[2]; /* that are taken */
    } cases[] = {
        {ST_SIPREC_SRTP_OFFERED,
         LINE("16000", "RTP/SAVP", "1", KEYED) LINE("16002", "RTP/AVP", "1", "")
             LINE("16004", "RTP/SAVP", "2", KEYED) LINE("16006", "RTP/AVP", "2", ""),
         {0, 2}},
        {ST_SIPREC_SRTP_BEST_EFFORT,
         LINE("16000", "RTP/AVP", "1", "") LINE("16002", "RTP/AVP", "2", "")
             LINE("16004", "RTP/SAVP", "1", KEYED) LINE("16006", "RTP/SAVP", "2", KEYED),
         {2, 3}},
        {ST_SIPREC_SRTP_OFFERED, /* suites that we do not have */
         LINE("16000", "RTP/SAVP", "1", UNKNOWN) LINE("16002", "RTP/AVP", "1", "")
             LINE("16004", "RTP/SAVP", "2", UNKNOWN) LINE("16006", "RTP/AVP", "2", ""),
         {1, 3}},
        {ST_SIPREC_SRTP_REQUIRED,
         LINE("16000", "RTP/AVP", "1", "") LINE("16002", "RTP/SAVP", "1", KEYED)
             LINE("16004", "RTP/AVP", "2", "") LINE("16006", "RTP/SAVP", "2", KEYED),
         {1, 3}},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        rig_set_up();
        rig.config.srtp = cases[i].policy;
        rig_start();
        rig_put(rig_invite("one", 1, "", cases[i].body));
        ck_assert_int_eq(rig_status(), 200);
        ck_assert_uint_eq(rig.told.stream_count, 2);
        for (unsigned s = 0; s < 2; s++) {
            ck_assert_uint_eq(rig.told.streams[s].line, cases[i].lines[s]);
            ck_assert_uint_eq(rig.told.streams[s].channel, 1 - s);
        }
        ck_assert(!rig.told.is_suspect);
        unsigned refused = 0;
        for (const char *at = rig_body(); (at = strstr(at, "m=audio 0 ")) != NULL; at++)
            refused++;
        ck_assert_uint_eq(refused, 2);
        rig_put(rig_in_dialog("ACK", 1, "", ""));
        reinvite(2, "", cases[i].body, 200);
        ck_assert_uint_eq(rig.told.stream_count, 2);
        ck_assert_uint_eq(rig.told.streams[0].line, cases[i].lines[0]);
        rig_tear_down();
    }
}
END_TEST

/* Theirs may change; ours stays, or its reports would be lost. */
START_TEST(a_new_key_of_theirs_leaves_ours)
{
    char ours[128], again[128];
    rig_call_up("", SECURE("RTP/SAVP", KEY_A));
    snprintf(ours, sizeof(ours), "%.80s", strstr(rig_body(), "inline:"));
    uint8_t first = rig.told.crypto[0].key[0];
    reinvite(2, "", SECURE("RTP/SAVP", KEY_B), 200);
    snprintf(again, sizeof(again), "%.80s", strstr(rig_body(), "inline:"));
    ck_assert_str_eq(ours, again);
    ck_assert_uint_ne(rig.told.crypto[0].key[0], first);
    rig_tear_down();
}
END_TEST

/* ---- the session timer ---- */

START_TEST(the_timer_is_agreed_upon)
{
    static const struct {
        const char *extra, *answer;
    } cases[] = {
        {"", ""},
        {"Supported: timer\n", "1800;refresher=uac"},
        {"k: timer\nx: 600\n", "600;refresher=uac"},
        {"Supported: 100rel, timer\nSession-Expires: 900;refresher=uas\n", "900;refresher=uas"},
        {"Session-Expires: 900\n", "900;refresher=uas"}, /* who does not speak it cannot refresh */
        {"Supported: timer\nSession-Expires: 90;refresher=uac\n", "90;refresher=uac"},
        {"Supported: timer\nSession-Expires: 4000000000\n", "86400;refresher=uac"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        rig_call_up(cases[i].extra, rig_two_legs);
        ck_assert_str_eq(rig_header("Session-Expires"), cases[i].answer);
        ck_assert_str_eq(rig_header("Require"), strstr(cases[i].answer, "uac") ? "timer" : "");
        rig_tear_down();
    }
}
END_TEST

START_TEST(a_session_that_is_not_refreshed_ends)
{
    rig_call_up("Supported: timer\nSession-Expires: 90;refresher=uac\n", rig_two_legs);
    rig_pass(50000000);
    rig_put(
        rig_in_dialog("UPDATE", 2, "Supported: timer\nSession-Expires: 90;refresher=uac\n", ""));
    ck_assert_int_eq(rig_status(), 200);
    ck_assert_str_eq(rig_header("Session-Expires"), "90;refresher=uac");
    rig_pass(59000000);
    ck_assert_uint_eq(rig.told.ends, 0);
    rig_pass(1500000);
    ck_assert_int_eq(rig.told.end, ST_SIPREC_END_EXPIRED);
    ck_assert_int_eq(strncmp(rig_sent(0), "BYE ", 4), 0);
    rig_tear_down();
}
END_TEST

START_TEST(we_refresh_when_we_are_asked_to)
{
    rig_call_up("Allow: INVITE, UPDATE\nSupported: timer\nSession-Expires: 100;refresher=uas\n",
                rig_two_legs);
    rig_pass(50100000);
    ck_assert_int_eq(strncmp(rig_sent(0), "UPDATE ", 7), 0);
    ck_assert_str_eq(rig_header("Session-Expires"), "100;refresher=uac");
    rig_respond("200 OK");
    rig_pass(50100000);
    ck_assert_str_eq(rig_header("CSeq"), "2 UPDATE");
    rig_respond("481 Gone");
    ck_assert_int_eq(rig.told.end, ST_SIPREC_END_LOST);
    ck_assert_uint_eq(st_siprec_live(rig.siprec), 0);
    rig_tear_down();
}
END_TEST

START_TEST(without_update_we_refresh_by_invite)
{
    rig_call_up("Supported: timer\nSession-Expires: 100;refresher=uas\n", rig_two_legs);
    rig_pass(50100000);
    ck_assert_int_eq(strncmp(rig_sent(0), "INVITE ", 7), 0);
    ck_assert_ptr_nonnull(strstr(rig_body(), "a=recvonly"));
    rig_respond("180 Ringing");
    rig_pass(2000000);
    ck_assert_int_eq(strncmp(rig_sent(0), "INVITE ", 7), 0);
    rig_respond("200 OK");
    ck_assert_int_eq(strncmp(rig_sent(0), "ACK ", 4), 0);
    ck_assert_str_eq(rig_header("CSeq"), "1 ACK");
    rig_pass(30000000);
    ck_assert_uint_eq(rig.told.ends, 0);
    rig_tear_down();
}
END_TEST

START_TEST(nobody_answers_our_refresh)
{
    rig_call_up("Allow: UPDATE\nSupported: timer\nSession-Expires: 200;refresher=uas\n",
                rig_two_legs);
    rig_pass(100100000);
    ck_assert_int_eq(strncmp(rig_sent(0), "UPDATE ", 7), 0);
    rig_pass(32100000);
    ck_assert_int_eq(rig.told.end, ST_SIPREC_END_LOST);
    ck_assert_uint_eq(st_siprec_live(rig.siprec), 0);
    rig_tear_down();
}
END_TEST

/* ---- metadata that must not be taken ---- */

START_TEST(entities_are_not_expanded_and_the_call_goes_on)
{
    static const char body[] =
        "--b\nContent-Type: application/sdp\n\nc=IN IP4 192.0.2.1\n"
        "m=audio 16000 RTP/AVP 0\na=label:1\n"
        "--b\nContent-Type: application/rs-metadata+xml\n\n"
        "<?xml version=\"1.0\"?><!DOCTYPE r [<!ENTITY a \"aaaaaaaaaa\">"
        "<!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;\">]>"
        "<r><group group_id=\"g\"/><participant participant_id=\"p\">"
        "<nameID aor=\"x\"/><name>&c;</name></participant></r>\n--b--\n";
    rig_set_up();
    rig_start();
    rig_put(rig_invite("one", 1, "Content-Type: multipart/mixed;boundary=b\n", body));
    ck_assert_int_eq(rig_status(), 200);
    ck_assert_str_eq(rig.told.call_id, "one");
    struct st_siprec_counts counts;
    st_siprec_counts(rig.siprec, &counts);
    ck_assert_uint_eq(counts.metadata_refused, 1);
    rig_tear_down();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        each_kind_of_hold_is_told_and_answered,
        media_come_from_the_signalling_where_no_number_is_given,
        a_second_leg_may_come_later,
        answers_count_their_versions,
        a_codec_may_change,
        a_transfer_is_told,
        changes_wait_for_each_other,
        a_refused_change_changes_nothing,
        a_goodbye_may_come_while_a_change_waits,
        lines_beyond_what_is_used_are_refused,
        no_end_of_lines_is_refused,
        keys_are_told_and_answered,
        a_leg_that_is_offered_twice_is_one,
        a_new_key_of_theirs_leaves_ours,
        the_timer_is_agreed_upon,
        a_session_that_is_not_refreshed_ends,
        we_refresh_when_we_are_asked_to,
        without_update_we_refresh_by_invite,
        nobody_answers_our_refresh,
        entities_are_not_expanded_and_the_call_goes_on,
    };
    return run_tests("offer", tests, sizeof(tests) / sizeof(*tests));
}
