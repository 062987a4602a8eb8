/* Offers of each vendor, rebuilt from how they deviate: they are accepted, and say who is who. */
#include "siprec_rig.h"

#include "run.h"

#include <stdio.h>
#include <string.h>

static const struct vendor {
    const char *file, *call_id;
    unsigned streams;
    enum st_role first; /* role of the first line */
    enum st_siprec_source source;
    const char *caller, *agent;
    bool is_suspect;
} vendors[] = {
    {"standard.sip", "grp-standard", 2, ST_ROLE_CUSTOMER, ST_SIPREC_BY_ASSOCIATION,
     "alice@customer.example", "bob@desk.example", false},
    {"oracle.sip", "oracle-call@192.0.2.1", 2, ST_ROLE_CUSTOMER, ST_SIPREC_BY_EXTENSION,
     "+15550100@carrier.example", "2001@desk.example", false},
    {"broadworks.sip", "track-77:1", 2, ST_ROLE_AGENT, ST_SIPREC_BY_EXTENSION,
     "+15550111@carrier.example", "2402000000@as.example", false},
    {"webex-mono.sip", "track-wx", 1, ST_ROLE_CUSTOMER, ST_SIPREC_BY_EXTENSION,
     "+15550122@carrier.example", "", false},
    {"cube-siprec.sip", "1111111111-2222222222-3333333333-4444444444", 2, ST_ROLE_CUSTOMER,
     ST_SIPREC_BY_ORDER, "", "", false},
    {"cube-network.sip", "5555555555-6666666666-7777777777-8888888888", 2, ST_ROLE_CUSTOMER,
     ST_SIPREC_BY_ORDER, "+15550144@192.0.2.9", "7001@192.0.2.10", false},
    {"bib-near.sip", "24487131", 1, ST_ROLE_AGENT, ST_SIPREC_BY_EXTENSION, "", "2001", false},
    {"bib-far.sip", "24487131", 1, ST_ROLE_CUSTOMER, ST_SIPREC_BY_EXTENSION, "", "2001", false},
    {"webex-mono-called.sip", "track-wx", 1, ST_ROLE_AGENT, ST_SIPREC_BY_EXTENSION, "",
     "2402000001@as.example", false},
    {"avaya-dummy.sip", "avaya-ucid-1", 1, ST_ROLE_CUSTOMER, ST_SIPREC_BY_LABEL, "ASBCE@192.0.2.1",
     "", false},
    {"audiocodes.sip", "00000000-0000-0000-0000-00ac1", 2, ST_ROLE_CUSTOMER,
     ST_SIPREC_BY_ASSOCIATION, "+15550166@carrier.example", "7002@desk.example", false},
    {"ribbon.sip", "ribbon-call@192.0.2.1", 2, ST_ROLE_AGENT, ST_SIPREC_BY_EXTENSION,
     "+15550177@carrier.example", "7003@desk.example", true},
    {"metaswitch.sip", "ms-group-5", 1, ST_ROLE_CUSTOMER, ST_SIPREC_BY_LABEL,
     "+15550188@carrier.example", "", false},
    {"metaswitch-called.sip", "ms-group-5", 1, ST_ROLE_AGENT, ST_SIPREC_BY_LABEL, "",
     "7005@desk.example", false},
    {"opensips.sip", "0c1d2e3f@192.0.2.77", 2, ST_ROLE_CUSTOMER, ST_SIPREC_BY_ASSOCIATION,
     "alice@customer.example", "bob@desk.example", false},
    {"sems.sip", "sems-call@192.0.2.1", 2, ST_ROLE_CUSTOMER, ST_SIPREC_BY_LABEL, "", "", false},
    {"connectel.sip", "ct-g", 2, ST_ROLE_CUSTOMER, ST_SIPREC_BY_ASSOCIATION,
     "+15550199@carrier.example", "7004@desk.example", false},
};

START_TEST(each_vendors_offer_is_understood)
{
    const struct vendor *vendor = &vendors[_i];
    rig_set_up();
    rig_start();
    rig_put(rig_vector(vendor->file));
    ck_assert_msg(rig_status() == 200, "%s: %s", vendor->file, rig_sent(0));
    ck_assert_str_eq(rig_header("Content-Type"), "application/sdp");
    ck_assert_ptr_null(strstr(rig_body(), "sendrecv"));
    ck_assert_uint_eq(rig.told.stream_count, vendor->streams);
    ck_assert_str_eq(rig.told.call_id, vendor->call_id);
    ck_assert_int_eq(rig.told.streams[0].role, vendor->first);
    ck_assert_int_eq(rig.told.streams[0].source, vendor->source);
    ck_assert_uint_eq(rig.told.streams[0].channel, vendor->first == ST_ROLE_CUSTOMER);
    ck_assert_str_eq(rig.told.caller, vendor->caller);
    ck_assert_str_eq(rig.told.agent_id, vendor->agent);
    ck_assert_int_eq(rig.told.is_suspect, vendor->is_suspect);
    ck_assert_str_ne(rig.told.streams[0].address, "");
    rig_tear_down();
}
END_TEST

/* The caller's leg, and the called one's: two dialogs of one call, whichever comes first. */
static const char *const legs[][2] = {{"bib-far.sip", "bib-near.sip"},
                                      {"webex-mono.sip", "webex-mono-called.sip"},
                                      {"metaswitch.sip", "metaswitch-called.sip"}};

START_TEST(two_dialogs_of_one_leg_each_are_one_call)
{
    char call_id[160], stream_id[160];
    const char *const *pair = legs[_i / 2];
    unsigned first = (unsigned)_i % 2;
    rig_set_up();
    rig_start();
    rig_put(rig_vector(pair[first]));
    snprintf(call_id, sizeof(call_id), "%s", rig.told.call_id);
    snprintf(stream_id, sizeof(stream_id), "%s", rig.told.stream_id);
    ck_assert_uint_eq(rig.told.streams[0].channel, 1 - first);
    rig_put(rig_vector(pair[1 - first]));
    ck_assert_str_eq(rig.told.call_id, call_id);
    ck_assert_str_ne(rig.told.stream_id, stream_id);
    ck_assert_uint_eq(rig.told.streams[0].channel, first);
    ck_assert_uint_eq(st_siprec_live(rig.siprec), 2);
    ck_assert_msg(!rig.told.is_suspect, "%s", pair[1 - first]);
    rig_tear_down();
}
END_TEST

/* Some hand a call on by a goodbye and another dialog with the same group. */
START_TEST(a_goodbye_and_another_dialog_are_one_call)
{
    char again[16384];
    rig_set_up();
    rig_start();
    snprintf(again, sizeof(again), "%s", rig_vector("standard.sip"));
    rig_put(again);
    ck_assert(rig.told.is_named);
    rig_put(rig_in_dialog("BYE", 2, "", ""));
    ck_assert_int_eq(rig.told.end, ST_SIPREC_END_BYE);
    memcpy(strstr(again, "Call-ID: standard"), "Call-ID: anothers", 17);
    memcpy(strstr(again, "z9hG4bKstandard"), "z9hG4bKanothers", 15);
    rig_put(again);
    ck_assert_int_eq(rig_status(), 200);
    ck_assert_str_eq(rig.told.call_id, "grp-standard");
    rig_put(rig_invite("alone", 1, "", rig_two_legs));
    ck_assert_str_eq(rig.told.call_id, "alone");
    ck_assert(!rig.told.is_named);
    rig_tear_down();
}
END_TEST

/* Early recording: a stand-in takes part until the second leg comes with who it really is. */
START_TEST(avayas_participants_come_later)
{
    static const char update[] =
        "--b\nContent-Type: application/sdp\n\nv=0\nc=IN IP4 192.0.2.50\n"
        "m=audio 24000 RTP/AVP 0\na=label:10\na=sendonly\n"
        "m=audio 24002 RTP/AVP 0\na=label:20\na=sendonly\n"
        "--b\nContent-Type: application/rs-metadata+xml\n\n"
        "<recording><datamode>complete</datamode>"
        "<participant participant_id=\"x\"><nameID aor=\"sip:+1555@c\"/></participant>"
        "<participant participant_id=\"y\"><nameID aor=\"sip:7001@d\"/></participant>"
        "<stream stream_id=\"av-1\"><label>10</label></stream>"
        "<stream stream_id=\"av-2\"><label>20</label></stream>"
        "<participantstreamassoc participant_id=\"x\"><send>av-1</send></participantstreamassoc>"
        "<participantstreamassoc participant_id=\"y\"><send>av-2</send></participantstreamassoc>"
        "</recording>\n--b--\n";
    rig_set_up();
    rig_start();
    rig_put(rig_vector("avaya-dummy.sip"));
    rig_put(rig_in_dialog("ACK", 1, "", ""));
    rig_put(rig_in_dialog("UPDATE", 2, "Content-Type: multipart/mixed;boundary=b\n", update));
    ck_assert_int_eq(rig_status(), 200);
    ck_assert_uint_eq(rig.told.offers, 2);
    ck_assert(!rig.told.is_new);
    ck_assert_str_eq(rig.told.call_id, "avaya-ucid-1");
    ck_assert_uint_eq(rig.told.stream_count, 2);
    ck_assert_str_eq(rig.told.caller, "+1555@c");
    ck_assert_str_eq(rig.told.agent_id, "7001@d");
    ck_assert(!rig.told.is_suspect);
    ck_assert_ptr_nonnull(strstr(rig_body(), "m=audio 20002 "));
    rig_tear_down();
}
END_TEST

START_TEST(rules_of_the_configuration_come_first)
{
    static const struct st_siprec_role_rule rules[] = {
        {.aor = "*@CUSTOMER.example", .role = ST_ROLE_AGENT},
        {.label = "b_*", .role = ST_ROLE_CUSTOMER},
        {.header = "Cisco-Guid: 5555*", .label = "", .aor = "+1555*", .role = ST_ROLE_AGENT},
    };
    static const char *const files[] = {"standard.sip", "sems.sip", "cube-network.sip"};
    for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
        rig_set_up();
        rig.config.rules = rules;
        rig.config.rule_count = sizeof(rules) / sizeof(*rules);
        rig_start();
        rig_put(rig_vector(files[i]));
        ck_assert_int_eq(rig_status(), 200);
        ck_assert_int_eq(rig.told.streams[0].role, ST_ROLE_AGENT);
        ck_assert_int_eq(rig.told.streams[0].source, ST_SIPREC_BY_RULE);
        ck_assert_int_eq(rig.told.streams[1].role, ST_ROLE_CUSTOMER);
        ck_assert_int_eq(rig.told.is_suspect, false);
        rig_tear_down();
    }
}
END_TEST

START_TEST(an_outbound_centre_has_agents_who_call)
{
    rig_set_up();
    rig.config.caller_role = ST_ROLE_AGENT;
    rig_start();
    rig_put(rig_vector("standard.sip"));
    ck_assert_int_eq(rig.told.streams[0].role, ST_ROLE_AGENT);
    ck_assert_str_eq(rig.told.agent_id, "alice@customer.example");
    rig_tear_down();
}
END_TEST

/* The second of two recorders that fork the same conversation. */
START_TEST(the_same_call_twice_is_refused)
{
    char again[16384];
    rig_set_up();
    rig_start();
    snprintf(again, sizeof(again), "%s", rig_vector("standard.sip"));
    rig_put(again);
    ck_assert_int_eq(rig_status(), 200);
    memcpy(strstr(again, "Call-ID: standard"), "Call-ID: anothers", 17);
    memcpy(strstr(again, "z9hG4bKstandard"), "z9hG4bKanothers", 15);
    rig_put(again);
    ck_assert_int_eq(rig_status(), 486);
    ck_assert_uint_eq(rig.told.offers, 1);
    /* another conversation of the same group is another call */
    memcpy(strstr(again, "z9hG4bKanothers"), "z9hG4bKyetonemo", 15);
    memcpy(strstr(again, "Call-ID: anothers"), "Call-ID: yetonemo", 17);
    for (char *at; (at = strstr(again, "ses-standard")) != NULL;)
        memcpy(at, "ses-different", 12);
    rig_put(again);
    ck_assert_int_eq(rig_status(), 200);
    ck_assert_str_eq(rig.told.call_id, "abc;remote=def");
    rig_tear_down();
}
END_TEST

/* Any cut of any body is answered, and costs nothing but this session. */
START_TEST(any_cut_of_a_body_is_answered)
{
    const struct vendor *vendor = &vendors[_i];
    char whole[16384], text[17000], head[8192];
    snprintf(whole, sizeof(whole), "%s", rig_vector(vendor->file));
    char *body = strstr(whole, "\r\n\r\n") + 4;
    char *length = strstr(whole, "Content-Length: ");
    while (strstr(length + 1, "Content-Length: ") && strstr(length + 1, "Content-Length: ") < body)
        length = strstr(length + 1, "Content-Length: ");
    snprintf(head, sizeof(head), "%.*s", (int)(length - whole), whole);
    size_t bytes = strlen(body);
    for (size_t cut = 0; cut < bytes; cut += 3) {
        rig_set_up();
        rig_start();
        int used = snprintf(text, sizeof(text), "%sContent-Length: %zu\r\n\r\n%.*s", head, cut,
                            (int)cut, body);
        ck_assert_int_lt(used, (int)sizeof(text));
        rig_put(text);
        ck_assert_msg(rig_status() == 200 || rig_status() == 488, "%s cut at %zu: %d", vendor->file,
                      cut, rig_status());
        rig_tear_down();
    }
}
END_TEST

int main(void)
{
    int count = (int)(sizeof(vendors) / sizeof(*vendors));
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, each_vendors_offer_is_understood, 0, count);
    tcase_add_loop_test(tcase, any_cut_of_a_body_is_answered, 0, count);
    tcase_add_loop_test(tcase, two_dialogs_of_one_leg_each_are_one_call, 0,
                        2 * (int)(sizeof(legs) / sizeof(*legs)));
    tcase_add_test(tcase, a_goodbye_and_another_dialog_are_one_call);
    tcase_add_test(tcase, avayas_participants_come_later);
    tcase_add_test(tcase, rules_of_the_configuration_come_first);
    tcase_add_test(tcase, an_outbound_centre_has_agents_who_call);
    tcase_add_test(tcase, the_same_call_twice_is_refused);
    return run_case("vendors", tcase);
}
