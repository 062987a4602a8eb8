#include "sidetone/loop.h"

#include "sidetone/log.h"
#include "sidetone/mem.h"
#include "sidetone/metrics.h"
#include "sidetone/queue.h"
#include "watchdog.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <uv.h>

enum { INBOX_MAX = 65536, INBOX_BATCH = 128 };

struct inbox_item {
    st_loop_fn run;
    void *user;
};

struct st_loop {
    uv_loop_t uv;
    uv_async_t wake;
    uv_prepare_t before_wait;
    pthread_t thread;
    bool has_thread;
    atomic_bool is_stopping;
    _Atomic(pthread_t) current;
    unsigned index;
    struct st_queue *inbox;
    struct st_log log;
    struct st_watchdog watchdog;
    struct st_counter *held_total;
    struct st_histogram *held_seconds;
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
    st_watchdog_note(&loop->watchdog, st_loop_now_us() - start_us);
}

static int64_t idle_us(const struct st_loop *loop)
{
    return (int64_t)(uv_metrics_idle_time((uv_loop_t *)&loop->uv) / 1000);
}

/* The last thing before the loop waits: what ran since the last wait was this turn. */
static void on_before_wait(uv_prepare_t *prepare)
{
    struct st_loop *loop = prepare->data;
    struct st_watchdog_turn turn =
        st_watchdog_end_turn(&loop->watchdog, st_loop_now_us(), idle_us(loop));
    st_histogram_observe_us(loop->held_seconds, turn.held_us);
    if (turn.is_held)
        st_counter_add(loop->held_total, 1);
    if (turn.is_worth_a_line)
        ST_WARN(&loop->log,
                "loop %u was held for %lld ms (longest timer or posted work %lld ms; %llu more "
                "since the last report)",
                loop->index, (long long)(turn.held_us / 1000), (long long)(turn.longest_us / 1000),
                (unsigned long long)turn.unreported);
}

static size_t run_batch(struct st_loop *loop)
{
    struct inbox_item items[INBOX_BATCH];
    size_t n = st_queue_take(loop->inbox, items, INBOX_BATCH);
    for (size_t i = 0; i < n; i++)
        run_watched(loop, items[i].run, items[i].user);
    return n;
}

static void finish_inbox(struct st_loop *loop)
{
    st_queue_close(loop->inbox);
    while (run_batch(loop) > 0)
        ;
}

/* One batch a turn, so that a busy inbox does not starve the sockets; and the stop is looked at
 * first, so that posters who never pause do not put it off. */
static void on_wake(uv_async_t *async)
{
    struct st_loop *loop = async->data;
    if (loop->is_stopping) {
        finish_inbox(loop);
        uv_close((uv_handle_t *)async, NULL);
    } else if (run_batch(loop) == INBOX_BATCH && st_queue_count(loop->inbox) > 0) {
        uv_async_send(async);
    }
}

static int open_handles(struct st_loop *loop)
{
    int err = uv_async_init(&loop->uv, &loop->wake, on_wake);
    if (err)
        return err;
    loop->wake.data = loop;
    uv_prepare_init(&loop->uv, &loop->before_wait);
    loop->before_wait.data = loop;
    uv_prepare_start(&loop->before_wait, on_before_wait);
    uv_unref((uv_handle_t *)&loop->before_wait);
    return 0;
}

static void open_metrics(struct st_loop *loop)
{
    loop->held_total =
        st_metrics_counter("sidetone_loop_held_total",
                           "Turns that held a loop thread for more than 10 ms.", NULL, NULL);
    loop->held_seconds = st_metrics_histogram(
        "sidetone_loop_held_seconds", "How long each turn held its loop thread.", NULL, NULL);
}

int st_loop_create(struct st_loop **ret_loop, unsigned index, size_t inbox_max)
{
    struct st_loop *loop = st_mem_alloc(sizeof(*loop));
    loop->index = index;
    loop->log.module = "loop";
    open_metrics(loop);
    int err = uv_loop_init(&loop->uv);
    if (err)
        goto free_loop;
    err = uv_loop_configure(&loop->uv, UV_METRICS_IDLE_TIME);
    if (err)
        goto close_loop;
    err = st_queue_create_sized(&loop->inbox, inbox_max ? inbox_max : INBOX_MAX,
                                sizeof(struct inbox_item));
    if (err)
        goto close_loop;
    err = open_handles(loop);
    if (err)
        goto free_queue;
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
    st_watchdog_init(&loop->watchdog, st_loop_now_us(), idle_us(loop));
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
    if (!atomic_exchange(&loop->is_stopping, true))
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
    loop->current = pthread_self();
    finish_inbox(loop);
    if (!uv_is_closing((uv_handle_t *)&loop->wake))
        uv_close((uv_handle_t *)&loop->wake, NULL);
    uv_close((uv_handle_t *)&loop->before_wait, NULL);
    uv_run(&loop->uv, UV_RUN_DEFAULT);
    uv_loop_close(&loop->uv);
    st_queue_destroy(loop->inbox);
    free(loop);
}

int st_loop_post(struct st_loop *loop, st_loop_fn run, void *user)
{
    struct inbox_item item = {run, user};
    int err = st_queue_put(loop->inbox, &item);
    if (err == 1)
        uv_async_send(&loop->wake);
    return err < 0 ? err : 0;
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
