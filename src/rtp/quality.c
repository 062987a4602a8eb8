#include "sidetone/rtp_quality.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    FRAME_US = 20000,
    LOUD_DB = -50,
    SILENT_MAX_US = 15000000,
    SPOKEN_MIN_FRAMES = 250, /* 5 s */
    ALIKE_DB = 1,
    ALIKE_PCT = 98,
    CLIPPED_DIVISOR = 100,
    LIE_PPM = 10000,
};

static const float default_r = 93.2f;
static const float loss_robustness = 25.1f; /* Bpl of G.711 with concealment */
static const float loss_impairment_max = 95;

/* Mean length of the bursts against what random loss of the same share would have. */
static float burst_ratio(const struct st_rtp_quality_loss *loss, float share)
{
    if (loss->bursts == 0 || share >= 1)
        return 1;
    float ratio = (float)loss->missing / (float)loss->bursts * (1 - share);
    return ratio > 1 ? ratio : 1;
}

static float delay_impairment(uint32_t delay_ms)
{
    float ms = (float)delay_ms, knee_ms = 177.3f;
    return 0.024f * ms + (ms > knee_ms ? 0.11f * (ms - knee_ms) : 0);
}

static float opinion(float r)
{
    float mos = 1 + 0.035f * r + r * (r - 60) * (100 - r) * 7e-6f;
    return r <= 0 || mos < 1 ? 1 : r >= 100 ? 4.5f : mos;
}

struct st_rtp_quality_score st_rtp_quality_score(const struct st_rtp_quality_loss *loss)
{
    struct st_rtp_quality_score score = {.burst_ratio = 1};
    float share = 0;
    if (loss->packets > 0)
        share = fminf((float)loss->missing / (float)loss->packets, 1);
    score.loss_pct = share * 100;
    score.burst_ratio = burst_ratio(loss, share);
    float by_loss = loss_impairment_max * score.loss_pct /
                    (score.loss_pct / score.burst_ratio + loss_robustness);
    score.r = fmaxf(default_r - by_loss - delay_impairment(loss->delay_ms), 0);
    score.mos = opinion(score.r);
    return score;
}

/* ---- alarms ---- */

void st_rtp_quality_init(struct st_rtp_quality *quality)
{
    *quality = (struct st_rtp_quality){0};
}

static void note(struct st_rtp_quality_channel *channel, int32_t number, int db)
{
    if (channel->frames == 0 || number - 1 != channel->newest)
        channel->first = number;
    channel->newest = number;
    channel->db[number % ST_RTP_QUALITY_RING] = (int8_t)db;
    channel->frames++;
}

static bool is_kept(const struct st_rtp_quality_channel *channel, int32_t number)
{
    return channel->frames > 0 && number >= channel->first && number <= channel->newest &&
           channel->newest - number < ST_RTP_QUALITY_RING;
}

/* Once both channels have their frame of one time, they are compared. */
static void compare(struct st_rtp_quality *quality, unsigned channel, int32_t number, int db)
{
    const struct st_rtp_quality_channel *other = &quality->channels[1 - channel];
    size_t at = (size_t)(number % ST_RTP_QUALITY_RING);
    if (!is_kept(other, number) || (db < LOUD_DB && other->db[at] < LOUD_DB))
        return;
    quality->compared++;
    quality->alike += abs(db - other->db[at]) <= ALIKE_DB;
}

void st_rtp_quality_put(struct st_rtp_quality *quality, unsigned channel,
                        const struct st_rtp_quality_frame *frame)
{
    struct st_rtp_quality_channel *own = &quality->channels[channel];
    int db = (int)lroundf(frame->level_db);
    int32_t number = frame->media_us > 0 ? (int32_t)(frame->media_us / FRAME_US & INT32_MAX) : 0;
    note(own, number, db);
    compare(quality, channel, number, db);
    if (db < LOUD_DB)
        return;
    own->loud_frames++;
    own->loud_samples += frame->samples;
    own->clipped_samples += frame->clipped;
    own->sound_us = frame->media_us;
    own->others_loud = 0;
    quality->channels[1 - channel].others_loud++;
}

void st_rtp_quality_drift(struct st_rtp_quality *quality, unsigned channel, int32_t ppm)
{
    quality->channels[channel].ppm = ppm;
}

unsigned st_rtp_quality_alarms(const struct st_rtp_quality *quality, unsigned channel)
{
    const struct st_rtp_quality_channel *own = &quality->channels[channel];
    const struct st_rtp_quality_channel *other = &quality->channels[1 - channel];
    unsigned alarms = 0;
    if (own->others_loud >= SPOKEN_MIN_FRAMES && other->sound_us - own->sound_us >= SILENT_MAX_US)
        alarms |= ST_RTP_QUALITY_ONE_WAY;
    if (own->loud_frames >= SPOKEN_MIN_FRAMES &&
        own->clipped_samples > own->loud_samples / CLIPPED_DIVISOR)
        alarms |= ST_RTP_QUALITY_CLIPPED;
    if (quality->compared >= SPOKEN_MIN_FRAMES &&
        quality->alike * 100 >= quality->compared * ALIKE_PCT)
        alarms |= ST_RTP_QUALITY_IDENTICAL;
    if (own->ppm > LIE_PPM || own->ppm < -LIE_PPM)
        alarms |= ST_RTP_QUALITY_RATE_LIE;
    return alarms;
}
