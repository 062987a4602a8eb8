#include "call_internal.h"

#include "sidetone/buf.h"
#include "sidetone/config.h"

static const enum st_event_type event_types[ST_ALERT_CHANGES] = {
    [ST_ALERT_CHANGE_RAISED] = ST_EVENT_ALERT_RAISED,
    [ST_ALERT_CHANGE_REPEATED] = ST_EVENT_ALERT_REPEATED,
    [ST_ALERT_CHANGE_ESCALATED] = ST_EVENT_ALERT_ESCALATED,
    [ST_ALERT_CHANGE_ACKNOWLEDGED] = ST_EVENT_ALERT_ACKNOWLEDGED,
    [ST_ALERT_CHANGE_SNOOZED] = ST_EVENT_ALERT_SNOOZED,
    [ST_ALERT_CHANGE_REOPENED] = ST_EVENT_ALERT_REOPENED,
    [ST_ALERT_CHANGE_ASSIGNED] = ST_EVENT_ALERT_ASSIGNED,
    [ST_ALERT_CHANGE_CLEARED] = ST_EVENT_ALERT_CLEARED,
};

bool story_is_alert(enum st_event_type type)
{
    for (int i = 0; i < ST_ALERT_CHANGES; i++)
        if (event_types[i] == type)
            return true;
    return false;
}

static void on_change(void *user, const struct st_alert *alert, const struct st_alert_step *step)
{
    bool is_match =
        step->change == ST_ALERT_CHANGE_RAISED || step->change == ST_ALERT_CHANGE_REPEATED;
    struct st_event event = {
        .type = event_types[step->change],
        .channel = alert->channel,
        .role = alert->role,
        .media_us = is_match ? alert->end_us : 0,
        .alert = {.alert = alert, .step = step},
    };
    story_emit(user, &event);
}

static struct st_alert_time time_of(const struct story *story)
{
    struct story_time time;
    story->ops->get_time(story->owner, &time);
    return (struct st_alert_time){
        .media_us = time.media_us, .now_us = time.now_us, .unix_ms = time.unix_ms};
}

static const struct st_config_alerts *policy_of(const struct story *story)
{
    return &story->settings->config->alerts;
}

void story_alerts_open(struct story *story)
{
    story->alerts = st_alerts_create(on_change, story);
}

void story_alerts_put(struct story *story, const struct st_category_match *match)
{
    struct st_alert_time time = time_of(story);
    struct st_alert_trigger trigger = {
        .category = match->category,
        .severity = match->severity,
        .rule = match->rule,
        .words = match->words,
        .channel = match->channel,
        .role = match->role,
        .segment_id = match->segment_id,
        .start_us = match->start_us,
        .end_us = match->end_us,
    };
    st_alerts_put(story->alerts, policy_of(story), &trigger, &time);
}

void story_alerts_tick(struct story *story)
{
    if (st_alerts_counts(story->alerts)->open == 0)
        return;
    struct st_alert_time time = time_of(story);
    st_alerts_tick(story->alerts, policy_of(story), &time);
}

void story_alerts_end(struct story *story)
{
    struct st_alert_time time = time_of(story);
    st_alerts_end(story->alerts, policy_of(story), &time);
}

int story_alerts_command(struct story *story, const struct st_alert_command *command)
{
    struct st_alert_time time = time_of(story);
    return st_alerts_command(story->alerts, command, &time);
}

/* ---- as JSON ---- */

void story_alerts_write(const struct story *story, struct st_json_writer *json)
{
    st_json_begin_array(json);
    for (size_t i = 0; i < st_alerts_count(story->alerts); i++) {
        st_json_begin_object(json);
        st_message_put_alert(json, st_alerts_at(story->alerts, i));
        st_json_end_object(json);
    }
    st_json_end_array(json);
}

struct st_buf *story_alerts_encode(const struct story *story, const struct st_alert *alert)
{
    struct st_json_writer *json = story->json;
    st_json_reset(json);
    st_json_begin_object(json);
    st_json_set_string(json, "call_id", story->facts->call_id);
    st_message_put_routing(json, story->facts);
    st_message_put_alert(json, alert);
    st_message_put_alert_history(json, alert);
    st_json_end_object(json);
    return st_buf_copy(json->data, json->len);
}
