#include "story.h"

#include "sidetone/buf.h"
#include "sidetone/mem.h"
#include "sidetone/sentiment.h"

#include <stdlib.h>
#include <string.h>

static const char *body_of(const struct st_message *message)
{
    return (const char *)message->json->data + message->body_offset;
}

static void put_body(struct st_json_writer *json, const struct st_message *message)
{
    st_json_raw(json, body_of(message), message->body_bytes);
}

/* Members of one channel's event, by the role that it is known to have by now. */
static void put_members(struct st_json_writer *json, const struct story *story,
                        const struct st_message *message, const char *text, size_t bytes)
{
    static const char key[] = "\"role\":\"";
    const char *end = text + bytes, *role = memmem(text, bytes, key, sizeof(key) - 1);
    const char *from = role ? role + sizeof(key) - 1 : NULL;
    const char *to = from ? memchr(from, '"', (size_t)(end - from)) : NULL;
    if (!to) {
        st_json_raw(json, text, bytes);
        return;
    }
    st_json_raw(json, text, (size_t)(from - text));
    st_json_append_text(json, st_role_name(story->facts->roles[message->channel]));
    st_json_append(json, to, (size_t)(end - to));
}

/* Of a type whose body is members without their object. */
static void put_bodies(struct st_json_writer *json, const char *key, const struct story *story,
                       enum st_event_type type)
{
    st_json_key(json, key);
    st_json_begin_array(json);
    for (size_t i = 0; i < story->history.count; i++) {
        const struct st_message *message = story->history.messages[i];
        if (message->type != type || message->body_bytes == 0)
            continue;
        st_json_begin_object(json);
        put_members(json, story, message, body_of(message), message->body_bytes);
        st_json_end_object(json);
    }
    st_json_end_array(json);
}

/* A final, and the event it came with: files are analysed in the order of these. */
static void put_final(struct st_json_writer *json, const struct story *story,
                      const struct st_message *message)
{
    st_json_begin_object(json);
    st_json_set_int(json, "seq", (int64_t)message->seq);
    put_members(json, story, message, body_of(message) + 1, message->body_bytes - 2);
    st_json_end_object(json);
}

/* By start: finals of two channels come nearly in that order. */
static void put_transcript(struct st_json_writer *json, const struct story *story)
{
    const struct history *history = &story->history;
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
        put_final(json, story, finals[i]);
    st_json_end_array(json);
    free(finals);
}

static void put_sentiment(struct st_json_writer *json, const struct story *story)
{
    static const char *const keys[ST_CHANNELS_MAX] = {"0", "1"};
    st_json_key(json, "sentiment");
    st_json_begin_object(json);
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++) {
        const struct story_channel *channel = &story->channels[i];
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

static void put_characteristics(struct st_json_writer *json, const struct story *story)
{
    if (!story->characteristics)
        return;
    st_json_key(json, "characteristics");
    put_body(json, story->characteristics);
}

/* Those that there are yet, in their order. */
static void put_newest(struct st_json_writer *json, const char *key,
                       struct st_message *const *messages, unsigned count)
{
    st_json_key(json, key);
    st_json_begin_array(json);
    for (unsigned i = 0; i < count; i++)
        if (messages[i])
            put_body(json, messages[i]);
    st_json_end_array(json);
}

static void put_categories(struct st_json_writer *json, const struct story *story)
{
    st_json_key(json, "categories");
    st_json_begin_array(json);
    for (size_t i = 0; i < story->category_count; i++) {
        if (story->categories[i].count == 0)
            continue;
        st_json_begin_object(json);
        st_json_set_string(json, "category", story->categories[i].name);
        st_json_set_string(json, "severity", st_severity_name(story->categories[i].severity));
        st_json_set_int(json, "count", (int64_t)story->categories[i].count);
        st_json_end_object(json);
    }
    st_json_end_array(json);
}

static void put_partials(struct st_json_writer *json, const struct story *story)
{
    st_json_key(json, "partials");
    st_json_begin_array(json);
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++) {
        const struct st_message *partial = story->channels[i].partial;
        if (partial && partial->body_bytes > 0)
            put_members(json, story, partial, body_of(partial), partial->body_bytes);
    }
    st_json_end_array(json);
}

/* Files are analysed with them. */
static void put_pauses(struct st_json_writer *json, const struct story *story)
{
    st_json_key(json, "pauses");
    st_json_begin_array(json);
    for (size_t i = 0; i < story->pause_count; i++) {
        st_json_begin_object(json);
        st_json_set_int(json, "media_ms", story->pauses[i].media_us / 1000);
        st_json_set_bool(json, "paused", story->pauses[i].is_paused);
        st_json_end_object(json);
    }
    st_json_end_array(json);
}

static void put_ended(struct st_json_writer *json, const struct story_standing *standing)
{
    st_json_key(json, "ended");
    st_json_begin_object(json);
    st_json_set_string(json, "reason", standing->end_reason);
    st_json_set_int(json, "duration_ms", standing->media_us / 1000);
    st_json_end_object(json);
}

static void put_issues(struct st_json_writer *json, const struct story *story, int64_t media_us)
{
    st_json_key(json, "issues");
    st_message_put_issues(json, st_analysis_summary(story->analysis, media_us));
}

static void put_state(struct st_json_writer *json, const struct story *story, unsigned form)
{
    struct story_standing standing;
    story->ops->get_standing(story->owner, &standing);
    st_json_begin_object(json);
    st_json_set_string(json, "call_id", story->facts->call_id);
    st_json_set_int(json, "seq", (int64_t)story->seq);
    st_json_set_string(json, "state", standing.state);
    st_json_set_int(json, "media_ms", standing.media_us / 1000);
    st_json_set_int(json, "lag_ms", standing.lag_us / 1000);
    st_json_set_bool(json, "degraded", standing.is_degraded);
    st_message_put_facts(json, story->facts);
    put_sentiment(json, story);
    put_characteristics(json, story);
    put_categories(json, story);
    put_newest(json, "scripts", story->scripts, ST_SCRIPTS_OF_CALL_MAX);
    put_newest(json, "topics", story->topics, ST_TOPICS_OF_CALL_MAX);
    st_json_key(json, "alerts");
    story_alerts_write(story, json);
    st_json_key(json, "alert_counts");
    st_message_put_alert_counts(json, st_alerts_counts(story->alerts));
    put_issues(json, story, standing.media_us);
    if (story->quality[0].is_known || story->quality[1].is_known)
        st_message_put_quality(json, story->quality, story->facts);
    if (standing.end_reason)
        put_ended(json, &standing);
    if (form & ST_SNAPSHOT_TRANSCRIPT) {
        story_put_participants(json, story);
        put_pauses(json, story);
        put_transcript(json, story);
        put_partials(json, story);
    }
    if (form & ST_SNAPSHOT_SENTIMENTS)
        put_bodies(json, "sentiments", story, ST_EVENT_SENTIMENT_UPDATED);
    st_json_end_object(json);
}

struct st_buf *story_state(struct story *story, unsigned form)
{
    struct st_json_writer *json = story->json;
    st_json_reset(json);
    put_state(json, story, form);
    return st_buf_copy(json->data, json->len);
}

struct st_buf *story_summary(struct story *story)
{
    struct st_json_writer *json = story->json;
    struct story_standing standing;
    story->ops->get_standing(story->owner, &standing);
    st_json_reset(json);
    st_json_begin_object(json);
    st_json_set_string(json, "call_id", story->facts->call_id);
    st_json_set_int(json, "seq", (int64_t)story->seq);
    st_json_set_string(json, "state", standing.state);
    st_json_set_int(json, "media_ms", standing.media_us / 1000);
    st_json_key(json, "summary");
    st_message_put_summary(json, st_analysis_summary(story->analysis, standing.media_us));
    st_json_end_object(json);
    return st_buf_copy(json->data, json->len);
}

void story_forget_snapshots(struct story *story)
{
    for (unsigned i = 0; i < ST_SNAPSHOT_FORMS; i++) {
        st_buf_unref(story->snapshots[i]);
        story->snapshots[i] = NULL;
    }
}

struct st_buf *story_snapshot(struct story *story, unsigned form)
{
    if (!story->snapshots[form]) {
        struct st_json_writer *json = story->json;
        st_json_reset(json);
        st_json_begin_object(json);
        st_json_set_string(json, "type", "snapshot");
        st_json_key(json, "call");
        put_state(json, story, form);
        st_json_end_object(json);
        story->snapshots[form] = st_buf_copy(json->data, json->len);
    }
    return st_buf_ref(story->snapshots[form]);
}
