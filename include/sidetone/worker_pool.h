/*
 * Threads for work that takes longer than a loop may be held: N of them, two kinds of jobs.
 *
 * A job belongs to whoever made it and lives in its memory: submitting allocates nothing. Urgent
 * jobs run first and are never refused: their owners bound how many they have outstanding. Others
 * are refused unless a thread is free for them, so they never delay an urgent one by queueing.
 */
#ifndef SIDETONE_WORKER_POOL_H
#define SIDETONE_WORKER_POOL_H

#include <stdbool.h>

struct st_loop;
struct st_worker_pool;

enum st_job_state {
    ST_JOB_IDLE,
    ST_JOB_QUEUED,
    ST_JOB_RUNNING,
    ST_JOB_POSTED,
};

struct st_job {
    /* On worker thread number `worker`. */
    void (*run)(struct st_job *job, unsigned worker);
    /* Afterwards, on the thread of `loop`: the job is its owner's again. */
    void (*done)(struct st_job *job);
    /* Instead of done, when the job was abandoned; on any thread. */
    void (*release)(struct st_job *job);
    struct st_loop *loop;
    struct st_worker_pool *pool; /* internal from here on */
    struct st_job *next;
    enum st_job_state state;
    bool is_abandoned;
};

int st_worker_pool_create(struct st_worker_pool **ret_pool, unsigned threads);
/* No job may be outstanding but abandoned ones: they are waited for. NULL is fine. */
void st_worker_pool_destroy(struct st_worker_pool *pool);

unsigned st_worker_pool_threads(const struct st_worker_pool *pool);

/* On the thread of job->loop; the job is idle. */
void st_worker_pool_submit(struct st_worker_pool *pool, struct st_job *job);
/* 0, or -EBUSY when no thread is free: the job stays idle. */
int st_worker_pool_submit_if_free(struct st_worker_pool *pool, struct st_job *job);

/* On the thread of job->loop. The owner is not interested any more: `release` is called once, at
 * once or when the job has run, and the loop is not touched for it after this returns, except
 * that a post already made is taken from its inbox. */
void st_worker_pool_abandon(struct st_worker_pool *pool, struct st_job *job);

#endif
