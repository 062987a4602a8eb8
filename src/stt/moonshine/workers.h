/* Threads that decode: each with a recogniser of its own over the shared models. */
#ifndef SIDETONE_STT_MOONSHINE_WORKERS_H
#define SIDETONE_STT_MOONSHINE_WORKERS_H

#include "job_queue.h"
#include "recogniser.h"

struct st_workers;

struct st_workers_ops {
    /* On a worker's thread, without a lock. The job is still the workers'. */
    void (*run)(struct st_job *job, struct st_recogniser *recogniser);
    /* Any thread; a job that is done or was dropped. Not from within put. */
    void (*release)(struct st_job *job);
};

int st_workers_create(struct st_workers **ret_workers, const struct st_models *models, size_t count,
                      size_t beam, const struct st_workers_ops *ops);
/* Drops what waits and joins the threads. NULL is fine. */
void st_workers_destroy(struct st_workers *workers);

/* Any thread; the job belongs to the workers from here. */
void st_workers_put_take(struct st_workers *workers, struct st_job *job);

/* Any thread. Releases what waits in a lane; one that runs goes on. */
void st_workers_clear(struct st_workers *workers, const struct st_lane *lane);

#endif
