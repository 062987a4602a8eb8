#include "sidetone/loop.h"

#include "sidetone/metrics.h"

#include "run.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

static struct st_loop *loop;

static void setup(void)
{
    ck_assert_int_eq(st_loop_create(&loop, 3, 0), 0);
}

static void teardown(void)
{
    st_loop_destroy(loop);
    loop = NULL;
}

static void stop(void *user)
{
    st_loop_stop(user);
}

static void never(void *user)
{
    ck_abort_msg("must not run");
}

static int order[1000];
static int order_count;

static void note(void *user)
{
    order[order_count++] = *(int *)user;
}

START_TEST(posted_work_runs_in_order_on_the_loop)
{
    int numbers[1000];
    for (int i = 0; i < 1000; i++) {
        numbers[i] = i;
        ck_assert_int_eq(st_loop_post(loop, note, &numbers[i]), 0);
    }
    ck_assert_int_eq(st_loop_post(loop, stop, loop), 0);
    ck_assert_uint_eq(st_loop_index(loop), 3);
    ck_assert_int_eq(st_loop_run(loop), 0);
    ck_assert_int_eq(order_count, 1000);
    for (int i = 0; i < 1000; i++)
        ck_assert_int_eq(order[i], i);
}
END_TEST

START_TEST(a_full_inbox_refuses)
{
    struct st_loop *small;
    int number = 1;
    ck_assert_int_eq(st_loop_create(&small, 0, 2), 0);
    ck_assert_int_eq(st_loop_post(small, note, &number), 0);
    ck_assert_int_eq(st_loop_post(small, note, &number), 0);
    ck_assert_int_eq(st_loop_post(small, note, &number), -ENOBUFS);
    st_loop_stop(small);
    ck_assert_int_eq(st_loop_run(small), 0);
    ck_assert_int_eq(order_count, 2);
    st_loop_destroy(small);
}
END_TEST

START_TEST(a_stop_before_the_run_lets_posted_work_run_and_refuses_more)
{
    int number = 1;
    for (int i = 0; i < 500; i++)
        ck_assert_int_eq(st_loop_post(loop, note, &number), 0);
    st_loop_stop(loop);
    st_loop_stop(loop);
    ck_assert_int_eq(st_loop_run(loop), 0);
    ck_assert_int_eq(order_count, 500);
    ck_assert_int_eq(st_loop_post(loop, never, NULL), -ECANCELED);
    st_loop_stop(loop);
}
END_TEST

START_TEST(work_that_no_run_came_to_is_called_at_the_end)
{
    struct st_loop *idle;
    int number = 7;
    ck_assert_int_eq(st_loop_create(&idle, 0, 0), 0);
    st_loop_post(idle, note, &number);
    st_loop_destroy(idle);
    ck_assert_int_eq(order_count, 1);
    st_loop_destroy(NULL);
}
END_TEST

static struct st_timer *timer;
static int fired;

static void fire_three_times(void *user)
{
    if (++fired < 3)
        return;
    st_timer_close(timer);
    st_loop_stop(loop);
}

START_TEST(the_run_lasts_until_open_handles_are_closed)
{
    timer = st_timer_open(loop, fire_three_times, NULL);
    st_timer_set(timer, 1000, 1000);
    st_loop_stop(loop);
    ck_assert_int_eq(st_loop_run(loop), 0);
    ck_assert_int_eq(fired, 3);
}
END_TEST

START_TEST(a_cancelled_or_closed_timer_is_silent)
{
    struct st_timer *cancelled = st_timer_open(loop, never, NULL);
    struct st_timer *closed = st_timer_open(loop, never, NULL);
    st_timer_set(cancelled, 0, 0);
    st_timer_set(closed, 0, 0);
    st_timer_cancel(cancelled);
    st_timer_close(closed);
    st_timer_close(cancelled);
    st_timer_close(NULL);
    st_loop_stop(loop);
    ck_assert_int_eq(st_loop_run(loop), 0);
}
END_TEST

static bool is_socket_seen;
static int posts_before_socket;

static void on_socket(uv_poll_t *poll, int status, int events)
{
    is_socket_seen = true;
    uv_poll_stop(poll);
    uv_close((uv_handle_t *)poll, NULL);
    st_loop_stop(loop);
}

/* Keeps the inbox as full as it was: each item posts the next. */
static void post_again(void *user)
{
    if (is_socket_seen)
        return;
    posts_before_socket++;
    ck_assert_int_lt(posts_before_socket, 100000);
    st_loop_post(loop, post_again, NULL);
}

START_TEST(a_busy_inbox_does_not_starve_sockets)
{
    int pipe_fds[2];
    uv_poll_t poll;
    ck_assert_int_eq(uv_pipe(pipe_fds, 0, 0), 0);
    ck_assert_int_eq(write(pipe_fds[1], "x", 1), 1);
    uv_poll_init(st_loop_uv(loop), &poll, pipe_fds[0]);
    for (int i = 0; i < 5000; i++)
        st_loop_post(loop, post_again, NULL);
    uv_poll_start(&poll, UV_READABLE, on_socket);
    ck_assert_int_eq(st_loop_run(loop), 0);
    ck_assert(is_socket_seen);
    ck_assert_int_le(posts_before_socket, 1000);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
}
END_TEST

static atomic_int remaining;

static void check_thread_and_count(void *user)
{
    ck_assert(st_loop_is_current(loop));
    if (atomic_fetch_sub(&remaining, 1) == 1)
        st_loop_stop(loop);
}

enum { POSTERS = 4, POSTS = 3000 };

static void *post_many(void *user)
{
    for (int i = 0; i < POSTS; i++)
        while (st_loop_post(loop, check_thread_and_count, NULL) == -ENOBUFS)
            sched_yield();
    return NULL;
}

START_TEST(threads_post_while_the_loop_runs)
{
    pthread_t threads[POSTERS];
    remaining = POSTERS * POSTS;
    ck_assert_int_eq(st_loop_start(loop), 0);
    ck_assert(!st_loop_is_current(loop));
    for (int i = 0; i < POSTERS; i++)
        pthread_create(&threads[i], NULL, post_many, NULL);
    for (int i = 0; i < POSTERS; i++)
        pthread_join(threads[i], NULL);
    st_loop_join(loop);
    st_loop_join(loop);
    ck_assert_int_eq(remaining, 0);
}
END_TEST

static void *post_until_refused(void *user)
{
    atomic_int *accepted = user;
    for (;;) {
        int err = st_loop_post(loop, check_thread_and_count, NULL);
        if (err == -ECANCELED)
            return NULL;
        if (err == 0)
            atomic_fetch_add(accepted, 1);
        else
            sched_yield();
    }
}

START_TEST(every_accepted_post_runs_when_a_stop_comes_between)
{
    pthread_t thread;
    atomic_int accepted = 0;
    remaining = 1 << 30;
    ck_assert_int_eq(st_loop_start(loop), 0);
    pthread_create(&thread, NULL, post_until_refused, &accepted);
    while (atomic_load(&accepted) < 1000)
        sched_yield();
    st_loop_stop(loop);
    st_loop_join(loop);
    pthread_join(thread, NULL);
    ck_assert_int_eq((1 << 30) - remaining, accepted);
}
END_TEST

static void hold(void)
{
    int64_t until_us = st_loop_now_us() + 11000;
    while (st_loop_now_us() < until_us)
        ;
}

static void on_socket_hold(uv_poll_t *poll, int status, int events)
{
    hold();
    on_socket(poll, status, events);
}

START_TEST(the_watchdog_sees_callbacks_that_are_not_ours)
{
    struct st_counter *held = st_metrics_counter("sidetone_loop_held_total", "", NULL, NULL);
    uint64_t before = st_counter_read(held);
    int pipe_fds[2];
    uv_poll_t poll;
    ck_assert_int_eq(uv_pipe(pipe_fds, 0, 0), 0);
    ck_assert_int_eq(write(pipe_fds[1], "x", 1), 1);
    uv_poll_init(st_loop_uv(loop), &poll, pipe_fds[0]);
    uv_poll_start(&poll, UV_READABLE, on_socket_hold);
    ck_assert_int_eq(st_loop_run(loop), 0);
    ck_assert_uint_gt(st_counter_read(held), before);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
}
END_TEST

enum { WAITS = 8 };

static void wait_again(void *user)
{
    if (++fired < WAITS)
        return;
    st_timer_close(timer);
    st_loop_stop(loop);
}

START_TEST(waiting_for_a_timer_is_not_held)
{
    struct st_counter *held = st_metrics_counter("sidetone_loop_held_total", "", NULL, NULL);
    uint64_t before = st_counter_read(held);
    timer = st_timer_open(loop, wait_again, NULL);
    st_timer_set(timer, 20000, 20000);
    ck_assert_int_eq(st_loop_run(loop), 0);
    /* A machine that stalls may add some of its own, but not one for each wait. */
    ck_assert_uint_lt(st_counter_read(held) - before, WAITS - 1);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, posted_work_runs_in_order_on_the_loop);
    tcase_add_test(tcase, a_full_inbox_refuses);
    tcase_add_test(tcase, a_stop_before_the_run_lets_posted_work_run_and_refuses_more);
    tcase_add_test(tcase, work_that_no_run_came_to_is_called_at_the_end);
    tcase_add_test(tcase, the_run_lasts_until_open_handles_are_closed);
    tcase_add_test(tcase, a_cancelled_or_closed_timer_is_silent);
    tcase_add_test(tcase, a_busy_inbox_does_not_starve_sockets);
    tcase_add_test(tcase, threads_post_while_the_loop_runs);
    tcase_add_test(tcase, every_accepted_post_runs_when_a_stop_comes_between);
    tcase_add_test(tcase, the_watchdog_sees_callbacks_that_are_not_ours);
    tcase_add_test(tcase, waiting_for_a_timer_is_not_held);
    return run_case("loop", tcase);
}
