/*
 * A loop of one thread whose clock stands still until a test moves it: everything of
 * sidetone/loop.h, so that programs linked with it need no real one.
 */
#ifndef FAKE_LOOP_H
#define FAKE_LOOP_H

#include "sidetone/loop.h"

/* Fires what is due on the way, in order of time. */
void fake_loop_advance(struct st_loop *loop, int64_t us);
unsigned fake_loop_timers(const struct st_loop *loop); /* open ones */

#endif
