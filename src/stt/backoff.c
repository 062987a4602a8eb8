#include "backoff.h"

enum { DELAY_MIN_US = 250000, DELAY_MAX_US = 10000000 };

void st_backoff_init(struct st_backoff *backoff, uint32_t seed)
{
    backoff->random = seed ? seed : 1;
    st_backoff_reset(backoff);
}

void st_backoff_reset(struct st_backoff *backoff)
{
    backoff->next_us = DELAY_MIN_US;
}

static uint32_t next_random(struct st_backoff *backoff)
{
    backoff->random ^= backoff->random << 13;
    backoff->random ^= backoff->random >> 17;
    backoff->random ^= backoff->random << 5;
    return backoff->random;
}

int64_t st_backoff_next_us(struct st_backoff *backoff)
{
    int64_t delay_us = backoff->next_us;
    backoff->next_us = delay_us * 2 < DELAY_MAX_US ? delay_us * 2 : DELAY_MAX_US;
    delay_us += delay_us / 2 * (next_random(backoff) % 1024) / 1024 - delay_us / 4;
    if (delay_us < DELAY_MIN_US)
        return DELAY_MIN_US;
    return delay_us < DELAY_MAX_US ? delay_us : DELAY_MAX_US;
}
