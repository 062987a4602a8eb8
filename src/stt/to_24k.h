/*
 * Speech at 8 or 16 kHz to the 24 kHz that some engines want.
 *
 * A windowed sinc of 24 input samples, at the three places between two of them where output samples
 * fall: flat to 90 % of the input's band, what would mirror above it 60 dB down. State survives
 * between calls; the delay is 12 input samples. Nothing is allocated; one thread at a time.
 */
#ifndef SIDETONE_STT_TO_24K_H
#define SIDETONE_STT_TO_24K_H

#include <stddef.h>
#include <stdint.h>

enum { ST_TO_24K_HZ = 24000, ST_TO_24K_TAPS = 24 };

struct st_to_24k {
    float taps[3][ST_TO_24K_TAPS];
    float past[ST_TO_24K_TAPS]; /* samples before the next, oldest first */
    unsigned step;              /* thirds of an input sample between two outputs */
    unsigned phase;             /* thirds, of the next output, behind the newest of `past` */
};

void st_to_24k_init(struct st_to_24k *filter, uint32_t in_hz); /* 8000 or 16000 */
/* `out` has room for 3 × count samples. Returns samples written: over all calls 24 kHz exactly. */
size_t st_to_24k_process(struct st_to_24k *filter, const int16_t *in, size_t count, int16_t *out);

#endif
