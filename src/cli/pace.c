#include "pace.h"

#include "sidetone/frame.h"

#include <math.h>

void st_pace_init(struct st_pace *pace, double speed, int64_t now_us)
{
    pace->start_us = now_us;
    pace->speed = speed;
}

uint64_t st_pace_due(const struct st_pace *pace, int64_t now_us)
{
    if (now_us < pace->start_us)
        return 0;
    uint64_t frames =
        (uint64_t)((double)(now_us - pace->start_us) * pace->speed / (double)ST_FRAME_US) + 1;
    while (st_pace_due_us(pace, frames) <= now_us)
        frames++;
    while (frames > 0 && st_pace_due_us(pace, frames - 1) > now_us)
        frames--;
    return frames;
}

int64_t st_pace_due_us(const struct st_pace *pace, uint64_t frame)
{
    return pace->start_us + (int64_t)ceil((double)frame * (double)ST_FRAME_US / pace->speed);
}
