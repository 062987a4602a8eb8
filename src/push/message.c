#include "sidetone/message.h"

#include "sidetone/buf.h"
#include "sidetone/call_facts.h"
#include "sidetone/json_writer.h"
#include "sidetone/loop.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const type_names[ST_EVENT_TYPES] = {
    [ST_EVENT_CALL_STARTED] = "call.started",
    [ST_EVENT_CALL_UPDATED] = "call.updated",
    [ST_EVENT_TRANSCRIPT_PARTIAL] = "transcript.partial",
    [ST_EVENT_TRANSCRIPT_FINAL] = "transcript.final",
    [ST_EVENT_CATEGORY_MATCHED] = "category.matched",
    [ST_EVENT_ALERT_RAISED] = "alert.raised",
    [ST_EVENT_SENTIMENT_UPDATED] = "sentiment.updated",
    [ST_EVENT_STT_DEGRADED] = "stt.degraded",
    [ST_EVENT_STT_RECOVERED] = "stt.recovered",
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

static int64_t ms(int64_t us)
{
    return us / 1000;
}

static void put_speaker(struct st_json_writer *json, unsigned channel, enum st_role role)
{
    st_json_set_int(json, "channel", channel);
    st_json_set_string(json, "role", st_role_name(role));
}

static void put_span(struct st_json_writer *json, int64_t start_us, int64_t end_us)
{
    st_json_set_int(json, "start_ms", ms(start_us));
    st_json_set_int(json, "end_ms", ms(end_us));
}

static void put_confidence(struct st_json_writer *json, float confidence)
{
    st_json_key(json, "confidence");
    if (confidence < 0)
        st_json_null(json);
    else
        st_json_real(json, (double)confidence, 3);
}

static void put_agent(struct st_json_writer *json, const struct st_call_facts *facts)
{
    st_json_key(json, "agent");
    st_json_begin_object(json);
    st_json_set_string(json, "id", facts->agent_id);
    st_json_set_string(json, "name", facts->agent_name);
    st_json_end_object(json);
}

static void put_channels(struct st_json_writer *json, const struct st_call_facts *facts)
{
    st_json_key(json, "channels");
    st_json_begin_array(json);
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++) {
        st_json_begin_object(json);
        put_speaker(json, i, facts->roles[i]);
        st_json_end_object(json);
    }
    st_json_end_array(json);
}

static void put_identity(struct st_json_writer *json, const struct st_call_facts *facts)
{
    put_agent(json, facts);
    st_json_set_string(json, "queue", facts->queue);
    st_json_set_string(json, "caller", facts->caller);
    put_channels(json, facts);
    st_json_key(json, "attributes");
    st_json_begin_object(json);
    for (size_t i = 0; i < facts->attribute_count; i++) {
        st_json_key_escaped(json, facts->attributes[i].key);
        st_json_string(json, facts->attributes[i].value);
    }
    st_json_end_object(json);
}

void st_message_put_facts(struct st_json_writer *json, const struct st_call_facts *facts)
{
    st_json_set_string(json, "tenant", facts->tenant);
    st_json_set_string(json, "route", facts->route);
    st_json_set_string(json, "dialect", facts->dialect);
    st_json_set_int(json, "started_unix_ms", facts->started_unix_ms);
    st_json_set_string(json, "language", facts->language);
    st_json_key(json, "engine");
    st_json_begin_object(json);
    st_json_set_string(json, "name", facts->engine);
    st_json_set_string(json, "quality", facts->engine_quality);
    st_json_end_object(json);
    put_identity(json, facts);
}

static void put_words(struct st_json_writer *json, const struct st_segment *segment)
{
    st_json_key(json, "words");
    st_json_begin_array(json);
    for (size_t i = 0; i < segment->word_count; i++) {
        const struct st_word *word = &segment->words[i];
        st_json_begin_object(json);
        st_json_set_string(json, "text", word->text);
        put_span(json, word->start_us, word->end_us);
        put_confidence(json, word->confidence);
        st_json_end_object(json);
    }
    st_json_end_array(json);
}

static void put_segment(struct st_json_writer *json, const struct st_event *event)
{
    static const char *const times[] = {"none", "estimated", "measured"};
    const struct st_segment *segment = event->segment;
    st_json_set_int(json, "id", (int64_t)segment->id);
    put_speaker(json, event->channel, event->role);
    put_span(json, segment->start_us, segment->end_us);
    st_json_set_string(json, "text", segment->text);
    if (!segment->is_final)
        return;
    put_confidence(json, segment->confidence);
    st_json_set_bool(json, "unsure", segment->is_unsure);
    st_json_set_string(json, "word_times", times[segment->word_times]);
    put_words(json, segment);
}

static void put_match(struct st_json_writer *json, const struct st_category_match *match)
{
    st_json_set_string(json, "category", match->category);
    st_json_set_string(json, "severity", st_severity_name(match->severity));
    st_json_set_string(json, "words", match->words);
    st_json_set_int(json, "segment_id", (int64_t)match->segment_id);
    put_speaker(json, match->channel, match->role);
    put_span(json, match->start_us, match->end_us);
}

/* The part of an event that call states repeat is written as one value, so that they can copy it.
 */
static void begin_body(struct st_json_writer *json, struct st_message *message, const char *key)
{
    st_json_key(json, key);
    message->body_offset = json->len;
    st_json_begin_object(json);
}

static void end_body(struct st_json_writer *json, struct st_message *message)
{
    st_json_end_object(json);
    message->body_bytes = json->len - message->body_offset;
}

static void put_started(struct st_json_writer *json, const struct st_event *event,
                        struct st_message *message)
{
    st_message_put_facts(json, event->call);
}

static void put_updated(struct st_json_writer *json, const struct st_event *event,
                        struct st_message *message)
{
    if (event->updated.changes & ST_CALL_CHANGE_IDENTITY)
        put_identity(json, event->call);
    if (event->updated.changes & ST_CALL_CHANGE_PAUSED)
        st_json_set_bool(json, "paused", event->updated.is_paused);
    if (event->updated.changes & ST_CALL_CHANGE_LAG)
        st_json_set_int(json, "lag_ms", ms(event->updated.lag_us));
    if (event->updated.changes & ST_CALL_CHANGE_RATE)
        st_json_set_bool(json, "rate_suspect", event->updated.is_rate_suspect);
}

static void put_transcript(struct st_json_writer *json, const struct st_event *event,
                           struct st_message *message)
{
    message->start_us = event->segment->start_us;
    begin_body(json, message, "segment");
    put_segment(json, event);
    end_body(json, message);
    if (event->segment->text[0] == '\0')
        message->body_bytes = 0; /* withdrawn: nothing to repeat */
}

static void put_category(struct st_json_writer *json, const struct st_event *event,
                         struct st_message *message)
{
    message->severity = event->category.match->severity;
    put_match(json, event->category.match);
    st_json_set_string(json, "rule", event->category.match->rule);
}

static void put_alert(struct st_json_writer *json, const struct st_event *event,
                      struct st_message *message)
{
    message->severity = event->category.match->severity;
    begin_body(json, message, "alert");
    put_match(json, event->category.match);
    st_json_set_int(json, "count", (int64_t)event->category.count);
    end_body(json, message);
}

static void put_sentiment(struct st_json_writer *json, const struct st_event *event,
                          struct st_message *message)
{
    const struct st_sentiment_finding *finding = event->sentiment.finding;
    message->body_offset = json->len + 1; /* behind the comma; the state adds the braces */
    st_json_set_int(json, "segment_id", (int64_t)event->sentiment.segment_id);
    put_speaker(json, event->channel, event->role);
    put_span(json, event->sentiment.start_us, event->sentiment.end_us);
    st_json_set_real(json, "compound", finding->compound, 4);
    st_json_set_string(json, "label", st_sentiment_label_name(finding->label));
    st_json_set_real(json, "rolling", finding->rolling, 4);
    st_json_set_string(json, "trend", st_trend_name(finding->trend));
    message->body_bytes = json->len - message->body_offset;
}

static void put_stt(struct st_json_writer *json, const struct st_event *event,
                    struct st_message *message)
{
    st_json_set_int(json, "channel", event->channel);
    st_json_set_string(json, "engine", event->stt.engine);
    if (event->type == ST_EVENT_STT_DEGRADED)
        st_json_set_string(json, "reason", event->stt.reason);
}

static void put_ended(struct st_json_writer *json, const struct st_event *event,
                      struct st_message *message)
{
    st_json_set_string(json, "reason", event->ended.reason);
    st_json_set_int(json, "duration_ms", ms(event->ended.duration_us));
    st_json_set_int(json, "segments", (int64_t)event->ended.segments);
    st_json_set_int(json, "alerts", (int64_t)event->ended.alerts);
    st_json_set_int(json, "shed_ms", ms(event->ended.shed_us));
}

typedef void (*put_fn)(struct st_json_writer *json, const struct st_event *event,
                       struct st_message *message);

static const put_fn put_type[ST_EVENT_TYPES] = {
    [ST_EVENT_CALL_STARTED] = put_started,
    [ST_EVENT_CALL_UPDATED] = put_updated,
    [ST_EVENT_TRANSCRIPT_PARTIAL] = put_transcript,
    [ST_EVENT_TRANSCRIPT_FINAL] = put_transcript,
    [ST_EVENT_CATEGORY_MATCHED] = put_category,
    [ST_EVENT_ALERT_RAISED] = put_alert,
    [ST_EVENT_SENTIMENT_UPDATED] = put_sentiment,
    [ST_EVENT_STT_DEGRADED] = put_stt,
    [ST_EVENT_STT_RECOVERED] = put_stt,
    [ST_EVENT_CALL_ENDED] = put_ended,
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
    st_json_set_int(json, "media_ms", ms(event->media_us));
    st_json_set_int(json, "at_unix_ms", event->at_unix_ms);
    put_type[event->type](json, event, message);
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
