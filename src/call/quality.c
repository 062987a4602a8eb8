/*
 * The quality of a call's audio: what its streams count, what its channels sound like, and when
 * that is worth an event.
 */
#include "call_internal.h"

#include "sidetone/loop.h"
#include "sidetone/mem.h"
#include "sidetone/rtp_quality.h"

#include <math.h>
#include <stdlib.h>

enum { TELL_INTERVAL_US = 5000000 };

static const float worth_telling_mos = 0.3f;

struct call_quality {
    struct st_rtp_quality sound;
    struct st_media_quality told[ST_CHANNELS_MAX];
    int64_t told_us;
    int64_t counted[ST_CHANNELS_MAX]; /* lost packets of the stream */
};

static const struct {
    unsigned bit;
    enum st_media_alarm alarm;
    const char *name;
} alarms[ST_MEDIA_ALARMS] = {
    {ST_RTP_QUALITY_ONE_WAY, ST_MEDIA_ALARM_ONE_WAY, "one_way_audio"},
    {ST_RTP_QUALITY_CLIPPED, ST_MEDIA_ALARM_CLIPPED, "clipped"},
    {ST_RTP_QUALITY_IDENTICAL, ST_MEDIA_ALARM_IDENTICAL, "identical_channels"},
    {ST_RTP_QUALITY_RATE_LIE, ST_MEDIA_ALARM_RATE_LIE, "rate_mismatch"},
};

/* ---- metrics ---- */

static const char *const mos_names[QUALITY_MOS_CLASSES] = {"below_2", "2_to_3", "3_to_3.6",
                                                           "3.6_to_4", "4_and_more"};

static unsigned class_of(float mos)
{
    return mos < 2 ? 0 : mos < 3 ? 1 : mos < 3.6f ? 2 : mos < 4 ? 3 : 4;
}

void quality_make_metrics(struct quality_metrics *metrics)
{
    metrics->lost =
        st_metrics_counter("sidetone_rtp_lost_total", "RTP packets that never came.", NULL, NULL);
    metrics->reordered = st_metrics_counter("sidetone_rtp_reordered_total",
                                            "RTP packets that others overtook.", NULL, NULL);
    metrics->concealed_us = st_metrics_counter("sidetone_rtp_concealed_microseconds_total",
                                               "Audio made up for what was lost.", NULL, NULL);
    metrics->jitter = st_metrics_histogram("sidetone_rtp_jitter_seconds",
                                           "Interarrival jitter, as streams stand.", NULL, NULL);
    for (unsigned i = 0; i < ST_MEDIA_ALARMS; i++)
        metrics->alarms[i] =
            st_metrics_counter("sidetone_rtp_alarms_total", "Alarms about the audio of channels.",
                               "alarm", alarms[i].name);
    for (unsigned i = 0; i < QUALITY_MOS_CLASSES; i++)
        metrics->ended[i] =
            st_metrics_counter("sidetone_rtp_ended_total",
                               "RTP channels ended, by their opinion score.", "mos", mos_names[i]);
}

/* What is missing may be late: it has been lost when it was missing the last time as well, or when
 * nothing more comes. */
static void count_lost(const struct quality_metrics *metrics, int64_t *counted,
                       const struct st_media_quality *before, const struct st_media_quality *now,
                       bool is_last)
{
    int64_t lost = !is_last && before->lost < now->lost ? before->lost : now->lost;
    if (now->received == 0) /* another stream */
        *counted = 0;
    if (lost <= *counted)
        return;
    st_counter_add(metrics->lost, (uint64_t)(lost - *counted));
    *counted = lost;
}

static void count_stream(const struct quality_metrics *metrics,
                         const struct st_media_quality *before, const struct st_media_quality *now)
{
    if (now->concealed_us > before->concealed_us)
        st_counter_add(metrics->concealed_us, (uint64_t)(now->concealed_us - before->concealed_us));
    if (now->reordered > before->reordered)
        st_counter_add(metrics->reordered, now->reordered - before->reordered);
    if (now->received > 0)
        st_histogram_observe_us(metrics->jitter, now->jitter_us);
}

static void count_channel(const struct quality_metrics *metrics,
                          const struct st_media_quality *before, const struct st_media_quality *now,
                          bool is_last)
{
    for (unsigned i = 0; i < ST_MEDIA_ALARMS; i++)
        if (now->alarms & ~before->alarms & 1U << i)
            st_counter_add(metrics->alarms[i], 1);
    if (is_last && now->mos > 0)
        st_counter_add(metrics->ended[class_of(now->mos)], 1);
}

/* ---- sound ---- */

void quality_hear(struct call_quality *quality, unsigned channel, const struct st_frame *frame,
                  float level_db, uint32_t clipped)
{
    st_rtp_quality_put(&quality->sound, channel,
                       &(struct st_rtp_quality_frame){.media_us = frame->media_us,
                                                      .level_db = level_db,
                                                      .samples = frame->count,
                                                      .clipped = clipped});
}

static unsigned alarms_of(const struct call_quality *quality, unsigned channel)
{
    unsigned set = 0, bits = st_rtp_quality_alarms(&quality->sound, channel);
    for (unsigned i = 0; i < ST_MEDIA_ALARMS; i++)
        if (bits & alarms[i].bit)
            set |= 1U << alarms[i].alarm;
    return set;
}

/* ---- what is told ---- */

static bool is_worth_telling(const struct st_media_quality *told,
                             const struct st_media_quality *now)
{
    return told->alarms != now->alarms ||
           (now->mos > 0 && fabsf(told->mos - now->mos) >= worth_telling_mos);
}

static void tell(struct call *call, int64_t now_us)
{
    struct call_quality *quality = call->quality;
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        quality->told[i] = call->story.quality[i];
    quality->told_us = now_us;
    call_tell_change(call, ST_CALL_CHANGE_QUALITY, NULL);
}

void quality_put(struct call *call, unsigned channel, const struct st_media_quality *facts,
                 bool is_last)
{
    int64_t now_us = st_loop_now_us();
    const struct quality_metrics *metrics = &call->shard->service->metrics.quality;
    struct st_media_quality *now = &call->story.quality[channel], before = *now;
    if (call->state > CALL_WAITING)
        return;
    if (!call->quality) {
        call->quality = st_mem_alloc(sizeof(*call->quality));
        st_rtp_quality_init(&call->quality->sound);
    }
    st_rtp_quality_drift(&call->quality->sound, channel, facts->clock_ppm);
    *now = *facts;
    now->is_known = true;
    now->alarms = alarms_of(call->quality, channel);
    count_channel(metrics, &before, now, is_last);
    if (!now->is_shared) {
        count_stream(metrics, &before, now);
        count_lost(metrics, &call->quality->counted[channel], &before, now, is_last);
    }
    story_forget_snapshots(&call->story);
    bool is_due = now_us - call->quality->told_us >= TELL_INTERVAL_US;
    if (is_last ? now->received > 0
                : is_due && is_worth_telling(&call->quality->told[channel], now))
        tell(call, now_us);
}
