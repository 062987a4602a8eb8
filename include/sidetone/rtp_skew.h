/*
 * How far a sender's media clock has run away from ours, and what to do about it.
 *
 * Media time counted by a sender's clock drifts: 100 ppm are 360 ms in an hour, and two legs drift
 * apart. All legs are therefore held to one clock, ours. The measure is how late audio arrives
 * against its media time: the least of each 10 s, since delays only add, and the middle one of the
 * last minute. Sender reports, whose times know no network, refine it as long as they agree with
 * it. What has come together is handed out as corrections of at most 20 ms, to be made where
 * nobody speaks, and no faster than 1,000 ppm. Pure arithmetic.
 */
#ifndef SIDETONE_RTP_SKEW_H
#define SIDETONE_RTP_SKEW_H

#include <stdbool.h>
#include <stdint.h>

enum {
    ST_RTP_SKEW_WINDOWS = 6,
    ST_RTP_SKEW_STEP_MAX_US = 20000,
    ST_RTP_SKEW_STEP_MIN_US = 5000, /* less is not worth a correction */
};

struct st_rtp_skew {
    bool has_begun;
    bool has_anchor;
    int64_t began_us;
    int64_t latest_us;
    int64_t window_us; /* when the open window began */
    int64_t least_us;  /* of it: arrival less media time */
    int64_t anchor_us; /* the same when the stream began */
    int64_t minima[ST_RTP_SKEW_WINDOWS];
    unsigned windows;
    int64_t measured_us; /* drift by arrival */
    bool has_report;
    int64_t report_base_us; /* sender's time less media time, as of no drift */
    int64_t reported_us;    /* drift by reports */
    int64_t corrected_us;
    int64_t shifted_us; /* of it, what is to be given back without haste */
};

/* One of zeroes is a skew that knows nothing. */

/* A packet of audio in order, at its position before any correction. */
void st_rtp_skew_put(struct st_rtp_skew *skew, int64_t position_us, int64_t arrival_us);

/* A sender report: the sender's wall clock at a position of its media. */
void st_rtp_skew_report(struct st_rtp_skew *skew, int64_t sender_us, int64_t position_us);

/* How much media time lacks against ours: positive when the sender's clock is slow. */
int64_t st_rtp_skew_drift_us(const struct st_rtp_skew *skew);
/* The same as a rate; 0 in the first minute. */
int32_t st_rtp_skew_ppm(const struct st_rtp_skew *skew);

/* Silence to insert here (positive) or to leave out (negative); 0: nothing to correct. */
int64_t st_rtp_skew_due_us(const struct st_rtp_skew *skew);
/* That much was inserted or left out. */
void st_rtp_skew_correct(struct st_rtp_skew *skew, int64_t us);
/* Audio was moved by that much, because silence had run ahead of it. */
void st_rtp_skew_shift(struct st_rtp_skew *skew, int64_t us);

#endif
