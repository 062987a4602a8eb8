#include "turns.h"

enum { TURN_US = 1000, LINE_MAX_US = 1000 * TURN_US };

int64_t st_turns_take(int64_t now_us)
{
    static _Thread_local int64_t next_us;
    int64_t last_us = now_us + LINE_MAX_US;
    int64_t turn_us = next_us > now_us ? next_us : now_us;
    turn_us = turn_us < last_us ? turn_us : last_us;
    next_us = turn_us + TURN_US;
    return turn_us;
}
