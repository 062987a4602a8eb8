/*
 * One channel's results in order: the service's ids become rising numbers, a final that comes
 * before an earlier one waits for it, what comes twice is dropped.
 */
#ifndef SIDETONE_STT_AWS_TRACKS_H
#define SIDETONE_STT_AWS_TRACKS_H

#include "reply.h"

enum { ST_AWS_SLOTS = 8, ST_AWS_ID_BYTES = 48 };

struct st_aws_held;

struct st_aws_slot {
    char id[ST_AWS_ID_BYTES];
    uint64_t number;
    bool is_done; /* its final has been given */
    uint32_t text_hash;
    struct st_aws_held *held; /* its final, waiting; NULL: none */
};

/* One of zeroes is ready. */
struct st_aws_track {
    struct st_aws_slot slots[ST_AWS_SLOTS]; /* the latest, a ring */
    uint64_t last_number;
    int64_t final_end_us;  /* of the last final */
    int64_t held_since_us; /* audio sent when the oldest that waits began to */
};

struct st_aws_track_events {
    /* In order: partials of what is not final yet, then its final. Times are as in the reply. */
    void (*result)(void *user, uint64_t number, const struct st_aws_result *result);
};

void st_aws_track_fini(struct st_aws_track *track);

/* 0, or -EPROTO when results cannot be put in order. */
int st_aws_track_put(struct st_aws_track *track, const struct st_aws_result *result,
                     int64_t sent_us, const struct st_aws_track_events *events, void *user);
/* Whether a segment has begun and not ended. */
bool st_aws_track_is_open(const struct st_aws_track *track);
/* Whether a final has waited for more audio than any earlier one can need. */
bool st_aws_track_is_stuck(const struct st_aws_track *track, int64_t sent_us);

#endif
