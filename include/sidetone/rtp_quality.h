/*
 * What the network and the sender made of a call's audio: an opinion score, and alarms. Pure.
 *
 * The score is ITU-T G.107's E-model with its defaults: 93.2, less what loss costs (in the light
 * of how bursty it is) and what delay costs. G.711 has its values in G.113; codecs that have none
 * on this narrow-band scale are taken as G.711 with concealment.
 */
#ifndef SIDETONE_RTP_QUALITY_H
#define SIDETONE_RTP_QUALITY_H

#include <stdbool.h>
#include <stdint.h>

struct st_rtp_quality_loss {
    uint64_t packets;  /* that were to come */
    uint64_t missing;  /* of them, lost or too late */
    uint64_t bursts;   /* runs of missing packets */
    uint32_t delay_ms; /* from mouth to ear, as far as known */
};

struct st_rtp_quality_score {
    float r;   /* 0-100 */
    float mos; /* 1-4.5 */
    float loss_pct;
    float burst_ratio; /* 1: random; more: in bursts */
};

struct st_rtp_quality_score st_rtp_quality_score(const struct st_rtp_quality_loss *loss);

/* ---- alarms ---- */

enum { ST_RTP_QUALITY_CHANNELS = 2, ST_RTP_QUALITY_RING = 128 };

enum st_rtp_quality_alarm {
    ST_RTP_QUALITY_ONE_WAY = 1 << 0,   /* silent for 15 s in which the other spoke 5 s */
    ST_RTP_QUALITY_CLIPPED = 1 << 1,   /* over 1 % of the samples of its loud frames */
    ST_RTP_QUALITY_IDENTICAL = 1 << 2, /* both channels carry one signal */
    ST_RTP_QUALITY_RATE_LIE = 1 << 3,  /* media runs over 1 % faster or slower than time */
};

struct st_rtp_quality_channel {
    uint64_t frames;
    uint64_t loud_frames;
    uint64_t loud_samples;
    uint64_t clipped_samples;
    int64_t sound_us;     /* media time of the latest loud frame */
    uint64_t others_loud; /* loud frames of the other channel since */
    int32_t ppm;
    int32_t first, newest;          /* numbers of frames without a hole between them … */
    int8_t db[ST_RTP_QUALITY_RING]; /* … and the levels of the latest of them */
};

struct st_rtp_quality {
    struct st_rtp_quality_channel channels[ST_RTP_QUALITY_CHANNELS];
    uint64_t compared; /* frames of both in which one was loud */
    uint64_t alike;
};

void st_rtp_quality_init(struct st_rtp_quality *quality);

/* 20 ms of a channel, as st_level measures them. */
struct st_rtp_quality_frame {
    int64_t media_us;
    float level_db;
    uint32_t samples;
    uint32_t clipped; /* of them */
};

/* The channels' frames of one time may be far apart. */
void st_rtp_quality_put(struct st_rtp_quality *quality, unsigned channel,
                        const struct st_rtp_quality_frame *frame);
/* The clock's drift, as st_rtp_skew_ppm has it. */
void st_rtp_quality_drift(struct st_rtp_quality *quality, unsigned channel, int32_t ppm);

/* A set of st_rtp_quality_alarm that hold for the channel now. */
unsigned st_rtp_quality_alarms(const struct st_rtp_quality *quality, unsigned channel);

#endif
