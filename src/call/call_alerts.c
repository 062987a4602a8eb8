#include "call_internal.h"

#include "sidetone/buf.h"
#include "sidetone/config.h"
#include "sidetone/loop.h"

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

static void on_change(void *user, const struct st_alert *alert, const struct st_alert_step *step)
{
    struct call *call = user;
    struct call_metrics *metrics = &call->shard->service->metrics;
    bool is_match =
        step->change == ST_ALERT_CHANGE_RAISED || step->change == ST_ALERT_CHANGE_REPEATED;
    struct st_event event = {
        .type = event_types[step->change],
        .channel = alert->channel,
        .role = alert->role,
        .media_us = is_match ? alert->end_us : 0,
        .alert = {.alert = alert, .step = step},
    };
    st_counter_add(metrics->alert_changes[step->change], 1);
    if (step->change == ST_ALERT_CHANGE_RAISED) {
        st_counter_add(metrics->alerts, 1);
        st_gauge_add(metrics->alerts_open, 1);
    } else if (step->change == ST_ALERT_CHANGE_CLEARED) {
        st_gauge_add(metrics->alerts_open, -1);
    }
    call_emit(call, &event);
}

static struct st_alert_time time_of(const struct call *call)
{
    return (struct st_alert_time){.media_us = call_media_us(call),
                                  .now_us = st_loop_now_us(),
                                  .unix_ms = st_loop_wall_unix_ms()};
}

static const struct st_config_alerts *policy_of(const struct call *call)
{
    return &call->shard->settings->config->alerts;
}

void call_alerts_open(struct call *call)
{
    call->alerts = st_alerts_create(on_change, call);
}

void call_alerts_close(struct call *call)
{
    if (!call->alerts)
        return;
    st_gauge_add(call->shard->service->metrics.alerts_open,
                 -(int64_t)st_alerts_counts(call->alerts)->open);
    st_alerts_destroy(call->alerts);
    call->alerts = NULL;
}

void call_alerts_put(struct call *call, const struct st_alert_trigger *trigger)
{
    struct st_alert_time time = time_of(call);
    const struct st_alert_counts *counts = st_alerts_counts(call->alerts);
    uint64_t suppressed = counts->suppressed_resting + counts->suppressed_full;
    st_alerts_put(call->alerts, policy_of(call), trigger, &time);
    suppressed = counts->suppressed_resting + counts->suppressed_full - suppressed;
    st_counter_add(call->shard->service->metrics.alerts_suppressed, suppressed);
}

void call_alerts_tick(struct call *call)
{
    if (st_alerts_counts(call->alerts)->open == 0)
        return;
    struct st_alert_time time = time_of(call);
    st_alerts_tick(call->alerts, policy_of(call), &time);
}

void call_alerts_end(struct call *call)
{
    struct st_alert_time time = time_of(call);
    st_alerts_end(call->alerts, policy_of(call), &time);
}

int call_alerts_command(struct call *call, const struct st_alert_command *command)
{
    struct st_alert_time time = time_of(call);
    return st_alerts_command(call->alerts, command, &time);
}

/* ---- as JSON ---- */

void call_alerts_write(const struct call *call, struct st_json_writer *json)
{
    st_json_begin_array(json);
    for (size_t i = 0; i < st_alerts_count(call->alerts); i++) {
        st_json_begin_object(json);
        st_message_put_alert(json, st_alerts_at(call->alerts, i));
        st_json_end_object(json);
    }
    st_json_end_array(json);
}

struct st_buf *call_alerts_encode(struct call *call, const struct st_alert *alert)
{
    struct st_json_writer *json = &call->shard->json;
    st_json_reset(json);
    st_json_begin_object(json);
    st_json_set_string(json, "call_id", call->facts->call_id);
    st_message_put_routing(json, call->facts);
    st_message_put_alert(json, alert);
    st_message_put_alert_history(json, alert);
    st_json_end_object(json);
    return st_buf_copy(json->data, json->len);
}
