#include "sidetone/loop.h"

#include "sidetone/log.h"
#include "sidetone/mem.h"
#include "sidetone/queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <uv.h>

enum { INBOX_MAX = 65536, INBOX_BATCH = 64, HELD_WARN_US = 10000 };

struct inbox_item {
    st_loop_fn run;
    void *user;
};

struct st_loop {
    uv_loop_t uv;
    uv_async_t wake;
    pthread_t thread;
    bool has_thread;
    atomic_bool is_stopping;
    _Atomic(pthread_t) current;
    unsigned index;
    struct st_queue *inbox;
    struct st_log log;
};

struct st_timer {
    uv_timer_t uv;
    st_loop_fn fire;
    void *user;
    struct st_loop *loop;
};

int64_t st_loop_now_us(void)
{
    return (int64_t)(uv_hrtime() / 1000);
}

int64_t st_loop_wall_unix_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void run_watched(struct st_loop *loop, st_loop_fn run, void *user)
{
    int64_t start_us = st_loop_now_us();
    run(user);
    int64_t held_us = st_loop_now_us() - start_us;
    if (held_us > HELD_WARN_US)
        ST_WARN(&loop->log, "a callback held loop %u for %lld ms", loop->index,
                (long long)(held_us / 1000));
}

static void drain_inbox(struct st_loop *loop)
{
    void *items[INBOX_BATCH];
    size_t n;
    while ((n = st_queue_pop(loop->inbox, items, INBOX_BATCH)) > 0) {
        for (size_t i = 0; i < n; i++) {
            struct inbox_item item = *(struct inbox_item *)items[i];
            free(items[i]);
            run_watched(loop, item.run, item.user);
        }
    }
}

static void on_wake(uv_async_t *async)
{
    struct st_loop *loop = async->data;
    drain_inbox(loop);
    if (loop->is_stopping && !uv_is_closing((uv_handle_t *)async))
        uv_close((uv_handle_t *)async, NULL);
}

int st_loop_create(struct st_loop **ret_loop, unsigned index, size_t inbox_max)
{
    struct st_loop *loop = st_mem_alloc(sizeof(*loop));
    loop->index = index;
    loop->log.module = "loop";
    int err = uv_loop_init(&loop->uv);
    if (err)
        goto free_loop;
    err = st_queue_create(&loop->inbox, inbox_max ? inbox_max : INBOX_MAX);
    if (err)
        goto close_loop;
    err = uv_async_init(&loop->uv, &loop->wake, on_wake);
    if (err)
        goto free_queue;
    loop->wake.data = loop;
    *ret_loop = loop;
    return 0;

free_queue:
    st_queue_destroy(loop->inbox);
close_loop:
    uv_loop_close(&loop->uv);
free_loop:
    free(loop);
    return err;
}

int st_loop_run(struct st_loop *loop)
{
    loop->current = pthread_self();
    int err = uv_run(&loop->uv, UV_RUN_DEFAULT);
    loop->current = 0;
    return err > 0 ? -EBUSY : err;
}

static void *run_thread(void *user)
{
    st_loop_run(user);
    return NULL;
}

int st_loop_start(struct st_loop *loop)
{
    int err = pthread_create(&loop->thread, NULL, run_thread, loop);
    loop->has_thread = err == 0;
    return -err;
}

void st_loop_stop(struct st_loop *loop)
{
    loop->is_stopping = true;
    uv_async_send(&loop->wake);
}

void st_loop_join(struct st_loop *loop)
{
    if (loop->has_thread)
        pthread_join(loop->thread, NULL);
    loop->has_thread = false;
}

void st_loop_destroy(struct st_loop *loop)
{
    if (!loop)
        return;
    if (!uv_is_closing((uv_handle_t *)&loop->wake))
        uv_close((uv_handle_t *)&loop->wake, NULL);
    uv_run(&loop->uv, UV_RUN_DEFAULT);
    drain_inbox(loop);
    uv_loop_close(&loop->uv);
    st_queue_destroy(loop->inbox);
    free(loop);
}

int st_loop_post(struct st_loop *loop, st_loop_fn run, void *user)
{
    struct inbox_item *item = st_mem_alloc(sizeof(*item));
    item->run = run;
    item->user = user;
    int err = st_queue_push(loop->inbox, item);
    if (err < 0) {
        free(item);
        return err;
    }
    if (err == 1)
        uv_async_send(&loop->wake);
    return 0;
}

unsigned st_loop_index(const struct st_loop *loop)
{
    return loop->index;
}

struct uv_loop_s *st_loop_uv(struct st_loop *loop)
{
    return &loop->uv;
}

bool st_loop_is_current(const struct st_loop *loop)
{
    return pthread_equal(loop->current, pthread_self());
}

static void on_timer(uv_timer_t *uv)
{
    struct st_timer *timer = uv->data;
    run_watched(timer->loop, timer->fire, timer->user);
}

struct st_timer *st_timer_open(struct st_loop *loop, st_loop_fn fire, void *user)
{
    struct st_timer *timer = st_mem_alloc(sizeof(*timer));
    timer->loop = loop;
    timer->fire = fire;
    timer->user = user;
    uv_timer_init(&loop->uv, &timer->uv);
    timer->uv.data = timer;
    return timer;
}

static uint64_t milliseconds(int64_t us)
{
    return us > 0 ? (uint64_t)(us + 999) / 1000 : 0;
}

void st_timer_set(struct st_timer *timer, int64_t after_us, int64_t repeat_us)
{
    uv_timer_start(&timer->uv, on_timer, milliseconds(after_us), milliseconds(repeat_us));
}

void st_timer_cancel(struct st_timer *timer)
{
    uv_timer_stop(&timer->uv);
}

static void on_timer_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void st_timer_close(struct st_timer *timer)
{
    if (timer)
        uv_close((uv_handle_t *)&timer->uv, on_timer_closed);
}
