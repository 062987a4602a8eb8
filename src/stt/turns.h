/*
 * When many calls lose their engine at the same moment, each has a turn of its own to open new
 * streams: other calls' audio is not held up by all of them at once. One line for each thread.
 */
#ifndef SIDETONE_STT_TURNS_H
#define SIDETONE_STT_TURNS_H

#include <stdint.h>

/* The time of the next turn: `now_us` when nobody is before us, at most a second later. */
int64_t st_turns_take(int64_t now_us);

#endif
