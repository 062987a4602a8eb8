#include "made.h"

#include "sidetone/alert.h"
#include "sidetone/buf.h"
#include "sidetone/measures.h"
#include "sidetone/media_quality.h"
#include "sidetone/pii_entity.h"
#include "sidetone/summary.h"

#include "run.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct st_json_writer scratch;
static struct st_call_facts *facts;
static struct st_message *message;
static json_t *parsed;

static void setup(void)
{
    st_json_init(&scratch);
    facts = made_facts("call \"1\"\\", "a1", "billing");
}

static void teardown(void)
{
    json_decref(parsed);
    st_message_unref(message);
    st_call_facts_unref(facts);
    st_json_fini(&scratch);
    parsed = NULL;
    message = NULL;
}

/* Encodes, and compares whole with what jansson makes of `expected`. */
static void expect(const struct st_event *event, const char *expected)
{
    json_error_t error;
    st_message_unref(message);
    json_decref(parsed);
    message = st_message_encode(event, &scratch);
    parsed = json_loadb((const char *)message->json->data, message->json->len,
                        JSON_REJECT_DUPLICATES, &error);
    ck_assert_msg(parsed != NULL, "%s: %.*s", error.text, (int)message->json->len,
                  message->json->data);
    json_t *wanted = json_loads(expected, 0, &error);
    ck_assert_msg(wanted != NULL, "%s: %s", error.text, expected);
    char *got = json_dumps(parsed, JSON_SORT_KEYS);
    ck_assert_msg(json_equal(parsed, wanted), "%s", got);
    free(got);
    json_decref(wanted);
}

static void expect_body(const char *expected)
{
    char *text =
        strndup((const char *)message->json->data + message->body_offset, message->body_bytes);
    ck_assert_str_eq(text, expected);
    free(text);
}

#define HEAD(seq, type)                                                                            \
    "{\"v\":1,\"call_id\":\"call \\\"1\\\"\\\\\",\"seq\":" seq ",\"type\":\"" type                 \
    "\",\"media_ms\":1234,\"at_unix_ms\":1700000000000"

static struct st_event event_of(enum st_event_type type)
{
    return (struct st_event){.type = type,
                             .seq = 7,
                             .media_us = 1234999,
                             .at_unix_ms = 1700000000000,
                             .call = facts,
                             .channel = 1,
                             .role = ST_ROLE_CUSTOMER};
}

START_TEST(call_started)
{
    struct st_event event = event_of(ST_EVENT_CALL_STARTED);
    st_call_facts_set(&facts->caller, "+1\n555");
    st_call_facts_set(&facts->agent_name, "Ann \xf0\x9f\x98\x80");
    st_call_facts_set(&facts->team, "red");
    facts->roles[0] = ST_ROLE_AGENT;
    st_call_facts_add_attribute(facts, "we\"ird\x01", "v\xff");
    facts->engine = "vosk";
    expect(
        &event,
        HEAD(
            "7",
            "call.started") ",\"tenant\":\"default\",\"route\":\"\",\"dialect\":"
                            "\"\",\"started_unix_ms\":0,\"language\":\"\","
                            "\"engine\":{\"name\":\"vosk\",\"quality\":"
                            "\"\"},\"agent\":{\"id\":\"a1\",\"name\":\"Ann "
                            "\\ud83d\\ude00\"},\"queue\":\"billing\","
                            "\"team\":\"red\",\"caller\":\"+1\\n555\",\"channels\":[{\"channel\":0,"
                            "\"role\":\"agent\"},{\"channel\":1"
                            ",\"role\":\"unknown\"}],\"attributes\":{"
                            "\"we\\\"ird\\u0001\":\"v\\ufffd\"}}");
    ck_assert_uint_eq(message->body_bytes, 0);
}
END_TEST

START_TEST(call_updated_tells_what_changed_and_nothing_else)
{
    struct st_event event = event_of(ST_EVENT_CALL_UPDATED);
    event.updated.changes = 0;
    expect(&event, HEAD("7", "call.updated") "}");
    event.updated.changes = ST_CALL_CHANGE_PAUSED | ST_CALL_CHANGE_LAG | ST_CALL_CHANGE_RATE;
    event.updated.is_paused = true;
    event.updated.lag_us = 1500999;
    expect(&event, HEAD("7", "call.updated") ",\"paused\":true,\"lag_ms\":1500,\"rate_suspect\":"
                                             "false}");
    struct st_media_quality quality[2] = {{.is_known = true,
                                           .received = 100,
                                           .lost = -1,
                                           .late = 2,
                                           .duplicates = 3,
                                           .reordered = 4,
                                           .concealed_us = 60999,
                                           .silence_us = 7000,
                                           .jitter_us = 1260,
                                           .clock_ppm = -20,
                                           .loss_pct = 1.5f,
                                           .mos = 4.25f,
                                           .alarms = ~0U}};
    event.updated.changes = ST_CALL_CHANGE_QUALITY;
    event.updated.quality = quality;
    expect(&event, HEAD("7", "call.updated") ",\"quality\":[{\"channel\":0,\"role\":\"unknown\","
                                             "\"received\":100,\"lost\":-1,\"late\":2,"
                                             "\"duplicates\":3,\"reordered\":4,\"concealed_ms\":60,"
                                             "\"silence_ms\":7,\"jitter_ms\":1.3,\"clock_ppm\":-20,"
                                             "\"loss_pct\":1.50,\"mos\":4.25,\"alarms\":["
                                             "\"one_way_audio\",\"clipped\","
                                             "\"identical_channels\",\"rate_mismatch\"]}]}");
    quality[0] = (struct st_media_quality){0};
    expect(&event, HEAD("7", "call.updated") ",\"quality\":[]}");
    event.updated.changes = ST_CALL_CHANGE_IDENTITY;
    expect(&event,
           HEAD("7", "call.updated") ",\"agent\":{\"id\":\"a1\",\"name\":\"\"},\"queue\":"
                                     "\"billing\",\"team\":\"\",\"caller\":\"\",\"channels\":[{"
                                     "\"channel\":0,"
                                     "\"role\":\"unknown\"},"
                                     "{\"channel\":1,\"role\":\"unknown\"}],\"attributes\":{}}");
}
END_TEST

START_TEST(transcripts)
{
    struct st_word words[] = {{"no\"", 2000000, 2100000, 0.25F},
                              {"t\xc3\xa9", 2100000, 2400999, ST_CONFIDENCE_ABSENT}};
    struct st_segment segment = {.id = 3,
                                 .start_us = 2000000,
                                 .end_us = 2400999,
                                 .text = "no\" t\xc3\xa9",
                                 .confidence = 0.5F,
                                 .word_times = ST_WORD_TIMES_MEASURED,
                                 .words = words,
                                 .word_count = 2};
    struct st_cleared_segment cleared = {.segment = segment};
    struct st_event event = event_of(ST_EVENT_TRANSCRIPT_PARTIAL);
    event.seq = 0;
    event.segment = &cleared;
    expect(&event, "{\"v\":1,\"call_id\":\"call \\\"1\\\"\\\\\",\"type\":\"transcript.partial\","
                   "\"media_ms\":1234,\"at_unix_ms\":1700000000000,\"segment\":{\"id\":3,"
                   "\"channel\":1,\"role\":\"customer\",\"start_ms\":2000,\"end_ms\":2400,"
                   "\"text\":\"no\\\" t\\u00e9\"}}");
    expect_body("{\"id\":3,\"channel\":1,\"role\":\"customer\",\"start_ms\":2000,\"end_ms\":2400,"
                "\"text\":\"no\\\" t\xc3\xa9\"}");

    event = event_of(ST_EVENT_TRANSCRIPT_FINAL);
    event.segment = &cleared;
    cleared.segment.is_final = true;
    cleared.segment.is_unsure = true;
    expect(&event,
           HEAD("7",
                "transcript.final") ",\"segment\":{\"id\":3,\"channel\":1,\"role\":"
                                    "\"customer\",\"start_ms\":2000,\"end_ms\":2400,\"text\":"
                                    "\"no\\\" t\\u00e9\","
                                    "\"confidence\":0.5,\"unsure\":true,\"word_times\":"
                                    "\"measured\",\"words\":[{\"text\":"
                                    "\"no\\\"\",\"start_ms\":2000,\"end_ms\":2100,\"confidence\":0."
                                    "25},{\"text\":\"t\\u00e9"
                                    "\",\"start_ms\":2100,\"end_ms\":2400,\"confidence\":null}]}}");
    ck_assert_int_eq(message->start_us, 2000000);
    ck_assert_uint_eq(message->channel, 1);

    cleared.segment.text = "";
    cleared.segment.word_count = 0;
    cleared.segment.word_times = ST_WORD_TIMES_NONE;
    cleared.segment.confidence = ST_CONFIDENCE_ABSENT;
    expect(&event,
           HEAD("7", "transcript.final") ",\"segment\":{\"id\":3,\"channel\":1,\"role\":"
                                         "\"customer\",\"start_ms\":2000,\"end_ms\":2400,\"text\":"
                                         "\"\",\"confidence\":null,"
                                         "\"unsure\":true,\"word_times\":\"none\",\"words\":[]}}");
    ck_assert_uint_eq(message->body_bytes, 0);
}
END_TEST

static char category[] = "re\tfund", rule[] = "\"money back\"", words[] = "money back",
            note[] = "called \"back\"";

static const struct {
    enum st_event_type type;
    const char *name;
    enum st_alert_state state;
    int64_t until_unix_ms;
    const char *shown;
} alert_rows[] = {
    {ST_EVENT_ALERT_RAISED, "alert.raised", ST_ALERT_RAISED, 0,
     "\"state\":\"raised\",\"until_unix_ms\":null"},
    {ST_EVENT_ALERT_REPEATED, "alert.repeated", ST_ALERT_RAISED, 0,
     "\"state\":\"raised\",\"until_unix_ms\":null"},
    {ST_EVENT_ALERT_ESCALATED, "alert.escalated", ST_ALERT_RAISED, 0,
     "\"state\":\"raised\",\"until_unix_ms\":null"},
    {ST_EVENT_ALERT_ACKNOWLEDGED, "alert.acknowledged", ST_ALERT_ACKNOWLEDGED, 0,
     "\"state\":\"acknowledged\",\"until_unix_ms\":null"},
    {ST_EVENT_ALERT_SNOOZED, "alert.snoozed", ST_ALERT_SNOOZED, 1700000060000,
     "\"state\":\"snoozed\",\"until_unix_ms\":1700000060000"},
    {ST_EVENT_ALERT_REOPENED, "alert.reopened", ST_ALERT_RAISED, 0,
     "\"state\":\"raised\",\"until_unix_ms\":null"},
    {ST_EVENT_ALERT_ASSIGNED, "alert.assigned", ST_ALERT_ACKNOWLEDGED, 0,
     "\"state\":\"acknowledged\",\"until_unix_ms\":null"},
    {ST_EVENT_ALERT_CLEARED, "alert.cleared", ST_ALERT_CLEARED, 0,
     "\"state\":\"cleared\",\"until_unix_ms\":null"},
};

START_TEST(alerts)
{
    char head[256], text[1024];
    struct st_alert_step step = {.reason = "person", .by = "mar\"ia", .note = note};
    struct st_alert alert = {.id = 4,
                             .state = alert_rows[_i].state,
                             .severity = ST_SEVERITY_HIGH,
                             .count = 3,
                             .category = category,
                             .rule = rule,
                             .words = words,
                             .role = ST_ROLE_AGENT,
                             .segment_id = 9,
                             .start_us = 1000000,
                             .end_us = 2000000,
                             .first_us = 500000,
                             .raised_unix_ms = 1690000000000,
                             .until_unix_ms = alert_rows[_i].until_unix_ms,
                             .assigned = "joe"};
    struct st_event event = event_of(alert_rows[_i].type);
    event.alert.alert = &alert;
    event.alert.step = &step;
    st_call_facts_set(&facts->team, "red");
    snprintf(head, sizeof(head), HEAD("7", "%s"), alert_rows[_i].name);
    snprintf(text, sizeof(text),
             "%s,\"by\":\"mar\\\"ia\",\"reason\":\"person\",\"note\":\"called \\\"back\\\"\","
             "\"queue\":\"billing\",\"team\":\"red\",\"agent\":{\"id\":\"a1\",\"name\":\"\"},"
             "\"alert\":{\"id\":4,\"category\":\"re\\tfund\",\"severity\":\"high\",%s,"
             "\"assigned\":\"joe\",\"count\":3,\"raised_unix_ms\":1690000000000,"
             "\"first_ms\":500,\"rule\":\"\\\"money back\\\"\",\"words\":\"money back\","
             "\"segment_id\":9,\"channel\":0,\"role\":\"agent\",\"start_ms\":1000,"
             "\"end_ms\":2000}}",
             head, alert_rows[_i].shown);
    expect(&event, text);
    ck_assert(message->has_severity);
    ck_assert_int_eq(message->severity, ST_SEVERITY_HIGH);
    ck_assert_uint_eq(message->body_bytes, 0);
}
END_TEST

START_TEST(an_alerts_history)
{
    struct st_alert_step steps[] = {{.change = ST_ALERT_CHANGE_RAISED,
                                     .at_unix_ms = 5,
                                     .reason = "matched",
                                     .by = "policy",
                                     .severity = ST_SEVERITY_LOW,
                                     .note = note}};
    struct st_alert alert = {.history = steps, .history_count = 1};
    st_json_begin_object(&scratch);
    st_message_put_alert_history(&scratch, &alert);
    st_json_end_object(&scratch);
    char *text = strndup(scratch.data, scratch.len);
    ck_assert_str_eq(text, "{\"history\":[{\"change\":\"raised\",\"at_unix_ms\":5,\"by\":"
                           "\"policy\",\"reason\":\"matched\",\"severity\":\"low\",\"note\":"
                           "\"called \\\"back\\\"\"}]}");
    free(text);
}
END_TEST

START_TEST(matches_carry_their_evidence)
{
    const struct st_category_evidence evidence[] = {
        {.rule = 1,
         .kind = "phrase",
         .text = "\"money back\"",
         .words = "money back",
         .role = ST_ROLE_AGENT,
         .segment_id = 9,
         .start_us = 1000000,
         .end_us = 2000000},
        {.rule = 2,
         .kind = "talk_speed",
         .text = "faster than 180",
         .is_absent = true,
         .words = "",
         .role = ST_ROLE_CUSTOMER,
         .channel = 1,
         .end_us = 3000000,
         .has_score = true,
         .score = 181.5},
    };
    struct st_category_match match = {.category = "re\tfund",
                                      .severity = ST_SEVERITY_HIGH,
                                      .match_id = 3,
                                      .rule_version = "0123456789abcdef",
                                      .evidence = evidence,
                                      .evidence_count = 2,
                                      .rule = "\"money back\"",
                                      .words = "money back",
                                      .role = ST_ROLE_AGENT,
                                      .segment_id = 9,
                                      .start_us = 1000000,
                                      .end_us = 2000000};
    struct st_finding finding = {.type = ST_FINDING_CATEGORY, .category = &match};
    struct st_event event = event_of(ST_EVENT_CATEGORY_MATCHED);
    event.finding = &finding;
#define MATCH                                                                                      \
    ",\"category\":\"re\\tfund\",\"severity\":\"high\",\"match_id\":3,"                            \
    "\"rule_version\":\"0123456789abcdef\""
#define EVIDENCE                                                                                   \
    ",\"rule\":\"\\\"money back\\\"\",\"words\":\"money back\",\"segment_id\":9,\"channel\":0,"    \
    "\"role\":\"agent\",\"start_ms\":1000,\"end_ms\":2000,\"evidence\":["                          \
    "{\"rule\":1,\"kind\":\"phrase\",\"text\":\"\\\"money back\\\"\",\"absent\":false,"            \
    "\"words\":\"money "                                                                           \
    "back\",\"segment_id\":9,\"channel\":0,\"role\":\"agent\",\"start_ms\":1000,"                  \
    "\"end_ms\":2000,\"score\":null},"                                                             \
    "{\"rule\":2,\"kind\":\"talk_speed\",\"text\":\"faster than 180\",\"absent\":true,"            \
    "\"words\":\"\",\"segment_id\":0,\"channel\":1,\"role\":\"customer\",\"start_ms\":0,"          \
    "\"end_ms\":3000,\"score\":181.5}]}"
    expect(&event, HEAD("7", "category.matched") MATCH EVIDENCE);
    ck_assert_int_eq(message->severity, ST_SEVERITY_HIGH);
    ck_assert_uint_eq(message->body_bytes, 0);
    event.type = ST_EVENT_CATEGORY_PROVISIONAL;
    expect(&event, HEAD("7", "category.provisional") MATCH EVIDENCE);
    event.type = ST_EVENT_CATEGORY_WITHDRAWN;
    match.reason = ST_WITHDRAWN_CHANGED;
    expect(&event, HEAD("7", "category.withdrawn") MATCH ",\"reason\":\"changed\"}");
    ck_assert_int_eq(message->severity, ST_SEVERITY_HIGH);
#undef MATCH
#undef EVIDENCE
}
END_TEST

START_TEST(pii_detected)
{
    const struct st_pii_entity entities[] = {
        {.type = ST_PII_CARD_NUMBER,
         .begin = 6,
         .end = 27,
         .start_us = 5500,
         .end_us = 5900,
         .confidence = 0.99F},
        {.type = ST_PII_CARD_CVV, .begin = 32, .end = 50, .confidence = 0.5F}};
    const struct st_pii_finding pii = {.entities = entities, .count = 2, .is_redacted = true};
    struct st_finding finding = {
        .type = ST_FINDING_PII, .segment_id = 2, .start_us = 5000, .end_us = 6000, .pii = &pii};
    struct st_event event = event_of(ST_EVENT_PII_DETECTED);
    event.finding = &finding;
    const char *members =
        "\"segment_id\":2,\"channel\":1,\"role\":\"customer\",\"start_ms\":5,\"end_ms\":6,"
        "\"redacted\":true,\"entities\":["
        "{\"type\":\"CREDIT_DEBIT_NUMBER\",\"begin\":6,\"end\":27,\"start_ms\":5,\"end_ms\":5,"
        "\"confidence\":0.99},"
        "{\"type\":\"CREDIT_DEBIT_CVV\",\"begin\":32,\"end\":50,\"start_ms\":0,\"end_ms\":0,"
        "\"confidence\":0.5}]";
    char text[1024];
    snprintf(text, sizeof(text), "%s,%s}", HEAD("7", "pii.detected"), members);
    expect(&event, text);
}
END_TEST

START_TEST(sentiment_updated)
{
    struct st_sentiment_finding sentiment = {.compound = -0.12345,
                                             .label = ST_SENTIMENT_NEGATIVE,
                                             .rolling = 0.5,
                                             .trend = ST_TREND_DOWN};
    struct st_finding finding = {.type = ST_FINDING_SENTIMENT,
                                 .segment_id = 2,
                                 .start_us = 5000,
                                 .end_us = 6000,
                                 .sentiment = &sentiment};
    struct st_event event = event_of(ST_EVENT_SENTIMENT_UPDATED);
    event.finding = &finding;
    const char *members = "\"segment_id\":2,\"channel\":1,\"role\":\"customer\",\"start_ms\":5,"
                          "\"end_ms\":6,\"compound\":-0.1235,\"label\":\"negative\",\"rolling\":"
                          "0.5,\"trend\":\"down\"";
    char text[1024];
    snprintf(text, sizeof(text), "%s,%s}", HEAD("7", "sentiment.updated"), members);
    expect(&event, text);
    char *body =
        strndup((const char *)message->json->data + message->body_offset, message->body_bytes);
    snprintf(text, sizeof(text), "{%s}", body);
    json_t *whole = json_loads(text, 0, NULL);
    ck_assert_int_eq(json_integer_value(json_object_get(whole, "segment_id")), 2);
    ck_assert_str_eq(json_string_value(json_object_get(whole, "trend")), "down");
    json_decref(whole);
    free(body);
}
END_TEST

#define ISSUE                                                                                      \
    "{\"id\":2,\"kind\":\"outcome\",\"state\":\"replaced\",\"origin\":\"embedding\",\"score\":2."  \
    "500,"                                                                                         \
    "\"text\":\"I've \\\"fixed\\\" it\",\"begin_char\":4,\"end_char\":20,\"segment_id\":9,"        \
    "\"channel\":1,\"role\":\"customer\",\"start_ms\":1000,\"end_ms\":2000}"

static const struct st_issue_finding fixed = {.kind = ST_ISSUE_OUTCOME,
                                              .state = ST_ISSUE_REPLACED,
                                              .origin = ST_ISSUE_BY_EMBEDDING,
                                              .id = 2,
                                              .score = 2.5,
                                              .text = "I've \"fixed\" it, and more",
                                              .bytes = 15,
                                              .begin_chars = 4,
                                              .end_chars = 20};

START_TEST(issue_detected)
{
    struct st_event event = event_of(ST_EVENT_ISSUE_DETECTED);
    struct st_finding finding = {.type = ST_FINDING_ISSUE,
                                 .channel = 1,
                                 .role = ST_ROLE_CUSTOMER,
                                 .segment_id = 9,
                                 .start_us = 1000999,
                                 .end_us = 2000999,
                                 .issue = &fixed};
    event.finding = &finding;
    expect(&event, HEAD("7", "issue.detected") ",\"issue\":" ISSUE "}");
    expect_body(ISSUE);
}
END_TEST

START_TEST(call_summary)
{
    struct st_event event = event_of(ST_EVENT_CALL_SUMMARY);
    struct st_summary summary = {.count = 1, .duration_us = 61500000};
    struct st_finding finding = {.type = ST_FINDING_SUMMARY, .summary = &summary};
    summary.items[0] = (struct st_summary_item){.issue = fixed,
                                                .channel = 1,
                                                .role = ST_ROLE_CUSTOMER,
                                                .segment_id = 9,
                                                .start_us = 1000000,
                                                .end_us = 2000000};
    summary.sentiment[1] = (struct st_summary_sentiment){.role = ST_ROLE_CUSTOMER,
                                                         .is_known = true,
                                                         .began = ST_SENTIMENT_NEGATIVE,
                                                         .stands = ST_SENTIMENT_POSITIVE};
    st_json_append(&summary.text, "All \"good\".", 11);
    event.finding = &finding;
    expect(&event,
           HEAD("7", "call.summary") ",\"summary\":{\"text\":\"All \\\"good\\\".\",\"origin\":"
                                     "\"rules\",\"reasons\":[],\"outcomes\":[" ISSUE
                                     "],\"next_steps\":[],\"duration_ms\":61500,\"sentiment\":["
                                     "{\"channel\":1,\"role\":\"customer\",\"began\":"
                                     "\"negative\",\"stands\":\"positive\"}]}}");
    ck_assert_uint_eq(message->body_bytes, 0);
    st_json_fini(&summary.text);
}
END_TEST

START_TEST(shifts_and_silences)
{
    struct st_shift_finding shift = {.shift = ST_SHIFT_TURNED_NEGATIVE, .rolling = -0.31256};
    struct st_finding finding = {.segment_id = 4,
                                 .start_us = 5000,
                                 .end_us = 16999,
                                 .type = ST_FINDING_SENTIMENT_SHIFT,
                                 .shift = &shift};
    struct st_event event = event_of(ST_EVENT_SENTIMENT_SHIFTED);
    event.finding = &finding;
    expect(&event, HEAD("7", "sentiment.shifted") ",\"segment_id\":4,\"channel\":1,\"role\":"
                                                  "\"customer\",\"start_ms\":5,\"end_ms\":16,"
                                                  "\"shift\":\"turned_negative\","
                                                  "\"rolling\":-0.3126}");
    struct st_silence_finding silence = {.reason = ST_SILENCE_MUSIC};
    finding.type = ST_FINDING_SILENCE;
    finding.silence = &silence;
    event.type = ST_EVENT_SILENCE_DETECTED;
    expect(&event, HEAD("7", "silence.detected") ",\"state\":\"started\",\"start_ms\":5,"
                                                 "\"end_ms\":16,\"duration_ms\":11,"
                                                 "\"reason\":\"music\"}");
    silence = (struct st_silence_finding){.is_over = true, .reason = ST_SILENCE_HOLD};
    expect(&event, HEAD("7", "silence.detected") ",\"state\":\"ended\",\"start_ms\":5,"
                                                 "\"end_ms\":16,\"duration_ms\":11,"
                                                 "\"reason\":\"hold\"}");
}
END_TEST

#define OF_AGENT                                                                                   \
    "{\"channel\":0,\"role\":\"agent\",\"talk_ms\":3000,\"talk_share\":0.667,\"words\":9,"         \
    "\"words_per_minute\":180,\"segments\":2,\"interruptions\":1,\"interruption_ms\":2100,"        \
    "\"monologue_ms\":2500,\"loudness\":{\"mean\":71.3,\"max\":80.5}}"
#define OF_CUSTOMER                                                                                \
    "{\"channel\":1,\"role\":\"customer\",\"talk_ms\":1500,\"talk_share\":0.333,\"words\":0,"      \
    "\"words_per_minute\":0,\"segments\":0,\"interruptions\":0,\"interruption_ms\":0,"             \
    "\"monologue_ms\":0,\"loudness\":null}"
#define FIGURES(response, sentiment)                                                               \
    "{\"conversation_ms\":59000,\"known_ms\":60000,\"channels\":[" OF_AGENT "," OF_CUSTOMER        \
    "],\"talk_ratio\":2.00,\"overlap_ms\":400,\"non_talk_ms\":7000,\"non_talk_longest_ms\":4000,"  \
    "\"non_talks\":2,\"hold_ms\":1000,\"hold_guessed_ms\":12000,\"response_ms\":" response         \
    ",\"sentiment\":" sentiment "}"

static struct st_characteristics_finding characteristics_of(void)
{
    return (struct st_characteristics_finding){
        .window = {.until_us = 61000000,
                   .known_us = 60000000,
                   .channels = {{.talk_us = 3000000,
                                 .monologue_us = 2500000,
                                 .interruption_us = 2100000,
                                 .interruptions = 1,
                                 .words = 9,
                                 .words_per_minute = 180,
                                 .segments = 2,
                                 .loudness_mean = 71.26F,
                                 .loudness_max = 80.5F},
                                {.talk_us = 1500000,
                                 .loudness_mean = ST_LOUDNESS_NONE,
                                 .loudness_max = ST_LOUDNESS_NONE}},
                   .overlap_us = 400000,
                   .non_talk_us = 7000000,
                   .non_talk_longest_us = 4000000,
                   .non_talks = 2},
        .conversation_us = 59000000,
        .hold_us = 1000000,
        .hold_guessed_us = 12000000,
        .response_us = -1,
    };
}

START_TEST(characteristics_of_a_call_that_goes_on)
{
    struct st_characteristics_finding figures = characteristics_of();
    struct st_finding finding = {.type = ST_FINDING_CHARACTERISTICS, .characteristics = &figures};
    struct st_event event = event_of(ST_EVENT_CHARACTERISTICS_UPDATED);
    facts->roles[0] = ST_ROLE_AGENT;
    facts->roles[1] = ST_ROLE_CUSTOMER;
    event.finding = &finding;
    expect(&event,
           HEAD("7", "characteristics.updated") ",\"final\":false,\"characteristics\":" FIGURES(
               "null", "null") "}");
    expect_body(FIGURES("null", "null"));
}
END_TEST

#define EMPTY "{\"start_ms\":0,\"end_ms\":0,\"score\":null}"
#define QUARTERS                                                                                   \
    "[{\"channel\":0,\"role\":\"agent\",\"overall\":-1.3,\"quarters\":["                           \
    "{\"start_ms\":0,\"end_ms\":1,\"score\":null},{\"start_ms\":1,\"end_ms\":2,\"score\":null},"   \
    "{\"start_ms\":2,\"end_ms\":3,\"score\":5.0},{\"start_ms\":3,\"end_ms\":4,\"score\":null}]},"  \
    "{\"channel\":1,\"role\":\"customer\",\"overall\":null,\"quarters\":[" EMPTY "," EMPTY         \
    "," EMPTY "," EMPTY "]}]"
#define DETAILS                                                                                    \
    ",\"non_talks\":[{\"start_ms\":1000,\"end_ms\":4000}],\"interruptions\":[{\"channel\":1,"      \
    "\"role\":\"customer\",\"start_ms\":7,\"end_ms\":9}],\"loudness\":[{\"channel\":0,"            \
    "\"role\":\"agent\",\"start_ms\":60000,\"seconds\":[70.5,null,null,0.0]},{\"channel\":1,"      \
    "\"role\":\"customer\",\"start_ms\":0,\"seconds\":[]}]"

START_TEST(characteristics_at_the_end)
{
    static const uint8_t heard[] = {141, 255, 254, 0};
    struct st_measured_span non_talks[] = {{.start_us = 1000000, .end_us = 4000000}};
    struct st_measured_span interruptions[] = {{.start_us = 7000, .end_us = 9000, .channel = 1}};
    struct st_sentiment_quarters quarters[2] = {
        {.edges_us = {0, 1000, 2000, 3000, 4000}, .overall = {true, -1.25}}, {.edges_us = {0}}};
    quarters[0].quarters[2] = (struct st_sentiment_score5){true, 5};
    struct st_characteristics_details details = {.non_talks = non_talks,
                                                 .non_talk_count = 1,
                                                 .interruptions = interruptions,
                                                 .interruption_count = 1,
                                                 .sentiment = quarters};
    details.loudness[0].seconds = heard;
    details.loudness[0].count = 4;
    details.loudness[0].from_us = 60000000;
    struct st_characteristics_finding figures = characteristics_of();
    figures.details = &details;
    figures.response_us = 1500000;
    struct st_finding finding = {.type = ST_FINDING_CHARACTERISTICS, .characteristics = &figures};
    struct st_event event = event_of(ST_EVENT_CHARACTERISTICS_UPDATED);
    facts->roles[0] = ST_ROLE_AGENT;
    facts->roles[1] = ST_ROLE_CUSTOMER;
    event.finding = &finding;
    expect(&event,
           HEAD("7", "characteristics.updated") ",\"final\":true,\"characteristics\":" FIGURES(
               "1500", QUARTERS) DETAILS "}");
}
END_TEST

START_TEST(engine_and_end)
{
    struct st_alert_counts counts = {
        .changes = {[ST_ALERT_CHANGE_RAISED] = 2, [ST_ALERT_CHANGE_CLEARED] = 1},
        .suppressed_resting = 3,
        .suppressed_full = 4,
        .open = 1};
    struct st_event event = event_of(ST_EVENT_STT_DEGRADED);
    event.stt.engine = "vosk";
    event.stt.trouble = "lost";
    event.stt.reason = "it \"went\"";
    expect(
        &event,
        HEAD("7",
             "stt.degraded") ",\"channel\":1,\"engine\":\"vosk\",\"trouble\":\"lost\",\"reason\":"
                             "\"it \\\"went\\\"\"}");
    event.type = ST_EVENT_STT_RECOVERED;
    expect(&event, HEAD("7", "stt.recovered") ",\"channel\":1,\"engine\":\"vosk\"}");
    event = event_of(ST_EVENT_CALL_ENDED);
    event.ended.reason = "lost";
    event.ended.duration_us = 61000000;
    event.ended.segments = 5;
    event.ended.alerts = &counts;
    event.ended.shed_us = 1999;
    expect(&event, HEAD("7", "call.ended") ",\"reason\":\"lost\",\"duration_ms\":61000,"
                                           "\"segments\":5,\"alerts\":2,\"alert_counts\":{"
                                           "\"raised\":2,\"repeated\":0,\"escalated\":0,"
                                           "\"acknowledged\":0,\"snoozed\":0,\"reopened\":0,"
                                           "\"assigned\":0,\"cleared\":1,\"suppressed\":7,"
                                           "\"open\":1},\"shed_ms\":1}");
}
END_TEST

START_TEST(call_dtmf)
{
    struct st_event event = event_of(ST_EVENT_CALL_DTMF);
    event.press.start_us = 1100000;
    expect(&event, HEAD("7", "call.dtmf") ",\"channel\":1,\"role\":\"customer\","
                                          "\"start_ms\":1100}");
    event.press.duration_us = 134999;
    event.press.key = '#';
    expect(&event, HEAD("7", "call.dtmf") ",\"channel\":1,\"role\":\"customer\","
                                          "\"start_ms\":1100,\"duration_ms\":134,"
                                          "\"digit\":\"#\"}");
}
END_TEST

START_TEST(every_type_has_a_name_that_reads_back)
{
    for (int type = 0; type < ST_EVENT_TYPES; type++) {
        const char *name = st_event_type_name((enum st_event_type)type);
        ck_assert_int_eq(st_event_type_parse(name, strlen(name)), type);
        ck_assert_int_eq(st_event_type_parse(name, strlen(name) - 1), -EINVAL);
        struct st_message *one = made_message((enum st_event_type)type, facts, 3);
        ck_assert_int_eq(one->type, type);
        ck_assert_uint_eq(one->seq, type == ST_EVENT_TRANSCRIPT_PARTIAL ? 0 : 3);
        st_message_unref(one);
    }
    ck_assert_int_eq(st_event_type_parse("", 0), -EINVAL);
    ck_assert_int_eq(st_event_type_parse("call.started\0", 13), -EINVAL);
}
END_TEST

START_TEST(a_message_keeps_the_facts_and_goes_with_its_last_reference)
{
    struct st_message *one = made_message(ST_EVENT_CALL_ENDED, facts, 1);
    one->previous = st_call_facts_ref(facts);
    one->snapshots[3] = st_buf_copy("x", 1);
    st_message_ref(one);
    ck_assert_uint_eq(facts->refs, 3);
    st_message_unref(one);
    ck_assert_uint_eq(facts->refs, 3);
    st_message_unref(one);
    ck_assert_uint_eq(facts->refs, 1);
    st_message_unref(NULL);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, call_started);
    tcase_add_test(tcase, call_updated_tells_what_changed_and_nothing_else);
    tcase_add_test(tcase, transcripts);
    tcase_add_loop_test(tcase, alerts, 0, sizeof(alert_rows) / sizeof(alert_rows[0]));
    tcase_add_test(tcase, an_alerts_history);
    tcase_add_test(tcase, matches_carry_their_evidence);
    tcase_add_test(tcase, pii_detected);
    tcase_add_test(tcase, sentiment_updated);
    tcase_add_test(tcase, issue_detected);
    tcase_add_test(tcase, call_summary);
    tcase_add_test(tcase, shifts_and_silences);
    tcase_add_test(tcase, characteristics_of_a_call_that_goes_on);
    tcase_add_test(tcase, characteristics_at_the_end);
    tcase_add_test(tcase, engine_and_end);
    tcase_add_test(tcase, every_type_has_a_name_that_reads_back);
    tcase_add_test(tcase, call_dtmf);
    tcase_add_test(tcase, a_message_keeps_the_facts_and_goes_with_its_last_reference);
    return run_case("message", tcase);
}
