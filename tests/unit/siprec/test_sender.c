/* Whom a plain INVITE is by, and that a recorder's own address is nobody's. */
#include "siprec_rig.h"

#include "run.h"

#include <stdio.h>
#include <string.h>

static const char one_line[] = "c=IN IP4 192.0.2.1\nm=audio 16000 RTP/AVP 0\n";

static void call_by(const char *from, const char *more)
{
    char head[2048];
    rig_start();
    snprintf(head, sizeof(head),
             "INVITE sip:srs@198.51.100.7 SIP/2.0\n"
             "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport\nFrom: %s;tag=from1\n"
             "To: <sip:srs@198.51.100.7>\nCall-ID: one\nCSeq: 1 INVITE\nMax-Forwards: 70\n"
             "Contact: <sip:1001@192.0.2.1:5060>\n%sContent-Type: application/sdp\n",
             from, more);
    rig_put(rig_message(head, one_line));
    ck_assert_msg(rig_status() == 200, "%s", rig_sent(0));
}

START_TEST(a_telephone_is_the_caller)
{
    static const struct {
        const char *from, *more, *caller;
    } cases[] = {
        {"<sip:1001@10.0.0.1>", "", "1001@10.0.0.1"},
        {"\"Pat, at <home>\" <sips:1001@pbx.example:5061;transport=tcp>", "", "1001@pbx.example"},
        {"sip:1001@10.0.0.1", "", "1001@10.0.0.1"},
        {"<tel:+15550100;phone-context=x>", "", "+15550100"},
        {"<sip:+15550100;npdi@pbx.example>", "", "+15550100@pbx.example"},
        {"<sip:pbx.example>", "", ""},
        {"\"Anonymous\" <sip:anonymous@anonymous.invalid>", "", ""},
        {"<sip:anonymous@anonymous.invalid>",
         "P-Asserted-Identity: \"Pat\" <sip:+15550100@carrier.example>, <tel:+15550100>\n",
         "+15550100@carrier.example"},
        {"<sip:1001@10.0.0.1>", "P-Asserted-Identity: tel:+15550100\n", "+15550100"},
        {"<sip:1001@10.0.0.1>", "P-Asserted-Identity: <>\n", "1001@10.0.0.1"},
        {"<sip:1001@10.0.0.1>", "P-Asserted-Identity:\n", "1001@10.0.0.1"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        rig_set_up();
        call_by(cases[i].from, cases[i].more);
        ck_assert_msg(strcmp(rig.told.caller, cases[i].caller) == 0, "case %zu: '%s'", i,
                      rig.told.caller);
        ck_assert_str_eq(rig.told.agent_id, "");
        rig_tear_down();
    }
}
END_TEST

START_TEST(one_that_the_rules_call_an_agent_is_one)
{
    static const struct st_siprec_role_rule rules[] = {
        {.aor = "1*@10.0.0.*", .role = ST_ROLE_AGENT}};
    rig_set_up();
    rig.config.rules = rules;
    rig.config.rule_count = 1;
    call_by("<sip:1001@10.0.0.1>", "");
    ck_assert_str_eq(rig.told.caller, "");
    ck_assert_str_eq(rig.told.agent_id, "1001@10.0.0.1");
    rig_tear_down();
    rig_set_up();
    rig.config.caller_role = ST_ROLE_AGENT;
    call_by("<sip:2001@10.0.0.1>", "");
    ck_assert_str_eq(rig.told.agent_id, "2001@10.0.0.1");
    rig_tear_down();
}
END_TEST

START_TEST(a_recorder_is_nobody)
{
    rig_set_up();
    call_by("<sip:src@192.0.2.1>", "Require: siprec\n");
    ck_assert_str_eq(rig.told.caller, "");
    ck_assert_str_eq(rig.told.agent_id, "");
    rig_tear_down();
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        a_telephone_is_the_caller,
        one_that_the_rules_call_an_agent_is_one,
        a_recorder_is_nobody,
    };
    return run_tests("sender", tests, sizeof(tests) / sizeof(tests[0]));
}
