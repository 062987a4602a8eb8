/*
 * What a channel's way to us made of its audio, as far as it came as RTP. Counts are of packets,
 * since the stream began.
 */
#ifndef SIDETONE_MEDIA_QUALITY_H
#define SIDETONE_MEDIA_QUALITY_H

#include <stdbool.h>
#include <stdint.h>

enum st_media_alarm {
    ST_MEDIA_ALARM_ONE_WAY,   /* silent for 15 s in which the other spoke 5 s */
    ST_MEDIA_ALARM_CLIPPED,   /* over 1 % of the samples where it is loud */
    ST_MEDIA_ALARM_IDENTICAL, /* both channels carry one signal */
    ST_MEDIA_ALARM_RATE_LIE,  /* media runs over 1 % faster or slower than time */
    ST_MEDIA_ALARMS,
};

struct st_media_quality {
    bool is_known;  /* false: the channel has not come as RTP */
    bool is_shared; /* with a channel before it, whose numbers these are too */
    uint64_t received;
    int64_t lost; /* never came */
    uint64_t late, duplicates, reordered;
    int64_t concealed_us;
    int64_t silence_us; /* in the place of what was lost, or never sent */
    uint32_t jitter_us;
    int32_t clock_ppm;
    float loss_pct;  /* of what was to come, lost or late */
    float mos;       /* 1-4.5, by the E-model; 0: nothing came yet */
    unsigned alarms; /* bit per enum st_media_alarm */
};

#endif
