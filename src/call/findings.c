#include "call_internal.h"

#include "sidetone/loop.h"
#include "sidetone/mem.h"

#include <string.h>

static void count_category(struct call *call, const struct st_category_match *match)
{
    for (size_t i = 0; i < call->category_count; i++)
        if (strcmp(call->categories[i].name, match->category) == 0) {
            call->categories[i].count++;
            return;
        }
    size_t n = call->category_count++;
    call->categories = st_mem_realloc(call->categories, (n + 1) * sizeof(call->categories[0]));
    call->categories[n] = (struct call_category){
        .name = st_mem_strdup(match->category), .severity = match->severity, .count = 1};
}

static struct st_event event_of(enum st_event_type type, const struct st_finding *finding)
{
    return (struct st_event){
        .type = type,
        .channel = finding->channel,
        .role = finding->role,
        .media_us = finding->end_us,
        .finding = finding,
    };
}

static void on_category(struct call *call, const struct st_finding *finding)
{
    const struct st_category_match *match = finding->category;
    count_category(call, match);
    struct st_event event = event_of(ST_EVENT_CATEGORY_MATCHED, finding);
    call_emit(call, &event);
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
    call_alerts_put(call, &trigger);
}

static void on_sentiment(struct call *call, const struct st_finding *finding)
{
    struct channel *channel = &call->channels[finding->channel];
    channel->has_sentiment = true;
    channel->sentiment = *finding->sentiment;
    struct st_event event = event_of(ST_EVENT_SENTIMENT_UPDATED, finding);
    call_emit(call, &event);
}

static void (*const handlers[ST_FINDING_TYPES])(struct call *call,
                                                const struct st_finding *finding) = {
    [ST_FINDING_CATEGORY] = on_category,
    [ST_FINDING_SENTIMENT] = on_sentiment,
};

static void on_finding(void *user, const struct st_finding *finding)
{
    handlers[finding->type](user, finding);
}

static void on_segment(void *user, unsigned channel, const struct st_cleared_segment *cleared)
{
    struct call *call = user;
    struct call_metrics *metrics = &call->shard->service->metrics;
    const struct st_segment *segment = &cleared->segment;
    struct st_event event = {
        .type = segment->is_final ? ST_EVENT_TRANSCRIPT_FINAL : ST_EVENT_TRANSCRIPT_PARTIAL,
        .channel = channel,
        .role = call->facts->roles[channel],
        .media_us = segment->end_us,
        .segment = cleared,
    };
    if (segment->is_final && segment->text[0]) {
        call->segments++;
        st_counter_add(metrics->segments, 1);
        st_histogram_observe_us(metrics->hop_segment,
                                st_loop_now_us() - call->started_us - segment->end_us);
    }
    call_emit(call, &event);
}

const struct st_analysis_events call_analysis_events = {
    .segment = on_segment,
    .finding = on_finding,
};
