#include "sidetone/queue.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct st_queue {
    pthread_mutex_t lock;
    size_t first, count, cap;
    void *items[];
};

int st_queue_create(struct st_queue **ret_queue, size_t items_max)
{
    if (items_max == 0)
        return -EINVAL;
    struct st_queue *queue = st_mem_alloc(sizeof(*queue) + items_max * sizeof(queue->items[0]));
    pthread_mutex_init(&queue->lock, NULL);
    queue->cap = items_max;
    *ret_queue = queue;
    return 0;
}

void st_queue_destroy(struct st_queue *queue)
{
    if (!queue)
        return;
    pthread_mutex_destroy(&queue->lock);
    free(queue);
}

int st_queue_push(struct st_queue *queue, void *item)
{
    int ret = -ENOBUFS;
    pthread_mutex_lock(&queue->lock);
    if (queue->count < queue->cap) {
        queue->items[(queue->first + queue->count) % queue->cap] = item;
        ret = queue->count++ == 0;
    }
    pthread_mutex_unlock(&queue->lock);
    return ret;
}

size_t st_queue_pop(struct st_queue *queue, void **items, size_t max)
{
    pthread_mutex_lock(&queue->lock);
    size_t n = queue->count < max ? queue->count : max;
    for (size_t i = 0; i < n; i++)
        items[i] = queue->items[(queue->first + i) % queue->cap];
    queue->first = (queue->first + n) % queue->cap;
    queue->count -= n;
    pthread_mutex_unlock(&queue->lock);
    return n;
}

size_t st_queue_count(struct st_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    size_t n = queue->count;
    pthread_mutex_unlock(&queue->lock);
    return n;
}
