#include "sidetone/queue.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct st_queue {
    pthread_mutex_t lock;
    size_t first, count, cap; /* in items */
    size_t item_bytes;
    bool is_closed;
    unsigned char items[];
};

int st_queue_create_sized(struct st_queue **ret_queue, size_t items_max, size_t item_bytes)
{
    struct st_queue *queue;
    if (items_max == 0 || item_bytes == 0 || items_max > (SIZE_MAX - sizeof(*queue)) / item_bytes)
        return -EINVAL;
    queue = st_mem_alloc(sizeof(*queue) + items_max * item_bytes);
    pthread_mutex_init(&queue->lock, NULL);
    queue->cap = items_max;
    queue->item_bytes = item_bytes;
    *ret_queue = queue;
    return 0;
}

int st_queue_create(struct st_queue **ret_queue, size_t items_max)
{
    return st_queue_create_sized(ret_queue, items_max, sizeof(void *));
}

void st_queue_destroy(struct st_queue *queue)
{
    if (!queue)
        return;
    pthread_mutex_destroy(&queue->lock);
    free(queue);
}

int st_queue_put(struct st_queue *queue, const void *item)
{
    int ret = -ENOBUFS;
    pthread_mutex_lock(&queue->lock);
    if (queue->is_closed) {
        ret = -ECANCELED;
    } else if (queue->count < queue->cap) {
        size_t slot = queue->first + queue->count;
        slot = slot < queue->cap ? slot : slot - queue->cap;
        memcpy(queue->items + slot * queue->item_bytes, item, queue->item_bytes);
        ret = queue->count++ == 0;
    }
    pthread_mutex_unlock(&queue->lock);
    return ret;
}

size_t st_queue_take(struct st_queue *queue, void *ret_items, size_t max)
{
    pthread_mutex_lock(&queue->lock);
    size_t n = queue->count < max ? queue->count : max;
    size_t until_wrap = queue->cap - queue->first;
    size_t front = n < until_wrap ? n : until_wrap;
    size_t bytes = queue->item_bytes;
    memcpy(ret_items, queue->items + queue->first * bytes, front * bytes);
    memcpy((unsigned char *)ret_items + front * bytes, queue->items, (n - front) * bytes);
    queue->first = (queue->first + n) % queue->cap;
    queue->count -= n;
    pthread_mutex_unlock(&queue->lock);
    return n;
}

int st_queue_push(struct st_queue *queue, void *item)
{
    return st_queue_put(queue, &item);
}

size_t st_queue_pop(struct st_queue *queue, void **items, size_t max)
{
    return st_queue_take(queue, items, max);
}

void st_queue_close(struct st_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->is_closed = true;
    pthread_mutex_unlock(&queue->lock);
}

size_t st_queue_count(struct st_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    size_t n = queue->count;
    pthread_mutex_unlock(&queue->lock);
    return n;
}
