/* How long to wait before the next attempt: twice as long each time, 0.25 s to 10 s, spread. */
#ifndef SIDETONE_STT_BACKOFF_H
#define SIDETONE_STT_BACKOFF_H

#include <stdint.h>

struct st_backoff {
    int64_t next_us; /* before spreading */
    uint32_t random;
};

void st_backoff_init(struct st_backoff *backoff, uint32_t seed);
int64_t st_backoff_next_us(struct st_backoff *backoff); /* a quarter more or less, within bounds */
void st_backoff_reset(struct st_backoff *backoff);      /* after success: short again */

#endif
