/*
 * Loops without threads, in the place of the real ones: posted work runs when the test says so,
 * time passes when the test says so.
 *
 * Link it as a source, so that it comes before the real one.
 */
#ifndef STEP_LOOP_H
#define STEP_LOOP_H

#include "sidetone/loop.h"

/* Runs the oldest posted work; false when there is none. */
bool step_loop_run_one(struct st_loop *loop);
/* Runs what is posted to any loop until nothing is left. No time passes. */
void step_loop_settle(void);
/* Time passes: due timers fire and posted work runs, on every loop. */
void step_loop_advance(int64_t us);

size_t step_loop_posted(const struct st_loop *loop);
unsigned step_loop_timers(void); /* open ones, of all loops */
/* Whether posts from now on find the inbox full. */
void step_loop_set_full(struct st_loop *loop, bool is_full);

#endif
