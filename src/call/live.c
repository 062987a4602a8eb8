/* A live call as the owner of its story: its clock, how it stands, and the hub. */
#include "call_internal.h"

#include "sidetone/loop.h"

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

static void get_time(void *owner, struct story_time *ret_time)
{
    *ret_time = (struct story_time){.media_us = call_media_us(owner),
                                    .now_us = st_loop_now_us(),
                                    .unix_ms = st_loop_wall_unix_ms()};
}

static void get_standing(void *owner, struct story_standing *ret_standing)
{
    const struct call *call = owner;
    *ret_standing = (struct story_standing){
        .state = state_name(call),
        .media_us = call->state == CALL_ENDED ? call_length_us(call) : call_media_us(call),
        .lag_us = call->lag_told_us,
        .is_degraded = call->channels[0].is_degraded || call->channels[1].is_degraded,
        .end_reason = call->state == CALL_ENDED ? call->end_reason : NULL,
    };
}

static void count(struct call *call, const struct st_event *event)
{
    struct call_metrics *metrics = &call->shard->service->metrics;
    if (event->type == ST_EVENT_ALERT_RAISED) {
        st_counter_add(metrics->alerts, 1);
        st_gauge_add(metrics->alerts_open, 1);
    }
    if (event->type == ST_EVENT_ALERT_CLEARED)
        st_gauge_add(metrics->alerts_open, -1);
    if (story_is_alert(event->type))
        st_counter_add(metrics->alert_changes[event->alert.step->change], 1);
    if (event->type != ST_EVENT_TRANSCRIPT_FINAL || event->segment->segment.text[0] == '\0')
        return;
    st_counter_add(metrics->segments, 1);
    st_histogram_observe_us(metrics->hop_segment,
                            st_loop_now_us() - call->started_us - event->segment->segment.end_us);
}

void live_count_alerts(const struct call *call)
{
    const struct st_alert_counts *counts = st_alerts_counts(call->story.alerts);
    st_counter_add(call->shard->service->metrics.alerts_suppressed,
                   counts->suppressed_resting + counts->suppressed_full);
}

void live_forget_alerts(const struct call *call)
{
    st_gauge_add(call->shard->service->metrics.alerts_open,
                 -(int64_t)st_alerts_counts(call->story.alerts)->open);
}

static void publish(void *owner, const struct st_event *event, struct st_message *message)
{
    struct call *call = owner;
    count(call, event);
    st_hub_publish(call->shard->service->hub, call->shard->index, message);
}

static int ask_vector(void *owner, uint64_t ticket, const char *text, float *ret_vector)
{
    struct call *call = owner;
    return meaning_ask(call->shard->service->meaning, call, ticket, text, ret_vector);
}

const struct story_owner call_story_owner = {
    .get_time = get_time,
    .get_standing = get_standing,
    .publish = publish,
    .ask_vector = ask_vector,
};
