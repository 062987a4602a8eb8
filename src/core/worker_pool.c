#include "sidetone/worker_pool.h"

#include "sidetone/loop.h"
#include "sidetone/mem.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { POST_RETRY_NS = 2000000 };

struct worker {
    struct st_worker_pool *pool;
    pthread_t thread;
    unsigned index;
};

struct st_worker_pool {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool is_stopping;
    unsigned thread_count;
    unsigned outstanding; /* jobs queued or running */
    struct st_job *first;
    struct st_job *last;
    struct worker workers[];
};

static void push(struct st_worker_pool *pool, struct st_job *job)
{
    assert(job->state == ST_JOB_IDLE);
    job->state = ST_JOB_QUEUED;
    job->pool = pool;
    job->next = NULL;
    if (pool->last)
        pool->last->next = job;
    else
        pool->first = job;
    pool->last = job;
    pool->outstanding++;
    pthread_cond_signal(&pool->wake);
}

static struct st_job *pop(struct st_worker_pool *pool)
{
    struct st_job *job = pool->first;
    pool->first = job->next;
    if (!pool->first)
        pool->last = NULL;
    return job;
}

static void unlink_job(struct st_worker_pool *pool, struct st_job *job)
{
    struct st_job *before = NULL;
    for (struct st_job *at = pool->first; at != job; at = at->next)
        before = at;
    if (before)
        before->next = job->next;
    else
        pool->first = job->next;
    if (pool->last == job)
        pool->last = before;
    pool->outstanding--;
}

static void on_posted(void *user)
{
    struct st_job *job = user;
    bool is_abandoned = job->is_abandoned;
    job->state = ST_JOB_IDLE;
    job->is_abandoned = false;
    if (is_abandoned)
        job->release(job);
    else
        job->done(job);
}

/* The loop may be gone once a job is abandoned, so it is posted to under the lock only. Returns
 * false when the loop's inbox is full. */
static bool hand_back(struct st_worker_pool *pool, struct st_job *job)
{
    if (job->is_abandoned) {
        pthread_mutex_unlock(&pool->lock);
        job->release(job);
        pthread_mutex_lock(&pool->lock);
        return true;
    }
    job->state = ST_JOB_POSTED;
    if (st_loop_post(job->loop, on_posted, job) == 0)
        return true;
    job->state = ST_JOB_RUNNING;
    return false;
}

static void work(struct st_worker_pool *pool, struct st_job *job, unsigned index)
{
    struct timespec pause = {.tv_nsec = POST_RETRY_NS};
    job->state = ST_JOB_RUNNING;
    pthread_mutex_unlock(&pool->lock);
    job->run(job, index);
    pthread_mutex_lock(&pool->lock);
    while (!hand_back(pool, job)) {
        pthread_mutex_unlock(&pool->lock);
        nanosleep(&pause, NULL);
        pthread_mutex_lock(&pool->lock);
    }
    pool->outstanding--;
}

static void *run_worker(void *user)
{
    struct worker *worker = user;
    struct st_worker_pool *pool = worker->pool;
    pthread_mutex_lock(&pool->lock);
    while (!pool->is_stopping || pool->first) {
        if (pool->first)
            work(pool, pop(pool), worker->index);
        else
            pthread_cond_wait(&pool->wake, &pool->lock);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

int st_worker_pool_create(struct st_worker_pool **ret_pool, unsigned threads)
{
    if (threads == 0)
        return -EINVAL;
    struct st_worker_pool *pool = st_mem_alloc(sizeof(*pool) + threads * sizeof(pool->workers[0]));
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->wake, NULL);
    for (unsigned i = 0; i < threads; i++) {
        pool->workers[i] = (struct worker){.pool = pool, .index = i};
        int err = pthread_create(&pool->workers[i].thread, NULL, run_worker, pool->workers + i);
        if (err) {
            st_worker_pool_destroy(pool);
            return -err;
        }
        pool->thread_count++;
    }
    *ret_pool = pool;
    return 0;
}

void st_worker_pool_destroy(struct st_worker_pool *pool)
{
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->is_stopping = true;
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->thread_count; i++)
        pthread_join(pool->workers[i].thread, NULL);
    pthread_cond_destroy(&pool->wake);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

unsigned st_worker_pool_threads(const struct st_worker_pool *pool)
{
    return pool->thread_count;
}

void st_worker_pool_submit(struct st_worker_pool *pool, struct st_job *job)
{
    pthread_mutex_lock(&pool->lock);
    push(pool, job);
    pthread_mutex_unlock(&pool->lock);
}

int st_worker_pool_submit_if_free(struct st_worker_pool *pool, struct st_job *job)
{
    pthread_mutex_lock(&pool->lock);
    int err = pool->outstanding < pool->thread_count ? 0 : -EBUSY;
    if (!err)
        push(pool, job);
    pthread_mutex_unlock(&pool->lock);
    return err;
}

void st_worker_pool_abandon(struct st_worker_pool *pool, struct st_job *job)
{
    pthread_mutex_lock(&pool->lock);
    bool was_queued = job->state == ST_JOB_QUEUED;
    if (was_queued)
        unlink_job(pool, job);
    else
        job->is_abandoned = true;
    pthread_mutex_unlock(&pool->lock);
    if (was_queued)
        job->release(job);
}
