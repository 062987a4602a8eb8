/*
 * Keys that are pressed, as events. Which one it was may be part of a card number: it is told where
 * the route says so, and never while the call is paused, because that is when such are asked for.
 */
#include "call_internal.h"

enum { PRESSES_MAX = 2000 }; /* of one call; what is told is kept, and a flood is no telephone's */

static int64_t start_of(const struct call *call, const struct call_leg *leg,
                        const struct call_press *press)
{
    if (press->position_us != ST_TIMELINE_APPEND)
        return press->position_us + leg->offset_us;
    const struct channel *channel = &call->channels[press->channel];
    return channel->rate_hz > 0 ? st_timeline_media_us(&channel->timeline) : call_media_us(call);
}

static bool is_shown(const struct call *call)
{
    const struct st_config_route *route = settings_route(call->story.settings, call->story.facts);
    return route && route->privacy.shows_keys && route->privacy.mode != ST_PII_REDACT &&
           !call->is_paused;
}

void press_put(struct call *call, uint64_t leg_id, const struct call_press *press)
{
    const struct call_leg *leg = call_find_leg(call, leg_id);
    if (!leg || press->channel >= ST_CHANNELS_MAX || call->state > CALL_WAITING)
        return;
    st_counter_add(call->shard->service->metrics.presses, 1);
    if (call->presses++ >= PRESSES_MAX)
        return;
    int64_t start_us = start_of(call, leg, press);
    struct st_event event = {
        .type = ST_EVENT_CALL_DTMF,
        .media_us = start_us + press->duration_us,
        .channel = press->channel,
        .role = call->story.facts->roles[press->channel],
        .press = {.start_us = start_us,
                  .duration_us = press->duration_us,
                  .key = is_shown(call) ? press->key : 0},
    };
    story_emit(&call->story, &event);
}
