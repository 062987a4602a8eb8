#include "job_queue.h"

#include <stddef.h>

enum { PARTIAL_WAIT_MAX_US = 1000000 };

static void append(struct st_job_list *list, struct st_job *job)
{
    job->next = NULL;
    if (list->last)
        list->last->next = job;
    else
        list->first = job;
    list->last = job;
}

static void unlink_job(struct st_job_list *list, struct st_job *job)
{
    struct st_job *before = NULL, *at = list->first;
    for (; at != job; at = at->next)
        before = at;
    if (before)
        before->next = job->next;
    else
        list->first = job->next;
    if (list->last == job)
        list->last = before;
    job->next = NULL;
}

static void drop(struct st_job **dropped, struct st_job *job)
{
    job->next = *dropped;
    *dropped = job;
}

static void drop_partial(struct st_job_queue *queue, struct st_lane *lane,
                         struct st_job **ret_dropped)
{
    struct st_job *partial = lane->partial;
    if (!partial)
        return;
    unlink_job(&queue->partials, partial);
    lane->partial = NULL;
    drop(ret_dropped, partial);
}

static bool is_late(const struct st_job_list *list, int64_t now_us)
{
    return list->first && now_us - list->first->queued_us > PARTIAL_WAIT_MAX_US;
}

bool st_job_queue_put(struct st_job_queue *queue, struct st_job *job, int64_t now_us,
                      struct st_job **ret_dropped)
{
    *ret_dropped = NULL;
    job->queued_us = now_us;
    if (!job->is_final && (job->lane->finals > 0 || is_late(&queue->finals, now_us))) {
        drop(ret_dropped, job);
        return false;
    }
    drop_partial(queue, job->lane, ret_dropped);
    if (job->is_final) {
        append(&queue->finals, job);
        job->lane->finals++;
    } else {
        append(&queue->partials, job);
        job->lane->partial = job;
    }
    return true;
}

static struct st_job *take_first(struct st_job_list *list)
{
    struct st_job *job = list->first;
    while (job && job->lane->is_busy)
        job = job->next;
    if (job)
        unlink_job(list, job);
    return job;
}

struct st_job *st_job_queue_take(struct st_job_queue *queue, int64_t now_us,
                                 struct st_job **ret_dropped)
{
    *ret_dropped = NULL;
    while (is_late(&queue->partials, now_us))
        drop_partial(queue, queue->partials.first->lane, ret_dropped);
    struct st_job *job = take_first(&queue->finals);
    if (job) {
        job->lane->finals--;
    } else {
        job = take_first(&queue->partials);
        if (job)
            job->lane->partial = NULL;
    }
    if (job)
        job->lane->is_busy = true;
    return job;
}

void st_job_queue_done(struct st_job *job)
{
    job->lane->is_busy = false;
}

static void clear_list(struct st_job_list *list, const struct st_lane *lane,
                       struct st_job **ret_dropped)
{
    for (struct st_job *job = list->first, *next; job; job = next) {
        next = job->next;
        if (lane && job->lane != lane)
            continue;
        unlink_job(list, job);
        if (job->is_final)
            job->lane->finals--;
        else
            job->lane->partial = NULL;
        drop(ret_dropped, job);
    }
}

struct st_job *st_job_queue_clear(struct st_job_queue *queue, const struct st_lane *lane)
{
    struct st_job *dropped = NULL;
    clear_list(&queue->finals, lane, &dropped);
    clear_list(&queue->partials, lane, &dropped);
    return dropped;
}
