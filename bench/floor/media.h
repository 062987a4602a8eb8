/* The two wire formats that the floor program understands, without any check. */
#ifndef BENCH_FLOOR_MEDIA_H
#define BENCH_FLOOR_MEDIA_H

#include "stream.h"

void media_set_up(void);

/* Interleaved 16-bit stereo. */
void media_put_pcm(struct stream streams[2], const uint8_t *data, size_t bytes);

/* A Twilio message; other than `media` is passed over. */
void media_put_twilio(struct stream streams[2], const char *text, size_t bytes);

#endif
