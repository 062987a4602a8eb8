/* Who speaks, and 20 ms of what they said. */
#ifndef SIDETONE_FRAME_H
#define SIDETONE_FRAME_H

#include <stdint.h>

enum { ST_CHANNELS_MAX = 2, ST_FRAME_US = 20000, ST_FRAME_SAMPLES_MAX = 960 };

enum st_role {
    ST_ROLE_UNKNOWN,
    ST_ROLE_AGENT,
    ST_ROLE_CUSTOMER,
};

/* "unknown", "agent", "customer": the names used in events and configuration. */
static inline const char *st_role_name(enum st_role role)
{
    return role == ST_ROLE_AGENT ? "agent" : role == ST_ROLE_CUSTOMER ? "customer" : "unknown";
}

/* Mono 16-bit PCM of one channel; samples are borrowed for the duration of the call they are
 * passed to. */
struct st_frame {
    const int16_t *samples;
    uint32_t count;   /* samples */
    uint32_t rate_hz; /* of the samples */
    int64_t media_us; /* of the first sample */
};

#endif
