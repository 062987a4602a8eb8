/*
 * A bounded queue of pointers, or of small values, from any thread to one: the only way threads
 * meet.
 *
 * When it is full, push refuses: the producer owns the item still and applies its policy.
 */
#ifndef SIDETONE_QUEUE_H
#define SIDETONE_QUEUE_H

#include <stddef.h>

struct st_queue;

int st_queue_create(struct st_queue **ret_queue, size_t items_max); /* -EINVAL for 0 */

/* Items still inside are not released: drain first. */
void st_queue_destroy(struct st_queue *queue);

/* Any thread. Returns 1 when the queue was empty before (wake the consumer), 0 when it was not,
 * -ENOBUFS when it is full, -ECANCELED after st_queue_close. */
int st_queue_push(struct st_queue *queue, void *item);

/* The consumer's thread. Moves up to `max` items, oldest first; returns how many. */
size_t st_queue_pop(struct st_queue *queue, void **items, size_t max);

/* A queue of values of `item_bytes` each, which are copied in and out: nothing is allocated per
 * item. -EINVAL for a size of 0 or one that overflows. */
int st_queue_create_sized(struct st_queue **ret_queue, size_t items_max, size_t item_bytes);
int st_queue_put(struct st_queue *queue, const void *item);                      /* as push */
size_t st_queue_take(struct st_queue *queue, void *ret_items, size_t items_max); /* as pop */

/* Any thread. From now on push and put refuse; what is inside can still be taken. */
void st_queue_close(struct st_queue *queue);

/* Any thread; only a hint while others push or pop. */
size_t st_queue_count(struct st_queue *queue);

#endif
