/* What vendors find, in the words of our events. */
#include "sidetone/buf.h"
#include "sidetone/call_facts.h"
#include "sidetone/event.h"
#include "sidetone/json_writer.h"
#include "sidetone/message.h"
#include "sidetone/vendor_finding.h"

#include "run.h"

#include <string.h>

#define HEAD(type)                                                                                 \
    "{\"v\":1,\"call_id\":\"c\",\"seq\":3,\"type\":\"" type "\",\"media_ms\":2500,"                \
    "\"at_unix_ms\":1700000000000,"
#define PLACE                                                                                      \
    "\"origin\":\"tca\",\"segment_id\":7,\"channel\":1,\"role\":\"customer\",\"start_ms\":1000,"   \
    "\"end_ms\":2500"

static void expect(enum st_event_type type, const struct st_vendor_finding *finding,
                   const char *quoted, const char *expected)
{
    struct st_call_facts *facts = st_call_facts_create();
    struct st_json_writer json;
    struct st_event_vendor vendor = {"tca", finding, quoted, strlen(quoted)};
    struct st_event event = {.type = type,
                             .seq = 3,
                             .media_us = 2500000,
                             .at_unix_ms = 1700000000000,
                             .call = facts,
                             .channel = 1,
                             .role = ST_ROLE_CUSTOMER,
                             .vendor = &vendor};
    st_call_facts_set(&facts->call_id, "c");
    st_json_init(&json);
    struct st_message *message = st_message_encode(&event, &json);
    ck_assert_int_eq(message->severity, ST_SEVERITY_NONE);
    ck_assert_uint_eq(message->json->len, strlen(expected));
    ck_assert_mem_eq(message->json->data, expected, strlen(expected));
    st_message_unref(message);
    st_json_fini(&json);
    st_call_facts_unref(facts);
}

static struct st_vendor_finding made(enum st_vendor_finding_type type, const char *name)
{
    return (struct st_vendor_finding){.type = type,
                                      .segment_id = 7,
                                      .start_us = 1000000,
                                      .end_us = 2500000,
                                      .name = name,
                                      .content = "4111 1111",
                                      .confidence = ST_CONFIDENCE_ABSENT};
}

START_TEST(a_category_has_no_severity_and_no_rule)
{
    struct st_vendor_finding finding = made(ST_VENDOR_CATEGORY, "angry \"x\"");
    expect(ST_EVENT_CATEGORY_MATCHED, &finding, "",
           HEAD("category.matched") "\"category\":\"angry \\\"x\\\"\",\"severity\":\"none\"," PLACE
                                    "}");
}
END_TEST

START_TEST(a_sentiment_is_a_label)
{
    static const char *const rows[][2] = {{"POSITIVE", "positive"},
                                          {"Negative", "negative"},
                                          {"MIXED", "mixed"},
                                          {"NEUTRAL", "neutral"},
                                          {"bored", "neutral"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char expected[512] = HEAD("sentiment.updated") PLACE ",\"label\":\"";
        struct st_vendor_finding finding = made(ST_VENDOR_SENTIMENT, rows[i][0]);
        strcat(strcat(expected, rows[i][1]), "\"}");
        expect(ST_EVENT_SENTIMENT_UPDATED, &finding, "", expected);
    }
}
END_TEST

START_TEST(an_issue_quotes)
{
    struct st_vendor_finding finding = made(ST_VENDOR_ISSUE, NULL);
    expect(ST_EVENT_ISSUE_DETECTED, &finding, "my bill",
           HEAD("issue.detected") "\"issue\":{\"kind\":\"issue\",\"state\":\"new\","
                                  "\"text\":\"my bill\"," PLACE "}}");
}
END_TEST

START_TEST(an_entity_is_never_shown)
{
    struct st_vendor_finding finding = made(ST_VENDOR_ENTITY, "CREDIT_DEBIT_NUMBER");
    expect(ST_EVENT_PII_DETECTED, &finding, "",
           HEAD("pii.detected") PLACE ",\"redacted\":false,\"entities\":[{\"type\":"
                                      "\"CREDIT_DEBIT_NUMBER\",\"start_ms\":1000,\"end_ms\":2500,"
                                      "\"confidence\":null}]}");
    finding.confidence = 0.9871F;
    expect(ST_EVENT_PII_DETECTED, &finding, "",
           HEAD("pii.detected") PLACE ",\"redacted\":false,\"entities\":[{\"type\":"
                                      "\"CREDIT_DEBIT_NUMBER\",\"start_ms\":1000,\"end_ms\":2500,"
                                      "\"confidence\":0.987}]}");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, a_category_has_no_severity_and_no_rule);
    tcase_add_test(tcase, a_sentiment_is_a_label);
    tcase_add_test(tcase, an_issue_quotes);
    tcase_add_test(tcase, an_entity_is_never_shown);
    return run_case("encode vendor", tcase);
}
