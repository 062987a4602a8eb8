#include "fake_loop.h"

#include "sidetone/mem.h"

#include <assert.h>
#include <stdlib.h>

enum { TIMERS_MAX = 64, POSTS_MAX = 256 };

struct st_timer {
    struct st_loop *loop;
    st_loop_fn fire;
    void *user;
    int64_t due_us; /* 0: not set */
    int64_t repeat_us;
};

struct st_loop {
    struct st_timer *timers[TIMERS_MAX];
    unsigned timer_count;
    st_loop_fn posts[POSTS_MAX];
    void *post_users[POSTS_MAX];
    unsigned post_count;
};

static int64_t now_us = 1000000000;

int64_t st_loop_now_us(void)
{
    return now_us;
}

int64_t st_loop_wall_unix_ms(void)
{
    return now_us / 1000;
}

int st_loop_create(struct st_loop **ret_loop, unsigned index, size_t inbox_max)
{
    *ret_loop = st_mem_alloc(sizeof(**ret_loop));
    return 0;
}

void st_loop_destroy(struct st_loop *loop)
{
    assert(loop->timer_count == 0);
    free(loop);
}

int st_loop_post(struct st_loop *loop, st_loop_fn run, void *user)
{
    assert(loop->post_count < POSTS_MAX);
    loop->posts[loop->post_count] = run;
    loop->post_users[loop->post_count++] = user;
    return 0;
}

struct st_timer *st_timer_open(struct st_loop *loop, st_loop_fn fire, void *user)
{
    struct st_timer *timer = st_mem_alloc(sizeof(*timer));
    *timer = (struct st_timer){.loop = loop, .fire = fire, .user = user};
    assert(loop->timer_count < TIMERS_MAX);
    loop->timers[loop->timer_count++] = timer;
    return timer;
}

void st_timer_set(struct st_timer *timer, int64_t after_us, int64_t repeat_us)
{
    int64_t rounded_us = after_us > 0 ? (after_us + 999) / 1000 * 1000 : 0;
    timer->due_us = now_us + rounded_us;
    timer->repeat_us = repeat_us;
}

void st_timer_cancel(struct st_timer *timer)
{
    timer->due_us = 0;
}

void st_timer_close(struct st_timer *timer)
{
    if (!timer)
        return;
    struct st_loop *loop = timer->loop;
    for (unsigned i = 0; i < loop->timer_count; i++)
        if (loop->timers[i] == timer)
            loop->timers[i] = loop->timers[--loop->timer_count];
    free(timer);
}

static struct st_timer *next_due(const struct st_loop *loop, int64_t until_us)
{
    struct st_timer *next = NULL;
    for (unsigned i = 0; i < loop->timer_count; i++) {
        struct st_timer *timer = loop->timers[i];
        if (timer->due_us && timer->due_us <= until_us && (!next || timer->due_us < next->due_us))
            next = timer;
    }
    return next;
}

static void run_posts(struct st_loop *loop)
{
    for (unsigned i = 0; i < loop->post_count; i++)
        loop->posts[i](loop->post_users[i]);
    loop->post_count = 0;
}

void fake_loop_advance(struct st_loop *loop, int64_t us)
{
    int64_t until_us = now_us + us;
    run_posts(loop);
    for (struct st_timer *timer; (timer = next_due(loop, until_us)) != NULL;) {
        if (timer->due_us > now_us)
            now_us = timer->due_us;
        timer->due_us = timer->repeat_us ? timer->due_us + timer->repeat_us : 0;
        timer->fire(timer->user);
        run_posts(loop);
    }
    now_us = until_us;
}

unsigned fake_loop_timers(const struct st_loop *loop)
{
    return loop->timer_count;
}
