#include "step_loop.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { INBOX_MAX = 65536 };

struct item {
    st_loop_fn run;
    void *user;
};

struct st_loop {
    struct st_loop *next;
    unsigned index;
    struct item *items;
    size_t first, count, items_max;
    bool is_full, is_stopped;
};

struct st_timer {
    struct st_timer *next;
    st_loop_fn fire;
    void *user;
    int64_t due_us; /* 0: not set */
    int64_t repeat_us;
};

static struct st_loop *loops;
static struct st_timer *timers;
static int64_t now_us = 1700000000000000;

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
    struct st_loop *loop = st_mem_alloc(sizeof(*loop));
    loop->index = index;
    loop->items_max = inbox_max ? inbox_max : INBOX_MAX;
    loop->items = st_mem_alloc_array(loop->items_max, sizeof(loop->items[0]));
    loop->next = loops;
    loops = loop;
    *ret_loop = loop;
    return 0;
}

unsigned st_loop_index(const struct st_loop *loop)
{
    return loop->index;
}

int st_loop_post(struct st_loop *loop, st_loop_fn run, void *user)
{
    if (loop->is_stopped)
        return -ECANCELED;
    if (loop->is_full || loop->count == loop->items_max)
        return -ENOBUFS;
    loop->items[(loop->first + loop->count++) % loop->items_max] = (struct item){run, user};
    return 0;
}

bool step_loop_run_one(struct st_loop *loop)
{
    if (loop->count == 0)
        return false;
    struct item item = loop->items[loop->first];
    loop->first = (loop->first + 1) % loop->items_max;
    loop->count--;
    item.run(item.user);
    return true;
}

/* As the real ones do: what was posted still runs, nothing more is taken. */
void st_loop_stop(struct st_loop *loop)
{
    loop->is_stopped = true;
    while (step_loop_run_one(loop))
        ;
}

void st_loop_destroy(struct st_loop *loop)
{
    if (!loop)
        return;
    st_loop_stop(loop);
    struct st_loop **link = &loops;
    while (*link != loop)
        link = &(*link)->next;
    *link = loop->next;
    free(loop->items);
    free(loop);
}

void step_loop_settle(void)
{
    for (bool has_run = true; has_run;) {
        has_run = false;
        for (struct st_loop *loop = loops; loop; loop = loop->next)
            has_run = step_loop_run_one(loop) || has_run;
    }
}

static struct st_timer *next_due(int64_t until_us)
{
    struct st_timer *next = NULL;
    for (struct st_timer *at = timers; at; at = at->next)
        if (at->due_us && at->due_us <= until_us && (!next || at->due_us < next->due_us))
            next = at;
    return next;
}

void step_loop_advance(int64_t us)
{
    int64_t until_us = now_us + us;
    step_loop_settle();
    for (struct st_timer *timer; (timer = next_due(until_us)) != NULL;) {
        if (timer->due_us > now_us)
            now_us = timer->due_us;
        timer->due_us = timer->repeat_us ? timer->due_us + timer->repeat_us : 0;
        timer->fire(timer->user);
        step_loop_settle();
    }
    now_us = until_us;
}

size_t step_loop_posted(const struct st_loop *loop)
{
    return loop->count;
}

unsigned step_loop_timers(void)
{
    unsigned count = 0;
    for (struct st_timer *at = timers; at; at = at->next)
        count++;
    return count;
}

void step_loop_set_full(struct st_loop *loop, bool is_full)
{
    loop->is_full = is_full;
}

struct st_timer *st_timer_open(struct st_loop *loop, st_loop_fn fire, void *user)
{
    struct st_timer *timer = st_mem_alloc(sizeof(*timer));
    *timer = (struct st_timer){.next = timers, .fire = fire, .user = user};
    timers = timer;
    return timer;
}

void st_timer_set(struct st_timer *timer, int64_t after_us, int64_t repeat_us)
{
    timer->due_us = now_us + (after_us > 0 ? (after_us + 999) / 1000 * 1000 : 0);
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
    struct st_timer **link = &timers;
    while (*link != timer)
        link = &(*link)->next;
    *link = timer->next;
    free(timer);
}
