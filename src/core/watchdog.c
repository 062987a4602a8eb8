#include "watchdog.h"

#include <string.h>

void st_watchdog_init(struct st_watchdog *watchdog, int64_t now_us, int64_t idle_us)
{
    memset(watchdog, 0, sizeof(*watchdog));
    watchdog->turn_us = now_us;
    watchdog->idle_us = idle_us;
}

void st_watchdog_note(struct st_watchdog *watchdog, int64_t took_us)
{
    if (took_us > watchdog->longest_us)
        watchdog->longest_us = took_us;
}

static void note_held(struct st_watchdog *watchdog, struct st_watchdog_turn *turn, int64_t now_us)
{
    turn->is_held = true;
    turn->is_worth_a_line =
        watchdog->reported_us == 0 || now_us - watchdog->reported_us >= ST_WATCHDOG_QUIET_US;
    if (!turn->is_worth_a_line) {
        watchdog->unreported++;
        return;
    }
    turn->unreported = watchdog->unreported;
    watchdog->unreported = 0;
    watchdog->reported_us = now_us;
}

struct st_watchdog_turn st_watchdog_end_turn(struct st_watchdog *watchdog, int64_t now_us,
                                             int64_t idle_us)
{
    struct st_watchdog_turn turn = {.longest_us = watchdog->longest_us};
    int64_t held_us = now_us - watchdog->turn_us - (idle_us - watchdog->idle_us);
    turn.held_us = held_us > 0 ? held_us : 0;
    if (turn.held_us > ST_WATCHDOG_HELD_US)
        note_held(watchdog, &turn, now_us);
    watchdog->turn_us = now_us;
    watchdog->idle_us = idle_us;
    watchdog->longest_us = 0;
    return turn;
}
