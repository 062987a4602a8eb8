/* A call's audio: to its channels, at what rate, and how far behind it the text is. */
#include "call_internal.h"

#include "sidetone/loop.h"
#include "sidetone/prefetch.h"

#include <stdlib.h>

enum {
    KEEP_UP_STEP_US = 200000, /* less than a stream of two channels waits for one of them */
    TICK_US = 1000000,
    LAG_STEP_US = 500000,
    LAG_INTERVAL_US = 1000000,
    RATE_WINDOW_US = 10000000,
};

/* A sender that lies about its sample rate gives itself away by coming too fast or too slow. */
static void check_rate(struct call *call, int64_t now_us)
{
    int64_t elapsed_us = now_us - call->rate_window_us;
    if (elapsed_us < RATE_WINDOW_US)
        return;
    int64_t media_us = call_media_us(call) - call->rate_media_us;
    bool is_suspect = media_us * 10 < elapsed_us * 6 || media_us * 10 > elapsed_us * 17;
    call->rate_window_us = now_us;
    call->rate_media_us = call_media_us(call);
    if (is_suspect == call->is_rate_suspect)
        return;
    call->is_rate_suspect = is_suspect;
    call_tell_change(call, ST_CALL_CHANGE_RATE, NULL);
}

/* A channel whose leg is away goes on in silence, a little at a time: an hour of it at once, when
 * the leg comes back, would hold the loop. */
static void keep_up_lost_channels(struct call *call)
{
    unsigned carried = 0;
    for (unsigned i = 0; i < call->leg_count; i++)
        if (call->legs[i].is_open)
            carried |= call->legs[i].channel_mask;
    if ((call_open_mask(call) & ~carried) == 0)
        return;
    int64_t until_us = call_media_us(call);
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++) {
        struct channel *channel = &call->channels[i];
        if (channel->is_open && !(carried >> i & 1) &&
            until_us - st_timeline_media_us(&channel->timeline) >= KEEP_UP_STEP_US)
            channel_put_silence(channel, until_us);
    }
}

void call_tick(struct call *call, int64_t media_us)
{
    if (media_us - call->ticked_us < TICK_US)
        return;
    call->ticked_us = media_us;
    story_tick(&call->story, call_whole_ms(media_us));
}

void call_prefetch(const struct call *call, unsigned channel, unsigned step)
{
    if (step == 0) {
        st_prefetch(&call->state, offsetof(struct call, channels) - offsetof(struct call, state));
        st_prefetch(&call->channels[channel], offsetof(struct channel, finals));
        st_prefetch(&call->quality, sizeof(*call) - offsetof(struct call, quality));
        return;
    }
    if (call->channels[channel].resampler)
        st_resampler_prefetch(call->channels[channel].resampler);
    if (call->session)
        st_stt_session_prefetch(call->session, channel);
}

void call_media(struct call *call, uint64_t leg_id, const struct st_ingest_media *media)
{
    struct call_metrics *metrics = &call->shard->service->metrics;
    struct call_leg *leg = call_find_leg(call, leg_id);
    if (!leg || call->state != CALL_LIVE)
        return;
    int64_t now_us = st_loop_now_us();
    int64_t position_us = media->position_us == ST_TIMELINE_APPEND
                              ? ST_TIMELINE_APPEND
                              : media->position_us + leg->offset_us;
    st_counter_add(metrics->media_messages, 1);
    st_counter_add(metrics->media_bytes, media->bytes);
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        if (leg->channel_mask >> i & 1 && media->is_interleaved)
            channel_put(&call->channels[i], media, position_us, i, ST_CHANNELS_MAX);
        else if (leg->channel_mask >> i & 1 && media->channel == i)
            channel_put(&call->channels[i], media, position_us, 0, 1);
    keep_up_lost_channels(call);
    call_tick(call, call_media_us(call));
    st_histogram_observe_us(metrics->hop_media, st_loop_now_us() - now_us);
    check_rate(call, now_us);
}

void call_on_lag(struct channel *channel, int64_t lag_us)
{
    struct call *call = channel->call;
    channel->lag_us = lag_us;
    st_histogram_observe_us(call->shard->service->metrics.lag, lag_us);
    int64_t worst_us = 0;
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        if (call->channels[i].lag_us > worst_us)
            worst_us = call->channels[i].lag_us;
    int64_t now_us = st_loop_now_us();
    if (llabs(worst_us - call->lag_told_us) < LAG_STEP_US || call->state == CALL_ENDED ||
        now_us - call->lag_told_at_us < LAG_INTERVAL_US)
        return;
    call->lag_told_us = worst_us;
    call->lag_told_at_us = now_us;
    call_tell_change(call, ST_CALL_CHANGE_LAG, NULL);
}
