#include "sidetone/rtp_skew.h"

#include <string.h>

enum {
    WINDOW_US = 10000000,
    SETTLED_US = 60000000,
    RATE_DIVISOR = 1000,     /* corrections stay below 1 in this */
    REPORT_DOUBT_US = 20000, /* reports that differ more from what was measured are not believed */
    PPM = 1000000,
};

#define BASE_MAX_US (INT64_MAX / 4)

static int64_t middle_of(const int64_t *values, unsigned count)
{
    int64_t sorted[ST_RTP_SKEW_WINDOWS];
    for (unsigned i = 0; i < count; i++) {
        unsigned at = i;
        for (; at > 0 && sorted[at - 1] > values[i]; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = values[i];
    }
    return sorted[(count - 1) / 2];
}

static void close_window(struct st_rtp_skew *skew)
{
    unsigned last = ST_RTP_SKEW_WINDOWS - 1;
    if (!skew->has_anchor) {
        skew->has_anchor = true;
        skew->anchor_us = skew->least_us;
    }
    if (skew->windows > last)
        memmove(skew->minima, skew->minima + 1, last * sizeof(*skew->minima));
    else
        last = skew->windows++;
    skew->minima[last] = skew->least_us;
    skew->measured_us = middle_of(skew->minima, skew->windows) - skew->anchor_us;
}

void st_rtp_skew_put(struct st_rtp_skew *skew, int64_t position_us, int64_t arrival_us)
{
    int64_t delay_us = arrival_us - position_us;
    if (!skew->has_begun) {
        skew->has_begun = true;
        skew->began_us = skew->window_us = arrival_us;
        skew->least_us = delay_us;
    }
    if (arrival_us - skew->window_us >= WINDOW_US) {
        close_window(skew);
        skew->window_us = arrival_us;
        skew->least_us = delay_us;
    }
    skew->latest_us = arrival_us;
    if (delay_us < skew->least_us)
        skew->least_us = delay_us;
}

void st_rtp_skew_report(struct st_rtp_skew *skew, int64_t sender_us, int64_t position_us)
{
    int64_t base_us;
    if (!skew->has_anchor || __builtin_sub_overflow(sender_us, position_us, &base_us) ||
        base_us > BASE_MAX_US || base_us < -BASE_MAX_US)
        return;
    if (!skew->has_report) {
        skew->report_base_us = base_us - skew->measured_us;
        skew->reported_us = skew->measured_us;
        skew->has_report = true;
        return;
    }
    int64_t drift_us = base_us - skew->report_base_us, doubt_us = drift_us - skew->measured_us;
    skew->has_report = doubt_us >= -REPORT_DOUBT_US && doubt_us <= REPORT_DOUBT_US;
    skew->reported_us = drift_us;
}

int64_t st_rtp_skew_drift_us(const struct st_rtp_skew *skew)
{
    return skew->has_report ? skew->reported_us : skew->measured_us;
}

int32_t st_rtp_skew_ppm(const struct st_rtp_skew *skew)
{
    int64_t passed_us = skew->latest_us - skew->began_us;
    if (passed_us < SETTLED_US)
        return 0;
    double ppm = (double)st_rtp_skew_drift_us(skew) / (double)passed_us * PPM;
    return ppm > PPM ? PPM : ppm < -PPM ? -PPM : (int32_t)ppm;
}

int64_t st_rtp_skew_due_us(const struct st_rtp_skew *skew)
{
    int64_t allowed_us = (skew->latest_us - skew->began_us) / RATE_DIVISOR;
    int64_t wanted_us = st_rtp_skew_drift_us(skew);
    wanted_us = wanted_us > allowed_us ? allowed_us : wanted_us;
    wanted_us = wanted_us < -allowed_us ? -allowed_us : wanted_us;
    int64_t due_us = wanted_us - skew->corrected_us;
    if (due_us > -ST_RTP_SKEW_STEP_MIN_US && due_us < ST_RTP_SKEW_STEP_MIN_US)
        return 0;
    due_us = due_us > ST_RTP_SKEW_STEP_MAX_US ? ST_RTP_SKEW_STEP_MAX_US : due_us;
    return due_us < -ST_RTP_SKEW_STEP_MAX_US ? -ST_RTP_SKEW_STEP_MAX_US : due_us;
}

void st_rtp_skew_correct(struct st_rtp_skew *skew, int64_t us)
{
    skew->corrected_us += us;
    if (us < 0)
        skew->shifted_us = skew->shifted_us + us > 0 ? skew->shifted_us + us : 0;
}

void st_rtp_skew_shift(struct st_rtp_skew *skew, int64_t us)
{
    skew->corrected_us += us;
    skew->shifted_us += us;
}
