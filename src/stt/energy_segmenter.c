#include "energy_segmenter.h"

#include <math.h>

enum { OPEN_AFTER_US = 80000, CLOSE_AFTER_US = 700000, SECOND_US = 1000000 };

static const float floor_min_db = -65.0F;
static const float floor_start_db = -60.0F;
static const float loud_over_floor_db = 10.0F;
static const float loud_min_db = -48.0F;
static const float floor_rise_db_per_s = 2.0F;
static const float floor_fall = 0.2F; /* of the distance, per frame */

void st_energy_segmenter_init(struct st_energy_segmenter *segmenter, uint32_t rate_hz)
{
    *segmenter = (struct st_energy_segmenter){.rate_hz = rate_hz, .floor_db = floor_start_db};
}

static float level_db(const int16_t *samples, size_t count)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < count; i++) {
        sum += samples[i];
        squares += (double)samples[i] * samples[i];
    }
    double mean = sum / (double)count;
    double power = squares / (double)count - mean * mean;
    return power < 1 ? -90.3F : (float)(10 * log10(power / (32768.0 * 32768.0)));
}

static void follow_floor(struct st_energy_segmenter *segmenter, float db, int64_t frame_us)
{
    float rise_db = floor_rise_db_per_s * (float)frame_us / SECOND_US;
    if (db > segmenter->floor_db + rise_db)
        segmenter->floor_db += rise_db;
    else
        segmenter->floor_db += (db - segmenter->floor_db) * floor_fall;
    if (segmenter->floor_db < floor_min_db)
        segmenter->floor_db = floor_min_db;
}

static enum st_energy_segmenter_change put_closed(struct st_energy_segmenter *segmenter,
                                                  bool is_loud, int64_t frame_us)
{
    segmenter->loud_us = is_loud ? segmenter->loud_us + frame_us : 0;
    if (segmenter->loud_us < OPEN_AFTER_US)
        return ST_SEGMENTER_SAME;
    int64_t start_us = segmenter->at_us - segmenter->loud_us - ST_SEGMENTER_LEAD_US;
    /* Not into the utterance before it. */
    segmenter->start_us = start_us > segmenter->cut_us ? start_us : segmenter->cut_us;
    segmenter->end_us = segmenter->at_us;
    segmenter->is_open = true;
    segmenter->quiet_us = 0;
    return ST_SEGMENTER_OPENED;
}

static enum st_energy_segmenter_change put_open(struct st_energy_segmenter *segmenter, bool is_loud,
                                                int64_t frame_us)
{
    segmenter->quiet_us = is_loud ? 0 : segmenter->quiet_us + frame_us;
    if (is_loud)
        segmenter->end_us = segmenter->at_us;
    if (segmenter->quiet_us < CLOSE_AFTER_US &&
        segmenter->at_us - segmenter->start_us < ST_SEGMENTER_UTTERANCE_MAX_US)
        return ST_SEGMENTER_SAME;
    segmenter->is_open = false;
    segmenter->cut_us = segmenter->at_us;
    segmenter->loud_us = 0;
    return ST_SEGMENTER_CLOSED;
}

enum st_energy_segmenter_change st_energy_segmenter_put(struct st_energy_segmenter *segmenter,
                                                        const int16_t *samples, size_t count)
{
    if (count == 0)
        return ST_SEGMENTER_SAME;
    int64_t frame_us = (int64_t)count * SECOND_US / segmenter->rate_hz;
    float db = level_db(samples, count);
    bool is_loud = db > segmenter->floor_db + loud_over_floor_db && db > loud_min_db;
    follow_floor(segmenter, db, frame_us);
    segmenter->at_us += frame_us;
    return segmenter->is_open ? put_open(segmenter, is_loud, frame_us)
                              : put_closed(segmenter, is_loud, frame_us);
}
