#include "call_internal.h"

#include "sidetone/loop.h"

#include <assert.h>
#include <errno.h>

enum {
    TOLD_HZ = 8000,      /* enough for levels, where no engine listens */
    FIRST_RATE_HZ = 8000 /* until media says its own */
};

/* ---- to the engine ---- */

static void on_frame(void *user, const struct st_frame *frame)
{
    struct channel *channel = user;
    struct st_audio_second second;
    uint64_t clipped = channel->level.clipped;
    st_level_put(&channel->level, frame);
    if (st_seconds_put(&channel->seconds, &channel->level, frame, &second))
        st_analysis_put_audio(channel->call->story.analysis, channel->index, &second);
    if (!channel->is_told)
        st_stt_session_audio(channel->call->session, channel->index, frame);
    if (channel->call->quality)
        quality_hear(channel->call->quality, channel->index, frame, channel->level.level_db,
                     (uint32_t)(channel->level.clipped - clipped));
}

static uint32_t frames_rate(const struct channel *channel, uint32_t rate_hz)
{
    return channel->is_told
               ? TOLD_HZ
               : st_stt_frames_hz(st_stt_session_rate_hz(channel->call->session), rate_hz);
}

static int open_resampler(struct st_resampler **ret_resampler, uint32_t in_hz, uint32_t out_hz)
{
    *ret_resampler = NULL;
    return in_hz == out_hz ? 0 : st_resampler_create(ret_resampler, in_hz, out_hz);
}

int channel_open(struct channel *channel, enum st_codec codec, uint32_t rate_hz, int64_t start_us,
                 bool is_told)
{
    channel->is_told = is_told;
    rate_hz = rate_hz ? rate_hz : FIRST_RATE_HZ;
    uint32_t frames_hz = frames_rate(channel, rate_hz);
    int err = open_resampler(&channel->resampler, rate_hz, frames_hz);
    if (err)
        return err;
    channel->codec = codec;
    channel->rate_hz = rate_hz;
    channel->is_open = true;
    st_timeline_init(&channel->timeline, rate_hz, start_us, 0);
    st_framer_init(&channel->framer, frames_hz, start_us, on_frame, channel);
    st_level_init(&channel->level);
    st_seconds_init(&channel->seconds);
    return 0;
}

/* samples NULL stands for silence. */
static void pass_on(struct channel *channel, const int16_t *samples, size_t count)
{
    if (!channel->resampler) {
        st_framer_put(&channel->framer, samples, count);
        return;
    }
    struct call_shard *shard = channel->call->shard;
    size_t ratio = channel->framer.rate_hz > channel->rate_hz
                       ? (channel->framer.rate_hz + channel->rate_hz - 1) / channel->rate_hz
                       : 1;
    size_t step = sizeof(shard->resampled) / sizeof(shard->resampled[0]) / ratio - 32;
    for (size_t done = 0; done < count;) {
        size_t n = count - done < step ? count - done : step;
        size_t out = st_resampler_process(channel->resampler, samples ? samples + done : NULL, n,
                                          shard->resampled);
        st_framer_put(&channel->framer, shard->resampled, out);
        done += n;
    }
}

static void put_decoded(struct channel *channel, int64_t position_us, size_t count)
{
    struct call *call = channel->call;
    struct call_metrics *metrics = &call->shard->service->metrics;
    struct st_timeline_plan plan = st_timeline_put(&channel->timeline, position_us, count);
    if (plan.silence > 0) {
        st_counter_add(metrics->silence_samples, plan.silence);
        pass_on(channel, NULL, plan.silence);
    }
    if (plan.skip > 0)
        st_counter_add(metrics->overlap_samples, plan.skip);
    if (plan.skip < count)
        pass_on(channel, call->is_paused ? NULL : call->shard->decoded + plan.skip,
                count - plan.skip);
}

/* The clock goes on from where it is. Frames that had more samples than the new rate needs keep
 * them. */
static int change_rate(struct channel *channel, uint32_t rate_hz)
{
    struct st_resampler *resampler;
    uint32_t frames_hz = frames_rate(channel, rate_hz);
    if (frames_hz < channel->framer.rate_hz)
        frames_hz = channel->framer.rate_hz;
    int err = open_resampler(&resampler, rate_hz, frames_hz);
    if (err)
        return err;
    if (frames_hz > channel->framer.rate_hz)
        st_framer_widen(&channel->framer, frames_hz);
    st_resampler_destroy(channel->resampler);
    channel->resampler = resampler;
    channel->rate_hz = rate_hz;
    st_timeline_init(&channel->timeline, rate_hz, st_timeline_media_us(&channel->timeline), 0);
    return 0;
}

void channel_put(struct channel *channel, const struct st_ingest_media *media, int64_t position_us,
                 unsigned sub_channel, unsigned channels)
{
    assert(channel->is_open);
    if (media->rate_hz && media->rate_hz != channel->rate_hz &&
        change_rate(channel, media->rate_hz))
        return;
    int16_t *decoded = channel->call->shard->decoded;
    size_t group = st_codec_sample_bytes(channel->codec) * channels;
    size_t groups = media->bytes / group;
    for (size_t done = 0; done < groups;) {
        size_t n = groups - done < DECODE_SAMPLES_MAX ? groups - done : DECODE_SAMPLES_MAX;
        st_codec_decode(channel->codec, media->payload + done * group, n * group, sub_channel,
                        channels, decoded);
        put_decoded(channel, position_us, n);
        done += n;
        if (position_us != ST_TIMELINE_APPEND)
            position_us += (int64_t)n * 1000000 / channel->rate_hz;
    }
}

void channel_put_silence(struct channel *channel, int64_t until_us)
{
    int64_t missing_us = until_us - st_timeline_media_us(&channel->timeline);
    if (missing_us <= 0)
        return;
    size_t count = (size_t)(missing_us * channel->rate_hz / 1000000);
    st_timeline_put(&channel->timeline, ST_TIMELINE_APPEND, count);
    pass_on(channel, NULL, count);
}

void channel_finish(struct channel *channel)
{
    if (!channel->is_open)
        return;
    channel->is_open = false;
    struct st_audio_second second;
    st_framer_flush(&channel->framer);
    if (st_seconds_flush(&channel->seconds, &second))
        st_analysis_put_audio(channel->call->story.analysis, channel->index, &second);
}

void channel_close(struct channel *channel)
{
    channel->is_open = false;
    st_resampler_destroy(channel->resampler);
    st_framer_fini(&channel->framer);
    channel->resampler = NULL;
}
