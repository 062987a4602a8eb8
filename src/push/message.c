#include "encode.h"

#include "sidetone/buf.h"
#include "sidetone/call_facts.h"
#include "sidetone/loop.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const type_names[ST_EVENT_TYPES] = {
    [ST_EVENT_CALL_STARTED] = "call.started",
    [ST_EVENT_CALL_UPDATED] = "call.updated",
    [ST_EVENT_CALL_DTMF] = "call.dtmf",
    [ST_EVENT_TRANSCRIPT_PARTIAL] = "transcript.partial",
    [ST_EVENT_TRANSCRIPT_FINAL] = "transcript.final",
    [ST_EVENT_PII_DETECTED] = "pii.detected",
    [ST_EVENT_CATEGORY_MATCHED] = "category.matched",
    [ST_EVENT_CATEGORY_PROVISIONAL] = "category.provisional",
    [ST_EVENT_CATEGORY_WITHDRAWN] = "category.withdrawn",
    [ST_EVENT_ALERT_RAISED] = "alert.raised",
    [ST_EVENT_ALERT_REPEATED] = "alert.repeated",
    [ST_EVENT_ALERT_ESCALATED] = "alert.escalated",
    [ST_EVENT_ALERT_ACKNOWLEDGED] = "alert.acknowledged",
    [ST_EVENT_ALERT_SNOOZED] = "alert.snoozed",
    [ST_EVENT_ALERT_REOPENED] = "alert.reopened",
    [ST_EVENT_ALERT_ASSIGNED] = "alert.assigned",
    [ST_EVENT_ALERT_CLEARED] = "alert.cleared",
    [ST_EVENT_SENTIMENT_UPDATED] = "sentiment.updated",
    [ST_EVENT_ISSUE_DETECTED] = "issue.detected",
    [ST_EVENT_SENTIMENT_SHIFTED] = "sentiment.shifted",
    [ST_EVENT_CHARACTERISTICS_UPDATED] = "characteristics.updated",
    [ST_EVENT_SILENCE_DETECTED] = "silence.detected",
    [ST_EVENT_QUESTION_UNANSWERED] = "question.unanswered",
    [ST_EVENT_QUESTION_ANSWERED] = "question.answered",
    [ST_EVENT_PROFANITY_DETECTED] = "profanity.detected",
    [ST_EVENT_LANGUAGE_SUSPECT] = "language.suspect",
    [ST_EVENT_SCRIPT_UPDATED] = "script.updated",
    [ST_EVENT_TOPIC_DETECTED] = "topic.detected",
    [ST_EVENT_STT_DEGRADED] = "stt.degraded",
    [ST_EVENT_STT_RECOVERED] = "stt.recovered",
    [ST_EVENT_CALL_SUMMARY] = "call.summary",
    [ST_EVENT_CALL_ENDED] = "call.ended",
};

const char *st_event_type_name(enum st_event_type type)
{
    return type_names[type];
}

int st_event_type_parse(const char *name, size_t bytes)
{
    for (int i = 0; i < ST_EVENT_TYPES; i++)
        if (strlen(type_names[i]) == bytes && memcmp(type_names[i], name, bytes) == 0)
            return i;
    return -EINVAL;
}

void st_encode_speaker(struct st_json_writer *json, unsigned channel, enum st_role role)
{
    st_json_set_int(json, "channel", channel);
    st_json_set_string(json, "role", st_role_name(role));
}

void st_encode_span(struct st_json_writer *json, int64_t start_us, int64_t end_us)
{
    st_json_set_int(json, "start_ms", st_encode_ms(start_us));
    st_json_set_int(json, "end_ms", st_encode_ms(end_us));
}

void st_encode_begin_body(struct st_json_writer *json, struct st_message *message, const char *key)
{
    st_json_key(json, key);
    message->body_offset = json->len;
    st_json_begin_object(json);
}

void st_encode_end_body(struct st_json_writer *json, struct st_message *message)
{
    st_json_end_object(json);
    message->body_bytes = json->len - message->body_offset;
}

static const st_encode_fn encoders[ST_EVENT_TYPES] = {
    [ST_EVENT_CALL_STARTED] = st_encode_started,
    [ST_EVENT_CALL_UPDATED] = st_encode_updated,
    [ST_EVENT_CALL_DTMF] = st_encode_dtmf,
    [ST_EVENT_TRANSCRIPT_PARTIAL] = st_encode_transcript,
    [ST_EVENT_TRANSCRIPT_FINAL] = st_encode_transcript,
    [ST_EVENT_PII_DETECTED] = st_encode_pii,
    [ST_EVENT_CATEGORY_MATCHED] = st_encode_category,
    [ST_EVENT_CATEGORY_PROVISIONAL] = st_encode_category,
    [ST_EVENT_CATEGORY_WITHDRAWN] = st_encode_withdrawn,
    [ST_EVENT_ALERT_RAISED] = st_encode_alert,
    [ST_EVENT_ALERT_REPEATED] = st_encode_alert,
    [ST_EVENT_ALERT_ESCALATED] = st_encode_alert,
    [ST_EVENT_ALERT_ACKNOWLEDGED] = st_encode_alert,
    [ST_EVENT_ALERT_SNOOZED] = st_encode_alert,
    [ST_EVENT_ALERT_REOPENED] = st_encode_alert,
    [ST_EVENT_ALERT_ASSIGNED] = st_encode_alert,
    [ST_EVENT_ALERT_CLEARED] = st_encode_alert,
    [ST_EVENT_SENTIMENT_UPDATED] = st_encode_sentiment,
    [ST_EVENT_ISSUE_DETECTED] = st_encode_issue,
    [ST_EVENT_SENTIMENT_SHIFTED] = st_encode_shift,
    [ST_EVENT_CHARACTERISTICS_UPDATED] = st_encode_characteristics,
    [ST_EVENT_SILENCE_DETECTED] = st_encode_silence,
    [ST_EVENT_QUESTION_UNANSWERED] = st_encode_question,
    [ST_EVENT_QUESTION_ANSWERED] = st_encode_question,
    [ST_EVENT_PROFANITY_DETECTED] = st_encode_profanity,
    [ST_EVENT_LANGUAGE_SUSPECT] = st_encode_language,
    [ST_EVENT_SCRIPT_UPDATED] = st_encode_script,
    [ST_EVENT_TOPIC_DETECTED] = st_encode_topic,
    [ST_EVENT_STT_DEGRADED] = st_encode_stt,
    [ST_EVENT_STT_RECOVERED] = st_encode_stt,
    [ST_EVENT_CALL_SUMMARY] = st_encode_summary,
    [ST_EVENT_CALL_ENDED] = st_encode_ended,
};

struct st_message *st_message_encode(const struct st_event *event, struct st_json_writer *json)
{
    struct st_message *message = st_mem_alloc(sizeof(*message));
    atomic_init(&message->refs, 1);
    message->type = event->type;
    message->seq = event->seq;
    message->channel = event->channel;
    message->made_us = st_loop_now_us();
    message->call = st_call_facts_ref(event->call);
    st_json_reset(json);
    st_json_begin_object(json);
    st_json_set_int(json, "v", 1);
    st_json_set_string(json, "call_id", event->call->call_id);
    if (event->seq > 0)
        st_json_set_int(json, "seq", (int64_t)event->seq);
    st_json_set_string(json, "type", st_event_type_name(event->type));
    st_json_set_int(json, "media_ms", st_encode_ms(event->media_us));
    st_json_set_int(json, "at_unix_ms", event->at_unix_ms);
    if (event->vendor)
        st_encode_vendor(json, event, message);
    else
        encoders[event->type](json, event, message);
    st_json_end_object(json);
    message->json = st_buf_copy(json->data, json->len);
    return message;
}

struct st_message *st_message_ref(struct st_message *message)
{
    atomic_fetch_add_explicit(&message->refs, 1, memory_order_relaxed);
    return message;
}

void st_message_unref(struct st_message *message)
{
    if (!message || atomic_fetch_sub_explicit(&message->refs, 1, memory_order_acq_rel) != 1)
        return;
    st_call_facts_unref(message->call);
    st_call_facts_unref(message->previous);
    st_buf_unref(message->json);
    for (unsigned i = 0; i < ST_SNAPSHOT_FORMS; i++)
        st_buf_unref(message->snapshots[i]);
    free(message);
}
