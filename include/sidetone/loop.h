/*
 * A loop thread: a libuv loop, an inbox for work from other threads, and timers.
 *
 * Whatever belongs to a loop is touched on its thread only. A watchdog measures every turn of the
 * loop, from the moment it has something to do until it waits again, whoever's callbacks ran
 * (ours, libuv's, a library's): sidetone_loop_held_seconds. Turns of more than 10 ms are counted
 * (sidetone_loop_held_total) and logged, at most once a second.
 */
#ifndef SIDETONE_LOOP_H
#define SIDETONE_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct st_loop;
struct uv_loop_s;

typedef void (*st_loop_fn)(void *user);

/* `index` numbers the loops of a process from 0 and appears in logs and metrics.
 * inbox_max 0: 65536 items. The thread does not run yet. */
int st_loop_create(struct st_loop **ret_loop, unsigned index, size_t inbox_max);

/* Runs the loop on a thread of its own, or on the caller's until st_loop_stop. */
int st_loop_start(struct st_loop *loop);
int st_loop_run(struct st_loop *loop);

/* Any thread, any number of times, also before the run. What was posted before still runs; then
 * the run ends once every handle on the loop is closed: owners close theirs first. */
void st_loop_stop(struct st_loop *loop);
void st_loop_join(struct st_loop *loop);

/* After join (or run), when nobody posts any more. Work that no run came to is called here, so that
 * what it owns is not lost. NULL is fine. */
void st_loop_destroy(struct st_loop *loop);

/* Any thread. `run` is called on the loop's thread, in the order posted by each thread.
 * Allocates nothing. -ENOBUFS when the inbox is full, -ECANCELED when the loop has been stopped:
 * the caller's policy applies, `user` stays the caller's. Posted work takes turns with I/O: a loop
 * runs a bounded number of items before it looks at its sockets again. */
int st_loop_post(struct st_loop *loop, st_loop_fn run, void *user);

unsigned st_loop_index(const struct st_loop *loop);
struct uv_loop_s *st_loop_uv(struct st_loop *loop);
bool st_loop_is_current(const struct st_loop *loop);

/* Monotonic and wall-clock time. Any thread. */
int64_t st_loop_now_us(void);
int64_t st_loop_wall_unix_ms(void);

/* A timer on a loop, used on the loop's thread. */
struct st_timer;
struct st_timer *st_timer_open(struct st_loop *loop, st_loop_fn fire, void *user);
/* Fires once after `after_us` (at 1 ms resolution), then every `repeat_us` unless that is 0. */
void st_timer_set(struct st_timer *timer, int64_t after_us, int64_t repeat_us);
void st_timer_cancel(struct st_timer *timer);
void st_timer_close(struct st_timer *timer); /* nothing fires after it; NULL is fine */

#endif
