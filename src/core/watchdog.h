/*
 * Tells how long each turn of a loop held it, from clocks that the caller reads.
 *
 * A turn is what happens between two waits. Its length is the time that passed less the time spent
 * waiting, so it covers every callback, whoever owns it.
 */
#ifndef SIDETONE_CORE_WATCHDOG_H
#define SIDETONE_CORE_WATCHDOG_H

#include <stdbool.h>
#include <stdint.h>

enum { ST_WATCHDOG_HELD_US = 10000, ST_WATCHDOG_QUIET_US = 1000000 };

struct st_watchdog {
    int64_t turn_us;     /* when this turn began */
    int64_t idle_us;     /* waited until then, in all */
    int64_t longest_us;  /* the longest single piece of known work in this turn */
    int64_t reported_us; /* when one was last worth a log line; 0: never */
    uint64_t unreported; /* held turns since then */
};

struct st_watchdog_turn {
    int64_t held_us;
    int64_t longest_us;
    uint64_t unreported;  /* earlier held turns that went without a line */
    bool is_held;         /* longer than ST_WATCHDOG_HELD_US */
    bool is_worth_a_line; /* held, and the last line is ST_WATCHDOG_QUIET_US old */
};

void st_watchdog_init(struct st_watchdog *watchdog, int64_t now_us, int64_t idle_us);

/* A piece of work within the turn took this long. */
void st_watchdog_note(struct st_watchdog *watchdog, int64_t took_us);

/* Ends the turn; idle_us is the time spent waiting since the loop was created. */
struct st_watchdog_turn st_watchdog_end_turn(struct st_watchdog *watchdog, int64_t now_us,
                                             int64_t idle_us);

#endif
