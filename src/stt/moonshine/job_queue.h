/*
 * What waits to be decoded, and in which order.
 *
 * Finals first, oldest first. A lane (one channel) has at most one job with a worker, so its
 * results come in order; at most one partial waiting, which a newer one replaces; and none beside
 * a waiting final. Partials wait at most a second, and when finals have waited that long none are
 * taken in. Finals are never dropped: their number is bounded by the channel, which stops making
 * them when too much of its audio waits.
 *
 * No threads and no clock in here: the owner locks, and passes the time.
 */
#ifndef SIDETONE_STT_MOONSHINE_JOB_QUEUE_H
#define SIDETONE_STT_MOONSHINE_JOB_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

struct st_job;

/* Part of whatever the jobs are for; zeroed at first. */
struct st_lane {
    bool is_busy;
    uint32_t finals; /* waiting */
    struct st_job *partial;
};

/* Part of the real job. */
struct st_job {
    struct st_job *next;
    struct st_lane *lane;
    bool is_final;
    int64_t queued_us;
};

struct st_job_list {
    struct st_job *first, *last;
};

struct st_job_queue { /* zeroed at first */
    struct st_job_list finals, partials;
};

/* Jobs that were pushed out are handed back in *ret_dropped (also the new one itself), linked by
 * `next`: the caller's to free. Returns false when the new one is among them. */
bool st_job_queue_put(struct st_job_queue *queue, struct st_job *job, int64_t now_us,
                      struct st_job **ret_dropped);

/* The next job that may run, its lane marked busy, or NULL. *ret_dropped as above. */
struct st_job *st_job_queue_take(struct st_job_queue *queue, int64_t now_us,
                                 struct st_job **ret_dropped);

/* The job's lane is free again. */
void st_job_queue_done(struct st_job *job);

/* Takes everything of a lane out, or of all lanes for NULL. */
struct st_job *st_job_queue_clear(struct st_job_queue *queue, const struct st_lane *lane);

#endif
