#include "call_internal.h"

#include "sidetone/buf.h"
#include "sidetone/mem.h"

#include <stdlib.h>

static const char *state_name(const struct call *call)
{
    switch (call->state) {
    case CALL_LIVE:
    case CALL_WAITING:
        return call->is_paused ? "paused" : "live";
    case CALL_ENDING:
        return "ending";
    case CALL_ENDED:
        return "ended";
    }
    return "";
}

static void put_body(struct st_json_writer *json, const struct st_message *message)
{
    const char *body = (const char *)message->json->data + message->body_offset;
    if (message->type != ST_EVENT_SENTIMENT_UPDATED) {
        st_json_raw(json, body, message->body_bytes);
        return;
    }
    st_json_begin_object(json);
    st_json_raw(json, body, message->body_bytes);
    st_json_end_object(json);
}

static void put_bodies(struct st_json_writer *json, const char *key, const struct call *call,
                       enum st_event_type type)
{
    st_json_key(json, key);
    st_json_begin_array(json);
    for (size_t i = 0; i < call->history.count; i++) {
        const struct st_message *message = call->history.messages[i];
        if (message->type == type && message->body_bytes > 0)
            put_body(json, message);
    }
    st_json_end_array(json);
}

/* By start: finals of two channels come nearly in that order. */
static void put_transcript(struct st_json_writer *json, const struct call *call)
{
    const struct history *history = &call->history;
    const struct st_message **finals = st_mem_alloc_array(history->count + 1, sizeof(*finals));
    size_t count = 0;
    for (size_t i = 0; i < history->count; i++) {
        const struct st_message *message = history->messages[i];
        if (message->type != ST_EVENT_TRANSCRIPT_FINAL || message->body_bytes == 0)
            continue;
        size_t at = count++;
        for (; at > 0 && finals[at - 1]->start_us > message->start_us; at--)
            finals[at] = finals[at - 1];
        finals[at] = message;
    }
    st_json_key(json, "transcript");
    st_json_begin_array(json);
    for (size_t i = 0; i < count; i++)
        put_body(json, finals[i]);
    st_json_end_array(json);
    free(finals);
}

static void put_sentiment(struct st_json_writer *json, const struct call *call)
{
    static const char *const keys[ST_CHANNELS_MAX] = {"0", "1"};
    st_json_key(json, "sentiment");
    st_json_begin_object(json);
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++) {
        const struct channel *channel = &call->channels[i];
        if (!channel->has_sentiment)
            continue;
        st_json_key(json, keys[i]);
        st_json_begin_object(json);
        st_json_set_real(json, "rolling", channel->sentiment.rolling, 4);
        st_json_set_string(json, "trend", st_trend_name(channel->sentiment.trend));
        st_json_set_string(json, "label",
                           st_sentiment_label_name(st_sentiment_label(channel->sentiment.rolling)));
        st_json_end_object(json);
    }
    st_json_end_object(json);
}

static void put_categories(struct st_json_writer *json, const struct call *call)
{
    st_json_key(json, "categories");
    st_json_begin_array(json);
    for (size_t i = 0; i < call->category_count; i++) {
        st_json_begin_object(json);
        st_json_set_string(json, "category", call->categories[i].name);
        st_json_set_string(json, "severity", st_severity_name(call->categories[i].severity));
        st_json_set_int(json, "count", (int64_t)call->categories[i].count);
        st_json_end_object(json);
    }
    st_json_end_array(json);
}

static void put_partials(struct st_json_writer *json, const struct call *call)
{
    st_json_key(json, "partials");
    st_json_begin_array(json);
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        if (call->channels[i].partial && call->channels[i].partial->body_bytes > 0)
            put_body(json, call->channels[i].partial);
    st_json_end_array(json);
}

static void put_ended(struct st_json_writer *json, const struct call *call)
{
    st_json_key(json, "ended");
    st_json_begin_object(json);
    st_json_set_string(json, "reason", call->end_reason);
    st_json_set_int(json, "duration_ms", call_media_us(call) / 1000);
    st_json_end_object(json);
}

static void put_state(struct st_json_writer *json, const struct call *call, unsigned form)
{
    bool is_degraded = call->channels[0].is_degraded || call->channels[1].is_degraded;
    st_json_begin_object(json);
    st_json_set_string(json, "call_id", call->facts->call_id);
    st_json_set_int(json, "seq", (int64_t)call->seq);
    st_json_set_string(json, "state", state_name(call));
    st_json_set_int(json, "media_ms", call_media_us(call) / 1000);
    st_json_set_int(json, "lag_ms", call->lag_told_us / 1000);
    st_json_set_bool(json, "degraded", is_degraded);
    st_message_put_facts(json, call->facts);
    put_sentiment(json, call);
    put_categories(json, call);
    st_json_key(json, "alerts");
    call_alerts_write(call, json);
    st_json_key(json, "alert_counts");
    st_message_put_alert_counts(json, st_alerts_counts(call->alerts));
    if (call->state == CALL_ENDED)
        put_ended(json, call);
    if (form & ST_SNAPSHOT_TRANSCRIPT) {
        put_transcript(json, call);
        put_partials(json, call);
    }
    if (form & ST_SNAPSHOT_SENTIMENTS)
        put_bodies(json, "sentiments", call, ST_EVENT_SENTIMENT_UPDATED);
    st_json_end_object(json);
}

struct st_buf *call_state_encode(struct call *call, unsigned form)
{
    struct st_json_writer *json = &call->shard->json;
    st_json_reset(json);
    put_state(json, call, form);
    return st_buf_copy(json->data, json->len);
}

void call_forget_snapshots(struct call *call)
{
    for (unsigned i = 0; i < ST_SNAPSHOT_FORMS; i++) {
        st_buf_unref(call->snapshots[i]);
        call->snapshots[i] = NULL;
    }
}

struct st_buf *call_snapshot(struct call *call, unsigned form)
{
    if (!call->snapshots[form]) {
        struct st_json_writer *json = &call->shard->json;
        st_json_reset(json);
        st_json_begin_object(json);
        st_json_set_string(json, "type", "snapshot");
        st_json_key(json, "call");
        put_state(json, call, form);
        st_json_end_object(json);
        call->snapshots[form] = st_buf_copy(json->data, json->len);
    }
    return st_buf_ref(call->snapshots[form]);
}
