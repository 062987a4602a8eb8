#include "made.h"

#include "sidetone/alert.h"
#include "sidetone/language.h"
#include "sidetone/pii_entity.h"

#include "sidetone/measures.h"
#include "sidetone/profanity.h"
#include "sidetone/question.h"
#include "sidetone/script.h"
#include "sidetone/summary.h"
#include "sidetone/topic.h"

struct st_call_facts *made_facts(const char *call_id, const char *agent_id, const char *queue)
{
    struct st_call_facts *facts = st_call_facts_create();
    st_call_facts_set(&facts->call_id, call_id);
    st_call_facts_set(&facts->agent_id, agent_id);
    st_call_facts_set(&facts->queue, queue);
    st_call_facts_set(&facts->tenant, "default");
    return facts;
}

static struct st_message *encode(const struct st_event *event)
{
    struct st_json_writer json;
    st_json_init(&json);
    struct st_message *message = st_message_encode(event, &json);
    st_json_fini(&json);
    return message;
}

static struct st_message *made_alert(enum st_event_type type, enum st_severity severity,
                                     const struct st_call_facts *facts, uint64_t seq)
{
    static char text[] = "refund", none[] = "";
    struct st_alert alert = {
        .id = 1, .severity = severity, .count = 1, .category = text, .rule = text, .words = text};
    struct st_alert_step step = {.reason = "matched", .by = ST_ALERT_BY_POLICY, .note = none};
    struct st_event event = {
        .type = type, .seq = seq, .call = facts, .alert = {.alert = &alert, .step = &step}};
    return encode(&event);
}

struct st_message *made_match(enum st_event_type type, enum st_severity severity,
                              const struct st_call_facts *facts, uint64_t seq)
{
    if (type >= ST_EVENT_ALERT_RAISED && type <= ST_EVENT_ALERT_CLEARED)
        return made_alert(type, severity, facts, seq);
    struct st_category_match match = {.category = "refund",
                                      .severity = severity,
                                      .rule = "refund",
                                      .words = "refund",
                                      .match_id = 1,
                                      .rule_version = "0123456789abcdef"};
    struct st_finding finding = {.type = ST_FINDING_CATEGORY, .category = &match};
    struct st_event event = {.type = type, .seq = seq, .call = facts, .finding = &finding};
    return encode(&event);
}

static struct st_message *made_text_finding(enum st_event_type type,
                                            const struct st_call_facts *facts, uint64_t seq)
{
    const struct st_question_finding question = {.id = 1, .text = "how much is it"};
    const struct st_profanity_finding profanity = {.count = 1, .total = 1};
    const struct st_script_finding script = {.script = "opening"};
    const struct st_topic_finding topic = {.topic = "billing"};
    const struct st_language_finding language = {.is_suspect = true, .log_prob = -1};
    struct st_finding finding = {.channel = 0};
    struct st_event event = {.type = type, .seq = seq, .call = facts, .finding = &finding};
    if (type == ST_EVENT_PROFANITY_DETECTED)
        finding.profanity = &profanity;
    else if (type == ST_EVENT_SCRIPT_UPDATED)
        finding.script = &script;
    else if (type == ST_EVENT_TOPIC_DETECTED)
        finding.topic = &topic;
    else if (type == ST_EVENT_LANGUAGE_SUSPECT)
        finding.language = &language;
    else
        finding.question = &question;
    return encode(&event);
}

struct st_message *made_message(enum st_event_type type, const struct st_call_facts *facts,
                                uint64_t seq)
{
    struct st_cleared_segment segment = {.segment = {.id = seq, .text = "hello"}};
    const struct st_pii_entity entity = {.type = ST_PII_NAME, .end = 4, .confidence = 0.9F};
    const struct st_pii_finding pii = {.entities = &entity, .count = 1};
    struct st_sentiment_finding sentiment = {.compound = 0.5};
    struct st_finding finding = {.type = ST_FINDING_SENTIMENT, .sentiment = &sentiment};
    static const struct st_alert_counts no_alerts = {0};
    struct st_issue_finding issue = {.id = 1, .text = "it broke", .bytes = 8};
    struct st_finding with_issue = {.type = ST_FINDING_ISSUE, .issue = &issue};
    struct st_summary summary = {.is_over = true};
    struct st_finding with_summary = {.type = ST_FINDING_SUMMARY, .summary = &summary};
    struct st_shift_finding shift = {.shift = ST_SHIFT_RECOVERED};
    struct st_silence_finding silence = {.is_over = true};
    struct st_characteristics_finding characteristics = {.response_us = -1};
    struct st_event event = {.type = type, .seq = seq, .call = facts};
    switch (type) {
    case ST_EVENT_TRANSCRIPT_PARTIAL:
        event.seq = 0;
        event.segment = &segment;
        break;
    case ST_EVENT_TRANSCRIPT_FINAL:
        segment.segment.is_final = true;
        event.segment = &segment;
        break;
    case ST_EVENT_PII_DETECTED:
        finding = (struct st_finding){.type = ST_FINDING_PII, .pii = &pii};
        event.finding = &finding;
        break;
    case ST_EVENT_CATEGORY_MATCHED:
    case ST_EVENT_CATEGORY_PROVISIONAL:
    case ST_EVENT_CATEGORY_WITHDRAWN:
    case ST_EVENT_ALERT_RAISED:
    case ST_EVENT_ALERT_REPEATED:
    case ST_EVENT_ALERT_ESCALATED:
    case ST_EVENT_ALERT_ACKNOWLEDGED:
    case ST_EVENT_ALERT_SNOOZED:
    case ST_EVENT_ALERT_REOPENED:
    case ST_EVENT_ALERT_ASSIGNED:
    case ST_EVENT_ALERT_CLEARED:
        return made_match(type, ST_SEVERITY_LOW, facts, seq);
    case ST_EVENT_SENTIMENT_UPDATED:
        event.finding = &finding;
        break;
    case ST_EVENT_QUESTION_UNANSWERED:
    case ST_EVENT_QUESTION_ANSWERED:
    case ST_EVENT_PROFANITY_DETECTED:
    case ST_EVENT_LANGUAGE_SUSPECT:
    case ST_EVENT_SCRIPT_UPDATED:
    case ST_EVENT_TOPIC_DETECTED:
        return made_text_finding(type, facts, seq);
    case ST_EVENT_ISSUE_DETECTED:
        event.finding = &with_issue;
        break;
    case ST_EVENT_CALL_SUMMARY:
        event.finding = &with_summary;
        break;
    case ST_EVENT_SENTIMENT_SHIFTED:
        finding.shift = &shift;
        event.finding = &finding;
        break;
    case ST_EVENT_CHARACTERISTICS_UPDATED:
        finding.characteristics = &characteristics;
        event.finding = &finding;
        break;
    case ST_EVENT_SILENCE_DETECTED:
        finding.silence = &silence;
        event.finding = &finding;
        break;
    case ST_EVENT_STT_DEGRADED:
    case ST_EVENT_STT_RECOVERED:
        event.stt.engine = "vosk";
        event.stt.trouble = "lost";
        event.stt.reason = "away";
        break;
    case ST_EVENT_CALL_DTMF:
        event.press.key = '5';
        break;
    case ST_EVENT_CALL_ENDED:
        event.ended.reason = "stopped";
        event.ended.alerts = &no_alerts;
        break;
    default:
        break;
    }
    return encode(&event);
}
