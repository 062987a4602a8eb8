#include "sidetone/queue.h"

#include "run.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>

START_TEST(items_come_out_in_order_and_full_refuses)
{
    struct st_queue *queue;
    int items[3];
    void *out[4];
    ck_assert_int_eq(st_queue_create(&queue, 2), 0);
    ck_assert_int_eq(st_queue_push(queue, &items[0]), 1);
    ck_assert_int_eq(st_queue_push(queue, &items[1]), 0);
    ck_assert_int_eq(st_queue_push(queue, &items[2]), -ENOBUFS);
    ck_assert_uint_eq(st_queue_pop(queue, out, 1), 1);
    ck_assert_ptr_eq(out[0], &items[0]);
    ck_assert_int_eq(st_queue_push(queue, &items[2]), 0);
    ck_assert_uint_eq(st_queue_pop(queue, out, 4), 2);
    ck_assert_ptr_eq(out[0], &items[1]);
    ck_assert_ptr_eq(out[1], &items[2]);
    ck_assert_uint_eq(st_queue_count(queue), 0);
    st_queue_destroy(queue);
}
END_TEST

START_TEST(a_queue_of_nothing_is_refused)
{
    struct st_queue *queue;
    ck_assert_int_eq(st_queue_create(&queue, 0), -EINVAL);
    ck_assert_int_eq(st_queue_create_sized(&queue, 1, 0), -EINVAL);
    ck_assert_int_eq(st_queue_create_sized(&queue, SIZE_MAX / 2, 8), -EINVAL);
}
END_TEST

struct pair {
    int64_t a;
    int32_t b;
};

START_TEST(values_are_copied_in_and_out_around_the_end)
{
    struct st_queue *queue;
    struct pair out[3];
    ck_assert_int_eq(st_queue_create_sized(&queue, 3, sizeof(struct pair)), 0);
    for (int round = 0; round < 10; round++) {
        ck_assert_int_eq(st_queue_put(queue, &(struct pair){round, 1}), 1);
        ck_assert_int_eq(st_queue_put(queue, &(struct pair){round, 2}), 0);
        ck_assert_uint_eq(st_queue_take(queue, out, 3), 2);
        ck_assert_int_eq(out[0].a, round);
        ck_assert_int_eq(out[0].b, 1);
        ck_assert_int_eq(out[1].b, 2);
    }
    ck_assert_uint_eq(st_queue_take(queue, out, 3), 0);
    st_queue_destroy(queue);
}
END_TEST

START_TEST(a_closed_queue_refuses_and_can_be_emptied)
{
    struct st_queue *queue;
    int item;
    void *out[2];
    st_queue_create(&queue, 2);
    st_queue_push(queue, &item);
    st_queue_close(queue);
    ck_assert_int_eq(st_queue_push(queue, &item), -ECANCELED);
    ck_assert_uint_eq(st_queue_pop(queue, out, 2), 1);
    ck_assert_ptr_eq(out[0], &item);
    st_queue_destroy(queue);
    st_queue_destroy(NULL);
}
END_TEST

enum { PRODUCERS = 4, PER_PRODUCER = 5000 };
static struct st_queue *shared;
static int marks[PRODUCERS * PER_PRODUCER];

static void *produce(void *first)
{
    for (int i = 0; i < PER_PRODUCER; i++)
        while (st_queue_push(shared, (int *)first + i) < 0)
            sched_yield();
    return NULL;
}

START_TEST(each_producers_order_is_kept)
{
    pthread_t threads[PRODUCERS];
    int *last[PRODUCERS] = {0};
    void *out[32];
    st_queue_create(&shared, 64);
    for (int i = 0; i < PRODUCERS; i++)
        pthread_create(&threads[i], NULL, produce, marks + i * PER_PRODUCER);
    for (size_t got = 0; got < PRODUCERS * PER_PRODUCER;) {
        size_t n = st_queue_pop(shared, out, 32);
        for (size_t i = 0; i < n; i++) {
            size_t who = (size_t)((int *)out[i] - marks) / PER_PRODUCER;
            ck_assert(last[who] == NULL || (int *)out[i] == last[who] + 1);
            last[who] = out[i];
        }
        got += n;
    }
    for (int i = 0; i < PRODUCERS; i++)
        pthread_join(threads[i], NULL);
    st_queue_destroy(shared);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, items_come_out_in_order_and_full_refuses);
    tcase_add_test(tcase, a_queue_of_nothing_is_refused);
    tcase_add_test(tcase, values_are_copied_in_and_out_around_the_end);
    tcase_add_test(tcase, a_closed_queue_refuses_and_can_be_emptied);
    tcase_add_test(tcase, each_producers_order_is_kept);
    return run_case("queue", tcase);
}
