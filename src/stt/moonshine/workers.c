#include "workers.h"

#include "sidetone/loop.h"
#include "sidetone/mem.h"
#include "sidetone/metrics.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

struct worker {
    struct st_workers *owner;
    struct st_recogniser *recogniser;
    pthread_t thread;
};

struct st_workers {
    const struct st_workers_ops *ops;
    struct st_histogram *waited_final, *waited_partial;
    struct st_counter *dropped;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct st_job_queue queue;
    bool is_stopping;
    size_t count;
    struct worker workers[];
};

static void make_metrics(struct st_workers *workers)
{
    const char *name = "sidetone_stt_queue_seconds";
    const char *help = "How long utterances waited for an embedded recogniser.";
    workers->waited_final = st_metrics_histogram(name, help, "kind", "final");
    workers->waited_partial = st_metrics_histogram(name, help, "kind", "partial");
    workers->dropped =
        st_metrics_counter("sidetone_stt_partials_dropped_total",
                           "Partial results not made: superseded, or too late.", NULL, NULL);
}

static void release_list(struct st_workers *workers, struct st_job *job)
{
    while (job) {
        struct st_job *next = job->next;
        workers->ops->release(job);
        job = next;
    }
}

static void drop_list(struct st_workers *workers, struct st_job *job)
{
    for (const struct st_job *at = job; at; at = at->next)
        st_counter_add(workers->dropped, 1);
    release_list(workers, job);
}

/* NULL when the workers stop. */
static struct st_job *wait_for_job(struct st_workers *workers)
{
    struct st_job *job = NULL;
    pthread_mutex_lock(&workers->lock);
    while (!workers->is_stopping) {
        struct st_job *dropped = NULL;
        job = st_job_queue_take(&workers->queue, st_loop_now_us(), &dropped);
        if (dropped) {
            pthread_mutex_unlock(&workers->lock);
            drop_list(workers, dropped);
            pthread_mutex_lock(&workers->lock);
        }
        if (job)
            break;
        if (!dropped)
            pthread_cond_wait(&workers->changed, &workers->lock);
    }
    pthread_mutex_unlock(&workers->lock);
    if (job)
        st_histogram_observe_us(job->is_final ? workers->waited_final : workers->waited_partial,
                                st_loop_now_us() - job->queued_us);
    return job;
}

static void *work(void *user)
{
    struct worker *worker = user;
    struct st_workers *workers = worker->owner;
    struct st_job *job;
    while ((job = wait_for_job(workers))) {
        workers->ops->run(job, worker->recogniser);
        pthread_mutex_lock(&workers->lock);
        st_job_queue_done(job);
        pthread_cond_signal(&workers->changed);
        pthread_mutex_unlock(&workers->lock);
        workers->ops->release(job);
    }
    return NULL;
}

/* Signals are the main thread's business. */
static int start(struct worker *worker)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int err = pthread_create(&worker->thread, NULL, work, worker);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!err)
        pthread_setname_np(worker->thread, "st-decode");
    return -err;
}

int st_workers_create(struct st_workers **ret_workers, const struct st_models *models, size_t count,
                      size_t beam, const struct st_workers_ops *ops)
{
    struct st_workers *workers =
        st_mem_alloc(sizeof(*workers) + count * sizeof(workers->workers[0]));
    workers->ops = ops;
    make_metrics(workers);
    pthread_mutex_init(&workers->lock, NULL);
    pthread_cond_init(&workers->changed, NULL);
    for (size_t i = 0; i < count; i++) {
        struct worker *worker = &workers->workers[i];
        worker->owner = workers;
        st_recogniser_create(&worker->recogniser, models, beam);
        int err = start(worker);
        if (err) {
            st_recogniser_destroy(worker->recogniser);
            st_workers_destroy(workers);
            return err;
        }
        workers->count++;
    }
    *ret_workers = workers;
    return 0;
}

void st_workers_destroy(struct st_workers *workers)
{
    if (!workers)
        return;
    pthread_mutex_lock(&workers->lock);
    workers->is_stopping = true;
    pthread_cond_broadcast(&workers->changed);
    pthread_mutex_unlock(&workers->lock);
    for (size_t i = 0; i < workers->count; i++) {
        pthread_join(workers->workers[i].thread, NULL);
        st_recogniser_destroy(workers->workers[i].recogniser);
    }
    release_list(workers, st_job_queue_clear(&workers->queue, NULL));
    pthread_cond_destroy(&workers->changed);
    pthread_mutex_destroy(&workers->lock);
    free(workers);
}

void st_workers_put_take(struct st_workers *workers, struct st_job *job)
{
    struct st_job *dropped = NULL;
    pthread_mutex_lock(&workers->lock);
    if (st_job_queue_put(&workers->queue, job, st_loop_now_us(), &dropped))
        pthread_cond_signal(&workers->changed);
    pthread_mutex_unlock(&workers->lock);
    drop_list(workers, dropped);
}

void st_workers_clear(struct st_workers *workers, const struct st_lane *lane)
{
    pthread_mutex_lock(&workers->lock);
    struct st_job *dropped = st_job_queue_clear(&workers->queue, lane);
    pthread_mutex_unlock(&workers->lock);
    release_list(workers, dropped);
}
